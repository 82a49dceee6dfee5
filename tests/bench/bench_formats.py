"""Measures how fast search exports are read, and what is found in them, beside the other readers that Python has.

    python tests/bench/bench_formats.py [--exports FOLDER] [--repeat N]

Without FOLDER the exports are made: invented records in the layouts of databases and reference managers. With FOLDER
every file in it is read, grouped by the format that reviewflow tells.

Timed is CPU time, of each file the best of N readings in turns, from the bytes in memory to all records in memory:

- "reviewflow, tags": encoding, format, splitting, tags, and the account of every line and byte. This is what a peer
  does, but for the account, and is compared with it.
- "reviewflow": the same and the canonical record (title, authors, year, DOI, ... cleaned) of each, as an import reads.
- a peer: decoding the text, and its own parse with its own defaults.

MB/s counts the files that the reader could read. The last two columns say how many times as fast reviewflow is as the
peer, on the files that both could read. A file that a reader cannot read counts as failed, whatever it raised.
"rejected" are entries of which a reader says that it could not read them. "fields" are values that are not empty; where
readers hold repeated or nested values otherwise (XML above all), they say how much was kept only roughly.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reviewflow.errors import InputError
from reviewflow.formats import READERS, open_export
from tests.bench.made_exports import made_exports
from tests.bench.made_ris import million_lines
from tests.bench.peers import FIELDS, RAW, WHOLE, peers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.peers import Found, Reader

_MB = 1e6
_MADE_BYTES = 4_000_000
_HEADER = ("reader", "files", "failed", "rejected", "records", "fields", *FIELDS, "MB/s", "tags", "whole")
_ALONE = ("tags", "whole", "held", "rispy", "import")
_WORDS = {
    "tags": "reviewflow, tags, one by one",
    "whole": "reviewflow, one by one",
    "held": "reviewflow, all held",
    "rispy": "rispy, all held",
    "import": "reviewflow, import",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader made of one file; `error` says why it made nothing of it."""

    size_bytes: int
    seconds: float
    found: Found | None
    error: str = ""


Readings = dict[str, Reading]


def read_by_all(readers: Sequence[Reader], content: bytes, repeat: int) -> list[Reading]:
    """What each reader makes of a file; they take turns, so that what else the machine does strikes all alike."""
    best = [reading(reader, content) for reader in readers]
    for _ in range(repeat - 1):
        again = [reading(reader, content) if each.found else each for reader, each in zip(readers, best, strict=True)]
        best = [min(pair, key=lambda each: each.seconds) for pair in zip(best, again, strict=True)]
    return best


def reading(reader: Reader, content: bytes) -> Reading:
    """Read a file once."""
    gc.collect()
    began = time.process_time()
    try:
        done = reader.read(content)
        seconds = time.process_time() - began
        return Reading(len(content), seconds, reader.found(done))
    except Exception as error:  # noqa: BLE001 - what a foreign reader raises on a file is a result here, and shown
        return Reading(len(content), 0.0, None, f"{type(error).__name__}: {' '.join(str(error).split())[:110]}")


def speed(readings: Readings) -> float:
    """MB/s over the files that were read."""
    read = [each for each in readings.values() if each.found]
    seconds = sum(each.seconds for each in read)
    return sum(each.size_bytes for each in read) / _MB / seconds if seconds else 0.0


def times_as_fast(ours: Readings, peer: Readings) -> str:
    """How many times as fast ours is, on the files that both could read."""
    both = [name for name in ours if ours[name].found and peer[name].found]
    seconds = sum(ours[name].seconds for name in both)
    return f"{sum(peer[name].seconds for name in both) / seconds:.1f} x" if seconds else "-"


def row(name: str, readings: Readings, ratios: Sequence[str] = ("", "")) -> tuple[str, ...]:
    """A line of the table of one format."""
    found = [each.found for each in readings.values() if each.found]
    rejected = [each.n_rejected for each in found if each.n_rejected is not None]
    n_with = [sum(each.n_with[i] for each in found if each.n_with) for i in range(len(FIELDS))]
    has_fields = any(each.n_with for each in found)
    return (
        name,
        str(len(readings)),
        str(len(readings) - len(found)),
        str(sum(rejected)) if rejected else "-",
        str(sum(each.n_records for each in found)),
        str(sum(each.n_fields for each in found)),
        *(str(n) if has_fields else "-" for n in n_with),
        f"{speed(readings):.1f}",
        *ratios,
    )


def show(lines: Sequence[Sequence[str]]) -> None:
    """Print lines under each other, the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        print("  " + "  ".join((line[0].ljust(widths[0]), *cells)).rstrip())


def grouped(files: dict[str, bytes]) -> tuple[dict[str, dict[str, bytes]], dict[str, str]]:
    """The files by the format that reviewflow tells, and of those that it refuses, why."""
    groups: dict[str, dict[str, bytes]] = defaultdict(dict)
    refused = {}
    for name, content in files.items():
        try:
            groups[open_export(content, "it").format][name] = content
        except InputError as error:
            refused[name] = error.what
    return {name: groups[name] for name in READERS if name in groups}, refused


def readings_of(readers: Sequence[Reader], files: dict[str, bytes], repeat: int) -> dict[str, Readings]:
    """What each reader made of each file, by reader and file."""
    done: dict[str, Readings] = {reader.name: {} for reader in readers}
    for name, content in files.items():
        for reader, each in zip(readers, read_by_all(readers, content, repeat), strict=True):
            done[reader.name][name] = each
    return done


def show_format(name: str, files: dict[str, bytes], done: dict[str, Readings]) -> None:
    """The table of one format, and the speed of each file where they are few and large."""
    total = sum(map(len, files.values())) / _MB
    print(f"\n{name}: {len(files)} files, {total:.2f} MB")
    tags, whole = done[RAW.name], done[WHOLE.name]
    ratios = {peer: (times_as_fast(tags, done[peer]), times_as_fast(whole, done[peer])) for peer in done}
    rows = [row(each, done[each], ("", "") if each in {RAW.name, WHOLE.name} else ratios[each]) for each in done]
    show([_HEADER, *rows])
    if 1 < len(files) <= 12 and total > len(files):
        print()
        of_file = [(file, *(f"{speed({file: readings[file]}):.1f}" for readings in done.values())) for file in files]
        show([("MB/s of each file", *done), *of_file])


def show_doubts(done: dict[str, dict[str, Readings]]) -> None:
    """The files on which readers disagree about the number of records, and those that one could not read."""
    counts, failures = [], []
    for by_reader in done.values():
        ours = by_reader[WHOLE.name]
        for reader, readings in by_reader.items():
            for file, each in readings.items():
                mine = ours[file].found
                if not each.found:
                    failures.append(f"  {reader}: {file}: {each.error}")
                elif mine and mine.n_records != each.found.n_records:
                    rejected = f", {each.found.n_rejected} rejected" if each.found.n_rejected else ""
                    counts.append((file, str(mine.n_records), str(each.found.n_records), reader + rejected))
    if counts:
        print("\nfiles on which a peer finds another number of records")
        show([("file", "reviewflow", "peer", ""), *counts])
    if failures:
        print("\nfiles that a reader could not read")
        print("\n".join(failures))


def show_refused(refused: dict[str, str], files: dict[str, bytes]) -> None:
    """The files that reviewflow refuses, and which peer finds records in them all the same."""
    if refused:
        print(f"\nfiles that reviewflow refuses: {len(refused)}")
    # A table's reader takes any text for rows: what it finds in such a file says nothing.
    every = [peer for name, readers in peers().items() if name != "csv" for peer in readers]
    for name, why in refused.items():
        made = ((peer.name, reading(peer, files[name]).found) for peer in every)
        finds = ", ".join(f"{peer} {found.n_records}" for peer, found in made if found and found.n_records)
        print(f"  {name}: {why.removeprefix('it ')}" + (f" [records found: {finds}]" if finds else ""))


def alone(way: str, path: Path) -> tuple[str, ...]:
    """One reading of the file with a million lines in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("one_reading.py")), way, str(path)]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    size = path.stat().st_size / _MB
    figures = f"{said['seconds']:.1f} s", f"{size / said['cpu']:.1f}", f"{said['peak_mib']:.0f} MiB"
    return _WORDS[way], str(said["n_records"]), *figures


def show_million() -> None:
    """The table of the file with a million lines."""
    with tempfile.TemporaryDirectory(prefix="reviewflow-bench-") as folder:
        path = Path(folder) / "million.ris"
        path.write_bytes(million_lines())
        print(f"\na million lines of RIS, {path.stat().st_size / _MB:.1f} MB, read once, each time in a fresh process")
        show([("", "records", "wall", "MB/s of CPU", "peak memory"), *(alone(way, path) for way in _ALONE)])


def main() -> None:
    """Read, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exports", type=Path, help="read the files of this folder instead of made ones")
    parser.add_argument("--repeat", type=int, default=3, help="readings of each file, the best of which counts")
    chosen = parser.parse_args()
    if chosen.exports:
        paths = sorted(path for path in chosen.exports.rglob("*") if path.is_file())
        files = {str(path.relative_to(chosen.exports)): path.read_bytes() for path in paths}
    else:
        files = made_exports(_MADE_BYTES)
    groups, refused = grouped(files)
    done = {}
    for name, members in groups.items():
        done[name] = readings_of((RAW, WHOLE, *peers().get(name, ())), members, chosen.repeat)
        show_format(name, members, done[name])
    show_doubts(done)
    show_refused(refused, files)
    show_million()


if __name__ == "__main__":
    main()

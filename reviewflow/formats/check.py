"""What `import --check` says about one file."""

from __future__ import annotations

from operator import attrgetter
from time import perf_counter
from typing import TYPE_CHECKING, Any

from reviewflow.errors import InputError
from reviewflow.formats.canonical import canonical, load_tables_of
from reviewflow.formats.export import open_export
from reviewflow.formats.registry import reader
from reviewflow.formats.sniff import load_tables
from reviewflow.formats.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.formats.export import Export

_COUNTED = ("title", "authors", "year", "journal", "doi", "pmid", "abstract")
_counted = attrgetter(*_COUNTED)


def check_file(content: bytes, name: str, progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """The object of one file in `import --check --json`: its counts, and all that was left over or repaired.

    Args:
        content: The file.
        name: What to call it.
        progress: Called with the number of bytes read so far, and of all.

    Raises:
        InputError: The file cannot be read at all, or holds no record.
    """
    load_tables()
    begin = perf_counter()
    export = open_export(content, name)
    opened = perf_counter()
    _load(export.format)
    ready = perf_counter()
    n_records = n_characters = 0
    present = dict.fromkeys(_COUNTED, 0)
    for raw in export.records():
        n_records += 1
        record = canonical(raw, export.format)
        for field, value in zip(_COUNTED, _counted(record), strict=True):
            if value:
                present[field] += 1
        n_characters += len(record.abstract)
        if progress is not None and not n_records % 500:
            progress(raw.end, len(content))
    seconds = perf_counter() - ready + opened - begin
    if not n_records:
        raise no_record(export)
    return {
        "file": name,
        "format": export.format,
        "exporter": export.exporter,
        "encoding": export.encoding,
        "n_records": n_records,
        "n_rejected": export.n_rejected,
        "leftovers": [{"line": leftover.line, "text": leftover.text} for leftover in export.leftovers],
        "repairs": [{"line": repair.line, "what": repair.what} for repair in export.repairs],
        "with": present,
        "abstract_characters": n_characters,
        "seconds": round(seconds, 6),
    }


def no_record(export: Export) -> InputError:
    """The error for a search export without any record."""
    what = f"{export.name} looks like {export.format} but holds no record that can be read"
    if export.leftovers or export.n_rejected:
        return InputError(what, "open it in a text editor to see what it holds, and export the records again")
    header = ": it has a header and no row below it" if export.format == "csv" else ""
    return InputError(
        f"{what}{header}",
        "the search may have had no result: then reviewflow search add SOURCE --expect 0 logs it; else export again",
    )


def _load(format_name: str) -> None:
    """Load a format's reader and tables, which a program that reads many files does once: `seconds` leaves them out."""
    for _ in reader(format_name).read(Source(b"", ""), format_name):
        pass
    load_tables_of(format_name)

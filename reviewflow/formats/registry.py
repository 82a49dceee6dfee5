"""The formats that can be read: a new one is one file, one table in `schemas/formats` and one line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from reviewflow.domain.record import RawRecord, Record, Tags
    from reviewflow.formats.source import Source

# Name as `import --check` prints it: the module that reads it. They are imported when a file needs them.
READERS = {
    "ris": "tagged",
    "nbib": "tagged",
    "wos_tagged": "tagged",
    "ovid_tagged": "tagged",
    "refworks_tagged": "tagged",
    "enw": "tagged",
    "endnote_xml": "elements",
    "pubmed_xml": "elements",
    "ictrp_xml": "elements",
    "csl_json": "objects",
    "ctgov_json": "objects",
    "bibtex": "bibtex",
    "csv": "delimited",
}
WRITERS = ("ris", "nbib", "bibtex", "csl_json", "endnote_xml", "csv")


def read_by(module: str) -> tuple[str, ...]:
    """The formats that a module reads."""
    return tuple(name for name, reading in READERS.items() if reading == module)


class Reader(Protocol):
    """What the module of a format gives."""

    def read(self, source: Source, name: str) -> Iterator[RawRecord]:
        """The records of a file in the format NAME."""
        ...


class Writer(Protocol):
    """The function that writes records in a format."""

    def __call__(self, records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = ...) -> int:
        """Write records, of each the further tags `more` in the format's own names, and give their number."""
        ...


def writer(name: str) -> Writer:
    """The function that writes records in the format NAME, one of `WRITERS`."""
    write: Writer = getattr(import_module(f"reviewflow.formats.write_{name}"), f"write_{name}")
    return write


def reader(name: str) -> Reader:
    """The module that reads the format NAME."""
    module: Reader = import_module(f"reviewflow.formats.{READERS[name]}")
    return module

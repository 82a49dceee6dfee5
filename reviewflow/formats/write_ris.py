"""Writes records as RIS that reference managers and screening tools take: UTF-8 without a mark, TY first, ER last.

What RIS has no place for is written so that `schemas/formats/ris.toml` reads it back, told by the provider
"reviewflow": the database that the record came from, and pages that are an article's number.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, TextIO

from reviewflow.domain import normalise
from reviewflow.formats.told_types import told_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reviewflow.domain.record import Record, Tags

_TYPES = {
    "journal": "JOUR",
    "conference": "CONF",
    "registry": "GEN",
    "book": "BOOK",
    "chapter": "CHAP",
    "thesis": "THES",
    "preprint": "UNPB",
    "report": "RPRT",
    "other": "GEN",
}
_NEXT_LINE = "\n" + " " * 6  # deeper than any line that a reader could take for a tag


def write_ris(records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = repeat(())) -> int:
    """Write records as RIS, and give their number.

    Args:
        records: The records.
        stream: Where to.
        more: Of each record further tags, which are written in front of its abstract.
    """
    return write_entries((_lines(record, tags) for record, tags in zip(records, more, strict=False)), stream)


def write_entries(entries: Iterable[Iterable[tuple[str, str]]], stream: TextIO) -> int:
    """Write entries of RIS, each given by its lines (tag, text) without the last, and give their number."""
    n_written = 0
    for lines in entries:
        stream.writelines(f"{tag}  - {text}\n" for tag, text in lines)
        stream.write("ER  - \n\n")
        n_written += 1
    return n_written


def _lines(record: Record, more: Tags) -> Iterator[tuple[str, str]]:
    yield "TY", ris_type(record)
    yield from filled("TI", record.title)
    yield from filled("AU", *map(ris_author, record.authors))
    yield from filled("PY", str(record.year or ""))
    yield from filled("T2", record.journal)
    yield from filled("J2", record.journal_abbreviation)
    yield from filled("VL", record.volume)
    yield from filled("IS", record.issue)
    yield from ris_pages(record.pages)
    yield from filled("DO", record.doi)
    yield from filled("SN", *record.issn, record.isbn)
    yield from filled("AN", record.accession)
    yield from filled("CN", *record.registry_ids)
    yield from filled("LA", record.language)
    for kind in told_types(record, ris_type(record)):
        yield "M3", kind
    yield from filled("KW", *record.keywords)
    yield from filled("DB", record.database)
    yield from filled("UR", record.url)
    yield "DP", f"reviewflow: {' '.join(record.database.split())}".rstrip()
    for tag, text in more:
        yield from filled(tag, text)
    # Tags of four letters are our own: a reader that takes them for a wrapped line adds them to what stands above.
    yield from filled("PMID", record.pmid)
    yield from filled("PMCID", record.pmcid)
    for part in record.abstract.split("\n\n"):
        paragraphs = [" ".join(line.split()) for line in part.split("\n")]
        if any(paragraphs):
            yield "AB", _NEXT_LINE.join(filter(None, paragraphs))


def ris_type(record: Record) -> str:
    """The type of reference of a record's kind."""
    return _TYPES[record.kind]


def ris_author(name: str) -> str:
    """A name; behind that of a group a comma where a reader would take it for a person's."""
    return name if normalise.author_name(name) == name else f"{name},"


def ris_pages(pages: str) -> Iterator[tuple[str, str]]:
    """Pages in tags that are read back as they are: those that are a range of numbers, and those that only look so."""
    first, _, last = pages.partition("-")
    if normalise.join_pages(first, last) == pages:
        yield from filled("SP", first)
        yield from filled("EP", last)
    else:
        yield "C7", pages.replace("\n", " ")


def filled(tag: str, *values: str) -> Iterator[tuple[str, str]]:
    """The tag with each value, on one line: EndNote drops what stands on a second."""
    for value in values:
        line = " ".join(value.split())
        if line:
            yield tag, line

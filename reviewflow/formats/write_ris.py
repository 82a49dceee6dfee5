"""Writes records as RIS that reference managers and screening tools take: UTF-8 without a mark, TY first, ER last."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reviewflow.domain.record import Record

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


def write_ris(records: Iterable[Record], stream: TextIO) -> int:
    """Write records as RIS, and give their number."""
    n_written = 0
    for record in records:
        stream.writelines(f"{tag}  - {text}\n" for tag, text in _lines(record))
        stream.write("ER  - \n\n")
        n_written += 1
    return n_written


def _lines(record: Record) -> Iterator[tuple[str, str]]:
    first, _, last = record.pages.partition("-")
    yield "TY", _TYPES[record.kind]
    yield from _filled("TI", record.title)
    yield from _filled("AU", *record.authors)
    yield from _filled("PY", str(record.year or ""))
    yield from _filled("T2", record.journal)
    yield from _filled("J2", record.journal_abbreviation)
    yield from _filled("VL", record.volume)
    yield from _filled("IS", record.issue)
    yield from _filled("SP", first)
    yield from _filled("EP", last)
    yield from _filled("DO", record.doi)
    yield from _filled("SN", *record.issn, record.isbn)
    yield from _filled("AN", record.accession)
    yield from _filled("PMID", record.pmid)
    yield from _filled("PMCID", record.pmcid)
    yield from _filled("LA", record.language)
    yield from _filled("M3", *record.publication_types)
    yield from _filled("KW", *record.keywords)
    yield from _filled("DB", record.database)
    yield from _filled("UR", record.url)
    yield from _filled("AB", record.abstract)


def _filled(tag: str, *values: str) -> Iterator[tuple[str, str]]:
    """The tag with each value, on one line: EndNote drops what stands on a second."""
    for value in values:
        line = " ".join(value.split())
        if line:
            yield tag, line

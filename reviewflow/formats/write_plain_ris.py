"""Writes records as RIS with nothing but what every reader of RIS knows: a field on one line, tags of two letters."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, TextIO

from reviewflow.formats.write_ris import filled, ris_author, ris_pages, ris_type, write_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reviewflow.domain.record import Record, Tags


def write_plain_ris(records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = repeat(())) -> int:
    """Write records as plain RIS, of each the further tags `more` in front of its abstract, and give their number."""
    return write_entries((_lines(record, tags) for record, tags in zip(records, more, strict=False)), stream)


def _lines(record: Record, more: Tags) -> Iterator[tuple[str, str]]:
    yield "TY", ris_type(record)
    yield from filled("TI", record.title)
    yield from filled("AU", *map(ris_author, record.authors))
    yield from filled("PY", str(record.year or ""))
    yield from filled("T2", record.journal)
    yield from filled("VL", record.volume)
    yield from filled("IS", record.issue)
    # An article's number goes for a first page: few readers know C7.
    yield from ((tag.replace("C7", "SP"), text) for tag, text in ris_pages(record.pages))
    yield from filled("DO", record.doi)
    yield from filled("SN", *record.issn, record.isbn)
    yield from filled("AN", record.accession)
    yield from filled("LA", record.language)
    yield from filled("KW", *record.keywords)
    yield from filled("UR", record.url)
    for tag, text in more:
        yield from filled(tag, text)
    yield from filled("N1", f"PMID: {record.pmid}" if record.pmid else "", record.pmcid)
    yield from filled("AB", record.abstract)

"""Writes records in PubMed's nbib format: tags padded to four letters, wrapped lines indented by six."""

from __future__ import annotations

from itertools import repeat
from textwrap import wrap
from typing import TYPE_CHECKING, TextIO

from reviewflow.formats.told_types import told_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reviewflow.domain.record import Record, Tags

_WIDTH = 88
_INDENT = " " * 6
_TYPES = {
    "journal": "Journal Article",
    "conference": "Conference Proceedings",
    "registry": "Trial Registry Record",
    "book": "Book",
    "chapter": "Book Chapter",
    "thesis": "Dissertation",
    "preprint": "Preprint",
    "report": "Technical Report",
    "other": "Other",
}


def write_nbib(records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = repeat(())) -> int:
    """Write records as nbib, of each the further tags `more` at its end, and give their number."""
    n_written = 0
    for record, tags in zip(records, more, strict=False):
        for tag, text in (*_fields(record), *tags):
            line = " ".join(text.split())
            if line:
                stream.write(
                    f"{tag:<4}- "
                    + f"\n{_INDENT}".join(wrap(line, _WIDTH - 6, break_on_hyphens=False, break_long_words=False))
                    + "\n"
                )
        stream.write("\n")
        n_written += 1
    return n_written


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    yield "PMID", record.pmid
    # A record without a PubMed number begins with its owner, by which it is told from the one above it.
    yield "OWN", "NLM" if record.pmid else "REVIEWFLOW"
    for number in record.issn:
        yield "IS", number
    yield "ISBN", record.isbn
    yield "VI", record.volume
    yield "IP", record.issue
    yield "DP", str(record.year or "")
    yield "TI", record.title
    yield "PG", record.pages
    yield "LID", f"{record.doi} [doi]" if record.doi else ""
    yield "AB", record.abstract
    for author in record.authors:
        yield ("FAU" if ", " in author else "CN"), author
    yield "LA", record.language
    for kind in told_types(record, "") or (_TYPES[record.kind],):
        yield "PT", kind
    yield "TA", record.journal_abbreviation
    yield "JT", record.journal
    yield "PMC", record.pmcid
    for word in record.keywords:
        yield "OT", word
    for number in record.registry_ids:
        yield "SI", number
    yield "URL", record.url
    if record.database != "PubMed":
        yield "OID", record.accession
        yield "GN", f"reviewflow: {record.database}".rstrip()

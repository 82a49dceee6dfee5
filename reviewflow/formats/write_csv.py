"""Writes records as CSV with a header that ASReview, Rayyan and this program itself read."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.domain.record import Record

_HEADER = (
    "title", "authors", "year", "journal", "journal abbreviation", "volume", "issue", "pages", "doi", "pmid", "pmcid",
    "abstract", "keywords", "accession number", "issn", "isbn", "language", "entry type", "publication type", "url",
    "database",
)  # fmt: skip


def write_csv(records: Iterable[Record], stream: TextIO) -> int:
    """Write records as CSV, and give their number."""
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(_HEADER)
    n_written = 0
    for record in records:
        rows.writerow(_row(record))
        n_written += 1
    return n_written


def _row(record: Record) -> tuple[str, ...]:
    return (
        record.title,
        "; ".join(record.authors) + (";" if len(record.authors) == 1 else ""),
        str(record.year or ""),
        record.journal,
        record.journal_abbreviation,
        record.volume,
        record.issue,
        record.pages,
        record.doi,
        record.pmid,
        record.pmcid,
        record.abstract,
        "; ".join(record.keywords),
        record.accession,
        "; ".join(record.issn),
        record.isbn,
        record.language,
        record.kind,
        "; ".join(record.publication_types),
        record.url,
        record.database,
    )

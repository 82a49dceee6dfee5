"""Writes records as CSV with a header that ASReview, Rayyan and this program itself read."""

from __future__ import annotations

import csv
from itertools import repeat
from typing import TYPE_CHECKING, TextIO

from reviewflow.formats.told_types import joined, told_types
from reviewflow.formats.write_ris import ris_author

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reviewflow.domain.record import Record, Tags

_HEADER = (
    "title", "authors", "year", "journal", "journal abbreviation", "volume", "issue", "pages", "doi", "pmid", "pmcid",
    "abstract", "keywords", "accession number", "issn", "isbn", "language", "entry type", "publication type", "url",
    "source_db",
)  # fmt: skip


def write_csv(records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = repeat(())) -> int:
    """Write records as CSV, and give their number.

    Args:
        records: The records.
        stream: Where to.
        more: Of each record the cells of further columns, each with the column's name; for all the same columns.
    """
    rows = csv.writer(stream, lineterminator="\n")
    n_written = 0
    for record, tags in zip(records, more, strict=False):
        if not n_written:
            rows.writerow((*_HEADER, *(name for name, _ in tags)))
        rows.writerow((*_row(record), *(text for _, text in tags)))
        n_written += 1
    if not n_written:
        rows.writerow(_HEADER)
    return n_written


def write_cells(rows: Iterable[Mapping[str, str]], header: Sequence[str], stream: TextIO) -> int:
    """Write rows under a fixed header, a cell that is not given left empty, and give their number."""
    table = csv.DictWriter(stream, header, restval="", lineterminator="\n")
    table.writeheader()
    n_written = 0
    for row in rows:
        table.writerow(row)
        n_written += 1
    return n_written


def _row(record: Record) -> tuple[str, ...]:
    return (
        record.title,
        "; ".join(map(ris_author, record.authors)) + (";" if len(record.authors) == 1 else ""),
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
        joined(record.keywords),
        record.accession,
        "; ".join(record.issn),
        record.isbn,
        record.language,
        record.kind,
        "; ".join(told_types(record, record.kind)),
        record.url,
        record.database,
    )

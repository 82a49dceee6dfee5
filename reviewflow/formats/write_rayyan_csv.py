"""Writes records as the CSV that Rayyan imports, with the columns that its own exports have."""

from __future__ import annotations

import csv
from itertools import repeat
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.domain.record import Record, Tags

_HEADER = (
    "key", "title", "year", "month", "day", "journal", "issn", "volume", "issue", "pages", "authors", "url", "language",
    "publisher", "location", "abstract", "notes", "doi", "keywords", "pubmed_id", "pmc_id",
)  # fmt: skip


def write_rayyan_csv(records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = repeat(())) -> int:
    """Write records as Rayyan's CSV, and give their number.

    Args:
        records: The records.
        stream: Where to.
        more: Of each record the cells "key" and "notes".
    """
    rows = csv.DictWriter(stream, _HEADER, restval="", lineterminator="\n")
    rows.writeheader()
    n_written = 0
    for record, tags in zip(records, more, strict=False):
        rows.writerow(_cells(record) | dict(tags))
        n_written += 1
    return n_written


def _cells(record: Record) -> dict[str, str]:
    return {
        "title": record.title,
        "year": str(record.year or ""),
        "journal": record.journal,
        "issn": "; ".join(record.issn),
        "volume": record.volume,
        "issue": record.issue,
        "pages": record.pages,
        "authors": " and ".join(record.authors),
        "url": record.url,
        "language": record.language,
        "abstract": " ".join(record.abstract.split()),
        "doi": record.doi,
        "keywords": "; ".join(record.keywords),
        "pubmed_id": record.pmid,
        "pmc_id": record.pmcid,
    }

"""Writes records as the CSV that Rayyan imports, with the columns that its own exports have."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, TextIO

from reviewflow.formats.write_csv import write_cells

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
    return write_cells(
        (_cells(record) | dict(tags) for record, tags in zip(records, more, strict=False)), _HEADER, stream
    )


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

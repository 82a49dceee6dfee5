"""Writes records as the CSV of citations that SRDR+ imports."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, TextIO

from reviewflow.formats.write_csv import write_cells

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.domain.record import Record, Tags

_HEADER = (
    "RefID", "Authors", "Title", "Abstract", "Accession Number", "PMID", "DOI", "Journal", "Year", "Volume", "Issue",
    "Keywords",
)  # fmt: skip


def write_srdr_csv(records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = repeat(())) -> int:
    """Write records as the CSV of SRDR+, of each the cell "RefID" from `more`, and give their number."""
    return write_cells(
        (_cells(record) | dict(tags) for record, tags in zip(records, more, strict=False)), _HEADER, stream
    )


def _cells(record: Record) -> dict[str, str]:
    return {
        # SRDR+ splits this cell at commas, slashes and bars.
        "Authors": "|".join(" ".join(name.replace(",", " ").replace("/", " ").split()) for name in record.authors),
        "Title": record.title,
        "Abstract": " ".join(record.abstract.split()),
        "Accession Number": record.accession,
        "PMID": record.pmid,
        "DOI": record.doi,
        "Journal": record.journal,
        "Year": str(record.year or ""),
        "Volume": record.volume,
        "Issue": record.issue,
        "Keywords": "|".join(record.keywords),
    }

"""Writes records as the CSV of citations that SRDR+ imports."""

from __future__ import annotations

import csv
from itertools import repeat
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.domain.record import Record, Tags

_HEADER = (
    "RefID", "Authors", "Title", "Abstract", "Accession Number", "PMID", "DOI", "Journal", "Year", "Volume", "Issue",
    "Keywords",
)  # fmt: skip


def write_srdr_csv(records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = repeat(())) -> int:
    """Write records as the CSV of SRDR+, of each the cell "RefID" from `more`, and give their number."""
    rows = csv.DictWriter(stream, _HEADER, restval="", lineterminator="\n")
    rows.writeheader()
    n_written = 0
    for record, tags in zip(records, more, strict=False):
        rows.writerow(_cells(record) | dict(tags))
        n_written += 1
    return n_written


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

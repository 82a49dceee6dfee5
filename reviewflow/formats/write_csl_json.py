"""Writes records as CSL-JSON, which Zotero, Mendeley and pandoc read."""

from __future__ import annotations

import json
from itertools import repeat
from typing import TYPE_CHECKING, Any, TextIO

from reviewflow.formats.told_types import joined, told_types

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.domain.record import Record, Tags

_TYPES = {
    "journal": "article-journal",
    "conference": "paper-conference",
    "registry": "dataset",
    "book": "book",
    "chapter": "chapter",
    "thesis": "thesis",
    "preprint": "article",
    "report": "report",
    "other": "document",
}


def write_csl_json(records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = repeat(())) -> int:
    """Write records as one CSL-JSON list, of each the further keys `more`, and give their number."""
    n_written = 0
    for record, tags in zip(records, more, strict=False):
        n_written += 1
        stream.write("[\n" if n_written == 1 else ",\n")
        json.dump({**_object(record, n_written), **dict(tags)}, stream, ensure_ascii=False, indent=1)
    stream.write("\n]\n" if n_written else "[]\n")
    return n_written


def _object(record: Record, number: int) -> dict[str, Any]:
    kind = _TYPES[record.kind]
    whole = {
        "id": str(number),
        "type": kind,
        "title": record.title,
        "author": [_name(author) for author in record.authors],
        "issued": {"date-parts": [[record.year]]} if record.year else None,
        "container-title": record.journal,
        "container-title-short": record.journal_abbreviation,
        "volume": record.volume,
        "issue": record.issue,
        "page": record.pages,
        "DOI": record.doi,
        "PMID": record.pmid,
        "PMCID": record.pmcid,
        "abstract": record.abstract,
        "ISSN": ", ".join(record.issn),
        "ISBN": record.isbn,
        "language": record.language,
        "keyword": joined(record.keywords),
        "genre": "; ".join(told_types(record, kind)),
        "source": record.database,
        "archive_location": record.accession,
        "URL": record.url,
    }
    return {key: value for key, value in whole.items() if value}


def _name(author: str) -> dict[str, str]:
    family, comma, given = author.partition(", ")
    return {"family": family, "given": given} if comma else {"literal": author}

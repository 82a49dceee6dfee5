"""Tells from a record that what it describes was retracted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewflow.domain.record import Record

# "Retracted Publication" of PubMed, "Retracted Article" of Web of Science, "Retracted" of Scopus.
_TYPE = re.compile(r"retracted\b", re.IGNORECASE)
_TITLE = re.compile(
    r"[\W_]*(?:RETRACTED|WITHDRAWN)\b|[\W_]*(?i:retracted(?: article| publication| paper)?|withdrawn)\s*[:\])]"
)


def is_retracted(record: Record) -> bool:
    """Whether a publication type or the beginning of the title says that the report was retracted or withdrawn."""
    return any(map(_TYPE.match, record.publication_types)) or _TITLE.match(record.title) is not None

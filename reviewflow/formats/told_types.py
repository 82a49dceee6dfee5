"""Publication types as they are written: with one more where without it nobody could tell the kind of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.formats.fieldmap import kind_of

if TYPE_CHECKING:
    from reviewflow.domain.record import Record

_NAMES = {
    "conference": "Conference Paper",
    "registry": "Trial registry record",
    "book": "Book",
    "chapter": "Book Chapter",
    "thesis": "Thesis",
    "preprint": "Preprint",
    "report": "Technical Report",
}


def told_types(record: Record, code: str) -> tuple[str, ...]:
    """The publication types of a record that is written under a type of reference, the code, which may be coarser."""
    types = record.publication_types
    told = kind_of(code, types) or ("journal" if record.journal else "other")
    return types if told == record.kind or record.kind not in _NAMES else (*types, _NAMES[record.kind])


def joined(words: tuple[str, ...]) -> str:
    """Words in one text, parted by semicolons; a single one that holds a comma ends with one: so it stays whole."""
    return "; ".join(words) + (";" if len(words) == 1 and "," in words[0] else "")

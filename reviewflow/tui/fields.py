"""The fields of a pair of records, side by side, with what differs in each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reviewflow.tui.differences import Spans, differing
from reviewflow.tui.printable import printable

if TYPE_CHECKING:
    from reviewflow.domain.deduplication import Candidate
    from reviewflow.domain.record import Record
    from reviewflow.workflow.deduplication import Pair


class Mark(StrEnum):
    """The sign before a field; it says without colour what the colour says."""

    SAME = " "
    DIFFERS = "*"
    ALMOST = "~"
    ONE_SIDE = "+"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of both records.

    Attributes:
        name: What it is called.
        values: The two values, "" where a record does not give it.
        spans: What differs in each: (start, end) in characters.
        mark: Whether the two differ.
    """

    name: str
    values: tuple[str, str]
    spans: tuple[Spans, Spans]
    mark: Mark


def fields(pair: Pair) -> list[Field]:
    """The fields of a pair, in the order in which they are read; a field that neither gives is left out."""
    left, right = _values(pair.a), _values(pair.b)
    found = [_field(name, value, right[name]) for name, value in left.items()]
    return [field for field in found if any(field.values)]


def _values(candidate: Candidate) -> dict[str, str]:
    record = candidate.record
    values = {
        "title": record.title,
        "authors": "; ".join(record.authors),
        "journal": record.journal or record.journal_abbreviation,
        "year": str(record.year or ""),
        "place": place_within(record),
        "doi": record.doi,
        "pmid": record.pmid,
        "kind": ", ".join(record.publication_types) or record.kind,
        "source": candidate.source,
        "abstract": record.abstract,
    }
    return {name: printable(value) for name, value in values.items()}


def place_within(record: Record) -> str:
    """The place within the journal: "12(3):101-109"."""
    issue = f"({record.issue})" if record.issue else ""
    return f"{record.volume}{issue}:{record.pages}" if record.pages else f"{record.volume}{issue}"


def _field(name: str, a: str, b: str) -> Field:
    if a == b or name == "source":  # two sources are what makes a duplicate likely, not a difference
        return Field(name, (a, b), ((), ()), Mark.SAME)
    if not a or not b:
        return Field(name, (a, b), ((), ()), Mark.ONE_SIDE)
    spans = differing(a, b)
    return Field(name, (a, b), spans, Mark.DIFFERS if any(spans) else Mark.ALMOST)

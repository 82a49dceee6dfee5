"""Extraction: cells, the answers of extractors to them, and what they agree on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable


class Status(StrEnum):
    """Where a value comes from. Only a published value, or one derived from published ones, is data."""

    PUBLISHED = "published"
    DERIVED = "derived"
    FROM_AUTHORS = "from_authors"
    RECALLED = "recalled"
    SOLVED = "solved"
    NOT_REPORTED = "not_reported"
    UNKNOWN = "unknown"


DATA = frozenset({Status.PUBLISHED, Status.DERIVED, Status.FROM_AUTHORS})


class Denominator(StrEnum):
    """Whom a number of participants counts."""

    RANDOMISED = "randomised"
    SAFETY = "safety"
    EVALUABLE = "evaluable"
    RESPONDERS = "responders"
    UNKNOWN = "unknown"


Cell: TypeAlias = tuple[int, int | None, str, str, str]
"""(study, arm, endpoint, time point, field): what one answer answers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One extractor's value for one cell; "" is an answer only together with the status unknown or not reported."""

    study: int
    arm: int | None
    endpoint: str
    timepoint: str
    field: str
    value: str
    denominator: str = ""
    status: str = Status.PUBLISHED
    source: str = ""
    note: str = ""
    reviewer: str = ""
    id: int = 0

    @property
    def cell(self) -> Cell:
        """What it answers."""
        return (self.study, self.arm, self.endpoint, self.timepoint, self.field)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the extractors of a cell say together.

    Attributes:
        answer: The answer they share, or one of those that differ.
        differ: The extractors, when they do not give the same value and status.
    """

    answer: Answer
    differ: tuple[str, ...] = ()


def agree(answers: Iterable[Answer]) -> dict[Cell, Agreed]:
    """The agreed answer of each cell, from the latest answer of each extractor.

    Args:
        answers: Standing answers, oldest first.
    """
    latest: dict[Cell, dict[str, Answer]] = {}
    for answer in answers:
        latest.setdefault(answer.cell, {})[answer.reviewer] = answer
    agreed = {}
    for cell, by_reviewer in latest.items():
        said = {(answer.value, answer.status, answer.denominator) for answer in by_reviewer.values()}
        newest = max(by_reviewer.values(), key=lambda answer: answer.id)
        agreed[cell] = Agreed(newest, tuple(sorted(by_reviewer)) if len(said) > 1 else ())
    return agreed

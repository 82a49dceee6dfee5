"""Records of different reports that belong together: the abstract of a paper, its erratum, its registry entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewflow.domain.deduplication.rules import Rule, read_rule
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.features import Features
    from reviewflow.domain.deduplication.normalise import Detail, Sketch

# Not a mark of one record but of the order of two: the later one depends on the earlier.
LATER: Final = "later"
_MARKS: Final = frozenset(
    {"erratum", "retraction", "reply", "comment", "addendum", "protocol", "conference", "registry", "preprint"}
    | {"supplement", "book", "chapter", "thesis", "translated", LATER}
)


@dataclass(frozen=True, slots=True)
class Tie:
    """A line of the table of relations.

    Attributes:
        rule: Name, conditions and reason.
        mark: What only the dependent record of the two has.
    """

    rule: Rule
    mark: str


def read_ties(table: Mapping[str, Any]) -> tuple[Tie, ...]:
    """The relations that a table gives, in the order in which they are tried.

    Raises:
        InputError: A line lacks its conditions, or its mark does not exist.
    """
    ties = []
    for line in table.get("relation", ()):
        mark = line.get("dependent", "")
        if mark not in _MARKS:
            raise InputError(
                f'the relation "{line.get("name", "")}" cannot depend on {mark!r}',
                f"name one of: {', '.join(sorted(_MARKS))}",
            )
        ties.append(Tie(read_rule(line), mark))
    return tuple(ties)


def tied(features: Features, ties: tuple[Tie, ...]) -> NDArray[np.bool_]:
    """Where each relation may hold, judged by the pair alone: one column for each relation."""
    n = len(features["title"])
    return np.stack([tie.rule.applies(features) for tie in ties], axis=1) if ties else np.empty((n, 0), np.bool_)


def dependent(mark: str, a: tuple[Sketch, Detail], b: tuple[Sketch, Detail]) -> int | None:
    """Which of two records depends on the other, 0 or 1; None where the mark does not tell."""
    if mark == LATER:
        first, second = _age(*a), _age(*b)
        return None if first == second else int(second > first)
    has_a, has_b = mark in _marks(*a), mark in _marks(*b)
    return None if has_a == has_b else int(has_b)


def _marks(sketch: Sketch, detail: Detail) -> set[str]:
    marks = {detail.kind, detail.part}
    for mark, held in (
        ("conference", detail.is_conference),
        ("registry", detail.is_registry),
        ("preprint", detail.is_preprint),
        ("supplement", detail.place.is_supplement),
        ("translated", sketch.bare.is_foreign),
    ):
        if held:
            marks.add(mark)
    return marks


def _age(sketch: Sketch, detail: Detail) -> tuple[int, tuple[int, ...], str]:
    return (sketch.year or 0, tuple(int(n) for n in detail.title.numbers if n.isdigit()), sketch.doi)

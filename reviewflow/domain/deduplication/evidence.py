"""What was found on a pair, put into links and sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewflow.domain.deduplication.features import NUMBERS
from reviewflow.domain.deduplication.model import Link, Relation
from reviewflow.domain.deduplication.relations import dependent, tied
from reviewflow.domain.deduplication.rules import AUTOMATIC, NO, REVIEW, STATE_NAMES, Rules, Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.features import Features
    from reviewflow.domain.deduplication.pool import Pool

_STATES: Final = {value: name for name, value in STATE_NAMES.items()}


@dataclass(slots=True)
class Found:
    """Pairs on which something was found.

    Attributes:
        automatic: Links that a rule makes.
        review: Links for a person.
        relations: Pairs that are not the same report and belong together.
    """

    automatic: list[Link] = field(default_factory=list)
    review: list[Link] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)


def collect(pool: Pool, chosen: NDArray[np.int64], features: Features, verdicts: Verdicts, found: Found) -> None:
    """Add to `found` what the verdicts say of the chosen pairs."""
    for decision, links in ((AUTOMATIC, found.automatic), (REVIEW, found.review)):
        links.extend(_links(pool, chosen, features, verdicts, np.flatnonzero(verdicts.decision == decision)))
    columns = tied(features, pool.ties)
    for n in np.flatnonzero(columns.any(axis=1) & (verdicts.decision != AUTOMATIC)).tolist():
        relation = _relation(pool, chosen[n].tolist(), columns[n], float(verdicts.score[n]))
        if relation is not None:
            found.relations.append(relation)


def link(pool: Pool, chosen: NDArray[np.int64], features: Features, verdicts: Verdicts, n: int) -> Link:
    """The n-th of the chosen pairs as a link, whatever the decision on it."""
    return next(_links(pool, chosen, features, verdicts, np.array([n])))


def _links(
    pool: Pool, chosen: NDArray[np.int64], features: Features, verdicts: Verdicts, rows: NDArray[np.int64]
) -> Iterator[Link]:
    """Some of the chosen pairs as links."""
    names, rules = tuple(features), pool.rules.all
    values = np.stack([features[name][rows] for name in names], axis=1).tolist()
    for n, own in zip(rows.tolist(), values, strict=True):
        a, b = (pool.candidates[place].id for place in chosen[n].tolist())
        evidence = _evidence(names, own)
        if vetoes := veto_names(pool.rules, verdicts, n):
            evidence["vetoes"] = "; ".join(vetoes)
        place = int(verdicts.rule[n])
        rule = rules[place].name if place >= 0 else ""
        yield Link(a, b, rule, float(verdicts.score[n]), evidence, _why(pool.rules, verdicts, n))


def relation_between(pool: Pool, chosen: NDArray[np.int64], features: Features, verdicts: Verdicts, n: int) -> str:
    """How the n-th of the chosen pairs belongs together without being one report; "" where it does not."""
    if verdicts.decision[n] == AUTOMATIC:
        return ""
    relation = _relation(pool, chosen[n].tolist(), tied(features, pool.ties)[n], float(verdicts.score[n]))
    return relation.kind if relation is not None else ""


def veto_names(rules: Rules, verdicts: Verdicts, n: int) -> tuple[str, ...]:
    """The vetoes that the n-th pair is under."""
    return tuple(veto.name for veto, hit in zip(rules.vetoes, verdicts.vetoes[n].tolist(), strict=True) if hit)


def _evidence(names: Sequence[str], values: Sequence[float]) -> dict[str, float | str]:
    """The features of a pair by name, those left out that could not be compared."""
    found: dict[str, float | str] = {}
    for name, value in zip(names, values, strict=True):
        if name in NUMBERS:
            if not isnan(value):
                found[name] = round(value, 1)
        elif value:
            found[name] = _STATES[int(value)]
    return found


def _why(rules: Rules, verdicts: Verdicts, n: int) -> str:
    """The decision in one sentence: the rule that speaks for the pair, the vetoes that speak against it."""
    decision = int(verdicts.decision[n])
    against = [veto.words for veto, hit in zip(rules.vetoes, verdicts.vetoes[n].tolist(), strict=True) if hit]
    if decision == NO:
        return f"Not the same report: {'; '.join(against)}." if against else "No rule speaks for one report."
    words = rules.all[int(verdicts.rule[n])].words
    return f"{words}, but {'; '.join(against)}." if against and decision == REVIEW else f"{words}."


def _relation(pool: Pool, places: list[int], holds: NDArray[np.bool_], score: float) -> Relation | None:
    a, b = ((pool.sketches[p], pool.detail(p)) for p in places)
    ids = [pool.candidates[p].id for p in places]
    for tie, held in zip(pool.ties, holds.tolist(), strict=True):
        which = dependent(tie.mark, a, b) if held else None
        if which is not None:
            return Relation(ids[which], ids[1 - which], tie.rule.name, score, tie.rule.words + ".")
    return None

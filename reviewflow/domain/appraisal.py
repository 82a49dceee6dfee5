"""Appraisal: which overall judgement of risk of bias goes with each study of a synthesis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reviewflow.domain.form import Agreed, Answer, Cell
    from reviewflow.domain.protocol import PlannedSynthesis

OVERALL = "overall"
"""The field of every form of risk of bias that holds the overall judgement, in any case of letters."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The overall judgements of the studies of a synthesis.

    Attributes:
        by_study: Study -> the answer that holds its judgement; a study without one is left out.
        unjudged: Studies without a judgement.
        differ: Studies on whose judgement the extractors do not agree.
    """

    by_study: Mapping[str, Answer] = field(default_factory=dict)
    unjudged: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[int, ...]:
        """Ids of the answers that hold the judgements."""
        return tuple(sorted(answer.id for answer in self.by_study.values()))


def judged(
    plan: PlannedSynthesis,
    studies: Iterable[tuple[int, str]],
    timepoints: Mapping[str, str],
    agreed: Mapping[Cell, Agreed],
    forms: Mapping[int, str],
) -> Judged:
    """The judgement of each study: that of the result which is pooled, else of its endpoint, else of the study.

    Args:
        plan: The synthesis; names the forms that count, the first before the others.
        studies: (id, label) of the studies of its rows.
        timepoints: Label -> the time point of its row.
        agreed: What the extractors agree on.
        forms: Answer -> the name of its form.
    """
    by_study, unjudged, differ = {}, [], []
    for id_, label in studies:
        places = ((plan.endpoint, timepoints.get(label, "")), (plan.endpoint, ""), ("", ""))
        found = _first(id_, places, plan.risk_of_bias, agreed, forms)
        if found is None:
            unjudged.append(label)
        elif found.differ:
            differ.append(label)
        else:
            by_study[label] = found.answer
    return Judged(by_study, tuple(unjudged), tuple(differ))


def _first(
    study: int,
    places: Sequence[tuple[str, str]],
    wanted: Sequence[str],
    agreed: Mapping[Cell, Agreed],
    forms: Mapping[int, str],
) -> Agreed | None:
    """The overall judgement at the first place that has one, by the first of the wanted forms."""
    there = {
        (cell[2], cell[3], forms.get(each.answer.id)): each
        for cell, each in agreed.items()
        if cell[0] == study and cell[4].casefold() == OVERALL and each.answer.value
    }
    keys = ((*place, form) for place in places for form in wanted)
    return next((there[key] for key in keys if key in there), None)

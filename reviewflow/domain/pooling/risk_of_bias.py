"""Sensitivity to risk of bias: all studies, those not at high risk, and those at low risk alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from reviewflow.domain.effect.columns import where
from reviewflow.domain.pooling.analysis import fit
from reviewflow.domain.pooling.influence import row
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.effect import Effects, Scale
    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling.choices import Choices
    from reviewflow.domain.pooling.result import Json

Risk: TypeAlias = Literal["low", "unclear", "high"]

# The words of RoB 1, RoB 2 and ROBINS-I, the latter's serious and critical risk together; very high is ROBINS-E's.
_WORDS: dict[str, Risk] = {
    "low": "low",
    "unclear": "unclear",
    "some concerns": "unclear",
    "moderate": "unclear",
    "no information": "unclear",
    "not judged": "unclear",
    "high": "high",
    "very high": "high",
    "serious": "high",
    "critical": "high",
}


def by_risk_of_bias(
    effects: Effects, choices: Choices, scale: Scale, rows: Sequence[Row], column: str
) -> list[dict[str, Json]]:
    """The pooled result by how much risk of bias is let in; a missing judgement counts as unclear.

    Raises:
        InputError: There is no such column, or a judgement is none of those known; names the row.

    Source:
        Cochrane Handbook 6.5, sections 7.6.2 and 10.14.
    """
    if not any(column in one for one in rows):
        raise InputError(f"there is no column {column!r} with judgements of risk of bias", "check its spelling")
    risks = np.array([_risk(rows[int(i)], int(i), column) for i in effects.rows])
    found = []
    for words, chosen in (("all", risks != ""), ("without high", risks != "high"), ("low only", risks == "low")):
        kept = np.asarray(chosen, dtype=np.bool_)
        own = effects.take(kept)
        without: list[Json] = [study for study, is_in in zip(effects.studies, kept, strict=True) if not is_in]
        found.append({"studies": words, "k": own.k, **row(fit(own, choices), scale), "left_out": without})
    return found


def _risk(one: Row, index: int, column: str) -> Risk:
    said = str(one.get(column) or "").strip().casefold().removesuffix(" risk of bias").removesuffix(" risk")
    if not said:
        return "unclear"
    if said not in _WORDS:
        raise InputError(
            f"{where(one, index)}: {column} is {said!r}, no judgement of risk of bias",
            f"write one of {', '.join(_WORDS)}",
        )
    return _WORDS[said]

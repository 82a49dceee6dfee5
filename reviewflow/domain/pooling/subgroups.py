"""Subgroups of studies, each pooled by itself, and the test of the differences between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.pooling.analysis import pooled_of
from reviewflow.domain.pooling.distributions import chi2_p
from reviewflow.domain.pooling.result import Between, Pooled, Subgroup
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.effect import Effects
    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling.choices import Choices

_NOT_GIVEN = "not given"


def by_subgroup(pooled: Pooled, effects: Effects, choices: Choices, rows: Sequence[Row], column: str) -> Pooled:
    """The result with each level of a column pooled by itself, in the order of the rows.

    Each subgroup has a tau2 of its own, and where no interval was chosen the one that its own k and tau2 call for.

    Raises:
        InputError: There is no such column.
    """
    if not any(column in row for row in rows):
        raise InputError(f"there is no column {column!r} to make subgroups by", "check its spelling")
    levels = [_level(rows[int(i)].get(column)) for i in effects.rows]
    groups = []
    for level in dict.fromkeys(levels):
        chosen = np.array([one == level for one in levels], dtype=np.bool_)
        own = replace(effects.take(chosen), excluded=(), warnings=())
        groups.append(Subgroup(level, pooled_of(own, choices)))
    return replace(pooled, subgroups=tuple(groups), between=_between(groups, column))


def _level(value: object) -> str:
    text = "" if value is None else str(value).strip()
    return text or _NOT_GIVEN


def _between(groups: Sequence[Subgroup], column: str) -> Between | None:
    """The weighted sum of squares between the subgroups' estimates; None for fewer than two of them.

    Source:
        Borenstein and others 2009, chapter 19, ISBN 978-0-470-05724-7.
    """
    found = [(g.result.summary.estimate, g.result.summary.se) for g in groups]
    usable = [(estimate, se) for estimate, se in found if estimate is not None and se]
    if len(usable) < 2:
        return None
    estimates, weights = np.array([e for e, _ in usable]), np.array([1 / se**2 for _, se in usable])
    centre = (weights * estimates).sum() / weights.sum()
    q = float((weights * (estimates - centre) ** 2).sum())
    return Between(column, q, len(usable) - 1, chi2_p(q, len(usable) - 1))

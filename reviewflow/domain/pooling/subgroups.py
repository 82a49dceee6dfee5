"""Subgroups of studies, each pooled by itself, and the test of the differences between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.pooling import tau2 as between
from reviewflow.domain.pooling.analysis import pooled_of
from reviewflow.domain.pooling.distributions import chi2_p
from reviewflow.domain.pooling.result import Between, Pooled, Subgroup
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.effect import Effects
    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling.choices import Choices

_NOT_GIVEN = "not given"


def by_subgroup(
    pooled: Pooled, effects: Effects, choices: Choices, rows: Sequence[Row], column: str, *, common_tau2: bool = False
) -> Pooled:
    """The result with each level of a column pooled by itself, in the order of the rows.

    Where no interval was chosen each subgroup has the one that its own k and tau2 call for.

    Args:
        pooled: All studies together.
        effects: The studies.
        choices: The model and its options.
        rows: The rows they were made from.
        column: Whose levels are the subgroups.
        common_tau2: One between-study variance for all subgroups, that of the meta-regression on the column, in place
            of one for each.

    Raises:
        InputError: There is no such column, or too few studies for a common tau2.
        UsageError: A common tau2 is asked of a model that has none.
    """
    if not any(column in row for row in rows):
        raise InputError(f"there is no column {column!r} to make subgroups by", "check its spelling")
    levels = [_level(rows[int(i)].get(column)) for i in effects.rows]
    tau2 = _common_tau2(effects, choices, levels) if common_tau2 else None
    groups = []
    for level in dict.fromkeys(levels):
        chosen = np.array([one == level for one in levels], dtype=np.bool_)
        own = replace(effects.take(chosen), excluded=(), warnings=(), adjustments=())
        groups.append(Subgroup(level, pooled_of(own, choices, tau2)))
    return replace(pooled, subgroups=tuple(groups), between=_between(groups, column, tau2))


def is_common(subgroup_tau2: str | None) -> bool:
    """Whether subgroups share one tau2.

    Raises:
        UsageError: The choice is neither separate nor common.
    """
    if subgroup_tau2 not in {None, "separate", "common"}:
        raise UsageError(f"tau2 of subgroups {subgroup_tau2!r} is not known", "choose separate or common")
    return subgroup_tau2 == "common"


def _common_tau2(effects: Effects, choices: Choices, levels: Sequence[str]) -> float:
    """The variance between studies of the same subgroup."""
    if choices.model != "random":
        raise UsageError(f"subgroups share a tau2 in random effects, not in {choices.model}", "choose --model random")
    names = list(dict.fromkeys(levels))
    if effects.k <= len(names):
        raise InputError(
            f"{effects.k} studies in {len(names)} subgroups leave nothing to estimate a common tau2 from",
            "let each subgroup have its own",
        )
    x = np.array([[float(one == name) for name in names] for one in levels])
    return float(between.tau2(choices.tau2, effects.y, effects.v, x))


def _level(value: object) -> str:
    text = "" if value is None else str(value).strip()
    return text or _NOT_GIVEN


def _between(groups: Sequence[Subgroup], column: str, tau2: float | None) -> Between | None:
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
    df = len(usable) - 1
    within = sum(g.result.q or 0.0 for g in groups)
    df_within = sum(g.result.q_df or 0 for g in groups)
    return Between(column, q, df, chi2_p(q, df), tau2, within, df_within, chi2_p(within, df_within))

"""Pooling: a common effect or random effects, with heterogeneity, intervals, and the checks that go with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reviewflow.domain.pooling import influence as sensitivity
from reviewflow.domain.pooling import regression, subgroups
from reviewflow.domain.pooling import trim_and_fill as fill
from reviewflow.domain.pooling.analysis import effects_for, pooled_of
from reviewflow.domain.pooling.choices import PRESETS, Choices, choices
from reviewflow.domain.pooling.result import Pooled, StudyResult, Subgroup, Summary
from reviewflow.domain.pooling.rule import RULES, Choice, ModelRule, Ruled, pool_by_rule
from reviewflow.domain.pooling.small_study import small_study_tests

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling.result import Json

__all__ = [
    "PRESETS",
    "RULES",
    "Choice",
    "Choices",
    "ModelRule",
    "Pooled",
    "Ruled",
    "StudyResult",
    "Subgroup",
    "Summary",
    "choices",
    "pool",
    "pool_by_rule",
]


def pool(
    measure: str,
    rows: Sequence[Row],
    *,
    model: str | None = None,
    tau2: str | None = None,
    ci: str | None = None,
    correct: str | None = None,
    add: float | None = None,
    double_zero: str | None = None,
    pi: str | None = None,
    ratio: bool = False,
    like: str | None = None,
    study: str | None = None,
    moderators: Sequence[str] = (),
    reference: Mapping[str, str] | None = None,
    subgroup: str | None = None,
    leave_one_out: bool = False,
    cumulative: str | None = None,
    influence: bool = False,
    small_study: Sequence[str] = (),
    trim_and_fill: Sequence[str] = (),
) -> Pooled:
    """The pooled effect of the studies in `rows`.

    Args:
        measure: OR, RR, RD, PETO, HR, PR, PLO, PFT, PAS, MD, SMD, ROM, IRR, IR, IRLN, ZCOR, COR or GEN.
        rows: A mapping for each study, columns as in metafor's `escalc`; see `effect_sizes`.
        model: common (inverse variance), mh, peto, random or glmm; random where not given.
        tau2: DL, PM, REML, ML, EB, SJ, HE or HS; REML where not given.
        ci: z, hk or hk-adhoc; where not given hk if k > 2 and tau2 > 0, else z.
        correct: only0, all, if0all or none: which studies get the continuity correction.
        add: The continuity correction; 0.5 where not given.
        double_zero: keep or drop; where not given OR, RR and IRR drop studies without an event in either arm.
        pi: hts, t or z: kind of prediction interval.
        ratio: A GEN whose effect is the log of a ratio.
        like: revman, revman5, metafor or stata: what they do where nothing is said.
        study: Column that names the studies.
        moderators: Columns of a meta-regression, ":categorical" behind those whose values are levels.
        reference: Level of a categorical moderator that the others are compared with.
        subgroup: Column whose levels are pooled one by one as well.
        leave_one_out: Pool without each study in turn.
        cumulative: Column in whose order the studies are added one by one.
        influence: Diagnostics of each study's influence.
        small_study: Of egger, begg, harbord, peters, fail-safe.
        trim_and_fill: Of L0, R0.

    Raises:
        InputError: The rows cannot be pooled; names the row.
        UsageError: A choice is not known.
    """
    chosen = choices(
        measure,
        model=model,
        tau2=tau2,
        ci=ci,
        correct=correct,
        add=add,
        double_zero=double_zero,
        pi=pi,
        ratio=ratio,
        like=like,
    )
    effects = effects_for(chosen, rows, study)
    if moderators:
        effects = regression.complete(effects, rows, moderators)
    found = pooled_of(effects, chosen)
    if moderators:
        made = regression.design(effects, rows, moderators, reference or {})
        found = regression.regress(found, effects, made)
    if subgroup is not None:
        found = subgroups.by_subgroup(found, effects, chosen, rows, subgroup)
    extras: dict[str, Json] = dict(found.extras)
    warnings = found.warnings
    if leave_one_out:
        extras["leave_one_out"] = list(sensitivity.leave_one_out(effects, chosen, found.scale))
    if cumulative is not None:
        extras["cumulative"] = list(sensitivity.cumulative(effects, chosen, found.scale, rows, cumulative))
    if influence:
        extras["influence"] = list(sensitivity.influence(effects, chosen))
    if small_study:
        tests, notes = small_study_tests(effects, small_study)
        extras["small_study"] = tests
        warnings = (*warnings, *notes)
    if trim_and_fill:
        extras["trim_and_fill"] = {
            name: fill.trim_and_fill(effects, chosen, found.scale, name) for name in trim_and_fill
        }
    return replace(found, extras=extras, warnings=warnings)

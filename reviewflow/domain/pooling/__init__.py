"""Pooling: a common effect or random effects, with heterogeneity, intervals, and the checks that go with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reviewflow.domain.effect import Designs
from reviewflow.domain.pooling import influence as sensitivity
from reviewflow.domain.pooling import regression, subgroups
from reviewflow.domain.pooling import trim_and_fill as fill
from reviewflow.domain.pooling.analysis import effects_for, pooled_of
from reviewflow.domain.pooling.batch import Batch, pool_batch
from reviewflow.domain.pooling.choices import PRESETS, Choices, choices
from reviewflow.domain.pooling.result import Pooled, StudyResult, Subgroup, Summary
from reviewflow.domain.pooling.risk_of_bias import by_risk_of_bias
from reviewflow.domain.pooling.rule import RULES, Choice, ModelRule, Ruled, pool_by_rule
from reviewflow.domain.pooling.small_study import small_study_tests
from reviewflow.domain.pooling.swim import swim as directions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.effect import Effects, Scale
    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling.result import Json

__all__ = [
    "PRESETS",
    "RULES",
    "Batch",
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
    "pool_batch",
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
    subgroup_tau2: str | None = None,
    leave_one_out: bool = False,
    cumulative: str | None = None,
    influence: bool = False,
    small_study: Sequence[str] = (),
    trim_and_fill: Sequence[str] = (),
    icc: float | None = None,
    correlation: float | None = None,
    multi_arm: str | None = None,
    risk_of_bias: str | None = None,
    swim: bool = False,
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
        subgroup_tau2: separate (where not given) or common: whether the subgroups share one tau2.
        leave_one_out: Pool without each study in turn.
        cumulative: Column in whose order the studies are added one by one.
        influence: Diagnostics of each study's influence.
        small_study: Of egger, egger-mixed, begg, harbord, peters, macaskill, fail-safe.
        trim_and_fill: Of L0, R0.
        icc: Intracluster correlation of the rows that have a `cluster_size` and no `icc` of their own.
        correlation: Within people, of the rows whose `design` is crossover and that have no `correlation` of their own.
        multi_arm: split or combine: what becomes of comparisons of one trial that share a control group.
        risk_of_bias: Column of judgements; pools without high risk, and low risk alone, as well.
        swim: Directions, sign test and combined p values: synthesis without meta-analysis.

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
    effects = effects_for(chosen, rows, study, Designs(icc, correlation, multi_arm))
    if moderators:
        effects = regression.complete(effects, rows, moderators)
    found = pooled_of(effects, chosen)
    if moderators:
        found = regression.regress(found, effects, regression.design(effects, rows, moderators, reference or {}))
    if subgroup is not None:
        shared = subgroups.is_common(subgroup_tau2)
        found = subgroups.by_subgroup(found, effects, chosen, rows, subgroup, common_tau2=shared)
    extras: dict[str, Json] = dict(found.extras)
    wanted = _Sensitivity(leave_one_out, cumulative, influence, risk_of_bias)
    extras |= _sensitivity(wanted, effects, chosen, found.scale, rows)
    warnings = found.warnings
    if trim_and_fill:
        extras["trim_and_fill"] = {
            name: fill.trim_and_fill(effects, chosen, found.scale, name) for name in trim_and_fill
        }
    if small_study:
        tests, notes = small_study_tests(effects, small_study, chosen.tau2)
        extras["small_study"] = tests
        warnings = (*warnings, *notes)
    if swim:
        extras["swim"] = directions(effects, found.scale)
    return replace(found, extras=extras, warnings=warnings)


class _Sensitivity(NamedTuple):
    """Which analyses of subsets of the studies are asked for; see `pool`."""

    leave_one_out: bool
    cumulative: str | None
    influence: bool
    risk_of_bias: str | None


def _sensitivity(
    asked: _Sensitivity, effects: Effects, chosen: Choices, scale: Scale, rows: Sequence[Row]
) -> dict[str, Json]:
    """The analyses of subsets of the studies, by their name in the JSON."""
    found: dict[str, Json] = {}
    if asked.leave_one_out:
        found["leave_one_out"] = list(sensitivity.leave_one_out(effects, chosen, scale))
    if asked.cumulative is not None:
        found["cumulative"] = list(sensitivity.cumulative(effects, chosen, scale, rows, asked.cumulative))
    if asked.influence:
        found["influence"] = list(sensitivity.influence(effects, chosen))
    if asked.risk_of_bias is not None:
        found["risk_of_bias"] = list(by_risk_of_bias(effects, chosen, scale, rows, asked.risk_of_bias))
    return found

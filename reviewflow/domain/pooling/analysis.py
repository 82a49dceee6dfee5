"""Pools the studies of one outcome: from rows to the result object."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.effect import Designs, Effects, effect_sizes, scale_of
from reviewflow.domain.pooling import notes
from reviewflow.domain.pooling.distributions import Z_975, quantile_975, two_sided_p
from reviewflow.domain.pooling.heterogeneity import i2_h2_intervals, prediction_interval, q_profile
from reviewflow.domain.pooling.models import (
    Fit,
    around_mantel_haenszel,
    common_effect,
    mantel_haenszel,
    peto,
    random_effects,
)
from reviewflow.domain.pooling.result import Pooled, StudyResult, Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.effect.columns import FloatArray, Row
    from reviewflow.domain.pooling.choices import Choices


def effects_for(
    choices: Choices, rows: Sequence[Row], study: str | None = None, designs: Designs | None = None
) -> Effects:
    """The effect sizes of the rows as these choices want them."""
    measure = "PETO" if choices.model == "peto" else choices.measure
    return effect_sizes(
        measure,
        rows,
        add=choices.add,
        to=choices.correct,
        double_zero=choices.table,
        study=study,
        ratio=choices.ratio,
        designs=designs,
    )


def fit(effects: Effects, choices: Choices, tau2: float | None = None) -> Fit | None:
    """The model fitted to the studies; None where nothing is estimable.

    Args:
        effects: The studies.
        choices: The model and its options.
        tau2: A between-study variance to use in place of the estimator's, for random effects.
    """
    if effects.k == 0 or _no_events(effects):
        return None
    if choices.model == "mh":
        return mantel_haenszel(effects)
    if choices.model == "peto":
        return peto(effects)
    if choices.model == "glmm":
        from reviewflow.domain.pooling.glmm import fit_glmm  # noqa: PLC0415 - loaded for a GLMM alone

        return fit_glmm(effects)
    if choices.model == "common":
        return common_effect(effects.y, effects.v)
    return _random(effects, choices, tau2)


def _random(effects: Effects, choices: Choices, tau2: float | None) -> Fit:
    if tau2 is None and choices.q_around_mantel_haenszel and effects.counts:
        return around_mantel_haenszel(effects, interval=choices.ci)
    wald = random_effects(effects.y, effects.v, method=choices.tau2, interval=choices.ci, tau2=tau2)
    if choices.auto_ci and effects.k > 2 and wald.tau2:
        return random_effects(effects.y, effects.v, method=choices.tau2, interval="hk", tau2=wald.tau2)
    return wald


def _no_events(effects: Effects) -> bool:
    """Whether a relative effect is asked of studies of which none has an event, or nothing else."""
    return effects.measure in {"OR", "RR", "PETO", "IRR"} and bool(effects.counts) and bool(effects.double_zero.all())


def pooled_of(effects: Effects, choices: Choices, tau2: float | None = None) -> Pooled:
    """The result for these studies: estimate, heterogeneity, intervals, weights and what a reader must know.

    Args:
        effects: The studies.
        choices: The model and its options.
        tau2: A between-study variance that is not estimated from these studies alone; it then has no interval.
    """
    found = fit(effects, choices, tau2)
    scale = scale_of(choices.measure, ratio=choices.ratio, n=_harmonic_n(effects))
    base = Pooled(
        choices=choices,
        scale=scale,
        k=effects.k,
        summary=Summary(),
        studies=study_results(effects, found),
        excluded=effects.excluded,
        warnings=effects.warnings,
        adjustments=effects.adjustments,
    )
    if found is None:
        return replace(base, warnings=(*base.warnings, notes.not_estimable(effects)))
    used = choices if found.df is None or choices.ci != "z" else replace(choices, ci="hk")
    het = found.heterogeneity
    base = replace(
        base,
        choices=used,
        summary=summary(found),
        tau2=found.tau2,
        i2=het.i2_from_q if choices.i2_from_q else het.i2,
        i2_from_q=het.i2_from_q,
        h2=het.h2,
        q=het.q,
        q_df=het.df,
        q_p=het.p,
    )
    base = _with_intervals(base, effects, found, estimated=tau2 is None)
    return replace(base, warnings=(*base.warnings, *notes.of_result(base, effects, found)))


def _with_intervals(base: Pooled, effects: Effects, found: Fit, *, estimated: bool) -> Pooled:
    """The result with the intervals of tau2, I2, H2 and of a further study, where the model has them."""
    if base.model != "random" or found.tau2 is None:
        return base
    tau2_ci = q_profile(effects.y, effects.v) if estimated else None
    # An I2 from Q, as RevMan 5 has it, is not the middle of an interval from tau2.
    i2_ci, h2_ci = i2_h2_intervals(None if base.choices.i2_from_q else tau2_ci, effects.v)
    return replace(
        base,
        tau2_ci=tau2_ci,
        i2_ci=i2_ci,
        h2_ci=h2_ci,
        prediction_interval=prediction_interval(found.estimate, found.se, found.tau2, effects.k, base.choices.pi),
    )


def summary(found: Fit) -> Summary:
    """Estimate, test and interval of a model without moderators."""
    half = quantile_975(found.df) * found.se
    statistic = found.estimate / found.se if found.se > 0 else None
    return Summary(
        estimate=found.estimate,
        se=found.se,
        ci_lower=found.estimate - half,
        ci_upper=found.estimate + half,
        statistic=statistic,
        df=found.df,
        p_value=None if statistic is None else two_sided_p(statistic, found.df),
    )


def study_results(effects: Effects, found: Fit | None) -> tuple[StudyResult, ...]:
    """One row for each study, in the order of the input."""
    weights = found.weights if found is not None and len(found.weights) else None
    return tuple(_study(effects, i, weights) for i in range(effects.k))


def _study(effects: Effects, i: int, weights: FloatArray | None) -> StudyResult:
    known = bool(np.isfinite(effects.y[i]))
    y, v = (float(effects.y[i]), float(effects.v[i])) if known else (None, None)
    half = None if v is None else Z_975 * sqrt(v)
    return StudyResult(
        study=effects.studies[i],
        yi=y,
        vi=v,
        weight=None if weights is None else float(weights[i]),
        ci_lower=None if y is None or half is None else y - half,
        ci_upper=None if y is None or half is None else y + half,
        counts={name: float(column[i]) for name, column in effects.counts.items() if name != "rest"},
        corrected=bool(effects.corrected[i]),
        row=int(effects.rows[i]),
    )


def _harmonic_n(effects: Effects) -> float:
    """The harmonic mean of the sample sizes, at which double arcsines are taken back."""
    n = effects.counts.get("ni")
    return 1.0 if n is None or not len(n) else float(len(n) / (1 / n).sum())

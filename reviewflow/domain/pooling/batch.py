"""Many analyses of the same size at once: simulations, bootstraps, one analysis for each of a thousand genes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.pooling import tau2 as between
from reviewflow.domain.pooling.distributions import quantile_975
from reviewflow.domain.pooling.weighted import at
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from reviewflow.domain.effect.columns import BoolArray, FloatArray
    from reviewflow.domain.pooling.models import Interval


@dataclass(frozen=True, slots=True)
class Batch:
    """The results of B random-effects analyses on the analysis scale, each of shape (B,).

    Attributes:
        estimate: Pooled effects.
        se: Their standard errors, those of the chosen interval.
        ci_lower: Lower ends of the 95 % intervals.
        ci_upper: Upper ends.
        tau2: Between-study variances.
        q: Cochran's Q.
    """

    estimate: FloatArray
    se: FloatArray
    ci_lower: FloatArray
    ci_upper: FloatArray
    tau2: FloatArray
    q: FloatArray


def pool_batch(y: FloatArray, v: FloatArray, *, tau2: between.Method = "REML", ci: Interval = "z") -> Batch:
    """Random effects in each row of y.

    Args:
        y: Effect sizes, shape (B, k), k at least 1.
        v: Their sampling variances, shape (B, k), each above 0.
        tau2: Estimator of the between-study variance.
        ci: Wald's interval, Knapp and Hartung's, or the latter never narrower than Wald's standard error. With one
            study it is Wald's.

    Raises:
        InputError: The shapes differ, or a number is not finite or a variance not above 0; names the analysis.
        UsageError: The estimator or the interval is not known.
    """
    if tau2 not in between.METHODS or ci not in {"z", "hk", "hk-adhoc"}:
        raise UsageError(
            f"{tau2!r} with {ci!r} is not known", f"tau2: {', '.join(between.METHODS)}; ci: z, hk, hk-adhoc"
        )
    y, v = np.asarray(y, dtype=np.float64), np.asarray(v, dtype=np.float64)
    if y.ndim != 2 or y.shape != v.shape or not y.shape[1]:
        raise InputError(f"effects of shape {y.shape} with variances of shape {v.shape}", "give both as (B, k)")
    _refuse(np.isfinite(y) & np.isfinite(v) & (v > 0))
    k = y.shape[1]
    t = between.tau2(tau2, y, v)
    fit = at(y, v, t)
    variance, df = 1 / fit.total, None
    if ci != "z" and k > 1:
        spread = fit.q / (k - 1)
        variance, df = variance * (np.maximum(spread, 1.0) if ci == "hk-adhoc" else spread), float(k - 1)
    estimate, se = fit.beta[:, 0], np.sqrt(variance)
    half = quantile_975(df) * se
    return Batch(estimate, se, estimate - half, estimate + half, t, at(y, v, np.zeros(len(y))).q)


def _refuse(right: BoolArray) -> None:
    if not right.all():
        where = int(np.argwhere(~right)[0, 0])
        raise InputError(f"analysis {where}: a number is missing, or a variance is not above 0", "leave it out")

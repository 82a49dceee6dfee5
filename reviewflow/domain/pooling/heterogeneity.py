"""How much studies differ beyond chance: Q, I2, H2, the interval of tau2, and where the next study may lie."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from reviewflow.domain.pooling.distributions import chi2_p, chi2_quantile, quantile_975
from reviewflow.domain.pooling.tau2 import q_root
from reviewflow.domain.pooling.weighted import at
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from reviewflow.domain.effect.columns import FloatArray

Interval: TypeAlias = tuple[float, float]
PredictionInterval: TypeAlias = Literal["hts", "t", "z"]

# What is left of a trace after subtracting sums 1e12 times as large has at most four digits.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Cochran's Q and what is made of it.

    Attributes:
        q: The weighted sum of squares around the common effect.
        df: Its degrees of freedom.
        p: Its upper tail.
        i2: Share of the variation that is between studies, in per cent; None for a single study.
        i2_from_q: The same from Q, as RevMan 5 and Stata print it.
        h2: Total variance over the sampling variance; None for a single study.
    """

    q: float
    df: int
    p: float
    i2: float | None
    i2_from_q: float | None
    h2: float | None


def from_q(q: float, df: int) -> Heterogeneity:
    """Heterogeneity of a common-effect analysis; Higgins and Thompson 2002, doi:10.1002/sim.1186."""
    if df < 1:
        return Heterogeneity(q, max(df, 0), 1.0, None, None, None)
    i2 = max(0.0, 100 * (q - df) / q) if q > 0 else 0.0
    return Heterogeneity(q, df, chi2_p(q, df), i2, i2, q / df)


def from_tau2(q: float, df: int, tau2: float, typical_variance: float) -> Heterogeneity:
    """Heterogeneity of a random-effects analysis, I2 and H2 from tau2 and the typical sampling variance."""
    plain = from_q(q, df)
    if df < 1:
        return plain
    i2 = 100 * tau2 / (typical_variance + tau2)
    return Heterogeneity(q, df, plain.p, i2, plain.i2_from_q, tau2 / typical_variance + 1)


def typical_variance(v: FloatArray, x: FloatArray | None = None) -> float:
    """The sampling variance of a typical study; Higgins and Thompson 2002, doi:10.1002/sim.1186.

    Args:
        v: Sampling variances, shape (k,).
        x: Design, shape (k, p); None for the intercept alone.

    Raises:
        InputError: The variances are so far apart that nothing is left of the smaller weights.
    """
    fit = at(np.zeros_like(v), v, 0.0, x)
    df = len(v) - fit.p
    if df < 1:
        return 0.0
    trace = float(fit.trace)
    if x is not None and not trace > _ROUNDING * float(fit.total):
        raise InputError(
            f"the largest sampling variance is {v.max() / v.min():.0e} times the smallest: no fit is exact enough",
            "look at the study with the smallest variance, or leave the moderators out",
        )
    return df / trace


def q_profile(y: FloatArray, v: FloatArray, x: FloatArray | None = None) -> Interval | None:
    """The 95 % interval of tau2 from the generalised Q; (0, 0) where even tau2 = 0 leaves Q too small.

    None when there are no more studies than coefficients.

    Source:
        Viechtbauer 2007, doi:10.1002/sim.2514.
    """
    df = len(y) - (1 if x is None else x.shape[1])
    if df < 1:
        return None
    targets = np.array([chi2_quantile(0.025, df), chi2_quantile(0.975, df)])
    low, high = q_root(np.broadcast_to(y, (2, len(y))), v, targets, x)
    return float(low), float(high)


def i2_h2_intervals(
    tau2_ci: Interval | None, v: FloatArray, x: FloatArray | None = None
) -> tuple[Interval | None, Interval | None]:
    """The 95 % intervals of I2 (in per cent) and H2 that follow from that of tau2; None where there is none.

    Source:
        Viechtbauer 2007, doi:10.1002/sim.2514: both rise with tau2 at the typical sampling variance.
    """
    if tau2_ci is None:
        return None, None
    typical = typical_variance(v, x)
    (low, high), t = tau2_ci, typical
    return (100 * low / (t + low), 100 * high / (t + high)), (1 + low / t, 1 + high / t)


def prediction_interval(
    estimate: float, se: float, tau2: float, k: int, kind: PredictionInterval = "hts"
) -> Interval | None:
    """Where the effect of a further study would lie, 95 %; None below three studies.

    Args:
        estimate: Pooled effect of a random-effects analysis, on its scale.
        se: Its standard error.
        tau2: Between-study variance.
        k: The number of studies.
        kind: Quantile of t with k - 2 degrees of freedom (hts), of t with k - 1, or of the normal.

    Source:
        Higgins, Thompson and Spiegelhalter 2009, doi:10.1111/j.1467-985X.2008.00552.x.
    """
    if k < 3:
        return None
    df = {"hts": float(k - 2), "t": float(k - 1), "z": None}[kind]
    half = quantile_975(df) * sqrt(tau2 + se**2)
    return (estimate - half, estimate + half) if isfinite(half) else None

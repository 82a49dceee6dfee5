"""The models: one common effect by inverse variance, Mantel-Haenszel or Peto, and random effects with moderators."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log, sqrt
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from reviewflow.domain.effect.measures import observed_minus_expected
from reviewflow.domain.pooling import tau2 as between
from reviewflow.domain.pooling.heterogeneity import Heterogeneity, from_q, from_tau2, typical_variance
from reviewflow.domain.pooling.weighted import at
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.effect import Effects
    from reviewflow.domain.effect.columns import FloatArray

Interval: TypeAlias = Literal["z", "hk", "hk-adhoc"]
# Below this, relative to the Wald variance, a Knapp-Hartung variance is rounding error of identical effects.
_NO_SPREAD = 1e-20


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model on the analysis scale.

    Attributes:
        beta: The pooled effect, or the coefficients of a meta-regression, shape (p,).
        covariance: Of beta, shape (p, p).
        df: Degrees of freedom of the t that tests and intervals use; None for the normal.
        weights: Of the studies in per cent, shape (k,); empty where the model has none.
        heterogeneity: Q and what is made of it.
        tau2: Between-study variance; None for a common effect.
    """

    beta: FloatArray
    covariance: FloatArray
    df: float | None
    weights: FloatArray
    heterogeneity: Heterogeneity
    tau2: float | None = None

    @property
    def estimate(self) -> float:
        """The pooled effect."""
        return float(self.beta[0])

    @property
    def se(self) -> float:
        """Its standard error."""
        return sqrt(self.covariance[0, 0])


def common_effect(y: FloatArray, v: FloatArray) -> Fit:
    """One effect common to all studies, weighted by inverse variance."""
    fit = at(y, v, 0.0)
    found = from_q(float(fit.q), len(y) - 1)
    return Fit(fit.beta, fit.unscaled, None, _per_cent(fit.w), found)


def random_effects(
    y: FloatArray,
    v: FloatArray,
    *,
    method: between.Method = "REML",
    interval: Interval = "z",
    x: FloatArray | None = None,
    tau2: float | None = None,
    q: float | None = None,
) -> Fit:
    """Effects that differ between studies with variance tau2, and by moderators where a design is given.

    Args:
        y: Effect sizes, shape (k,).
        v: Their sampling variances.
        method: Estimator of tau2.
        interval: Wald, Knapp-Hartung, or Knapp-Hartung never narrower than Wald's standard error. The latter two
            need more studies than coefficients and are Wald's without.
        x: Design, shape (k, p); None for the intercept alone.
        tau2: A value to use in place of the estimator's.
        q: A value to use in place of Cochran's Q.

    Source:
        Knapp and Hartung 2003, doi:10.1002/sim.1482; the bound: Jackson and others 2017, doi:10.1002/sim.7411.
    """
    t = float(between.tau2(method, y, v, x)) if tau2 is None else tau2
    fit, plain = at(y, v, t, x), at(y, v, 0.0, x)
    df = len(y) - fit.p
    found = from_tau2(float(plain.q) if q is None else q, df, t, typical_variance(v, x))
    covariance, t_df = fit.unscaled, None
    if interval != "z" and df > 0:
        spread = float(fit.q) / df
        if interval == "hk-adhoc":
            spread = max(1.0, spread)
        covariance, t_df = covariance * (spread if spread > _NO_SPREAD else 0.0), float(df)
    return Fit(fit.beta, covariance, t_df, _per_cent(fit.w), found, t)


def mantel_haenszel(effects: Effects) -> Fit | None:
    """One common OR, RR, RD or IRR by Mantel and Haenszel's weights, without a continuity correction.

    Q has inverse-variance weights around this estimate. Studies without an event in either arm count, with weight 0.
    None when the events do not allow an estimate.

    Raises:
        InputError: The effects have no counts, or a measure without such an estimate.

    Source:
        Robins, Breslow and Greenland 1986, doi:10.2307/2531052 (OR); Greenland and Robins 1985, doi:10.2307/2530643
        (RR, IRR); Sato, Greenland and Robins 1989, doi:10.2307/2531784 (RD).
    """
    formula = _MANTEL_HAENSZEL.get(effects.measure)
    if formula is None or not effects.counts:
        raise InputError(
            f"Mantel-Haenszel cannot pool {effects.measure} from these columns",
            "give counts for OR, RR, RD or IRR, or choose the model common",
        )
    with np.errstate(all="ignore"):  # no events at all: found out by what is not finite
        estimate, variance, weights = formula(effects.counts)
    if not (isfinite(estimate) and isfinite(variance) and variance > 0):
        return None
    return _around(estimate, variance, weights, effects)


def around_mantel_haenszel(effects: Effects, *, interval: Interval = "z") -> Fit:
    """Random effects by DerSimonian and Laird with Q around the Mantel-Haenszel estimate, as RevMan 5 and metan do."""
    centre = mantel_haenszel(effects)
    if centre is None:
        return random_effects(effects.y, effects.v, method="DL", interval=interval)
    q, plain = centre.heterogeneity.q, at(effects.y, effects.v, 0.0)
    t = max(0.0, (q - (effects.k - 1)) / float(plain.trace)) if effects.k > 1 else 0.0
    return random_effects(effects.y, effects.v, interval=interval, tau2=t, q=q)


def peto(effects: Effects) -> Fit | None:
    """One common odds ratio by Peto's method; None when no study has an event in one arm but not in all people.

    Raises:
        InputError: The effects have no counts of two arms.

    Source:
        Yusuf and others 1985, doi:10.1016/s0033-0620(85)80003-7.
    """
    if "ai" not in effects.counts:
        raise InputError("Peto's method needs counts of two arms", "give ai, n1i, ci, n2i, or choose the model common")
    with np.errstate(all="ignore"):  # a study of one person has no variance
        o_minus_e, v = observed_minus_expected(effects.counts)
    v = np.where(np.isfinite(v), v, 0.0)
    total = float(v.sum())
    if total <= 0:
        return None
    used = v > 0
    estimate = float(o_minus_e.sum()) / total
    q = float((o_minus_e[used] ** 2 / v[used]).sum()) - float(o_minus_e.sum()) ** 2 / total
    found = from_q(max(q, 0.0), int(used.sum()) - 1)
    return Fit(np.array([estimate]), np.array([[1 / total]]), None, _per_cent(v), found)


def _around(estimate: float, variance: float, weights: FloatArray, effects: Effects) -> Fit:
    """The fit with Q around a given estimate, from the studies that have an effect size."""
    used = np.isfinite(effects.y) & ~effects.double_zero
    q = float((((effects.y - estimate) ** 2 / effects.v)[used]).sum())
    found = from_q(q, int(used.sum()) - 1)
    return Fit(np.array([estimate]), np.array([[variance]]), None, _per_cent(weights), found)


def _per_cent(w: FloatArray) -> FloatArray:
    total = w.sum()
    return 100 * w / total if total > 0 else w


_Weighed: TypeAlias = tuple[float, float, "FloatArray"]


def _odds_ratio(c: Mapping[str, FloatArray]) -> _Weighed:
    a, b, d, e = c["ai"], c["bi"], c["ci"], c["di"]
    n = a + b + d + e
    p, q, r, s = (a + e) / n, (b + d) / n, a * e / n, b * d / n
    big_r, big_s = r.sum(), s.sum()
    variance = (
        (p * r).sum() / (2 * big_r**2) + (p * s + q * r).sum() / (2 * big_r * big_s) + (q * s).sum() / (2 * big_s**2)
    )
    return _log(big_r / big_s), float(variance), s


def _risk_ratio(c: Mapping[str, FloatArray]) -> _Weighed:
    a, d, n1, n2 = c["ai"], c["ci"], c["n1i"], c["n2i"]
    n = n1 + n2
    r, s = a * n2 / n, d * n1 / n
    variance = ((n1 * n2 * (a + d) - a * d * n) / n**2).sum() / (r.sum() * s.sum())
    return _log(r.sum() / s.sum()), float(variance), s


def _risk_difference(c: Mapping[str, FloatArray]) -> _Weighed:
    a, d, n1, n2 = c["ai"], c["ci"], c["n1i"], c["n2i"]
    n = n1 + n2
    weights = n1 * n2 / n
    estimate = float((a * n2 / n - d * n1 / n).sum() / weights.sum())
    p = (d * (n1 / n) ** 2 - a * (n2 / n) ** 2 + n1 * n2 * (n2 - n1) / (2 * n**2)).sum()
    q = (a * (n2 - d) / n + d * (n1 - a) / n).sum() / 2
    return estimate, float((estimate * p + q) / weights.sum() ** 2), weights


def _rate_ratio(c: Mapping[str, FloatArray]) -> _Weighed:
    x1, x2, t1, t2 = c["x1i"], c["x2i"], c["t1i"], c["t2i"]
    t = t1 + t2
    r, s = x1 * t2 / t, x2 * t1 / t
    variance = ((x1 + x2) * t1 * t2 / t**2).sum() / (r.sum() * s.sum())
    return _log(r.sum() / s.sum()), float(variance), s


def _log(ratio: float) -> float:
    return log(ratio) if ratio > 0 and isfinite(ratio) else float("nan")


_MANTEL_HAENSZEL = {"OR": _odds_ratio, "RR": _risk_ratio, "RD": _risk_difference, "IRR": _rate_ratio}

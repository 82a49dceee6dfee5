"""Effect sizes y and their sampling variances v, from what studies report.

The formulas are those of metafor's `escalc` with its default variances (large-sample, groups with their own spread).
Sources are named at each; Viechtbauer 2010, doi:10.18637/jss.v036.i03, has them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import lgamma
from typing import TypeAlias

import numpy as np

from reviewflow.domain.effect.columns import FloatArray

Columns: TypeAlias = Mapping[str, FloatArray]
Sizes: TypeAlias = tuple[FloatArray, FloatArray]


def odds_ratio(c: Columns) -> Sizes:
    """Log odds ratios; Woolf 1955, doi:10.1111/j.1469-1809.1955.tb01348.x."""
    a, b, d, e = c["ai"], c["bi"], c["ci"], c["di"]
    return np.log(a * e / (b * d)), 1 / a + 1 / b + 1 / d + 1 / e


def risk_ratio(c: Columns) -> Sizes:
    """Log risk ratios; Katz and others 1978, doi:10.2307/2530610."""
    n1, n2 = c["ai"] + c["bi"], c["ci"] + c["di"]
    return np.log(c["ai"] / n1) - np.log(c["ci"] / n2), 1 / c["ai"] - 1 / n1 + 1 / c["ci"] - 1 / n2


def risk_difference(c: Columns) -> Sizes:
    """Risk differences with their binomial variances."""
    n1, n2 = c["ai"] + c["bi"], c["ci"] + c["di"]
    p1, p2 = c["ai"] / n1, c["ci"] / n2
    return p1 - p2, p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2


def peto_odds_ratio(c: Columns) -> Sizes:
    """Peto's log odds ratios (O - E) / V with variances 1 / V; Yusuf 1985, doi:10.1016/s0033-0620(85)80003-7."""
    o_minus_e, v = observed_minus_expected(c)
    return o_minus_e / v, 1 / v


def observed_minus_expected(c: Columns) -> Sizes:
    """Events of the first arm less their expectation, and the hypergeometric variance."""
    n1, n2 = c["ai"] + c["bi"], c["ci"] + c["di"]
    n, events = n1 + n2, c["ai"] + c["ci"]
    v = events * (n - events) * (n1 / n) * (n2 / n) / (n - 1)
    return c["ai"] - events * n1 / n, v


def raw_proportion(c: Columns) -> Sizes:
    """Proportions with their binomial variances."""
    p = c["xi"] / c["ni"]
    return p, p * (1 - p) / c["ni"]


def logit_proportion(c: Columns) -> Sizes:
    """Log odds of proportions."""
    rest = c["ni"] - c["xi"]
    return np.log(c["xi"] / rest), 1 / c["xi"] + 1 / rest


def arcsine_proportion(c: Columns) -> Sizes:
    """Arcsine of the square root of proportions."""
    return np.arcsin(np.sqrt(c["xi"] / c["ni"])), 1 / (4 * c["ni"])


def double_arcsine_proportion(c: Columns) -> Sizes:
    """Freeman and Tukey's double arcsine, doi:10.1214/aoms/1177729756, halved."""
    x, n = c["xi"], c["ni"]
    return (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2, 1 / (4 * n + 2)


def mean_difference(c: Columns) -> Sizes:
    """Differences of means, each group with its own spread."""
    return c["m1i"] - c["m2i"], c["sd1i"] ** 2 / c["n1i"] + c["sd2i"] ** 2 / c["n2i"]


def standardised_mean_difference(c: Columns) -> Sizes:
    """Hedges' g with the exact correction and its large-sample variance; Hedges 1981, doi:10.2307/1164588."""
    n1, n2 = c["n1i"], c["n2i"]
    m = n1 + n2 - 2
    pooled = np.sqrt(((n1 - 1) * c["sd1i"] ** 2 + (n2 - 1) * c["sd2i"] ** 2) / m)
    g = _small_sample_correction(m) * (c["m1i"] - c["m2i"]) / pooled
    return g, 1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2))


def _small_sample_correction(m: FloatArray) -> FloatArray:
    """J(m), which takes the bias off a standardised mean difference with m degrees of freedom."""
    log_gammas = np.array([lgamma(one / 2) - lgamma((one - 1) / 2) for one in m.tolist()])
    corrected: FloatArray = np.exp(log_gammas - np.log(np.sqrt(m / 2)))
    return corrected


def ratio_of_means(c: Columns) -> Sizes:
    """Log ratios of means without a second-order correction; Hedges and others 1999, doi:10.2307/177062."""
    v1 = c["sd1i"] ** 2 / (c["n1i"] * c["m1i"] ** 2)
    return np.log(c["m1i"] / c["m2i"]), v1 + c["sd2i"] ** 2 / (c["n2i"] * c["m2i"] ** 2)


def rate_ratio(c: Columns) -> Sizes:
    """Log ratios of two incidence rates."""
    return np.log(c["x1i"] / c["t1i"]) - np.log(c["x2i"] / c["t2i"]), 1 / c["x1i"] + 1 / c["x2i"]


def raw_rate(c: Columns) -> Sizes:
    """Incidence rates: events by person-time."""
    return c["xi"] / c["ti"], c["xi"] / c["ti"] ** 2


def log_rate(c: Columns) -> Sizes:
    """Logs of incidence rates."""
    return np.log(c["xi"] / c["ti"]), 1 / c["xi"]


def raw_correlation(c: Columns) -> Sizes:
    """Correlations with their large-sample variances."""
    return c["ri"].copy(), (1 - c["ri"] ** 2) ** 2 / (c["ni"] - 1)


def fisher_z(c: Columns) -> Sizes:
    """Fisher's z of correlations."""
    return np.arctanh(c["ri"]), 1 / (c["ni"] - 3)


FORMULAS: Mapping[str, Callable[[Columns], Sizes]] = {
    "OR": odds_ratio,
    "RR": risk_ratio,
    "RD": risk_difference,
    "PETO": peto_odds_ratio,
    "PR": raw_proportion,
    "PLO": logit_proportion,
    "PAS": arcsine_proportion,
    "PFT": double_arcsine_proportion,
    "MD": mean_difference,
    "SMD": standardised_mean_difference,
    "ROM": ratio_of_means,
    "IRR": rate_ratio,
    "IR": raw_rate,
    "IRLN": log_rate,
    "COR": raw_correlation,
    "ZCOR": fisher_z,
}

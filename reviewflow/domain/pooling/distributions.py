"""Tails and quantiles of the normal, t, chi-squared and F distributions.

Written on `scipy.special`, which loads in a third of the time and memory of `scipy.stats`.
"""

from __future__ import annotations

from math import erfc, inf, isinf, nan, sqrt

from scipy.special import betainc, betaincinv, gammaincc, gammainccinv

Z_975 = 1.959963984540054


def two_sided_p(statistic: float, df: float | None = None) -> float:
    """The two-sided p value of a z, or of a t with df degrees of freedom."""
    if df is None:
        return erfc(abs(statistic) / sqrt(2))
    if df <= 0:
        return nan
    if isinf(statistic):
        return 0.0
    return float(betainc(df / 2, 0.5, df / (df + statistic**2)))


def quantile_975(df: float | None = None) -> float:
    """Half the width, in standard errors, of a 95 % interval: normal, or t with df degrees of freedom."""
    if df is None:
        return Z_975
    if df <= 0:
        return inf
    x = float(betaincinv(df / 2, 0.5, 0.05))
    return sqrt(df * (1 - x) / x)


def chi2_p(q: float, df: float) -> float:
    """The upper tail of chi-squared; 1 where there are no degrees of freedom."""
    return 1.0 if df <= 0 else float(gammaincc(df / 2, max(q, 0.0) / 2))


def chi2_quantile(p_upper: float, df: float) -> float:
    """The value that chi-squared exceeds with probability p_upper."""
    return float(2 * gammainccinv(df / 2, p_upper))


def f_p(f: float, df1: float, df2: float) -> float:
    """The upper tail of F."""
    if df2 <= 0:
        return nan
    return 1.0 if f <= 0 else float(betainc(df2 / 2, df1 / 2, df2 / (df2 + df1 * f)))

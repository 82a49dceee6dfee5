"""Tails and quantiles of the normal, t, chi-squared and F distributions.

Written out on the standard library: loading `scipy.special` took more than half of the time of a pooled table.

Source:
    Abramowitz and Stegun 1964, 6.5.29 and 6.5.31 (incomplete gamma), 26.5.8 (incomplete beta); continued fractions
    by Lentz's method, Thompson and Barnett 1986, doi:10.1016/0021-9991(86)90046-X.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from math import erfc, exp, inf, isinf, lgamma, log, nan, pi, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Z_975 = 1.959963984540054

_EPSILON = 1e-16
_TINY = 1e-300
_TERMS = 100_000  # a fraction takes about the root of its larger argument


def two_sided_p(statistic: float, df: float | None = None) -> float:
    """The two-sided p value of a z, or of a t with df degrees of freedom."""
    if df is None:
        return erfc(abs(statistic) / sqrt(2))
    if df <= 0:
        return nan
    if isinf(statistic):
        return 0.0
    square = statistic**2
    return _beta_share(df / 2, 0.5, df / (df + square), square / (df + square))


@lru_cache(maxsize=256)
def quantile_975(df: float | None = None) -> float:
    """Half the width, in standard errors, of a 95 % interval: normal, or t with df degrees of freedom."""
    if df is None:
        return Z_975
    if df <= 0:
        return inf
    scale = exp(lgamma((df + 1) / 2) - lgamma(df / 2)) / sqrt(df * pi)
    t = Z_975
    # The p value is convex in t and the start is below: Newton's steps never pass the quantile.
    for _ in range(100):
        density = scale * (1 + t * t / df) ** (-(df + 1) / 2)
        step = (two_sided_p(t, df) - 0.05) / (2 * density)
        t += step
        if abs(step) <= 1e-15 * t:
            break
    return t


def chi2_p(q: float, df: float) -> float:
    """The upper tail of chi-squared; 1 where there are no degrees of freedom."""
    return 1.0 if df <= 0 else _gamma_tail(df / 2, max(q, 0.0) / 2)


@lru_cache(maxsize=256)
def chi2_quantile(p_upper: float, df: float) -> float:
    """The value that chi-squared exceeds with probability p_upper, strictly between 0 and 1."""
    a = df / 2
    low, high = 0.0, df + 10.0
    while chi2_p(high, df) > p_upper:
        low, high = high, 2 * high
    q = (low + high) / 2
    for _ in range(200):
        excess = chi2_p(q, df) - p_upper
        low, high = (q, high) if excess > 0 else (low, q)
        density = exp((a - 1) * log(q / 2) - q / 2 - lgamma(a)) / 2
        there = q + excess / density if density > 0 else low
        if not low < there < high:
            there = (low + high) / 2
        if abs(there - q) <= 1e-15 * q:
            break
        q = there
    return q


def f_p(f: float, df1: float, df2: float) -> float:
    """The upper tail of F."""
    if df2 <= 0:
        return nan
    if f <= 0:
        return 1.0
    return 0.0 if isinf(f) else _beta_share(df2 / 2, df1 / 2, df2 / (df2 + df1 * f), df1 * f / (df2 + df1 * f))


def _gamma_tail(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function."""
    if x <= 0:
        return 1.0
    if isinf(x):
        return 0.0
    front = exp(a * log(x) - x - lgamma(a))
    if x >= a + 1:
        return front / _fraction(x + 1 - a, ((-i * (i - a), x + 2 * i + 1 - a) for i in count(1)))
    term = total = 1 / a
    for i in range(1, _TERMS):
        term *= x / (a + i)
        total += term
        if term <= _EPSILON * total:
            break
    return 1 - front * total


def _beta_share(a: float, b: float, x: float, rest: float) -> float:
    """The regularised incomplete beta function at x, with rest = 1 - x given apart for its digits."""
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(rest))
    if x < (a + 1) / (a + b + 2):
        return front / (a * _fraction(1.0, _beta_terms(a, b, x)))
    return 1 - front / (b * _fraction(1.0, _beta_terms(b, a, rest)))


def _beta_terms(a: float, b: float, x: float) -> Iterator[tuple[float, float]]:
    for m in count():
        yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0
        n = m + 1
        yield n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n)), 1.0


def _fraction(first: float, terms: Iterable[tuple[float, float]]) -> float:
    """The continued fraction first + a1 / (b1 + a2 / (b2 + ...)) of terms (a, b)."""
    guarded: Callable[[float], float] = lambda z: z if abs(z) > _TINY else _TINY  # noqa: E731 - two uses, one line
    f = c = guarded(first)
    d = 0.0
    for _, (above, below) in zip(range(_TERMS), terms, strict=False):
        d = 1 / guarded(below + above * d)
        c = guarded(below + above / c)
        f *= c * d
        if abs(c * d - 1) <= _EPSILON:
            break
    return f

"""A coefficient of agreement with its 95 % interval, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from reviewflow.domain.pooling.distributions import Z_975, quantile_975

NO_RATINGS = "nothing was rated by two or more"
ONE_CATEGORY = "all ratings fall in one category: agreement by chance is certain, and the coefficient is 0 / 0"
NO_SPREAD = "the standard error is 0 by its formula, which says nothing of the uncertainty"
TOO_FEW = "one rated subject gives no standard error"
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient with its standard error and 95 % interval.

    Attributes:
        value: None where it is not defined.
        se: Standard error, not under the null hypothesis; None where there is none.
        ci_lower: Lower end of the interval, at least -1; None where there is none.
        ci_upper: Upper end, at most 1.
        why: Why the value or the interval is missing, "" where both are there.
    """

    value: float | None
    se: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    why: str = ""

    @property
    def ci(self) -> tuple[float, float] | None:
        """Both ends of the interval, None where there is none."""
        return None if self.ci_lower is None or self.ci_upper is None else (self.ci_lower, self.ci_upper)


def undefined(why: str) -> Estimate:
    """No value, and why."""
    return Estimate(None, why=why)


def with_interval(value: float, se: float, df: float | None = None) -> Estimate:
    """The value -+ the quantile of the normal, or of t with df degrees of freedom, kept within -1 and 1.

    A standard error of 0, as at perfect agreement, gives no interval: [1, 1] would claim certainty.
    """
    if df is not None and df < 1:
        return Estimate(value, why=TOO_FEW)
    if se < _ROUNDING:
        return Estimate(value, 0.0, why=NO_SPREAD)
    half = quantile_975(df) * se
    return Estimate(value, se, max(-1.0, value - half), min(1.0, value + half))


def wilson(n_agreed: int, n: int) -> Estimate:
    """A proportion with Wilson's interval, which is never empty, not even for all of n.

    Source:
        Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    if not n:
        return undefined(NO_RATINGS)
    p, z2 = n_agreed / n, Z_975**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_975 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low, high = (0.0 if not n_agreed else middle - half), (1.0 if n_agreed == n else middle + half)
    return Estimate(p, sqrt(p * (1 - p) / n), low, high)

"""Small-study effects: do small studies find more than large ones? Regression, rank and number-of-studies tests."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from reviewflow.domain.effect import effect_sizes
from reviewflow.domain.effect.columns import PROPORTIONS
from reviewflow.domain.pooling.distributions import Z_975, quantile_975, two_sided_p
from reviewflow.domain.pooling.models import random_effects
from reviewflow.domain.pooling.result import clean
from reviewflow.domain.pooling.weighted import others
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.effect import Effects
    from reviewflow.domain.effect.columns import FloatArray
    from reviewflow.domain.pooling.result import Json
    from reviewflow.domain.pooling.tau2 import Method

Object: TypeAlias = "dict[str, Json]"

TESTS = ("egger", "egger-mixed", "begg", "harbord", "peters", "macaskill", "fail-safe")
_Z_95 = 1.6448536269514722
_SAME = 1e-12
_FEW = "fewer than three studies, or all of one precision"


def small_study_tests(
    effects: Effects, tests: Sequence[str], method: Method = "REML"
) -> tuple[Object, tuple[str, ...]]:
    """The tests by name, and what a reader must know of them.

    Args:
        effects: The studies.
        tests: Of TESTS.
        method: Estimator of the tau2 of egger-mixed.

    Raises:
        UsageError: A test is not known, or needs the counts of two arms.
    """
    unknown = [test for test in tests if test not in TESTS]
    if unknown:
        raise UsageError(f"small-study test {unknown[0]!r} is not known", f"choose from {', '.join(TESTS)}")
    effects = effects.take(np.isfinite(effects.y))
    found: Object = {test.replace("-", "_"): _test(test, effects, method) for test in tests}
    notes = []
    if effects.k < 10:
        notes.append(f"Small-study tests need about ten studies; with {effects.k} they say nothing either way.")
    if effects.measure in PROPORTIONS and {"egger", "egger-mixed", "begg"} & set(tests):
        notes.append(
            "The standard error of a proportion depends on the proportion: Egger's and Begg's tests mislead; macaskill"
            " goes by the size."
        )
    if effects.measure == "OR" and {"egger", "egger-mixed"} & set(tests):
        notes.append("The standard error of a log OR depends on the OR: Harbord's or Peters' test suits it better.")
    return found, tuple(notes)


def _test(name: str, effects: Effects, method: Method) -> Object:
    if name == "egger":
        return egger(effects.y, effects.v)
    if name == "egger-mixed":
        return egger_mixed(effects.y, effects.v, method)
    if name == "begg":
        return begg(effects.y, effects.v)
    if name == "fail-safe":
        return fail_safe(effects.y, effects.v)
    if name == "macaskill":
        return macaskill(effects)
    if "ai" not in effects.counts:
        raise UsageError(f"{name.capitalize()}'s test needs the counts of two arms", "use egger or begg")
    return harbord(effects) if name == "harbord" else peters(effects)


def egger(y: FloatArray, v: FloatArray) -> Object:
    """Egger's test: effect sizes on their standard errors, the slope by t with k - 2 degrees of freedom.

    The slope is the intercept of the standard normal deviate on precision; the intercept is the effect of a study
    without sampling error.

    Source:
        Egger and others 1997, doi:10.1136/bmj.315.7109.629.
    """
    return _regression(y, np.sqrt(v), 1 / v)


def egger_mixed(y: FloatArray, v: FloatArray, method: Method = "REML") -> Object:
    """Egger's test in its mixed-effects form: effect sizes on their standard errors with a tau2, the slope by z.

    Source:
        Sterne and Egger 2005, chapter 6 of Publication Bias in Meta-Analysis, doi:10.1002/0470870168.ch6.
    """
    se = np.sqrt(v)
    if len(y) < 3 or float(np.ptp(se)) <= _SAME * float(se.max()):
        return {"statistic": None, "p_value": None, "reason": _FEW}
    found = random_effects(y, v, method=method, x=np.column_stack([np.ones_like(se), se]))
    limit, slope = (float(b) for b in found.beta)
    se_limit, se_slope = (float(x) ** 0.5 for x in np.diag(found.covariance))
    return {
        "statistic": clean(slope / se_slope),
        "df": None,
        "p_value": clean(two_sided_p(slope / se_slope)),
        "slope": clean(slope),
        "se": clean(se_slope),
        "tau2": clean(found.tau2),
        "limit": _limit(limit, Z_975 * se_limit),
    }


def macaskill(effects: Effects) -> Object:
    """Macaskill's test: effect sizes on sample sizes, weights 1 / v; 2001, doi:10.1002/sim.698.

    Raises:
        UsageError: The rows do not say how many people there were.
    """
    counts = effects.counts
    n = counts["n1i"] + counts["n2i"] if "n1i" in counts else counts.get("ni")
    if n is None:
        raise UsageError("Macaskill's test needs the sizes of the studies", "use egger or begg")
    return _regression(effects.y, n, 1 / effects.v)


def harbord(effects: Effects) -> Object:
    """Harbord's score test for odds ratios; 2006, doi:10.1002/sim.2380."""
    a, n1, n2 = effects.counts["ai"], effects.counts["n1i"], effects.counts["n2i"]
    events, n = a + effects.counts["ci"], n1 + n2
    z = a - n1 * events / n
    v = n1 * n2 * events * (n - events) / (n**2 * (n - 1))
    used = v > 0
    z, v = z[used], v[used]
    return _regression(z / v, 1 / np.sqrt(v), v)


def peters(effects: Effects) -> Object:
    """Peters' test: log odds ratios on the inverse of the sample size; 2006, doi:10.1001/jama.295.6.676."""
    rows = [{name: float(effects.counts[name][i]) for name in ("ai", "bi", "ci", "di")} for i in range(effects.k)]
    odds = effect_sizes("OR", rows)
    c = odds.counts
    events, n = c["ai"] + c["ci"], c["n1i"] + c["n2i"]
    used = (events > 0) & (events < n)
    events, n = events[used], n[used]
    return _regression(odds.y[used], 1 / n, 1 / (1 / events + 1 / (n - events)))


def _regression(y: FloatArray, x: FloatArray, w: FloatArray) -> Object:
    """Weighted least squares of y on x: the slope's t, and the intercept."""
    k = len(y)
    centre = (w * x).sum() / w.sum() if k else 0.0
    spread = float((w * (x - centre) ** 2).sum())
    # Standard errors that differ only by rounding carry no slope.
    if k < 3 or spread <= 1e-14 * float((w * x**2).sum()):
        return {"statistic": None, "p_value": None, "reason": _FEW}
    slope = float((w * (x - centre) * y).sum()) / spread
    intercept = float((w * y).sum() / w.sum()) - slope * centre
    residual = float((w * (y - intercept - slope * x) ** 2).sum()) / (k - 2)
    if residual <= 0:
        return {"statistic": None, "p_value": None, "reason": "the studies lie on a straight line"}
    se = sqrt(residual / spread)
    se_intercept = sqrt(residual * (1 / float(w.sum()) + centre**2 / spread))
    half = quantile_975(k - 2) * se_intercept
    return {
        "statistic": clean(slope / se),
        "df": k - 2,
        "p_value": clean(two_sided_p(slope / se, k - 2)),
        "slope": clean(slope),
        "se": clean(se),
        "limit": _limit(intercept, half),
    }


def _limit(estimate: float, half: float) -> Object:
    """The effect of a study without sampling error, with its 95 % interval."""
    return {"estimate": clean(estimate), "ci_lower": clean(estimate - half), "ci_upper": clean(estimate + half)}


def begg(y: FloatArray, v: FloatArray) -> Object:
    """Begg and Mazumdar's rank correlation; 1994, doi:10.2307/2533446. Exact below 50 studies without ties."""
    k = len(y)
    if k < 2:
        return {"tau": None, "p_value": None, "reason": "fewer than two studies"}
    w = 1 / v
    centred = v * others(w) / w.sum()  # v - 1 / w.sum(), which rounds to 0 where one weight dwarfs the rest
    standardised = (y - (w * y).sum() / w.sum()) / np.sqrt(centred)
    signs = np.sign(np.subtract.outer(standardised, standardised)) * np.sign(np.subtract.outer(v, v))
    s = float(signs[np.triu_indices(k, 1)].sum())
    pairs = k * (k - 1) / 2
    ties = [_tie_sizes(standardised), _tie_sizes(v)]
    untied = [pairs - sum(t * (t - 1) / 2 for t in sizes) for sizes in ties]
    if not all(untied):
        return {"tau": None, "p_value": None, "reason": "all studies have the same precision or the same effect"}
    exact = k < 50 and not any(ties)
    p = _exact_kendall_p(s, k) if exact else two_sided_p(s / sqrt(_kendall_variance(k, *ties)))
    return {"tau": clean(s / sqrt(untied[0] * untied[1])), "p_value": clean(p), "exact": exact}


def _tie_sizes(x: FloatArray) -> list[int]:
    """How many values each tie holds."""
    _, sizes = np.unique(x, return_counts=True)
    return [int(n) for n in sizes if n > 1]


def _exact_kendall_p(s: float, k: int) -> float:
    """The two-sided p value of Kendall's S, from the numbers of permutations with each count of inversions."""
    shares = np.ones(1)
    for n in range(2, k + 1):
        shares = np.convolve(shares, np.full(n, 1 / n))
    concordant = round((s + k * (k - 1) / 2) / 2)
    lower = float(shares[: concordant + 1].sum())
    upper = float(shares[concordant:].sum())
    return min(1.0, 2 * min(lower, upper))


def _kendall_variance(k: int, first: Sequence[int], second: Sequence[int]) -> float:
    """The variance of Kendall's S with ties; Kendall 1970, Rank Correlation Methods, chapter 4."""

    def total(sizes: Sequence[int], power: int) -> float:
        if power == 5:
            return float(sum(t * (t - 1) * (2 * t + 5) for t in sizes))
        return float(sum(t * (t - 1) * (t - 2) if power == 3 else t * (t - 1) for t in sizes))

    plain = (k * (k - 1) * (2 * k + 5) - total(first, 5) - total(second, 5)) / 18
    crossed = total(first, 2) * total(second, 2) / (2 * k * (k - 1))
    if k < 3:
        return plain + crossed
    return plain + crossed + total(first, 3) * total(second, 3) / (9 * k * (k - 1) * (k - 2))


def fail_safe(y: FloatArray, v: FloatArray) -> Object:
    """How many studies without effect would undo the result.

    Rosenthal's and Rosenberg's numbers take the combined test to 5 %, Orwin's halves the mean effect: by the definition
    of the mean that is the number of studies there are, for any data.

    Source:
        Rosenthal 1979, doi:10.1037/0033-2909.86.3.638; Orwin 1983, doi:10.2307/1164923; Rosenberg 2005,
        doi:10.1111/j.0014-3820.2005.tb01004.x.
    """
    k, w = len(y), 1 / v
    if not k:
        return {"rosenthal": None, "orwin": None, "rosenberg": None}
    z = float((y / np.sqrt(v)).sum()) / sqrt(k)
    needed = (float((w * y).sum()) / Z_975) ** 2 - float(w.sum())
    mean = abs(float(y.mean()))
    return {
        "rosenthal": max(0, ceil(k * (z / _Z_95) ** 2 - k)),
        "orwin": orwin(k, mean, mean / 2),
        "rosenberg": max(0, ceil(k * needed / float(w.sum()))),
    }


def orwin(k: int, mean: float, target: float) -> int | None:
    """How many studies without effect take the mean of k studies down to a target; None where nothing is above 0.

    Args:
        k: The number of studies.
        mean: The size of their mean effect.
        target: Above 0.
    """
    return max(0, ceil(k * (mean - target) / target)) if mean > 0 and target > 0 else None

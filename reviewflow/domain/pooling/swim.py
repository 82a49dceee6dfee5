"""Synthesis without meta-analysis: which way the effects go, and whether that could be chance."""

from __future__ import annotations

from math import comb, erfc, log, sqrt
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from reviewflow.domain.effect import shown
from reviewflow.domain.pooling.distributions import Z_975, chi2_p, two_sided_p
from reviewflow.domain.pooling.result import clean
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from reviewflow.domain.effect import Effects, Scale
    from reviewflow.domain.effect.columns import FloatArray
    from reviewflow.domain.pooling.result import Json

Object: TypeAlias = "dict[str, Json]"

# The smallest number that a double holds without losing digits: the log of a p value of 0 has none.
_LEAST_P = 2.2250738585072014e-308


def swim(effects: Effects, scale: Scale) -> Object:
    """The direction of each study, the sign test, p values combined, and the spread of the effects without weights.

    Args:
        effects: The studies.
        scale: Of the measure; gives the value of no effect.

    Raises:
        UsageError: The measure has no value of no effect.

    Source:
        Cochrane Handbook 6.5, chapter 12: 12.2.1.1 (summaries of effects), 12.2.1.2 (p values), 12.2.1.3 (directions).
        Campbell and others 2020, doi:10.1136/bmj.l6890 (SWiM).
    """
    if scale.null is None:
        raise UsageError(f"a {scale.name} has no value of no effect, so no direction", "compare two arms")
    known = np.isfinite(effects.y)
    y, se = effects.y[known] - scale.null, np.sqrt(effects.v[known])
    studies = [study for study, is_known in zip(effects.studies, known, strict=True) if is_known]
    rows = zip(studies, y, se, strict=True)
    directions: list[Json] = [
        {"study": study, "direction": _direction(d), "z": clean(d / s), "p_value": clean(two_sided_p(d / s))}
        for study, d, s in rows
    ]
    below, above = int((y < 0).sum()), int((y > 0).sum())
    return {
        "k": len(studies),
        "directions": directions,
        "sign_test": sign_test(below, above),
        "fisher": {"below": fisher(y / se), "above": fisher(-y / se)},
        "stouffer": {"weighted": stouffer(y / se, 1 / se), "unweighted": stouffer(y / se, np.ones_like(se))},
        "effects": _spread(effects.y[known], scale),
    }


def _direction(d: float) -> str:
    if d == 0:
        return "none"
    return "below" if d < 0 else "above"


def sign_test(below: int, above: int) -> Object:
    """Whether as many effects lie below no effect as above: the exact binomial p, and the share below.

    The interval of the share is Wilson's. Effects of exactly nothing count on neither side.
    """
    n = below + above
    if n == 0:
        return {"below": 0, "above": 0, "p_value": None, "share_below": None, "ci_lower": None, "ci_upper": None}
    tail = sum(comb(n, i) for i in range(min(below, above) + 1))
    p, z2 = below / n, Z_975**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_975 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n**2))
    return {
        "below": below,
        "above": above,
        # Whole numbers before the division: 2^n of two thousand studies is no double.
        "p_value": min(1.0, 2 * tail / 2**n),
        "share_below": p,
        "ci_lower": max(0.0, centre - half),
        "ci_upper": min(1.0, centre + half),
    }


def fisher(z: FloatArray) -> Object:
    """Fisher's combination of one-sided p values: is there an effect below nothing in at least one study?

    Args:
        z: Each study's effect by its standard error, shape (k,).

    Source:
        Fisher 1932, Statistical Methods for Research Workers, 4th edition, section 21.1.
    """
    if not len(z):
        return {"statistic": None, "df": 0, "p_value": None}
    statistic = -2 * sum(log(max(erfc(-float(one) / sqrt(2)) / 2, _LEAST_P)) for one in z)
    return {"statistic": clean(statistic), "df": 2 * len(z), "p_value": clean(chi2_p(statistic, 2 * len(z)))}


def stouffer(z: FloatArray, weights: FloatArray) -> Object:
    """Stouffer's combination of z scores, negative where the effects lie below nothing; the p value is two-sided.

    Args:
        z: Each study's effect by its standard error, shape (k,).
        weights: Best the inverse of the standard errors, shape (k,).

    Source:
        Stouffer 1949, The American Soldier I, page 45; weights: Whitlock 2005, doi:10.1111/j.1420-9101.2005.00917.x.
    """
    if not len(z):
        return {"z": None, "p_value": None}
    # By the largest weight first, whose square may be no double.
    share = weights / weights.max()
    combined = float((share * z).sum() / sqrt(float((share**2).sum())))
    return {"z": clean(combined), "p_value": clean(two_sided_p(combined))}


def _spread(y: FloatArray, scale: Scale) -> Object:
    """Median, quartiles and range of the effects, on the scale people read."""
    if not len(y):
        return {"median": None, "quartiles": None, "range": None}
    low, first, median, third, high = (shown(scale, float(q)) for q in np.quantile(y, [0, 0.25, 0.5, 0.75, 1]))
    return {"median": median, "quartiles": [first, third], "range": [low, high]}

"""Trim and fill: what the result would be if the studies that a symmetric funnel lacks were there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from reviewflow.domain.pooling.influence import row
from reviewflow.domain.pooling.models import Fit, common_effect, random_effects
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from reviewflow.domain.effect import Effects, Scale
    from reviewflow.domain.effect.columns import FloatArray
    from reviewflow.domain.pooling.choices import Choices
    from reviewflow.domain.pooling.result import Json

Estimator: TypeAlias = Literal["L0", "R0"]
ESTIMATORS: tuple[Estimator, ...] = ("L0", "R0")
_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Filled:
    """A trimmed and filled analysis.

    Attributes:
        k0: How many studies were filled in.
        side: Where they were missing.
        fit: The model fitted to the found and the filled studies.
        y: Effect sizes of the filled studies, shape (k0,).
        v: Their sampling variances.
    """

    k0: int
    side: Literal["left", "right"]
    fit: Fit
    y: FloatArray
    v: FloatArray


def trim_and_fill(effects: Effects, choices: Choices, scale: Scale, estimator: str) -> dict[str, Json]:
    """The trimmed and filled result; k0 is None where it cannot be found.

    Raises:
        UsageError: The estimator is not known, or the model is not by inverse variance.
    """
    if estimator not in ESTIMATORS:
        raise UsageError(f"trim-and-fill estimator {estimator!r} is not known", f"choose from {', '.join(ESTIMATORS)}")
    if choices.model not in {"common", "random"}:
        raise UsageError(f"trim and fill does not go with the model {choices.model}", "choose common or random")
    found = fill(effects.y, effects.v, choices, "L0" if estimator == "L0" else "R0") if effects.k > 2 else None
    if found is None:
        return {"k0": None, "estimate": None, "se": None, "reason": "too few studies, or no stable number of them"}
    filled: list[Json] = [{"yi": float(y), "vi": float(v)} for y, v in zip(found.y, found.v, strict=True)]
    return {"k0": found.k0, "side": found.side, "k": effects.k + found.k0, **row(found.fit, scale), "filled": filled}


def fill(y: FloatArray, v: FloatArray, choices: Choices, estimator: Estimator) -> Filled | None:
    """The analysis with the missing studies filled in; None where trimming does not settle.

    Args:
        y: Effect sizes, shape (k,), k at least 3.
        v: Their sampling variances.
        choices: Model and estimator of tau2. The interval is Wald's whatever they say, as in metafor: filled studies
            are not observed, so their spread does not measure anything.
        estimator: Of the number of missing studies.

    Source:
        Duval and Tweedie 2000, doi:10.1111/j.0006-341X.2000.00455.x and doi:10.2307/2669529.
    """
    sign = -1.0 if _missing_right(y, v, choices) else 1.0
    order = np.argsort(sign * y, kind="stable")
    flipped, v = (sign * y)[order], v[order]
    k, k0, before = len(y), 0, -1
    centre = 0.0
    for _ in range(_ROUNDS):
        if k0 == before:
            break
        before = k0
        centre = _fitted(flipped[: k - k0], v[: k - k0], choices).estimate
        k0 = _number_missing(flipped - centre, estimator)
        if k0 > k - 2:
            return None
    else:
        return None
    side: Literal["left", "right"] = "right" if sign < 0 else "left"
    mirrored = sign * (2 * centre - flipped[k - k0 :])
    whole = np.concatenate([sign * flipped, mirrored])
    variances = np.concatenate([v, v[k - k0 :]])
    return Filled(k0, side, _fitted(whole, variances, choices), mirrored, v[k - k0 :])


def _missing_right(y: FloatArray, v: FloatArray, choices: Choices) -> bool:
    """Whether small studies have the smaller effects, so that their counterparts are missing on the right."""
    se = np.sqrt(v)
    if float(np.ptp(se)) <= 1e-12 * float(se.max()):
        return False
    x = np.column_stack([np.ones_like(se), se])
    fitted = random_effects(y, v, method=choices.tau2, x=x, tau2=0.0 if choices.model == "common" else None)
    return float(fitted.beta[1]) < 0


def _fitted(y: FloatArray, v: FloatArray, choices: Choices) -> Fit:
    if choices.model == "common":
        return common_effect(y, v)
    return random_effects(y, v, method=choices.tau2)


def _number_missing(deviations: FloatArray, estimator: Estimator) -> int:
    """How many studies are missing on the left, by the signed ranks of the deviations in ascending order.

    Ties keep their order, and halves are rounded to the even number, as in R.
    """
    k = len(deviations)
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(deviations), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        negative = ranks[deviations < 0]
        return max(0, round(k - (float(negative.max()) if len(negative) else 0.0) - 1))
    right = float(ranks[deviations > 0].sum())
    return max(0, round((4 * right - k * (k + 1)) / (2 * k - 1)))

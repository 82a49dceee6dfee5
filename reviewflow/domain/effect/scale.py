"""The scale a measure is analysed on, and the way back to the scale people read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import asin, atanh, cos, exp, inf, isfinite, log, sin, sqrt, tanh
from typing import Literal, TypeAlias

Name: TypeAlias = Literal["ratio", "proportion", "correlation", "rate", "difference", "generic"]
Transform: TypeAlias = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Scale:
    """How the numbers of an analysis are shown.

    Attributes:
        name: What the shown numbers are.
        back: From the analysis scale to the shown one.
        into: From the shown scale to the analysis one; used on an estimate with its interval.
        low, high: Bounds of the shown scale; a number outside them is no such thing.
        null: The value of no effect on the analysis scale; None where there is none.
        ends: Bounds of the analysis scale, which a transform may have taken away.
    """

    name: Name
    back: Transform
    into: Transform
    low: float = -inf
    high: float = inf
    null: float | None = None
    ends: tuple[float, float] = (-inf, inf)

    @property
    def is_ratio(self) -> bool:
        """Whether the shown numbers are ratios, to be drawn on a log axis."""
        return self.name == "ratio"


def _same(x: float) -> float:
    return x


def _exp(x: float) -> float:
    return exp(x) if x < 709 else inf


def _expit(x: float) -> float:
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def _logit(p: float) -> float:
    return log(p / (1 - p))


def _arcsine_back(x: float) -> float:
    if x <= 0:
        return 0.0
    return 1.0 if x >= asin(1) else sin(x) ** 2


def freeman_tukey(p: float, n: float) -> float:
    """The double arcsine of p n events among n.

    Source:
        Freeman and Tukey 1950, doi:10.1214/aoms/1177729756; half of their sum, as is usual in pooling.
    """
    x = p * n
    return (asin(sqrt(x / (n + 1))) + asin(sqrt((x + 1) / (n + 1)))) / 2


def freeman_tukey_back(y: float, n: float) -> float:
    """The proportion whose double arcsine is y at n; 0 or 1 where y lies beyond the transform's range.

    Source:
        Miller 1978, doi:10.1080/00031305.1978.10479283.
    """
    if y <= freeman_tukey(0, n):
        return 0.0
    if y >= freeman_tukey(1, n):
        return 1.0
    s = sin(2 * y)
    inner = 1 - (s + (s - 1 / s) / n) ** 2
    sign = 1 if cos(2 * y) >= 0 else -1
    return (1 - sign * sqrt(max(inner, 0.0))) / 2


_RATIO = Scale("ratio", _exp, log, low=0, null=0.0)
_DIFFERENCE = Scale("difference", _same, _same, null=0.0)
_PROPORTION = Scale("proportion", _expit, _logit, low=0, high=1)

_SCALES = {
    **dict.fromkeys(("OR", "RR", "PETO", "HR", "ROM", "IRR"), _RATIO),
    "MD": _DIFFERENCE,
    "SMD": _DIFFERENCE,
    "RD": Scale("difference", _same, _same, low=-1, high=1, null=0.0, ends=(-1, 1)),
    "PR": Scale("proportion", _same, _same, low=0, high=1, ends=(0, 1)),
    "PLO": _PROPORTION,
    "PAS": Scale("proportion", _arcsine_back, lambda p: asin(sqrt(p)), low=0, high=1, ends=(0, asin(1))),
    "IR": Scale("rate", _same, _same, low=0, ends=(0, inf)),
    "IRLN": Scale("rate", _exp, log, low=0),
    "COR": Scale("correlation", _same, _same, low=-1, high=1, null=0.0, ends=(-1, 1)),
    "ZCOR": Scale("correlation", tanh, atanh, low=-1, high=1, null=0.0),
    "GEN": Scale("generic", _same, _same, null=0.0),
}


def scale_of(measure: str, *, ratio: bool = False, n: float = 1.0) -> Scale:
    """The scale of a measure.

    Args:
        measure: One of MEASURES.
        ratio: A GEN whose y is the log of a ratio.
        n: Sample size at which a PFT is taken back: the harmonic mean of the studies' sizes.
    """
    if measure == "GEN" and ratio:
        return _RATIO
    if measure == "PFT":
        back: Transform = lambda y: freeman_tukey_back(y, n)  # noqa: E731 - bound to this n, named for its type
        return Scale("proportion", back, lambda p: freeman_tukey(p, n), low=0, high=1, ends=(0, asin(1)))
    return _SCALES[measure]


def shown(scale: Scale, value: float | None) -> float | None:
    """A number of the analysis as people read it; None where it has no finite one."""
    if value is None or not isfinite(value):
        return None
    back = scale.back(value)
    return back if isfinite(back) else None

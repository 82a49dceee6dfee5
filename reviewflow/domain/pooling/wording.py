"""Numbers as people read them: rounded half away from zero, p values never .000, one line for a result."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from math import isfinite

from reviewflow.domain.effect.columns import PROPORTIONS

MODEL_WORDS = {
    "common": "common effect (inverse variance)",
    "mh": "common effect (Mantel-Haenszel)",
    "peto": "common effect (Peto)",
    "random": "random effects",
    "glmm": "random effects (GLMM)",
}
_LABELS = {
    "PETO": "OR (Peto)",
    "GEN": "effect",
    "IRLN": "rate",
    "IR": "rate",
    "ZCOR": "correlation",
    "COR": "correlation",
}


def label_of(measure: str, *, ratio: bool = False) -> str:
    """What the shown numbers of a measure are called."""
    if measure in PROPORTIONS:
        return "proportion"
    return "ratio" if measure == "GEN" and ratio else _LABELS.get(measure, measure)


def rounded(x: float | None, decimals: int = 2) -> str:
    """The number with fixed decimals, halves away from zero; "-" where there is none.

    The shortest decimal that reads back as x is what is rounded, so 2.675 gives 2.68 as on paper.
    """
    if x is None or not isfinite(x):
        return "-"
    if abs(x) >= 1e9:
        return f"{x:.2e}"
    text = str(Decimal(repr(float(x))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))
    return text.removeprefix("-") if float(text) == 0 else text


def p_text(p: float | None, decimals: int = 3) -> str:
    """A p value: "0.932", or "<0.001"; never 0.000."""
    if p is None or not isfinite(p):
        return "-"
    least = 10.0**-decimals
    return f"<{rounded(least, decimals)}" if p < least else rounded(p, decimals)


def interval_text(low: float | None, high: float | None, decimals: int = 2) -> str:
    """An interval: "[1.96, 5.35]"."""
    return f"[{rounded(low, decimals)}, {rounded(high, decimals)}]"

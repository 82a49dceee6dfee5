"""A summary of findings: what an effect means for a thousand people, and how sure one can be of it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from reviewflow.domain.pooling.wording import interval_text, label_of, rounded
from reviewflow.domain.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.pooling import Pooled

PER = 1000


@dataclass(frozen=True, slots=True)
class Risks:
    """Absolute effects as risks between 0 and 1; (estimate, lower, upper) where there are three.

    Attributes:
        assumed: Risk without the intervention; None for a synthesis of one arm.
        assumed_from: Where it comes from, in words.
        corresponding: Risk with the intervention.
        difference: Corresponding less assumed; None for a synthesis of one arm.
        clipped: Whether a risk left the range from 0 to 1 and was set to its end.
    """

    assumed: float | None
    assumed_from: str
    corresponding: tuple[float, float, float]
    difference: tuple[float, float, float] | None
    clipped: bool = False


def corresponding_risk(measure: str, effect: float, assumed: float) -> float:
    """The risk with the intervention, from a relative or absolute effect and the risk without it.

    Args:
        measure: OR, PETO, RR, RD or HR.
        effect: On the scale that people read.
        assumed: The risk without the intervention.

    Source:
        Cochrane Handbook 6.5, section 15.4.4; Guyatt and others 2013, GRADE guidelines 12,
        doi:10.1016/j.jclinepi.2012.01.012. For hazard ratios Skoetz and others 2020, GRADE guidelines 27,
        doi:10.1016/j.jclinepi.2019.10.015.
    """
    formulas: dict[str, Callable[[float, float], float]] = {
        "OR": lambda e, p: e * p / (1 - p + e * p),
        "PETO": lambda e, p: e * p / (1 - p + e * p),
        "RR": lambda e, p: e * p,
        "RD": lambda e, p: p + e,
        "HR": lambda e, p: 1 - (1 - p) ** e,
    }
    return formulas[measure](effect, assumed)


def control_risks(pooled: Pooled) -> list[float]:
    """The risks of the studies' control groups, where the studies were given as counts."""
    found = [each.counts for each in pooled.studies]
    return [counts["ci"] / counts["n2i"] for counts in found if counts.get("n2i")]


def risks(pooled: Pooled, assumed: float | None = None, source: str = "") -> Risks | None:
    """The absolute effects of a pooled result; None where it has none: means, rates, nothing estimable.

    Args:
        pooled: The result.
        assumed: Risk without the intervention; None takes the median of the control groups.
        source: Where that risk comes from.
    """
    shown = pooled.display
    ends = [shown["estimate"], shown["ci_lower"], shown["ci_upper"]]
    effects = [float(end) for end in ends if isinstance(end, int | float)]
    if len(effects) < 3:
        return None
    if pooled.scale.name == "proportion":
        low, middle, high = effects[1], effects[0], effects[2]
        return Risks(None, "", (middle, low, high), None)
    if pooled.measure not in {"OR", "PETO", "RR", "RD", "HR"}:
        return None
    words = source or "given by the review team"
    if assumed is None:
        controls = control_risks(pooled)
        if not controls:
            return None
        assumed, words = median(controls), f"median of {counted(len(controls), 'control group')}"
    raw = [corresponding_risk(pooled.measure, effect, assumed) for effect in effects]
    found = [min(max(risk, 0.0), 1.0) for risk in raw]
    difference = (found[0] - assumed, found[1] - assumed, found[2] - assumed)
    return Risks(assumed, words, (found[0], found[1], found[2]), difference, found != raw)


def participants(pooled: Pooled) -> int | None:
    """The people in the studies; None where the studies do not say."""
    total = 0.0
    for each in pooled.studies:
        sizes = [each.counts[name] for name in ("n1i", "n2i", "ni") if name in each.counts]
        if not sizes:
            return None
        total += sum(sizes)
    return round(total)


def events(pooled: Pooled) -> int | None:
    """The events in the studies; None where the studies do not count any."""
    counts = [[each.counts[name] for name in ("ai", "ci", "xi") if name in each.counts] for each in pooled.studies]
    return round(sum(map(sum, counts))) if all(counts) else None


def per_thousand(risk: float | None) -> str:
    """A risk as a whole number of people in a thousand: "341"."""
    return "-" if risk is None else rounded(PER * risk, 0)


def risk_text(found: tuple[float, float, float]) -> str:
    """A risk with its interval: "763 per 1000 [650, 848]"."""
    low, high = sorted(found[1:])
    return f"{per_thousand(found[0])} per {PER} {interval_text(PER * low, PER * high, 0)}"


def difference_text(difference: tuple[float, float, float]) -> str:
    """A difference of risks: "241 more per 1000 (from 128 more to 326 more)"."""
    low, high = sorted(difference[1:])
    return f"{_more(difference[0])} per {PER} (from {_more(low)} to {_more(high)})"


def _more(difference: float) -> str:
    n = rounded(abs(PER * difference), 0)
    if n == "0":
        return "0 fewer"
    return f"{n} {'more' if difference > 0 else 'fewer'}"


def relative_text(pooled: Pooled) -> str:
    """The effect as it was pooled: "OR 3.24 [1.96, 5.35]"."""
    return f"{label_of(pooled.measure, ratio=pooled.scale.is_ratio)} {pooled.text()}"


def studies_text(pooled: Pooled) -> str:
    """How much evidence there is: "316 (2 studies)"."""
    n = participants(pooled)
    return f"{'-' if n is None else n} ({counted(pooled.k, 'study', 'studies')})"


def letter(n: int) -> str:
    """The letter of the n-th footnote, from 0: a, b, ..., z, aa, ab, ..."""
    return (chr(ord("a") + n // 26 - 1) if n >= 26 else "") + chr(ord("a") + n % 26)

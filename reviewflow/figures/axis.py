"""An axis: which stretch of the scale it shows, where its ticks stand, and where a value lies on the page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, floor, log, log10
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reviewflow.domain.effect import Scale

Ticks: TypeAlias = tuple[tuple[float, str], ...]
Triple: TypeAlias = tuple[float, float, float]

_DECADES: Final = range(-240, 241)  # far beyond what is reported, and not beyond what a float holds
# From coarse to fine; the first that gives enough ticks is taken.
_LADDERS: Final = (
    *(tuple((1.0, e) for e in _DECADES if e % step == 0) for step in (60, 24, 12, 6, 3, 2, 1)),
    tuple((m, e) for e in _DECADES for m in (1, 2, 5)),
    tuple((m, e) for e in _DECADES for m in (1, 1.5, 2, 3, 5, 7)),
)
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_ENOUGH: Final = 4
_MOST: Final = 7


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of the scale laid on a stretch of the page.

    Attributes:
        start: Where it begins, in points or characters.
        length: In the same unit; negative for an axis that runs up a page whose y runs down.
        low: Value at its start: the log of a ratio, else the shown value.
        high: Value at its end.
        ticks: (value, label).
        null: Value of no effect; None where there is none on the axis.
    """

    start: float
    length: float
    low: float
    high: float
    ticks: Ticks
    null: float | None = None

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.start + self.length

    def at(self, value: float) -> float:
        """Where a value stands, in the unit of the page; at the nearer end when it lies outside."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + self.length * share


@dataclass(frozen=True, slots=True)
class Room:
    """The stretch of the page that an axis may use, and how long a label is along it, the white beside it included."""

    start: float
    length: float
    label_length: Callable[[str], float]


def axis_for(scale: Scale, values: Iterable[Triple], room: Room, *, as_analysed: bool = False) -> Axis:
    """The axis for these (estimate, lower, upper), in the units of `Axis`.

    It shows every estimate, and the intervals as far as they do not dwarf them; what lies outside is clipped. With
    `as_analysed` it is the scale of the analysis: a logit stays a logit, the log of a ratio has the ratio's ticks.
    """
    rows = list(values)
    if scale.name == "proportion" and not as_analysed:
        high = _highest_proportion(rows)
        return Axis(room.start, room.length, 0.0, high, linear_ticks(0.0, high, room))
    low, high = _range(rows, scale.null, least=log(1.5) if scale.is_ratio else 0.0)
    if not scale.is_ratio and not as_analysed:
        low, high = max(low, scale.low), min(high, scale.high)
    ticks = ratio_ticks(low, high, room) if scale.is_ratio else linear_ticks(low, high, room)
    return Axis(room.start, room.length, low, high, ticks, scale.null)


def linear_axis(low: float, high: float, room: Room) -> Axis:
    """An axis from one number to another; where they are the same, a little around them."""
    if high <= low:
        spread = abs(low) / 2 or 0.5
        low, high = low - spread, high + spread
    return Axis(room.start, room.length, low, high, linear_ticks(low, high, room))


def _highest_proportion(rows: Sequence[Triple]) -> float:
    """1, or a round number below it where all intervals end far below it."""
    highest = max((row[2] for row in rows), default=1.0)
    return next((end for end in (0.01, 0.02, 0.05, 0.1, 0.2, 0.4) if highest <= 0.96 * end), 1.0)


def _range(rows: Sequence[Triple], null: float | None, least: float) -> tuple[float, float]:
    """From the lowest to the highest that is worth showing."""
    centres = [row[0] for row in rows] + ([] if null is None else [null])
    inner_low, inner_high = min(centres, default=-1.0), max(centres, default=1.0)
    spread = max(inner_high - inner_low, least)
    widths = sorted(row[2] - row[1] for row in rows)
    typical = widths[len(widths) // 2] if widths else 1.0
    room = max(spread * 0.6, typical)
    low = max(min([row[1] for row in rows] + centres, default=-1.0), inner_low - room)
    high = min(max([row[2] for row in rows] + centres, default=1.0), inner_high + room)
    pad = 0.04 * (high - low) or 1.0
    return low - pad, high + pad


def ratio_ticks(low: float, high: float, room: Room) -> Ticks:
    """Ticks of a log axis at round ratios: 0.1 0.2 0.5 1 2 5 10."""
    best: Ticks = ()
    for ladder in _LADDERS:
        ticks = tuple((log(m * 10.0**e), _ratio_label(m, e)) for m, e in ladder if low <= log(m * 10.0**e) <= high)
        if _fits(ticks, low, high, room) and len(ticks) > len(best):
            best = ticks
        if len(best) >= _ENOUGH:
            return best
    if high - low > log(100):  # even steps suit a narrow stretch only
        return best
    linear = linear_ticks(exp(low), exp(high), room)
    inside = tuple((log(value), label) for value, label in linear if value > 0)
    return inside if len(inside) > len(best) and _fits(inside, low, high, room) else best


def _ratio_label(m: float, e: int) -> str:
    if -4 <= e <= 4:
        return f"{m * 10.0**e:.10g}"
    times = "" if m == 1 else f"{m:g}\N{MULTIPLICATION SIGN}"
    return f"{times}10{str(e).translate(_RAISED)}"


def linear_ticks(low: float, high: float, room: Room) -> Ticks:
    """Ticks at round numbers, as many as fit up to seven."""
    raw = (high - low) / 6
    power = 10.0 ** floor(log10(raw))
    for step in (power * m for m in (1, 2, 5, 10, 20, 50)):
        decimals = max(0, -floor(log10(step) + 1e-9))
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        ticks = tuple((i * step, f"{i * step:.{decimals}f}") for i in range(first, last + 1))
        if len(ticks) <= _MOST and _fits(ticks, low, high, room):
            return ticks
    return ()


def _fits(ticks: Ticks, low: float, high: float, room: Room) -> bool:
    """Whether no two labels touch."""
    per_unit = abs(room.length) / (high - low)
    return all(
        (b - a) * per_unit >= (room.label_length(x) + room.label_length(y)) / 2 for (a, x), (b, y) in pairwise(ticks)
    )

"""The axis of a forest plot: which stretch of the scale it shows, and where its ticks stand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, floor, log, log10
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reviewflow.domain.pooling import Pooled

Ticks: TypeAlias = tuple[tuple[float, str], ...]
_DECADES: Final = range(-6, 7)
# From coarse to fine; the first that gives enough ticks is taken.
_LADDERS: Final = (
    tuple(10.0**e for e in _DECADES),
    tuple(m * 10.0**e for e in _DECADES for m in (1, 2, 5)),
    tuple(m * 10.0**e for e in _DECADES for m in (1, 1.5, 2, 3, 5, 7)),
)


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of the scale laid on a stretch of the page.

    Attributes:
        left: Where it begins, in points or characters.
        width: In the same unit.
        low: Value at its left end: the log of a ratio, else the shown value.
        high: Value at its right end.
        ticks: (value, label).
        null: Value of no effect; None where there is none on the axis.
    """

    left: float
    width: float
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    null: float | None

    def x(self, value: float) -> float:
        """Where a value stands, in the unit of the page; at the nearer end when it lies outside."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.left + self.width * share


@dataclass(frozen=True, slots=True)
class Room:
    """The stretch of the page that an axis may use, and how wide a label is on it, the white beside it included."""

    left: float
    width: float
    label_width: Callable[[str], float]


def axis_for(
    pooled: Pooled, values: Iterable[tuple[float, float, float]], room: Room, *, as_analysed: bool = False
) -> Axis:
    """The axis for these (estimate, lower, upper), in the units of `Axis`.

    It shows every estimate, and the intervals as far as they do not dwarf them; what lies outside is clipped. With
    `as_analysed` it is the scale of the analysis: a logit stays a logit, the log of a ratio has the ratio's ticks.
    """
    rows = list(values)
    ratio = pooled.scale.is_ratio
    null = pooled.scale.null
    if pooled.scale.name == "proportion" and not as_analysed:
        return Axis(room.left, room.width, 0.0, 1.0, linear_ticks(0.0, 1.0, room), None)
    low, high = _range(rows, null, least=log(1.5) if ratio else 0.0)
    ticks = _ratio_ticks(low, high, room) if ratio else linear_ticks(low, high, room)
    return Axis(room.left, room.width, low, high, ticks, null)


def _range(rows: Sequence[tuple[float, float, float]], null: float | None, least: float) -> tuple[float, float]:
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


def _ratio_ticks(low: float, high: float, room: Room) -> Ticks:
    """Ticks of a log axis at round ratios: 0.1 0.2 0.5 1 2 5 10."""
    best: Ticks = ()
    for ladder in _LADDERS:
        ticks = tuple((log(r), f"{r:g}") for r in ladder if low <= log(r) <= high)
        if _fits(ticks, low, high, room) and len(ticks) > len(best):
            best = ticks
        if len(best) >= 4:
            return best
    linear = linear_ticks(exp(low), exp(high), room)
    inside = tuple((log(value), label) for value, label in linear if value > 0)
    return inside if len(inside) > len(best) and _fits(inside, low, high, room) else best


def linear_ticks(low: float, high: float, room: Room) -> Ticks:
    """Ticks at round numbers, as many as fit up to seven."""
    raw = (high - low) / 6
    power = 10.0 ** floor(log10(raw))
    for step in (power * m for m in (1, 2, 5, 10, 20, 50)):
        decimals = max(0, -floor(log10(step) + 1e-9))
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        ticks = tuple((i * step, f"{i * step:.{decimals}f}") for i in range(first, last + 1))
        if len(ticks) <= 7 and _fits(ticks, low, high, room):
            return ticks
    return ()


def _fits(ticks: Sequence[tuple[float, str]], low: float, high: float, room: Room) -> bool:
    """Whether no two labels touch."""
    per_unit = room.width / (high - low)
    return all(
        (b - a) * per_unit >= (room.label_width(x) + room.label_width(y)) / 2 for (a, x), (b, y) in pairwise(ticks)
    )

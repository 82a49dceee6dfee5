"""Draws a radial plot (Galbraith's): how far each study lies from the pooled effect, in its own standard errors."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

from reviewflow.errors import UsageError
from reviewflow.figures.axis import Room, axis_for, linear_axis
from reviewflow.figures.frame import BLUE, DARK, GREY, SIZE, Frame, analysis_label
from reviewflow.figures.text import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.drawing import Format, Target

_Z: Final = 1.959963984540054
_RADIUS: Final = 2.6
_HEIGHT: Final = 240.0


def draw_radial(
    result: Pooled,
    target: Target,
    *,
    format: Format,  # noqa: A002  # the word that the command line and matplotlib use for it
    title: str = "",
) -> None:
    """Draw each study's z value against its precision to a path or a binary stream.

    A line from the origin through a point meets the axis at the right at the study's effect. The dashed lines hold 95 %
    of studies if all share the pooled effect, and, with random effects, vary by tau2.

    Args:
        result: Of `pool`.
        target: A path or a binary stream.
        format: svg, pdf or png.
        title: Above the plot.

    Raises:
        UsageError: There is no pooled effect.

    Source:
        Galbraith 1988, doi:10.1002/sim.4780070807.
    """
    estimate = result.estimate
    if estimate is None:
        raise UsageError("a radial plot is drawn around a pooled effect, and there is none", "leave it out")
    spread = [
        (s.yi, sqrt(s.vi + (result.tau2 or 0.0))) for s in result.studies if s.yi is not None and s.vi is not None
    ]
    points = [(1 / se, y / se) for y, se in spread]
    right = 1.06 * max(x for x, _ in points)
    ends = [estimate * right + side for side in (-_Z, _Z)]
    ys = [0.0, -_Z, _Z, *ends, *(y for _, y in points)]
    pad = 0.04 * (max(ys) - min(ys))
    low, high = min(ys) - pad, max(ys) + pad
    effects = _effect_ticks(result, low / right, high / right)
    frame = Frame(
        lambda room: linear_axis(0.0, right, room),
        lambda room: linear_axis(low, high, room),
        ("Precision: 1 / √(v + τ²)" if result.tau2 else "Precision: 1 / standard error", "z value"),
        title=title,
        right=34 + max((text_width(words, SIZE) for _, words in effects), default=0.0) + SIZE,
        notes=["Dashed: ±1.96 around the pooled effect. At the right: the effect of a line from the origin."],
    )
    frame.path([(0.0, 0.0), (right, 0.0)], colour=GREY, lw=0.6)
    frame.path([(0.0, 0.0), (right, estimate * right)], colour=DARK, lw=0.9)
    for side in (-_Z, _Z):
        frame.path([(0.0, side), (right, estimate * right + side)], colour=DARK, lw=0.8, dashed=True)
    for x, y in points:
        frame.page.dot(*frame.at(x, y), _RADIUS, BLUE, filled=True)
    frame.draw_axes()
    _effects(frame, effects, right, analysis_label(result))
    frame.page.save(target, format, title or "Radial plot")


def _effect_ticks(result: Pooled, low: float, high: float) -> list[tuple[float, str]]:
    """Round effects that fit on the axis at the right, as analysed."""
    if high <= low:
        return []
    rows = [(end, end, end) for end in (low, high)]
    axis = axis_for(result.scale, rows, Room(0.0, _HEIGHT, lambda _: SIZE + 6), as_analysed=True)
    return [(value, words) for value, words in axis.ticks if low <= value <= high]


def _effects(frame: Frame, ticks: Sequence[tuple[float, str]], right: float, name: str) -> None:
    """The axis at the right, of slopes."""
    x = frame.x.end
    frame.page.line((x, frame.top), (x, frame.foot), colour=DARK, lw=0.8)
    for value, words in ticks:
        y = frame.y.at(value * right)
        frame.page.line((x, y), (x + 3.5, y), colour=DARK, lw=0.8)
        frame.page.text(x + 6, y + 3, words, SIZE)
    frame.page.text(frame.width - 14, (frame.top + frame.foot) / 2, name, SIZE, rotation=90)

"""Draws a funnel plot, contour-enhanced: effect against standard error, with the regions of significance shaded."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final, TypeAlias

from reviewflow.domain.words import counted
from reviewflow.figures.axis import axis_for, linear_axis
from reviewflow.figures.frame import BLUE, DARK, GREY, NOTE, Frame, analysis_label
from reviewflow.figures.text import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.axis import Axis, Room
    from reviewflow.figures.drawing import Format, Target

Points: TypeAlias = "list[tuple[float, float]]"

_RADIUS: Final = 2.6
_Z: Final = 1.959963984540054
# Half widths, in standard errors, of the two-sided p values 0.01, 0.05 and 0.10, from the outside in.
_CONTOURS: Final = ((2.5758293035489004, "#dcdcdc"), (_Z, "#ebebeb"), (1.6448536269514722, "#ffffff"))
_OUTSIDE: Final = "#c8c8c8"
_KEY: Final = (("p > 0.10", "#ffffff"), ("0.05 to 0.10", "#ebebeb"), ("0.01 to 0.05", "#dcdcdc"), ("< 0.01", "#c8c8c8"))


def draw_funnel(
    result: Pooled,
    target: Target,
    *,
    format: Format,  # noqa: A002  # the word that the command line and matplotlib use for it
    title: str = "",
    filled: Sequence[tuple[float, float]] = (),
) -> None:
    """Draw each study's effect against its standard error to a path or a binary stream.

    The dashed lines hold 95 % of studies if all share the pooled effect. Where the measure has a value of no effect,
    the shading shows in which studies it is rejected.

    Args:
        result: Of `pool`.
        target: A path or a binary stream.
        format: svg, pdf or png.
        title: Above the plot.
        filled: (effect, variance) of studies that trim and fill adds, on the analysis scale; drawn as open circles.
    """
    found = [(s.yi, sqrt(s.vi)) for s in result.studies if s.yi is not None and s.vi is not None]
    added = [(y, sqrt(v)) for y, v in filled]
    deepest = 1.08 * max((se for _, se in [*found, *added]), default=1.0)
    shaded = result.scale.null is not None
    frame = Frame(
        lambda room: _effect_axis(result, [*found, *added], deepest, room),
        lambda room: linear_axis(0.0, deepest, room),
        (analysis_label(result), "Standard error"),
        title=title,
        notes=_notes(added),
        warning=_warning(result.k),
        key=15.0 if shaded else 0.0,
        down=True,
    )
    if frame.x.null is not None:
        _contours(frame, frame.x.null)
    if result.estimate is not None:
        _funnel(frame, result.estimate)
    for points, is_found in ((found, True), (added, False)):
        for y, se in points:
            frame.page.dot(*frame.at(y, se), _RADIUS, BLUE, filled=is_found)
    frame.draw_axes()
    if shaded:
        _key(frame)
    frame.page.save(target, format, title or "Funnel plot")


def _effect_axis(result: Pooled, points: Points, deepest: float, room: Room) -> Axis:
    """The axis of effects, wide enough for the funnel at its foot; ratios in their own ticks, else as analysed."""
    rows = [(y, y, y) for y, _ in points]
    if result.estimate is not None:
        half = _Z * deepest
        rows += [(result.estimate + side, result.estimate + side, result.estimate + side) for side in (-half, half)]
    return axis_for(result.scale, rows, room, as_analysed=True)


def _notes(added: Points) -> list[str]:
    """What the open circles are."""
    return [f"Open circles: {counted(len(added), 'study', 'studies')} that trim and fill adds."] if added else []


def _warning(k: int) -> str:
    """What must be known of a funnel of few studies."""
    return f"{counted(k, 'study', 'studies')}: below ten a funnel plot says little." if k < 10 else ""


def _contours(frame: Frame, null: float) -> None:
    """Shade by the p value that a study at that place has."""
    frame.page.shape(frame.corners, _OUTSIDE)
    for z, colour in _CONTOURS:
        frame.page.shape(_wedge(frame, null, z), colour)
    x = frame.x.at(null)
    frame.page.line((x, frame.top), (x, frame.foot), colour=GREY, lw=0.6)


def _funnel(frame: Frame, estimate: float) -> None:
    """The pooled effect, and where 95 % of studies would lie around it."""
    peak = frame.at(estimate, 0.0)
    frame.page.line(peak, (peak[0], frame.foot), colour=DARK, lw=0.8)
    for side in (-_Z, _Z):
        frame.page.line(peak, _clipped(frame, estimate, side), colour=DARK, lw=0.8, dashed=True)


def _wedge(frame: Frame, null: float, z: float) -> Points:
    """The part of the plot less than z standard errors from the null, cut off at its sides."""
    corners = [frame.at(null, 0.0)]
    for side in (z, -z):
        at_side, foot = _clipped(frame, null, side), frame.at(null + side * frame.y.high, frame.y.high)
        corners += [at_side, foot] if side > 0 else [foot, at_side]
    return corners


def _clipped(frame: Frame, centre: float, z: float) -> tuple[float, float]:
    """Where the line of z standard errors from a centre leaves the plot: at its foot or at a side."""
    edge = frame.x.high if z > 0 else frame.x.low
    se = min(frame.y.high, (edge - centre) / z)
    return frame.at(centre + z * se, se)


def _key(frame: Frame) -> None:
    """The key of the shading."""
    x, y = frame.left, frame.key_top
    for words, colour in _KEY:
        frame.page.rectangle(x, y - 7, 9, 8, fill=colour, edge=GREY)
        frame.page.text(x + 13, y, words, NOTE)
        x += 13 + text_width(words, NOTE) + 12

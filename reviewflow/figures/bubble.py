"""Draws a bubble plot: the effects of the studies against a moderator, with the line of a meta-regression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reviewflow.figures.axis import axis_for, linear_axis
from reviewflow.figures.characters import shortened
from reviewflow.figures.frame import BLUE, DARK, GREY, Frame, analysis_label

if TYPE_CHECKING:
    from reviewflow.domain.pooling import Pooled
    from reviewflow.domain.pooling.line import RegressionLine
    from reviewflow.figures.drawing import Format, Target

_RADIUS: Final = 9.0  # of the heaviest study
_LEAST: Final = 1.6
_STEPS: Final = 120
_BAND: Final = "#e4e4e4"
_LONGEST_NAME: Final = 48


def draw_bubble(
    result: Pooled,
    line: RegressionLine,
    target: Target,
    *,
    format: Format,  # noqa: A002  # the word that the command line and matplotlib use for it
    title: str = "",
) -> None:
    """Draw the studies, the line and its 95 % band to a path or a binary stream.

    Args:
        result: Of `pool` with one moderator.
        line: Of `regression_line` for that result.
        target: A path or a binary stream.
        format: svg, pdf or png.
        title: Above the plot.
    """
    found = [(line.values[s.row], s.yi, s.weight or 0.0) for s in result.studies if s.yi is not None]
    low, high = min(x for x, _, _ in found), max(x for x, _, _ in found)
    pad = 0.06 * (high - low)
    steps = [low - pad + (high - low + 2 * pad) * i / _STEPS for i in range(_STEPS + 1)]
    fitted = [line.at(x) for x in steps]
    # Effects stand for themselves; the band may be cut off where it is far wider than they are.
    shown = [(y, y, y) for _, y, _ in found] + [fitted[0], fitted[-1]]
    frame = Frame(
        lambda room: linear_axis(steps[0], steps[-1], room),
        lambda room: axis_for(result.scale, shown, room, as_analysed=True),
        (shortened(line.moderator, _LONGEST_NAME), analysis_label(result)),
        title=title,
        notes=["Shaded: 95 % interval of the line. The area of a circle shows the weight of its study."],
    )
    band = [frame.at(x, ends[1]) for x, ends in zip(steps, fitted, strict=True)]
    band += [frame.at(x, ends[2]) for x, ends in reversed(list(zip(steps, fitted, strict=True)))]
    frame.page.shape(band, _BAND)
    if frame.y.null is not None:
        frame.path([(steps[0], frame.y.null), (steps[-1], frame.y.null)], colour=GREY, lw=0.6)
    frame.path([(x, ends[0]) for x, ends in zip(steps, fitted, strict=True)], colour=DARK, lw=1.0)
    heaviest = max(weight for _, _, weight in found) or 1.0
    for x, y, weight in sorted(found, key=lambda each: -each[2]):
        radius = max(_RADIUS * (weight / heaviest) ** 0.5, _LEAST)
        frame.page.dot(*frame.at(x, y), radius, BLUE, filled=True, edge="white", alpha=0.75)
    frame.draw_axes()
    frame.page.save(target, format, title or "Bubble plot")

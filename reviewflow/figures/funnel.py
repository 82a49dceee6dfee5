"""Draws a funnel plot, contour-enhanced: effect against standard error, with the regions of significance shaded."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, BinaryIO, Final

from reviewflow.domain.pooling.wording import label_of
from reviewflow.figures.forest_axis import Axis, Room, axis_for, linear_ticks
from reviewflow.figures.plot_page import PlotPage
from reviewflow.figures.text import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.drawing import Format

_SIZE: Final = 8.5
_LEFT, _TOP, _RIGHT, _BOTTOM = 52.0, 20.0, 16.0, 66.0
_PLOT: Final = (330.0, 240.0)
_DARK: Final = "#1a1a1a"
_GREY: Final = "#6b6b6b"
_BLUE: Final = "#2b5c8a"
_Z: Final = 1.959963984540054
# Half widths, in standard errors, of the two-sided p values 0.01, 0.05 and 0.10, from the outside in.
_CONTOURS: Final = ((2.5758293035489004, "#e4e4e4"), (_Z, "#f0f0f0"), (1.6448536269514722, "#ffffff"))
_LABELS: Final = {
    "PLO": "logit of the proportion",
    "PAS": "arcsine of the root of the proportion",
    "PFT": "double arcsine of the proportion",
    "IRLN": "log of the rate",
    "ZCOR": "Fisher's z",
}
_OUTSIDE: Final = "#d3d3d3"
_KEY: Final = (("p > 0.10", "#ffffff"), ("0.05 to 0.10", "#f0f0f0"), ("0.01 to 0.05", "#e4e4e4"), ("< 0.01", "#d3d3d3"))


def draw_funnel(
    result: Pooled,
    target: Path | str | BinaryIO,
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
    top = _TOP + (20 if title else 0)
    deepest = 1.08 * max((se for _, se in [*found, *added]), default=1.0)
    axis = _effect_axis(result, [*found, *added], deepest)
    page = PlotPage(_LEFT + _PLOT[0] + _RIGHT, top + _PLOT[1] + _BOTTOM)
    if title:
        page.text(_LEFT, _TOP + 4, title, 11, bold=True)
    plot = _Plot(page, axis, top, deepest)
    if axis.null is not None:
        plot.contours(axis.null)
    if result.estimate is not None:
        plot.funnel(result.estimate)
    for points, is_found in ((found, True), (added, False)):
        for y, se in points:
            page.dot(axis.x(y), plot.y(se), 2.6, _BLUE, filled=is_found)
    plot.axes(_LABELS.get(result.measure, label_of(result.measure, ratio=result.scale.is_ratio)))
    _notes(page, result, top + _PLOT[1] + 50, shaded=axis.null is not None)
    page.save(target, format, title or "Funnel plot")


def _effect_axis(result: Pooled, points: Sequence[tuple[float, float]], deepest: float) -> Axis:
    """The axis of effects, wide enough for the funnel at its foot; ratios in their own ticks, else as analysed."""
    rows = [(y, y, y) for y, _ in points]
    if result.estimate is not None:
        half = _Z * deepest
        rows += [(result.estimate + side, result.estimate + side, result.estimate + side) for side in (-half, half)]
    room = Room(_LEFT, _PLOT[0], lambda label: text_width(label, _SIZE) + 6)
    return axis_for(result, rows, room, as_analysed=True)


class _Plot:
    """The area of the plot: standard errors run down from 0."""

    def __init__(self, page: PlotPage, axis: Axis, top: float, deepest: float) -> None:
        self.page, self.axis, self.top, self.deepest = page, axis, top, deepest
        self.foot = top + _PLOT[1]

    def y(self, se: float) -> float:
        """Where a standard error stands."""
        return self.top + _PLOT[1] * se / self.deepest

    def contours(self, null: float) -> None:
        """Shade by the p value that a study at that place has."""
        left, right = self.axis.left, self.axis.left + self.axis.width
        self.page.shape([(left, self.top), (right, self.top), (right, self.foot), (left, self.foot)], _OUTSIDE)
        for z, colour in _CONTOURS:
            self.page.shape(self._wedge(null, z), colour)
        x = self.axis.x(null)
        self.page.line((x, self.top), (x, self.foot), colour=_GREY, lw=0.6)

    def funnel(self, estimate: float) -> None:
        """The pooled effect, and where 95 % of studies would lie around it."""
        peak = (self.axis.x(estimate), self.top)
        self.page.line(peak, (peak[0], self.foot), colour=_DARK, lw=0.8)
        for side in (-_Z, _Z):
            end = self._clipped(estimate, side)
            self.page.line(peak, end, colour=_DARK, lw=0.8, dashed=True)

    def _wedge(self, null: float, z: float) -> list[tuple[float, float]]:
        """The part of the plot less than z standard errors from the null, cut off at its sides."""
        corners = [(self.axis.x(null), self.top)]
        for side in (z, -z):
            at_side, foot = self._clipped(null, side), (self.axis.x(null + side * self.deepest), self.foot)
            corners += [at_side, foot] if side > 0 else [foot, at_side]
        return corners

    def _clipped(self, centre: float, z: float) -> tuple[float, float]:
        """Where the line of z standard errors from a centre leaves the plot: at its foot or at a side."""
        edge = self.axis.high if z > 0 else self.axis.low
        se = min(self.deepest, (edge - centre) / z)
        return self.axis.x(centre + z * se), self.y(se)

    def axes(self, label: str) -> None:
        """Frame, ticks and names of the two axes."""
        left, right = self.axis.left, self.axis.left + self.axis.width
        self.page.line((left, self.foot), (right, self.foot), colour=_DARK, lw=0.8)
        self.page.line((left, self.top), (left, self.foot), colour=_DARK, lw=0.8)
        for value, words in self.axis.ticks:
            x = self.axis.x(value)
            self.page.line((x, self.foot), (x, self.foot + 3.5), colour=_DARK, lw=0.8)
            self.page.text(x, self.foot + 13, words, _SIZE, align="center")
        for value, words in linear_ticks(0.0, self.deepest, Room(0.0, _PLOT[1], lambda _: 14.0)):
            self.page.line((left - 3.5, self.y(value)), (left, self.y(value)), colour=_DARK, lw=0.8)
            self.page.text(left - 6, self.y(value) + 3, words, _SIZE, align="right")
        self.page.text((left + right) / 2, self.foot + 28, f"{label[0].upper()}{label[1:]}", _SIZE, align="center")
        self.page.text(14, (self.top + self.foot) / 2, "Standard error", _SIZE, rotation=90)


def _notes(page: PlotPage, result: Pooled, y: float, *, shaded: bool) -> None:
    """The key of the shading, and the warning for few studies."""
    x = _LEFT
    if shaded:
        for words, colour in _KEY:
            page.rectangle(x, y - 7, 9, 8, fill=colour, edge=_GREY)
            page.text(x + 13, y, words, 7.5)
            x += 13 + text_width(words, 7.5) + 12
    if result.k < 10:
        words = f"{result.k} studies: below ten a funnel plot says little."
        page.text(_LEFT, y + 12, words, 7.5, colour="#a03434")

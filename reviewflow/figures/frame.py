"""The frame of a plot with two axes: its page, title, ticks, names of axes and notes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from reviewflow.domain.pooling.wording import label_of
from reviewflow.figures.axis import Room
from reviewflow.figures.plot_page import PlotPage
from reviewflow.figures.text import lines_of, text_width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.axis import Axis
    from reviewflow.figures.drawing import Point

SIZE: Final = 8.5
NOTE: Final = 7.5
DARK: Final = "#1a1a1a"
GREY: Final = "#6b6b6b"
BLUE: Final = "#2b5c8a"
RED: Final = "#a03434"
PLOT: Final = (330.0, 240.0)
MARGIN: Final = 14.0
_TITLE: Final = 11.0
_LINE: Final = 11.0
_LABELS: Final = {
    "PLO": "logit of the proportion",
    "PAS": "arcsine of the root of the proportion",
    "PFT": "double arcsine of the proportion",
    "IRLN": "log of the rate",
    "ZCOR": "Fisher's z",
}


class Frame:
    """A page with two axes, on which a figure draws its points.

    Args:
        x_axis: Makes the level axis for the room that there is.
        y_axis: Makes the upright one.
        names: Of the two axes.
        title: Above the plot; "" for none.
        notes: Lines under the plot.
        warning: A line under them, in red; "" for none.
        key: Height that a key between the axis and the notes takes.
        size: Width and height of the plot.
        down: Whether the upright axis runs down from the top.
        right: White at the right of the plot.
    """

    def __init__(
        self,
        x_axis: Callable[[Room], Axis],
        y_axis: Callable[[Room], Axis],
        names: tuple[str, str],
        *,
        title: str = "",
        notes: Sequence[str] = (),
        warning: str = "",
        key: float = 0.0,
        size: tuple[float, float] = PLOT,
        down: bool = False,
        right: float = 16.0,
    ) -> None:
        width, height = size
        upright = y_axis(Room(0.0, height, lambda _: SIZE + 6))
        labels = max((text_width(words, SIZE) for _, words in upright.ticks), default=0.0)
        self.left = MARGIN + SIZE + 8 + labels + 7
        self.width = self.left + width + right
        head = lines_of(title, _TITLE, self.width - 2 * MARGIN, bold=True)
        self.top = 20.0 + (len(head) * (_TITLE + 3) + 5 if head else 0)
        self.foot = self.top + height
        self.x = x_axis(Room(self.left, width, lambda words: text_width(words, SIZE) + 6))
        start, length = (self.top, height) if down else (self.foot, -height)
        self.y = replace(upright, start=start, length=length)
        self.key_top = self.foot + 46
        self.notes_top = self.foot + 46 + key
        lines = [(line, DARK) for note in notes for line in self._lines(note)]
        lines += [(line, RED) for line in self._lines(warning)]
        page_foot = self.foot + 38 + key + _LINE * len(lines) + (4 if lines else 0)
        self.page = PlotPage(self.width, page_foot)
        for i, line in enumerate(head):
            self.page.text(MARGIN, MARGIN + _TITLE - 2 + i * (_TITLE + 3), line, _TITLE, bold=True)
        for i, (line, colour) in enumerate(lines):
            y = self.notes_top + i * _LINE
            self.page.text(MARGIN, y, line, NOTE, colour=colour)
        self._names = names

    def _lines(self, note: str) -> list[str]:
        return lines_of(note, NOTE, self.width - 2 * MARGIN)

    @property
    def corners(self) -> list[Point]:
        """The corners of the plot."""
        right = self.x.end
        return [(self.left, self.top), (right, self.top), (right, self.foot), (self.left, self.foot)]

    def at(self, x: float, y: float) -> Point:
        """Where a pair of values stands on the page."""
        return self.x.at(x), self.y.at(y)

    def draw_axes(self) -> None:
        """Draw the two axes, their ticks and their names."""
        page, left, right = self.page, self.left, self.x.end
        page.line((left, self.foot), (right, self.foot), colour=DARK, lw=0.8)
        page.line((left, self.top), (left, self.foot), colour=DARK, lw=0.8)
        for value, words in self.x.ticks:
            x = self.x.at(value)
            page.line((x, self.foot), (x, self.foot + 3.5), colour=DARK, lw=0.8)
            page.text(x, self.foot + 13, words, SIZE, align="center")
        for value, words in self.y.ticks:
            y = self.y.at(value)
            page.line((left - 3.5, y), (left, y), colour=DARK, lw=0.8)
            page.text(left - 6, y + 3, words, SIZE, align="right")
        for_x, for_y = self._names
        page.text((left + right) / 2, self.foot + 28, for_x, SIZE, align="center")
        page.text(MARGIN + SIZE / 2, (self.top + self.foot) / 2, for_y, SIZE, rotation=90)

    def path(self, points: Sequence[tuple[float, float]], *, colour: str, lw: float, dashed: bool = False) -> None:
        """Draw a line through pairs of values, as far as it lies inside the plot."""
        inside = [(x, y) for x, y in points if self.y.low <= y <= self.y.high and self.x.low <= x <= self.x.high]
        self.page.curve([self.at(x, y) for x, y in inside], colour=colour, lw=lw, dashed=dashed)


def analysis_label(result: Pooled) -> str:
    """What an axis on the scale of the analysis is called; ratios have their own ticks, so they keep their name."""
    label = _LABELS.get(result.measure, label_of(result.measure, ratio=result.scale.is_ratio))
    return label[:1].upper() + label[1:]

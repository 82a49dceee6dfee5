"""A page with the shapes that plots are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Polygon, Rectangle

from reviewflow.figures.drawing import Page, Point

if TYPE_CHECKING:
    from collections.abc import Sequence


class PlotPage(Page):
    """A page with lines, filled shapes and marks, measured in points."""

    def line(self, start: Point, end: Point, *, colour: str, lw: float, dashed: bool = False) -> None:
        """Draw a straight line."""
        self.curve([start, end], colour=colour, lw=lw, dashed=dashed)

    def shape(self, corners: Sequence[Point], colour: str) -> None:
        """Draw a filled shape."""
        self._add(Polygon(corners, closed=True, facecolor=colour, edgecolor=colour, lw=0.4))

    def square(self, x: float, y: float, side: float, colour: str) -> None:
        """Draw a filled square around a point."""
        self._add(Rectangle((x - side / 2, y - side / 2), side, side, facecolor=colour, edgecolor="none"))

    def curve(self, points: Sequence[Point], *, colour: str, lw: float, dashed: bool = False) -> None:
        """Draw a line through points."""
        if len(points) < 2:
            return
        style: tuple[float, Sequence[float]] | Literal["-"] = (0.0, (3.0, 2.5)) if dashed else "-"
        xs, ys = zip(*points, strict=True)
        self._add(Line2D(xs, ys, color=colour, lw=lw, linestyle=style, solid_capstyle="butt"))

    def dot(
        self, x: float, y: float, radius: float, colour: str, *, filled: bool, edge: str = "", alpha: float = 1
    ) -> None:
        """Draw a circle around a point, open or filled; one of an edge of its own may be a little transparent."""
        fill = colour if filled else "white"
        self._add(Circle((x, y), radius, facecolor=fill, edgecolor=edge or colour, lw=0.8, alpha=alpha))

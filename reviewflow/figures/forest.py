"""Draws a forest plot of a pooled result as SVG, PDF or PNG: the same result gives the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from reviewflow.figures.forest_axis import Axis, Room, axis_for
from reviewflow.figures.forest_rows import Columns, Row, columns_of, footnotes, rows_of
from reviewflow.figures.plot_page import PlotPage
from reviewflow.figures.text import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.drawing import Format

_SIZE: Final = 8.5
_SMALL: Final = 8.0
_LEADING: Final = 15.0
_LINE: Final = 11.0
_MARGIN: Final = 14.0
_GUTTER: Final = 14.0
_PLOT: Final = 230.0
_SQUARE: Final = 9.0  # side of the heaviest study's square
_BLUE: Final = "#2b5c8a"
_DARK: Final = "#1a1a1a"
_GREY: Final = "#6b6b6b"
_RED: Final = "#a03434"
_BOLD: Final = frozenset({"heading", "total", "subtotal"})


def draw_forest(
    result: Pooled,
    target: Path | str | BinaryIO,
    *,
    format: Format,  # noqa: A002  # the word that the command line and matplotlib use for it
    title: str = "",
    arms: tuple[str, str] = ("Treatment", "Control"),
    favours: tuple[str, str] = ("", ""),
    decimals: int = 2,
) -> None:
    """Draw the studies, the pooled effect and its heterogeneity to a path or a binary stream.

    Args:
        result: Of `pool`.
        target: A path or a binary stream.
        format: svg, pdf or png.
        title: Above the plot.
        arms: Names of the two arms.
        favours: What lies left and right of no effect, such as "Favours blinatumomab"; empty for nothing.
        decimals: Of effects and intervals.
    """
    columns = columns_of(result, arms)
    rows = rows_of(result, columns, decimals)
    layout = _Layout(result, columns, rows, title, favours)
    page = PlotPage(layout.width, layout.height)
    if title:
        page.text(_MARGIN, _MARGIN + 10, title, 11, bold=True)
    _head(page, layout)
    _reference_lines(page, layout, result)
    for i, row in enumerate(rows):
        _row(page, layout, row, layout.top + i * _LEADING)
    _axis(page, layout, favours)
    for i, line in enumerate(layout.notes):
        page.text(_MARGIN, layout.notes_top + i * _LINE, line, _SMALL, colour=_DARK)
    page.save(target, format, title or "Forest plot")


class _Layout:
    """Where everything stands, in points: columns as wide as their widest text, so nothing is cut off."""

    def __init__(
        self, result: Pooled, columns: Columns, rows: Sequence[Row], title: str, favours: tuple[str, str]
    ) -> None:
        self.columns = columns
        heads = (*columns.before, *columns.after)
        widths = [_column_width(j, head, rows) for j, head in enumerate(heads)]
        self.notes = footnotes(result)
        n = len(columns.before)
        # The line under a subgroup's diamond spans the columns left of the plot.
        under = max((text_width(row.cells[0], _SIZE) for row in rows if row.kind == "note"), default=0.0)
        widths[0] += max(0.0, under - sum(widths[:n]) - _GUTTER * (n - 1))
        plot = max(_PLOT, sum(text_width(words, _SMALL) for words in favours) + 60)
        left = _MARGIN + sum(widths[:n]) + _GUTTER * n
        spare = _needed(self.notes, title) - (left + plot + _GUTTER + sum(widths[n:]) + _GUTTER * (len(widths) - n))
        plot += max(0.0, spare)
        room = Room(left, plot, lambda label: text_width(label, _SMALL) + 6)
        self.axis = axis_for(result, [row.values for row in rows if row.values is not None], room)
        self.starts = _starts(widths, n, plot)
        self.widths = widths
        self.width = self.starts[-1] + widths[-1] + _MARGIN
        self.head = _MARGIN + (24.0 if title else 6.0)
        self.rule = self.head + 2 * _LINE + 1
        self.top = self.rule + _LEADING * 0.75
        self.bottom = self.top + (len(rows) - 0.4) * _LEADING
        self.favours_top = self.bottom + 26
        self.notes_top = self.favours_top + (24 if any(favours) else 14)
        self.height = self.notes_top + _LINE * len(self.notes) + _MARGIN - 6


def _column_width(j: int, head: str, rows: Sequence[Row]) -> float:
    """The width of the widest text of a column; a note under a diamond may run into the next columns."""
    cells = [text_width(row.cells[j], _SIZE, bold=row.kind in _BOLD) for row in rows if row.kind != "note"]
    return max([*(text_width(line, _SIZE, bold=True) for line in head.split("\n")), *cells])


def _needed(notes: Sequence[str], title: str) -> float:
    """The width that title and notes want, with both margins."""
    return max([*(text_width(line, _SMALL) for line in notes), text_width(title, 11, bold=True)]) + 2 * _MARGIN


def _starts(widths: Sequence[float], n_before: int, plot: float) -> list[float]:
    """Where each column begins; the plot lies between the two groups."""
    starts, x = [], _MARGIN
    for j, width in enumerate(widths):
        if j == n_before:
            x += plot + _GUTTER
        starts.append(x)
        x += width + _GUTTER
    return starts


def _head(page: PlotPage, layout: _Layout) -> None:
    heads = (*layout.columns.before, *layout.columns.after)
    for j, head in enumerate(heads):
        lines = head.split("\n")
        for i, line in enumerate(reversed(lines)):
            _cell(page, layout, j, line, layout.rule - 5 - i * _LINE, bold=True, colour=_DARK)
    page.line((_MARGIN, layout.rule), (layout.width - _MARGIN, layout.rule), colour=_DARK, lw=0.8)


def _cell(page: PlotPage, layout: _Layout, j: int, words: str, y: float, *, bold: bool, colour: str) -> None:
    """One text: the study at the left of its column, numbers at the right of theirs."""
    if not words:
        return
    if j == 0:
        page.text(layout.starts[0], y, words, _SIZE, bold=bold, colour=colour)
    else:
        page.text(layout.starts[j] + layout.widths[j], y, words, _SIZE, bold=bold, colour=colour, align="right")


def _row(page: PlotPage, layout: _Layout, row: Row, y: float) -> None:
    colour = _GREY if row.kind in {"without", "note", "prediction"} else _DARK
    for j, words in enumerate(row.cells):
        _cell(page, layout, j, words, y + 3, bold=row.kind in _BOLD, colour=colour)
    if row.kind == "total":
        edge = y - _LEADING / 2
        page.line((_MARGIN, edge), (layout.width - _MARGIN, edge), colour=_GREY, lw=0.5)
    if row.values is None:
        return
    if row.kind == "study":
        _interval(page, layout.axis, row, y)
    elif row.kind == "prediction":
        _bar(page, layout.axis, row.values, y)
    else:
        _diamond(page, layout.axis, row.values, y)


def _interval(page: PlotPage, axis: Axis, row: Row, y: float) -> None:
    """A study's interval and the square whose area shows its weight."""
    estimate, low, high = row.values or (0.0, 0.0, 0.0)
    page.line((axis.x(low), y), (axis.x(high), y), colour=_DARK, lw=0.9)
    _arrows(page, axis, low, high, y, _DARK)
    page.square(axis.x(estimate), y, max(_SQUARE * row.share**0.5, 1.6), _BLUE)


def _bar(page: PlotPage, axis: Axis, values: tuple[float, float, float], y: float) -> None:
    """The prediction interval."""
    _, low, high = values
    page.line((axis.x(low), y), (axis.x(high), y), colour=_RED, lw=3.2)
    _arrows(page, axis, low, high, y, _RED)


def _diamond(page: PlotPage, axis: Axis, values: tuple[float, float, float], y: float) -> None:
    """The pooled effect: its middle is the estimate, its points are the interval."""
    estimate, low, high = (axis.x(value) for value in values)
    page.shape([(low, y), (estimate, y - 5), (high, y), (estimate, y + 5)], _DARK)
    _arrows(page, axis, values[1], values[2], y, _DARK)


def _arrows(page: PlotPage, axis: Axis, low: float, high: float, y: float, colour: str) -> None:
    """A head at each end where the interval goes on beyond the axis."""
    if low < axis.low:
        page.shape([(axis.left - 2, y), (axis.left + 4, y - 3), (axis.left + 4, y + 3)], colour)
    if high > axis.high:
        right = axis.left + axis.width
        page.shape([(right + 2, y), (right - 4, y - 3), (right - 4, y + 3)], colour)


def _reference_lines(page: PlotPage, layout: _Layout, result: Pooled) -> None:
    """No effect, solid; the pooled effect, dashed."""
    axis = layout.axis
    if axis.null is not None:
        x = axis.x(axis.null)
        page.line((x, layout.rule), (x, layout.bottom), colour=_GREY, lw=0.8)
    shown_estimate = result.estimate if result.scale.is_ratio else result.display["estimate"]
    if isinstance(shown_estimate, float):
        x = axis.x(shown_estimate)
        page.line((x, layout.rule), (x, layout.bottom), colour=_GREY, lw=0.6, dashed=True)


def _axis(page: PlotPage, layout: _Layout, favours: tuple[str, str]) -> None:
    axis, y = layout.axis, layout.bottom
    page.line((axis.left, y), (axis.left + axis.width, y), colour=_DARK, lw=0.8)
    for value, label in axis.ticks:
        x = axis.x(value)
        page.line((x, y), (x, y + 3.5), colour=_DARK, lw=0.8)
        page.text(x, y + 12, label, _SMALL, align="center")
    left, right = favours
    if left:
        page.text(axis.left, layout.favours_top, f"← {left}", _SMALL, colour=_DARK)
    if right:
        page.text(axis.left + axis.width, layout.favours_top, f"{right} →", _SMALL, colour=_DARK, align="right")

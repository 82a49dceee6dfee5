"""Draws forest plots as SVG, PDF or PNG: one drawing for all layouts; the same result gives the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reviewflow.figures.forest_geometry import BOLD, CIRCLE, MARGIN, TITLE, Geometry
from reviewflow.figures.forest_layouts import layout_named
from reviewflow.figures.forest_rows import ForestTable, Row, forest_table
from reviewflow.figures.judgements import Judgement, judgement
from reviewflow.figures.plot_page import PlotPage
from reviewflow.figures.text import text_width

if TYPE_CHECKING:
    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.axis import Axis, Triple
    from reviewflow.figures.drawing import Format, Target
    from reviewflow.figures.judgements import RiskOfBias

_SQUARE: Final = 9.0  # side of the heaviest study's square
_LEAST: Final = 1.6  # side of the lightest, which must still be seen
_GREY: Final = "#6b6b6b"
_GREYED: Final = frozenset({"without", "note", "prediction"})


def draw_forest(
    result: Pooled,
    target: Target,
    *,
    format: Format,  # noqa: A002  # the word that the command line and matplotlib use for it
    title: str = "",
    arms: tuple[str, str] = ("Treatment", "Control"),
    favours: tuple[str, str] = ("", ""),
    decimals: int = 2,
    layout: str = "reviewflow",
    bias: RiskOfBias | None = None,
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
        layout: reviewflow, revman or jama.
        bias: Judgements of the studies' risk of bias, drawn as symbols in a column of their own.

    Raises:
        UsageError: There is no such layout, or the result is a meta-regression.
    """
    table = forest_table(result, layout_named(layout), arms=arms, decimals=decimals, bias=bias)
    draw_table(table, target, format=format, title=title, favours=favours)


def draw_table(
    table: ForestTable,
    target: Target,
    *,
    format: Format,  # noqa: A002  # as in `draw_forest`
    title: str = "",
    favours: tuple[str, str] = ("", ""),
) -> None:
    """Draw the rows of any forest plot to a path or a binary stream."""
    places = Geometry(table, title, favours)
    key = _key_lines(table, places)
    height = places.key_top + places.line * (len(key) - 1) + MARGIN - 6
    page = PlotPage(places.width, height)
    for i, line in enumerate(places.title):
        page.text(MARGIN, places.title_top + i * (TITLE + 3), line, TITLE, bold=True, colour=table.layout.ink)
    _heads(page, places)
    _reference_lines(page, places)
    for i, row in enumerate(places.rows):
        _row(page, places, row, i)
    _axis(page, places)
    _favours(page, places)
    for i, line in enumerate(places.notes):
        page.text(MARGIN, places.notes_top + i * places.line, line, table.layout.small, colour=table.layout.ink)
    for i, parts in enumerate(key):
        _key(page, places, parts, places.key_top + i * places.line)
    page.save(target, format, title or "Forest plot")


def _heads(page: PlotPage, places: Geometry) -> None:
    layout = places.layout
    foot = places.rule - 5
    for j, column in enumerate(places.table.columns):
        if column.part == "bias":
            for i, letter in enumerate(column.head):
                x = places.starts[j] + (i + 0.5) * CIRCLE
                page.text(x, foot, letter, layout.size, bold=True, colour=layout.ink, align="center")
            continue
        for i, line in enumerate(reversed(places.heads[j])):
            _cell(page, places, j, line, foot - i * places.head_line, bold=True, colour=layout.ink)
    for span in places.spans:
        y = foot - span.over * places.head_line
        middle = (span.left + span.right) / 2
        for i, line in enumerate(reversed(span.lines)):
            page.text(middle, y - i * places.head_line, line, layout.size, bold=True, colour=layout.ink, align="center")
        page.line((span.left, y + 2.8), (span.right, y + 2.8), colour=_GREY, lw=0.4)
    middle = (places.left + places.right) / 2
    for i, line in enumerate(reversed(places.plot_head)):
        page.text(middle, foot - i * places.head_line, line, layout.size, bold=True, colour=layout.ink, align="center")
    page.line((MARGIN, places.rule), (places.width - MARGIN, places.rule), colour=layout.ink, lw=0.8)


def _cell(page: PlotPage, places: Geometry, j: int, words: str, y: float, *, bold: bool, colour: str) -> None:
    """One text: a head of the study at the left of its column, numbers as the layout sets them."""
    if not words.strip():
        return
    size, start = places.layout.size, places.starts[j]
    if j == 0 or places.layout.numbers == "left":
        page.text(start, y, words, size, bold=bold, colour=colour)
    else:
        page.text(start + places.widths[j], y, words, size, bold=bold, colour=colour, align="right")


def _label(page: PlotPage, places: Geometry, lines: list[str], y: float, *, bold: bool, colour: str) -> None:
    """The lines of a label around the middle of its row."""
    for n, line in enumerate(lines):
        at = y + 3 + (n - (len(lines) - 1) / 2) * places.label_line
        page.text(places.starts[0], at, line, places.layout.size, bold=bold, colour=colour)


def _row(page: PlotPage, places: Geometry, row: Row, i: int) -> None:
    layout, bold, y = places.layout, row.kind in BOLD, places.y(i)
    colour = _GREY if row.kind in _GREYED else layout.ink
    for j, words in enumerate(row.cells):
        if j == 0:
            _label(page, places, places.labels[i], y, bold=bold, colour=colour)
        elif places.table.columns[j].part == "bias":
            _judgements(page, words, places.starts[j], y)
        else:
            _cell(page, places, j, words, y + 3, bold=bold, colour=colour)
    if row.kind == "total":
        edge = y - places.height(i) / 2
        page.line((MARGIN, edge), (places.width - MARGIN, edge), colour=_GREY, lw=0.5)
    if row.words:
        width = text_width(row.words, layout.size) + 6
        page.rectangle(places.left + 1, y - 5, width, 10, fill="white", edge="white")
        page.text(places.left + 4, y + 3, row.words, layout.size, colour=_GREY)
    if row.values is None:
        return
    if row.kind == "study":
        _interval(page, places, row.values, row.share, y)
    elif row.kind == "prediction":
        low, high = row.values[1:]
        page.line((places.axis.at(low), y), (places.axis.at(high), y), colour=layout.prediction, lw=3.2)
        _arrows(page, places.axis, low, high, y, layout.prediction)
    else:
        _diamond(page, places, row.values, y)


def _interval(page: PlotPage, places: Geometry, values: Triple, share: float, y: float) -> None:
    """A study's interval and the square whose area shows its weight."""
    (estimate, low, high), axis, layout = values, places.axis, places.layout
    page.square(axis.at(estimate), y, max(_SQUARE * share**0.5, _LEAST), places.table.square)
    # Over the square: an interval narrower than it must still be seen.
    page.line((axis.at(low), y), (axis.at(high), y), colour=layout.line, lw=0.9)
    _arrows(page, axis, low, high, y, layout.line)


def _diamond(page: PlotPage, places: Geometry, values: Triple, y: float) -> None:
    """The pooled effect: its middle is the estimate, its points are the interval."""
    estimate, low, high = (places.axis.at(value) for value in values)
    # An interval of no width must still be seen.
    low, high = min(low, estimate - 1), max(high, estimate + 1)
    page.shape([(low, y), (estimate, y - 5), (high, y), (estimate, y + 5)], places.layout.diamond)
    _arrows(page, places.axis, values[1], values[2], y, places.layout.diamond)


def _arrows(page: PlotPage, axis: Axis, low: float, high: float, y: float, colour: str) -> None:
    """A head at each end where the interval goes on beyond the axis."""
    if low < axis.low:
        page.shape([(axis.start - 2, y), (axis.start + 4, y - 3), (axis.start + 4, y + 3)], colour)
    if high > axis.high:
        page.shape([(axis.end + 2, y), (axis.end - 4, y - 3), (axis.end - 4, y + 3)], colour)


def _judgements(page: PlotPage, symbols: str, x: float, y: float) -> None:
    """A row of circles with symbols; nothing where there is no judgement."""
    for i, symbol in enumerate(symbols):
        if symbol != " ":
            _circle(page, judgement(symbol), x + (i + 0.5) * CIRCLE, y)


def _circle(page: PlotPage, level: Judgement, x: float, y: float) -> None:
    page.dot(x, y, CIRCLE / 2 - 1, level.fill, filled=True, edge=_GREY)
    page.text(x, y + 2.6, level.symbol, 7.5, bold=True, colour=level.ink, align="center")


def _reference_lines(page: PlotPage, places: Geometry) -> None:
    """No effect, solid; the pooled effect, dashed."""
    axis = places.axis
    if axis.null is not None:
        x = axis.at(axis.null)
        page.line((x, places.rule), (x, places.bottom), colour=_GREY, lw=places.layout.axis_width)
    if places.table.pooled is not None:
        x = axis.at(places.table.pooled)
        page.line((x, places.rule), (x, places.bottom), colour=_GREY, lw=0.6, dashed=True)


def _axis(page: PlotPage, places: Geometry) -> None:
    axis, layout, y = places.axis, places.layout, places.bottom
    page.line((axis.start, y), (axis.end, y), colour=layout.ink, lw=layout.axis_width)
    for value, label in axis.ticks:
        x = axis.at(value)
        page.line((x, y), (x, y + 3.5), colour=layout.ink, lw=layout.axis_width)
        page.text(x, y + layout.small + 4, label, layout.small, colour=layout.ink, align="center")
    if places.table.axis_label:
        middle = (axis.start + axis.end) / 2
        page.text(middle, places.axis_label, places.table.axis_label, layout.small, colour=layout.ink, align="center")


def _favours(page: PlotPage, places: Geometry) -> None:
    """What lies on the two sides of no effect: below the axis, or above the plot."""
    layout = places.layout
    for lines, align in ((places.favours[0], "left"), (places.favours[1], "right")):
        x = places.left if align == "left" else places.right
        for i, line in enumerate(lines):
            if layout.favours_above:
                y = places.rule - 5 - (len(lines) - 1 - i) * places.head_line - len(places.plot_head) * places.head_line
            else:
                y = places.axis_label + 3 + (i + 1) * places.line
            page.text(x, y, line, layout.small, colour=layout.ink, align="left" if align == "left" else "right")


def _key_lines(table: ForestTable, places: Geometry) -> list[list[Judgement | str]]:
    """What the symbols and letters of risk of bias mean, in lines that fit the page."""
    if table.bias is None:
        return []
    j = next(i for i, column in enumerate(table.columns) if column.part == "bias")
    used = {symbol for row in table.rows for symbol in row.cells[j]}
    parts: list[Judgement | str] = [*(judgement(symbol) for symbol in _ordered(used)), *table.bias.key()]
    lines: list[list[Judgement | str]] = [[]]
    x = 0.0
    for part in parts:
        width = _key_width(part, table.layout.small)
        if lines[-1] and x + width > places.key_width:
            lines.append([])
            x = 0.0
        lines[-1].append(part)
        x += width
    return lines


def _ordered(used: set[str]) -> list[str]:
    return [symbol for symbol in "+-!x?" if symbol in used]


def _key_width(part: Judgement | str, size: float) -> float:
    words = part if isinstance(part, str) else part.meaning
    return text_width(words, size) + 14 + (0 if isinstance(part, str) else CIRCLE + 2)


def _key(page: PlotPage, places: Geometry, parts: list[Judgement | str], y: float) -> None:
    x, size = MARGIN, places.layout.small
    for part in parts:
        if isinstance(part, str):
            page.text(x, y, part, size, colour=places.layout.ink)
        else:
            _circle(page, part, x + CIRCLE / 2, y - 2.6)
            page.text(x + CIRCLE + 2, y, part.meaning, size, colour=places.layout.ink)
        x += _key_width(part, size)

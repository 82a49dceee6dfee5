"""A forest plot in characters, for the terminal; it needs no drawing library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reviewflow.figures.forest_axis import Axis, Room, axis_for
from reviewflow.figures.forest_rows import Columns, Row, columns_of, footnotes, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.pooling import Pooled

_GAP: Final = "  "
_LEAST_PLOT: Final = 20
_MOST_PLOT: Final = 61
_SQUARES: Final = ("▫", "▪", "■")
_SPANS: Final = {"study": "─", "prediction": "═", "total": "━", "subtotal": "━"}


def forest_text(
    result: Pooled, *, width: int = 100, arms: tuple[str, str] = ("Treatment", "Control"), decimals: int = 2
) -> str:
    """The studies, the pooled effect and its heterogeneity as lines of text.

    Args:
        result: Of `pool`.
        width: Columns of the terminal; the table is never narrowed, the plot has what is left, at least 20 columns.
        arms: Names of the two arms.
        decimals: Of effects and intervals.
    """
    columns = columns_of(result, arms)
    rows = rows_of(result, columns, decimals)
    widths = [_width(j, head, rows) for j, head in enumerate((*columns.before, *columns.after))]
    spare = width - sum(widths) - len(_GAP) * len(widths)
    plot = min(max(spare, _LEAST_PLOT), _MOST_PLOT)
    room = Room(0.0, plot - 1.0, lambda label: len(label) + 2.0)
    axis = axis_for(result, [row.values for row in rows if row.values is not None], room)
    lines = [*_heads(columns, widths, plot), *(_line(row, columns, widths, axis) for row in rows)]
    indent = " " * sum(w + len(_GAP) for w in widths[: len(columns.before)])
    lines += [indent + line for line in _axis(axis)]
    return "\n".join(line.rstrip() for line in [*lines, "", *footnotes(result)]) + "\n"


def _width(j: int, head: str, rows: Sequence[Row]) -> int:
    cells = [len(row.cells[j]) for row in rows if row.kind != "note"]
    return max([*(len(line) for line in head.split("\n")), *cells])


def _heads(columns: Columns, widths: Sequence[int], plot: int) -> list[str]:
    """The headings on two lines, and a rule."""
    n = len(columns.before)
    heads = [("\n" + head).split("\n")[-2:] for head in (*columns.before, *columns.after)]
    lines = []
    for level in range(2):
        cells = [_cell(j, heads[j][level], widths) for j in range(len(heads))]
        lines.append(_GAP.join([*cells[:n], " " * plot, *cells[n:]]))
    return [*lines, "─" * (sum(widths) + plot + len(_GAP) * len(widths))]


def _cell(j: int, words: str, widths: Sequence[int]) -> str:
    return words.ljust(widths[0]) if j == 0 else words.rjust(widths[j])


def _line(row: Row, columns: Columns, widths: Sequence[int], axis: Axis) -> str:
    if row.kind == "note":
        return row.cells[0]
    n = len(columns.before)
    cells = [_cell(j, words, widths) for j, words in enumerate(row.cells)]
    return _GAP.join([*cells[:n], _marks(row, axis), *cells[n:]])


def _marks(row: Row, axis: Axis) -> str:
    """What stands in the plot on one line: the interval, the estimate, the line of no effect."""
    marks = [" "] * (round(axis.width) + 1)
    if axis.null is not None and axis.low <= axis.null <= axis.high:
        marks[round(axis.x(axis.null))] = "│"
    if row.values is None:
        return "".join(marks)
    estimate, low, high = row.values
    first, last = round(axis.x(low)), round(axis.x(high))
    marks[first : last + 1] = _SPANS[row.kind] * (last - first + 1)
    if low < axis.low:
        marks[0] = "◄"
    if high > axis.high:
        marks[-1] = "►"
    if row.kind == "study":
        marks[round(axis.x(estimate))] = _SQUARES[min(int(row.share * 3), 2)]
    elif row.kind != "prediction":
        marks[round(axis.x(estimate))] = "◆"
    return "".join(marks)


def _axis(axis: Axis) -> list[str]:
    """The axis with its ticks, and their labels under it."""
    line = ["─"] * (round(axis.width) + 1)
    labels = [" "] * (round(axis.width) + 8)
    for value, label in axis.ticks:
        at = round(axis.x(value))
        line[at] = "┼"
        start = max(0, at - len(label) // 2)
        labels[start : start + len(label)] = label
    return ["".join(line), "".join(labels)]

"""A forest plot in characters, for the terminal; it needs no drawing library."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from reviewflow.domain.flow.diagram import wrap
from reviewflow.figures.axis import Axis, Room, axis_for
from reviewflow.figures.characters import n_columns, padded, shortened_study
from reviewflow.figures.forest_rows import ForestTable, Row, forest_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.forest_layouts import Part
    from reviewflow.figures.judgements import RiskOfBias

_GAP: Final = "  "
_LEAST_PLOT: Final = 20
_GOOD_PLOT: Final = 40
_MOST_PLOT: Final = 61
_LEAST_LABEL: Final = 16
_FAIR_LABEL: Final = 32  # what a longer name gives way to, so that the plot has room
_LONGEST_LABEL: Final = 60
_GOOD_LABEL: Final = 26  # a name that is shorter than that no longer tells studies apart: rather leave a column out
_WIDEST_HEAD: Final = 16
_SQUARES: Final = ("▫", "▪", "■")
_SPANS: Final = {"study": "─", "prediction": "═", "total": "━", "subtotal": "━"}
# What is left out, in this order, on a terminal too narrow for all.
_DISPENSABLE: Final[tuple[Part, ...]] = ("raw", "bias", "weight")


def forest_text(
    result: Pooled,
    *,
    width: int = 100,
    arms: tuple[str, str] = ("Treatment", "Control"),
    decimals: int = 2,
    bias: RiskOfBias | None = None,
) -> str:
    """The studies, the pooled effect and its heterogeneity as lines of text.

    Args:
        result: Of `pool`.
        width: Columns of the terminal. Where they do not suffice, long names of studies are shortened, then the counts,
            the judgements and the weights are left out; effects and 20 columns of plot are always there.
        arms: Names of the two arms.
        decimals: Of effects and intervals.
        bias: Judgements of the studies' risk of bias.
    """
    return table_text(forest_table(result, arms=arms, decimals=decimals, bias=bias), width)


def table_text(table: ForestTable, width: int) -> str:
    """The rows of any forest plot as lines of text."""
    table = _with_room(_fitted(table, width), width)
    widths = _widths(table)
    plot = min(max(width - _taken(widths), _LEAST_PLOT), _MOST_PLOT)
    axis = axis_for(table.scale, table.ranges, Room(0.0, plot - 1.0, lambda label: n_columns(label) + 2.0))
    lines = [*_heads(table, widths, plot), *chain.from_iterable(_lines(row, table, widths, axis) for row in table.rows)]
    indent = " " * sum(w + len(_GAP) for w in widths[: table.n_before])
    lines += [indent + line for line in _axis(axis)]
    notes = [line for note in table.notes for line in _hanging(note, max(width, 40))]
    return "\n".join(line.rstrip() for line in [*lines, "", *notes]) + "\n"


def _taken(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * len(widths)


def _fitted(table: ForestTable, width: int) -> ForestTable:
    """The table with shorter names, then with fewer columns, until it fits beside the smallest plot."""
    table = _with_labels(table, _LONGEST_LABEL)
    for part in (None, *_DISPENSABLE):
        if part is not None:
            table = _without(table, part)
        over = _taken(_widths(table)) + _LEAST_PLOT - width
        if over <= 0:
            return table
        label = _widths(table)[0]
        if label - over >= _GOOD_LABEL:
            return _with_labels(table, label - over)
    return _with_labels(table, max(label - over, _LEAST_LABEL))


def _with_room(table: ForestTable, width: int) -> ForestTable:
    """The table with long names shorter where the plot would else be narrow."""
    widths = _widths(table)
    narrow = _GOOD_PLOT - (width - _taken(widths))
    return _with_labels(table, max(widths[0] - narrow, _FAIR_LABEL)) if narrow > 0 else table


def _without(table: ForestTable, part: Part) -> ForestTable:
    kept = [j for j, column in enumerate(table.columns) if column.part != part]
    rows = tuple(replace(row, cells=tuple(row.cells[j] for j in kept)) for row in table.rows)
    columns = tuple(table.columns[j] for j in kept)
    return replace(table, columns=columns, rows=rows, n_before=sum(j < table.n_before for j in kept))


def _with_labels(table: ForestTable, most: int) -> ForestTable:
    """The same with no label longer than that; a note may be as long as it is."""
    rows = [
        row if row.kind == "note" else replace(row, cells=(shortened_study(row.cells[0], most), *row.cells[1:]))
        for row in table.rows
    ]
    return replace(table, rows=tuple(rows))


def _widths(table: ForestTable) -> list[int]:
    """The width of each column."""
    found = []
    for j, head in enumerate(_head_lines(table)):
        cells = [n_columns(row.cells[j]) for row in table.rows if row.kind != "note"]
        found.append(max([*(n_columns(line) for line in head), *cells]))
    return found


def _head_lines(table: ForestTable) -> list[list[str]]:
    """The lines of each column's heading; what stands over columns is written over the first of them."""
    heads, before = [], ""
    for column in table.columns:
        over = [column.over] if column.over and column.over != before else []
        lines = [line for part in column.head.split("\n") for line in wrap(part, _WIDEST_HEAD, n_columns)]
        heads.append([*over, *lines])
        before = column.over
    return heads


def _heads(table: ForestTable, widths: Sequence[int], plot: int) -> list[str]:
    """The headings, their last lines level, and a rule."""
    heads = _head_lines(table)
    most = max(map(len, heads))
    level = [[""] * (most - len(head)) + head for head in heads]
    lines = []
    for i in range(most):
        cells = [padded(level[j][i], widths[j], right=j > 0) for j in range(len(heads))]
        lines.append(_GAP.join([*cells[: table.n_before], " " * plot, *cells[table.n_before :]]))
    return [*lines, "─" * (_taken(widths) + plot)]


def _lines(row: Row, table: ForestTable, widths: Sequence[int], axis: Axis) -> list[str]:
    plot = round(axis.length) + 1
    if row.kind == "note":
        return _hanging(row.cells[0], _taken(widths) + plot)
    cells = [padded(words, widths[j], right=j > 0) for j, words in enumerate(row.cells)]
    if row.words:
        rest = plot + _taken(widths[table.n_before :])
        first, *more = wrap(row.words, rest, n_columns)
        indent = " " * _taken(widths[: table.n_before])
        return [_GAP.join([*cells[: table.n_before], first]), *(indent + line for line in more)]
    return [_GAP.join([*cells[: table.n_before], _marks(row, axis), *cells[table.n_before :]])]


def _hanging(words: str, width: int) -> list[str]:
    """The words in lines, those after the first set in."""
    first, *more = wrap(words, width, n_columns, 2)
    return [first, *(f"  {line}" for line in more)]


def _marks(row: Row, axis: Axis) -> str:
    """What stands in the plot on one line: the interval, the estimate, the line of no effect."""
    marks = [" "] * (round(axis.length) + 1)
    if axis.null is not None and axis.low <= axis.null <= axis.high:
        marks[round(axis.at(axis.null))] = "│"
    if row.values is None:
        return "".join(marks)
    estimate, low, high = row.values
    first, last = round(axis.at(low)), round(axis.at(high))
    marks[first : last + 1] = _SPANS[row.kind] * (last - first + 1)
    if low < axis.low:
        marks[0] = "◄"
    if high > axis.high:
        marks[-1] = "►"
    if row.kind == "study":
        marks[round(axis.at(estimate))] = _SQUARES[min(int(row.share * 3), 2)]
    elif row.kind != "prediction":
        marks[round(axis.at(estimate))] = "◆"
    return "".join(marks)


def _axis(axis: Axis) -> list[str]:
    """The axis with its ticks, and their labels under it."""
    line = ["─"] * (round(axis.length) + 1)
    labels = [" "] * (round(axis.length) + 8)
    for value, label in axis.ticks:
        at = round(axis.at(value))
        line[at] = "┼"
        start = max(0, at - len(label) // 2)
        labels[start : start + len(label)] = label
    return ["".join(line), "".join(labels)]

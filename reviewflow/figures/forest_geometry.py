"""Where everything of a forest plot stands, in points: columns as wide as their widest text, so nothing is cut off."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from reviewflow.figures.axis import Room, axis_for
from reviewflow.figures.text import lines_of, text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.figures.axis import Axis
    from reviewflow.figures.forest_layouts import ForestLayout
    from reviewflow.figures.forest_rows import Column, ForestTable, Row

MARGIN: Final = 14.0
TITLE: Final = 11.0
CIRCLE: Final = 12.0
"""From one judgement of risk of bias to the next."""

BOLD: Final = frozenset({"heading", "total", "subtotal"})
_GUTTER: Final = 14.0
_PLOT: Final = 230.0
_WIDEST_HEAD: Final = 130.0
_WIDEST_ARM: Final = 84.0
_MOST_NOTE: Final = 300.0
_WIDEST_LABEL: Final = 260.0
_BETWEEN: Final = 2.0  # from one line of a label to the next, beside the size of its letters


class Span(NamedTuple):
    """A heading over neighbouring columns: its lines, from where to where it reaches, and over how many lines."""

    lines: list[str]
    left: float
    right: float
    over: int


class Geometry:
    """The places of one forest plot.

    Args:
        table: What it shows.
        title: Above it; "" for none.
        favours: What lies left and right of no effect; "" for nothing.
    """

    def __init__(self, table: ForestTable, title: str, favours: tuple[str, str]) -> None:
        layout = table.layout
        self.table, self.layout = table, layout
        self.line = layout.small + 3.0
        self.heads = [_head_lines(column, layout) for column in table.columns]
        self.widths = self._column_widths()
        n = table.n_before
        self.left = MARGIN + sum(self.widths[:n]) + _GUTTER * n
        self.plot = max(_PLOT, self._words_width())
        self.right = self.left + self.plot
        self.starts = self._starts()
        self.width = max(self.starts[-1] + self.widths[-1], self.right) + MARGIN
        self.rows = self._wrapped_notes()
        self.labels = [self._label(row) for row in self.rows]
        room = Room(self.left, self.plot, lambda label: text_width(label, layout.small) + 6)
        self.axis: Axis = axis_for(table.scale, table.ranges, room)
        self.title = lines_of(title, TITLE, self.width - 2 * MARGIN, bold=True)
        self.plot_head = _wrapped(table.plot_head, layout.size, self.plot, bold=True)
        self.favours = self._favours(favours)
        self.notes = [line for note in table.notes for line in lines_of(note, layout.small, self._notes_width())]
        self._down()

    def _down(self) -> None:
        """The heights, from the top to the foot."""
        self.title_top = MARGIN + TITLE
        top = MARGIN + len(self.title) * (TITLE + 3) + (4 if self.title else 0)
        self.spans = self._spans()
        head = max([*map(len, self.heads), *(span.over + len(span.lines) for span in self.spans)])
        sides = max(map(len, self.favours)) if self.layout.favours_above else 0
        self.head_line = self.layout.size + 2.5
        self.rule = top + max(head, len(self.plot_head) + sides) * self.head_line + 5
        top = self.rule + self.layout.leading * 0.25
        self._middles = []
        for i in range(len(self.rows)):
            self._middles.append(top + self.height(i) / 2)
            top += self.height(i)
        self.bottom = top + self.layout.leading * 0.1
        foot = self.bottom + self.layout.small + 4
        if self.table.axis_label:
            foot += self.line + 2
        self.axis_label = foot
        if any(self.favours) and not self.layout.favours_above:
            foot += 3 + self.line * max(map(len, self.favours))
        self.notes_top = self.bottom + 12 if self.layout.notes_beside else foot + self.line + 4
        notes_foot = self.notes_top + self.line * (len(self.notes) - 1)
        self.key_top = max(foot, notes_foot) + self.line + 4
        self.key_width = self.width - 2 * MARGIN

    def _column_widths(self) -> list[float]:
        """The width of each column, of the headings over them, and of the lines under diamonds."""
        rows = self.table.rows
        widths = [
            _column_width(j, column, self.heads[j], rows, self.layout) for j, column in enumerate(self.table.columns)
        ]
        for over, group in groupby(range(len(widths)), key=lambda j: self.table.columns[j].over):
            members = list(group)
            span = sum(widths[j] for j in members) + _GUTTER * (len(members) - 1)
            lines = _wrapped(over, self.layout.size, max(span, _WIDEST_ARM), bold=True)
            wanted = max((text_width(line, self.layout.size, bold=True) for line in lines), default=0.0)
            for j in members:
                widths[j] += max(0.0, wanted - span) / len(members)
        n = self.table.n_before
        widths[0] += max(0.0, self._note_width() - sum(widths[:n]) - _GUTTER * (n - 1))
        return widths

    def _note_width(self) -> float:
        """How wide the columns left of the plot must be together for the lines that stand in them."""
        lines = [row.cells[0] for row in self.table.rows if row.kind == "note"]
        lines += self.table.notes if self.layout.notes_beside else ()
        return min(max((text_width(line, self.layout.size) for line in lines), default=0.0), _MOST_NOTE) + 1

    def _words_width(self) -> float:
        """How wide the plot must be for the words that stand in it in place of a drawing."""
        after = self.widths[self.table.n_before :]
        words = max((text_width(row.words, self.layout.size) for row in self.table.rows), default=0.0)
        return words + 8 - sum(after) - _GUTTER * len(after)

    def _starts(self) -> list[float]:
        """Where each column begins; the plot lies between the two groups."""
        starts, x = [], MARGIN
        for j, width in enumerate(self.widths):
            if j == self.table.n_before:
                x = self.right + _GUTTER
            starts.append(x)
            x += width + _GUTTER
        return starts

    def _wrapped_notes(self) -> list[Row]:
        """The rows, a long line under a diamond on several of them."""
        rows: list[Row] = []
        room = self.left - MARGIN - _GUTTER
        for row in self.table.rows:
            lines = lines_of(row.cells[0], self.layout.size, room) if row.kind == "note" else row.cells[:1]
            rows += [replace(row, cells=(line, *row.cells[1:])) for line in lines]
        return rows

    def _favours(self, favours: tuple[str, str]) -> tuple[list[str], list[str]]:
        """The lines of the two directions, each on its half of the plot."""
        left, right = favours
        size = self.layout.small
        room = self.plot / 2 - 6
        return (
            _wrapped(f"← {left}" if left else "", size, room),
            _wrapped(f"{right} →" if right else "", size, room),
        )

    def _notes_width(self) -> float:
        return self.left - MARGIN - _GUTTER if self.layout.notes_beside else self.width - 2 * MARGIN

    def _spans(self) -> list[Span]:
        """The headings over columns."""
        spans = []
        for over, group in groupby(range(len(self.widths)), key=lambda j: self.table.columns[j].over):
            members = list(group)
            left, right = self.starts[members[0]], self.starts[members[-1]] + self.widths[members[-1]]
            if over:
                lines = _wrapped(over, self.layout.size, right - left + 0.1, bold=True)
                spans.append(Span(lines, left, right, max(len(self.heads[j]) for j in members)))
        return spans

    def y(self, i: int) -> float:
        """The middle of row i."""
        return self._middles[i]

    def height(self, i: int) -> float:
        """The height of row i: more where its label has several lines."""
        return self.layout.leading + (len(self.labels[i]) - 1) * self.label_line

    @property
    def label_line(self) -> float:
        """From one line of a label to the next."""
        return self.layout.size + _BETWEEN

    def _label(self, row: Row) -> list[str]:
        """The lines of a label; a heading may run on over the columns beside it, which are empty."""
        if row.kind == "note":
            return [row.cells[0]]
        room = max(self.left - MARGIN - _GUTTER, self.widths[0]) if row.kind == "heading" else _WIDEST_LABEL
        return _label_lines(row, self.layout, room)


def _head_lines(column: Column, layout: ForestLayout) -> list[str]:
    if column.part == "bias":
        return [column.head]
    widest = _WIDEST_ARM if column.part == "raw" else _WIDEST_HEAD
    return _wrapped(column.head, layout.size, widest, bold=True)


def _column_width(j: int, column: Column, head: Sequence[str], rows: Sequence[Row], layout: ForestLayout) -> float:
    """The width of the widest text of a column; a note under a diamond may run into the next columns."""
    if column.part == "bias":
        return CIRCLE * len(column.head)
    cells = [
        text_width(line, layout.size, bold=row.kind in BOLD)
        for row in rows
        if row.kind != "note"
        for line in (_label_lines(row, layout, _WIDEST_LABEL) if j == 0 else [row.cells[j]])
    ]
    return max([*(text_width(line, layout.size, bold=True) for line in head), *cells])


def _label_lines(row: Row, layout: ForestLayout, room: float) -> list[str]:
    return lines_of(row.cells[0], layout.size, room, bold=row.kind in BOLD) or [""]


def _wrapped(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """The lines of a text that may have line breaks of its own; none of an empty one."""
    return [line for part in text.split("\n") if part for line in lines_of(part, size, width, bold=bold)]

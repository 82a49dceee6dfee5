"""A flow diagram in box-drawing characters, for a terminal or a plain-text file."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from reviewflow.domain.flow.diagram import wrap
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reviewflow.domain.flow.diagram import Box, Column, Diagram

NARROWEST: Final = 50
_GAP: Final = 4


@dataclass(frozen=True, slots=True)
class _Pen:
    """The characters that lines are drawn with."""

    corners: str
    across: str
    down: str
    fork: str
    right: str
    arrow: str
    rule: str


_UNICODE: Final = _Pen("┌┐└┘", "─", "│", "┬", "├", "▶▼", "═")
_ASCII: Final = _Pen("++++", "-", "|", "+", "+", ">v", "=")


def to_text(diagram: Diagram, width: int = 80, *, ascii_only: bool = False) -> str:
    """The diagram in lines of at most `width` columns: main path on the left, what leaves it on the right.

    Columns of the diagram follow one another. With `ascii_only` the lines, not the labels, keep to ASCII.

    Raises:
        UsageError: The width is below `NARROWEST`.
    """
    if width < NARROWEST:
        raise UsageError(f"a flow diagram needs {NARROWEST} columns, not {width}", "widen the terminal, or write svg")
    pen = _ASCII if ascii_only else _UNICODE
    lines = [line for words in _opening(diagram) for line in wrap(words, width, cell_width)]
    for rows in _sections(diagram):
        lines += ["", *_section(diagram, rows, width, pen)]
    foot = [line for words in (diagram.note, diagram.credit) if words for line in wrap(words, width, cell_width)]
    return "\n".join(line.rstrip() for line in (*lines, "", *foot)).lstrip("\n") + "\n"


def cell_width(text: str) -> int:
    """The columns that a text takes up in a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1 for c in text
    )


def _opening(diagram: Diagram) -> Iterator[str]:
    if diagram.title:
        yield diagram.title
    if diagram.draft:
        yield f"DRAFT: {diagram.still_open}"


def _sections(diagram: Diagram) -> Iterator[list[list[Box]]]:
    """The rows of boxes of one column after the other; the last one also holds those of the band Included."""
    last = diagram.bands[-1].key
    column_of = [column.key for column in diagram.columns] or [diagram.boxes[0].column]
    columns = [[box for box in diagram.boxes if box.column == key and box.band != last] for key in column_of]
    included = [box for box in diagram.boxes if box.band == last]
    if len(columns) == 1:
        columns[0] += included
    else:
        columns.append(included)
    for drawn in columns:
        ordered = sorted(drawn, key=lambda box: (box.row, box.lane))
        yield [list(row) for _, row in groupby(ordered, key=lambda box: box.row)]


def _section(diagram: Diagram, rows: Sequence[Sequence[Box]], width: int, pen: _Pen) -> Iterator[str]:
    """The lines of one column."""
    heading = next((c for c in diagram.columns if c.key == rows[0][0].column), None)
    if heading and rows[0][0].band != diagram.bands[-1].key:
        yield from _heading(heading, width, pen)
    arrows = {(arrow.start, arrow.end) for arrow in diagram.arrows}
    bands = {band.key: band.text for band in diagram.bands}
    band = ""
    for place, row in enumerate(rows):
        above = rows[place - 1] if place else []
        label = bands[row[0].band] if row[0].band != band else ""
        band = row[0].band
        yield from _between(above, row, label, arrows, width, pen)
        joined = len(above) > 1 and all((box.key, row[0].key) in arrows for box in above)
        yield from _row(row, [(0, width)] if joined else _spans(row, width), arrows, pen)
    yield from _onward(diagram, rows, pen, width)


def _heading(column: Column, width: int, pen: _Pen) -> Iterator[str]:
    yield from wrap(column.text, width, cell_width)
    yield pen.rule * width


def _between(
    above: Sequence[Box], row: Sequence[Box], label: str, arrows: set[tuple[str, str]], width: int, pen: _Pen
) -> Iterator[str]:
    """The arrows down to a row, with the name of the band that it begins."""
    middles = [
        left + span // 2
        for box, (left, span) in zip(above, _spans(above, width), strict=True)
        if any((box.key, below.key) in arrows for below in row)
    ]
    if not middles:
        yield from [label.upper()] if label else []
        return
    yield _at(middles, pen.down, label.upper())
    yield _at(middles, pen.arrow[1], "")


def _at(columns: Sequence[int], character: str, label: str) -> str:
    """A line with a character at some columns, and a label at its start, which gives way to them."""
    cells = list(label[: columns[0] - 1].ljust(columns[-1] + 1))
    for column in columns:
        cells[column] = character
    return "".join(cells)


def _spans(row: Sequence[Box], width: int) -> list[tuple[int, int]]:
    """Left edge and width of each box of a row."""
    half = (width - _GAP) // 2
    return [(place * (half + _GAP), half) for place in range(len(row))]


def _row(
    row: Sequence[Box], spans: Sequence[tuple[int, int]], arrows: set[tuple[str, str]], pen: _Pen
) -> Iterator[str]:
    """A box, or two boxes side by side with the arrow between them."""
    blocks = [_block(box, span, pen) for box, (_, span) in zip(row, spans, strict=True)]
    linked = len(row) > 1 and (row[0].key, row[1].key) in arrows
    height = max(len(block) for block in blocks)
    joint = (min(len(block) for block in blocks) - 1) // 2
    for y in range(height):
        gap = pen.across * (_GAP - 1) + pen.arrow[0] if linked and y == joint else " " * _GAP
        cells = [block[y] if y < len(block) else " " * span for block, (_, span) in zip(blocks, spans, strict=True)]
        yield gap.join(cells)


def _block(box: Box, span: int, pen: _Pen) -> list[str]:
    """The lines of a box, frame and all."""
    body = []
    for line in box.lines:
        indent = "  " * line.level
        first, *rest = wrap(line.words, span - 4 - len(indent), cell_width, hang=2)
        body += [indent + first, *(f"{indent}  {more}" for more in rest)]
    edge = pen.across * (span - 2)
    inner = [f"{pen.down} {text}{' ' * (span - 4 - cell_width(text))} {pen.down}" for text in body]
    return [f"{pen.corners[0]}{edge}{pen.corners[1]}", *inner, f"{pen.corners[2]}{edge}{pen.corners[3]}"]


def _onward(diagram: Diagram, rows: Sequence[Sequence[Box]], pen: _Pen, width: int) -> Iterator[str]:
    """Where the last box of a column leads, when that box stands in another column."""
    within = {box.key for row in rows for box in row}
    for arrow in diagram.arrows:
        if arrow.start in within and arrow.end not in within:
            target = diagram.box(arrow.end).lines[0]
            middle = _spans([diagram.box(arrow.start)], width)[0][1] // 2
            yield _at([middle], pen.down, "")
            yield f"{_at([middle], pen.arrow[1], '')} to: {target.text}"

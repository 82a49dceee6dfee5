"""Where everything of a flow diagram stands on its page: pure geometry in points, nothing drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from reviewflow.domain.flow.diagram import wrap
from reviewflow.figures.text import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.flow.diagram import Arrow, Box, Column, Diagram
    from reviewflow.figures.drawing import Point

A4: Final = (595.0, 842.0)
MARGIN: Final = 28.0
BAND_WIDTH: Final = 22.0
_SIZES: Final = (9.5, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0)
_READABLE: Final = 7.0  # below it, a page turned the other way is tried first
_INDENT: Final = 0.9  # of a font size, for each level
_LEADING: Final = 1.32  # of a font size
_PAD: Final = 0.62  # of a font size, between a frame and its text
_GAP: Final = 2.4  # of a font size, between two rows
_TALL: Final = 2.2  # times the lowest box of a row


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle by its left upper corner, in points from that of the page."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def centre(self) -> Point:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of text in a rectangle, each with its indent in points."""

    lines: tuple[tuple[float, str], ...]
    rect: Rect


@dataclass(frozen=True, slots=True)
class Layout:
    """A diagram on its page.

    Attributes:
        size: Font size in points.
        width: Of the page, in points: an A4 page upright or across.
        height: Of the page: at most that of A4, unless no font size was small enough.
        title: Lines above the diagram.
        columns: Column headings by the key of the column.
        boxes: Boxes by their keys.
        bands: Rectangles of the bands by their keys.
        arrows: The points through which each arrow runs.
        foot: Lines below the diagram.
    """

    size: float
    width: float
    height: float
    title: Lines
    columns: dict[str, Lines]
    boxes: dict[str, Lines]
    bands: dict[str, Rect]
    arrows: tuple[tuple[Point, ...], ...]
    foot: Lines

    @property
    def leading(self) -> float:
        """From one baseline to the next, in points."""
        return self.size * _LEADING

    @property
    def pad(self) -> float:
        """Between a frame and its text, in points."""
        return self.size * _PAD


def lay_out(diagram: Diagram) -> Layout:
    """Place the diagram on an A4 page, turned as its template is, or else the other way before print gets too small."""
    usual = A4 if diagram.orientation == "portrait" else (A4[1], A4[0])
    other = (usual[1], usual[0])
    pages = [(page, size) for page in (usual, other) for size in _SIZES if size >= _READABLE]
    pages += [(page, size) for size in _SIZES if size < _READABLE for page in (usual, other)]
    for (width, limit), size in pages:
        layout = _lay_out(diagram, size, width)
        if layout.height <= limit:
            return layout
    return _lay_out(diagram, _SIZES[-1], A4[1])


def _lay_out(diagram: Diagram, size: float, width: float) -> Layout:
    """Place the diagram in a font size: title, column headings, rows of boxes, foot."""
    inner = width - 2 * MARGIN
    lanes = _lanes(diagram, size, width)
    stamp = [f"DRAFT: {diagram.still_open}"] if diagram.draft else []
    title = _paragraphs([*stamp, diagram.title], MARGIN, inner, size + 1, bold=True)
    columns = _columns(diagram, size, title.rect.bottom + (size if title.lines else 0), lanes)
    heading = max([title.rect.bottom, *(c.rect.bottom for c in columns.values())])
    texts = {box.key: _box_lines(box, _across(box, lanes)[1], size) for box in diagram.boxes}
    heights = {key: len(lines) * size * _LEADING + 2 * size * _PAD for key, lines in texts.items()}
    rows = _rows(diagram, heights, size, heading + (size / 2 if heading > MARGIN else 0) + _reach(size))
    boxes = {}
    for box in diagram.boxes:
        row = [other for other in diagram.boxes if other.row == box.row]
        boxes[box.key] = Lines(texts[box.key], _place(box, row, heights, rows[box.row], _across(box, lanes)))
    bands = _bands(diagram, rows, size)
    bottom = max(rect.bottom for rect in bands.values())
    foot = _paragraphs([diagram.note, diagram.credit], bottom + size, inner, size - 1)
    arrows = tuple(_route(diagram, arrow, boxes) for arrow in diagram.arrows)
    return Layout(size, width, foot.rect.bottom + MARGIN, title, columns, boxes, bands, arrows, foot)


def _paragraphs(words: Sequence[str], y: float, width: float, size: float, *, bold: bool = False) -> Lines:
    """Paragraphs from y downwards; of no height when there are no words."""
    measure = partial(text_width, size=size, bold=bold)
    lines = [(0.0, line) for text in words if text for line in wrap(text, width, measure)]
    return Lines(tuple(lines), Rect(MARGIN, y, width, len(lines) * size * _LEADING))


def _lanes(diagram: Diagram, size: float, width: float) -> list[Point]:
    """Left edge and width of each lane."""
    between = 2.6 * size if diagram.prisma == "2020" else 2.2 * size
    left = MARGIN + BAND_WIDTH + 1.2 * size
    free = width - MARGIN - left - between * (len(diagram.lanes) - 1)
    widths = [share * free / sum(diagram.lanes) for share in diagram.lanes]
    starts = accumulate([left, *(lane + between for lane in widths[:-1])])
    return list(zip(starts, widths, strict=True))


def _across(placed: Box | Column, lanes: Sequence[Point]) -> Point:
    """Left edge and width of what stands over some lanes."""
    start, _ = lanes[placed.lane]
    last, width = lanes[placed.lane + placed.span - 1]
    return start, last + width - start


def _columns(diagram: Diagram, size: float, top: float, lanes: Sequence[Point]) -> dict[str, Lines]:
    """The column headings, all of one height."""
    measure = partial(text_width, size=size, bold=True)
    wrapped = {}
    for column in diagram.columns:
        x, width = _across(column, lanes)
        wrapped[column.key] = (x, width, wrap(column.text, width - 2 * size * _PAD, measure))
    rows = max((len(lines) for _, _, lines in wrapped.values()), default=0)
    height = rows * size * _LEADING + size * _PAD
    return {
        key: Lines(tuple((0.0, line) for line in lines), Rect(x, top, width, height))
        for key, (x, width, lines) in wrapped.items()
    }


def _rows(diagram: Diagram, heights: dict[str, float], size: float, top: float) -> dict[int, tuple[float, float]]:
    """Upper edge and height of each row of boxes."""
    rows: dict[int, tuple[float, float]] = {}
    y = top
    for number in sorted({box.row for box in diagram.boxes}):
        row = [box for box in diagram.boxes if box.row == number]
        height = max(_least_height(diagram, row[0], size), *(heights[box.key] for box in row))
        rows[number] = (y, height)
        y += height + size * _GAP
    return rows


def _place(box: Box, row: Sequence[Box], heights: dict[str, float], extent: tuple[float, float], lane: Point) -> Rect:
    """Where a box stands: boxes of a row share their middle, or their top where one is far taller than another."""
    y, height = extent
    tall = [heights[other.key] for other in row]
    above = (height - heights[box.key]) / 2 if max(tall) < _TALL * min(tall) else 0
    x, width = lane
    return Rect(x, y + above, width, heights[box.key])


def _least_height(diagram: Diagram, box: Box, size: float) -> float:
    """A row that is the only one of its band is high enough for the name of the band."""
    if len({other.row for other in diagram.boxes if other.band == box.band}) > 1:
        return 0
    name = next(band.text for band in diagram.bands if band.key == box.band)
    return text_width(name, size, bold=True) + size - 2 * _reach(size)


def _box_lines(box: Box, width: float, size: float) -> tuple[tuple[float, str], ...]:
    """The lines of a box, wrapped; what is wrapped hangs behind its first line."""
    lines: list[tuple[float, str]] = []
    measure = partial(text_width, size=size)
    for line in box.lines:
        indent = line.level * _INDENT * size
        hang = _INDENT * size if line.level else 0
        first, *rest = wrap(line.words, width - 2 * size * _PAD - indent, measure, hang)
        lines += [(indent, first), *((indent + hang, more) for more in rest)]
    return tuple(lines)


def _bands(diagram: Diagram, rows: dict[int, tuple[float, float]], size: float) -> dict[str, Rect]:
    """A band spans the rows of its boxes."""
    bands = {}
    for band in diagram.bands:
        spanned = [rows[box.row] for box in diagram.boxes if box.band == band.key]
        top = min(y for y, _ in spanned) - _reach(size)
        bottom = max(y + height for y, height in spanned) + _reach(size)
        bands[band.key] = Rect(MARGIN, top, BAND_WIDTH, bottom - top)
    return bands


def _reach(size: float) -> float:
    """How far a band reaches beyond its boxes, so that a sliver remains between two bands."""
    return size * _GAP / 2 - 2.5


def _route(diagram: Diagram, arrow: Arrow, boxes: dict[str, Lines]) -> tuple[Point, ...]:
    """The way of an arrow: level within a row, straight down where the boxes overlap, else down and across."""
    start, end = boxes[arrow.start].rect, boxes[arrow.end].rect
    if diagram.box(arrow.start).row == diagram.box(arrow.end).row:
        y = (max(start.y, end.y) + min(start.bottom, end.bottom)) / 2
        return (start.right, y), (end.x, y)
    left, right = max(start.x, end.x), min(start.right, end.right)
    if right > left:
        middle = (left + right) / 2
        return (middle, start.bottom), (middle, end.y)
    x, y = start.centre[0], end.centre[1]
    return (x, start.bottom), (x, y), (end.right if x > end.right else end.x, y)

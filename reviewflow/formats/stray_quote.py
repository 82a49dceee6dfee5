"""Rows of a table that a stray quotation mark took into one cell: found, and where they fit exactly, taken out again.

A quotation mark that opens a cell by mistake closes at the next one, often rows later, and the csv module sees nothing
wrong in that. An abstract may well have lines, so lines alone are no sign. What is one: with that mark taken away the
row fits its header on a line of its own, the next line begins a row that fits, and in both the cells under year, DOI,
PMID and the like look so; or the mark that closed the cell stands in the midst of another.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from reviewflow.formats.fieldmap import header_key
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reviewflow.formats.source import Source

_SHAPES = {
    "year": re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?|\d{1,2}/\d{1,2}/\d{4}"),
    "doi": re.compile(r"(?:https?://\S*/|doi:\s*)?10\.\d+/\S+"),
    "pmid": re.compile(r"\d{4,9}"),
    "pmcid": re.compile(r"PMC\d+"),
    "issn": re.compile(r"\d{4}-?\d{3}[\dXx](?:\D.*)?"),
    "url": re.compile(r"https?://\S+"),
    "volume": re.compile(r"[A-Za-z]{0,4}\d{1,4}[A-Za-z]?"),
}
_NARROW = frozenset(["year", "doi", "pmid", "pmcid", "issn", "url"])
"""The shapes that no prose has by chance."""
_OPENS = re.compile(rb"(?:^|[,;\t|])[ ]?(\")")
_MOST_LINES = 40
_NOTHING = " \t\r\n\u2028"


class Mended(NamedTuple):
    """A row without the stray mark.

    Attributes:
        mark: Where the stray mark stands in the body.
        end: Where the row ends, and the next begins.
    """

    mark: int
    end: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What the rows of a table look like.

    Attributes:
        delimiter: Between cells.
        n_cells: As many as the header has.
        typed: Place of each cell that has a shape of its own, and the name of the shape.
    """

    delimiter: str
    n_cells: int
    typed: tuple[tuple[int, str], ...]

    def fits(self, row: Sequence[str]) -> bool:
        """Whether a row has as many cells as the header."""
        return len(row) == self.n_cells

    def shows(self, row: Sequence[str]) -> bool:
        """Whether a row fits, and its cells look as they should, at least one that prose has not by chance."""
        if not self.fits(row):
            return False
        told = [(name, cell) for place, name in self.typed if (cell := row[place].strip())]
        return any(name in _NARROW for name, _ in told) and all(_SHAPES[name].fullmatch(cell) for name, cell in told)


def shape_of(header: Sequence[str], delimiter: str) -> Shape:
    """The shape of the rows below a header."""
    typed = ((place, _shape_names().get(header_key(name), "")) for place, name in enumerate(header))
    return Shape(delimiter, len(header), tuple((place, name) for place, name in typed if name))


@cache
def _shape_names() -> dict[str, str]:
    fields = schema_toml("formats", "csv.toml")["fields"]
    return {name: field for field in _SHAPES for name in fields[field]}


class Lines:
    """The lines of a body as text for the csv module, with the place of the next one."""

    def __init__(self, source: Source, at: int) -> None:
        self.source = source
        self.at = at

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        body = self.source.body
        if self.at >= len(body):
            raise StopIteration
        end = body.find(b"\n", self.at) + 1 or len(body)
        line = self.source.text(self.at, end)
        self.at = end
        return line_for_csv(line) if "\r" in line else line


def line_for_csv(line: str) -> str:
    """A line in which no lone CR ends a row, as the csv module has it, also where a cell holds one."""
    return line.removesuffix("\n").removesuffix("\r").replace("\r", "\u2028") + "\n"


def is_well_formed(text: str, delimiter: str) -> bool:
    """Whether a row keeps the rules of quotation: a mark that closes a cell stands at its end."""
    return _strict(text, delimiter) is not None


def mended(source: Source, place: tuple[int, int], row: Sequence[str], shape: Shape) -> Mended | None:
    """The row without the mark that took the lines below it in; None where the row is as it should be, or not sure.

    Args:
        source: The table.
        place: Where the row begins and ends, as it was read.
        row: Its cells, as they were read.
        shape: Of the table's rows.
    """
    begin, end = place
    text = text_of(source, begin, end)
    if shape.n_cells < 2 or text.count(shape.delimiter) < shape.n_cells - 1:
        return None
    is_torn = not shape.fits(row) and end < len(source.body) and not is_well_formed(text, shape.delimiter)
    for mark, line_end in _openings(source, begin, end):
        first = _strict(text_of(source, begin, mark) + text_of(source, mark + 1, line_end), shape.delimiter)
        if first is None or not shape.fits(first):
            continue
        second, second_end = _row_at(source, line_end, shape.delimiter)
        is_certain = shape.shows(first) and (shape.shows(second) or _shows_mended(source, line_end, second_end, shape))
        if is_certain or (is_torn and shape.n_cells > 2 and shape.fits(second)):
            return Mended(mark, line_end)
    return None


def _shows_mended(source: Source, begin: int, end: int, shape: Shape) -> bool:
    """Whether a row looks like one once a stray mark of its own is taken away."""
    rows = (
        _strict(text_of(source, begin, mark) + text_of(source, mark + 1, line_end), shape.delimiter)
        for mark, line_end in _openings(source, begin, end)
    )
    return any(row is not None and shape.shows(row) for row in rows)


def n_like_rows(source: Source, place: tuple[int, int], shape: Shape) -> int:
    """How many lines within a row, its first one not counted, look like rows themselves."""
    begin, end = place
    lines = (text_of(source, start, stop) for start, stop in pairwise(_line_ends(source, begin, end)))
    # An odd number of marks closes the cell or opens another: what follows on that line is no row of its own.
    rows = (_strict(line, shape.delimiter) for line in lines if line.count('"') % 2 == 0)
    return sum(row is not None and shape.shows(row) for row in rows)


def _openings(source: Source, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Each quotation mark at the begin of a cell on a line that does not end the row, and the end of that line."""
    start = begin
    for line_end in _line_ends(source, begin, end)[:-1]:
        line = source.body[start:line_end]
        for found in reversed(list(_OPENS.finditer(line))):
            yield start + found.start(1), line_end
        start = line_end


def _line_ends(source: Source, begin: int, end: int) -> list[int]:
    found = [begin]
    while found[-1] < end and len(found) <= _MOST_LINES:
        found.append(source.body.find(b"\n", found[-1]) + 1 or len(source.body))
    return found[1:]


def _row_at(source: Source, at: int, delimiter: str) -> tuple[list[str], int]:
    """The next row from a place on that is not empty, and where it ends."""
    kept = len(source.repairs)
    lines = Lines(source, at)
    row = next((row for row in csv.reader(lines, delimiter=delimiter) if any(cell.strip(_NOTHING) for cell in row)), [])
    del source.repairs[kept:]
    return row, lines.at


def text_of(source: Source, begin: int, end: int) -> str:
    """A piece of the table to look at. Unlike the source's own, it reports nothing: what is read was reported once."""
    return source.body[begin:end].decode("utf-8", "replace")


def _strict(text: str, delimiter: str) -> list[str] | None:
    """The one row that a text is by the rules; None where it is none, or several."""
    lines = (line_for_csv(line) for line in text.removesuffix("\n").split("\n"))
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None

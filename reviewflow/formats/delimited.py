"""Tables: CSV, semicolon- or tab-separated, read by the names in their header line."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from reviewflow.domain.record import RawRecord, Repair
from reviewflow.domain.words import counted
from reviewflow.formats.fieldmap import header_key
from reviewflow.formats.pieces import HEADER
from reviewflow.formats.stray_quote import Lines, is_well_formed, line_for_csv, mended, n_like_rows, shape_of, text_of
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.formats.source import Source
    from reviewflow.formats.stray_quote import Shape

_DELIMITERS = ",;\t|"
_LONGEST_PREAMBLE = 40  # lines before the header; Embase writes 3
_NOTHING = " \t\r\n,;|\x1a\u2028"  # Excel fills a sheet with rows of delimiters, not always the file's own
_LARGEST_HEADER = 1 << 17
_ALONE = frozenset(["title", "abstract", "doi", "pmid"])  # a table may have a single column
_LARGEST_CELL = 1 << 30  # Scopus puts all references of a review into one cell


@cache
def known_headers() -> frozenset[str]:
    """The names of columns that mean a field."""
    return frozenset(name for names in schema_toml("formats", "csv.toml")["fields"].values() for name in names)


def has_header(source: Source) -> bool:
    """Whether a line near the start names at least two columns that are known."""
    return _header(source) is not None


def _header(source: Source) -> tuple[int, str] | None:
    """Where the header line begins in the body, and its delimiter; None where there is none."""
    lines = source.body[1:_LARGEST_HEADER].split(b"\n", _LONGEST_PREAMBLE)[:_LONGEST_PREAMBLE]
    at = 1
    for line in lines:
        delimiter = _delimiter(line.decode("utf-8", "replace"), 2)
        if delimiter:
            return at, delimiter
        at += len(line) + 1
    return _lone_header(lines)


def _lone_header(lines: list[bytes]) -> tuple[int, str] | None:
    """The first line where it names one known column, and the next is a row of as many cells."""
    first, second = (lines[place].decode("utf-8", "replace") if place < len(lines) else "" for place in (0, 1))
    delimiter = _delimiter(first, 1)
    if delimiter and len(_cells(first, delimiter)) == len(_cells(second, delimiter)):
        return 1, delimiter
    return (1, ",") if header_key(first) in _ALONE and second.strip() else None


def _delimiter(line: str, n_needed: int) -> str:
    """The delimiter that makes a line name the most known columns, at least so many; else ""."""
    counts = {delimiter: _n_known(line, delimiter) for delimiter in _DELIMITERS if delimiter in line}
    best = max(counts, key=counts.__getitem__, default="")
    return best if best and counts[best] >= n_needed else ""


def _n_known(line: str, delimiter: str) -> int:
    known = known_headers()
    return len({key for cell in _cells(line, delimiter) if (key := header_key(cell)) in known})


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line.replace("\r", "")], delimiter=delimiter), [])


def read(source: Source, name: str) -> Iterator[RawRecord]:  # noqa: ARG001 - the same call for every format
    """The rows of a table, one after the other, each with its header names as tags."""
    found = _header(source)
    if found is None:
        return
    csv.field_size_limit(_LARGEST_CELL)
    at, delimiter = found
    lines = Lines(source, at)
    rows = csv.reader(lines, delimiter=delimiter)
    header = [cell.strip("\ufeff \t\r\n") for cell in next(rows)]
    before = tuple((HEADER, line.strip()) for line in source.text(0, at).split("\n") if line.strip())
    covered = ordinal = 0
    last: RawRecord | None = None
    for begin, row in _rows(lines, rows, shape_of(header, delimiter)):
        if _is_open(source, begin, lines.at):
            _reject(source, covered, begin)
            break
        filled = any(cell.strip(_NOTHING) for cell in row)
        if filled and ordinal and len(row) == 1 and len(header) > 2:
            # abstrackr writes a note between the rows: "citations that are not labeled".
            source.leave(covered, lines.at)
            covered = lines.at
        elif filled:
            if last:
                yield last
            ordinal += 1
            last = _record(source, ordinal, (covered, begin, lines.at), before + _tags(header, row))
            covered, before = lines.at, ()
        elif last:
            # An empty row goes with what stands in front of it, a record or a note.
            end = source.origin(lines.at)
            if last.end == source.origin(begin):
                last = replace(last, end=end)
            else:
                source.leftovers[-1] = replace(source.leftovers[-1], end=end)
            covered = lines.at
    if last:
        yield last


def _rows(lines: Lines, rows: Iterator[list[str]], shape: Shape) -> Iterator[tuple[int, list[str]]]:
    """Where each row begins, and its cells; rows that a stray quotation mark took into one are rows again."""
    source, begin, n_repairs = lines.source, lines.at, len(lines.source.repairs)
    for row in rows:
        if source.body.count(b"\n", begin, lines.at - 1):
            yield begin, _of_several_lines(lines, begin, row, shape, n_repairs)
        else:
            yield begin, row
        begin, n_repairs = lines.at, len(source.repairs)


def _record(source: Source, ordinal: int, place: tuple[int, int, int], tags: tuple[tuple[str, str], ...]) -> RawRecord:
    covered, begin, end = place
    return RawRecord(ordinal, source.line_at(begin), source.origin(covered), source.origin(end), tags)


def _of_several_lines(lines: Lines, begin: int, row: list[str], shape: Shape, n_repairs: int) -> list[str]:
    """A row of several lines as it is, unless a stray quotation mark took other rows in: then without that mark.

    Args:
        lines: Of the table; set back to where the next row begins.
        begin: Where the row begins.
        row: Its cells, as they were read.
        shape: Of the table's rows.
        n_repairs: How many there were before the row was read.
    """
    source, end = lines.source, lines.at
    found = mended(source, (begin, end), row, shape)
    if found is None:
        _report_lines(source, (begin, end), shape)
        return row
    del source.repairs[n_repairs:]
    n_lines = counted(source.body.count(b"\n", found.end, end - 1) + 1, "line")
    what = f"a quotation mark opens a cell here and swallowed {n_lines}: read without it, so that they are rows"
    source.repairs.append(Repair(source.line_at(found.mark), what))
    lines.at = found.end
    text = source.text(begin, found.mark) + source.text(found.mark + 1, found.end)
    return next(csv.reader((line_for_csv(line) for line in text.split("\n")), delimiter=shape.delimiter), [])


def _report_lines(source: Source, place: tuple[int, int], shape: Shape) -> None:
    """Report a row of several lines of which some may be rows of their own."""
    n_rows = n_like_rows(source, place, shape)
    n_lines = counted(source.body.count(b"\n", place[0], place[1] - 1), "line")
    if n_rows:
        what = f"a quotation mark swallowed {n_lines}, of which {n_rows} look like rows: read as one record"
    elif place[1] < len(source.body) and not is_well_formed(text_of(source, *place), shape.delimiter):
        what = f"a quotation mark closes in the midst of a cell and took in {n_lines}: read as one record"
    else:
        return
    source.repairs.append(Repair(source.line_at(place[0]), what))
    source.n_rejected += max(n_rows, 1)


def _reject(source: Source, covered: int, begin: int) -> None:
    source.n_rejected += 1
    what = "a quotation mark opens in this row and never closes: the rest of the file is one cell"
    source.repairs.append(Repair(source.line_at(begin), what))
    source.leave(covered, len(source.body))


def _is_open(source: Source, begin: int, end: int) -> bool:
    """Whether the file ends within a quoted cell of this row."""
    return (
        end == len(source.body)
        and source.body.count(b"\n", begin, end - 1) > 0
        and source.body.count(b'"', begin, end) % 2 == 1
    )


def _tags(header: list[str], row: list[str]) -> tuple[tuple[str, str], ...]:
    tags = [(name, cell.strip(" \t\r\n").replace("\u2028", "\r")) for name, cell in zip(header, row, strict=False)]
    # A row may be longer than its header: what has no name keeps its place.
    tags.extend(
        (f"column {place}", cell) for place, cell in enumerate(row[len(header) :], len(header) + 1) if cell.strip()
    )
    return tuple(tags)

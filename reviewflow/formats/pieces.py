"""Cuts the body of a tagged format into the pieces that are its entries, whole or damaged.

A format's grammar is data: the table `lines` of `schemas/formats/*.toml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = "header"
NO_END = "has no line that ends a record"
NO_START = "has no line that begins a record"
_BLANK = b" \t\r\n\x0c\x1a\x00\xef\xbb\xbf"
_BLANK_LINES = re.compile(rb"\n[ \t\r]*(?=\n)")


class Piece(NamedTuple):
    """Where an entry lies in the body.

    Attributes:
        start: Where its frame lines begin; `begin` where it has none.
        begin: Where its first line begins.
        end: Where the next entry's frame lines begin.
        repair: What had to be guessed to take it for an entry; "" where it is plain.
    """

    start: int
    begin: int
    end: int
    repair: str = ""


@dataclass(frozen=True, slots=True)
class Grammar:
    """How one tagged format marks its lines.

    Attributes:
        start: Finds the line that begins a record; its group 1 is the tag.
        end: Finds the line that ends one; None where the format has none.
        frame: Matches a line between records that belongs to none of their fields: numbering, a provider's header.
        tag: Splits the text of a record into tags and values.
        odd: Finds a tag line in the body that is spaced or cased otherwise than the format asks.
        odd_tag: Splits as `tag` does, oddly written tags included.
        identity: Finds in a piece without its first line what shows that it is a record all the same.
        end_tag: The tag of the line that ends a record.
        end_mark: A line end and that tag, as the body holds them.
        tag_line: Matches a tag line of the body, from the line end before it.
        trailer: Matches a line without a tag that may stand between the end of a record and the next.
        wraps: Whether the continuation lines of a value are indented, so that a bare line is something to report.
        one_line: Whether a value stands on one line, so that every other line without a tag is something to report.
        end_cut: The end line as some programs cut it short, with the line end in front of it.
        blank_separates: Whether an empty line may separate two records.
        start_comes_first: Whether `start` counts only in a file whose first tag it is.
    """

    start: re.Pattern[bytes]
    end: re.Pattern[bytes] | None
    frame: re.Pattern[bytes] | None
    tag: re.Pattern[str]
    odd: re.Pattern[bytes] | None
    odd_tag: re.Pattern[str]
    identity: re.Pattern[bytes]
    tag_line: re.Pattern[bytes]
    trailer: re.Pattern[bytes] | None
    end_tag: str
    end_mark: bytes
    wraps: bool
    one_line: bool
    end_cut: bytes
    blank_separates: bool
    start_comes_first: bool


@cache
def grammar(name: str) -> Grammar:
    """The grammar in `schemas/formats/NAME.toml`."""
    lines = schema_toml("formats", f"{name}.toml")["lines"]

    def pattern(key: str) -> re.Pattern[bytes] | None:
        return bytes_pattern(lines[key]) if key in lines else None

    tag = _text_pattern(lines["tag"])
    start, identity = pattern("start"), pattern("identity")
    if start is None or identity is None:
        raise KeyError(name)
    return Grammar(
        start=start,
        end=pattern("end"),
        frame=pattern("frame"),
        tag=tag,
        odd=pattern("odd"),
        odd_tag=_text_pattern(lines["odd_tag"]) if "odd_tag" in lines else tag,
        identity=identity,
        tag_line=bytes_pattern(lines.get("odd_tag", lines["tag"])),
        trailer=pattern("trailer"),
        end_tag=lines.get("end_tag", ""),
        end_mark=b"\n" + lines.get("end_tag", "").encode("ascii"),
        wraps=lines.get("wraps", False),
        one_line=lines.get("one_line", False),
        end_cut=lines.get("end_cut", "").encode("ascii"),
        blank_separates=lines.get("blank_separates", False),
        start_comes_first=lines.get("start_comes_first", False),
    )


def bytes_pattern(pattern: str) -> re.Pattern[bytes]:
    """A pattern of a format's table for the bytes of a file; BOM in it stands for a byte order mark in UTF-8."""
    return re.compile(pattern.replace("BOM", r"(?:\xef\xbb\xbf)").encode("ascii"), re.VERBOSE)


def _text_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("BOM", r"\ufeff"), re.VERBOSE)


def is_blank(piece: bytes) -> bool:
    """Whether nothing but blanks, line ends and marks of order or end stand in a piece."""
    return not piece.strip(_BLANK)


def pieces(body: bytes, rules: Grammar) -> Iterator[Piece]:
    """Where the entries lie, in the order of the file."""
    if rules.start_comes_first and not rules.start.match(body, _first_tag(body, 1, len(body), rules) - 1):
        yield from _startless(body, 1, len(body), rules, whole=True)
        return
    begin = frame = -1
    for found in rules.start.finditer(body):
        following = body.rfind(b"\n", 0, found.start(1)) + 1
        edge = _frame_start(body, following, max(begin, 0), rules)
        if begin < 0:
            yield from _startless(body, 0, edge, rules, whole=False)
        elif _is_plain(body, begin, edge, rules):
            yield Piece(frame, begin, edge)
        else:
            yield from _segment(body, frame, begin, edge, rules)
        begin, frame = following, edge
    if begin < 0:
        yield from _startless(body, 0, len(body), rules, whole=True)
    else:
        yield from _segment(body, frame, begin, len(body), rules)


def _frame_start(body: bytes, begin: int, floor: int, rules: Grammar) -> int:
    """Where the frame lines right above `begin` start; `begin` where there are none."""
    start = at = begin
    while rules.frame and at > floor:
        above = body.rfind(b"\n", floor, at - 1) + 1
        if above <= floor and floor:
            break
        line = body[above:at].strip(_BLANK)
        if line and not rules.frame.match(line):
            break
        at = above
        if line:
            start = above
    return start


def _segment(body: bytes, frame: int, begin: int, edge: int, rules: Grammar) -> Iterator[Piece]:
    """The entries from one start line to what stands above the next: one, unless start or end lines are missing."""
    if rules.end is None:
        yield from (
            _by_blank_lines(body, frame, begin, edge, rules) if rules.blank_separates else [Piece(frame, begin, edge)]
        )
        return
    if _is_plain(body, begin, edge, rules):
        yield Piece(frame, begin, edge)
        return
    ends = [found.end() for found in rules.end.finditer(body, begin, edge)]
    if not ends:
        repair = "" if _last_line(body, begin, edge).startswith(rules.end_mark[1:]) else NO_END
        yield Piece(frame, begin, edge, repair)
        return
    yield from _after_ends(body, Piece(frame, begin, ends[0]), [*ends[1:], edge], rules)


def _is_plain(body: bytes, begin: int, edge: int, rules: Grammar) -> bool:
    """Whether a piece from one start line to what stands above the next is one entry with one end line at its end."""
    if rules.end is None:
        return False
    last = body.rfind(rules.end_mark, begin, edge)
    closing = rules.end.match(body, last, edge) if last >= 0 else None
    if closing is None or body.find(rules.end_mark, begin, last) >= 0:
        return False
    return is_blank(body[closing.end() : edge])


def _last_line(body: bytes, begin: int, edge: int) -> bytes:
    piece = body[begin:edge].rstrip(_BLANK)
    return piece[piece.rfind(b"\n") + 1 :].lstrip(b" \t")


def _after_ends(body: bytes, current: Piece, ends: list[int], rules: Grammar) -> Iterator[Piece]:
    """An entry and what stands between its end line and the next start line: stray tags, or entries without a start."""
    at = current.end
    for end in ends:
        tags, begin = _tag_lines(body, at, end, rules)
        if tags and rules.identity.search(body, begin - 1, end):
            yield current
            current = Piece(_frame_start(body, begin, at, rules), begin, end, NO_START)
        else:
            stray = max([*tags[-1:], _trailer_end(body, at, end, rules), current.end])
            current = current._replace(end=stray)
        at = end
    yield current


def _tag_lines(body: bytes, start: int, end: int, rules: Grammar) -> tuple[list[int], int]:
    """Where each tag line of a piece ends, and where the first begins."""
    found = [match.start() + 1 for match in rules.tag_line.finditer(body, max(start - 1, 0), end)]
    return [_line_end(body, at, end) for at in found], found[0] if found else end


def _line_end(body: bytes, at: int, end: int) -> int:
    line_end = body.find(b"\n", at, end)
    return end if line_end < 0 else line_end + 1


def _trailer_end(body: bytes, start: int, end: int, rules: Grammar) -> int:
    """Where the last line ends that is known to follow a record; `start` where there is none."""
    if not rules.trailer:
        return start
    ends = [_line_end(body, found.end(), end) for found in rules.trailer.finditer(body, max(start - 1, 0), end)]
    return ends[-1] if ends else start


def _startless(body: bytes, start: int, end: int, rules: Grammar, *, whole: bool) -> Iterator[Piece]:
    """The entries in a piece without any start line: the whole file, or what stands before the first."""
    if is_blank(body[start:end]):
        return
    ends = [found.end() for found in rules.end.finditer(body, start, end)] if rules.end else []
    if not ends:
        begin = _first_tag(body, start, end, rules)
        if begin < end and (rules.identity.search(body, max(begin - 1, 0), end) or whole):
            for piece in _by_blank_lines(body, begin, begin, end, rules):
                yield Piece(piece.start, piece.begin, piece.end, NO_START if rules.end else "")
        return
    # What has been searched is not searched again: a file may hold nothing but end lines.
    at = searched = start
    begin, is_named = end, False
    for place, edge in enumerate([*ends, end]):
        begin = _first_tag(body, searched, edge, rules) if begin >= searched else begin
        is_named = is_named or (
            begin < edge and rules.identity.search(body, max(begin, searched) - 1, edge) is not None
        )
        searched = edge
        if begin < edge and (is_named or (whole and place < len(ends))):
            yield Piece(_frame_start(body, begin, at, rules), begin, edge, NO_START)
            at, begin, is_named = edge, end, False


def _first_tag(body: bytes, start: int, end: int, rules: Grammar) -> int:
    """Where the first tag line of a piece begins; its end where there is none."""
    found = rules.tag_line.search(body, max(start - 1, 0), end)
    return found.start() + 1 if found else end


def _by_blank_lines(body: bytes, frame: int, begin: int, end: int, rules: Grammar) -> Iterator[Piece]:
    """The entries of a piece in which an empty line may separate two: it does when both sides name themselves."""
    start, at = frame, begin
    named = False
    for cut in [*(found.end() for found in _BLANK_LINES.finditer(body, begin, end)), end]:
        names_itself = rules.identity.search(body, max(at - 1, 0), cut) is not None
        if named and names_itself:
            yield Piece(start, begin, at)
            start = begin = at
        named = named or names_itself
        at = cut
    yield Piece(start, begin, end)

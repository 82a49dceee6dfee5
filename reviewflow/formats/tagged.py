"""The one engine for formats that write a tag at the start of each line: RIS, nbib, Web of Science, and their kin.

The spans of the records and the leftovers tile the file: every byte lies in exactly one of them, blank lines and the
header of a provider in the span of the record beside them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reviewflow.domain.record import Repair, quick_raw_record
from reviewflow.formats.pieces import HEADER, NO_END, NO_START, Grammar, Piece, grammar, is_blank, pieces
from reviewflow.formats.written_oddly import report_writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.domain.record import RawRecord
    from reviewflow.formats.source import Often, Source

_BARE_LINE = re.compile(r"\n[^ \t\r\n]")
_UNTAGGED: Often = (
    "a line without a tag is joined to the field above it",
    "{n} lines without a tag are joined to the fields above them, the first here",
)
_BEHIND_END: Often = (
    "a tag behind the end of a record is kept with that record",
    "{n} tags behind the ends of records are kept with those records, the first here",
)


def read(source: Source, name: str) -> Iterator[RawRecord]:
    """The records of a file in the tagged format NAME, one after the other."""
    rules = grammar(name)
    splitter = rules.odd_tag if report_writing(source, rules) else rules.tag
    covered = 0
    for ordinal, piece in enumerate(pieces(source.body, rules), 1):
        start = piece.start
        if start > covered and is_blank(source.body[covered:start]):
            start = covered
        elif start > covered:
            source.leave(covered, start)
        covered = piece.end
        whole = piece if start == piece.start else Piece(start, piece.begin, covered, piece.repair)
        yield _record(source, rules, splitter, whole, ordinal)
    if not is_blank(source.body[covered:]):
        source.leave(covered, len(source.body))


def _record(source: Source, rules: Grammar, splitter: re.Pattern[str], piece: Piece, ordinal: int) -> RawRecord:
    n_before = len(source.repairs)
    line = source.line_at(piece.begin)
    if piece.repair:
        _report_guess(source, piece, line, rules)
    # From the line end in front of it, with which every tag line begins.
    text = source.text(piece.begin - 1, piece.end)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    # A piece without a start line is an entry by any of its tags, and all of these may be written oddly.
    splitter = rules.odd_tag if piece.repair == NO_START and not splitter.search(text) else splitter
    parts = splitter.split(text)
    names = parts[1::2]
    tags = list(zip(names, [value.strip(" \t\r\n") for value in parts[2::2]], strict=True))
    if splitter is not rules.tag:
        tags = [(tag.upper(), value) for tag, value in tags]
    if piece.start < piece.begin:
        tags[:0] = _headers(source.text(piece.start, piece.begin))
    if parts[0].strip():
        tags.insert(0, (HEADER, parts[0].strip()))
    n_untagged = _unwrap(tags, rules) if _has_more_lines(text, len(names)) else 0
    if n_untagged:
        source.often(_UNTAGGED, lambda: _first_untagged(source, splitter, piece), n_untagged)
    if tags[-1] == (rules.end_tag, "") and names.count(rules.end_tag) == 1:
        del tags[-1]
    elif rules.end_tag and (n_behind := _close(tags, rules)):
        source.often(_BEHIND_END, lambda: _line_behind_end(source, rules, piece), n_behind)
    if tags and names and (not tags[-1][1] or tags[-1][0] == names[0].upper()) and piece.repair != NO_START:
        _report_bare(source, tags, names[0].upper(), line)
    repairs = tuple(source.repairs[n_before:]) if len(source.repairs) > n_before else ()
    return quick_raw_record(ordinal, line, source.origin(piece.start), source.origin(piece.end), tuple(tags), repairs)


def _headers(text: str) -> list[tuple[str, str]]:
    return [(HEADER, line.strip()) for line in text.split("\n") if line.strip(" \t\r\n\ufeff")]


def _report_guess(source: Source, piece: Piece, line: int, rules: Grammar) -> None:
    if piece.repair != NO_END:
        source.repairs.append(Repair(line, piece.repair))
        return
    end = piece.begin + len(source.body[piece.begin : piece.end].rstrip())
    what = f"has no {rules.end_tag} line behind it: the record from line {line} ends here"
    source.repairs.append(Repair(source.line_at(end - 1), what))


def _report_bare(source: Source, tags: list[tuple[str, str]], first: str, line: int) -> None:
    if not any(value for tag, value in tags if tag not in {first, HEADER}):
        source.repairs.append(Repair(line, f"the record holds nothing but {first}: it is counted"))


def _has_more_lines(text: str, n_tags: int) -> bool:
    """Whether a record has lines without a tag: most have none, and counting is quicker than to look at each value."""
    return text.count("\n") > n_tags + len(text) - len(text.rstrip("\n"))


def _unwrap(tags: list[tuple[str, str]], rules: Grammar) -> int:
    """Take the indentation of continuation lines out of the values; gives how many should not be there as they are."""
    n = 0
    for place, (tag, value) in enumerate(tags):
        if "\n" in value:
            lines = value.split("\n")
            if (rules.one_line or (rules.wraps and _BARE_LINE.search(value))) and tag not in {rules.end_tag, HEADER}:
                n += _n_untagged(lines, rules)
            tags[place] = (tag, "\n".join([text.lstrip(" \t") for text in lines]))
    return n


def _n_untagged(lines: list[str], rules: Grammar) -> int:
    marks = "\r" if rules.one_line else " \t\r"
    return len([text for text in lines[1:] if text and text[0] not in marks and not text.isspace()])


def _first_untagged(source: Source, splitter: re.Pattern[str], piece: Piece) -> int:
    """The line of the first continuation line that should not be there as it is."""
    at = source.body.find(b"\n", piece.begin) + 1
    while 0 < at < piece.end:
        end = source.body.find(b"\n", at) + 1 or len(source.body)
        line = source.body[at - 1 : end].decode("utf-8", "replace")
        if not line.isspace() and not splitter.match(line):
            break
        at = end
    return source.line_at(at)


def _line_behind_end(source: Source, rules: Grammar, piece: Piece) -> int:
    found = rules.end.search(source.body, piece.begin, piece.end) if rules.end else None
    return source.line_at(found.end() + 1 if found else piece.begin)


def _close(tags: list[tuple[str, str]], rules: Grammar) -> int:
    """Take the end tag out of the list, and give back to the field before it what only looked like one.

    Returns:
        How many tags stand behind the end, those not counted that may stand there.
    """
    n, end_tag = len(tags), rules.end_tag
    for place in range(len(tags) - 1, -1, -1):
        tag, value = tags[place]
        if tag != end_tag:
            continue
        if not value:
            n = place
            del tags[place]
        elif 0 < place < len(tags) - 1:
            before, text = tags[place - 1]
            tags[place - 1] = (before, f"{text}\n{tag}  - {value}")
            del tags[place]
    behind = [f"\n{tag} {value}".encode() for tag, value in tags[n:] if tag != end_tag]
    return len([line for line in behind if not (rules.trailer and rules.trailer.match(line))])

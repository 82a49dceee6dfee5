"""The one engine for formats that write a tag at the start of each line: RIS, nbib, Web of Science, and their kin.

The spans of the records and the leftovers tile the file: every byte lies in exactly one of them, blank lines and the
header of a provider in the span of the record beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.domain.record import RawRecord, Repair
from reviewflow.formats.pieces import HEADER, Grammar, Piece, grammar, is_blank, pieces

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from reviewflow.formats.source import Source


def read(source: Source, name: str) -> Iterator[RawRecord]:
    """The records of a file in the tagged format NAME, one after the other."""
    rules = grammar(name)
    found = rules.odd.search(source.body) if rules.odd else None
    splitter = rules.odd_tag if found else rules.tag
    if found:
        source.repairs.append(
            Repair(source.line_at(found.start() + 1), "tags are not written as the format asks: read all the same")
        )
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
        source.repairs.append(Repair(line, piece.repair))
    # From the line end in front of it, with which every tag line begins.
    text = source.text(piece.begin - 1, piece.end)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    parts = splitter.split(text)
    names = parts[1::2]
    tags = list(zip(names, [value.strip(" \t\r\n") for value in parts[2::2]], strict=True))
    if splitter is not rules.tag:
        tags = [(tag.upper(), value) for tag, value in tags]
    if piece.start < piece.begin:
        tags[:0] = _headers(source.text(piece.start, piece.begin))
    if parts[0].strip():
        tags.insert(0, (HEADER, parts[0].strip()))
    _unwrap(tags, rules, source, line)
    if rules.end_tag:
        if tags[-1] == (rules.end_tag, "") and names.count(rules.end_tag) == 1:
            del tags[-1]
        else:
            _close(tags, rules.end_tag)
    repairs = tuple(source.repairs[n_before:]) if len(source.repairs) > n_before else ()
    return RawRecord(ordinal, line, source.origin(piece.start), source.origin(piece.end), tuple(tags), repairs)


def _headers(text: str) -> list[tuple[str, str]]:
    return [(HEADER, line.strip()) for line in text.split("\n") if line.strip(" \t\r\n\ufeff")]


def _unwrap(tags: list[tuple[str, str]], rules: Grammar, source: Source, line: int) -> None:
    """Take the indentation of continuation lines out of the values."""
    for place, (tag, value) in enumerate(tags):
        if "\n" in value:
            lines = value.split("\n")
            if rules.wraps and tag != rules.end_tag and any(text and text[0] not in " \t\r" for text in lines[1:]):
                source.repairs.append(Repair(line, f"a line without a tag was joined to {tag}"))
            tags[place] = (tag, "\n".join([text.lstrip(" \t") for text in lines]))


def _close(tags: list[tuple[str, str]], end_tag: str) -> None:
    """Take the end tag out of the list, and give back to the field before it what only looked like one."""
    for place in range(len(tags) - 1, -1, -1):
        tag, value = tags[place]
        if tag != end_tag:
            continue
        if not value:
            del tags[place]
        elif 0 < place < len(tags) - 1:
            before, text = tags[place - 1]
            tags[place - 1] = (before, f"{text}\n{tag}  - {value}")
            del tags[place]

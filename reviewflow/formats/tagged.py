"""The one engine for formats that write a tag at the start of each line: RIS, nbib, Web of Science, and their kin.

The spans of the records and the leftovers tile the file: every byte lies in exactly one of them, blank lines and the
header of a provider in the span of the record beside them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reviewflow.domain.record import RawRecord, Repair
from reviewflow.formats.pieces import HEADER, Grammar, Piece, grammar, is_blank, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.formats.source import Source

_INDENT = re.compile(r"\n[ \t]+")


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
        yield _record(source, rules, splitter, Piece(start, piece.begin, covered, piece.repair), ordinal)
    if not is_blank(source.body[covered:]):
        source.leave(covered, len(source.body))


def _record(source: Source, rules: Grammar, splitter: re.Pattern[str], piece: Piece, ordinal: int) -> RawRecord:
    n_before = len(source.repairs)
    line = source.line_at(piece.begin)
    if piece.repair:
        source.repairs.append(Repair(line, piece.repair))
    text = source.text(piece.begin, piece.end)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    parts = splitter.split("\n" + text)
    tags = [(tag, value.strip(" \t\r\n")) for tag, value in zip(parts[1::2], parts[2::2], strict=True)]
    if splitter is not rules.tag:
        tags = [(tag.upper(), value) for tag, value in tags]
    if piece.start < piece.begin:
        tags[:0] = _headers(source.text(piece.start, piece.begin))
    if parts[0].strip():
        tags.insert(0, (HEADER, parts[0].strip()))
    tags = _unwrapped(tags, rules, source, line)
    if rules.end_tag:
        _close(tags, rules.end_tag)
    return RawRecord(
        ordinal=ordinal,
        line=line,
        start=source.origin(piece.start),
        end=source.origin(piece.end),
        tags=tuple(tags),
        repairs=tuple(source.repairs[n_before:]) if len(source.repairs) > n_before else (),
    )


def _headers(text: str) -> list[tuple[str, str]]:
    return [(HEADER, line.strip()) for line in text.split("\n") if line.strip(" \t\r\n\ufeff")]


def _unwrapped(tags: list[tuple[str, str]], rules: Grammar, source: Source, line: int) -> list[tuple[str, str]]:
    """The tags with the indentation of continuation lines taken out of their values."""
    for place, (tag, value) in enumerate(tags):
        if "\n" in value:
            straight = _INDENT.sub("\n", value)
            if rules.wraps and tag != rules.end_tag and straight.count("\n") and _bare_line(value):
                source.repairs.append(Repair(line, f"a line without a tag was joined to {tag}"))
            tags[place] = (tag, straight)
    return tags


def _bare_line(value: str) -> bool:
    return any(line and line[0] not in " \t\r" for line in value.split("\n")[1:])


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

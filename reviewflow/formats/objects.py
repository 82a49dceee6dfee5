"""JSON exports: a list of objects, each a record, read one at a time."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from reviewflow.domain.record import RawRecord, Repair
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.formats.source import Source

_BETWEEN = re.compile(r"[\s,]*")
_END = re.compile(r"\s*+(?:\][^{]*)?")
_HALF = re.compile(r"[\ud800-\udfff]")
_DEEPEST = 100  # ClinicalTrials.gov nests 8 deep
_LONGEST_END = 4096  # ClinicalTrials.gov writes a token for the next page behind the list
_DECODER = json.JSONDecoder()


@cache
def _list_start(name: str) -> re.Pattern[str]:
    return re.compile(schema_toml("formats", f"{name}.toml")["objects"]["list"])


def read(source: Source, name: str) -> Iterator[RawRecord]:
    """The objects of a JSON file in the format NAME, one after the other."""
    text = source.text(0, len(source.body))
    found = _list_start(name).match(text)
    at = found.end() if found else 0
    past = _Bytes(source, text)
    covered = ordinal = 0
    while True:
        at = between.end() if (between := _BETWEEN.match(text, at)) else at
        if at >= len(text) or text[at] != "{":
            break
        try:
            value, end = _DECODER.raw_decode(text, at)
            tags = tuple((_whole(tag), _whole(told)) for tag, told in _tags(value, ""))
        except (ValueError, RecursionError):  # a ValueError is also what a number of thousands of digits gives
            source.n_rejected += 1
            source.leave(covered, len(source.body))
            return
        ordinal += 1
        begin = past.at(at)
        if not tags:
            source.repairs.append(Repair(source.line_at(begin), "the record holds no field: it is counted"))
        stop = len(source.body) if _is_last(text, end) else past.at(end)
        yield RawRecord(ordinal, source.line_at(begin), source.origin(covered), source.origin(stop), tags)
        at, covered = end, stop
    if covered < len(source.body):
        source.n_rejected += bool(ordinal)
        source.leave(covered, len(source.body))


class _Bytes:
    """Where a character of the text lies among the bytes, asked in ascending order."""

    def __init__(self, source: Source, text: str) -> None:
        self.text = text
        self.body = source.body
        self.is_mixed = "cp1252" in source.encoding
        self.place = (0, 0)
        self.line_end = -1
        self.is_single = False

    def at(self, character: int) -> int:
        last, offset = self.place
        piece = self.text[last:character]
        offset = self._behind(piece, offset) if self.is_mixed else offset + len(piece.encode("utf-8"))
        self.place = (character, offset)
        return offset

    def _behind(self, piece: str, offset: int) -> int:
        """Where a piece ends that begins at a byte of a file in which lines are UTF-8 or Windows-1252."""
        for line in piece.split("\n"):
            if offset > self.line_end:
                self._look_at_line(offset)
            offset += 1 + (len(line) if self.is_single else len(line.encode("utf-8")))
        return offset - 1

    def _look_at_line(self, offset: int) -> None:
        end = self.body.find(b"\n", offset)
        self.line_end = len(self.body) if end < 0 else end
        try:
            self.body[self.body.rfind(b"\n", 0, offset) + 1 : self.line_end].decode("utf-8")
        except UnicodeDecodeError:
            self.is_single = True
        else:
            self.is_single = False


def _whole(text: str) -> str:
    """The text with a sign in the place of each half of a character, which JSON can write and no file can hold."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


def _is_last(text: str, end: int) -> bool:
    """Whether only what closes the list, or an object around it, follows."""
    return _END.fullmatch(text[end : end + _LONGEST_END]) is not None


def _tags(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - whatever JSON holds
    """The leaves of an object, each under the keys that lead to it; names and dates in one text."""
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        whole = _name(value) or _date(value)
        if whole:
            yield path, whole
            return
        for key, inner in value.items():
            yield from _tags(inner, f"{path}/{key}" if path else key, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _tags(inner, path, depth + 1)
    elif value is not None and value != "":
        yield path, str(value).strip()


def _name(value: dict[str, Any]) -> str:
    if "family" in value or "given" in value:
        particle = str(value.get("non-dropping-particle") or "")
        family = f"{particle} {value.get('family') or ''}".strip()
        given = str(value.get("given") or "")
        return f"{family}, {given}" if family and given else family or given
    literal = str(value.get("literal") or "")
    # A name in one piece is that of a group, which the comma says: "Oak Study," is no Ms Study.
    return f"{literal}," if " " in literal and "," not in literal else literal


def _date(value: dict[str, Any]) -> str:
    parts = value.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        return "-".join(str(part) for part in parts[0])
    return str(value["raw"]) if "raw" in value else ""

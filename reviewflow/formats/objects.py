"""JSON exports: a list of objects, each a record, read one at a time."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from reviewflow.domain.record import RawRecord
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.formats.source import Source

_BETWEEN = re.compile(r"[\s,]*")
_END = re.compile(r"\s*(?:\][^{]*)?\s*")
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
    past = _Bytes(text)
    covered = ordinal = 0
    while True:
        at = between.end() if (between := _BETWEEN.match(text, at)) else at
        if at >= len(text) or text[at] != "{":
            break
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            source.n_rejected += 1
            source.leave(covered, len(source.body))
            return
        ordinal += 1
        begin = past.at(at)
        stop = len(source.body) if _is_last(text, end) else past.at(end)
        yield RawRecord(
            ordinal, source.line_at(begin), source.origin(covered), source.origin(stop), tuple(_tags(value, ""))
        )
        at, covered = end, stop
    if covered < len(source.body):
        source.n_rejected += bool(ordinal)
        source.leave(covered, len(source.body))


class _Bytes:
    """Where a character of the text lies among the bytes, asked in ascending order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = (0, 0)

    def at(self, character: int) -> int:
        last, offset = self.place
        offset += len(self.text[last:character].encode("utf-8", "surrogatepass"))
        self.place = (character, offset)
        return offset


def _is_last(text: str, end: int) -> bool:
    """Whether only what closes the list, or an object around it, follows."""
    return _END.fullmatch(text[end : end + _LONGEST_END]) is not None


def _tags(value: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - whatever JSON holds
    """The leaves of an object, each under the keys that lead to it; names and dates in one text."""
    if isinstance(value, dict):
        whole = _name(value) or _date(value)
        if whole:
            yield path, whole
            return
        for key, inner in value.items():
            yield from _tags(inner, f"{path}/{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _tags(inner, path)
    elif value is not None and value != "":
        yield path, str(value).strip()


def _name(value: dict[str, Any]) -> str:
    if "family" in value or "given" in value:
        particle = str(value.get("non-dropping-particle") or "")
        family = f"{particle} {value.get('family') or ''}".strip()
        given = str(value.get("given") or "")
        return f"{family}, {given}" if family and given else family or given
    return str(value["literal"]) if "literal" in value else ""


def _date(value: dict[str, Any]) -> str:
    parts = value.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        return "-".join(str(part) for part in parts[0])
    return str(value["raw"]) if "raw" in value else ""

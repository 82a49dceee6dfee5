"""BibTeX and BibLaTeX, whole and damaged: duplicate keys and fields are kept, a broken entry takes no other with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeAlias

from reviewflow.domain.record import Repair, quick_raw_record
from reviewflow.formats.pieces import HEADER
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.domain.record import RawRecord
    from reviewflow.formats.source import Source

_ENTRY = re.compile(rb"(?<![\w.+-])@[ \t]*([A-Za-z]+)[ \t\r\n]*([{(])")
# An entry with its first field, at the start of a line: enough to say that the entry before has ended, closed or not.
_HEAD_OF_ENTRY = rb"[ \t]*@[ \t]*[A-Za-z]+[ \t]*[{(][^,={}()\n]*,\s*[A-Za-z_][\w-]*[ \t]*="
_NEW_ENTRY = re.compile(rb"\n" + _HEAD_OF_ENTRY)
_NEW_ENTRY_AFTER_CLOSE = re.compile(rb"[})][ \t\r]*(?:\n[ \t\r]*(?:%[^\n]*)?)*\n(" + _HEAD_OF_ENTRY + rb")")
_WORDS = rb"([^,={}\s](?:[^,={}\n]*[^,={}\s])?|)"
_KEY = re.compile(
    rb"\s*+" + _WORDS + rb"\s*,|\s*+(?=[A-Za-z][\w-]*\s*=)|\s*+" + _WORDS + rb"\s*(?=\}|\n)|[ \t\r]*+(?=\n)"
)
_NAME = rb"[\s,]*([A-Za-z_][^\s=,{}\"#%()']*)\s*=\s*"
_BRACED = rb"\{((?:[^{}]*(?:\{[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*\}[^{}]*)*))\}"
# A quotation mark ends a value only where the entry goes on or ends behind it: exports do not mask those of the text.
_GOES_ON = rb"(?=\s*(?:,\s*(?:[A-Za-z_][\w-]*\s*=|[})])|[})]|#|\n\s*[A-Za-z_][\w-]*\s*=|,?\s*\Z))"
_FIELD = re.compile(
    _NAME + rb"(?:" + _BRACED + rb"|\"([^\"{}]*)\"" + _GOES_ON + rb"|([^\s,#{}\"()]+))(?=\s*[,}\n)])(?!\s*#)"
)
_WORD = 4
"""The group of `_FIELD` that holds a value without braces or quotation marks: a number or an abbreviation."""
_LOOSE_NAME = re.compile(_NAME)
_CLOSE = re.compile(rb"[\s,]*[})]")
_BRACE = re.compile(rb"[{}]")
_VALUE_PART = re.compile(rb"\s*(?:\"((?:[^\"]|\"(?!\s*[,})#\n]))*?)\"" + _GOES_ON + rb"|([^\s,#{}\"()]+))")
_JOINT = re.compile(rb"\s*#\s*")
_MORE_FIELDS = re.compile(rb"\s*,\s*[A-Za-z][\w-]*\s*=")
_LAST_MARK = re.compile(rb"\"(?=\s*[,})#\n])")  # behind which a value in quotation marks does not go on
_NEXT_FIELD = re.compile(rb"\n[ \t\r]*(?=[A-Za-z][\w-]*\s*=)")
_PERCENT = re.compile(rb"[ \t\r\x0b\x0c]*%")
_WINDOW = 256
# Abbreviations of abbreviations grow without end: a longer one stays as it is written.
_LONGEST_MACRO = 1000
_COMMA = ord(",")
_NO_COMMA = "a comma is missing in front of this field"
_NO_KEY = "the entry has no key"
_SAME_KEY = "the key of an entry above stands here again: both entries are kept"
_BARE = "the record holds no field: it is counted"
_MONTHS = frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])


_Pairs: TypeAlias = dict[bytes, dict[int, int]]


@dataclass(slots=True)
class _Entry:
    """An entry being read: where it ends, its tags, what had to be repaired, and up to where no value ends in a `"`.

    `repair` is what damaged it most; `slips` are small ones, each with its place in the body.
    """

    kind: str
    end: int
    tags: list[tuple[str, str]] = field(default_factory=list)
    repair: str = ""
    slips: list[tuple[int, str]] = field(default_factory=list)
    unquoted: int = 0


@cache
def _frame() -> re.Pattern[bytes]:
    return re.compile(schema_toml("formats", "bibtex.toml")["sniff"]["frame"].encode("ascii"), re.VERBOSE)


def read(source: Source, name: str) -> Iterator[RawRecord]:  # noqa: ARG001 - the same call for every format
    """The entries of a BibTeX file, one after the other; @string and @comment go with the entry that follows."""
    body = source.body
    macros: dict[str, str] = {}
    pairs: _Pairs = {}
    keys: set[str] = set()
    covered = ordinal = at = 0
    last: RawRecord | None = None
    while found := _ENTRY.search(body, at):
        if _is_commented(body, found.start(), at):
            at = max(body.find(b"\n", found.end()), found.end())
            continue
        entry = _read_entry(source, found, macros, pairs)
        at = entry.end
        if entry.kind in {"string", "preamble", "comment"}:
            continue
        if last:
            yield last
        ordinal += 1
        _look_at_key(entry, keys, found.start())
        start = _give_up_junk(source, covered, found.start())
        last = _record(source, entry, ordinal, start, found.start())
        covered = entry.end
    if _junk(body, covered, len(body)):
        source.leave(covered, len(body))
    elif last:
        last = replace(last, end=len(source.content))
    if last:
        yield last


def definitions(piece: bytes) -> bytes:
    """The definitions of abbreviations (@string) in a piece of a file, each on a line of its own."""
    entries = (
        entry
        for entry in _ENTRY.finditer(piece)
        if entry.group(1).lower() == b"string" and not _is_commented(piece, entry.start())
    )
    ends = ((entry.start(), _closing(piece, entry.end(), entry.group(2))) for entry in entries)
    return b"".join(piece[start:end] + b"\n" for start, end in ends)


def _is_commented(body: bytes, at: int, floor: int = 0) -> bool:
    """Whether a percent sign begins the line: JabRef and others put entries out of use so.

    Args:
        body: The whole of it.
        at: Where the entry begins.
        floor: Where the entry before it ends; one that follows another on its line is in use as that is.
    """
    begin = body.rfind(b"\n", floor, at) + 1
    return (begin > 0 or floor == 0) and _PERCENT.match(body, begin, at) is not None


def _record(source: Source, entry: _Entry, ordinal: int, start: int, begin: int) -> RawRecord:
    n_before = len(source.repairs)
    line = source.line_at(begin)
    if entry.repair:
        source.repairs.append(Repair(line, entry.repair))
    source.repairs.extend([Repair(source.line_at(at), what) for at, what in sorted(entry.slips)])
    above = source.text(start, begin)
    before = [(HEADER, text.strip()) for text in above.split("\n") if text.strip()] if not above.isspace() else ()
    tags = (*before, *entry.tags)
    repairs = tuple(source.repairs[n_before:]) if len(source.repairs) > n_before else ()
    return quick_raw_record(ordinal, line, source.origin(start), source.origin(entry.end), tags, repairs)


def _look_at_key(entry: _Entry, keys: set[str], begin: int) -> None:
    """Report an entry without a key or with one that another has, and one without any field."""
    tags = entry.tags
    key = tags[1][1] if len(tags) > 1 and tags[1][0] == "citation key" else ""
    if not key:
        entry.slips.append((begin, _NO_KEY))
    elif key in keys:
        entry.slips.append((begin, _SAME_KEY))
    keys.add(key)
    has_field = len(tags) > 2 and tags[2][1]
    if not has_field and not any(value for tag, value in tags if tag not in {"entry type", "citation key"}):
        entry.slips.append((begin, _BARE))


def _give_up_junk(source: Source, covered: int, begin: int) -> int:
    """Report text in front of an entry that is no comment; where the entry's own span begins."""
    if not _junk(source.body, covered, begin):
        return covered
    source.leave(covered, begin)
    return begin


def _junk(body: bytes, start: int, end: int) -> bool:
    """Whether a piece between entries holds anything but blanks, comments and the headers that exporters write."""
    gap = body[start:end]
    if not gap.strip(b" \t\r\n\x1a\x00\xef\xbb\xbf,}"):
        return False
    at, rest = 0, []
    while found := _ENTRY.search(gap, at):
        rest.append(gap[at : found.start()])
        at = _closing(gap, found.end(), found.group(2)) or len(gap)
    rest.append(gap[at:])
    lines = (line.strip(b" \t\r\x1a\x00\xef\xbb\xbf") for text in rest for line in text.split(b"\n"))
    return any(line and not _frame().match(line) for line in lines)


def _read_entry(source: Source, found: re.Match[bytes], macros: dict[str, str], pairs: _Pairs) -> _Entry:
    """The entry that begins at a match of `_ENTRY`."""
    body = source.body
    kind = found.group(1).decode("ascii").lower()
    if kind in {"comment", "preamble"}:
        return _Entry(kind, _end_of_comment(body, found, pairs))
    entry = _Entry(kind, found.end(), [("entry type", found.group(1).decode("ascii"))])
    at = found.end()
    if kind != "string" and (key := _KEY.match(body, at)):
        name = (key.group(1) or key.group(2) or b"").strip()
        begin = key.start() + key.group().find(name)
        entry.tags.append(("citation key", source.text(begin, begin + len(name))))
        at = key.end()
    n_meta = len(entry.tags)
    field_at, tags = _FIELD.match, entry.tags
    needs_comma = body[at - 1] != _COMMA and at > found.end()
    while match := field_at(body, at):
        group = match.lastindex or 0
        value = match[group]
        text = (value.decode("ascii") if value.isascii() else source.text(*match.span(group))).strip()
        if group == _WORD:
            _look_up(entry, text, match.start(group), macros)
            text = macros.get(text.lower(), text)
        tags.append((_name(match[1]), text))
        if needs_comma and body[at] != _COMMA and b"," not in body[at : match.start(1)]:
            entry.slips.append((match.start(1), _NO_COMMA))
        needs_comma = True
        at = match.end()
    if close := _CLOSE.match(body, at):
        entry.end = close.end()
        _take_back_early_end(body, entry, found)
    else:
        _read_broken(source, entry, found, at, macros)
    if kind == "string":
        macros.update((tag.lower(), value) for tag, value in entry.tags[n_meta:] if len(value) <= _LONGEST_MACRO)
    return entry


def _look_up(entry: _Entry, word: str, at: int, macros: dict[str, str]) -> None:
    """Report a bare word that stands for itself, since nothing defines it."""
    if word[:1].isalpha() and word.lower() not in macros and word.lower() not in _MONTHS:
        entry.slips.append((at, f'no @string above defines the abbreviation "{word}": it stands for itself'))


def _end_of_comment(body: bytes, found: re.Match[bytes], pairs: _Pairs) -> int:
    """Where a comment or preamble ends; behind its opening brace where that never closes.

    That one does not is known at the end of the file: then all pairs are sought at once, and not so for each comment.
    """
    at, opening = found.end(), found.group(2)
    if opening not in pairs:
        end = _closing(body, at, opening)
        if end is not None:
            return end
        pairs[opening] = _paired(body, at, opening)
    return pairs[opening].get(at, at)


def _paired(body: bytes, at: int, opening: bytes) -> dict[int, int]:
    """Behind each opening brace the place behind the one that closes it."""
    found: dict[int, int] = {}
    open_at: list[int] = []
    for brace in _braces(opening).finditer(body, at):
        if brace.group() in b"{(":
            open_at.append(brace.end())
        elif open_at:
            found[open_at.pop()] = brace.end()
    return found


@lru_cache(maxsize=4096)
def _name(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _take_back_early_end(body: bytes, entry: _Entry, found: re.Match[bytes]) -> None:
    """Where a brace too many has closed the entry and its fields go on behind it, move the end behind them."""
    if not _MORE_FIELDS.match(body, entry.end):
        return
    following = _NEW_ENTRY.search(body, entry.end)
    edge = following.start() if following else len(body)
    last = body.rfind(b"}", entry.end, edge)
    at = entry.end
    while match := _FIELD.match(body, at):
        entry.tags.append(
            (
                match.group(1).decode("utf-8", "replace"),
                match.group().split(b"=", 1)[1].strip(b' \t\r\n{}"').decode("utf-8", "replace"),
            )
        )
        at = match.end()
    entry.end = max(last + 1, at)
    entry.repair = f"a brace too many closes @{found.group(1).decode('ascii')} early"


def _read_broken(source: Source, entry: _Entry, found: re.Match[bytes], at: int, macros: dict[str, str]) -> None:
    """Read the rest of an entry whose fields are not written as they should be, to its end or to the next entry."""
    body = source.body
    following = _before_close(_NEW_ENTRY, body, at, found)
    cut = following.start() + 1 if following else len(body)
    if following and _depth(body, found.end(), cut) > 1:
        # Within a value only an entry that follows a closing brace is one: "@article{a, b = " may stand in an abstract.
        closed = _before_close(_NEW_ENTRY_AFTER_CLOSE, body, max(at - 1, found.end()), found)
        cut = closed.start(1) if closed else len(body)
    closing = _closing(body, found.end(), found.group(2), cut)
    if closing:
        entry.end = closing
        edge = closing - 1
    else:
        entry.end = edge = cut
        entry.repair = "its braces do not close before the next entry"
    while at < edge:
        name = _LOOSE_NAME.match(body, at, edge)
        if name:
            value, at = _loose_value(source, name.end(), edge, macros, entry)
            entry.tags.append((name.group(1).decode("utf-8", "replace"), value))
            continue
        jump = _NEXT_FIELD.search(body, at, edge)
        stray = body[at : jump.start() if jump else edge].strip(b' \t\r\n,})"')
        if stray:
            entry.repair = entry.repair or "holds text that belongs to no field"
            entry.tags.append(("", stray.decode("utf-8", "replace")))
        at = jump.end() if jump else edge


def _before_close(head: re.Pattern[bytes], body: bytes, at: int, entry: re.Match[bytes]) -> re.Match[bytes] | None:
    """The next entry, unless the one that has begun closes before; either may be far: sought in growing windows."""
    window = _WINDOW
    while True:
        edge = min(at + window, len(body))
        following = head.search(body, at, edge)
        if following or edge == len(body) or _closing(body, entry.end(), entry.group(2), edge):
            return following
        window *= 4


def _loose_value(source: Source, at: int, edge: int, macros: dict[str, str], entry: _Entry) -> tuple[str, int]:
    """A value in parts joined by "#", or one whose braces do not close: then it ends where the next field begins."""
    body = source.body
    parts: list[str] = []
    while True:
        if body[at : at + 1] == b"{":
            end = _closing(body, at + 1, b"{", edge)
            if end is None:
                jump = _NEXT_FIELD.search(body, at, edge)
                end = jump.start() if jump else edge
            parts.append(source.text(at + 1, end).strip().removesuffix("}").rstrip(" ,"))
            at = end
        elif part := _value_part(body, at, edge, entry):
            quoted = part.group(1) is not None
            text = source.text(part.start(1 if quoted else 2), part.end(1 if quoted else 2))
            parts.append(text if quoted else macros.get(text.lower(), text))
            if not quoted:
                _look_up(entry, text, part.start(2), macros)
            at = part.end()
        else:
            jump = _NEXT_FIELD.search(body, at, edge)
            end = jump.start() if jump else edge
            parts.append(source.text(at, end).strip(' \t\r\n,"'))
            at = end
        joint = _JOINT.match(body, at, edge)
        if not joint:
            return "".join(parts).strip(), at
        at = joint.end()


def _value_part(body: bytes, at: int, edge: int, entry: _Entry) -> re.Match[bytes] | None:
    """A part of a value; None also where a quotation mark opens and none closes, which is sought only once."""
    if body[at : at + 1] != b'"':
        return _VALUE_PART.match(body, at, edge)
    if at < entry.unquoted:
        return None
    part = _VALUE_PART.match(body, at, edge)
    if part is None:
        mark = _LAST_MARK.search(body, at + 1, edge)
        entry.unquoted = mark.start() if mark else edge
    return part


def _braces(opening: bytes) -> re.Pattern[bytes]:
    """Finds what opens or closes: within parentheses these count, too."""
    return _BRACE if opening == b"{" else re.compile(rb"[{}()]")


def _closing(body: bytes, at: int, opening: bytes, edge: int | None = None) -> int | None:
    """Behind the brace or parenthesis that closes what was opened in front of `at`; None where nothing closes it."""
    depth = 1
    for found in _braces(opening).finditer(body, at, len(body) if edge is None else edge):
        depth += 1 if found.group() in b"{(" else -1
        if not depth:
            return found.end()
    return None


def _depth(body: bytes, start: int, end: int) -> int:
    return 1 + body.count(b"{", start, end) - body.count(b"}", start, end)

"""The bytes of one search export: their encoding, their lines, and what of them was repaired or left over."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from reviewflow.domain.record import Repair

if TYPE_CHECKING:
    from collections.abc import Callable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
)
Often: TypeAlias = tuple[str, str]
"""A repair that a whole file may ask for: in words where it was made once, and where {n} times."""

_LONE_RETURN = re.compile(rb"\r(?!\n)")
_NUL: Often = ("a NUL byte is left out of the fields", "{n} NUL bytes are left out of the fields, the first here")
_RETURN: Often = (
    "a carriage return that ends no line is read as a blank",
    "{n} carriage returns that end no line are read as blanks, the first here",
)
_LOST: Often = (
    "a character was lost before this file was written: U+FFFD stands in its place",
    "{n} characters were lost before this file was written: U+FFFD stands in their place, the first here",
)
_NO_CHARACTER: Often = (
    "is no character in this encoding: U+FFFD stands in its place",
    "{n} are no characters in this encoding: U+FFFD stands in their place, the first here",
)
_UNDEFINED = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_NUL_SAMPLE = 4096


@dataclass(frozen=True, slots=True)
class Leftover:
    """A piece of a search export that belongs to no record.

    Attributes:
        line: Line of the file on which it begins, from 1.
        text: What stands there.
        start: Its first byte in the file.
        end: One past its last byte.
    """

    line: int
    text: str
    start: int = 0
    end: int = 0


class Source:
    r"""The content of one file as bytes that can be searched for lines, with the way back to the file's own bytes.

    Attributes:
        content: The file as it is.
        name: What to call it in messages.
        body: A line end, then the content without its byte order mark; UTF-16 turned into UTF-8, and "\r" into "\n"
            where there is no "\n". So every line of the file has a line end in front of it.
        encoding: Of the file, as Python names it; "utf-8 and cp1252" where lines differ.
        leftovers: Pieces that belong to no record, found so far.
        repairs: What was read although it was not as it should be, found so far; what is `often` so not among it.
        n_rejected: Entries that were seen and could not be read, so far.
    """

    __slots__ = (
        "_begin", "_is_utf8", "_often", "_origin", "_place", "_wide",
        "body", "content", "encoding", "leftovers", "n_rejected", "name", "repairs",
    )  # fmt: skip

    def __init__(self, content: bytes, name: str) -> None:
        self.content = content
        self.name = name
        mark, self.encoding, codec = _encoding_of(content)
        self._wide = "" if codec == "utf-8" else codec
        body = content[mark:]
        if self._wide:
            body = body.decode(codec, "replace").encode("utf-8")
        if b"\r" in body and b"\n" not in body:
            body = body.replace(b"\r", b"\n")
        self.body = b"\n" + body
        self._is_utf8 = bool(self._wide) or _is_utf8(body)
        if not self._is_utf8:
            self.encoding = "cp1252" if not _has_utf8_letters(body) else "utf-8 and cp1252"
        self._origin = self._begin = (1, mark)
        self.reset()

    def reset(self) -> None:
        """Forget what reading has found, so that the file can be read again."""
        self.leftovers: list[Leftover] = []
        self.repairs: list[Repair] = []
        self._often: dict[Often, tuple[int, int]] = {}
        self.n_rejected = 0
        self._place = (0, 0)

    def often(self, what: Often, line: Callable[[], int], n: int = 1) -> None:
        """Count a repair that stands once in the report; the line is asked for only where it was made first."""
        met = self._often.get(what)
        self._often[what] = (met[0], met[1] + n) if met else (line(), n)

    def all_repairs(self) -> list[Repair]:
        """What was read although it was not as it should be, by line."""
        counted = ((line, what, n) for what, (line, n) in self._often.items())
        often = [Repair(line, one if n == 1 else many.format(n=f"{n:,}")) for line, (one, many), n in counted]
        return sorted([*self.repairs, *often], key=lambda repair: repair.line) if often else self.repairs

    def look_at_characters(self, *, is_text: bool) -> None:
        """Report what is no text: NUL and lone carriage returns where a format of lines forbids them, and U+FFFD."""
        body = self.body
        if is_text:
            if b"\0" in body:
                self._report(_NUL, body.find(b"\0"), body.count(b"\0", 0, len(body.rstrip(b" \t\r\n\0\x1a"))))
            # A search runs from one to the next; to count two bytes in a row looks at each of the file.
            if lone := _LONE_RETURN.search(body):
                self._report(_RETURN, lone.start(), body.count(b"\r") - body.count(b"\r\n"))
        lost = "\ufffd".encode()
        n_lost = n_undecoded = body.count(lost) if lost[:1] in body else 0
        if n_lost and self._wide:
            n_lost = self.content.count("\ufffd".encode(self._wide))
            self._report(_NO_CHARACTER, body.find(lost), max(n_undecoded - n_lost, 0))
        self._report(_LOST, body.find(lost), n_lost)

    def _report(self, what: Often, at: int, n: int) -> None:
        if n:
            self.often(what, lambda: self.line_at(at), n)

    def line_at(self, offset: int) -> int:
        """The line of the file, from 1, that holds the byte `offset` of the body."""
        last, line = self._place
        if offset < last:
            last, line = 0, 0
        line += self.body.count(b"\n", last, offset)
        self._place = (offset, line)
        return line

    def origin(self, offset: int) -> int:
        """The byte of the file that the byte `offset` of the body came from, its byte order mark with the first."""
        if offset >= len(self.body):
            return len(self.content)
        if offset <= 1:
            return 0
        if not self._wide:
            return offset - 1 + self._begin[1]
        last, place = self._origin if offset >= self._origin[0] else self._begin
        place += len(self.body[last:offset].decode("utf-8", "replace").encode(self._wide))
        self._origin = (offset, place)
        return place

    def text(self, start: int, end: int) -> str:
        """The text of a piece of the body; a line that is not UTF-8 is read as cp1252 and reported."""
        piece = self.body[start:end]
        if self._is_utf8:
            return piece.decode("utf-8")
        try:
            return piece.decode("utf-8")
        except UnicodeDecodeError:
            return self._mixed(piece, start)

    def _mixed(self, piece: bytes, start: int) -> str:
        lines: list[str] = []
        at = max(start, 1)
        for line in piece.split(b"\n"):
            try:
                lines.append(line.decode("utf-8"))
            except UnicodeDecodeError:
                lines.append(cp1252(line))
                self.repairs.append(Repair(self.line_at(at), "is not UTF-8: read as Windows-1252 (cp1252)"))
            at += len(line) + 1
        return "\n".join(lines)

    def leave(self, start: int, end: int) -> None:
        """Report a piece of the body that belongs to no record."""
        text = self.text(start, end)
        line = self.line_at(start) + text[: len(text) - len(text.lstrip())].count("\n")
        self.leftovers.append(Leftover(line, text.strip(), self.origin(start), self.origin(end)))


def cp1252(line: bytes) -> str:
    """The text of a line in Windows-1252; its five undefined bytes become the control characters of Latin-1."""
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte in _UNDEFINED else bytes((byte,)).decode("cp1252") for byte in line)


def _encoding_of(content: bytes) -> tuple[int, str, str]:
    """How long the byte order mark is, the encoding's name in the report, and the codec."""
    for mark, name, codec in _BOMS:
        if content.startswith(mark):
            return len(mark), name, codec
    wide = _utf16_by_nul(content[:_NUL_SAMPLE])
    return (0, wide, wide) if wide else (0, "utf-8", "utf-8")


def _utf16_by_nul(sample: bytes) -> str:
    """The UTF-16 codec whose pattern of NUL bytes the sample has, else ""."""
    pairs = len(sample) // 2
    if not pairs:
        return ""
    high, low = sample[0::2].count(0), sample[1::2].count(0)
    if low > 0.4 * pairs and high < 0.1 * pairs:
        return "utf-16-le"
    return "utf-16-be" if high > 0.4 * pairs and low < 0.1 * pairs else ""


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _has_utf8_letters(body: bytes) -> bool:
    """Whether some line of a body that is not UTF-8 throughout is UTF-8 beyond ASCII."""
    return any(not line.isascii() and _is_utf8(line) for line in body.split(b"\n"))

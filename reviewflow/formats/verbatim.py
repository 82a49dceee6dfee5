"""Cuts records out of a search export and gives a file of the same format that holds them, byte for byte."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias

from reviewflow.errors import InputError
from reviewflow.formats.bibtex import definitions
from reviewflow.formats.elements import layout
from reviewflow.formats.registry import READERS
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Span: TypeAlias = tuple[int, int]

_UTF8_MARK = b"\xef\xbb\xbf"
_MARKS = (_UTF8_MARK, b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"\xff\xfe", b"\xfe\xff")
_WIDE = ("utf-16", "utf-32")


class Cutter:
    """A search export whose records are cut out.

    Args:
        content: The search export.
        format: Its format, as `import --check` names it.
        encoding: Its encoding, as Python names it.
        spans: (first byte, one past the last) of each of its records, in order; together they hold the whole file.
        first_line: Line on which the first record begins, from 1.
    """

    def __init__(self, content: bytes, format: str, encoding: str, spans: Sequence[Span], first_line: int) -> None:  # noqa: A002 - the word of `import --check`
        self._content = content
        self._format = format
        self._encoding = encoding
        self._spans = spans
        self._first_line = first_line

    def only(self, wanted: Iterable[int]) -> bytes:
        """A file that holds some of the records, each with the very bytes that it has in this one.

        Args:
            wanted: Their places, from 0.

        Raises:
            InputError: The records stand in a list in UTF-16 or UTF-32, of which only the whole can be taken.
        """
        places = sorted(set(wanted))
        if len(places) == len(self._spans):
            return self._content
        if READERS[self._format] in {"tagged", "bibtex"}:
            body = self._abbreviations(places) + b"".join(self._pieces(places))
            mark = next((mark for mark in _MARKS if self._content.startswith(mark)), b"")
            return body if body.startswith(mark) else mark + body
        if self._encoding.startswith(_WIDE):
            raise InputError(
                f"records cannot be cut out of {self._format} in {self._encoding}", "take all records of that file"
            )
        apart = b",\n" if READERS[self._format] == "objects" else b""
        chosen = apart.join(self._content[slice(*self._core(place))] for place in places)
        return self._content[: self._core(0)[0]] + chosen + self._content[self._core(len(self._spans) - 1)[1] :]

    def _pieces(self, places: Sequence[int]) -> Iterator[bytes]:
        """The bytes of each record, between two a line end where the next would go on in the last line of the first."""
        breaks = READERS[self._format] == "tagged" and not self._encoding.startswith(_WIDE)
        is_open = False
        for place in places:
            piece = self._content[slice(*self._spans[place])]
            if is_open and piece[:1] not in b"\r\n":
                yield b"\n"
            yield piece
            is_open = breaks and piece[-1:] not in b"\r\n"

    def _abbreviations(self, places: Sequence[int]) -> bytes:
        """What records of BibTeX may refer to, and that stands with others that are not wanted."""
        if self._format != "bibtex" or self._encoding.startswith(_WIDE):
            return b""
        wanted = set(places)
        left = (span for place, span in enumerate(self._spans) if place not in wanted)
        return b"".join(definitions(self._content[slice(*span)]) for span in left)

    def _core(self, place: int) -> Span:
        """Where a record itself lies: at the ends of the file its span holds what is around all records, too."""
        start, end = self._spans[place]
        if READERS[self._format] == "elements":
            return self._element(start, end, is_first=place == 0)
        if READERS[self._format] == "objects":
            return self._object(start, end, is_first=place == 0)
        return self._first_row() if place == 0 else start, end

    def _element(self, start: int, end: int, *, is_first: bool) -> Span:
        piece = self._content[start:end]
        found = layout(self._format).start.search(piece)
        if found is None:
            return start, end
        closing = b"</" + found.group(1)
        stop = piece.find(b">", piece.rfind(closing)) + 1 if closing in piece else found.end()
        return start + found.start() if is_first else start, start + stop

    def _object(self, start: int, end: int, *, is_first: bool) -> Span:
        # What JSON is made of is ASCII, and Latin-1 gives a character for each byte.
        text = self._content[start:end].decode("latin-1")
        at = len(_UTF8_MARK) if is_first and self._content.startswith(_UTF8_MARK) else 0
        if is_first:
            opening = re.compile(schema_toml("formats", f"{self._format}.toml")["objects"]["list"]).match(text, at)
            at = opening.end() if opening else at
        begin = text.index("{", at)
        _, stop = json.JSONDecoder().raw_decode(text, begin)
        return start + begin, start + stop

    def _first_row(self) -> int:
        """Where the first row of a table begins, behind its header."""
        line_end = b"\n" if b"\n" in self._content else b"\r"
        at = 0
        for _ in range(self._first_line - 1):
            at = self._content.index(line_end, at) + 1
        return at

"""A search export opened for reading: what it is, then its records one after the other, then what was odd about it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from reviewflow.formats.registry import READERS, reader
from reviewflow.formats.sniff import sniff
from reviewflow.formats.source import Leftover, Source
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.domain.record import RawRecord, Repair

_HEAD = 200_000
_OF_LINES = frozenset(["tagged", "bibtex", "delimited"])


class Export:
    """A search export.

    Attributes:
        name: What to call the file in messages.
        format: As `import --check` names it: "ris", "nbib", ...
    """

    __slots__ = ("_source", "format", "name")

    def __init__(self, source: Source, format: str) -> None:  # noqa: A002 - the word of `import --check`
        self._source = source
        self.name = source.name
        self.format = format

    def records(self) -> Iterator[RawRecord]:
        """The records, one after the other; what was odd about the file stands in the other attributes afterwards."""
        self._source.reset()
        yield from reader(self.format).read(self._source, self.format)
        self._source.look_at_characters(is_text=READERS[self.format] in _OF_LINES)

    @property
    def exporter(self) -> str:
        """The tool that wrote the file ("Embase.com", "Zotero"); "" where it does not show."""
        head = self._source.body[:_HEAD]
        return next((name for name, signs in _signs(self.format) if all(sign.search(head) for sign in signs)), "")

    @property
    def encoding(self) -> str:
        """The file's encoding as Python names it."""
        return self._source.encoding

    @property
    def leftovers(self) -> list[Leftover]:
        """Pieces that belong to no record, as far as the file has been read."""
        return self._source.leftovers

    @property
    def repairs(self) -> list[Repair]:
        """What was read although it was not as it should be, by line, as far as the file has been read."""
        return self._source.all_repairs()

    @property
    def n_rejected(self) -> int:
        """How many entries were seen and could not be read, as far as the file has been read."""
        return self._source.n_rejected


def open_export(content: bytes, name: str) -> Export:
    """The search export that a file holds, told by its content and never by its name.

    Raises:
        InputError: The file is empty, a web page, binary, or text that holds no record; says which.
    """
    source = Source(content, name)
    return Export(source, sniff(source))


@cache
def _signs(name: str) -> tuple[tuple[str, tuple[re.Pattern[bytes], ...]], ...]:
    def pattern(sign: str) -> re.Pattern[bytes]:
        return re.compile(sign.replace("BOM", r"\xef\xbb\xbf").encode("ascii"))

    table = schema_toml("formats", f"{name}.toml")
    return tuple((entry["name"], tuple(map(pattern, entry["signs"]))) for entry in table.get("exporter", ()))

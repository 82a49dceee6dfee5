"""The file in which changes travel between copies of a review: JSON Lines, each change with the facts that it wrote.

References stand as "uuid of the change/line", which is the form that the hash of a change covers: what is read here can
be verified before anything is kept, and means the same whatever the local ids are.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.domain.ledger import Digest
from reviewflow.errors import InputError
from reviewflow.storage.blobs import sha256_of
from reviewflow.storage.ledger import HEADER, hashed
from reviewflow.storage.rows import storable
from reviewflow.storage.tables import FACTS, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KIND = "changes of a review, by reviewflow"
VERSION = 1

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFERENCE = re.compile(rf"({_UUID.pattern})/([1-9][0-9]{{0,9}})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_INTEGERS = range(-(2**31), 2**31)
"""What both databases hold in a column of whole numbers."""


@cache
def columns_of(name: str) -> list[str]:
    """The columns of a fact table that travel, in the order in which the hash covers them."""
    return [column.name for column in table(name).columns if column.name not in {"id", "change"}]


def header_line(about: dict[str, Any]) -> str:
    """The first line of a file."""
    columns = {name: columns_of(name) for name in FACTS}
    return _line({"file": KIND, "version": VERSION, **about, "columns": columns})


def change_line(header: dict[str, Any]) -> str:
    """The line that begins a change: its columns, and the uuid of the change that it undoes."""
    return _line({"change": header})


def fact_line(name: str, values: Iterable[Any]) -> str:
    """The line of a fact, after that of its change."""
    return _line([name, list(values)])


def blob_line(sha256: str, content: bytes) -> str:
    """The line of a file that was imported."""
    packed = base64.b64encode(zlib.compress(content)).decode("ascii")
    return _line({"bytes": {"sha256": sha256, "size_bytes": len(content), "zlib_base64": packed}})


def end_line(n_changes: int, needs: dict[str, str]) -> str:
    """The last line: without it a file was cut short.

    Args:
        n_changes: How many changes the file holds.
        needs: uuid -> maker of every change that these refer to and that is not in the file.
    """
    return _line({"end": {"n_changes": n_changes, "needs": needs}})


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"


@dataclass(slots=True)
class Arriving:
    """A change as a file tells it, verified.

    Attributes:
        first: Index of the line of its first fact.
        end: One past the line of its last fact.
        refers_to: uuids of the changes that it undoes or whose facts it refers to.
        holds: The fact tables that it wrote to.
    """

    uuid: str
    header: dict[str, Any]
    undoes: str | None
    sha256: str
    file: ChangesFile
    first: int
    end: int = 0
    refers_to: set[str] = field(default_factory=set)
    holds: set[str] = field(default_factory=set)

    @property
    def reviewer(self) -> str:
        """Who made it."""
        return str(self.header["reviewer"])

    @property
    def chain(self) -> tuple[str, str]:
        """The chain that it is a link of: copy and reviewer."""
        return str(self.header["copy_id"]), self.reviewer

    def facts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(table, column -> value) of every fact, references as text."""
        for line in self.file.lines[self.first : self.end]:
            name, values = json.loads(line)
            yield name, dict(zip(columns_of(name), values, strict=True))


@dataclass(slots=True)
class ChangesFile:
    """A file of changes, read and verified; holds all of it in memory.

    Attributes:
        name: Its name, for messages.
        title: Title of the review.
        by: Whose changes it was made to hand on.
        protocol_sha256: Digest of reviewflow.toml where it was made.
        needs: uuid -> maker of the changes that are referred to and not in it.
    """

    name: str
    lines: list[bytes]
    title: str = ""
    by: str = ""
    protocol_sha256: str = ""
    changes: list[Arriving] = field(default_factory=list)
    needs: dict[str, str] = field(default_factory=dict)
    _blobs: dict[str, int] = field(default_factory=dict)

    @property
    def blobs(self) -> tuple[str, ...]:
        """SHA-256 of every file of which it holds the bytes."""
        return tuple(self._blobs)

    def blob(self, sha256: str) -> bytes:
        """The bytes of a file.

        Raises:
            InputError: They are not what their SHA-256 says.
        """
        at = self._blobs[sha256]
        told = json.loads(self.lines[at])["bytes"]
        try:
            packed = base64.b64decode(told["zlib_base64"], validate=True)
            content = zlib.decompressobj().decompress(packed, told["size_bytes"] + 1)
        except (KeyError, TypeError, ValueError, OverflowError, binascii.Error, zlib.error):
            content = b""
        if sha256_of(content) != sha256:
            raise self.refusal(at, f"holds a file that is not the one with SHA-256 {sha256[:12]}...")
        return content

    def refusal(self, at: int, what: str) -> InputError:
        """The error that says what is wrong with a line."""
        whose = f" --as {self.by}" if self.by else ""
        return InputError(
            f"{self.name}, line {at + 1} {what}", f"have it exported again: reviewflow export changes{whose} -o FILE"
        )


def read(name: str, content: bytes) -> ChangesFile:
    """Read a file of changes and verify the hash of each.

    Raises:
        InputError: It is no such file, is cut short, or something in it was altered; names the line and the change.
    """
    lines = content.split(b"\n")
    if lines and not lines[-1].strip():
        lines.pop()
    return _Reading(ChangesFile(name, lines)).file


class _Reading:
    """Goes through the lines of a file once, from the first to the last."""

    def __init__(self, file: ChangesFile) -> None:
        self.file = file
        self._at = 0
        self._open: Arriving | None = None
        self._digest = Digest({})
        self._last = ("", 0)
        self._begin()
        ended = False
        for at in range(1, len(file.lines)):
            self._at = at
            if ended:
                raise self._refusal("stands after the end")
            ended = self._take(self._json())
        if not ended:
            whole = f"{file.name} ends in the middle: its last line is missing"
            raise InputError(whole, "copy it again, or have it exported again: reviewflow export changes -o FILE")

    def _refusal(self, what: str) -> InputError:
        return self.file.refusal(self._at, what)

    def _json(self) -> Any:  # noqa: ANN401 any JSON
        try:
            return json.loads(self.file.lines[self._at])
        except (ValueError, RecursionError) as error:
            raise self._refusal("is no JSON") from error

    def _begin(self) -> None:
        wrong = InputError(
            f"{self.file.name} is no file of changes", "name one that `reviewflow export changes -o FILE` wrote"
        )
        try:
            told = json.loads(self.file.lines[0]) if self.file.lines else None
        except (ValueError, RecursionError) as error:
            raise wrong from error
        if not isinstance(told, dict) or told.get("file") != KIND:
            raise wrong
        if told.get("version") != VERSION:
            raise InputError(
                f"{self.file.name} is a file of changes of version {told.get('version')}, and this program reads "
                f"{VERSION}",
                "pip install --upgrade reviewflow",
            )
        about = [told.get(key) for key in ("title", "by", "protocol_sha256")]
        if not all(isinstance(each, str) for each in about):
            raise self._refusal("does not say whose changes these are")
        self.file.title, self.file.by, self.file.protocol_sha256 = map(str, about)
        columns = told.get("columns")
        self._columns: dict[str, Any] = columns if isinstance(columns, dict) else {}

    def _take(self, told: Any) -> bool:  # noqa: ANN401 any JSON
        """Take in a line; gives whether it was the last."""
        if isinstance(told, list) and self._open is not None:
            self._fact(self._open, told)
            return False
        self._close()
        if not isinstance(told, dict) or len(told) != 1:
            raise self._refusal("is neither a change nor a fact of one")
        ((kind, value),) = told.items()
        if kind == "change":
            self._change(value)
        elif kind == "bytes" and isinstance(value, dict) and _is(_SHA256, value.get("sha256")):
            self.file._blobs[value["sha256"]] = self._at  # noqa: SLF001 it is the one that fills it
        elif kind == "end":
            self._end(value)
            return True
        else:
            raise self._refusal("is neither a change nor a fact of one")
        return False

    def _change(self, told: Any) -> None:  # noqa: ANN401 any JSON
        if not isinstance(told, dict) or set(told) != {*HEADER, "undoes", "sha256"} or not _is_header(told):
            raise self._refusal("begins no change as this program writes them")
        header = {name: told[name] for name in HEADER}
        self._open = Arriving(told["uuid"], header, told["undoes"], told["sha256"], self.file, self._at + 1)
        if told["undoes"]:
            self._open.refers_to.add(told["undoes"])
        self._digest = Digest(hashed(header, told["undoes"]))
        self._last = ("", 0)

    def _fact(self, of: Arriving, told: list[Any]) -> None:
        if len(told) != 2 or not isinstance(told[0], str) or not isinstance(told[1], list):
            raise self._refusal("is no fact")
        name, values = told
        if name not in FACTS or self._columns.get(name) != columns_of(name):
            raise InputError(
                f"{self.file.name} was written by a reviewflow with other tables: {name!r} is not as it is here",
                "install the same version in both places: pip install --upgrade reviewflow",
            )
        last, line = self._last
        expected = line + 1 if name == last else 1
        goes_back = bool(last) and FACTS.index(name) < FACTS.index(last)
        if goes_back or len(values) != len(columns_of(name)) or values[0] != expected:
            raise self._refusal(f"is out of its place in change {of.uuid[:8]} of {of.reviewer}")
        for column, value in zip(columns_of(name), values, strict=True):
            self._value(of, name, column, value)
        of.holds.add(name)
        self._digest.add((name, tuple(values)))
        self._last = (name, expected)

    def _value(self, of: Arriving, name: str, column_name: str, value: Any) -> None:  # noqa: ANN401 any JSON
        column = table(name).columns[column_name]
        if value is None:
            fits = bool(column.nullable)
        elif column.foreign_keys:
            found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
            fits = found is not None
            if found is not None and found.group(1) != of.uuid:
                of.refers_to.add(found.group(1))
        else:
            fits = type(value) is _kind(column) and _holds(value)
        if not fits:
            raise self._refusal(f"holds {column_name} = {str(value)[:40]!r}, which {name} cannot hold")

    def _close(self) -> None:
        """Verify the change that was read to its end."""
        of = self._open
        if of is None:
            return
        of.end = self._at
        if self._digest.hexdigest() != of.sha256:
            raise self.file.refusal(
                of.first - 1,
                f"begins change {of.uuid[:8]} of {of.reviewer} ({of.header['command']}), which is not as it was "
                "written: it, or a fact of it, was altered",
            )
        self.file.changes.append(of)
        self._open = None

    def _end(self, told: Any) -> None:  # noqa: ANN401 any JSON
        needs = told.get("needs") if isinstance(told, dict) else None
        if not isinstance(needs, dict) or told.get("n_changes") != len(self.file.changes):
            raise self._refusal(f"does not end a file of {len(self.file.changes)} changes: some are missing")
        self.file.needs = {str(key): str(value) for key, value in needs.items()}


def _is(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


@cache
def _kind(column: sa.Column[Any]) -> type:
    """What a column holds."""
    kinds = ((sa.Boolean, bool), (sa.Integer, int), (sa.Float, float))
    return next((kind for sort, kind in kinds if isinstance(column.type, sort)), str)


def _holds(value: object) -> bool:
    """Whether both databases can hold the value."""
    if isinstance(value, str):
        return storable(value) == value
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, bool) or value in _INTEGERS


def _is_header(told: dict[str, Any]) -> bool:
    texts = [told[name] for name in (*HEADER, "sha256") if name != "sequence"]
    return (
        all(isinstance(text, str) and _holds(text) for text in texts)
        and type(told["sequence"]) is int
        and told["sequence"] in range(1, 2**31)
        and _is(_UUID, told["uuid"])
        and (told["undoes"] is None or _is(_UUID, told["undoes"]))
        and _is_time(told["at_utc"])
    )


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).isoformat(timespec="milliseconds") == text and text.endswith("+00:00")
    except ValueError:
        return False

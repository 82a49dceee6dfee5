"""The journal of a review: who changed what and when, chained so that an altered entry shows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

GENESIS = "0" * 64
"""What the first change of a chain names as the hash before it."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, when, and under which new uuid; handed down by the front end.

    Attributes:
        reviewer: Name in the team.
        at_utc: Time of the change, in UTC.
        uuid: A fresh uuid for the change.
        command: What was called, as the log shows it.
    """

    reviewer: str
    at_utc: datetime
    uuid: str
    command: str


@dataclass(frozen=True, slots=True)
class Change:
    """A journal entry as it stands.

    Attributes:
        id: Local id, in the order of this copy.
        sequence: Number in the chain of its reviewer in its copy, from 1.
        undoes: Local id of the change that it undoes.
        stands: Whether no standing change undoes it.
    """

    id: int
    uuid: str
    at_utc: str
    reviewer: str
    copy_id: str
    sequence: int
    command: str
    note: str
    undoes: int | None
    stands: bool
    previous_sha256: str = GENESIS
    sha256: str = ""

    @property
    def code(self) -> str:
        """A short name that is the same in every copy."""
        return self.uuid[:8]


def digest(header: Mapping[str, Any], lines: Iterable[tuple[str, tuple[Any, ...]]]) -> str:
    """The SHA-256 of a change, in hexadecimal.

    Args:
        header: Columns of the journal entry, the previous hash among them.
        lines: (table, values) of every fact it wrote, references as "uuid of the change/line".
    """
    total = Digest(header)
    for line in lines:
        total.add(line)
    return total.hexdigest()


class Digest:
    """The SHA-256 of a change while its lines come one after the other; see `digest`."""

    def __init__(self, header: Mapping[str, Any]) -> None:
        self._total = hashlib.sha256(_canonical(header))

    def add(self, line: tuple[str, tuple[Any, ...]]) -> None:
        """Take in the next fact."""
        self._total.update(b"\n")
        self._total.update(_canonical(line))

    def hexdigest(self) -> str:
        """What the lines so far give, in hexadecimal."""
        return self._total.hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def standing(undoes: Mapping[int, int | None]) -> set[int]:
    """The changes that stand: those that no standing change undoes.

    Args:
        undoes: For each change the change that it undoes, every change after the one that it undoes.
    """
    stands = dict.fromkeys(undoes, True)
    # Two copies may have undone one change each: it does not stand while either of the two does.
    for change, undone in reversed(list(undoes.items())):
        if undone is not None and stands[change]:
            stands[undone] = False
    return {change for change, true in stands.items() if true}

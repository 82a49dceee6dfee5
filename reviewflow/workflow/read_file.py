"""A search export that was read, and not yet written to the review: its records can be gone through again and again.

A file of a million lines does not lie in memory: its records are read anew each time they are gone through.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from reviewflow.domain.retraction import is_retracted
from reviewflow.formats import canonical, no_record, open_export
from reviewflow.workflow.references import travelling_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from reviewflow.domain.record import RawRecord, Record
    from reviewflow.formats import Export

    Progress = Callable[[int, int], None]

_HELD: Final = 5000
"""Records of a file that are kept in memory, so that most files are read once."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A search export, and what is said of it as a whole.

    Attributes:
        name: What to call it.
        content: Its bytes.
        export: The export, opened.
        n_records: Records in it, those left out not counted.
        told: The databases that records say that they come from, and of how many each.
        n_retracted: Records marked as retracted or withdrawn.
        keys: Ordinal of a record to the key under which a review handed it out.
        left_out: Ordinals of the records that are passed over.
    """

    name: str
    content: bytes
    export: Export
    n_records: int
    told: Counter[str]
    n_retracted: int
    keys: Mapping[int, str]
    left_out: frozenset[int] = frozenset()
    _held: tuple[tuple[RawRecord, Record], ...] | None = field(default=None, repr=False)

    def pairs(self) -> Iterator[tuple[RawRecord, Record]]:
        """The records with their canonical fields, in the order of the file."""
        every = iter(self._held) if self._held is not None else _read(self.export)
        return (pair for pair in every if pair[0].ordinal not in self.left_out)

    def without(self, known: Collection[str]) -> ReadFile:
        """The file without the records that were handed out under one of these keys."""
        own = frozenset(ordinal for ordinal, key in self.keys.items() if key in known)
        if not own:
            return self
        rest = replace(self, left_out=self.left_out | own)
        tally = _Tally()
        for _, record in rest.pairs():
            tally.add(record)
        return replace(rest, told=tally.told, n_records=tally.n, n_retracted=tally.n_retracted)


@dataclass(slots=True)
class _Tally:
    """What is counted of records as they are read."""

    n: int = 0
    told: Counter[str] = field(default_factory=Counter)
    n_retracted: int = 0

    def add(self, record: Record) -> None:
        self.n += 1
        if record.database:
            self.told[record.database] += 1
        self.n_retracted += is_retracted(record)


def read_file(name: str, content: bytes, progress: Progress | None = None) -> ReadFile:
    """Read a search export; `progress` is called with the number of bytes read so far, and of all.

    Raises:
        InputError: It cannot be read, or holds no record.
    """
    export = open_export(content, name)
    tally, keys, held = _Tally(), dict[int, str](), list[tuple["RawRecord", "Record"]]()
    for raw, record in _read(export):
        tally.add(record)
        if tally.n <= _HELD:
            held.append((raw, record))
        elif held:
            held.clear()
        key = travelling_key(raw.tags)
        if key:
            keys[raw.ordinal] = key
        if progress is not None and not tally.n % 500:
            progress(raw.end, len(content))
    if not tally.n:
        raise no_record(export)
    kept = tuple(held) if tally.n <= _HELD else None
    return ReadFile(name, content, export, tally.n, tally.told, tally.n_retracted, keys, _held=kept)


def _read(export: Export) -> Iterator[tuple[RawRecord, Record]]:
    return ((raw, canonical(raw, export.format)) for raw in export.records())

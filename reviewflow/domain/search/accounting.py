"""Accounts for every id of a search, and compares a search with an earlier run of itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

PER_BATCH = 200
"""How many records are asked for at once; NCBI's advice for lists of ids."""


@dataclass(frozen=True, slots=True)
class Accounting:
    """What became of the ids that were asked for.

    Attributes:
        n_asked: Ids asked for, each counted once.
        n_received: Of those, how many came back.
        absent: Those that did not come back: deleted, or merged into another record.
        unasked: Those that came although nobody asked.
        twice: Those that came more than once.
    """

    n_asked: int
    n_received: int
    absent: tuple[str, ...]
    unasked: tuple[str, ...]
    twice: tuple[str, ...]


def account(asked: Iterable[str], received: Sequence[str]) -> Accounting:
    """Hold what came against what was asked for."""
    wanted = list(dict.fromkeys(asked))
    known, came = set(wanted), list(dict.fromkeys(received))
    here = set(came)
    seen: set[str] = set()
    twice = {id_ for id_ in received if id_ in seen or seen.add(id_)}  # type: ignore[func-returns-value] # add gives None
    absent = tuple(id_ for id_ in wanted if id_ not in here)
    unasked = tuple(id_ for id_ in came if id_ not in known)
    return Accounting(len(wanted), len(wanted) - len(absent), absent, unasked, tuple(sorted(twice, key=_in_order)))


def batches(ids: Sequence[str], size: int = PER_BATCH) -> Iterator[tuple[str, ...]]:
    """The ids in order, `size` at a time."""
    for start in range(0, len(ids), size):
        yield tuple(ids[start : start + size])


def ids_sha256(ids: Iterable[str]) -> str:
    """The SHA-256 of a set of ids: of the sorted ids, each on a line of its own."""
    return hashlib.sha256("".join(f"{id_}\n" for id_ in sorted(set(ids), key=_in_order)).encode()).hexdigest()


def _in_order(id_: str) -> tuple[int, str]:
    """PMIDs sort as numbers."""
    return len(id_), id_


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run of a search beside the runs before it.

    Attributes:
        new: Found now and not before, in the order of the source.
        lost: In the review from an earlier run, and no longer found.
        retracted: In the review, and marked as retracted since.
    """

    new: tuple[str, ...]
    lost: tuple[str, ...]
    retracted: tuple[str, ...]


def compare(
    found: Iterable[str], known: Collection[str], retracted: Iterable[str], known_as_retracted: Collection[str]
) -> Comparison:
    """Compare a run with what the review has from the runs before.

    Args:
        found: Ids that the search finds now.
        known: Ids that the review has from it.
        retracted: Ids that the source marks as retracted now.
        known_as_retracted: Ids that the review knew to be retracted.
    """
    now, before = list(dict.fromkeys(found)), set(known)
    here, told = set(now), set(known_as_retracted)
    return Comparison(
        new=tuple(id_ for id_ in now if id_ not in before),
        lost=tuple(sorted(before - here, key=_in_order)),
        retracted=tuple(sorted((set(retracted) & before) - told, key=_in_order)),
    )

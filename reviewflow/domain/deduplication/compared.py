"""What is known when the pairs of records are compared and nothing follows from them yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.deduplication.evidence import Found
from reviewflow.domain.deduplication.normalise import Sketch, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.pool import Pool


def _none() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(slots=True)
class Compared:
    """Records, the pairs of them that were compared, and what was found on these.

    Attributes:
        pool: The records.
        found: Links and relations by pair.
        judged: The pairs that the rules judged, each as one number, sorted.
        clashing: Those of them whose records cannot be in one cluster, sorted.
    """

    pool: Pool
    found: Found = field(default_factory=Found)
    judged: NDArray[np.int64] = field(default_factory=_none)
    clashing: NDArray[np.int64] = field(default_factory=_none)

    @property
    def linked(self) -> set[int]:
        """The records that a rule would merge with another."""
        return {record for one in self.found.automatic for record in (one.record_a, one.record_b)}

    def remember(self, chosen: NDArray[np.int64], clash: NDArray[np.bool_]) -> None:
        """Keep which pairs of places were judged, and which of these contradict each other."""
        self.judged, self.clashing = (np.sort(self._numbers(pairs)) for pairs in (chosen, chosen[clash]))

    def known(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Of pairs of places: which were judged, and which of these contradict each other; -1 is a place outside."""
        numbers = np.where((chosen >= 0).all(axis=1), self._numbers(chosen), -1)
        return _among(numbers, self.judged), _among(numbers, self.clashing)

    def _numbers(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        numbers: NDArray[np.int64] = chosen[:, 0] * len(self.pool.candidates) + chosen[:, 1]
        return numbers


def _among(numbers: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.bool_]:
    at = np.searchsorted(known, numbers)
    found: NDArray[np.bool_] = np.append(known, -2)[at] == numbers
    return found


def copied(pool: Pool, places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Each of some places, given in order, with the first of them that is the same in every field: it or another."""
    seen: dict[tuple[object, ...], int] = {}
    for place in places:
        tells = _tells(pool.sketches[place])
        yield place, seen.setdefault(fingerprint(pool.candidates[place]), place) if tells else place


def _tells(known: Sketch) -> bool:
    """True where a record says enough for an equal one to be its copy: "Editorial" alone does not."""
    if known.year is None or len(known.title) < 20:
        return False
    return bool(known.page or known.doi or known.opening) or (bool(known.lead) and len(known.title) >= 40)

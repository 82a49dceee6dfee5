"""Who screens what: reports are shared out evenly, by chance, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Sharing:
    """How reports are to be shared out.

    Attributes:
        reviewers: Among whom, in an order that does not matter.
        votes: Reviewers that each report gets.
        overlap: Per cent of the reports that get one reviewer more.
        capacity: Reviewer -> at most how many reports; empty for no limit. Who is not named then gets none.
        seed: Another seed, another draw.
    """

    reviewers: Sequence[str]
    votes: int
    overlap: float = 0
    capacity: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        n_needed = self.votes + (self.overlap > 0)
        if len(self.among) < n_needed:
            named = ", ".join(self.among) or "nobody"
            fewer = "leave --overlap out" if self.overlap > 0 and self.votes == 1 else "take a rule with fewer votes"
            raise UsageError(
                f"a report needs {n_needed} reviewers, and there is only {named}",
                f"name more in --to or --capacity; reviewflow team add NAME --role reviewer; or {fewer}",
            )
        if not 0 <= self.overlap <= 100:
            raise UsageError(f"an overlap of {self.overlap:g} is no share in per cent", "--overlap 10")

    @property
    def among(self) -> list[str]:
        """Those who get reports, by name."""
        return sorted(name for name in set(self.reviewers) if not self.capacity or self.capacity.get(name, 0) > 0)


def in_chance_order(ids: Iterable[int], seed: int) -> list[int]:
    """The numbers in an order that depends on them and the seed alone, as good as drawn."""
    return sorted(set(ids), key=lambda id_: (_draw(seed, id_), id_))


def _draw(seed: int, id_: int) -> int:
    # Not the random module, whose draws may be others in another version of Python: a seed is written into protocols.
    return int.from_bytes(sha256(f"{seed}/{id_}".encode()).digest()[:8], "big")


class _Loads:
    """How much everybody has been given so far, and may still be given."""

    def __init__(self, sharing: Sharing) -> None:
        self._capacity = sharing.capacity
        self._names = sharing.among
        self._n = dict.fromkeys(self._names, 0)
        self._n_first = dict.fromkeys(self._names, 0)

    def take(self, how_many: int, draw: int, but: Collection[str] = ()) -> tuple[str, ...]:
        """The reviewers of one report, the one who votes first in front; those there are where capacity runs out.

        Whoever has most capacity left comes first, which is the only way not to end with reports that need two and one
        person who has room for all of them.
        """
        start = draw % len(self._names)
        turned = self._names[start:] + self._names[:start]
        free = [name for name in turned if name not in but and self._left(name) != 0]
        chosen = sorted(free, key=self._left, reverse=True)[:how_many]
        return tuple(sorted(chosen, key=lambda name: (self._n_first[name], turned.index(name))))

    def _left(self, name: str) -> int:
        return self._capacity[name] - self._n[name] if self._capacity else -1 - self._n[name]

    def count(self, chosen: Sequence[str]) -> None:
        """Note that these got a report."""
        for name in chosen:
            self._n[name] += 1
        self._n_first[chosen[0]] += 1


def shared_out(reports: Iterable[int], sharing: Sharing) -> dict[int, tuple[str, ...]]:
    """Report -> its reviewers, the one who votes first in front; a report for which capacity is short is left out."""
    order = in_chance_order(reports, sharing.seed)
    n_overlapping = int(len(order) * sharing.overlap / 100 + 0.5)
    loads = _Loads(sharing)
    found: dict[int, tuple[str, ...]] = {}
    for place, report in enumerate(order):
        n = sharing.votes + (place < n_overlapping)
        chosen = loads.take(n, _draw(sharing.seed, report))
        if len(chosen) == n:
            loads.count(chosen)
            found[report] = chosen
    return found


def handed_over(assigned: Mapping[int, Sequence[str]], from_: str, sharing: Sharing) -> dict[int, tuple[str, ...]]:
    """Report -> its reviewers once somebody else has the place of `from_`; where nobody is left, it is left out.

    Args:
        assigned: Report -> its reviewers now, `from_` among them.
        from_: Who hands over.
        sharing: Among whom; its number of votes does not matter.
    """
    loads = _Loads(sharing)
    found: dict[int, tuple[str, ...]] = {}
    for report in in_chance_order(assigned, sharing.seed):
        now = assigned[report]
        chosen = loads.take(1, _draw(sharing.seed, report), but=now)
        if chosen:
            loads.count(chosen)
            found[report] = tuple(chosen[0] if name == from_ else name for name in now)
    return found

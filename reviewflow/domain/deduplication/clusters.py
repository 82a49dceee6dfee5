"""Clusters of duplicates, each of which is a report: links joined under what a person answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from reviewflow.domain.deduplication.model import Answer, Link


class Clusters:
    """Sets of records that only ever grow together, and the pairs that keep two sets apart.

    Args:
        ids: The records, each a set of its own at first.
        apart: Pairs of records that no set may hold together.
    """

    def __init__(self, ids: Iterable[int], apart: Iterable[tuple[int, int]] = ()) -> None:
        self._parent = {record: record for record in ids}
        # Most records stay alone: only sets of two and more are written down.
        self._members: dict[int, list[int]] = {}
        self._answered: dict[int, set[int]] = {}
        self._contradicted: dict[int, set[int]] = {}
        _enter(apart, self._answered)

    def keep_apart(self, contradictions: Iterable[tuple[int, int]]) -> None:
        """From now on, join no two sets of which a member contradicts a member of the other."""
        _enter(contradictions, self._contradicted)

    def root(self, record: int) -> int:
        """The lowest record of the set that holds this one."""
        parent = self._parent
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def together(self, a: int, b: int) -> bool:
        """True where one set holds both."""
        return self.root(a) == self.root(b)

    def members(self, record: int) -> list[int]:
        """The records of the set that holds this one."""
        root = self.root(record)
        return self._members.get(root) or [root]

    def _between(self, a: int, b: int, enemies: dict[int, set[int]]) -> bool:
        if not enemies:
            return False
        one, other = self.members(a), self.members(b)
        fewer, root = (one, self.root(b)) if len(one) <= len(other) else (other, self.root(a))
        return any(
            enemy in self._parent and self.root(enemy) == root for record in fewer for enemy in enemies.get(record, ())
        )

    def join(self, a: int, b: int) -> bool:
        """Join the sets of two records; False where that is not allowed."""
        one, other = self.root(a), self.root(b)
        if one == other:
            return True
        if self._between(one, other, self._answered) or self._between(one, other, self._contradicted):
            return False
        low, high = min(one, other), max(one, other)
        self._parent[high] = low
        self._members.setdefault(low, [low]).extend(self._members.pop(high, (high,)))
        return True

    def named(self) -> dict[int, int]:
        """Record to the lowest record of its set."""
        return {record: self.root(record) for record in self._parent}


def answered_apart(answers: Iterable[Answer]) -> set[tuple[int, int]]:
    """The pairs that a person holds to be different reports, the lower id first."""
    return {_ordered(a.record_a, a.record_b) for a in answers if not a.same}


def answered_same(answers: Iterable[Answer]) -> list[tuple[int, int]]:
    """The pairs that a person holds to be one report, the lower id first, in order."""
    return sorted({_ordered(a.record_a, a.record_b) for a in answers if a.same})


def cluster(ids: Collection[int], links: Sequence[tuple[int, int, float]], answers: Sequence[Answer]) -> dict[int, int]:
    """The lowest record of the cluster of each record: a person's answers first, then the links, the best first.

    A link, or an answer that contradicts another answer, is passed over where it would put two records in one cluster
    that a person holds to be different; so is what names a record outside `ids`. The order of the arguments does not
    matter.

    Args:
        ids: The records.
        links: (record, record, score) of the automatic links that stand.
        answers: The answers that stand.
    """
    known = set(ids)
    found = Clusters(sorted(known), answered_apart(answers))
    for a, b in answered_same(answers):
        if a in known and b in known:
            found.join(a, b)
    for _, a, b in sorted((-score, *_ordered(a, b)) for a, b, score in links):
        if a in known and b in known:
            found.join(a, b)
    return found.named()


def waiting(links: Iterable[Link], clusters: Mapping[int, int], answers: Iterable[Answer]) -> list[Link]:
    """One pair for every two clusters that may be one, the likeliest pair of each, the most doubtful first.

    Args:
        links: What no rule decided, and what constraints refused.
        clusters: Record to the name of its cluster; a link of other records is passed over.
        answers: The answers that stand: a person who held two clusters apart is not asked again.
    """
    apart = {_ordered(clusters[a], clusters[b]) for a, b in answered_apart(answers) if a in clusters and b in clusters}
    best: dict[tuple[int, int], Link] = {}
    for one in sorted(links, key=lambda k: (-k.score, k.record_a, k.record_b)):
        if one.record_a in clusters and one.record_b in clusters:
            pair = _ordered(clusters[one.record_a], clusters[one.record_b])
            if pair[0] != pair[1] and pair not in apart:
                best.setdefault(pair, one)
    return sorted(best.values(), key=lambda k: (abs(k.score - 0.5), k.record_a, k.record_b))


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a <= b else (b, a)


def _enter(pairs: Iterable[tuple[int, int]], enemies: dict[int, set[int]]) -> None:
    for a, b in pairs:
        enemies.setdefault(a, set()).add(b)
        enemies.setdefault(b, set()).add(a)

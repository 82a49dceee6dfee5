"""What follows from the pairs: clusters that no answer and no contradiction forbids, and the pairs left to a person."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewflow.domain.deduplication.clusters import Clusters, answered_apart, answered_same, cluster, waiting
from reviewflow.domain.deduplication.compared import copied
from reviewflow.domain.deduplication.model import Findings, Link
from reviewflow.domain.deduplication.pause import collection_paused
from reviewflow.domain.deduplication.rules import contradicted, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.compared import Compared
    from reviewflow.domain.deduplication.model import Answer, Candidate
    from reviewflow.domain.deduplication.pool import Pool

_BATCH: Final = 20_000


@collection_paused()
def decide(
    compared: Compared,
    answers: Sequence[Answer],
    *,
    among: AbstractSet[int] | None = None,
    others: Iterable[Candidate] = (),
    earlier: Iterable[Link] = (),
) -> Findings:
    """The reports that follow from what was found on pairs, bound by a person's answers.

    Args:
        compared: What was found.
        answers: A person's standing answers.
        among: The records that are decided upon, where these are not all that were compared. Whole clusters, by all
            that links two records: answers, what was found, and `earlier`.
        others: Records to be decided upon that were not compared.
        earlier: What an earlier run found automatic among records that are not new, accepted or refused: it is decided
            upon again together with what was found now, so that the outcome is that of one run over all.
    """
    found = compared.found
    pool = compared.pool if among is None else compared.pool.narrowed(among, others)
    known = {(one.record_a, one.record_b) for one in found.automatic}
    automatic = [*found.automatic, *(one for one in earlier if (one.record_a, one.record_b) not in known)]
    places = {c.id: place for place, c in enumerate(pool.candidates)}
    clusters = Clusters(places, answered_apart(answers))
    for a, b in answered_same(answers):
        if a in places and b in places:
            clusters.join(a, b)
    links = sorted(automatic, key=lambda k: (-k.score, k.record_a, k.record_b))
    clusters.keep_apart(_contradictions(pool, compared, clusters, links))
    accepted: list[Link] = []
    refused: list[Link] = []
    for one in links:
        (accepted if clusters.join(one.record_a, one.record_b) else refused).append(one)
    named = cluster(places, [(k.record_a, k.record_b, k.score) for k in accepted], answers)
    return Findings(
        links=tuple(accepted),
        refused=tuple(refused),
        doubts=tuple(sorted(found.review, key=lambda k: (k.record_a, k.record_b))),
        review=tuple(waiting([*found.review, *refused], named, answers)),
        relations=tuple(
            r
            for r in sorted(found.relations, key=lambda r: (r.record, r.of, r.kind))
            if r.record not in places or r.of not in places or not clusters.together(r.record, r.of)
        ),
        clusters=named,
    )


def _contradictions(
    pool: Pool, compared: Compared, earlier: Clusters, links: Sequence[Link]
) -> Iterator[tuple[int, int]]:
    """Pairs that would stand in one cluster if every link were followed, and that contradict each other."""
    inside = _inside(pool, earlier, links)
    if not len(inside):
        return
    before = {c.id: place for place, c in enumerate(compared.pool.candidates)}
    moved = np.array([before.get(c.id, -1) for c in pool.candidates], np.int64)
    is_known, clash = compared.known(moved[inside])
    # Most of them share a key, and were judged with it.
    open_ = np.flatnonzero(~is_known)
    for start in range(0, len(open_), _BATCH):
        at = open_[start : start + _BATCH]
        clash[at] = contradicted(judge(pool.features(inside[at]), pool.rules), pool.rules)
        pool.forget(np.empty(0, np.int64))
    for a, b in inside[clash].tolist():
        yield pool.candidates[a].id, pool.candidates[b].id


def _inside(pool: Pool, earlier: Clusters, links: Sequence[Link]) -> NDArray[np.int64]:
    """The pairs of places within each cluster of three and more that following every link would give, shape (n, 2)."""
    places = {c.id: place for place, c in enumerate(pool.candidates)}
    whole = Clusters(places)
    for record, root in earlier.named().items():
        whole.join(record, root)
    for one in links:
        whole.join(one.record_a, one.record_b)
    groups = (sorted(whole.members(root)) for root in sorted({whole.root(one.record_a) for one in links}))
    pairs: list[tuple[int, int]] = []
    for group in groups:
        if len(group) > 2:
            # A copy stands or falls with its original, so only originals are held against each other.
            alone = [place for place, first in copied(pool, (places[m] for m in group)) if place == first]
            pairs += combinations(alone, 2) if len(alone) > 2 else ()
    return np.array(pairs, np.int64).reshape(-1, 2)

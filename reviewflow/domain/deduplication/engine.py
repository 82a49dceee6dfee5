"""The run of deduplication: keys, pairs, features, rules, clusters."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewflow.domain.deduplication.blocks import keys, pairs
from reviewflow.domain.deduplication.clusters import Clusters, answered_apart, answered_same, cluster, waiting
from reviewflow.domain.deduplication.evidence import Found, collect, link, relation_between, veto_names
from reviewflow.domain.deduplication.model import Explanation, Findings, Link
from reviewflow.domain.deduplication.normalise import Sketch, fingerprint, sketch
from reviewflow.domain.deduplication.pause import collection_paused
from reviewflow.domain.deduplication.pool import Pool, read_pool, read_tables
from reviewflow.domain.deduplication.rules import AUTOMATIC, DECISIONS, contradicted, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.model import Answer, Candidate

# Pairs compared at a time: enough for the threads, few enough for the memory.
_BATCH: Final = 50_000
_COPY: Final = "identical record"


@collection_paused()
def find_duplicates(
    candidates: Sequence[Candidate],
    answers: Sequence[Answer],
    tables: Mapping[str, Mapping[str, Any]],
    *,
    new_ids: AbstractSet[int] | None = None,
    earlier: Sequence[Link] = (),
    sketches: Mapping[int, Sketch] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Findings:
    """The duplicates among records, decided by named rules and bound by a person's answers.

    Args:
        candidates: The records; their order does not matter.
        answers: A person's standing answers.
        tables: "rules", "words" and "relations": the tables of schemas/deduplication.
        new_ids: Where given, only pairs with at least one of these records are compared.
        earlier: What an earlier run found automatic among the other records, accepted or refused: it is decided upon
            again together with what is new, so that the outcome is that of one run over all.
        sketches: What `sketches_of` gave of the records, where it was asked for the keys already.
        progress: Told how many pairs are compared, of how many.

    Raises:
        InputError: Two records have the same id, or a table cannot be used.
    """
    pool = read_pool(candidates, tables, sketches)
    is_new = None if new_ids is None else np.array([c.id in new_ids for c in pool.candidates], np.bool_)
    found = Found()
    originals = np.array(_originals(pool, is_new, found), np.int64)
    chosen = pairs([pool.sketches[p] for p in originals.tolist()], None if is_new is None else is_new[originals])
    _judge_all(pool, originals[chosen], found, progress)
    known = {(one.record_a, one.record_b) for one in found.automatic}
    found.automatic += (one for one in earlier if (one.record_a, one.record_b) not in known)
    return _findings(pool, set(originals.tolist()), found, answers)


def sketches_of(candidates: Iterable[Candidate], tables: Mapping[str, Mapping[str, Any]]) -> dict[int, Sketch]:
    """Record id to what its keys are made of: see `keys`.

    Raises:
        InputError: A table is missing or cannot be used.
    """
    words = read_tables(tables)[0]
    return {one.id: sketch(one.record, words) for one in candidates}


def explain(a: Candidate, b: Candidate, tables: Mapping[str, Mapping[str, Any]]) -> Explanation:
    """What deduplication thinks of any two records, also of two that share no key.

    Raises:
        InputError: The two have the same id, or a table cannot be used.
    """
    pool = read_pool([a, b], tables)
    chosen = np.array([[0, 1]], np.int64)
    features = pool.features(chosen)
    verdicts = judge(features, pool.rules)
    told = link(pool, chosen, features, verdicts, 0)
    relation = relation_between(pool, chosen, features, verdicts, 0)
    low, high = pool.sketches
    return Explanation(
        record_a=told.record_a,
        record_b=told.record_b,
        decision=DECISIONS[verdicts.decision[0]],
        rule=told.rule,
        vetoes=veto_names(pool.rules, verdicts, 0),
        score=told.score,
        evidence=told.evidence,
        why=told.why,
        relation=relation,
        shared_keys=tuple(sorted(set(keys(low)) & set(keys(high)))),
    )


def _originals(pool: Pool, is_new: NDArray[np.bool_] | None, found: Found) -> list[int]:
    """The places of the records that are no copy of an earlier one; each copy is linked to its original."""
    seen: dict[tuple[object, ...], int] = {}
    originals = []
    for place, candidate in enumerate(pool.candidates):
        first = seen.setdefault(fingerprint(candidate), place) if _tells(pool.sketches[place]) else place
        if first == place:
            originals.append(place)
        elif is_new is None or is_new[place] or is_new[first]:
            why = "The two records are the same in every field."
            found.automatic.append(Link(pool.candidates[first].id, candidate.id, _COPY, 1.0, {"title": 100.0}, why))
    return originals


def _tells(known: Sketch) -> bool:
    """True where a record says enough for an equal one to be its copy: "Editorial" alone does not."""
    if known.year is None or len(known.title) < 20:
        return False
    return bool(known.page or known.doi or known.opening) or (bool(known.lead) and len(known.title) >= 40)


def _judge_all(
    pool: Pool, chosen: NDArray[np.int64], found: Found, progress: Callable[[int, int], None] | None
) -> None:
    kept, title = _worth_comparing(pool, chosen)
    for start in range(0, len(kept), _BATCH):
        end = start + _BATCH
        features = pool.features(kept[start:end], title[start:end])
        collect(pool, kept[start:end], features, judge(features, pool.rules), found)
        pool.forget(np.unique(kept[end : end + _BATCH]))
        if progress is not None:
            progress(min(end, len(kept)), len(kept))


def _worth_comparing(pool: Pool, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The pairs that may be duplicates at all with the similarity of their titles, neighbours beside each other."""
    batches = [pool.worth_comparing(chosen[start : start + _BATCH]) for start in range(0, len(chosen), _BATCH)]
    kept = np.concatenate([np.empty((0, 2), np.int64), *(pairs_ for pairs_, _ in batches)])
    title = np.concatenate([np.empty(0, np.float32), *(ratio for _, ratio in batches)])
    if len(kept) <= _BATCH:
        return kept, title
    # What was read of a record can be let go when the pairs of all that hangs together with it are judged.
    from scipy.sparse import coo_array  # noqa: PLC0415 - loaded only where there are so many pairs
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - as above

    n = len(pool.candidates)
    graph = coo_array((np.ones(len(kept), np.bool_), (kept[:, 0], kept[:, 1])), shape=(n, n))
    order = np.argsort(connected_components(graph, directed=False)[1][kept[:, 0]], kind="stable")
    return kept[order], title[order]


def _findings(pool: Pool, originals: set[int], found: Found, answers: Sequence[Answer]) -> Findings:
    places = {c.id: place for place, c in enumerate(pool.candidates)}
    clusters = Clusters(places, answered_apart(answers))
    for a, b in answered_same(answers):
        if a in places and b in places:
            clusters.join(a, b)
    links = sorted(found.automatic, key=lambda k: (-k.score, k.record_a, k.record_b))
    clusters.keep_apart(_contradictions(pool, originals, clusters, links))
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
            if not clusters.together(r.record, r.of)
        ),
        clusters=named,
    )


def _contradictions(
    pool: Pool, originals: set[int], earlier: Clusters, links: Sequence[Link]
) -> Iterator[tuple[int, int]]:
    """Pairs that would stand in one cluster if every link were followed, and that contradict each other."""
    places = {c.id: place for place, c in enumerate(pool.candidates)}
    whole = Clusters(places)
    for record, root in earlier.named().items():
        whole.join(record, root)
    for one in links:
        whole.join(one.record_a, one.record_b)
    # A copy stands or falls with its original, so only originals are held against each other.
    members = (
        [places[m] for m in sorted(whole.members(root)) if places[m] in originals]
        for root in sorted({whole.root(one.record_a) for one in links})
    )
    inside = [pair for group in members if len(group) > 2 for pair in combinations(group, 2)]
    for start in range(0, len(inside), _BATCH):
        chosen = np.array(inside[start : start + _BATCH], np.int64)
        features = pool.features(chosen)
        # A rule that stands despite a veto stands inside a cluster too.
        clash = contradicted(features, pool.rules) & (judge(features, pool.rules).decision != AUTOMATIC)
        for n in np.flatnonzero(clash).tolist():
            a, b = chosen[n].tolist()
            yield pool.candidates[a].id, pool.candidates[b].id
        pool.forget(np.empty(0, np.int64))

"""The run of deduplication: keys, pairs, features, rules; what follows for the reports stands in decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewflow.domain.deduplication.blocks import keys, pairs
from reviewflow.domain.deduplication.compared import Compared, copied
from reviewflow.domain.deduplication.decisions import decide
from reviewflow.domain.deduplication.evidence import collect, link, relation_between, veto_names
from reviewflow.domain.deduplication.model import Explanation, Link
from reviewflow.domain.deduplication.normalise import Sketch, sketch
from reviewflow.domain.deduplication.pause import collection_paused
from reviewflow.domain.deduplication.pool import Pool, read_pool, read_tables
from reviewflow.domain.deduplication.rules import DECISIONS, contradicted, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.model import Answer, Candidate, Findings

# Pairs compared at a time: enough for the threads, few enough for the memory.
_BATCH: Final = 20_000
_COPY: Final = "identical record"


@collection_paused()
def find_duplicates(
    candidates: Sequence[Candidate],
    answers: Sequence[Answer],
    tables: Mapping[str, Mapping[str, Any]],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Findings:
    """The duplicates among records, decided by named rules and bound by a person's answers.

    Args:
        candidates: The records; their order does not matter.
        answers: A person's standing answers.
        tables: "rules", "words" and "relations": the tables of schemas/deduplication.
        progress: Told how many pairs are compared, of how many.

    Raises:
        InputError: Two records have the same id, or a table cannot be used.
    """
    return decide(compare_records(candidates, tables, progress=progress), answers)


@collection_paused()
def compare_records(
    candidates: Sequence[Candidate],
    tables: Mapping[str, Mapping[str, Any]],
    *,
    new_ids: AbstractSet[int] | None = None,
    sketches: Mapping[int, Sketch] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Compared:
    """What the rules find on pairs of records that share a key: the first half of `find_duplicates`.

    Args:
        candidates: The records; their order does not matter.
        tables: As for `find_duplicates`.
        new_ids: Where given, only pairs with at least one of these records are compared.
        sketches: What `sketches_of` gave of some of the records, where it was asked for the keys already.
        progress: Told how many pairs are compared, of how many.

    Raises:
        InputError: Two records have the same id, or a table cannot be used.
    """
    compared = Compared(read_pool(candidates, tables, sketches))
    pool = compared.pool
    is_new = None if new_ids is None else np.array([c.id in new_ids for c in pool.candidates], np.bool_)
    places = _without_copies(compared, is_new)
    chosen = pairs([pool.sketches[p] for p in places.tolist()], None if is_new is None else is_new[places])
    _judge_all(compared, places[chosen], progress)
    return compared


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


def _without_copies(compared: Compared, is_new: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """The places of the records that are no copy of an earlier one; each new copy is linked to its original."""
    pool = compared.pool
    originals = []
    for place, first in copied(pool, range(len(pool.candidates))):
        if first == place:
            originals.append(place)
        elif is_new is None or is_new[place] or is_new[first]:
            a, b = pool.candidates[first].id, pool.candidates[place].id
            why = "The two records are the same in every field."
            compared.found.automatic.append(Link(a, b, _COPY, 1.0, {"title": 100.0}, why))
    return np.array(originals, np.int64)


def _judge_all(compared: Compared, chosen: NDArray[np.int64], progress: Callable[[int, int], None] | None) -> None:
    pool = compared.pool
    kept, title = _worth_comparing(pool, chosen)
    clash = np.zeros(len(kept), np.bool_)
    for start in range(0, len(kept), _BATCH):
        end = start + _BATCH
        features = pool.features(kept[start:end], title[start:end])
        verdicts = judge(features, pool.rules)
        clash[start:end] = contradicted(verdicts, pool.rules)
        collect(pool, kept[start:end], features, verdicts, compared.found)
        pool.forget(np.unique(kept[end : end + _BATCH]))
        if progress is not None:
            progress(min(end, len(kept)), len(kept))
    compared.remember(kept, clash)


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

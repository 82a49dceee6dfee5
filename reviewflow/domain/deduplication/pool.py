"""The records under comparison, in the order of their ids, each read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewflow.domain.deduplication.features import compare, title_ratio, worth_comparing
from reviewflow.domain.deduplication.normalise import Detail, Sketch, detail, sketch
from reviewflow.domain.deduplication.relations import Tie, read_ties
from reviewflow.domain.deduplication.rules import Rules, read_rules
from reviewflow.domain.deduplication.vocabulary import Vocabulary, vocabulary
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.features import Features
    from reviewflow.domain.deduplication.model import Candidate

# Details of so many records are held: four kilobytes each.
_HELD: Final = 20_000


@dataclass(slots=True)
class Pool:
    """Records with what is known of each; a place is a record's position in the order of ids.

    Attributes:
        candidates: The records by id.
        sketches: What their keys are made of.
        words: The vocabulary they are read with.
        rules: The rules they are judged by.
        ties: The relations that are looked for.
        details: What else was read, by place.
    """

    candidates: list[Candidate]
    sketches: list[Sketch]
    words: Vocabulary
    rules: Rules
    ties: tuple[Tie, ...]
    details: dict[int, Detail] = field(default_factory=dict)

    def detail(self, place: int) -> Detail:
        """What is compared of the record at this place, read on first use."""
        known = self.details.get(place)
        if known is None:
            known = self.details[place] = detail(self.candidates[place].record, self.sketches[place], self.words)
        return known

    def forget(self, needed: NDArray[np.int64]) -> None:
        """Let go what was read of records that are not among the places needed, where much is held."""
        if len(self.details) > _HELD:
            self.details = {place: self.details[place] for place in needed.tolist() if place in self.details}

    def narrowed(self, ids: AbstractSet[int], others: Iterable[Candidate] = ()) -> Pool:
        """The records of these ids and some others beside them; what was read of a record is not read again."""
        chosen = {c.id: (c, place) for place, c in enumerate(self.candidates) if c.id in ids}
        chosen |= {c.id: (c, -1) for c in others if c.id not in chosen}
        ordered = [chosen[id_] for id_ in sorted(chosen)]
        known = [self.sketches[place] if place >= 0 else sketch(c.record, self.words) for c, place in ordered]
        details = {new: self.details[place] for new, (_, place) in enumerate(ordered) if place in self.details}
        return Pool([c for c, _ in ordered], known, self.words, self.rules, self.ties, details)

    def worth_comparing(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of the pairs of places that may be duplicates at all, with the similarity of their titles."""
        places, local = _local(chosen)
        keep, ratio = worth_comparing(local, [self.sketches[p] for p in places])
        return chosen[keep], ratio[keep]

    def features(self, chosen: NDArray[np.int64], title: NDArray[np.float32] | None = None) -> Features:
        """All features of the pairs of places; `title` is the similarity of their titles where it is known already."""
        places, local = _local(chosen)
        sketches = [self.sketches[p] for p in places]
        return compare(
            local,
            sketches,
            [self.detail(p) for p in places],
            [self.candidates[p].source for p in places],
            self.words,
            title_ratio(sketches, local) if title is None else title,
        )


def read_pool(
    candidates: Sequence[Candidate],
    tables: Mapping[str, Mapping[str, Any]],
    sketches: Mapping[int, Sketch] | None = None,
) -> Pool:
    """The records, read for comparison; `sketches` of those that were read already are not made again.

    Raises:
        InputError: Two records have the same id, or a table is missing or cannot be used.
    """
    ordered = sorted(candidates, key=lambda c: c.id)
    for before, after in pairwise(ordered):
        if before.id == after.id:
            raise InputError(f"two records have the id {after.id}", "give each record an id of its own")
    known, rules, ties = read_tables(tables)
    made = sketches or {}
    return Pool(ordered, [made.get(c.id) or sketch(c.record, known) for c in ordered], known, rules, ties)


def read_tables(tables: Mapping[str, Mapping[str, Any]]) -> tuple[Vocabulary, Rules, tuple[Tie, ...]]:
    """The vocabulary, rules and relations that the tables give.

    Raises:
        InputError: A table is missing or cannot be used.
    """
    try:
        words, rules, ties = (tables[name] for name in ("words", "rules", "relations"))
    except KeyError as missing:
        raise InputError(
            f"deduplication was not given the table {missing}", "hand it the tables of schemas/deduplication"
        ) from missing
    return vocabulary(words), read_rules(rules), read_ties(ties)


def _local(chosen: NDArray[np.int64]) -> tuple[list[int], NDArray[np.int64]]:
    """The places that occur in the pairs, and the pairs as positions among these."""
    places, inverse = np.unique(chosen, return_inverse=True)
    return [int(place) for place in places], inverse.reshape(-1, 2).astype(np.int64)

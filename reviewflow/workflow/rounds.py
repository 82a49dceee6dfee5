"""Rounds: a source may be searched again in the middle of a review, and what is new enters screening."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.storage import origins, records

if TYPE_CHECKING:
    from reviewflow.storage.records import Search
    from reviewflow.storage.review import Review


@dataclass(frozen=True, slots=True)
class Round:
    """A search as one of the rounds in which its source was searched.

    Attributes:
        search: The search.
        number: Which round of its source it is, from 1.
        n_new_reports: Reports that it found and no search before it: what was new in it after deduplication.
    """

    search: Search
    number: int
    n_new_reports: int


def rounds(review: Review) -> list[Round]:
    """All searches, each with its round and what was new in it."""
    with review.reading() as connection:
        known = records.searches(connection)
        new = origins.n_first_found(connection)
    seen: Counter[str] = Counter()
    found = []
    for search in known:
        seen[search.source.casefold()] += 1
        found.append(Round(search, seen[search.source.casefold()], new.get(search.id, 0)))
    return found

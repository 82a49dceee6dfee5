"""All ids that a query finds in PubMed, which hands out the first 9,999 of a search and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.search.slices import EVER, SHOWN, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.search.slices import DateRange
    from reviewflow.sources.answers import Found
    from reviewflow.sources.entrez import Entrez


@dataclass(frozen=True, slots=True)
class Hits:
    """All ids that a query finds.

    Attributes:
        term: The query as it was sent.
        whole: What PubMed said of it.
        slices: (days of entry, number of records) where it had to be cut.
        wrong: Why these are not all, "" when they are.
    """

    term: str
    whole: Found
    ids: tuple[str, ...]
    slices: tuple[tuple[str, int], ...]
    wrong: str


def find(entrez: Entrez, term: str) -> Hits:
    """All ids that a query finds, in slices where PubMed does not hand out the whole."""
    hits = _find_once(entrez, term)
    # Records may have been added between two requests: once more, before it is called incomplete.
    return _find_once(entrez, term) if hits.wrong else hits


def _find_once(entrez: Entrez, term: str) -> Hits:
    whole = entrez.search(term, retmax=SHOWN)
    if len(set(whole.ids)) == whole.count:
        return Hits(term, whole, whole.ids, (), "")

    def n_in(days: DateRange) -> int:
        return entrez.search(term, entered=days).count

    parts = split(EVER, whole.count, n_in)
    answers = [(days, entrez.search(term, retmax=SHOWN, entered=days)) for days, _ in parts]
    ids = tuple(dict.fromkeys(id_ for _, answer in answers for id_ in answer.ids))
    slices = tuple((str(days), answer.count) for days, answer in answers)
    return Hits(term, whole, ids, slices, _wrong_with(whole.count, answers, len(ids)))


def _wrong_with(count: int, answers: Sequence[tuple[DateRange, Found]], n_ids: int) -> str:
    """Why the slices are not the whole, "" when they are."""
    for days, answer in answers:
        if len(answer.ids) < answer.count:
            return f"{answer.count} records were entered on {days.first}, and PubMed hands out {len(answer.ids)}"
    total = sum(answer.count for _, answer in answers)
    if total != count:
        return f"the slices by day of entry sum to {total} records, and PubMed counts {count}"
    return f"PubMed counts {count} records and gives {n_ids} different ids" if n_ids != count else ""

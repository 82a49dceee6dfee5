"""All ids that a query finds in PubMed, which hands out the first 9,999 of a search and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.search.slices import EVER, SHOWN, Part, split, split_day

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
        slices: (days of entry, and of these what meets some conditions; number of records) where it had to be cut.
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

    def n_in_part(part: Part) -> int:
        return entrez.search(part.narrowed(term), entered=part.days).count

    parts: list[Part] = []
    for days, n in split(EVER, whole.count, n_in):
        day = Part(days)
        parts += [part for part, _ in split_day(day, n, n_in_part)] if n > SHOWN else [day]
    answers = [(part, entrez.search(part.narrowed(term), retmax=SHOWN, entered=part.days)) for part in parts]
    ids = tuple(dict.fromkeys(id_ for _, answer in answers for id_ in answer.ids))
    slices = tuple((str(part), answer.count) for part, answer in answers)
    return Hits(term, whole, ids, slices, _wrong_with(whole.count, answers, len(ids)))


def _wrong_with(count: int, answers: Sequence[tuple[Part, Found]], n_ids: int) -> str:
    """Why the slices are not the whole, "" when they are."""
    for part, answer in answers:
        if len(answer.ids) < answer.count:
            alike = " and are alike in all by which they could be parted" if part.conditions else ""
            return (
                f"{answer.count} records were entered on {part.days.first}{alike}, "
                f"and PubMed hands out {len(answer.ids)}"
            )
    total = sum(answer.count for _, answer in answers)
    if total != count:
        return f"the slices by day of entry sum to {total} records, and PubMed counts {count}"
    return f"PubMed counts {count} records and gives {n_ids} different ids" if n_ids != count else ""

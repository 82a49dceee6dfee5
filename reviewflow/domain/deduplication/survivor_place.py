"""Where a report was printed: journal, year, volume, issue and pages of one record, so that the citation is true."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reviewflow.domain.deduplication.places import (
    Place,
    compare_issue,
    compare_journals,
    compare_page,
    compare_volume,
    journal_names,
    read_place,
)
from reviewflow.domain.deduplication.survivor_choice import (
    Chosen,
    Criterion,
    Offer,
    choose,
    from_record,
    majority,
    not_chosen,
    without_stop,
)
from reviewflow.domain.deduplication.text import fold
from reviewflow.domain.deduplication.titles import DIFFER, SAME, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.deduplication.model import Candidate
    from reviewflow.domain.deduplication.survivor_signs import Signs
    from reviewflow.domain.record import Record

PLACE = ("journal", "journal_abbreviation", "year", "volume", "issue", "pages")
"""The fields that are chosen together."""

_NUMBERS = ("volume", "issue", "pages")


@dataclass(frozen=True, slots=True)
class _Printed:
    """A record with its place read."""

    id: int
    record: Record
    place: Place
    journals: tuple[tuple[str, ...], ...]
    in_press: bool


def choose_place(candidates: Sequence[Candidate], signs: Signs) -> tuple[Record, dict[str, Chosen], int]:
    """A record that holds the fields of the place and no others, where each is from, and the record of the place.

    The record with the best place gives all it has. What it lacks comes from records whose place agrees with it.

    Args:
        candidates: At least two records of one report, by id.
        signs: What tells a good value from a bad one.
    """
    printed = [_read(candidate, signs) for candidate in candidates]
    offers = [Offer(each.id, each) for each in printed]
    best, why = choose(offers, len(printed), _criteria(printed, signs))
    if len(set(map(_key, printed))) == 1:
        why = "the same place in all records"
    base = best.value
    chosen: dict[str, Chosen] = {}
    for name in ("year", *_NUMBERS):
        base = _filled(base, name, printed, chosen, why, signs)
    record, chosen["journal"] = _journal(base, printed, why, signs)
    record, chosen["journal_abbreviation"] = _abbreviation(replace(base, record=record), printed, signs)
    given = {name: of for name, of in chosen.items() if getattr(record, name) not in {"", None}}
    return record, given, best.record_id


def _read(candidate: Candidate, signs: Signs) -> _Printed:
    r = candidate.record
    return _Printed(
        candidate.id,
        r,
        read_place(r.volume, r.issue, r.pages),
        _names(r, signs),
        any(signs.in_press.search(text) for text in (r.volume, r.issue, r.pages, *r.publication_types)),
    )


def _names(record: Record, signs: Signs) -> tuple[tuple[str, ...], ...]:
    return journal_names(record.journal, signs.words) + journal_names(record.journal_abbreviation, signs.words)


def _criteria(printed: Sequence[_Printed], signs: Signs) -> list[Criterion[_Printed]]:
    printed_issue: Criterion[_Printed] = Criterion(
        "printed issue over article in press", lambda o: not o.value.in_press and _n_numbers(o.value) > 0
    )
    return [
        *([printed_issue] if any(each.in_press for each in printed) else []),
        Criterion("the most complete place", lambda o: _n_numbers(o.value) + _n_named(o.value.record)),
        Criterion("whole page range", lambda o: bool(o.value.place.last) or o.value.place.is_article_number),
        Criterion(
            "plain numbers", lambda o: not signs.untidy.search(f"{o.value.record.volume} {o.value.record.issue}")
        ),
        majority([Offer(each.id, each) for each in printed], len(printed), _key),
    ]


def _n_numbers(printed: _Printed) -> int:
    """How many of volume, issue and pages can be trusted."""
    return sum(map(bool, (printed.place.volume, printed.place.issue, printed.place.page)))


def _n_named(record: Record) -> int:
    return bool(record.journal or record.journal_abbreviation) + (record.year is not None)


def _key(printed: _Printed) -> tuple[object, ...]:
    place = printed.place
    return printed.record.year, place.volume, place.issue, place.prefix, place.page


def _filled(
    base: _Printed, name: str, printed: Sequence[_Printed], chosen: dict[str, Chosen], why: str, signs: Signs
) -> _Printed:
    """The base with a field that it lacks from a record whose place agrees, where there is one."""
    offers = [Offer(each.id, getattr(each.record, name)) for each in printed]
    offers = [offer for offer in offers if offer.value not in {"", None}]
    mine = getattr(base.record, name)
    if mine not in {"", None}:
        others = not_chosen(offers, mine)
        agree = not others and len(offers) == len(printed)
        chosen[name] = Chosen(base.id, "all records agree" if agree else why, others)
        return base
    agreeing = {each.id for each in printed if _agree(base, each, shares_number=name in _NUMBERS)}
    fitting = [offer for offer in offers if offer.record_id in agreeing]
    if not fitting:
        return base
    found, reason = choose(fitting, len(printed), [majority(fitting, len(printed))])
    chosen[name] = Chosen(
        found.record_id, f"not in r{base.id}, whose place agrees; {reason}", not_chosen(offers, found.value)
    )
    record: Record = replace(base.record, **{name: found.value})
    place = read_place(record.volume, record.issue, record.pages)
    return replace(base, record=record, place=place, journals=_names(record, signs))


def _agree(a: _Printed, b: _Printed, *, shares_number: bool) -> bool:
    """True where two places contradict each other in nothing; where asked, only if volume or page are the same."""
    if compare_journals(a.journals, b.journals) == DIFFER and a.journals and b.journals:
        return False
    if a.record.year is not None and b.record.year is not None and a.record.year != b.record.year:
        return False
    volume, page = compare_volume(a.place, b.place), compare_page(a.place, b.place)
    told = (
        (volume, a.record.volume, b.record.volume),
        (compare_issue(a.place, b.place), a.record.issue, b.record.issue),
        (page, a.record.pages, b.record.pages),
    )
    if any(one and other and result != SAME for result, one, other in told):
        return False
    return SAME in {volume, page} or not shares_number


def _journal(base: _Printed, printed: Sequence[_Printed], why: str, signs: Signs) -> tuple[Record, Chosen]:
    """The base with the fullest name of its journal, or with that of a record whose place agrees."""
    offers = [Offer(each.id, each.record.journal) for each in printed if each.record.journal]
    if base.journals:
        least = SAME if base.record.journal else UNKNOWN
        same = {each.id for each in printed if compare_journals(base.journals, each.journals) >= least} | {base.id}
    else:
        same = {each.id for each in printed if _agree(base, each, shares_number=False)}
    fitting = [offer for offer in offers if offer.record_id in same]
    if not fitting:
        return base.record, Chosen(base.id, why)
    found, reason = choose(fitting, len(printed), _journal_criteria(fitting, len(printed), base.id, signs))
    chosen = Chosen(found.record_id, why if len(fitting) == 1 else reason, not_chosen(offers, found.value))
    return replace(base.record, journal=found.value), chosen


def _journal_criteria(offers: Sequence[Offer[str]], n: int, base: int, signs: Signs) -> list[Criterion[str]]:
    return [
        Criterion("full name over abbreviation", lambda offer: _fullness(offer.value, signs)),
        Criterion("not in capitals", lambda offer: not offer.value.isupper()),
        Criterion("nothing added to the name", lambda offer: -len(fold(offer.value))),
        without_stop,
        majority(offers, n),
        from_record(base),
    ]


def _fullness(name: str, signs: Signs) -> int:
    """Letters of the name itself, without what stands in brackets or behind a colon."""
    names = journal_names(name, signs.words)
    return sum(map(len, names[0])) if names else 0


def _abbreviation(base: _Printed, printed: Sequence[_Printed], signs: Signs) -> tuple[Record, Chosen]:
    """The base with the abbreviation of its journal; one of another journal is left out."""
    names = _names(base.record, signs)
    offers = [Offer(each.id, each.record.journal_abbreviation) for each in printed if each.record.journal_abbreviation]
    same = {each.id for each in printed if not names or compare_journals(each.journals, names) == SAME} | {base.id}
    fitting = [offer for offer in offers if offer.record_id in same]
    if not fitting:
        return base.record, Chosen(base.id, "")
    n = len(printed)
    found, why = choose(fitting, n, [majority(fitting, n, str.casefold), from_record(base.id)])
    return replace(base.record, journal_abbreviation=found.value), Chosen(
        found.record_id, why, not_chosen(offers, found.value)
    )

"""The pairs that wait for a person, and what a person says of records: merged, split, the same or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.deduplication import explain, waiting
from reviewflow.errors import InputError, UsageError
from reviewflow.storage import comparison, reports
from reviewflow.storage.regrouped import Regrouped, regrouped
from reviewflow.storage.reports import StoredLink
from reviewflow.storage.views import viewer
from reviewflow.workflow.deduplication.given import candidates, rule_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reviewflow.domain.deduplication import Candidate, Explanation, Link
    from reviewflow.domain.ledger import Act
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review

BY_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records side by side."""

    a: Candidate
    b: Candidate
    link: Link


def review_queue(review: Review) -> list[Pair]:
    """The pairs that wait for a person, of the records compared so far, the most doubtful first."""
    with review.reading() as connection:
        links = _waiting(connection)
        named = {record for link in links for record in (link.record_a, link.record_b)}
        by_id = {candidate.id: candidate for candidate in candidates(connection, named)}
    return [Pair(by_id[link.record_a], by_id[link.record_b], link) for link in links]


def n_waiting(connection: Connection) -> int:
    """How many pairs wait for a person."""
    return len(_waiting(connection))


def _waiting(connection: Connection) -> list[Link]:
    doubts, answers = list(comparison.doubts(connection)), reports.answers(connection)
    named = {link.record_a for link in doubts} | {link.record_b for link in doubts}
    named |= {answer.record_a for answer in answers} | {answer.record_b for answer in answers}
    return waiting(doubts, reports.reports_of(connection, named), answers)


def answer(review: Review, act: Act, answers: Iterable[tuple[int, int, bool]]) -> int:
    """Write a person's answers on pairs of records: the same report, or not. They bind every later run.

    Returns:
        How many were new.

    Raises:
        InputError: A record is not there, or a pair names one record twice.
    """
    with review.change(act) as entry:
        asked = [(min(a, b), max(a, b), same) for a, b, same in answers]
        known = reports.reports_of(entry.connection, (record for a, b, _ in asked for record in (a, b)))
        for a, b, _ in asked:
            _check_pair(a, b, known)
        links = reports.links(entry.connection, {record for a, b, _ in asked for record in (a, b)})
        said = {(a, b): link.same for (a, b, by_person), link in links.items() if by_person}
        new = [StoredLink(a, b, same, True, BY_PERSON, 1.0, {}) for a, b, same in asked if said.get((a, b)) != same]
        reports.add_links(entry, new)
        entry.note = f"{sum(link.same for link in new)} the same, {sum(not link.same for link in new)} different"
        return len(new)


def _check_pair(a: int, b: int, known: Mapping[int, int]) -> None:
    if a == b:
        raise UsageError(f"r{a} is named twice", "name two records")
    for record in (a, b):
        if record not in known:
            raise InputError(f"there is no record r{record} in this review", "reviewflow export records lists them")


def merge(review: Review, act: Act, first: int, second: int) -> int:
    """Say that two records, and so their reports, are one, whatever was answered before; gives the report."""
    with review.reading() as connection:
        homes = [reports.report_of(connection, record) for record in (first, second)]
        sides = reports.members(connection, homes)
        against = [
            (one.record_a, one.record_b)
            for one in reports.answers(connection)
            if not one.same and _across(one.record_a, one.record_b, sides, homes)
        ]
    answer(review, act, [(first, second, True), *((a, b, True) for a, b in against)])
    with review.reading() as connection:
        return reports.report_of(connection, first)


def _across(a: int, b: int, sides: Mapping[int, Sequence[int]], homes: Sequence[int]) -> bool:
    one, other = (set(sides[home]) for home in homes)
    return (a in one and b in other) or (a in other and b in one)


def split(review: Review, act: Act, apart: Sequence[int]) -> tuple[int, int]:
    """Take records out of their report, as a report of their own.

    Args:
        review: The review.
        act: Who acts.
        apart: Records of one report, fewer than all of it.

    Returns:
        The report that keeps the others, and the new one.

    Raises:
        UsageError: The records are not of one report, or are all of it.
    """
    with review.reading() as connection:
        homes = {reports.report_of(connection, record) for record in apart}
        if len(homes) != 1:
            raise UsageError("the records to split off are not of one report", "name records of one report")
        members = reports.members(connection, homes)[homes.pop()]
    rest = [record for record in members if record not in apart]
    if not rest:
        raise UsageError("these are all records of the report: nothing would be left", "name fewer records")
    answer(review, act, [(a, b, False) for a in apart for b in rest])
    with review.reading() as connection:
        return reports.report_of(connection, rest[0]), reports.report_of(connection, apart[0])


def explain_pair(review: Review, first: int, second: int) -> tuple[Explanation, StoredLink | None, bool]:
    """What speaks for and against two records being one report.

    Returns:
        The explanation by the rules, a person's answer when there is one, and whether they are one report now.
    """
    with review.reading() as connection:
        found = {candidate.id: candidate for candidate in candidates(connection, (first, second))}
        _check_pair(min(first, second), max(first, second), found)  # type: ignore[arg-type] # only its keys are read
        links = reports.links(connection, found)
        homes = reports.reports_of(connection, found)
    said = links.get((min(first, second), max(first, second), True))
    return (
        explain(found[first], found[second], rule_tables(review.protocol.deduplication)),
        said,
        homes[first] == homes[second],
    )


def altered(review: Review, viewer_name: str, of: Iterable[int]) -> list[Regrouped]:
    """Which reports of some records were merged or taken apart after votes that the viewer may see."""
    with review.reading() as connection:
        there = set(reports.reports_of(connection, of).values())
        return regrouped(connection, viewer(review.protocol, viewer_name), there)

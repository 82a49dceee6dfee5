"""What was deduplicated, counted by source and by rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.deduplication import cluster
from reviewflow.storage import comparison, records, reports

if TYPE_CHECKING:
    from reviewflow.storage.review import Review


@dataclass(frozen=True, slots=True)
class SourceShare:
    """A source with its records, and how many of them are duplicates of a record with a lower number."""

    source: str
    n_records: int
    n_duplicates: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was deduplicated, for PRISMA-S item 16.

    Attributes:
        n_records: Records that stand.
        n_reports: Reports that they are.
        n_by_rules: Duplicates that rules alone found.
        n_by_hand: Duplicates that are so only by a person's answer.
        sources: The records and duplicates of each source.
        by_rule: Rule and the number of its links, most first.
        n_by_person_same: Pairs that a person called one report.
        n_by_person_different: Pairs that a person called two.
        relations: Kind of relation between different reports, and how many were found.
    """

    n_records: int
    n_reports: int
    n_by_rules: int
    n_by_hand: int
    sources: tuple[SourceShare, ...]
    by_rule: tuple[tuple[str, int], ...]
    n_by_person_same: int
    n_by_person_different: int
    relations: tuple[tuple[str, int], ...]


def report(review: Review) -> Report:
    """Duplicates by source and by rule, from the standing links."""
    with review.reading() as connection:
        home = records.sources(connection)
        members = reports.members(connection)
        links = reports.links(connection)
        answers = reports.answers(connection)
        related = Counter(each.kind for each in comparison.relations(connection))
    automatic = [(a, b, link.score) for (a, b, person), link in links.items() if link.same and not person]
    by_rules = cluster(home, automatic, [one for one in answers if not one.same])
    n_by_rules = len(home) - len(set(by_rules.values()))
    total, redundant = Counter(home.values()), Counter[str]()
    for same in members.values():
        redundant.update(home[record] for record in same[1:])
    rules = Counter(link.rule for link in links.values() if link.same and not link.by_person)
    people = Counter(link.same for link in links.values() if link.by_person)
    shares = tuple(SourceShare(name, n, redundant[name]) for name, n in total.items())
    return Report(
        len(home),
        len(members),
        n_by_rules,
        len(home) - len(members) - n_by_rules,
        shares,
        tuple(rules.most_common()),
        people[True],
        people[False],
        tuple(related.most_common()),
    )

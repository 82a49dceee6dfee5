"""Deduplication: rules link records, people answer what the rules leave open, and their answers bind."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from reviewflow.domain.deduplication import (
    TABLES,
    Candidate,
    Explanation,
    Findings,
    Link,
    cluster,
    explain,
    sketches_of,
    under,
    waiting,
)
from reviewflow.domain.deduplication import find_duplicates as _find
from reviewflow.domain.deduplication import keys as keys_of
from reviewflow.domain.deduplication.pause import collection_paused
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, UsageError
from reviewflow.formats import canonical, open_export
from reviewflow.resources import schema_toml
from reviewflow.storage import comparison, records, reports
from reviewflow.storage.blobs import sha256_of
from reviewflow.storage.regrouped import Regrouped, regrouped
from reviewflow.storage.reports import StoredLink
from reviewflow.storage.views import viewer
from reviewflow.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from reviewflow.domain.deduplication.normalise import Sketch
    from reviewflow.domain.ledger import Act
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review

    Progress = Callable[[int, int], None]

BY_PERSON = "person"


def rule_tables(policies: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """The rules, vetoes and words that deduplication obeys, under the policies of a protocol."""
    return under({name: schema_toml("deduplication", f"{name}.toml") for name in TABLES}, policies)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of deduplication did.

    Attributes:
        n_records: Records compared.
        n_reports: Reports they belong to now.
        n_new: Links that it added.
        n_withdrawn: Links of an earlier run that no longer hold.
        n_review: Pairs left for a person.
    """

    n_records: int
    n_reports: int
    n_new: int
    n_withdrawn: int
    n_review: int

    @property
    def n_duplicates(self) -> int:
        """Records that are duplicates of another."""
        return self.n_records - self.n_reports


def run(review: Review, act: Act, progress: Progress | None = None) -> Run:
    """Link the records that the rules find to be of one report; a second run changes nothing.

    New records are compared with those that share a key with one of them; the outcome is that of comparing all.

    Args:
        review: The review.
        act: Who acts.
        progress: Called with (pairs compared, pairs in all).
    """
    rules = rule_tables(review.protocol.deduplication)
    digest = _digest(rules)
    with review.change(act) as entry:
        connection = entry.connection
        work = comparison.begin(connection, digest)
        n_new = n_gone = 0
        if work.new or work.spoken_of:
            n_new, n_gone = _compare(entry, work, rules, progress)
        comparison.end(connection, digest)
        entry.is_worth_keeping = not was_run(connection)
        entry.note = f"{counted(work.n_standing, 'record')}; {counted(n_new, 'link')} added, {n_gone} withdrawn"
    with review.reading() as connection:
        return Run(work.n_standing, reports.n_reports(connection), n_new, n_gone, len(_waiting(connection)))


def _digest(rules: Mapping[str, Any]) -> str:
    """What changes when other rules, or another program, would compare records otherwise."""
    return sha256_of(json.dumps([__version__, rules], sort_keys=True, default=str).encode())


@collection_paused()
def _compare(
    entry: Entry, work: comparison.Work, rules: Mapping[str, Any], progress: Progress | None
) -> tuple[int, int]:
    """Compare what is new, and decide anew on all that it touches; gives the links added and withdrawn."""
    connection = entry.connection
    everything = _candidates(connection) if _is_most(work) else None
    new = _those_of(everything, work.new) if everything is not None else _read(connection, work.new)
    sketches = sketches_of(new, rules)
    comparison.add_keys(connection, ((record, _numbers(own)) for record, own in sketches.items()))
    refused = [link for link in comparison.doubts(connection, refused_only=True) if not _touches(link, work.new)]
    candidates = (
        _candidates(connection, _among(connection, work, sketches, refused)) if everything is None else everything
    )
    inside = {candidate.id for candidate in candidates}
    stored = {
        (a, b): link for (a, b, person), link in reports.links(connection, inside).items() if not person and link.same
    }
    earlier = [link for link in map(_found, stored.values()) if not _touches(link, work.new)]
    earlier += [link for link in refused if link.record_a in inside and link.record_b in inside]
    findings = _find(
        candidates,
        reports.answers(connection),
        rules,
        new_ids=work.new,
        earlier=earlier,
        sketches=sketches,
        progress=progress,
    )
    comparison.forget_doubts(connection, work.new, inside)
    comparison.add_doubts(connection, findings.doubts, refused=False)
    comparison.add_doubts(connection, findings.refused, refused=True)
    comparison.replace_relations(connection, work.new, findings.relations)
    found = {(link.record_a, link.record_b): link for link in findings.links}
    gone = [_withdrawn(link) for pair, link in stored.items() if pair not in found]
    # Written one after the other: their evidence would be held twice.
    added = (_stored(link) for pair, link in found.items() if pair not in stored)
    return reports.add_links(entry, chain(added, gone)) - len(gone), len(gone)


def _numbers(own: Sketch) -> set[int]:
    """The keys of a record as they are stored."""
    return {comparison.key_number(key) for key in keys_of(own)}


def _is_most(work: comparison.Work) -> bool:
    """True where so many records are new that all are read at once."""
    return 3 * len(work.new) > work.n_standing


def _those_of(candidates: Iterable[Candidate], ids: AbstractSet[int]) -> Iterator[Candidate]:
    return (candidate for candidate in candidates if candidate.id in ids)


def _among(
    connection: Connection, work: comparison.Work, sketches: Mapping[int, Sketch], refused: Sequence[Link]
) -> set[int]:
    """The records that the new ones have to be held against, and all that is decided upon with them."""
    other_ends: dict[int, set[int]] = {}
    for link in refused:
        other_ends.setdefault(link.record_a, set()).add(link.record_b)
        other_ends.setdefault(link.record_b, set()).add(link.record_a)
    near = comparison.sharing(connection, {key for own in sketches.values() for key in _numbers(own)})
    return comparison.reach(connection, work.new | work.spoken_of | near, other_ends)


def _touches(link: Link, records_: AbstractSet[int]) -> bool:
    return link.record_a in records_ or link.record_b in records_


def was_run(connection: Connection) -> bool:
    """Whether every standing record has been compared by a run of deduplication."""
    return comparison.n_uncompared(connection) == 0


def _candidates(connection: Connection, ids: Iterable[int] | None = None) -> list[Candidate]:
    """Records of the review, held in memory together: all of them, or those asked for."""
    return list(_read(connection, ids))


def _read(connection: Connection, ids: Iterable[int] | None) -> Iterator[Candidate]:
    return (Candidate(id_, record, source) for id_, source, record in records.records(connection, ids))


def _found(link: StoredLink) -> Link:
    evidence = dict(link.evidence)
    why = str(evidence.pop("why", ""))
    return Link(link.record_a, link.record_b, link.rule, link.score, evidence, why)


def _stored(link: Link) -> StoredLink:
    return StoredLink(
        link.record_a,
        link.record_b,
        True,
        False,
        link.rule,
        link.score,
        {**link.evidence, "why": link.why},
    )


def _withdrawn(link: StoredLink) -> StoredLink:
    why = {"why": f"the rules no longer link them; {link.rule} did"}
    return StoredLink(link.record_a, link.record_b, False, False, "withdrawn", 0.0, why)


def altered(review: Review, viewer_name: str, of: Iterable[int]) -> list[Regrouped]:
    """Which reports of some records were merged or taken apart after votes that the viewer may see."""
    with review.reading() as connection:
        there = set(reports.reports_of(connection, of).values())
        return regrouped(connection, viewer(review.protocol, viewer_name), there)


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
        by_id = {candidate.id: candidate for candidate in _candidates(connection, named)}
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
        found = {
            id_: Candidate(id_, record, source) for id_, source, record in records.records(connection, (first, second))
        }
        _check_pair(min(first, second), max(first, second), found)  # type: ignore[arg-type] # only its keys are read
        links = reports.links(connection, found)
        homes = reports.reports_of(connection, found)
    said = links.get((min(first, second), max(first, second), True))
    return (
        explain(found[first], found[second], rule_tables(review.protocol.deduplication)),
        said,
        homes[first] == homes[second],
    )


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
        home = {id_: source for id_, source, _ in records.records(connection)}
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


def find_in_file(content: bytes, name: str, progress: Progress | None = None) -> tuple[list[str], Findings]:
    """Deduplicate a file without a review.

    Returns:
        The records' own names (the column record_id, or r1, r2, ... in the order of the file), and the findings, whose
        ids are places in that list.

    Raises:
        InputError: The file cannot be read, or two records bear one name.
    """
    export = open_export(content, name)
    names: list[str] = []
    candidates: list[Candidate] = []
    for place, raw in enumerate(export.records()):
        tags = dict(raw.tags)
        record = canonical(raw, export.format)
        names.append(tags.get("record_id") or f"r{place + 1}")
        candidates.append(Candidate(place, record, tags.get("source_db") or record.database))
    twice = [each for each, n in Counter(names).items() if n > 1]
    if twice:
        raise InputError(f"{name} names two records {twice[0]!r} in its column record_id", "give each its own name")
    return names, _find(candidates, [], rule_tables(), progress=progress)

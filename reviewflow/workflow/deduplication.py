"""Deduplication: rules link records, people answer what the rules leave open, and their answers bind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reviewflow.domain.deduplication import TABLES, Answer, Candidate, Explanation, Findings, Link, explain
from reviewflow.domain.deduplication import find_duplicates as _find
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, UsageError
from reviewflow.formats import canonical, open_export
from reviewflow.resources import schema_toml
from reviewflow.storage import ledger, records, reports
from reviewflow.storage.reports import StoredLink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review

    Progress = Callable[[int, int], None]

BY_PERSON = "person"


def rule_tables() -> Mapping[str, Any]:
    """The rules, vetoes and words that deduplication obeys."""
    return {name: schema_toml("deduplication", f"{name}.toml") for name in TABLES}


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

    Args:
        review: The review.
        act: Who acts.
        progress: Called with (pairs compared, pairs in all).
    """
    with review.change(act) as entry:
        candidates = _candidates(entry.connection)
        stored = reports.links(entry.connection)
        findings = _find(candidates, _answers(stored), rule_tables(), progress=progress)
        standing = {(a, b): link for (a, b, person), link in stored.items() if not person and link.same}
        found = {(link.record_a, link.record_b): link for link in findings.links}
        new = [_stored(link) for pair, link in found.items() if pair not in standing]
        gone = [_withdrawn(link) for pair, link in standing.items() if pair not in found]
        reports.add_links(entry, new + gone)
        n_reports = len(set(findings.clusters.values()))
        entry.is_worth_keeping = not was_run(entry.connection)
        sizes = f"{counted(len(candidates), 'record')}, {counted(n_reports, 'report')}"
        entry.note = f"{sizes}; {counted(len(new), 'link')} added, {len(gone)} withdrawn"
        return Run(len(candidates), n_reports, len(new), len(gone), len(findings.review))


def was_run(connection: Connection) -> bool:
    """Whether duplicates were looked for since records last came in."""
    steps = [change.command.split(" ")[:2] for change in ledger.changes(connection) if change.stands]
    for step in reversed(steps):
        if step == ["dedup", "run"]:
            return True
        if step[0] == "import":
            return False
    return False


def _candidates(connection: Connection) -> list[Candidate]:
    """All records of the review; they are held in memory together."""
    return [Candidate(id_, record, source) for id_, source, record in records.records(connection)]


def _answers(stored: Mapping[tuple[int, int, bool], StoredLink]) -> list[Answer]:
    return [Answer(a, b, link.same) for (a, b, by_person), link in sorted(stored.items()) if by_person]


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


def find(review: Review, progress: Progress | None = None) -> Findings:
    """What the rules find now, with the pairs that wait for a person; writes nothing."""
    with review.reading() as connection:
        return _find(_candidates(connection), _answers(reports.links(connection)), rule_tables(), progress=progress)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records side by side."""

    a: Candidate
    b: Candidate
    link: Link


def review_queue(review: Review, progress: Progress | None = None) -> list[Pair]:
    """The pairs that wait for a person, the most doubtful first."""
    with review.reading() as connection:
        candidates = _candidates(connection)
        findings = _find(candidates, _answers(reports.links(connection)), rule_tables(), progress=progress)
    by_id = {candidate.id: candidate for candidate in candidates}
    return [Pair(by_id[link.record_a], by_id[link.record_b], link) for link in findings.review]


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
        stored = reports.links(entry.connection)
        new = [
            StoredLink(a, b, same, True, BY_PERSON, 1.0, {})
            for a, b, same in asked
            if (a, b, True) not in stored or stored[a, b, True].same != same
        ]
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
            (a, b)
            for (a, b, by_person), link in reports.links(connection).items()
            if by_person and not link.same and _across(a, b, sides, homes)
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
        links = reports.links(connection)
        homes = reports.reports_of(connection, found)
    said = links.get((min(first, second), max(first, second), True))
    return explain(found[first], found[second], rule_tables()), said, homes[first] == homes[second]


@dataclass(frozen=True, slots=True)
class SourceShare:
    """A source with its records, and how many of them are duplicates of a record with a lower number."""

    source: str
    n_records: int
    n_duplicates: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was deduplicated, for PRISMA-S item 16."""

    n_records: int
    n_reports: int
    sources: tuple[SourceShare, ...]
    by_rule: tuple[tuple[str, int], ...]
    n_by_person_same: int
    n_by_person_different: int


def report(review: Review) -> Report:
    """Duplicates by source and by rule, from the standing links."""
    with review.reading() as connection:
        home = {id_: source for id_, source, _ in records.records(connection)}
        members = reports.members(connection)
        links = reports.links(connection)
    total, redundant = Counter(home.values()), Counter[str]()
    for same in members.values():
        redundant.update(home[record] for record in same[1:])
    rules = Counter(link.rule for link in links.values() if link.same and not link.by_person)
    people = Counter(link.same for link in links.values() if link.by_person)
    shares = tuple(SourceShare(name, n, redundant[name]) for name, n in total.items())
    return Report(len(home), len(members), shares, tuple(rules.most_common()), people[True], people[False])


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

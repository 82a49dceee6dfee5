"""Reports as sets of records: the links between records, and the names of reports."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.domain.deduplication import Answer
from reviewflow.errors import InputError
from reviewflow.storage.latest import dated, links_among, oldest_first
from reviewflow.storage.rows import select_in
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from reviewflow.storage.ledger import Entry


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A standing statement on two records: the same report or not, by which rule, on what evidence."""

    record_a: int
    record_b: int
    same: bool
    by_person: bool
    rule: str
    score: float
    evidence: dict[str, Any]


def add_links(entry: Entry, links: Iterable[StoredLink]) -> int:
    """Write links; gives how many."""
    rows = (
        {
            "record_a": min(link.record_a, link.record_b),
            "record_b": max(link.record_a, link.record_b),
            "same": link.same,
            "by_person": link.by_person,
            "rule": link.rule,
            "score": float(link.score),
            "evidence": json.dumps(link.evidence, sort_keys=True),
        }
        for link in links
    )
    return len(entry.add("same_report", rows))


def links(connection: sa.Connection, records: Collection[int] | None = None) -> dict[tuple[int, int, bool], StoredLink]:
    """The latest standing statement for each (record_a, record_b, by_person): all, or those among some records."""
    link = table("same_report")
    columns = (link.c.record_a, link.c.record_b, link.c.same, link.c.by_person, link.c.rule, link.c.score)
    found = {}
    for row in links_among(connection, None if records is None else set(records), *columns, link.c.evidence):
        # The lower id stood first where the link was made: in another copy it may be the higher.
        a, b = sorted((row.record_a, row.record_b))
        stored = StoredLink(a, b, row.same, row.by_person, row.rule, row.score, json.loads(row.evidence))
        found[a, b, row.by_person] = stored
    return found


def answers(connection: sa.Connection) -> list[Answer]:
    """The latest standing answer of a person on each pair of records, by pair."""
    link = table("same_report")
    statement = sa.select(link.c.record_a, link.c.record_b, link.c.same).select_from(dated("same_report"))
    rows = connection.execute(statement.where(link.c.by_person).order_by(*oldest_first("same_report")))
    found = {(min(row.record_a, row.record_b), max(row.record_a, row.record_b)): row.same for row in rows}
    return [Answer(a, b, same) for (a, b), same in sorted(found.items())]


class NamedAsReport(int):
    """A record by which a person named a report: p4 is the report of record 4."""


def report_of(connection: sa.Connection, record: int) -> int:
    """The report that a record belongs to now.

    Raises:
        InputError: There is no such record.
    """
    placed = table("placement")
    report = connection.execute(sa.select(placed.c.report).where(placed.c.record == record)).scalar()
    if report is None:
        raise missing(record)
    return int(report)


def missing(record: int, at: str = "") -> InputError:
    """The error that a record is not there, or the report that was named by it; `at` says where it was read."""
    named = f"report p{record}" if isinstance(record, NamedAsReport) else f"record r{record}"
    return InputError(f"there is no {named} in this review{at}", "reviewflow export records lists them with their ids")


def reports_of(connection: sa.Connection, records: Iterable[int]) -> dict[int, int]:
    """Record -> report, for those of the records that stand."""
    placed = table("placement")
    statement = sa.select(placed.c.record, placed.c.report)
    return {row.record: row.report for row in select_in(connection, statement, placed.c.record, records)}


def n_reports(connection: sa.Connection) -> int:
    """How many reports there are."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(table("report"))).scalar_one())


def members(connection: sa.Connection, reports: Iterable[int] | None = None) -> dict[int, list[int]]:
    """Report -> its records, for some reports or all."""
    placed = table("placement")
    statement = sa.select(placed.c.report, placed.c.record)
    rows = select_in(connection, statement, placed.c.report, reports)
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row.report, []).append(row.record)
    return {report: sorted(records) for report, records in sorted(found.items())}


def add_removals(entry: Entry, records: Iterable[int], kind: str, reason: str) -> int:
    """Take records out before screening, "automatic" or for an "other" reason."""
    return len(entry.add("removal", ({"record": record, "kind": kind, "reason": reason} for record in records)))

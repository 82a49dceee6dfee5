"""Side table `placement`: which standing records there are, and the report that each belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from reviewflow.domain.deduplication import Answer, cluster
from reviewflow.storage.latest import dated, links_among, oldest_first
from reviewflow.storage.rows import CHUNK, chunks, delete_in, select_in
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DATABASES = ("database", "register")
"""Kinds of source that make up the column "databases and registers" of the flow."""


def place(connection: sa.Connection, changes: list[int] | None) -> set[int]:
    """Give the standing records of some changes (None: of all) a place, each as a report of its own.

    Returns:
        The records whose neighbours have to be grouped anew, those that fell out included.
    """
    raw, stands, search, placed = table("raw_record"), table("standing"), table("search"), table("placement")
    of_these = sa.true() if changes is None else raw.c.change.in_(changes)
    affected: set[int] = set()
    if changes is not None:
        gone = sorted(connection.execute(sa.select(raw.c.id).where(of_these)).scalars())
        if not gone:
            return affected
        affected = {*gone, *neighbours(connection, gone)}
        _forget_reports(connection, gone)
        delete_in(connection, placed, placed.c.record, gone)
        delete_in(connection, table("uncompared"), table("uncompared").c.record, gone)
    route = sa.case((search.c.kind.in_(DATABASES), "database"), else_="other")
    rows = (
        sa.select(raw.c.id, raw.c.id, raw.c.search, route)
        .select_from(raw.join(stands, stands.c.change == raw.c.change).join(search, search.c.id == raw.c.search))
        .where(of_these)
    )
    connection.execute(sa.insert(placed).from_select(["record", "report", "search", "route"], rows))
    if changes is not None:
        arrived = sa.select(placed.c.record).where(placed.c.record.in_(sa.select(raw.c.id).where(of_these)))
        connection.execute(sa.insert(table("uncompared")).from_select(["record"], arrived))
    return affected


def unsettle(connection: sa.Connection, changes: list[int]) -> None:
    """Have deduplication compare anew what the undoing of changes may have altered.

    A record that went may have kept two others apart: after an import or a run nothing is taken for settled. After a
    person's answer, the reports that it was about are not.
    """
    raw, link, placed, fresh = (table(name) for name in ("raw_record", "same_report", "placement", "uncompared"))
    of_these = link.c.change.in_(changes)
    reports: sa.ColumnElement[bool] = sa.true()
    ran = sa.select(link.c.id).where(of_these, sa.not_(link.c.by_person)).limit(1)
    came = sa.select(raw.c.id).where(raw.c.change.in_(changes)).limit(1)
    if connection.execute(ran).first() is None and connection.execute(came).first() is None:
        named = [sa.select(column).where(of_these) for column in (link.c.record_a, link.c.record_b)]
        if connection.execute(named[0].limit(1)).first() is None:
            return
        here = placed.alias("here")
        reports = placed.c.report.in_(sa.select(here.c.report).where(here.c.record.in_(sa.union_all(*named))))
    known = sa.select(fresh.c.record)
    statement = sa.select(placed.c.record).where(reports, placed.c.record.not_in(known))
    connection.execute(sa.insert(fresh).from_select(["record"], statement))


def neighbours(connection: sa.Connection, records: Iterable[int]) -> set[int]:
    """The standing records that share a report with one of these; those of them that stand included."""
    placed = table("placement")
    reports = {row.report for row in select_in(connection, sa.select(placed.c.report), placed.c.record, records)}
    return {row.record for row in select_in(connection, sa.select(placed.c.record), placed.c.report, reports)}


def _forget_reports(connection: sa.Connection, records: list[int]) -> None:
    """Drop the rows of the reports that these records belonged to."""
    placed = table("placement")
    reports = {row.report for row in select_in(connection, sa.select(placed.c.report), placed.c.record, records)}
    for name, column in (("report", "id"), ("ballot", "report")):
        delete_in(connection, table(name), table(name).c[column], sorted(reports))


def regroup(connection: sa.Connection, records: Iterable[int] | None) -> set[int] | None:
    """Group records into reports by the standing links.

    Args:
        connection: A connection in a transaction.
        records: Records whose links may have changed; None for all.

    Returns:
        The reports that have to be computed anew: old names and new ones. None for all.
    """
    placed = table("placement")
    if records is None:
        before = {row.record: row.report for row in connection.execute(sa.select(placed.c.record, placed.c.report))}
    else:
        before = closure(connection, set(records))
    after = _clusters(connection, set(before), everything=records is None)
    moved = [(record, report) for record, report in after.items() if before[record] != report]
    _move(connection, moved)
    return None if records is None else set(before.values()) | set(after.values())


def _move(connection: sa.Connection, moved: list[tuple[int, int]]) -> None:
    placed = table("placement")
    statement = (
        sa.update(placed).where(placed.c.record == sa.bindparam("of_record")).values(report=sa.bindparam("to_report"))
    )
    for chunk in chunks(moved):
        connection.execute(statement, [{"of_record": record, "to_report": report} for record, report in chunk])


def closure(connection: sa.Connection, records: set[int]) -> dict[int, int]:
    """Record -> report for all records that may share a report with these, now or by the standing links."""
    placed = table("placement")
    found: dict[int, int] = {}
    frontier = set(records)
    while frontier:
        reached = frontier | _linked(connection, frontier)
        rows = list(select_in(connection, sa.select(placed.c.record, placed.c.report), placed.c.record, reached))
        reports = {row.report for row in rows} - set(found.values())
        grown = {row.record: row.report for row in rows}
        for row in select_in(connection, sa.select(placed.c.record, placed.c.report), placed.c.report, reports):
            grown[row.record] = row.report
        frontier = set(grown) - set(found)
        found |= grown
    return found


def _linked(connection: sa.Connection, records: set[int]) -> set[int]:
    """The records at the other end of the standing links of these."""
    link, stands = table("same_report"), table("standing")
    source = link.join(stands, stands.c.change == link.c.change)
    found: set[int] = set()
    for here, there in ((link.c.record_a, link.c.record_b), (link.c.record_b, link.c.record_a)):
        statement = sa.select(there.label("other")).select_from(source).where(link.c.same)
        found.update(row.other for row in select_in(connection, statement, here, records))
    return found


def _clusters(connection: sa.Connection, records: set[int], *, everything: bool) -> dict[int, int]:
    """Record -> lowest record of its report, by the latest standing link of each pair; a person's answer goes first."""
    link = table("same_report")
    columns = link.c.record_a, link.c.record_b, link.c.same, link.c.by_person, link.c.score
    if everything or len(records) > 20 * CHUNK:
        every = links_among(connection, None, *columns)
        rows = [row for row in every if row.record_a in records and row.record_b in records]
    else:
        rows = links_among(connection, records, *columns)
    answers: dict[tuple[int, int], bool] = {}
    links: dict[tuple[int, int], tuple[bool, float]] = {}
    rank = _ranks(connection, records)
    for row in rows:
        a, b = rank[row.record_a], rank[row.record_b]
        # The lower id stood first where the link was made: in another copy it may be the higher.
        pair = (a, b) if a < b else (b, a)
        if row.by_person:
            answers[pair] = row.same
        else:
            links[pair] = (row.same, row.score)
    automatic = [(*pair, score) for pair, (same, score) in links.items() if same and pair not in answers]
    found = cluster(sorted(rank.values()), automatic, [Answer(a, b, same) for (a, b), same in answers.items()])
    lowest: dict[int, int] = {}
    for record in sorted(records):
        lowest.setdefault(found[rank[record]], record)
    return {record: lowest[found[rank[record]]] for record in records}


def _ranks(connection: sa.Connection, records: set[int]) -> Mapping[int, int]:
    """Record -> its place in an order that is the same in every copy: of two links that are as good, one goes first."""
    file, raw = table("search_file"), table("raw_record")
    imports = sa.select(file.c.change).select_from(dated("search_file")).order_by(*oldest_first("search_file"))
    order = {change: nth for nth, change in enumerate(dict.fromkeys(connection.execute(imports).scalars()))}
    if list(order) == sorted(order):
        return {record: record for record in records}
    statement = sa.select(raw.c.id, raw.c.change, raw.c.line)
    rows = [(order[row.change], row.line, row.id) for row in select_in(connection, statement, raw.c.id, records)]
    return {record: nth for nth, (_, _, record) in enumerate(sorted(rows))}

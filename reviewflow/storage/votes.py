"""Votes: written on the record that was shown, read as ballots."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.domain.screening import Ballot, Phase, Role, Stage, Verdict
from reviewflow.storage.derived import standing_facts
from reviewflow.storage.latest import dated, oldest_first
from reviewflow.storage.rows import select_in
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.storage.ledger import Entry


@dataclass(frozen=True, slots=True)
class Vote:
    """One verdict as it is written."""

    record: int
    stage: Stage
    reviewer: str
    role: Role
    phase: Phase
    verdict: Verdict
    reason: str = ""
    note: str = ""


def add_votes(entry: Entry, votes: Iterable[Vote]) -> int:
    """Write votes; gives how many rows."""
    return len(entry.add("vote", (asdict(vote) for vote in votes)))


def add_seen(entry: Entry, rows: Iterable[tuple[int, Stage, str]]) -> int:
    """Write that reviewers may have seen the others' votes on (record, stage)."""
    named = ({"record": record, "stage": stage, "reviewer": reviewer} for record, stage, reviewer in rows)
    return len(entry.add("seen", named))


def ballots(
    connection: sa.Connection, stage: Stage, reports: Iterable[int] | None = None
) -> dict[int, list[tuple[Role, Ballot]]]:
    """Report -> (role, ballot) of everyone who voted; not masked: for rules and rebuilding, never for showing."""
    ballot = table("ballot")
    statement = (
        sa.select(ballot.c.report, ballot.c.role, ballot.c.reviewer, ballot.c.verdict, ballot.c.reason, ballot.c.phase)
        .where(ballot.c.stage == stage, sa.not_(ballot.c.contradicts_itself))
        .order_by(ballot.c.report, ballot.c.reviewer)
    )
    rows = select_in(connection, statement, ballot.c.report, reports)
    found: dict[int, list[tuple[Role, Ballot]]] = {}
    for row in rows:
        cast = Ballot(row.reviewer, Verdict(row.verdict), row.reason, Phase(row.phase))
        found.setdefault(row.report, []).append((Role(row.role), cast))
    return found


def records_voted_on(
    connection: sa.Connection, stage: Stage, reviewer: str, role: Role, records: Iterable[int]
) -> set[int]:
    """Those of the records that carry a standing vote of that reviewer."""
    vote = table("vote")
    statement = (
        sa.select(vote.c.record)
        .select_from(standing_facts("vote"))
        .where(vote.c.stage == stage, vote.c.reviewer == reviewer, vote.c.role == role)
    )
    return {row.record for row in select_in(connection, statement, vote.c.record, records)}


def seen_by(connection: sa.Connection, stage: Stage, reviewer: str, records: Iterable[int]) -> set[int]:
    """Those of the records whose other votes the reviewer may have seen at some time, undone or not."""
    seen = table("seen")
    statement = sa.select(seen.c.record).where(seen.c.stage == stage, seen.c.reviewer == reviewer)
    return {row.record for row in select_in(connection, statement, seen.c.record, records)}


def of_change(connection: sa.Connection, change: int) -> list[tuple[int, int, Stage, str]]:
    """(record, report, stage, reviewer) of every vote of a reviewer that a change cast on standing records."""
    vote, placed = table("vote"), table("placement")
    statement = (
        sa.select(vote.c.record, placed.c.report, vote.c.stage, vote.c.reviewer)
        .select_from(vote.join(placed, placed.c.record == vote.c.record))
        .where(vote.c.role == Role.REVIEWER, vote.c.change == change)
        .order_by(vote.c.id)
    )
    rows = connection.execute(statement)
    return [(row.record, row.report, Stage(row.stage), row.reviewer) for row in rows]


def cast_together(connection: sa.Connection, stage: Stage, reviewer: str) -> list[dict[int, tuple[str, str]]]:
    """Of each standing change in which a reviewer voted at a stage: report -> (verdict, reason)."""
    vote, placed = table("vote"), table("placement")
    statement = (
        sa.select(vote.c.change, placed.c.report, vote.c.verdict, vote.c.reason)
        .select_from(standing_facts("vote").join(placed, placed.c.record == vote.c.record))
        .where(vote.c.stage == stage, vote.c.reviewer == reviewer, vote.c.role == Role.REVIEWER)
    )
    found: dict[int, dict[int, tuple[str, str]]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.change, {})[row.report] = (row.verdict, row.reason)
    return list(found.values())


def standing_votes(
    connection: sa.Connection, stage: Stage, reports: Iterable[int] | None = None
) -> list[tuple[int, Vote]]:
    """(report, vote) of the standing votes at a stage, of some reports or all, oldest first; not masked."""
    vote, placed = table("vote"), table("placement")
    statement = (
        sa.select(placed.c.report, vote)
        .select_from(dated("vote").join(placed, placed.c.record == vote.c.record))
        .where(vote.c.stage == stage)
        .order_by(*oldest_first("vote"))
    )
    return [(row.report, _vote(row)) for row in select_in(connection, statement, placed.c.report, reports)]


def _vote(row: Any) -> Vote:  # noqa: ANN401 a row of the table of votes
    who = (row.reviewer, Role(row.role), Phase(row.phase))
    return Vote(row.record, Stage(row.stage), *who, Verdict(row.verdict), row.reason, row.note)


def contradicting(connection: sa.Connection) -> list[tuple[int, str, str]]:
    """(report, stage, reviewer) where merged records carry different verdicts of one reviewer."""
    ballot = table("ballot")
    statement = (
        sa.select(ballot.c.report, ballot.c.stage, ballot.c.reviewer)
        .where(ballot.c.contradicts_itself)
        .order_by(ballot.c.report)
    )
    return [tuple(row) for row in connection.execute(statement)]

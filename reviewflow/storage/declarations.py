"""Changes that declare something by their command and note alone, and whether votes came before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from reviewflow.storage.derived import standing_facts
from reviewflow.storage.latest import oldest_first
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from reviewflow.domain.screening import Stage


@dataclass(frozen=True, slots=True, order=True)
class Declared:
    """A change that declares something; compares by what orders changes alike in every copy of a review."""

    at_utc: str
    copy_id: str
    sequence: int
    uuid: str
    reviewer: str


def declared(connection: sa.Connection, command: str, note: str) -> list[Declared]:
    """The standing changes of this command with this note, oldest first; reads no other."""
    journal, stands = table("change"), table("standing")
    columns = [journal.c[name] for name in Declared.__dataclass_fields__]
    statement = (
        sa.select(*columns)
        .select_from(journal.join(stands, stands.c.change == journal.c.id))
        .where(journal.c.command == command, journal.c.note == note)
    )
    return sorted(Declared(**row) for row in connection.execute(statement).mappings())


def first_vote(connection: sa.Connection, stage: Stage, reviewer: str) -> Declared | None:
    """The change of a reviewer's first vote at a stage, whether it stands or not."""
    journal, vote = table("change"), table("vote")
    columns = [journal.c[name] for name in Declared.__dataclass_fields__]
    statement = (
        sa.select(*columns)
        .select_from(vote.join(journal, journal.c.id == vote.c.change))
        .where(vote.c.stage == stage, vote.c.reviewer == reviewer)
        .order_by(*oldest_first("vote"))
        .limit(1)
    )
    row = connection.execute(statement).mappings().first()
    return Declared(**row) if row else None


def left_out(connection: sa.Connection, kind: str, reason: str) -> set[int]:
    """The reports that are removed before screening, with a standing removal of this kind for this reason."""
    removal, placed, report = table("removal"), table("placement"), table("report")
    statement = (
        sa.select(report.c.id)
        .distinct()
        .select_from(
            standing_facts("removal")
            .join(placed, placed.c.record == removal.c.record)
            .join(report, report.c.id == placed.c.report)
        )
        .where(removal.c.kind == kind, removal.c.reason == reason, report.c.removed == kind)
    )
    return set(connection.execute(statement).scalars())


def torn(connection: sa.Connection, stage: Stage, reviewer: str = "") -> set[int]:
    """The reports on which votes of one reviewer contradict each other since records were merged: anybody's, or own."""
    ballot = table("ballot")
    statement = sa.select(ballot.c.report).where(ballot.c.contradicts_itself, ballot.c.stage == stage)
    if reviewer:
        statement = statement.where(ballot.c.reviewer == reviewer)
    return set(connection.execute(statement).scalars())

"""Who is to screen what: written on the records shown, read of reports as the side table has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from reviewflow.domain.screening import Stage
from reviewflow.storage.rows import select_in
from reviewflow.storage.tables import VOTERS_APART, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reviewflow.storage.ledger import Entry

_NAMES = {Stage.TITLE_ABSTRACT: "ta_assigned", Stage.FULL_TEXT: "ft_assigned"}
_VOTERS = {Stage.TITLE_ABSTRACT: "ta_voters", Stage.FULL_TEXT: "ft_voters"}


def add_assignments(entry: Entry, stage: Stage, assigned: Mapping[int, Sequence[str]]) -> int:
    """Write who is to screen records at a stage, in their places, in place of what was said of them before.

    Args:
        entry: The change.
        stage: The stage.
        assigned: Record -> the reviewers.

    Returns:
        How many rows.
    """
    rows = (
        {"record": record, "stage": stage, "reviewer": name, "place": place}
        for record, names in sorted(assigned.items())
        for place, name in enumerate(names, 1)
    )
    return len(entry.add("assignment", rows))


def assigned(
    connection: sa.Connection, stage: Stage, reports: Iterable[int] | None = None
) -> dict[int, tuple[str, ...]]:
    """Report -> those whom it is assigned to, in their places, who has left the team among them."""
    report = table("report")
    names = report.c[_NAMES[stage]]
    statement = sa.select(report.c.id, names.label("names")).where(names != "").order_by(report.c.id)
    rows = select_in(connection, statement, report.c.id, reports)
    return {row.id: tuple(row.names.split(VOTERS_APART)) for row in rows}


def everybody(connection: sa.Connection, stage: Stage) -> set[str]:
    """The names of all to whom anything is assigned at a stage, who has left the team among them."""
    names = table("report").c[_NAMES[stage]]
    rows = connection.execute(sa.select(names).distinct().where(names != "")).scalars()
    return {name for of in rows for name in of.split(VOTERS_APART)}


def without_vote_of(connection: sa.Connection, stage: Stage, reviewer: str) -> dict[int, tuple[str, ...]]:
    """Report -> those whom it is assigned to, where the reviewer is one of them and has no countable vote on it."""
    report = table("report")
    voters, names = report.c[_VOTERS[stage]], report.c[_NAMES[stage]]
    rows = connection.execute(sa.select(report.c.id, names, voters).where(names != "").order_by(report.c.id))
    found: dict[int, tuple[str, ...]] = {}
    for id_, of, cast in rows:
        people = tuple(of.split(VOTERS_APART))
        if reviewer in people and reviewer not in cast.split(VOTERS_APART):
            found[id_] = people
    return found

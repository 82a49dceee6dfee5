"""Which changes stand on which: what an undo would pull the ground from under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.domain.screening import Role
from reviewflow.storage.tables import FACTS, table

if TYPE_CHECKING:
    from collections.abc import Iterator

# That somebody has seen a vote is no use of the record: it must not keep an import from being undone. Nor must the end
# of a pilot round keep its beginning, since an undo writes it where the votes have been seen. Nor must a tag: the
# refusal would tell of it.
_NO_GROUND = frozenset({"seen", "tag", "pilot_end"})


def _references() -> Iterator[tuple[sa.Table, sa.Column[Any], sa.Table]]:
    """(facts, column, facts that the column refers to) for every reference between facts."""
    for name in FACTS:
        if name in _NO_GROUND:
            continue
        for column in table(name).columns:
            for key in column.foreign_keys:
                target = key.column.table
                if target.name in FACTS:
                    yield table(name), column, target


def standing_on(connection: sa.Connection, change: int) -> set[int]:
    """The other standing changes whose facts refer to facts of this one, or adjudicate its votes."""
    stands = table("standing")
    found: set[int] = set()
    for facts, column, target in _references():
        statement = (
            sa.select(facts.c.change)
            .distinct()
            .select_from(facts.join(stands, stands.c.change == facts.c.change).join(target, target.c.id == column))
            .where(target.c.change == change, facts.c.change != change)
        )
        found.update(connection.execute(statement).scalars())
    return found | _adjudications_of(connection, change)


def _adjudications_of(connection: sa.Connection, change: int) -> set[int]:
    """The later standing adjudications of reports on which this change voted."""
    stands = table("standing")
    mine, theirs = table("vote").alias("mine"), table("vote").alias("theirs")
    here, there = table("placement").alias("here"), table("placement").alias("there")
    statement = (
        sa.select(theirs.c.change)
        .distinct()
        .select_from(
            mine.join(here, here.c.record == mine.c.record)
            .join(there, there.c.report == here.c.report)
            .join(theirs, sa.and_(theirs.c.record == there.c.record, theirs.c.stage == mine.c.stage))
            .join(stands, stands.c.change == theirs.c.change)
        )
        .where(
            mine.c.change == change,
            mine.c.role == Role.REVIEWER,
            theirs.c.role == Role.ADJUDICATOR,
            theirs.c.change > change,
        )
    )
    return set(connection.execute(statement).scalars())


def missing_ground(connection: sa.Connection, change: int) -> set[int]:
    """The changes that do not stand and whose facts this one refers to."""
    stands = table("standing")
    found: set[int] = set()
    for facts, column, target in _references():
        statement = (
            sa.select(target.c.change)
            .distinct()
            .select_from(
                facts.join(target, target.c.id == column).outerjoin(stands, stands.c.change == target.c.change)
            )
            .where(facts.c.change == change, target.c.change != change, stands.c.change.is_(None))
        )
        found.update(connection.execute(statement).scalars())
    return found


def n_lines(connection: sa.Connection) -> dict[int, dict[str, int]]:
    """Change -> how many facts it wrote into each table."""
    found: dict[int, dict[str, int]] = {}
    for name in FACTS:
        facts = table(name)
        for change, n in connection.execute(sa.select(facts.c.change, sa.func.count()).group_by(facts.c.change)):
            found.setdefault(change, {})[name] = n
    return found


def votes_by_change(connection: sa.Connection) -> Iterator[tuple[int, int, str, str]]:
    """(change, report, stage, reviewer) of every vote on a standing record."""
    vote, placed = table("vote"), table("placement")
    statement = sa.select(vote.c.change, placed.c.report, vote.c.stage, vote.c.reviewer).select_from(
        vote.join(placed, placed.c.record == vote.c.record)
    )
    for row in connection.execute(statement).yield_per(5000):
        yield row.change, row.report, row.stage, row.reviewer

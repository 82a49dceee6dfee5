"""Writes changes: one transaction each, hashed over what was really stored, with the side tables kept in step."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.domain.ledger import GENESIS, Change, digest
from reviewflow.storage import copies, derived
from reviewflow.storage.engine import writing
from reviewflow.storage.rows import CHUNK, insert_rows, storable
from reviewflow.storage.tables import FACTS, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reviewflow.domain.ledger import Act

_TICK = timedelta(milliseconds=1)
_NEVER_REPLACED = frozenset(
    {"search", "search_file", "raw_record", "vote", "seen", "pilot_vote", "tag", "ranking", "study", "arm", "answer"}
)
"""Facts that no other person's later fact replaces: a vote, a tag, an order, an answer give way to one's own."""

HEADER = ("uuid", "at_utc", "reviewer", "copy_id", "sequence", "command", "note", "previous_sha256")


class Entry:
    """A change while it is being written: takes lines, and numbers them.

    Attributes:
        connection: For reading within the same transaction.
        id: Local id of the change.
        note: What the log says beside the command; may be set until the change is closed.
        undoes: The change that this one undoes.
        is_worth_keeping: Set when it matters that it was done, even if it altered nothing.
    """

    def __init__(self, connection: sa.Connection, change: int) -> None:
        self.connection = connection
        self.id = change
        self.note = ""
        self.undoes: int | None = None
        self.is_worth_keeping = False
        self._lines: dict[str, int] = {}

    def add(self, name: str, rows: Iterable[Mapping[str, Any]]) -> range:
        """Insert facts into the table `name`.

        Args:
            name: A fact table.
            rows: Columns without id, change and line.

        Returns:
            The local ids of the new rows, in order.
        """
        facts = table(name)
        first = int(self.connection.execute(sa.select(sa.func.coalesce(sa.func.max(facts.c.id), 0))).scalar_one()) + 1
        line = self._lines.get(name, 0) + 1
        numbered = (
            {"id": first + i, "change": self.id, "line": line + i, **{key: storable(row[key]) for key in row}}
            for i, row in enumerate(rows)
        )
        n = insert_rows(self.connection, facts, numbered)
        self._lines[name] = line - 1 + n
        return range(first, first + n)

    def add_one(self, name: str, row: Mapping[str, Any]) -> int:
        """Insert one fact; gives its local id."""
        return self.add(name, [row])[0]

    @property
    def written(self) -> tuple[str, ...]:
        """The fact tables that hold lines of this change."""
        return tuple(name for name in FACTS if self._lines.get(name))

    @property
    def is_empty(self) -> bool:
        """Whether the change has altered nothing."""
        return self.undoes is None and not self.is_worth_keeping and not self.written


@contextmanager
def change(engine: sa.Engine, act: Act) -> Iterator[Entry]:
    """Write one change: everything inside happens together, or not at all. A change with no line leaves no trace."""
    with writing(engine) as connection:
        copy_id, is_kept = copies.copy_id(connection, act.uuid)
        entry, header = _open_entry(connection, act, copy_id)
        yield entry
        if entry.is_empty:
            return
        header |= {"note": storable(entry.note), "at_utc": _at_utc(connection, entry, act)}
        if not is_kept:
            copies.settle_in(connection, copy_id)
        journal = table("change")
        undone = _uuid_of(connection, entry.undoes)
        sha256 = digest(hashed(header, undone), _lines_of(connection, entry, header["uuid"]))
        connection.execute(
            sa.insert(journal).values(id=entry.id, undoes=entry.undoes, sha256=sha256, **header),
        )
        derived.after_change(connection, entry.id, entry.undoes)


def _open_entry(connection: sa.Connection, act: Act, copy_id: str) -> tuple[Entry, dict[str, Any]]:
    """The entry to fill and the columns of its journal line that are known from the start."""
    journal = table("change")
    last = connection.execute(
        sa.select(journal.c.sequence, journal.c.sha256)
        .where(journal.c.copy_id == copy_id, journal.c.reviewer == act.reviewer)
        .order_by(journal.c.sequence.desc())
        .limit(1)
    ).first()
    new = int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(journal.c.id), 0))).scalar_one()) + 1
    header = {
        "uuid": act.uuid,
        "reviewer": act.reviewer,
        "copy_id": copy_id,
        "sequence": last.sequence + 1 if last else 1,
        "command": storable(act.command),
        "previous_sha256": last.sha256 if last else GENESIS,
    }
    return Entry(connection, new), header


def _at_utc(connection: sa.Connection, entry: Entry, act: Act) -> str:
    """The time of the change: by the clock, but later than every change whose facts it may replace.

    Two clocks differ, and one may be set back: whoever answers what is here has the last word all the same, in every
    copy of the review. Not later than all changes: others' votes must not show in the time of one's own.
    """
    journal = table("change")
    every = []
    if "vote" in entry.written:
        every.append(connection.execute(_last_vote_on_the_same(act.reviewer, entry.id)).scalar())
    for name in set(entry.written) - {"vote", "seen"}:
        wrote = sa.select(sa.func.max(journal.c.at_utc)).where(sa.exists().where(table(name).c.change == journal.c.id))
        own_only = wrote.where(journal.c.reviewer == act.reviewer)
        every.append(connection.execute(own_only if name in _NEVER_REPLACED else wrote).scalar())
    earliest = [datetime.fromisoformat(each) + _TICK for each in every if each]
    return max([act.at_utc.astimezone(UTC), *earliest]).isoformat(timespec="milliseconds")


def _last_vote_on_the_same(reviewer: str, change: int) -> sa.Select[Any]:
    """The time of a reviewer's last vote on the reports on which a change votes.

    Of no other vote: the time of a vote that all may see must not tell of those that are still blind.
    """
    journal, here, there = table("change"), table("placement").alias("here"), table("placement").alias("there")
    mine, new = table("vote").alias("mine"), table("vote").alias("new")
    of_same = new.join(here, here.c.record == new.c.record).join(there, there.c.report == here.c.report)
    source = of_same.join(mine, mine.c.record == there.c.record).join(journal, journal.c.id == mine.c.change)
    statement = sa.select(sa.func.max(journal.c.at_utc)).select_from(source)
    return statement.where(new.c.change == change, journal.c.reviewer == reviewer)


def _uuid_of(connection: sa.Connection, change_id: int | None) -> str | None:
    journal = table("change")
    return connection.execute(sa.select(journal.c.uuid).where(journal.c.id == change_id)).scalar()


def hashed(header: Mapping[str, Any], undone: str | None) -> dict[str, Any]:
    """What the hash of a change covers beside its lines."""
    return {**{name: header[name] for name in HEADER}, "undoes": undone}


def _lines_of(connection: sa.Connection, entry: Entry, uuid: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every fact of a change as it stands in the database, references as "uuid of the change/line".

    So they mean the same in every copy of the review, whatever the local ids are.
    """
    for name in entry.written:
        statement = portable(name).where(table(name).c.change == sa.bindparam("of"))
        for row in connection.execute(statement.order_by(table(name).c.line), {"own": uuid, "of": entry.id}):
            yield name, tuple(row)[1:]


@cache
def portable(name: str) -> sa.Select[Any]:
    """The change and all columns of a fact table but its local ids, references resolved."""
    facts = table(name)
    columns: list[sa.ColumnElement[Any]] = [facts.c.change]
    source: sa.FromClause = facts
    for column in facts.columns:
        if column.name in {"id", "change"}:
            continue
        if not column.foreign_keys:
            columns.append(column)
            continue
        target = next(iter(column.foreign_keys)).column.table.alias(f"target_of_{column.name}")
        journal = table("change").alias(f"change_of_{column.name}")
        source = source.outerjoin(target, target.c.id == column).outerjoin(journal, journal.c.id == target.c.change)
        # The change that is being written has no journal line yet: its own facts are found by its uuid.
        own = sa.bindparam("own", type_=sa.String)
        reference = sa.func.coalesce(journal.c.uuid, own) + "/" + sa.cast(target.c.line, sa.String)
        columns.append(reference.label(column.name))
    return sa.select(*columns).select_from(source)


def changes(connection: sa.Connection) -> list[Change]:
    """All changes of the review, oldest first."""
    return [Change(**row) for row in connection.execute(_changes()).mappings()]


def change_of(connection: sa.Connection, uuid: str) -> Change | None:
    """The change with that uuid, None when there is none; reads no other."""
    row = connection.execute(_changes().where(table("change").c.uuid == uuid)).mappings().first()
    return Change(**row) if row else None


@cache
def _changes() -> sa.Select[Any]:
    journal, standing = table("change"), table("standing")
    return (
        sa.select(journal, standing.c.change.is_not(None).label("stands"))
        .select_from(journal.outerjoin(standing, standing.c.change == journal.c.id))
        .order_by(journal.c.id)
    )


def broken_chain(connection: sa.Connection) -> list[tuple[Change, str]]:
    """The changes whose hash is not that of what stands in the database, each with what is wrong in words."""
    found = []
    last: dict[tuple[str, str], tuple[int, str]] = {}
    every = changes(connection)
    uuids: dict[int | None, str] = {entry.id: entry.uuid for entry in every}
    streams = [Lines(connection, name) for name in FACTS]
    for entry in every:
        chain = (entry.copy_id, entry.reviewer)
        sequence, previous = last.get(chain, (0, GENESIS))
        if (entry.sequence, entry.previous_sha256) != (sequence + 1, previous):
            found.append((entry, "does not follow on the change before it in its reviewer's chain"))
        header = {name: getattr(entry, name) for name in HEADER}
        lines = (line for stream in streams for line in stream.of(entry.id))
        if digest(hashed(header, uuids.get(entry.undoes)), lines) != entry.sha256:
            found.append((entry, "is not as it was written: it, or a fact that it wrote, was altered"))
        last[chain] = (entry.sequence, entry.sha256)
    return found


class Lines:
    """The facts of one table, change after change, read once from end to end: all, or those of one reviewer."""

    def __init__(self, connection: sa.Connection, name: str, reviewer: str = "") -> None:
        facts, journal = table(name), table("change")
        statement = portable(name).order_by(facts.c.change, facts.c.line)
        if reviewer:
            statement = statement.where(
                facts.c.change.in_(sa.select(journal.c.id).where(journal.c.reviewer == reviewer))
            )
        self._name = name
        self._rows = iter(connection.execute(statement, {"own": ""}).yield_per(CHUNK))
        self._head = next(self._rows, None)

    def of(self, change: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """The lines of a change; to be asked in the order of the changes."""
        while self._head is not None and self._head.change <= change:
            if self._head.change == change:
                yield self._name, tuple(self._head)[1:]
            self._head = next(self._rows, None)

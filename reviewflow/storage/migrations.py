"""Brings the tables of a review to the version this program writes, by numbered steps, with a backup before."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from sqlmodel import SQLModel

from reviewflow.errors import StateError
from reviewflow.storage.copies import settle_in
from reviewflow.storage.derived import refresh_reports
from reviewflow.storage.engine import reading, writing
from reviewflow.storage.tables import FACTS, MEMORY, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Step: TypeAlias = Callable[[sa.Connection], None]
    Migration: TypeAlias = tuple[int, str, Step]

FIRST_VERSION = 1

_JOURNAL = ("change", *FACTS)


def _add_facts(*names: str) -> Step:
    """A step that adds these fact tables, which nothing alters from then on."""

    def step(connection: sa.Connection) -> None:
        for name in names:
            table(name).create(connection)
        for statement in _triggers(connection.dialect.name, names):
            connection.exec_driver_sql(statement)

    return step


def _add_memory(connection: sa.Connection) -> None:
    for name in MEMORY:
        table(name).create(connection)
    every = sa.select(table("placement").c.record)
    connection.execute(sa.insert(table("uncompared")).from_select(["record"], every))


def _add_assignments_and_pilots(connection: sa.Connection) -> None:
    _add_facts("assignment", "pilot", "pilot_record", "pilot_vote", "pilot_end")(connection)
    # The side table of reports has two columns more: it holds only what can be computed.
    connection.exec_driver_sql("DROP TABLE report")
    table("report").create(connection)
    refresh_reports(connection, None)


MIGRATIONS: tuple[Migration, ...] = (
    (2, "a table for the searches that the program ran itself", _add_facts("search_run")),
    (3, "tables for what deduplication keeps between runs", _add_memory),
    (4, "a table for what becomes known of a search after it was logged", _add_facts("search_detail")),
    (5, "tables for who screens what and for pilot rounds", _add_assignments_and_pilots),
    (6, "a table for the tags of each reviewer", _add_facts("tag")),
    (7, "a table for how full texts were sought, and what their authors answered", _add_facts("retrieval_detail")),
    (8, "a table for the order in which each reviewer screens", _add_facts("ranking")),
    (9, "a table for how certain the evidence of each synthesis is", _add_facts("certainty")),
)
"""(version it leads to, what it does, how), in order. A fresh review is made at the last version at once."""


def latest_version(migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """The version of the tables that this program writes."""
    return migrations[-1][0] if migrations else FIRST_VERSION


def version_of(connection: sa.Connection) -> int:
    """The version of the tables in the database; 0 when it holds no review."""
    if not sa.inspect(connection).has_table("meta"):
        return 0
    found = connection.execute(sa.select(table("meta").c.value).where(table("meta").c.key == "version")).scalar()
    return int(found or 0)


def create(engine: sa.Engine, copy_id: str) -> None:
    """Make the tables of a new review.

    Args:
        engine: An empty database.
        copy_id: The uuid that names this copy of the review in the chains of changes.

    Raises:
        StateError: The database holds a review already.
    """
    with writing(engine) as connection:
        if version_of(connection):
            raise StateError(f"the database {engine.url.database} holds a review already", "open it instead")
        SQLModel.metadata.create_all(connection)
        for statement in _triggers(engine.dialect.name):
            connection.exec_driver_sql(statement)
        connection.execute(sa.insert(table("meta")).values(key="version", value=str(latest_version())))
        settle_in(connection, copy_id)


def _triggers(dialect: str, names: Sequence[str] = _JOURNAL) -> list[str]:
    """Statements that make the database itself refuse to alter or delete a fact."""
    words = "facts of a review are never altered or deleted"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {name}_no_{what} BEFORE {what.upper()} ON {_quoted(name)} "
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            for name in names
            for what in ("update", "delete")
        ]
    function = (
        "CREATE OR REPLACE FUNCTION reviewflow_facts_stand() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{words}'; END $$"
    )
    return [function] + [
        f"CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {_quoted(name)} "
        "FOR EACH STATEMENT EXECUTE FUNCTION reviewflow_facts_stand()"
        for name in names
    ]


def _quoted(name: str) -> str:
    return f'"{name}"'


def migrate(engine: sa.Engine, migrations: Sequence[Migration] = MIGRATIONS) -> str:
    """Bring the tables to the latest version.

    Returns:
        Where the backup lies that was made before, "" when nothing was to do.

    Raises:
        StateError: The database holds no review, or one that a newer reviewflow wrote.
    """
    latest = latest_version(migrations)
    with reading(engine) as connection:
        found = version_of(connection)
    if found == latest:
        return ""
    if found == 0:
        raise StateError(f"the database {engine.url.database} holds no review", "reviewflow init")
    if found > latest:
        raise StateError(
            f"this review was written by a newer reviewflow (tables version {found}, this program knows {latest})",
            "pip install --upgrade reviewflow",
        )
    backup = _back_up(engine, found)
    with writing(engine) as connection:
        now = version_of(connection)  # another program may have been faster
        for version, _words, step in migrations:
            if version > now:
                step(connection)
        meta = table("meta")
        connection.execute(sa.update(meta).where(meta.c.key == "version").values(value=str(latest)))
    return backup


def _back_up(engine: sa.Engine, version: int) -> str:
    """Copy the database aside, under a name that does not exist yet."""
    if engine.dialect.name == "postgresql":
        return _back_up_schema(engine, version)
    source = Path(str(engine.url.database))
    target, n = source.with_name(f"{source.name}.backup-v{version}"), 1
    while target.exists():
        n += 1
        target = source.with_name(f"{source.name}.backup-v{version}-{n}")
    # Not a copy of the file: while somebody reads, what was written last lies in the file beside it.
    with engine.connect() as connection, closing(sqlite3.connect(target)) as copy:
        found: Any = connection.connection.driver_connection
        found.backup(copy)
    return str(target)


def _back_up_schema(engine: sa.Engine, version: int) -> str:
    """Copy every table into a schema of its own, beside the review."""
    with writing(engine) as connection:
        schemas, n = sa.inspect(connection).get_schema_names(), 1
        while (name := f"backup_v{version}_{n}") in schemas:
            n += 1
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        for each in sa.inspect(connection).get_table_names():
            connection.exec_driver_sql(f"CREATE TABLE {name}.{_quoted(each)} AS TABLE {_quoted(each)}")
    return f"schema {name}"

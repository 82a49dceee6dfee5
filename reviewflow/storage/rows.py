"""Small pieces of SQL that every part of storage uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")

# SQLite allows 32,766 bound values in a statement and PostgreSQL 65,535: this leaves room for a row of 16 columns.
CHUNK = 2000


def storable(value: T) -> T | str:
    """The value as both databases can hold it: a text without NUL, and with lone surrogates written out.

    Surrogates come from file names that are no UTF-8, and from JSON that escapes half a character.
    """
    if not isinstance(value, str) or (value.isascii() and "\0" not in value):
        return value
    return value.replace("\0", "").encode("utf-8", "backslashreplace").decode("utf-8")


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    chunk: list[T] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def insert_rows(connection: sa.Connection, into: sa.Table, rows: Iterable[dict[str, Any]]) -> int:
    """Insert the rows in batches; gives how many."""
    n = 0
    for chunk in chunks(rows):
        connection.execute(sa.insert(into), chunk)
        n += len(chunk)
    return n


def select_in(
    connection: sa.Connection, statement: sa.Select[Any], column: sa.ColumnElement[Any], values: Iterable[Any] | None
) -> Iterator[sa.Row[Any]]:
    """The rows of a statement where the column is one of the values, asked for in batches; all rows for None."""
    if values is None:
        yield from connection.execute(statement)
        return
    for chunk in chunks(sorted(set(values))):
        yield from connection.execute(statement.where(column.in_(chunk)))


def delete_in(connection: sa.Connection, from_: sa.Table, column: sa.ColumnElement[Any], values: Sequence[Any]) -> None:
    """Delete rows of a side table by the values of a column."""
    for chunk in chunks(values):
        connection.execute(sa.delete(from_).where(column.in_(chunk)))


def count_by(connection: sa.Connection, column: sa.ColumnElement[T]) -> dict[T, int]:
    """How many rows have each value of a column."""
    statement = sa.select(column, sa.func.count().label("n")).group_by(column)
    return {row[0]: row.n for row in connection.execute(statement)}

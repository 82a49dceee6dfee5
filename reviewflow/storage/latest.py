"""Which of two facts is the later one: the same in every copy of a review, whatever the order in which they arrived.

Local ids follow the order of arrival. The time of a change is later than that of every change whose facts it may
replace and that its copy knew (`ledger` sees to that), so the order of times is the order in which people decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.storage.rows import select_in
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


def dated(name: str) -> sa.FromClause:
    """The standing facts of a table, each with its change."""
    facts, stands, journal = table(name), table("standing"), table("change")
    return facts.join(stands, stands.c.change == facts.c.change).join(journal, journal.c.id == facts.c.change)


def oldest_first(name: str) -> tuple[sa.ColumnElement[Any], ...]:
    """What to order `dated` facts by.

    Two people act in one millisecond in two copies: then the copy, which is chance, but the same chance everywhere.
    """
    journal = table("change")
    return (journal.c.at_utc, journal.c.copy_id, journal.c.sequence, journal.c.uuid, table(name).c.id)


def newest_first(name: str) -> tuple[sa.ColumnElement[Any], ...]:
    """The other way round."""
    return tuple(column.desc() for column in oldest_first(name))


def links_among(
    connection: sa.Connection, records: AbstractSet[int] | None, *columns: sa.ColumnElement[Any]
) -> list[sa.Row[Any]]:
    """Columns of the standing links, the oldest first: of all, or of those between some records.

    `record_a` and `record_b` have to be among the columns.
    """
    order = oldest_first("same_report")
    statement = sa.select(*columns).select_from(dated("same_report"))
    if records is None:
        return list(connection.execute(statement.order_by(*order)))
    # Read in batches by one end, which is not the same end in every copy: put in order only when all are there.
    keyed = statement.add_columns(*(column.label(f"order_{nth}") for nth, column in enumerate(order)))
    rows = select_in(connection, keyed, table("same_report").c.record_a, records)
    inside = [row for row in rows if row.record_b in records]
    return sorted(inside, key=lambda row: tuple(row[-len(order) :]))

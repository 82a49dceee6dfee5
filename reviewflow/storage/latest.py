"""Which of two facts is the later one: the same in every copy of a review, whatever the order in which they arrived.

Local ids follow the order of arrival. The time of a change is later than that of every change whose facts it may
replace and that its copy knew (`ledger` sees to that), so the order of times is the order in which people decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewflow.storage.tables import table

if TYPE_CHECKING:
    import sqlalchemy as sa


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

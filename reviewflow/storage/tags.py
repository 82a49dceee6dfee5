"""Tags: a person's own words on records. Every query here is of one person's; none tells of another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from reviewflow.storage.latest import dated, oldest_first
from reviewflow.storage.rows import select_in
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.storage.ledger import Entry


def add_tags(entry: Entry, reviewer: str, rows: Iterable[tuple[int, str, bool]]) -> int:
    """Write that a person put tags on records or took them off, as (record, tag, put); gives how many rows."""
    named = ({"record": record, "reviewer": reviewer, "tag": tag, "put": put} for record, tag, put in rows)
    return len(entry.add("tag", named))


def tags_on_records(
    connection: sa.Connection, reviewer: str, reports: Iterable[int] | None = None
) -> dict[int, set[tuple[int, str]]]:
    """Report -> (record, tag) of the tags that are on its records, of one person.

    Args:
        connection: A connection.
        reviewer: Whose tags.
        reports: Only these; None for all. A report without tags is left out.
    """
    facts, placed = table("tag"), table("placement")
    statement = (
        sa.select(placed.c.report, facts.c.record, facts.c.tag, facts.c.put)
        .select_from(dated("tag").join(placed, placed.c.record == facts.c.record))
        .where(facts.c.reviewer == reviewer)
        .order_by(*oldest_first("tag"))
    )
    latest: dict[tuple[int, int, str], bool] = {}
    for row in select_in(connection, statement, placed.c.report, reports):
        latest[row.report, row.record, row.tag] = row.put
    found: dict[int, set[tuple[int, str]]] = {}
    for (report, record, tag), put in latest.items():
        if put:
            found.setdefault(report, set()).add((record, tag))
    return found


def tags(connection: sa.Connection, reviewer: str, reports: Iterable[int] | None = None) -> dict[int, tuple[str, ...]]:
    """Report -> the tags that one person has on it, in the order of the alphabet; arguments as `tags_on_records`."""
    on = tags_on_records(connection, reviewer, reports)
    return {report: tuple(sorted({tag for _, tag in both})) for report, both in on.items()}

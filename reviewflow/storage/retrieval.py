"""Retrieval of full texts: requested, retrieved, not retrieved and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from reviewflow.storage.latest import dated, oldest_first
from reviewflow.storage.rows import select_in
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.storage.ledger import Entry


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One step of a retrieval.

    Attributes:
        state: "requested", "retrieved" or "not_retrieved".
        sha256: Hash of the attached file, "" when none is kept.
        name: Its name when it was attached.
    """

    record: int
    state: str
    reason: str = ""
    sha256: str = ""
    name: str = ""


def add_retrievals(entry: Entry, steps: Iterable[Retrieval]) -> int:
    """Write steps of retrieval; gives how many."""
    return len(entry.add("retrieval", (asdict(step) for step in steps)))


def retrievals(connection: sa.Connection, reports: Iterable[int] | None = None) -> dict[int, Retrieval]:
    """Report -> its latest standing step of retrieval, of some reports or all."""
    facts, placed = table("retrieval"), table("placement")
    statement = (
        sa.select(placed.c.report, facts)
        .select_from(dated("retrieval").join(placed, placed.c.record == facts.c.record))
        .order_by(*oldest_first("retrieval"))
    )
    rows = select_in(connection, statement, placed.c.report, reports)
    return {row.report: Retrieval(row.record, row.state, row.reason, row.sha256, row.name) for row in rows}

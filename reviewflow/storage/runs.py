"""The searches that the program ran itself: what was sent, what the source said of it, and what came."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.storage.derived import standing_facts
from reviewflow.storage.records import record_from_json
from reviewflow.storage.rows import select_in
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from reviewflow.domain.record import Record
    from reviewflow.storage.ledger import Entry


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a search.

    Attributes:
        search: Id of the search that was logged for it.
        rerun_of: Id of the search that it repeats, None for a first run.
        details: What was sent, what the source said of it, and what came; values of JSON.
    """

    search: int
    rerun_of: int | None
    details: Mapping[str, Any]


def add_run(entry: Entry, run: Run) -> int:
    """Write how a search was run; gives the id of the fact."""
    details = json.dumps(run.details, ensure_ascii=False, sort_keys=True).replace("\\u0000", "")
    return entry.add_one("search_run", {"search": run.search, "rerun_of": run.rerun_of, "details": details})


def runs(connection: sa.Connection, *, undone: bool = False) -> list[Run]:
    """All standing runs, oldest first; with those that were undone when asked for."""
    run = table("search_run")
    source = run if undone else standing_facts("search_run")
    columns = (run.c.search, run.c.rerun_of, run.c.details)
    rows = connection.execute(sa.select(*columns).select_from(source).order_by(run.c.id))
    return [Run(row.search, row.rerun_of, json.loads(row.details)) for row in rows]


def records_of(connection: sa.Connection, searches: Collection[int]) -> Iterator[tuple[int, Record]]:
    """(id, record) of the standing records that came of some searches, by search."""
    placed, record = table("placement"), table("record")
    statement = sa.select(placed.c.record, record.c.fields).select_from(
        placed.join(record, record.c.id == placed.c.record)
    )
    for row in select_in(connection, statement.order_by(placed.c.record), placed.c.search, searches):
        yield row.record, record_from_json(row.fields)

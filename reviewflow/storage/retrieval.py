"""Retrieval of full texts: requested, retrieved, not retrieved and why; the way, and what the authors answered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, slots=True)
class Detail:
    """What goes with a step of a retrieval, or what happened between two.

    Attributes:
        kind: "step" for what goes with the step of the same change; "asked" and "answered" for letters to authors.
        way: Where it was asked for or came from: "library", "author", ...; "" when it is not said.
        whom: Who was asked, or answered.
        happened_on: The day, as YYYY-MM-DD; "" for the day of the change.
        words: A remark, or the answer.
    """

    record: int
    kind: str
    way: str = ""
    whom: str = ""
    happened_on: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a retrieval, a letter or an answer, with who noted it and when.

    Attributes:
        kind: "requested", "retrieved" or "not_retrieved"; "asked" or "answered" for letters to authors.
        words: Why it was not retrieved; a remark; the answer.
        sha256: Hash of the file that came with it, "" for none.
        name: Its name.
        noted_by: Who wrote it down.
        at_utc: When, as the ledger has it.
    """

    record: int
    kind: str
    words: str
    sha256: str
    name: str
    way: str
    whom: str
    happened_on: str
    noted_by: str
    at_utc: str

    @property
    def day(self) -> str:
        """The day of the step as YYYY-MM-DD: the one that was told, else the one on which it was noted."""
        return self.happened_on or self.at_utc[:10]


def add_retrievals(entry: Entry, steps: Iterable[Retrieval]) -> int:
    """Write steps of retrieval; gives how many."""
    return len(entry.add("retrieval", (asdict(step) for step in steps)))


def add_details(entry: Entry, details: Iterable[Detail]) -> int:
    """Write what goes with steps of retrieval; gives how many."""
    return len(entry.add("retrieval_detail", (asdict(detail) for detail in details)))


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


def steps(connection: sa.Connection, reports: Iterable[int] | None = None) -> dict[int, list[Step]]:
    """Report -> all its standing steps, letters and answers, oldest first; of some reports or all."""
    wanted = None if reports is None else sorted(set(reports))
    found: dict[int, list[tuple[tuple[str, str, int, str, int], Step]]] = {}
    details = _details(connection, wanted)
    for row in _rows(connection, "retrieval", wanted):
        way = details.pop((row.change, row.record, "step"), None)
        told = (way.way, way.whom, way.happened_on, way.words) if way else ("", "", "", "")
        of_file = (row.reason or told[3], row.sha256, row.name)
        step = Step(row.record, row.state, *of_file, told[0], told[1], told[2], row.reviewer, row.at_utc)
        found.setdefault(row.report, []).append((_place(row), step))
    for row in details.values():
        asked = (row.way, row.whom, row.happened_on)
        step = Step(row.record, row.kind, row.words, "", "", *asked, row.reviewer, row.at_utc)
        found.setdefault(row.report, []).append((_place(row), step))
    return {report: [step for _, step in sorted(dated_, key=lambda pair: pair[0])] for report, dated_ in found.items()}


def _place(row: sa.Row[Any]) -> tuple[str, str, int, str, int]:
    """What orders the facts of both tables, as `latest.oldest_first` orders those of one."""
    return (row.at_utc, row.copy_id, row.sequence, row.uuid, row.line)


def _rows(connection: sa.Connection, name: str, wanted: list[int] | None) -> Iterable[sa.Row[Any]]:
    """The standing facts of a table with their reports and changes, oldest first."""
    facts, placed, journal = table(name), table("placement"), table("change")
    of_change = (journal.c.reviewer, journal.c.at_utc, journal.c.copy_id, journal.c.sequence, journal.c.uuid)
    statement = (
        sa.select(placed.c.report, facts, *of_change)
        .select_from(dated(name).join(placed, placed.c.record == facts.c.record))
        .order_by(*oldest_first(name))
    )
    return select_in(connection, statement, placed.c.report, wanted)


def _details(connection: sa.Connection, wanted: list[int] | None) -> dict[tuple[int, int, str], sa.Row[Any]]:
    """(change, record, kind) -> the detail."""
    return {(row.change, row.record, row.kind): row for row in _rows(connection, "retrieval_detail", wanted)}


def reports_by_change(connection: sa.Connection) -> set[tuple[int, int]]:
    """(change, report) of every step, letter and answer on a standing record."""
    placed = table("placement")
    found: set[tuple[int, int]] = set()
    for name in ("retrieval", "retrieval_detail"):
        facts = table(name)
        source = facts.join(placed, placed.c.record == facts.c.record)
        statement = sa.select(facts.c.change, placed.c.report).distinct().select_from(source)
        found.update((row.change, row.report) for row in connection.execute(statement))
    return found


def attached(connection: sa.Connection) -> dict[str, list[tuple[int, str]]]:
    """SHA-256 of an attached file -> (report, name) of each standing step that names it, oldest first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for row in _rows(connection, "retrieval", None):
        if row.sha256 and (row.report, row.name) not in found.setdefault(row.sha256, []):
            found[row.sha256].append((row.report, row.name))
    return found

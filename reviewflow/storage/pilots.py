"""Pilot rounds: a sample and the votes on it, in tables that nothing else of the review reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.domain.screening import Ballot, Stage, Verdict
from reviewflow.storage.derived import standing_facts
from reviewflow.storage.latest import dated, oldest_first
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.storage.ledger import Entry


@dataclass(frozen=True, slots=True)
class Pilot:
    """A pilot round.

    Attributes:
        seed: Of the sample.
        gate: The share of agreement, from 0 to 1, from which the main round may start.
        is_open: Whether it still goes on.
    """

    id: int
    name: str
    stage: Stage
    seed: int
    gate: float
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class PilotVote:
    """One verdict as it is written."""

    record: int
    reviewer: str
    verdict: Verdict
    reason: str = ""
    note: str = ""

    @property
    def ballot(self) -> Ballot:
        """The vote as it is counted."""
        return Ballot(self.reviewer, self.verdict, self.reason)


def add_pilot(entry: Entry, pilot: Pilot, records: Iterable[int]) -> int:
    """Write a pilot round with its sample; gives its id."""
    said = {"name": pilot.name, "stage": pilot.stage, "seed": pilot.seed, "gate": float(pilot.gate)}
    id_ = entry.add_one("pilot", said)
    entry.add("pilot_record", ({"pilot": id_, "record": record} for record in records))
    return id_


def add_votes(entry: Entry, pilot: int, votes: Iterable[PilotVote]) -> int:
    """Write votes of a pilot round; gives how many."""
    rows = (
        {
            "pilot": pilot,
            "record": vote.record,
            "reviewer": vote.reviewer,
            "verdict": vote.verdict,
            "reason": vote.reason,
            "note": vote.note,
        }
        for vote in votes
    )
    return len(entry.add("pilot_vote", rows))


def add_end(entry: Entry, pilot: int, note: str) -> None:
    """Write that a pilot round is over."""
    entry.add_one("pilot_end", {"pilot": pilot, "note": note})


def pilots(connection: sa.Connection) -> list[Pilot]:
    """Every pilot round that stands, oldest first."""
    over = set(connection.execute(_over()).scalars())
    return [_pilot(row, is_open=row.id not in over) for row in connection.execute(_oldest_first())]


def _oldest_first() -> sa.Select[Any]:
    return sa.select(table("pilot")).select_from(dated("pilot")).order_by(*oldest_first("pilot"))


def _over() -> sa.Select[tuple[int]]:
    """The pilot rounds that are over."""
    return sa.select(table("pilot_end").c.pilot).select_from(standing_facts("pilot_end"))


def _pilot(row: Any, *, is_open: bool) -> Pilot:  # noqa: ANN401 a row of the table of pilot rounds
    return Pilot(row.id, row.name, Stage(row.stage), row.seed, row.gate, is_open)


def open_at(connection: sa.Connection, stage: Stage) -> Pilot | None:
    """The pilot round that goes on at a stage: the oldest where two copies began one each."""
    row = connection.execute(_open_at(), {"stage": stage}).first()
    return None if row is None else _pilot(row, is_open=True)


# Asked with every vote and every report shown, where building it takes longer than running it: it is kept.
@cache
def _open_at() -> sa.Select[Any]:
    facts = table("pilot")
    is_over = facts.c.id.in_(_over().correlate(None))
    return _oldest_first().where(facts.c.stage == sa.bindparam("stage"), sa.not_(is_over)).limit(1)


def sample(connection: sa.Connection, pilot: int) -> list[int]:
    """The reports in the sample, but for those that were removed from the review since."""
    facts, placed, report = table("pilot_record"), table("placement"), table("report")
    statement = (
        sa.select(placed.c.report)
        .distinct()
        .select_from(
            standing_facts("pilot_record")
            .join(placed, placed.c.record == facts.c.record)
            .join(report, report.c.id == placed.c.report)
        )
        .where(facts.c.pilot == pilot, report.c.removed == "")
        .order_by(placed.c.report)
    )
    return list(connection.execute(statement).scalars())


def ever_sampled(connection: sa.Connection, stage: Stage) -> set[int]:
    """The reports in the sample of any pilot round at a stage."""
    return {report for each in pilots(connection) if each.stage is stage for report in sample(connection, each.id)}


def votes(connection: sa.Connection, pilot: int, reviewer: str = "") -> dict[int, dict[str, PilotVote]]:
    """Report -> reviewer -> the latest standing vote of a pilot round; with a name, of that reviewer alone."""
    facts, placed = table("pilot_vote"), table("placement")
    statement = (
        sa.select(placed.c.report, facts)
        .select_from(dated("pilot_vote").join(placed, placed.c.record == facts.c.record))
        .where(facts.c.pilot == pilot)
        .order_by(*oldest_first("pilot_vote"))
    )
    if reviewer:
        statement = statement.where(facts.c.reviewer == reviewer)
    found: dict[int, dict[str, PilotVote]] = {}
    for row in connection.execute(statement):
        vote = PilotVote(row.record, row.reviewer, Verdict(row.verdict), row.reason, row.note)
        found.setdefault(row.report, {})[row.reviewer] = vote
    return found


def touched_by(connection: sa.Connection, change: int) -> list[tuple[Pilot, bool]]:
    """(standing pilot round, whether the change ended it) of those in which a change voted, or which it ended."""
    touched: dict[str, set[int]] = {}
    for name in ("pilot_vote", "pilot_end"):
        facts = table(name)
        ids = connection.execute(sa.select(facts.c.pilot).distinct().where(facts.c.change == change)).scalars()
        touched[name] = set(ids)
    every = pilots(connection) if any(touched.values()) else []
    return [(each, name == "pilot_end") for name, ids in touched.items() for each in every if each.id in ids]


def n_votes_by_change(connection: sa.Connection) -> dict[tuple[int, int], int]:
    """(change, pilot) -> how many votes of that pilot round the change cast, whether it stands or not."""
    facts = table("pilot_vote")
    statement = sa.select(facts.c.change, facts.c.pilot, sa.func.count().label("n")).group_by(
        facts.c.change, facts.c.pilot
    )
    return {(row.change, row.pilot): row.n for row in connection.execute(statement)}

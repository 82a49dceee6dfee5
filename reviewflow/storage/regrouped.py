"""Reports whose tally is made of votes on records that were not one report when they were voted on, or are no longer.

Votes stay on the record that was shown, so a merge or a split after screening moves none; what it alters is flagged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.domain.deduplication import cluster
from reviewflow.domain.screening import Stage
from reviewflow.storage import views
from reviewflow.storage.derived import standing_facts
from reviewflow.storage.rows import select_in
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Regrouped:
    """A report to look at again.

    Attributes:
        report: Its id.
        stage: Where the votes were cast.
        records: Of a merged report the records that carry votes; of one that was taken apart, a record on each side.
        is_merged: True where votes on several records are counted together, False where votes stayed on one side.
    """

    report: int
    stage: Stage
    records: tuple[int, ...]
    is_merged: bool


def regrouped(connection: sa.Connection, who: views.Viewer, reports: Collection[int] | None = None) -> list[Regrouped]:
    """The reports, of some or of all, that were merged or taken apart after votes that the viewer may see."""
    found = [*_merged(connection, reports), *_taken_apart(connection, reports)]
    seen = {stage: _open(connection, who, stage, {one.report for one in found}) for stage in Stage}
    return sorted((one for one in found if one.report in seen[one.stage]), key=lambda one: (one.report, one.stage))


def _open(connection: sa.Connection, who: views.Viewer, stage: Stage, reports: set[int]) -> set[int]:
    return {each.id for each in views.report_views(connection, who, stage, reports) if each.is_open}


def _merged(connection: sa.Connection, reports: Collection[int] | None) -> list[Regrouped]:
    """Reports whose latest votes at a stage were cast on records that were not one report at the first of them."""
    ballot, vote, link = table("ballot"), table("vote"), table("same_report")
    last_link = sa.select(sa.func.coalesce(sa.func.max(link.c.change), 0)).where(link.c.same).scalar_subquery()
    statement = (
        sa.select(ballot.c.report, ballot.c.stage, sa.func.min(vote.c.change).label("first"))
        .select_from(ballot.join(vote, vote.c.id == ballot.c.vote))
        .group_by(ballot.c.report, ballot.c.stage)
        .having(sa.func.count(sa.distinct(vote.c.record)) > 1, sa.func.min(vote.c.change) < last_link)
    )
    found = []
    for row in select_in(connection, statement, ballot.c.report, reports):
        apart = _apart_before(connection, row.report, row.stage, row.first)
        if apart is not None:
            found.append(Regrouped(row.report, Stage(row.stage), apart, is_merged=True))
    return found


def _apart_before(connection: sa.Connection, report: int, stage: str, change: int) -> tuple[int, int] | None:
    """Two records of a report that carry its latest votes and that no link older than a change joins."""
    ballot, vote, placed, link = table("ballot"), table("vote"), table("placement"), table("same_report")
    of_votes = (
        sa.select(vote.c.record)
        .select_from(ballot.join(vote, vote.c.id == ballot.c.vote))
        .where(ballot.c.report == report, ballot.c.stage == stage)
    )
    voted = sorted(set(connection.execute(of_votes).scalars()))
    members = connection.execute(sa.select(placed.c.record).where(placed.c.report == report)).scalars().all()
    older = (
        sa.select(link.c.record_a, link.c.record_b)
        .select_from(standing_facts("same_report"))
        .where(link.c.same, link.c.change < change, link.c.record_a.in_(members))
    )
    clusters = cluster(members, [(a, b, 1.0) for a, b in connection.execute(older)], [])
    other = next((record for record in voted if clusters[record] != clusters[voted[0]]), None)
    return None if other is None else (voted[0], other)


def _taken_apart(connection: sa.Connection, reports: Collection[int] | None) -> list[Regrouped]:
    """Reports that were one with another when votes were cast on either, and are no longer."""
    link, placed = table("same_report"), table("placement")
    here, there = placed.alias("here"), placed.alias("there")
    ends = link.c.record_a, link.c.record_b, here.c.report, there.c.report
    statement = (
        sa.select(link.c.id, *ends, link.c.change, _undone(link))
        .select_from(link.join(here, here.c.record == link.c.record_a).join(there, there.c.record == link.c.record_b))
        .where(link.c.same, here.c.report != there.c.report)
    )
    # Asked from either end, so that a merge of two reports looks at the links of these and not at all.
    sides = (here.c.report,) if reports is None else (here.c.report, there.c.report)
    rows = {tuple(row) for side in sides for row in select_in(connection, statement, side, reports)}
    found: dict[tuple[int, Stage], Regrouped] = {}
    for _, a, b, one, other, joined, undone in sorted(rows, key=lambda row: row[0]):
        parted = _parted(connection, a, b, joined, undone)
        for stage in _voted_between(connection, (one, other), joined, parted):
            for report, pair in ((one, (a, b)), (other, (b, a))):
                found.setdefault((report, stage), Regrouped(report, stage, pair, is_merged=False))
    return list(found.values())


def _undone(link: sa.Table) -> sa.ScalarSelect[Any]:
    """The last change that undid the link's own; null while it stands."""
    journal = table("change").alias("undoing")
    return sa.select(sa.func.max(journal.c.id)).where(journal.c.undoes == link.c.change).scalar_subquery()


def _parted(connection: sa.Connection, a: int, b: int, joined: int, undone: int | None) -> int:
    """The change that took two linked records apart."""
    link = table("same_report")
    # A statement from another copy may name the higher id first.
    on_both = sa.and_(link.c.record_a.in_((a, b)), link.c.record_b.in_((a, b)))
    said = sa.select(sa.func.max(link.c.change)).where(on_both, sa.not_(link.c.same), link.c.change > joined)
    return max(connection.execute(said).scalar() or 0, undone or 0) or joined


def _voted_between(connection: sa.Connection, reports: tuple[int, int], first: int, last: int) -> list[Stage]:
    """The stages at which a vote that still counts was cast on either report while they were one."""
    ballot, vote = table("ballot"), table("vote")
    statement = (
        sa.select(ballot.c.stage)
        .distinct()
        .select_from(ballot.join(vote, vote.c.id == ballot.c.vote))
        .where(ballot.c.report.in_(reports), vote.c.change > first, vote.c.change < last)
    )
    return [Stage(stage) for stage in connection.execute(statement).scalars()]

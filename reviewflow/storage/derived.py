"""Keeps the side tables in step with the standing facts, and can rebuild and compare them.

The same statements serve one vote and a whole review: they are restricted to the reports that a change touched, or not.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.domain.ledger import standing as standing_changes
from reviewflow.domain.screening import Phase, Role, Stage, Verdict
from reviewflow.storage.latest import dated, newest_first
from reviewflow.storage.placement import place, regroup, unsettle
from reviewflow.storage.rows import CHUNK, chunks, delete_in, insert_rows
from reviewflow.storage.tables import SIDE, VOTERS_APART, table

if TYPE_CHECKING:
    from collections.abc import Iterable

# Facts that say something of a report but leave alone which records it is made of.
_ON_REPORTS = ("removal", "vote", "retrieval", "assignment")
# From that many on, computing everything anew is faster than looking the reports up in batches.
_MANY = 20 * CHUNK


def after_change(connection: sa.Connection, change: int, undoes: int | None) -> None:
    """Bring the side tables in step with a change that was just written."""
    connection.execute(sa.insert(table("standing")).values(change=change))
    altered = [change] if undoes is None else _toggle(connection, undoes)
    relinked = place(connection, altered) | _records_linked(connection, altered)
    reports: set[int] | None = set()
    if relinked:
        reports = regroup(connection, relinked if len(relinked) < _MANY else None)
    if undoes is not None:
        unsettle(connection, altered)
    if reports is not None:
        reports |= _reports_touched(connection, altered)
    refresh_reports(connection, reports)


def _toggle(connection: sa.Connection, undone: int) -> list[int]:
    """Set which changes stand after `undone` was undone; gives those that altered."""
    journal, stands = table("change"), table("standing")
    undoing = journal.join(stands, stands.c.change == journal.c.id)
    altered: list[int] = []
    change: int | None = undone
    while change is not None:
        by = sa.select(journal.c.id).select_from(undoing).where(journal.c.undoes == change).limit(1)
        is_undone = connection.execute(by).first() is not None
        stood = connection.execute(sa.delete(stands).where(stands.c.change == change)).rowcount > 0
        if not is_undone:
            connection.execute(sa.insert(stands).values(change=change))
        if stood is not is_undone:
            break  # as before: so is all that hangs on it
        altered.append(change)
        change = connection.execute(sa.select(journal.c.undoes).where(journal.c.id == change)).scalar()
    return altered


def _records_linked(connection: sa.Connection, changes: list[int]) -> set[int]:
    """The records that links of these changes speak of."""
    link = table("same_report")
    found: set[int] = set()
    for column in (link.c.record_a, link.c.record_b):
        found.update(connection.execute(sa.select(column).distinct().where(link.c.change.in_(changes))).scalars())
    return found


def _reports_touched(connection: sa.Connection, changes: list[int]) -> set[int]:
    """The reports that other facts of these changes speak of."""
    placed = table("placement")
    touched: set[int] = set()
    for name in _ON_REPORTS:
        facts = table(name)
        statement = (
            sa.select(placed.c.report)
            .distinct()
            .select_from(facts.join(placed, placed.c.record == facts.c.record))
            .where(facts.c.change.in_(changes))
        )
        touched.update(connection.execute(statement).scalars())
    return touched


def refresh_reports(connection: sa.Connection, reports: set[int] | None) -> None:
    """Compute ballots and report rows anew, for some reports or (None) for all."""
    if reports is None or len(reports) > _MANY:
        connection.execute(sa.delete(table("ballot")))
        connection.execute(sa.delete(table("report")))
        connection.execute(_ballots(everything=True))
        connection.execute(_reports(everything=True))
        return
    names = sorted(reports)
    delete_in(connection, table("ballot"), table("ballot").c.report, names)
    delete_in(connection, table("report"), table("report").c.id, names)
    for chunk in chunks(names):
        connection.execute(_ballots(everything=False), {"reports": chunk})
        connection.execute(_reports(everything=False), {"reports": chunk})


def _within(column: sa.ColumnElement[int], *, everything: bool) -> sa.ColumnElement[bool]:
    """That the column names one of `reports`; true of all when everything is wanted."""
    return sa.true() if everything else column.in_(sa.bindparam("reports", expanding=True))


# For one vote, building these statements takes longer than running them: they are kept.
@cache
def _ballots(*, everything: bool) -> sa.Insert:
    """Insert the latest standing vote of each reviewer, role and stage on each report."""
    vote, placed = table("vote"), table("placement")
    who = (placed.c.report, vote.c.stage, vote.c.reviewer, vote.c.role)
    newest = newest_first("vote")
    cast = (
        sa.select(
            *who,
            vote.c.verdict,
            vote.c.reason,
            vote.c.phase,
            vote.c.id,
            sa.func.row_number().over(partition_by=(*who, vote.c.record), order_by=newest).label("nth_on_record"),
            sa.func.row_number().over(partition_by=who, order_by=newest).label("nth"),
        )
        .select_from(dated("vote").join(placed, placed.c.record == vote.c.record))
        .where(_within(placed.c.report, everything=everything))
        .subquery()
    )
    counts_reason = sa.and_(cast.c.stage == Stage.FULL_TEXT, cast.c.verdict == Verdict.EXCLUDE)
    said = cast.c.verdict + "/" + sa.case((counts_reason, cast.c.reason), else_="")

    def newest_of(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.func.max(sa.case((cast.c.nth == 1, column)))

    latest = (
        sa.select(
            cast.c.report,
            cast.c.stage,
            cast.c.reviewer,
            cast.c.role,
            newest_of(cast.c.verdict),
            newest_of(cast.c.reason),
            newest_of(cast.c.phase),
            sa.func.count(sa.distinct(said)) > 1,
            newest_of(cast.c.id),
        )
        .where(cast.c.nth_on_record == 1)
        .group_by(cast.c.report, cast.c.stage, cast.c.reviewer, cast.c.role)
    )
    ballot = table("ballot")
    columns = ("report", "stage", "reviewer", "role", "verdict", "reason", "phase", "contradicts_itself", "vote")
    return sa.insert(ballot).from_select(list(columns), latest)


def _tally(stage: Stage, *, everything: bool) -> sa.Subquery:
    """One row for each report that has a countable ballot at the stage: its code and the names of its voters."""
    stored = table("ballot")
    ballot = (
        sa.select(stored)
        .where(
            stored.c.stage == stage,
            sa.not_(stored.c.contradicts_itself),
            _within(stored.c.report, everything=everything),
        )
        .order_by(stored.c.report, stored.c.reviewer)  # the names are put together in this order
        .subquery()
    )
    votes = ballot.c.role == Role.REVIEWER
    judges = ballot.c.role == Role.ADJUDICATOR

    def n(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[str]:
        return sa.cast(sa.func.count(sa.case((sa.and_(votes, condition), 1))), sa.String)

    excludes = ballot.c.verdict == Verdict.EXCLUDE
    reason = sa.case((sa.and_(votes, excludes), ballot.c.reason))
    n_reasons = sa.func.count(sa.distinct(reason))
    counts = [n(ballot.c.verdict == verdict) for verdict in Verdict]
    code = counts[0] + "/" + counts[1] + "/" + counts[2] + "/" + counts[3] + "/" + counts[4]
    code += "|" + sa.cast(n_reasons, sa.String) + "|" + sa.case((n_reasons == 1, sa.func.max(reason)), else_="")
    code += "|" + n(ballot.c.phase == Phase.CROSS_CHECK)
    for column in (ballot.c.verdict, ballot.c.reason):
        code += "|" + sa.func.coalesce(sa.func.max(sa.case((judges, column))), "")
    voters = sa.func.aggregate_strings(sa.case((votes, ballot.c.reviewer)), VOTERS_APART)
    return (
        sa.select(ballot.c.report, code.label("code"), sa.func.coalesce(voters, "").label("voters"))
        .group_by(ballot.c.report)
        .subquery()
    )


@cache
def _reports(*, everything: bool) -> sa.Insert:
    """Insert one row for each report, from placements, removals, retrievals, assignments and ballots."""
    placed = table("placement")
    ta, ft = (_tally(stage, everything=everything) for stage in (Stage.TITLE_ABSTRACT, Stage.FULL_TEXT))
    removed = _latest("removal", "kind", everything=everything)
    retrieved = _latest("retrieval", "state", everything=everything)
    ta_for, ft_for = (_assigned(stage, everything=everything) for stage in (Stage.TITLE_ABSTRACT, Stage.FULL_TEXT))
    whole = (
        sa.select(placed.c.report, sa.func.min(placed.c.route).label("route"))
        .where(_within(placed.c.report, everything=everything))
        .group_by(placed.c.report)
        .subquery()
    )
    rows = sa.select(
        whole.c.report,
        whole.c.route,
        sa.func.coalesce(removed.c.value, ""),
        sa.func.coalesce(retrieved.c.value, ""),
        sa.func.coalesce(ta.c.code, ""),
        sa.func.coalesce(ta.c.voters, ""),
        sa.func.coalesce(ta_for.c.names, ""),
        sa.func.coalesce(ft.c.code, ""),
        sa.func.coalesce(ft.c.voters, ""),
        sa.func.coalesce(ft_for.c.names, ""),
    ).select_from(
        whole.outerjoin(removed, removed.c.report == whole.c.report)
        .outerjoin(retrieved, retrieved.c.report == whole.c.report)
        .outerjoin(ta, ta.c.report == whole.c.report)
        .outerjoin(ft, ft.c.report == whole.c.report)
        .outerjoin(ta_for, ta_for.c.report == whole.c.report)
        .outerjoin(ft_for, ft_for.c.report == whole.c.report)
    )
    of_votes = ("title_abstract", "ta_voters", "ta_assigned", "full_text", "ft_voters", "ft_assigned")
    columns = ("id", "route", "removed", "retrieval", *of_votes)
    return sa.insert(table("report")).from_select(list(columns), rows)


def _assigned(stage: Stage, *, everything: bool) -> sa.Subquery:
    """For each report the names of those whom its latest assignment at the stage names, in their places.

    The rows of one change on one record are an assignment. Where one change assigned records that are one report now,
    its last line tells which of them counts: lines are the same in every copy.
    """
    facts, placed = table("assignment"), table("placement")
    nth = sa.func.row_number().over(partition_by=placed.c.report, order_by=newest_first("assignment")).label("nth")
    last = (
        sa.select(placed.c.report, facts.c.change, facts.c.record, nth)
        .select_from(dated("assignment").join(placed, placed.c.record == facts.c.record))
        .where(facts.c.stage == stage, _within(placed.c.report, everything=everything))
        .subquery()
    )
    of_last = sa.and_(facts.c.change == last.c.change, facts.c.record == last.c.record, facts.c.stage == stage)
    named = (
        sa.select(last.c.report, facts.c.reviewer)
        .select_from(last.join(facts, of_last))
        .where(last.c.nth == 1)
        .order_by(last.c.report, facts.c.place, facts.c.id)  # the names are put together in this order
        .subquery()
    )
    names = sa.func.aggregate_strings(named.c.reviewer, VOTERS_APART).label("names")
    return sa.select(named.c.report, names).group_by(named.c.report).subquery()


def _latest(name: str, column: str, *, everything: bool) -> sa.Subquery:
    """For each report the value in its latest standing fact of that table."""
    facts, placed = table(name), table("placement")
    nth = sa.func.row_number().over(partition_by=placed.c.report, order_by=newest_first(name)).label("nth")
    found = (
        sa.select(placed.c.report, facts.c[column].label("value"), nth)
        .select_from(dated(name).join(placed, placed.c.record == facts.c.record))
        .where(_within(placed.c.report, everything=everything))
        .subquery()
    )
    return sa.select(found.c.report, found.c.value).where(found.c.nth == 1).subquery()


def rebuild(connection: sa.Connection) -> None:
    """Compute every side table anew from the facts alone."""
    journal, stands = table("change"), table("standing")
    for name in SIDE:
        connection.execute(sa.delete(table(name)))
    undoes = {row.id: row.undoes for row in connection.execute(sa.select(journal).order_by(journal.c.id))}
    insert_rows(connection, stands, ({"change": change} for change in sorted(standing_changes(undoes))))
    place(connection, None)
    regroup(connection, None)
    refresh_reports(connection, None)


def stale(connection: sa.Connection) -> dict[str, int]:
    """How many rows of each side table are not what the facts give; rebuilds them on the way."""
    for name in SIDE:
        connection.execute(sa.text(f'CREATE TEMPORARY TABLE "before_{name}" AS SELECT * FROM "{name}"'))  # noqa: S608 names of our own tables
    rebuild(connection)
    found = {name: _n_different(connection, name) for name in SIDE}
    for name in SIDE:
        connection.execute(sa.text(f'DROP TABLE "before_{name}"'))
    return {name: n for name, n in found.items() if n}


def _n_different(connection: sa.Connection, name: str) -> int:
    now, before = f'"{name}"', f'"before_{name}"'

    def missing(of: str, in_: str) -> int:
        query = f"SELECT count(*) FROM (SELECT * FROM {of} EXCEPT SELECT * FROM {in_}) AS d"  # noqa: S608 names of our own tables
        return int(connection.execute(sa.text(query)).scalar_one())

    return max(missing(now, before), missing(before, now))


def standing_facts(name: str) -> sa.FromClause:
    """The facts of a table that stand."""
    facts, stands = table(name), table("standing")
    return facts.join(stands, stands.c.change == facts.c.change)


def ids_of(connection: sa.Connection, name: str, changes: Iterable[int]) -> set[int]:
    """The local ids of the facts that some changes wrote into a table."""
    facts = table(name)
    return set(connection.execute(sa.select(facts.c.id).where(facts.c.change.in_(list(changes)))).scalars())

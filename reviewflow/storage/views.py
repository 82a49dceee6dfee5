"""What a viewer may see of the votes: the one place where blindness is kept, and what every query of votes reads.

A reviewer sees the others' votes on a report once he or she has voted on it and the rule's number of votes is reached.
Who is not to vote on it (an adjudicator, a lead, a reviewer where it is assigned to others or where one vote is all)
sees a report once the number is reached. Who does not say who he is sees what everybody may see: the reports on which
all have voted who are to. An inclusion under the liberal-accelerated rule is seen by all at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import sqlalchemy as sa

from reviewflow.domain.screening import (
    Ballot,
    Phase,
    Role,
    Rule,
    Stage,
    Tally,
    Verdict,
    is_enough,
    settles_at_once,
    tally_of,
)
from reviewflow.storage.rows import select_in
from reviewflow.storage.tables import VOTERS_APART, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reviewflow.domain.protocol import Protocol

    _Place: TypeAlias = tuple[str, str, str, "Sight", "Sight"]
    """Route, removal, retrieval, and what may be seen at each stage."""

T = TypeVar("T")

_CODES = {Stage.TITLE_ABSTRACT: "title_abstract", Stage.FULL_TEXT: "full_text"}
_VOTERS = {Stage.TITLE_ABSTRACT: "ta_voters", Stage.FULL_TEXT: "ft_voters"}
_ASSIGNED = {Stage.TITLE_ABSTRACT: "ta_assigned", Stage.FULL_TEXT: "ft_assigned"}
_STORED = ("route", "removed", "retrieval", *_CODES.values(), *_VOTERS.values(), *_ASSIGNED.values())
_OWN = ("verdict", "reason", "phase")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks.

    Attributes:
        name: Name in the team, "" for nobody in particular.
        screens: Whether that person votes as a reviewer.
        rules: The rule of each stage.
        reviewers: All who vote as reviewers now.
        sees_all: Whether nothing is hidden.
    """

    name: str
    screens: bool
    rules: tuple[tuple[Stage, Rule], ...]
    reviewers: tuple[str, ...]
    sees_all: bool = False


def viewer(protocol: Protocol, name: str) -> Viewer:
    """The view of a person of the team, or with "" of nobody in particular.

    Raises:
        UsageError: Nobody of the team has that name.
    """
    screens = bool(name) and Role.REVIEWER in protocol.member(name).roles
    return Viewer(name, screens, tuple(protocol.rules.items()), protocol.with_role(Role.REVIEWER))


def viewer_of_all(protocol: Protocol) -> Viewer:
    """Sees every vote: for checking a change against the rule, never for showing."""
    rules, reviewers = tuple(protocol.rules.items()), protocol.with_role(Role.REVIEWER)
    return Viewer("", screens=False, rules=rules, reviewers=reviewers, sees_all=True)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a viewer may see of the votes on a report at one stage.

    Attributes:
        tally: The visible tally: of all votes, of the viewer's own, or empty.
        is_open: Whether the others' votes may be seen.
        my_phase: The phase of the viewer's own vote; None when there is none or it contradicts itself.
        is_asked: Whether the viewer's vote is asked for: there is none, and the report is not for others alone.
        assigned: The reviewers of the team whom it is assigned to, in their places; empty where it is for everybody.
    """

    tally: Tally
    is_open: bool
    my_phase: Phase | None
    is_asked: bool = False
    assigned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a report stands, as a viewer may see it."""

    route: str
    removed: str
    retrieval: str
    first: Sight
    second: Sight

    def at(self, stage: Stage) -> Sight:
        """What may be seen of the votes at a stage."""
        return self.first if stage is Stage.TITLE_ABSTRACT else self.second

    def tally(self, stage: Stage) -> Tally:
        """The visible tally at a stage."""
        return self.at(stage).tally

    @property
    def title_abstract(self) -> Tally:
        """The visible tally of titles and abstracts."""
        return self.first.tally

    @property
    def full_text(self) -> Tally:
        """The visible tally of full texts."""
        return self.second.tally


@dataclass(frozen=True, slots=True)
class ReportView(Seen):
    """One report as a viewer may see it.

    Attributes:
        mine: The viewer's own ballot at the stage asked for, None when there is none or it contradicts itself.
        is_open: Whether the others' votes at that stage may be seen.
    """

    id: int
    mine: Ballot | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Pattern(Seen):
    """How many reports stand alike in the viewer's eyes."""

    n: int


@dataclass(frozen=True, slots=True)
class _Cast:
    """What is stored of the votes on a report at a stage.

    Attributes:
        tally: Of all ballots.
        voters: Who cast them.
        assigned: Of those whom it is assigned to, those who screen still.
    """

    tally: Tally
    voters: frozenset[str]
    assigned: tuple[str, ...]


class _Eyes:
    """Masks stored tallies for one viewer. Reports by the million have few distinct tallies: each is masked once."""

    def __init__(self, who: Viewer) -> None:
        self._who = who
        self._rules = dict(who.rules)
        self.first = cache(partial(self._look, Stage.TITLE_ABSTRACT))
        self.second = cache(partial(self._look, Stage.FULL_TEXT))
        self.without_ballot = cache(self._without_ballot)

    def _stored(self, code: str, voters: str, assigned: str) -> _Cast:
        team = self._who.reviewers
        names = voters.split(VOTERS_APART) if voters else []
        tally = replace(Tally.from_code(code), n_left=sum(name not in team for name in names))
        still = tuple(name for name in assigned.split(VOTERS_APART) if name in team)
        return _Cast(tally, frozenset(names), still)

    def _look(
        self, stage: Stage, code: str, voters: str, assigned: str, verdict: str | None, reason: str, phase: str
    ) -> tuple[Sight, Ballot | None]:
        """What the viewer may see, given what is stored and the viewer's own ballot; and that ballot."""
        rule, cast = self._rules[stage], self._stored(code, voters, assigned)
        is_open = self._who.sees_all or (is_enough(cast.tally, rule) and self._may_look(cast, rule, verdict))
        if verdict is None or not self._who.screens:
            shown = cast.tally if is_open else Tally()
            is_asked = not is_open and self._who.screens and self._is_asked(cast, rule)
            return Sight(shown, is_open, None, is_asked, cast.assigned), None
        mine = Ballot(self._who.name, Verdict(verdict), reason, Phase(phase))
        shown = cast.tally if is_open else tally_of([mine])
        return Sight(shown, is_open, mine.phase, assigned=cast.assigned), mine

    def _may_look(self, cast: _Cast, rule: Rule, verdict: str | None) -> bool:
        """Whether the viewer may see the votes, once there are enough of them."""
        if settles_at_once(cast.tally, rule) or (self._who.name and not self._who.screens) or verdict is not None:
            return True
        if self._who.screens:
            return self._who.name not in cast.assigned if cast.assigned else rule.votes == 1
        if not cast.assigned and rule.votes == 1:
            return True
        return cast.voters.issuperset(cast.assigned or self._who.reviewers)

    def _is_asked(self, cast: _Cast, rule: Rule) -> bool:
        """Whether a reviewer without a vote is to vote: where the rule is accelerated, after those in front."""
        name = self._who.name
        if not cast.assigned:
            return True
        if name not in cast.assigned:
            return False
        return not rule.accelerated or cast.voters.issuperset(cast.assigned[: cast.assigned.index(name)])

    def _without_ballot(self, stage: Stage, code: str, voters: str, assigned: str) -> Sight | None:
        """The same as far as the voters' names tell it; None where the viewer's own ballot has to be looked up."""
        if not self._who.screens or self._who.name not in voters.split(VOTERS_APART):
            return self._look(stage, code, voters, assigned, None, "", "")[0]
        cast = self._stored(code, voters, assigned)
        stored = cast.tally
        is_open = is_enough(stored, self._rules[stage])
        is_mine_alone = stored.voters == 1 and not stored.adjudicated
        phase = {0: Phase.BLIND, stored.voters: Phase.CROSS_CHECK}.get(stored.reconsidered)
        if phase is None or not (is_open or is_mine_alone):
            return None
        return Sight(stored, is_open, phase, assigned=cast.assigned)


def patterns(connection: sa.Connection, who: Viewer) -> list[Pattern]:
    """The distinct ways in which reports stand, as the viewer may see them, with how many reports have each.

    Reports are counted by one scan of an index; the viewer's ballots are looked up only where the stored tally and the
    names of the voters do not tell what the viewer may see.
    """
    eyes = _Eyes(who)
    stored = [table("report").c[name] for name in _STORED]
    total: Counter[_Place] = Counter()
    untold: set[tuple[Stage, str, str, str]] = set()
    for *place, ta, ft, ta_voters, ft_voters, ta_for, ft_for, n in connection.execute(
        sa.select(*stored, sa.func.count()).group_by(*stored)
    ):
        keys = ((Stage.TITLE_ABSTRACT, ta, ta_voters, ta_for), (Stage.FULL_TEXT, ft, ft_voters, ft_for))
        first, second = (eyes.without_ballot(*key) for key in keys)
        if first is not None and second is not None:
            total[*place, first, second] += n
        else:
            untold.update(key for key, sight in zip(keys, (first, second), strict=True) if sight is None)
    if untold:
        total.update(_looked_up(connection, who, eyes, untold))
    return [Pattern(*place, n) for place, n in total.items()]


def _looked_up(
    connection: sa.Connection, who: Viewer, eyes: _Eyes, untold: set[tuple[Stage, str, str, str]]
) -> Counter[_Place]:
    """Of the reports with such tallies how many stand alike, by the viewer's ballots."""
    report = table("report")
    source, mine = _joined(who)
    columns = [*(report.c[name] for name in _STORED), *mine]
    of_these = [report.c[_CODES[stage]].in_([code for at, code, *_ in untold if at is stage]) for stage in Stage]
    statement = sa.select(*columns, sa.func.count()).select_from(source).where(sa.or_(*of_these)).group_by(*columns)
    total: Counter[_Place] = Counter()
    for *place, ta, ft, ta_voters, ft_voters, ta_for, ft_for, v1, r1, p1, v2, r2, p2, n in connection.execute(
        statement
    ):
        first, second = (ta, ta_voters, ta_for), (ft, ft_voters, ft_for)
        if {(Stage.TITLE_ABSTRACT, *first), (Stage.FULL_TEXT, *second)} & untold:
            total[*place, eyes.first(*first, v1, r1, p1)[0], eyes.second(*second, v2, r2, p2)[0]] += n
    return total


def _joined(who: Viewer) -> tuple[sa.FromClause, list[sa.ColumnElement[Any]]]:
    """The reports joined with the viewer's ballots, and verdict, reason and phase of these at each stage."""
    report = table("report")
    source: sa.FromClause = report
    columns: list[sa.ColumnElement[Any]] = []
    for stage in Stage:
        if not who.screens:
            columns += [sa.null().label(f"{stage}_{name}") for name in _OWN]
            continue
        own = table("ballot").alias(f"own_{stage}")
        is_own = (
            own.c.report == report.c.id,
            own.c.stage == stage,
            own.c.reviewer == who.name,
            own.c.role == Role.REVIEWER,
            sa.not_(own.c.contradicts_itself),
        )
        source = source.outerjoin(own, sa.and_(*is_own))
        columns += [own.c[name].label(f"{stage}_{name}") for name in _OWN]
    return source, columns


def report_views(
    connection: sa.Connection, who: Viewer, stage: Stage, reports: Iterable[int] | None = None
) -> list[ReportView]:
    """Reports as the viewer may see them, by id.

    Args:
        connection: A connection.
        who: The viewer.
        stage: The stage whose own ballot is wanted.
        reports: Ids of reports; None for all.
    """
    statement = _statement(who)
    rows = select_in(connection, statement, table("report").c.id, reports)
    eyes = _Eyes(who)
    return [_view(row, stage, eyes) for row in rows]


def each_judged(
    connection: sa.Connection, who: Viewer, stage: Stage, judge: Callable[[ReportView], T]
) -> Iterator[tuple[int, T]]:
    """(report, what `judge` says of it as the viewer may see it), by id.

    Reports stand in few distinct ways: each way is judged once, so that all reports of a large review are read fast.
    """
    eyes = _Eyes(who)
    known: dict[tuple[Any, ...], T] = {}
    for row in connection.execute(_statement(who)):
        id_, *stands = row
        alike = tuple(stands)
        if alike not in known:
            known[alike] = judge(_view(row, stage, eyes))
        yield id_, known[alike]


# Building it takes longer than running it on a few reports, and there are few viewers.
@lru_cache(maxsize=64)
def _statement(who: Viewer) -> sa.Select[Any]:
    """Every report as it is stored, with the viewer's ballots, by id."""
    source, mine = _joined(who)
    report = table("report")
    stored = (report.c[name] for name in _STORED)
    return sa.select(report.c.id, *stored, *mine).select_from(source).order_by(report.c.id)


def _view(row: Any, stage: Stage, eyes: _Eyes) -> ReportView:  # noqa: ANN401 a row of the joined statement
    id_, route, removed, retrieval, ta, ft, ta_voters, ft_voters, ta_for, ft_for, v1, r1, p1, v2, r2, p2 = row
    first, first_ballot = eyes.first(ta, ta_voters, ta_for, v1, r1, p1)
    second, second_ballot = eyes.second(ft, ft_voters, ft_for, v2, r2, p2)
    mine, is_open = (first_ballot, first.is_open) if stage is Stage.TITLE_ABSTRACT else (second_ballot, second.is_open)
    return ReportView(route, removed, retrieval, first, second, id_, mine, is_open)

"""Adjudication: disagreements are listed as each viewer may see them, and settled by a third person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reviewflow.domain.screening import CONFLICTS, Ballot, Phase, Role, Stage, State, Verdict, settle
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, StateError, UsageError
from reviewflow.storage import reports, views, votes
from reviewflow.storage.votes import Vote
from reviewflow.workflow import report_fields
from reviewflow.workflow.screening import Cast, Decision, check_decision, one_per_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review


@dataclass(frozen=True, slots=True)
class Opinion:
    """A vote as it is shown in a conflict; `who` is empty where names are hidden."""

    verdict: Verdict
    reason: str
    note: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A report on which the votes disagree, as one viewer may see it.

    Attributes:
        state: At the cross-check, or waiting for the adjudicator.
        mine: The viewer's own verdict, "" for who does not screen.
        reconsidered: Whether the viewer has reconsidered.
        opinions: The votes without names; empty while the viewer may not see them.
    """

    report: int
    stage: Stage
    title: str
    state: State
    mine: str
    reconsidered: bool
    opinions: tuple[Opinion, ...]

    @property
    def waits_for_viewer(self) -> bool:
        """Whether the viewer has to reconsider it."""
        return self.state is State.CROSS_CHECK and bool(self.mine) and not self.reconsidered


def conflicts(review: Review, viewer_name: str, stage: Stage | None = None) -> list[Conflict]:
    """The disagreements that a viewer may see.

    Raises:
        UsageError: Nobody of the team has that name.
    """
    who = views.viewer(review.protocol, viewer_name)
    found: list[Conflict] = []
    with review.reading() as connection:
        for each in (stage,) if stage else tuple(Stage):
            found.extend(_conflicts_at(review, connection, who, each))
    return found


def to_adjudicate(review: Review, adjudicator: str, stage: Stage) -> list[Conflict]:
    """The conflicts that wait for an adjudicator; those on which the person has voted as a reviewer are left out."""
    found = conflicts(review, adjudicator, stage)
    return [each for each in found if each.state is State.ADJUDICATION and not each.mine]


def _conflicts_at(review: Review, connection: Connection, who: views.Viewer, stage: Stage) -> list[Conflict]:
    rule = review.protocol.rules[stage]
    open_views = []
    for view in views.report_views(connection, who, stage):
        state = settle(view.tally(stage), rule).state
        if not view.removed and view.is_open and state in CONFLICTS:
            open_views.append((view, state))
    ids = [view.id for view, _ in open_views]
    shown = report_fields.shown_records(connection, ids)
    notes = _notes(connection, stage, ids)
    opinions = votes.ballots(connection, stage, ids)
    return [
        Conflict(
            view.id,
            stage,
            shown[view.id].title,
            state,
            view.mine.verdict if view.mine else "",
            view.mine is not None and view.mine.phase is Phase.CROSS_CHECK,
            _opinions(opinions[view.id], notes, view.id) if state is State.ADJUDICATION else (),
        )
        for view, state in open_views
    ]


def _notes(connection: Connection, stage: Stage, of: Iterable[int]) -> dict[tuple[int, str], str]:
    """(report, reviewer) -> note of the latest vote."""
    return {(report, vote_.reviewer): vote_.note for report, vote_ in votes.standing_votes(connection, stage, of)}


def _opinions(
    ballots: list[tuple[Role, Ballot]], notes: dict[tuple[int, str], str], report: int
) -> tuple[Opinion, ...]:
    """The reviewers' votes without names, in an order that does not tell who is who."""
    return tuple(replace(opinion, who="") for opinion in _named(ballots, notes, report))


def _named(ballots: list[tuple[Role, Ballot]], notes: dict[tuple[int, str], str], report: int) -> tuple[Opinion, ...]:
    """The reviewers' votes with names, in the same order."""
    shown = [
        Opinion(ballot.verdict, ballot.reason, notes.get((report, ballot.reviewer), ""), ballot.reviewer)
        for role, ballot in ballots
        if role is Role.REVIEWER
    ]
    return tuple(sorted(shown, key=lambda opinion: (opinion.verdict, opinion.reason, opinion.note)))


def revealed(review: Review, adjudicator: str, stage: Stage, report: int) -> tuple[Opinion, ...]:
    """The votes on a conflict with the names of those who gave them, in the order of `Conflict.opinions`.

    Raises:
        UsageError: The person is no adjudicator.
        StateError: The report does not wait for an adjudicator.
    """
    check_adjudicates(review, adjudicator)
    who = views.viewer(review.protocol, adjudicator)
    with review.reading() as connection:
        seen = views.report_views(connection, who, stage, [report])
        states = [settle(view.tally(stage), review.protocol.rules[stage]).state for view in seen if view.is_open]
        if states != [State.ADJUDICATION]:
            raise StateError(f"p{report} does not wait for an adjudicator at {stage}", "reviewflow screen conflicts")
        notes = _notes(connection, stage, [report])
        return _named(votes.ballots(connection, stage, [report])[report], notes, report)


def check_adjudicates(review: Review, name: str) -> None:
    """Raises UsageError where the person is no adjudicator of the review."""
    if Role.ADJUDICATOR not in review.protocol.member(name).roles:
        raise UsageError(
            f"{name} is no adjudicator of this review",
            f"reviewflow team add {name} --role adjudicator, or act as one: --as NAME",
        )


def resolve(review: Review, act: Act, stage: Stage, decisions: Sequence[Decision]) -> Cast:
    """Adjudicate conflicts, all of them or none.

    Raises:
        UsageError: The person is no adjudicator.
        StateError: A report is not in conflict, or the adjudicator has voted on it as a reviewer.
        InputError: A verdict does not settle anything, or a reason does not fit.
    """
    check_adjudicates(review, act.reviewer)
    for decision in decisions:
        if decision.verdict is Verdict.UNSURE:
            raise InputError("an adjudication settles the report: unsure does not", "include or exclude")
        check_decision(review, stage, decision)
    with review.change(act) as entry:
        by_report = one_per_report(entry.connection, decisions)
        whole = reports.members(entry.connection, by_report)
        _check_is_third(entry, act.reviewer, stage, whole)
        _check_in_conflict(review, entry, stage, by_report)
        every = [record for records_ in whole.values() for record in records_]
        voted = votes.records_voted_on(entry.connection, stage, act.reviewer, Role.ADJUDICATOR, every)
        new = [
            Vote(record, stage, act.reviewer, Role.ADJUDICATOR, Phase.ADJUDICATION, d.verdict, d.reason, d.note)
            for report, d in by_report.items()
            for record in sorted({d.record} | (voted & set(whole[report])))
        ]
        votes.add_votes(entry, new)
        entry.note = f"{stage}: {counted(len(by_report), 'conflict')} resolved"
        return Cast(len(by_report), 0)


def _check_is_third(entry: Entry, adjudicator: str, stage: Stage, whole: dict[int, list[int]]) -> None:
    """Raises StateError where the adjudicator has voted as a reviewer, even if those votes contradict each other."""
    every = [record for records_ in whole.values() for record in records_]
    voted = votes.records_voted_on(entry.connection, stage, adjudicator, Role.REVIEWER, every)
    for report, records_ in whole.items():
        if voted & set(records_):
            raise StateError(
                f"{adjudicator} has voted on p{report} and cannot adjudicate it",
                "a conflict is resolved by a third person",
            )


def _check_in_conflict(review: Review, entry: Entry, stage: Stage, by_report: dict[int, Decision]) -> None:
    rule = review.protocol.rules[stage]
    everyone = views.viewer_of_all(review.protocol)
    for view in views.report_views(entry.connection, everyone, stage, by_report):
        state = settle(view.tally(stage), rule).state
        if state is State.CROSS_CHECK:
            raise StateError(
                f"p{view.id} is at the cross-check: its reviewers have not both reconsidered",
                "reviewflow screen conflicts lists what waits for whom",
            )
        if state is not State.ADJUDICATION:
            raise StateError(f"p{view.id} is not in conflict at {stage}: {state}", "reviewflow screen conflicts")

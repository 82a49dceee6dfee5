"""Pilot rounds: everybody screens the same random sample, and the main round begins when they agree well enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reviewflow.domain.agreement.compared import foremost
from reviewflow.domain.agreement.known import Looking, OpenReport
from reviewflow.domain.assignment import in_chance_order
from reviewflow.domain.flow.computed import report_outcome
from reviewflow.domain.screening import Phase, Role, Stage, State, settle, tally_of
from reviewflow.domain.words import counted
from reviewflow.errors import StateError, UsageError
from reviewflow.storage import pilots, views
from reviewflow.storage.pilots import Pilot
from reviewflow.workflow import pilot_votes, screening
from reviewflow.workflow.agreement import of_reports
from reviewflow.workflow.screening import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.ledger import Act
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.pilots import PilotVote
    from reviewflow.storage.review import Review
    from reviewflow.workflow.agreement import OfStage
    from reviewflow.workflow.pilot_votes import Progress


@dataclass(frozen=True, slots=True)
class Said:
    """One reviewer's vote in a pilot round that everybody may see."""

    who: str
    verdict: str
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class Differing:
    """A report of the sample on which not all decide alike, or exclude for other reasons."""

    report: int
    title: str
    votes: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A pilot round as everybody may see it.

    Attributes:
        progress: Who is done.
        agreement: How the reviewers agree; None while somebody may still vote blind.
        lowest: The share of reports on which the pair that agrees least decides alike; None while that is not known.
        differing: What to talk about; empty while somebody may still vote blind.
    """

    pilot: Pilot
    progress: Progress
    agreement: OfStage | None
    lowest: float | None
    differing: tuple[Differing, ...] = ()

    @property
    def passed(self) -> bool | None:
        """Whether every pair reaches the gate; None while that is not known."""
        return None if self.lowest is None else self.lowest >= self.pilot.gate


def start(
    review: Review, act: Act, stage: Stage, n: int, *, seed: int = 0, name: str = "", gate: float = 0.75
) -> Pilot:
    """Draw a random sample for a pilot round; the main round waits until it is closed.

    Args:
        review: The review.
        act: Who acts.
        stage: The stage.
        n: Reports in the sample; all there are where these are fewer.
        seed: Of the draw, which takes no report of an earlier round.
        name: What it is called; "" for calibration-1 and so on.
        gate: The share of agreement, from 0 to 1, that every pair has to reach.

    Raises:
        UsageError: A number does not fit, or the name is taken.
        StateError: A round goes on, fewer than two screen, or nothing is left to draw from.
    """
    if n < 1 or not 0 <= gate <= 1:
        raise UsageError(f"a sample of {n} with a gate of {gate:g} is no pilot round", "--n 50 --gate 0.75")
    if len(review.protocol.with_role(Role.REVIEWER)) < 2:
        raise StateError("a pilot round compares reviewers, and fewer than two screen", "reviewflow team add NAME")
    with review.change(act) as entry:
        known = pilots.pilots(entry.connection)
        called = name or f"calibration-{len(known) + 1}"
        _check_may_start(known, stage, called)
        drawn = in_chance_order(_to_draw_from(review, entry.connection, stage), seed)[:n]
        if not drawn:
            raise StateError(f"nothing is left at {stage} to draw a sample from", "reviewflow status")
        pilot = Pilot(0, called, stage, seed, gate)
        entry.note = f"{called}, {stage}: {counted(len(drawn), 'report')}, seed {seed}, gate {gate:g}"
        return replace(pilot, id=pilots.add_pilot(entry, pilot, sorted(drawn)))


def _check_may_start(known: list[Pilot], stage: Stage, name: str) -> None:
    for each in known:
        if each.name == name:
            raise UsageError(f"there is a pilot round {name} already", "--name ANOTHER")
        if each.is_open and each.stage is stage:
            raise StateError(
                f"the pilot round {each.name} goes on at {stage}", "finish it, then: reviewflow screen pilot close"
            )


def _to_draw_from(review: Review, connection: Connection, stage: Stage) -> list[int]:
    """The reports at a stage, as everybody may know, that were in no pilot round: the sample tells of no vote."""
    before = pilots.ever_sampled(connection, stage)
    found = []
    for view in views.report_views(connection, views.viewer(review.protocol, ""), stage):
        first, _ = report_outcome(view.title_abstract, view.full_text, review.protocol.rules)
        is_there = stage is Stage.TITLE_ABSTRACT or (
            first.state is State.INCLUDED and view.retrieval != "not_retrieved"
        )
        if is_there and not view.removed and view.id not in before:
            found.append(view.id)
    return found


def named(connection: Connection, name: str = "") -> Pilot:
    """The pilot round of that name; with "" the one that goes on, else the last.

    Raises:
        StateError: There is none yet.
        UsageError: None bears that name.
    """
    known = pilots.pilots(connection)
    if not known:
        raise StateError("there is no pilot round in this review yet", "reviewflow screen pilot start")
    if not name:
        return next((each for each in known if each.is_open), known[-1])
    for each in known:
        if each.name == name:
            return each
    raise UsageError(f"there is no pilot round {name} ({', '.join(each.name for each in known)})", "name one of these")


def shown(review: Review, name: str = "") -> Shown:
    """A pilot round as everybody may see it: the votes only when nobody can cast one blind any more.

    Args:
        review: The review.
        name: Which; see `named`.
    """
    with review.reading() as connection:
        pilot = named(connection, name)
        team = review.protocol.with_role(Role.REVIEWER)
        so_far = pilot_votes.progress(connection, pilot, team)
        if not pilot_votes.is_shown(connection, pilot, team):
            return Shown(pilot, so_far, None, None)
        rule = replace(review.protocol.rules[pilot.stage], accelerated=False)  # here everybody votes on everything
        cast = _of_sample(connection, pilot)
        seen = [
            OpenReport(report, State.PENDING, frozenset(of), {who: vote.ballot for who, vote in of.items()})
            for report, of in cast.items()
        ]
        found = of_reports(review, connection, Looking("", rule, Phase.BLIND), seen)
        titles = {diff.report: diff.title for pair in found.pairs for diff in pair.disagreements}
    differing = (Differing(report, title, _said(cast[report])) for report, title in sorted(titles.items()))
    return Shown(pilot, so_far, found, _lowest(found), tuple(differing))


def _said(of: Mapping[str, PilotVote]) -> tuple[Said, ...]:
    return tuple(Said(who, vote.verdict, vote.reason, vote.note) for who, vote in sorted(of.items()))


def _of_sample(connection: Connection, pilot: Pilot) -> dict[int, dict[str, PilotVote]]:
    """Report of the sample -> reviewer -> vote."""
    cast = pilots.votes(connection, pilot.id)
    return {report: cast.get(report, {}) for report in pilots.sample(connection, pilot.id)}


def _lowest(found: OfStage) -> float | None:
    compared = [foremost(pair.comparisons).agreement.observed.value for pair in found.pairs if pair.comparisons]
    return min((share for share in compared if share is not None), default=None)


def close(review: Review, act: Act, name: str = "", *, early: bool = False) -> Shown:
    """End a pilot round: the main round goes on, in which its reports are screened like all others.

    Args:
        review: The review.
        act: Who acts.
        name: Which; see `named`.
        early: Whether it may end before everybody is done. The votes are seen then, and no more are cast.

    Raises:
        StateError: It is over, or somebody is not done.
    """
    with review.change(act) as entry:
        pilot = named(entry.connection, name)
        if not pilot.is_open:
            raise StateError(f"the pilot round {pilot.name} is over already", "reviewflow screen pilot show")
        so_far = pilot_votes.progress(entry.connection, pilot, review.protocol.with_role(Role.REVIEWER))
        if not so_far.is_complete and not early:
            raise StateError(
                f"the pilot round {pilot.name} waits for {' and '.join(so_far.missing)}",
                "when they cannot finish it: reviewflow screen pilot close --early",
            )
        entry.note = f"{pilot.name}{'' if so_far.is_complete else ', before everybody was done'}"
        pilots.add_end(entry, pilot.id, entry.note)
    return shown(review, pilot.name)


def adopt(review: Review, act: Act, name: str = "") -> screening.Cast:
    """Cast one's own votes of a closed pilot round in the main round, where the round settled the report.

    A vote is its voter's: each adopts the own ones only. Reports on which the round disagreed are screened again.

    Raises:
        StateError: The round is not over.
        UsageError: The person does not screen, or has no vote in it.
    """
    screening.check_screens(review, act.reviewer)
    with review.reading() as connection:
        pilot = named(connection, name)
        if pilot.is_open:
            raise StateError(f"the pilot round {pilot.name} goes on", "first: reviewflow screen pilot close")
        decisions = _settled(review, connection, pilot, act.reviewer)
    waits = {report for report, again in screening.waiting(review, act.reviewer, pilot.stage) if not again}
    mine = [decision for report, decision in decisions.items() if report in waits]
    if not mine:
        raise StateError(
            f"no vote of {act.reviewer} in the pilot round {pilot.name} is to be adopted",
            "what it did not settle is screened again: reviewflow screen",
        )
    return screening.vote(review, act, pilot.stage, mine)


def _settled(review: Review, connection: Connection, pilot: Pilot, reviewer: str) -> Mapping[int, Decision]:
    """Report that a pilot round settled -> the reviewer's own vote on it, as a decision."""
    rule = replace(review.protocol.rules[pilot.stage], accelerated=False)
    found = {}
    for report, of in _of_sample(connection, pilot).items():
        state = settle(tally_of(vote.ballot for vote in of.values()), rule).state
        if reviewer in of and state in {State.INCLUDED, State.EXCLUDED}:
            vote = of[reviewer]
            found[report] = Decision(vote.record, vote.verdict, vote.reason, vote.note)
    return found

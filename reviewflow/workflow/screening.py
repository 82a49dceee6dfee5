"""Screening: independent votes, the cross-check of disagreements, and adjudication by a third person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.flow.computed import report_outcome
from reviewflow.domain.screening import (
    OPEN,
    Ballot,
    Phase,
    Role,
    Stage,
    State,
    Verdict,
    settle,
)
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, StateError, UsageError
from reviewflow.storage import reports, views, votes
from reviewflow.storage.votes import Vote
from reviewflow.workflow import report_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.record import Record
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review

_FULL_TEXT_ONLY = frozenset({Verdict.AWAITING, Verdict.ONGOING})
_PAGE = 200
"""Reports that are read at a time: a first page is there at once, however many wait."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict on a record as a person gives it.

    Attributes:
        record: Any record of the report; the vote hangs on it.
        where: Where it was read, for error messages: "line 12 of votes.csv"; "" on the command line.
    """

    record: int
    verdict: Verdict
    reason: str = ""
    note: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Cast:
    """What became of some decisions.

    Attributes:
        n_new: Reports on which a vote was written.
        n_same: Reports on which the same vote stood already.
    """

    n_new: int
    n_same: int


@dataclass(frozen=True, slots=True)
class ToScreen:
    """A report that waits for a reviewer's vote.

    Attributes:
        record: What is shown: the surviving fields of the report's records. The vote hangs on the one that names it.
        source: The databases that they came from.
        reconsider: Whether it is a disagreement to go over again.
    """

    report: int
    record: Record
    source: str
    reconsider: bool


class TurnedError(StateError):
    """A report is a disagreement by now, and the verdict was not meant as the reconsidered one."""


def vote(
    review: Review,
    act: Act,
    stage: Stage,
    decisions: Sequence[Decision],
    *,
    revise: bool = False,
    may_reconsider: bool = True,
) -> Cast:
    """Cast a reviewer's votes, all of them or none.

    Args:
        review: The review.
        act: The reviewer.
        stage: The stage.
        decisions: One for each report.
        revise: Whether an own vote that nobody has seen may be replaced.
        may_reconsider: Whether a vote on a disagreement counts as the reconsidered one.

    Raises:
        TurnedError: A report is a disagreement, and no vote is meant as reconsidered.
        UsageError: The person does not screen.
        InputError: A verdict or reason does not fit, or a file names a report twice with different verdicts.
        StateError: A report is not at that point: settled, not sought, not retrieved, or voted on already.
    """
    check_screens(review, act.reviewer)
    for decision in decisions:
        check_decision(review, stage, decision)
    with review.change(act) as entry:
        booth = _Booth(review, entry, act.reviewer, stage, decisions)
        cast = booth.cast(revise=revise, may_reconsider=may_reconsider)
        entry.note = f"{stage}: {counted(cast.n_new, 'vote')}"
        return cast


def check_screens(review: Review, name: str) -> None:
    """Raises UsageError where the person is no reviewer of the review."""
    if Role.REVIEWER not in review.protocol.member(name).roles:
        raise UsageError(
            f"{name} does not screen in this review",
            f"reviewflow team add {name} --role reviewer, or act as a reviewer: --as NAME",
        )


def check_decision(review: Review, stage: Stage, decision: Decision) -> None:
    """Raises InputError where a verdict or reason does not fit the stage."""
    at = f" ({decision.where})" if decision.where else ""
    if stage is Stage.TITLE_ABSTRACT and decision.verdict in _FULL_TEXT_ONLY:
        raise InputError(f"{decision.verdict} is a verdict on full texts only{at}", "include, exclude or unsure")
    if decision.reason:
        review.protocol.reason(decision.reason)
        if decision.verdict is not Verdict.EXCLUDE:
            raise InputError(f"a reason goes with exclude, not with {decision.verdict}{at}", "leave the reason out")
    elif decision.verdict is Verdict.EXCLUDE and stage is Stage.FULL_TEXT:
        known = ", ".join(reason.id for reason in review.protocol.reasons) or "none in reviewflow.toml yet"
        raise InputError(f"an exclusion at full text needs its primary reason{at}", f"--reason ID, one of: {known}")


class _Booth:
    """Checks one reviewer's votes against what stands, and writes them."""

    def __init__(
        self, review: Review, entry: Entry, reviewer: str, stage: Stage, decisions: Sequence[Decision]
    ) -> None:
        self._rule = review.protocol.rules[stage]
        self._rules = review.protocol.rules
        self._entry = entry
        self._reviewer = reviewer
        self._stage = stage
        self._by_report = one_per_report(entry.connection, decisions)
        connection = entry.connection
        self._members = reports.members(connection, self._by_report)
        everyone = views.viewer_of_all(review.protocol)
        self._views = {v.id: v for v in views.report_views(connection, everyone, stage, self._by_report)}
        self._ballots = votes.ballots(connection, stage, self._by_report)
        self._records = [record for members in self._members.values() for record in members]
        self._seen = votes.seen_by(connection, stage, reviewer, self._records)
        self._voted = votes.records_voted_on(connection, stage, reviewer, Role.REVIEWER, self._records)

    def cast(self, *, revise: bool, may_reconsider: bool) -> Cast:
        """Write the votes and, where they complete the number, that the voters may now see each other's."""
        new: list[Vote] = []
        seen: list[tuple[int, Stage, str]] = []
        n_same = 0
        for report, decision in self._by_report.items():
            phase = self._phase(report, decision, revise=revise, may_reconsider=may_reconsider)
            if phase is None:
                n_same += 1
                continue
            new.extend(self._rows(report, decision, phase))
            seen.extend(self._newly_seen(report, decision))
        votes.add_votes(self._entry, new)
        votes.add_seen(self._entry, seen)
        return Cast(len(self._by_report) - n_same, n_same)

    def _phase(self, report: int, decision: Decision, *, revise: bool, may_reconsider: bool) -> Phase | None:
        """In which phase the vote counts; None when the very vote stands already.

        Raises:
            StateError: The report takes no vote of this reviewer now.
        """
        self._check_at_stage(report)
        cast = [ballot for role, ballot in self._ballots.get(report, ()) if role is Role.REVIEWER]
        mine = next((ballot for ballot in cast if ballot.reviewer == self._reviewer), None)
        has_seen = bool(self._seen & set(self._members[report]))
        outcome = settle(self._views[report].tally(self._stage), self._rule)
        if mine is None:
            self._refuse_settled(report, outcome.state, voted=False)
            return Phase.CROSS_CHECK if has_seen else Phase.BLIND
        if outcome.state is State.PENDING:
            return self._revised(report, mine, decision, revise=revise, has_seen=has_seen)
        self._refuse_settled(report, outcome.state, voted=True)
        if not may_reconsider:
            raise TurnedError(f"p{report} is a disagreement by now", "read it again, then say your verdict")
        if mine.phase is Phase.CROSS_CHECK:
            return self._revised(report, mine, decision, revise=revise, has_seen=True)
        return Phase.CROSS_CHECK

    def _revised(self, report: int, mine: Ballot, decision: Decision, *, revise: bool, has_seen: bool) -> Phase | None:
        if (mine.verdict, mine.reason) == (decision.verdict, decision.reason) and not (revise and decision.note):
            return None
        if not revise:
            shown = f" as r{decision.record}" if decision.record != report else ""
            raise StateError(
                f"{self._reviewer} has voted on p{report}{shown} already: {mine.verdict}{_at(decision)}",
                "to change the vote before the other has voted, add --revise; or reviewflow undo",
            )
        return Phase.CROSS_CHECK if has_seen else Phase.BLIND

    def _refuse_settled(self, report: int, state: State, *, voted: bool) -> None:
        if state is State.ADJUDICATION and voted:
            raise StateError(
                f"p{report} waits for the adjudicator: both have voted and reconsidered",
                "reviewflow screen resolve, as an adjudicator",
            )
        if voted and state not in OPEN:
            raise StateError(
                f"p{report} is settled at {self._stage}: {state}", "reviewflow undo, for the vote that settled it"
            )

    def _check_at_stage(self, report: int) -> None:
        """Raises StateError where the report is not at this stage."""
        view = self._views[report]
        if view.removed:
            raise StateError(f"p{report} was removed before screening ({view.removed})", "reviewflow undo the removal")
        if self._stage is Stage.TITLE_ABSTRACT:
            return
        first, _ = report_outcome(view.title_abstract, view.full_text, self._rules)
        if first.state is not State.INCLUDED:
            raise StateError(
                f"p{report} is not sought: title and abstract stand at {first.state}",
                "settle title and abstract first: reviewflow screen",
            )
        if view.retrieval == "not_retrieved":
            raise StateError(f"the full text of p{report} was not retrieved", f"reviewflow fulltext add p{report} FILE")

    def _rows(self, report: int, decision: Decision, phase: Phase) -> Iterable[Vote]:
        """The vote on the record shown and on every record of the report that bears an older one of this reviewer."""
        on = {decision.record} | (self._voted & set(self._members[report]))
        for record in sorted(on):
            yield Vote(
                record,
                self._stage,
                self._reviewer,
                Role.REVIEWER,
                phase,
                decision.verdict,
                decision.reason,
                decision.note,
            )

    def _newly_seen(self, report: int, decision: Decision) -> Iterable[tuple[int, Stage, str]]:
        voters = {ballot.reviewer for role, ballot in self._ballots.get(report, ()) if role is Role.REVIEWER}
        voters.add(self._reviewer)
        if len(voters) < self._rule.votes:
            return
        for name in sorted(voters):
            if name != self._reviewer or not self._seen & set(self._members[report]):
                yield decision.record, self._stage, name


def _at(decision: Decision) -> str:
    return f" ({decision.where})" if decision.where else ""


def one_per_report(connection: Connection, decisions: Sequence[Decision]) -> dict[int, Decision]:
    """Report -> its decision.

    Raises:
        InputError: A record is not there, or two decisions on one report differ.
    """
    home = reports.reports_of(connection, (decision.record for decision in decisions))
    found: dict[int, Decision] = {}
    for decision in decisions:
        if decision.record not in home:
            raise InputError(
                f"there is no record r{decision.record} in this review{_at(decision)}",
                "reviewflow export records lists them with their ids",
            )
        report = home[decision.record]
        first = found.setdefault(report, decision)
        if (first.verdict, first.reason) != (decision.verdict, decision.reason):
            raise InputError(
                f"r{first.record} and r{decision.record} are records of one report, p{report}, "
                f"and are given different verdicts: {first.verdict} and {decision.verdict}{_at(decision)}",
                "give the report one verdict",
            )
    return found


def to_screen(review: Review, reviewer: str, stage: Stage, limit: int | None = None) -> list[ToScreen]:
    """The reports that wait for a reviewer, disagreements to reconsider last; depends on nobody else's open votes."""
    return list(shown_to_screen(review, waiting(review, reviewer, stage)[:limit]))


def waiting(review: Review, reviewer: str, stage: Stage) -> list[tuple[int, bool]]:
    """(report, whether it is to be reconsidered) of what waits for a reviewer, in the order of `to_screen`."""
    who = views.viewer(review.protocol, reviewer)
    with review.reading() as connection:
        judged = views.each_judged(connection, who, stage, lambda view: waits_for(review, view, stage))
        found = [(report, again) for report, again in judged if again is not None]
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def shown_to_screen(review: Review, queue: Sequence[tuple[int, bool]]) -> Iterator[ToScreen]:
    """What is shown of the reports of `waiting`, read a page at a time; a report that is gone by then is left out."""
    for start in range(0, len(queue), _PAGE):
        page = queue[start : start + _PAGE]
        with review.reading() as connection:
            shown = report_fields.shown(connection, (report for report, _ in page))
        for report, again in page:
            if report in shown:
                yield ToScreen(report, shown[report].record, ", ".join(shown[report].sources), again)


def n_to_screen(review: Review, standings: Iterable[views.Pattern], stage: Stage) -> int:
    """How many reports wait for a reviewer, of those that stand as `views.patterns` says."""
    return sum(pattern.n for pattern in standings if waits_for(review, pattern, stage) is not None)


def waits_for(review: Review, view: views.Seen, stage: Stage) -> bool | None:
    """None when the report does not wait for the viewer; otherwise whether it is to be reconsidered."""
    if view.removed:
        return None
    rules = review.protocol.rules
    if stage is Stage.FULL_TEXT:
        first = settle(view.title_abstract, rules[Stage.TITLE_ABSTRACT])
        if first.state is not State.INCLUDED or view.retrieval == "not_retrieved":
            return None
    seen = view.at(stage)
    if seen.my_phase is None:
        return False
    outcome = settle(seen.tally, rules[stage])
    reconsider = outcome.state is State.CROSS_CHECK and seen.my_phase is not Phase.CROSS_CHECK
    return True if seen.is_open and reconsider else None


def remove(review: Review, act: Act, on: Sequence[int], why: str, *, automatic: bool = False) -> int:
    """Take reports out before screening; votes on them stay in the ledger and count for nothing while it stands.

    Args:
        review: The review.
        act: Who acts.
        on: Any record of each report.
        why: The reason; the flow counts it under automation tools or other reasons.
        automatic: Whether an automation tool marked them as ineligible.

    Returns:
        Reports newly removed.
    """
    if not why:
        raise UsageError("a removal before screening needs a reason", '--why "not in a language of the protocol"')
    with review.change(act) as entry:
        homes = {reports.report_of(entry.connection, record): record for record in on}
        everyone = views.viewer_of_all(review.protocol)
        known = views.report_views(entry.connection, everyone, Stage.TITLE_ABSTRACT, homes)
        new = [homes[view.id] for view in known if not view.removed]
        reports.add_removals(entry, new, "automatic" if automatic else "other", why)
        entry.note = f"{counted(len(new), 'report')} removed before screening: {why}"
        return len(new)


def own_votes(review: Review, reviewer: str, stage: Stage) -> list[tuple[int, Vote]]:
    """(report, vote): a reviewer's own latest votes, for taking along."""
    with review.reading() as connection:
        latest = {
            report: vote_ for report, vote_ in votes.standing_votes(connection, stage) if vote_.reviewer == reviewer
        }
    return sorted(latest.items())

"""The booth in which votes are cast: each is checked against what stands, then written, all of them or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.flow.computed import report_outcome
from reviewflow.domain.screening import OPEN, Ballot, Phase, Role, Stage, State, Verdict, settle
from reviewflow.errors import InputError, StateError
from reviewflow.storage import reports, views, votes
from reviewflow.storage.votes import Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reviewflow.storage.engine import Connection
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review

_FULL_TEXT_ONLY = frozenset({Verdict.AWAITING, Verdict.ONGOING})


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

    @property
    def at(self) -> str:
        """Where it was read, as it stands at the end of an error message; "" where there is nothing to say."""
        return f" ({self.where})" if self.where else ""


@dataclass(frozen=True, slots=True)
class Cast:
    """What became of some decisions.

    Attributes:
        n_new: Reports on which a vote was written.
        n_same: Reports on which the same vote stood already.
    """

    n_new: int
    n_same: int


class TurnedError(StateError):
    """A report is a disagreement by now, and the verdict was not meant as the reconsidered one."""


def check_decision(review: Review, stage: Stage, decision: Decision) -> None:
    """Raises InputError where a verdict or reason does not fit the stage."""
    if stage is Stage.TITLE_ABSTRACT and decision.verdict in _FULL_TEXT_ONLY:
        raise InputError(
            f"{decision.verdict} is a verdict on full texts only{decision.at}", "include, exclude or unsure"
        )
    if decision.reason:
        review.protocol.reason(decision.reason)
        if decision.verdict is not Verdict.EXCLUDE:
            raise InputError(
                f"a reason goes with exclude, not with {decision.verdict}{decision.at}", "leave the reason out"
            )
    elif decision.verdict is Verdict.EXCLUDE and stage is Stage.FULL_TEXT:
        known = ", ".join(reason.id for reason in review.protocol.reasons) or "none in reviewflow.toml yet"
        raise InputError(
            f"an exclusion at full text needs its primary reason{decision.at}", f"--reason ID, one of: {known}"
        )


class Booth:
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
        everyone, who = views.viewer_of_all(review.protocol), views.viewer(review.protocol, reviewer)
        self._views = {v.id: v for v in views.report_views(connection, everyone, stage, self._by_report)}
        self._own = {v.id: v.at(stage) for v in views.report_views(connection, who, stage, self._by_report)}
        self._ballots = votes.ballots(connection, stage, self._by_report)
        self._records = [record for members in self._members.values() for record in members]
        self._seen = votes.seen_by(connection, stage, reviewer, self._records)
        self._voted = votes.records_voted_on(connection, stage, reviewer, Role.REVIEWER, self._records)

    def leave_standing(self) -> int:
        """Leave out the reports on which the very same vote of the reviewer stands; gives how many they are.

        Not those of a file of disagreements only: by the same verdict on one the reviewer stands by it. But where the
        votes are those of a file that was imported before, they say nothing new.
        """
        same = [report for report, decision in self._by_report.items() if self._stands(report, decision)]
        if all(map(self._is_to_be_reconsidered, same)) and not self._were_cast_together():
            return 0
        for report in same:
            del self._by_report[report]
        return len(same)

    def _is_to_be_reconsidered(self, report: int) -> bool:
        """Whether it is a disagreement that the reviewer has not gone over again."""
        is_first = self._own[report].my_phase is not Phase.CROSS_CHECK
        return is_first and settle(self._views[report].tally(self._stage), self._rule).state is State.CROSS_CHECK

    def _were_cast_together(self) -> bool:
        """Whether these very votes, and no others, were cast in one change before."""
        these = {report: (str(each.verdict), each.reason) for report, each in self._by_report.items()}
        return these in votes.cast_together(self._entry.connection, self._stage, self._reviewer)

    def _stands(self, report: int, decision: Decision) -> bool:
        """Whether the vote stands; before full text it does so without its reason, which not every file can hold."""
        says_none = self._stage is Stage.TITLE_ABSTRACT and not decision.reason
        return any(
            role is Role.REVIEWER
            and (ballot.reviewer, ballot.verdict) == (self._reviewer, decision.verdict)
            and (says_none or ballot.reason == decision.reason)
            for role, ballot in self._ballots.get(report, ())
        )

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
            self._refuse_unasked(report, decision)
            return Phase.CROSS_CHECK if has_seen else Phase.BLIND
        if outcome.state is State.PENDING:
            return self._revised(report, mine, decision, revise=revise, has_seen=has_seen)
        self._refuse_settled(report, outcome.state)
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
                f"{self._reviewer} has voted on p{report}{shown} already: {mine.verdict}{decision.at}",
                "to change the vote before the other has voted, add --revise; or reviewflow undo",
            )
        return Phase.CROSS_CHECK if has_seen else Phase.BLIND

    def _refuse_unasked(self, report: int, decision: Decision) -> None:
        """Raises StateError where a first vote is not asked for; tells only what the reviewer may see.

        A vote more than the rule asks for could bring a settled report into conflict, and work that was shared out
        evenly would be done twice. Who has voted before may vote again: that is needed after a merge.
        """
        sight = self._own[report]
        if sight.is_asked or self._voted & set(self._members[report]):
            return
        if sight.is_open:
            state = settle(sight.tally, self._rule).state
            raise StateError(
                f"p{report} needs no vote of {self._reviewer} at {self._stage}: it is {state}{decision.at}",
                "reviewflow screen gives what waits for you",
            )
        others = " and ".join(sight.assigned)
        if self._reviewer in sight.assigned:
            raise StateError(
                f"p{report} is first for {sight.assigned[0]}, and for {self._reviewer} only where that is an "
                f"exclusion{decision.at}",
                "reviewflow screen gives what waits for you",
            )
        raise StateError(
            f"p{report} is assigned to {others}, not to {self._reviewer}{decision.at}",
            "leave it to them; or have their part handed over: reviewflow screen assign --from NAME",
        )

    def _refuse_settled(self, report: int, state: State) -> None:
        if state is State.ADJUDICATION:
            raise StateError(
                f"p{report} waits for the adjudicator: both have voted and reconsidered",
                "reviewflow screen resolve, as an adjudicator",
            )
        if state not in OPEN:
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


def one_per_report(connection: Connection, decisions: Sequence[Decision]) -> dict[int, Decision]:
    """Report -> its decision.

    Raises:
        InputError: A record is not there, or two decisions on one report differ.
    """
    home = reports.reports_of(connection, (decision.record for decision in decisions))
    found: dict[int, Decision] = {}
    for decision in decisions:
        if decision.record not in home:
            raise reports.missing(decision.record, decision.at)
        report = home[decision.record]
        first = found.setdefault(report, decision)
        if (first.verdict, first.reason) != (decision.verdict, decision.reason):
            raise InputError(
                f"r{first.record} and r{decision.record} are records of one report, p{report}, "
                f"and are given different verdicts: {first.verdict} and {decision.verdict}{decision.at}",
                "give the report one verdict",
            )
    return found

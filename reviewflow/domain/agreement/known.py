"""What a viewer may know of two reviewers' votes: all of them, that they differ, or nothing yet.

At the cross-check a reviewer knows that the two differ, not what the other said: that enters the table of decisions
only where it follows from the own vote. Where it does not follow, the coefficients wait, since leaving disagreements
out would flatter them. Who is neither of the two sees no votes with names before a conflict is settled: the adjudicator
must not learn whose is whose.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from reviewflow.domain.agreement.compared import Comparison, choice, compared, decision, opposite
from reviewflow.domain.screening import CONFLICTS, Ballot, Phase, Rule, Stage, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Two: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report whose votes are open to the viewer.

    Attributes:
        report: Its number.
        state: Where it stands at the stage.
        voters: The reviewers who voted on it.
        votes: Reviewer -> the vote to be compared; who voted only after seeing another's has none.
    """

    report: int
    state: State
    voters: frozenset[str]
    votes: Mapping[str, Ballot]


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at which votes.

    Attributes:
        viewer: A name of the team, "" for nobody in particular.
        rule: Of the stage.
        phase: Of the votes.
    """

    viewer: str
    rule: Rule
    phase: Phase


@dataclass(frozen=True, slots=True)
class Difference:
    """A report on which two reviewers differ, with their votes; None for one that the viewer may not know yet."""

    report: int
    votes: tuple[Ballot | None, Ballot | None]


@dataclass(slots=True)
class Known:
    """The reports on which both of a pair voted, sorted by what the viewer may know of them.

    Attributes:
        votes: The votes of both.
        inferred: Their decisions, where these follow from the viewer's own vote and that the two differ.
        differences: Reports on which they differ.
        n_not_blind: Reports left out, because one of the two has no vote to be compared.
        n_waiting: Reports in conflict of whose votes too little may be known for a table.
        n_uncertain: Of these, those of which it may not even be known whether the two decide alike.
    """

    votes: list[tuple[Ballot, Ballot]] = field(default_factory=list)
    inferred: list[tuple[Verdict, Verdict]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    n_not_blind: int = 0
    n_waiting: int = 0
    n_uncertain: int = 0

    @property
    def n(self) -> int:
        """Reports on which both voted, those left out not counted."""
        return len(self.votes) + len(self.inferred) + self.n_waiting

    def n_agreed(self, rule: Rule) -> int | None:
        """Reports on which both decide alike; None while that may not be known."""
        return None if self.n_uncertain else sum(choice(one, rule) is choice(two, rule) for one, two in self.votes)

    def comparisons(self, rule: Rule, reasons: Sequence[str]) -> tuple[Comparison, ...]:
        """The tables of the two; none while too little may be known, or where there is nothing to compare."""
        if self.n_waiting or not self.n:
            return ()
        return compared(self.votes, self.inferred, rule, reasons)


def known(reports: Iterable[OpenReport], looking: Looking, two: Two) -> Known:
    """Sort the reports on which both of a pair voted."""
    found = Known()
    for each in reports:
        if each.voters.issuperset(two):
            _sort(found, each, looking, two)
    return found


def _sort(found: Known, each: OpenReport, looking: Looking, two: Two) -> None:
    mine = each.votes.get(looking.viewer) if looking.viewer in two else None
    named = _may_be_named(each, looking, two)
    if (named and not each.votes.keys() >= set(two)) or (looking.viewer in two and mine is None):
        found.n_not_blind += 1
        return
    if named:
        pair = each.votes[two[0]], each.votes[two[1]]
        found.votes.append(pair)
        if _differ(*pair, looking.rule):
            found.differences.append(Difference(each.report, pair))
        return
    if len(each.voters) == 2:
        found.differences.append(Difference(each.report, _own(mine, two)))
    certain = _decisions_differ(each, looking)
    own = decision(mine.verdict, looking.rule) if mine else None
    if certain and own:
        found.inferred.append((own, opposite(own)) if looking.viewer == two[0] else (opposite(own), own))
        return
    found.n_waiting += 1
    found.n_uncertain += not certain


def _own(mine: Ballot | None, two: Two) -> tuple[Ballot | None, Ballot | None]:
    return (mine if mine and mine.reviewer == two[0] else None), (mine if mine and mine.reviewer == two[1] else None)


def _may_be_named(each: OpenReport, looking: Looking, two: Two) -> bool:
    """Whether the viewer may know whose vote is whose: after the conflict; after the cross-check as one of only two."""
    if each.state not in CONFLICTS:
        return True
    return each.state is State.ADJUDICATION and looking.viewer in two and len(each.voters) == 2


def _decisions_differ(each: OpenReport, looking: Looking) -> bool:
    """Whether it follows from the conflict that one includes and the other excludes.

    At full text the two may differ in the reason only; of three voters, it may be the third who differs.
    """
    rule = looking.rule
    by_rule = rule.stage is Stage.TITLE_ABSTRACT and rule.unsure == "include"
    return by_rule and looking.phase is Phase.BLIND and len(each.voters) == 2


def _differ(one: Ballot, two: Ballot, rule: Rule) -> bool:
    """Whether they decide otherwise, or exclude a full text for other reasons."""
    if choice(one, rule) is not choice(two, rule):
        return True
    return rule.stage is Stage.FULL_TEXT and one.verdict is Verdict.EXCLUDE and one.reason != two.reason

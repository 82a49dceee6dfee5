"""The protocol's stopping rule: declared in the ledger before a reviewer votes, tested on that reviewer's votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain import stopping
from reviewflow.domain.screening import Phase, Stage, Verdict
from reviewflow.errors import StateError
from reviewflow.storage import dependence, ledger, views, votes
from reviewflow.workflow.screening import check_screens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.ledger import Act, Change
    from reviewflow.domain.protocol import StoppingRule
    from reviewflow.domain.stopping import Standing
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review

COMMAND = "screen stop --declare"
_STAGE = Stage.TITLE_ABSTRACT
_RELEVANT = frozenset({Verdict.INCLUDE, Verdict.UNSURE})
"""What the reviewer would not have lost: an unsure vote is not a reason to stop looking."""


@dataclass(frozen=True, slots=True)
class Tested:
    """The rule on one reviewer's own votes, in the order in which they were cast.

    Attributes:
        declared_at_utc: When it was declared in the ledger.
        declared_by: By whom.
    """

    reviewer: str
    rule: StoppingRule
    declared_at_utc: str
    declared_by: str
    standing: Standing

    @property
    def methods(self) -> str:
        """The paragraph for the methods section."""
        at, rule = self.standing, self.rule
        left = at.n_records - at.n_screened
        outcome = (
            f"the test allowed to stop (p = {at.p:.2g}); {left} records were left unscreened"
            if at.holds and left
            else f"all {at.n_records} records were screened"
            if not left
            else f"the test did not yet allow to stop (p = {at.p:.2g}; {left} records unscreened)"
        )
        return (
            f"A stopping rule was declared on {self.declared_at_utc[:10]}, before {self.reviewer} screened: the "
            f"hypergeometric test of Callaghan and Mueller-Hansen (2020, doi:10.1186/s13643-020-01521-4) with a target "
            f"recall of {rule.target_recall:g} at alpha = {rule.alpha:g}, on the votes of this reviewer alone in the "
            f"order in which they were cast. After {at.n_screened} of {at.n_records} records with {at.n_relevant} "
            f"included, {outcome}; the recall was at least {at.recall_at_least:.3f} at this level."
        )


def declare(review: Review, act: Act) -> bool:
    """Write the rule of the protocol into the ledger; False where the same rule stands there already.

    Raises:
        StateError: The protocol has no rule, or who declares it has voted on titles and abstracts already.
    """
    rule = _rule(review)
    with review.change(act) as entry:
        changes = ledger.changes(entry.connection)
        if _declaration(changes, rule) is not None:
            return False
        if _first_vote(entry.connection, changes, act.reviewer) is not None:
            raise StateError(
                f"{act.reviewer} has voted on titles and abstracts: a rule chosen now could have been chosen to fit",
                "screen everything; a rule is declared before the first vote",
            )
        entry.note = rule.words
        entry.is_worth_keeping = True
    return True


def test(review: Review, reviewer: str) -> Tested:
    """What the declared rule says of a reviewer's own votes; reads nobody else's, and ends nothing.

    Checked are: that reviewflow.toml has the rule; that the ledger holds a standing declaration of the same rule; and
    that it is older than the reviewer's first vote on a title and abstract, undone votes included. Nothing here proves
    that the clock of the computer was right.

    Raises:
        StateError: One of these does not hold.
    """
    check_screens(review, reviewer)
    rule = _rule(review)
    with review.reading() as connection:
        changes = ledger.changes(connection)
        declared = _declaration(changes, rule)
        if declared is None:
            raise StateError(
                f"the ledger holds no declaration of the {rule.words}: reviewflow.toml alone does not tell since when",
                f"before the first vote: reviewflow screen stop --declare --as {reviewer}",
            )
        first = _first_vote(connection, changes, reviewer)
        if first is not None and _when(first) < _when(declared):
            raise StateError(
                f"{reviewer} voted on titles and abstracts before the rule was declared ({declared.at_utc})",
                "screen everything; a rule is declared before the first vote",
            )
        labels, n_records = _own_order(review, connection, reviewer)
    standing = stopping.standing(labels, n_records, rule.target_recall, rule.alpha)
    return Tested(reviewer, rule, declared.at_utc, declared.reviewer, standing)


def _rule(review: Review) -> StoppingRule:
    rule = review.protocol.stopping
    if rule is None:
        raise StateError(
            "the protocol declares no stopping rule: everything is screened",
            "before the first vote, write [screening.stopping] into reviewflow.toml: rule, target_recall, alpha",
        )
    return rule


def _when(change: Change) -> tuple[str, str, int, str]:
    """What orders changes alike in every copy of a review."""
    return (change.at_utc, change.copy_id, change.sequence, change.uuid)


def _declaration(changes: Sequence[Change], rule: StoppingRule) -> Change | None:
    """The oldest standing declaration of this very rule."""
    named = (each for each in changes if each.command == COMMAND and each.note == rule.words)
    return min((each for each in named if each.stands), key=_when, default=None)


def _first_vote(connection: Connection, changes: Sequence[Change], reviewer: str) -> Change | None:
    """The change of the reviewer's first vote on a title and abstract, whether it stands or not."""
    cast = {
        change
        for change, _, stage, name in dependence.votes_by_change(connection)
        if stage == _STAGE and name == reviewer
    }
    return min((each for each in changes if each.id in cast), key=_when, default=None)


def _own_order(review: Review, connection: Connection, reviewer: str) -> tuple[list[bool], int]:
    """Whether the reviewer found each report relevant, in the order of the first votes; and how many reports there are.

    A report has the place of the reviewer's first vote on it and the verdict of the last blind one. Reports removed
    before screening do not count.
    """
    who = views.viewer(review.protocol, reviewer)
    there = {
        id_ for id_, removed in views.each_judged(connection, who, _STAGE, lambda view: view.removed) if not removed
    }
    said: dict[int, bool] = {}
    for report, vote in votes.standing_votes(connection, _STAGE):
        if vote.reviewer == reviewer and vote.phase is Phase.BLIND and report in there:
            said[report] = vote.verdict in _RELEVANT
    return list(said.values()), len(there)

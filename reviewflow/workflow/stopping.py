"""The protocol's stopping rule: declared before a reviewer votes, tested on that reviewer's votes, applied by people.

Three steps, each a change: `declare` before the first vote; `decide`, by each reviewer whose own votes allow it; and
`apply`, which leaves out what nobody has begun. From the moment that all have decided, and not before, each is told
which reports another has begun, so that both finish what either began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reviewflow.domain import stopping
from reviewflow.domain.screening import Role, Stage, State, Verdict, settle
from reviewflow.domain.words import counted
from reviewflow.errors import StateError
from reviewflow.storage import declarations, rankings, reports, views
from reviewflow.workflow.screening import check_screens, waiting

if TYPE_CHECKING:
    from reviewflow.domain.ledger import Act
    from reviewflow.domain.protocol import StoppingRule
    from reviewflow.domain.stopping import Standing
    from reviewflow.storage.declarations import Declared
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review

COMMAND: Final = "screen stop --declare"
DECIDE: Final = "screen stop --decide"
APPLY: Final = "screen stop --apply"
_STAGE: Final = Stage.TITLE_ABSTRACT
_AUTOMATIC: Final = "automatic"
RELEVANT: Final = frozenset({Verdict.INCLUDE, Verdict.UNSURE})
"""What the reviewer would not have lost: an unsure vote is not a reason to stop looking."""


@dataclass(frozen=True, slots=True)
class Tested:
    """The rule on one reviewer's own votes, in the order in which they were cast.

    Attributes:
        declared_at_utc: When it was declared in the ledger.
        declared_by: By whom.
        n_left_out: Records that were left unscreened under the rule; among those of `standing`.
    """

    reviewer: str
    rule: StoppingRule
    declared_at_utc: str
    declared_by: str
    standing: Standing
    n_left_out: int = 0

    @property
    def methods(self) -> str:
        """The paragraph for the methods section."""
        at, rule = self.standing, self.rule
        left = at.n_records - at.n_screened
        stayed = "were left unscreened" if self.n_left_out else "unscreened so far"
        outcome = (
            f"the test allowed to stop (p = {at.p:.2g}); {counted(left, 'record')} {stayed}"
            if at.holds and left
            else f"all {at.n_records} records were screened"
            if not left
            else f"the test did not yet allow to stop (p = {at.p:.2g}; {counted(left, 'record')} unscreened)"
        )
        applied = (
            f" The {counted(self.n_left_out, 'record')} that no reviewer had begun are counted in the flow diagram as "
            f"marked as ineligible by automation tools, not as screened; each record that one reviewer had begun was "
            f"screened by as many as the protocol asks for."
            if self.n_left_out
            else ""
        )
        return (
            f"A stopping rule was declared on {self.declared_at_utc[:10]}, before {self.reviewer} screened: the "
            f"hypergeometric test of Callaghan and Mueller-Hansen (2020, doi:10.1186/s13643-020-01521-4) with a target "
            f"recall of {rule.target_recall:g} at alpha = {rule.alpha:g}, on the votes of this reviewer alone in the "
            f"order in which they were cast. After {at.n_screened} of {at.n_records} records with {at.n_relevant} "
            f"relevant (included or unsure), {outcome}; the recall was at least {at.recall_at_least:.3f} at this "
            f"level.{applied}"
        )


def declare(review: Review, act: Act) -> bool:
    """Write the rule of the protocol into the ledger; False where the same rule stands there already.

    Raises:
        StateError: The protocol has no rule, or who declares it has voted on titles and abstracts already.
    """
    rule = _rule(review)
    with review.change(act) as entry:
        if declarations.declared(entry.connection, COMMAND, rule.words):
            return False
        if declarations.first_vote(entry.connection, _STAGE, act.reviewer) is not None:
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
        return _tested(connection, rule, reviewer)


def decide(review: Review, act: Act) -> bool:
    """Write that a reviewer stops, as the rule allows on the own votes; False where that stands already.

    Ends nothing by itself: it takes the decision of every reviewer, and then `apply`.

    Raises:
        StateError: The rule does not allow it, or was not declared before the first vote.
    """
    check_screens(review, act.reviewer)
    rule = _rule(review)
    with review.change(act) as entry:
        found = _tested(entry.connection, rule, act.reviewer)
        if act.reviewer in _decided(entry.connection, rule):
            return False
        if not found.standing.holds:
            raise StateError(
                f"the {rule.words}, does not allow {act.reviewer} to stop: p is {found.standing.p:.4g}",
                "go on screening: reviewflow screen",
            )
        entry.note = rule.words
        entry.is_worth_keeping = True
    return True


def apply(review: Review, act: Act) -> int:
    """Leave unscreened what nobody has begun, once every reviewer has decided to stop; gives how many reports.

    They are removed before screening, as marked by an automation tool, for a reason that names the rule; one undo
    brings them back. Where nothing is left that nobody has begun, nothing is written.

    Raises:
        StateError: Somebody has not decided, one reviewer's report waits for another, or the rule does not hold (any
            more) on every reviewer's own votes.
    """
    rule = _rule(review)
    with review.change(act) as entry:
        connection = entry.connection
        _refuse_undecided(review, connection, rule)
        untouched, half = _sorted(review, connection)
        if half:
            raise StateError(
                f"{_words_begun(len(half))} for another: both finish what either began",
                "how many wait for you: reviewflow screen stop; reviewflow screen shows these first",
            )
        for name in review.protocol.with_role(Role.REVIEWER):
            if not _tested(connection, rule, name).standing.holds:
                raise StateError(
                    f"the {rule.words}, does not hold on the votes of every reviewer any more",
                    "each looks at the own votes: reviewflow screen stop; and goes on screening",
                )
        if not untouched:
            return 0
        reports.add_removals(entry, untouched, _AUTOMATIC, label(rule))
        entry.note = f"{counted(len(untouched), 'report')} {label(rule)}"
        return len(untouched)


def label(rule: StoppingRule) -> str:
    """Why reports are left out, as the ledger keeps it."""
    return f"left unscreened by the {rule.words}"


def reviewers(review: Review) -> tuple[str, ...]:
    """The reviewers of the team."""
    return review.protocol.with_role(Role.REVIEWER)


def undecided(review: Review) -> tuple[str, ...]:
    """The reviewers of the team who have not decided to stop, by the rule of the protocol.

    Raises:
        StateError: The protocol has no rule.
    """
    rule = _rule(review)
    with review.reading() as connection:
        return _undecided(review, connection, rule)


def to_finish(review: Review, connection: Connection) -> frozenset[int]:
    """The reports that somebody has begun and that want more votes, once every reviewer has decided to stop.

    Until then there are none to tell of: which reports another has begun is nobody's business.
    """
    rule = review.protocol.stopping
    if rule is None or _undecided(review, connection, rule):
        return frozenset()
    return frozenset(_sorted(review, connection)[1])


def n_to_finish(review: Review, reviewer: str) -> int | None:
    """How many reports that another has begun wait for a reviewer; None until every reviewer has decided to stop."""
    if undecided(review):
        return None
    with review.reading() as connection:
        begun = to_finish(review, connection)
    return sum(report in begun for report, _ in waiting(review, reviewer, _STAGE))


def _words_begun(n: int) -> str:
    """So many reports, begun by one reviewer, that wait."""
    return f"{counted(n, 'report')} that one reviewer has begun {'waits' if n == 1 else 'wait'}"


def _rule(review: Review) -> StoppingRule:
    rule = review.protocol.stopping
    if rule is None:
        raise StateError(
            "the protocol declares no stopping rule: everything is screened",
            "before the first vote, write [screening.stopping] into reviewflow.toml: rule, target_recall, alpha",
        )
    return rule


def _tested(connection: Connection, rule: StoppingRule, reviewer: str) -> Tested:
    declared = _declaration(connection, rule, reviewer)
    labels, n_records, n_left_out = _own_order(connection, rule, reviewer)
    standing = stopping.standing(labels, n_records, rule.target_recall, rule.alpha)
    return Tested(reviewer, rule, declared.at_utc, declared.reviewer, standing, n_left_out)


def _declaration(connection: Connection, rule: StoppingRule, reviewer: str) -> Declared:
    """The oldest standing declaration of this very rule.

    Raises:
        StateError: There is none, or the reviewer voted before.
    """
    found = declarations.declared(connection, COMMAND, rule.words)
    if not found:
        raise StateError(
            f"the ledger holds no declaration of the {rule.words}: reviewflow.toml alone does not tell since when",
            f"before the first vote: reviewflow screen stop --declare --as {reviewer}",
        )
    first = declarations.first_vote(connection, _STAGE, reviewer)
    if first is not None and first < found[0]:
        raise StateError(
            f"{reviewer} voted on titles and abstracts before the rule was declared ({found[0].at_utc})",
            "screen everything; a rule is declared before the first vote",
        )
    return found[0]


def _decided(connection: Connection, rule: StoppingRule) -> set[str]:
    return {each.reviewer for each in declarations.declared(connection, DECIDE, rule.words)}


def _undecided(review: Review, connection: Connection, rule: StoppingRule) -> tuple[str, ...]:
    decided = _decided(connection, rule)
    return tuple(name for name in review.protocol.with_role(Role.REVIEWER) if name not in decided)


def _refuse_undecided(review: Review, connection: Connection, rule: StoppingRule) -> None:
    names = ", ".join(_undecided(review, connection, rule))
    if names:
        raise StateError(
            f"not every reviewer of the team has decided to stop: {names}",
            "each of them, once the own votes allow it: reviewflow screen stop --decide --as NAME",
        )


def _own_order(connection: Connection, rule: StoppingRule, reviewer: str) -> tuple[list[bool], int, int]:
    """Whether the reviewer found each report relevant, in the order of the first votes; how many reports; left out.

    A report has the place of the reviewer's first vote on it and the verdict of the last blind one. Reports removed
    before screening do not count, save those that were left out under this rule.
    """
    there = set(rankings.to_rank(connection))
    n_left_out = len(declarations.left_out(connection, _AUTOMATIC, label(rule)))
    said = rankings.own_votes(connection, _STAGE, reviewer)
    labels = [verdict in RELEVANT for report, verdict in said.items() if report in there]
    return labels, len(there) + n_left_out, n_left_out


def _sorted(review: Review, connection: Connection) -> tuple[list[int], list[int]]:
    """The reports that nobody has begun, and those that somebody has and that want more votes; not masked."""
    everyone = views.viewer_of_all(review.protocol)
    rule = review.protocol.rules[_STAGE]
    torn = declarations.torn(connection, _STAGE)
    untouched, half = [], []

    def judge(view: views.ReportView) -> tuple[bool, bool] | None:
        """Whether anybody has voted, and whether votes are wanting; None where the report is out."""
        tally = view.title_abstract
        return None if view.removed else (tally.voters > 0, settle(tally, rule).state is State.PENDING)

    for report, found in views.each_judged(connection, everyone, _STAGE, judge):
        if found is None:
            continue
        has_votes, wants_votes = found
        if not has_votes and report not in torn:
            untouched.append(report)
        elif wants_votes:
            half.append(report)
    return untouched, half

"""Screening: independent votes, the cross-check of disagreements, and adjudication by a third person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.screening import (
    Phase,
    Role,
    Stage,
    State,
    settle,
)
from reviewflow.domain.words import counted
from reviewflow.errors import UsageError
from reviewflow.storage import pilots, reports, views, votes
from reviewflow.workflow import pilot_votes, report_fields
from reviewflow.workflow.booth import Booth, Cast, Decision, TurnedError, check_decision, one_per_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.record import Record
    from reviewflow.storage.review import Review
    from reviewflow.storage.votes import Vote

__all__ = [
    "Cast",
    "Decision",
    "ToScreen",
    "TurnedError",
    "check_decision",
    "check_screens",
    "n_to_screen",
    "one_per_report",
    "own_votes",
    "remove",
    "shown_to_screen",
    "to_screen",
    "vote",
    "waiting",
    "waits_for",
]

_PAGE = 200
"""Reports that are read at a time: a first page is there at once, however many wait."""


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


def vote(
    review: Review,
    act: Act,
    stage: Stage,
    decisions: Sequence[Decision],
    *,
    revise: bool = False,
    may_reconsider: bool = True,
    of_file: bool = False,
) -> Cast:
    """Cast a reviewer's votes, all of them or none; while a pilot round goes on at the stage, they are votes in it.

    Args:
        review: The review.
        act: The reviewer.
        stage: The stage.
        decisions: One for each report.
        revise: Whether an own vote that nobody has seen may be replaced.
        may_reconsider: Whether a vote on a disagreement counts as the reconsidered one.
        of_file: Whether they are of a file, which changes nothing when it is imported again, wherever the reports have
            come to.

    Raises:
        TurnedError: A report is a disagreement, and no vote is meant as reconsidered.
        UsageError: The person does not screen.
        InputError: A verdict or reason does not fit, or a file names a report twice with different verdicts.
        StateError: A report is not at that point: settled, not sought, not retrieved, voted on already, assigned to
            others, or not in the pilot round that goes on.
    """
    check_screens(review, act.reviewer)
    for decision in decisions:
        check_decision(review, stage, decision)
    with review.change(act) as entry:
        pilot = pilots.open_at(entry.connection, stage)
        if pilot is not None:
            on = one_per_report(entry.connection, decisions)
            cast = Cast(*pilot_votes.cast(review, entry, pilot, act.reviewer, on, revise=revise))
            entry.note = f"{pilot.name}, {stage}: {counted(cast.n_new, 'vote')}"
            return cast
        booth = Booth(review, entry, act.reviewer, stage, decisions)
        n_left = booth.leave_standing() if of_file else 0
        cast = booth.cast(revise=revise, may_reconsider=may_reconsider)
        cast = Cast(cast.n_new, cast.n_same + n_left)
        entry.note = f"{stage}: {counted(cast.n_new, 'vote')}"
        return cast


def check_screens(review: Review, name: str) -> None:
    """Raises UsageError where the person is no reviewer of the review."""
    if Role.REVIEWER not in review.protocol.member(name).roles:
        raise UsageError(
            f"{name} does not screen in this review",
            f"reviewflow team add {name} --role reviewer, or act as a reviewer: --as NAME",
        )


def to_screen(review: Review, reviewer: str, stage: Stage, limit: int | None = None) -> list[ToScreen]:
    """The reports that wait for a reviewer, disagreements to reconsider last; depends on nobody else's open votes."""
    return list(shown_to_screen(review, waiting(review, reviewer, stage)[:limit]))


def waiting(review: Review, reviewer: str, stage: Stage) -> list[tuple[int, bool]]:
    """(report, whether it is to be reconsidered) of what waits for a reviewer, in the order of `to_screen`."""
    who = views.viewer(review.protocol, reviewer)
    with review.reading() as connection:
        pilot = pilots.open_at(connection, stage)
        if pilot is not None:
            return [(report, False) for report in pilot_votes.waiting(connection, pilot, who)]
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
        return False if seen.is_asked else None
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

"""Assignment: who screens what. Where nothing is assigned, everybody may vote on everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reviewflow.domain.assignment import Sharing, handed_over, shared_out
from reviewflow.domain.flow.computed import report_outcome
from reviewflow.domain.screening import OPEN, Role, Stage
from reviewflow.domain.words import counted
from reviewflow.errors import StateError, UsageError
from reviewflow.storage import assignments, reports, views
from reviewflow.workflow.screening import check_screens

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for when reports are to be shared out.

    Attributes:
        to: Among whom; empty for all reviewers.
        capacity: Reviewer -> at most how many reports; empty for no limit.
        overlap: Per cent of the reports that one reviewer more screens; only where the rule asks for one vote.
        seed: Another seed, another draw.
    """

    to: Sequence[str] = ()
    capacity: Mapping[str, int] = field(default_factory=dict)
    overlap: float = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Assigned:
    """What was assigned, or would be.

    Attributes:
        reviewers: Report -> who screens it, the one who votes first in front.
        new: Report -> those of them who had it not before.
        n_left: Reports for which nobody has room: everybody may screen them, or, handed over, they stay as they are.
    """

    stage: Stage
    reviewers: Mapping[int, tuple[str, ...]]
    new: Mapping[int, tuple[str, ...]]
    n_left: int

    @property
    def loads(self) -> dict[str, int]:
        """Reviewer -> how many new reports."""
        names = sorted({name for of in self.new.values() for name in of})
        return {name: sum(name in of for of in self.new.values()) for name in names}


def assign(review: Review, act: Act, stage: Stage, wanted: Wanted, *, dry_run: bool = False) -> Assigned:
    """Share out the reports that are assigned to nobody yet, each to as many reviewers as the rule asks for.

    Which reports these are depends on what everybody may see only, so that an assignment tells of no vote.

    Raises:
        UsageError: Somebody does not screen, there are too few reviewers, or an overlap does not fit the rule.
    """
    sharing = _sharing(review, stage, wanted)
    if dry_run:
        with review.reading() as connection:
            return _shared(review, connection, stage, sharing)
    with review.change(act) as entry:
        done = _shared(review, entry.connection, stage, sharing)
        _write(entry, stage, done.reviewers)
        entry.note = f"{stage}: {counted(len(done.reviewers), 'report')} to {', '.join(done.loads)}"
        return done


def hand_over(review: Review, act: Act, stage: Stage, from_: str, wanted: Wanted, *, dry_run: bool = False) -> Assigned:
    """Give to others what is assigned to a person who has not voted on it; standing votes stay and count.

    This tells on which reports the person has not voted; how he or she voted on the others, it does not.

    Raises:
        UsageError: Somebody is not in the team or does not screen.
        StateError: There is nobody whom a report could be given.
    """
    review.protocol.member(from_)
    names = [name for name in wanted.to or review.protocol.with_role(Role.REVIEWER) if name != from_]
    for name in (*names, *wanted.capacity):
        check_screens(review, name)
    if not names:
        raise StateError(f"nobody but {from_} screens in this review", "reviewflow team add NAME --role reviewer")
    sharing = Sharing(names, 1, capacity=wanted.capacity, seed=wanted.seed)
    if dry_run:
        with review.reading() as connection:
            return _handed_over(review, connection, stage, from_, sharing)
    with review.change(act) as entry:
        done = _handed_over(review, entry.connection, stage, from_, sharing)
        _write(entry, stage, done.reviewers)
        entry.note = f"{stage}: {counted(len(done.reviewers), 'report')} of {from_} handed over"
        return done


def assigned(review: Review, stage: Stage) -> dict[int, tuple[str, ...]]:
    """Report -> those whom it is assigned to, for everybody to know; those assigned to nobody are left out."""
    with review.reading() as connection:
        return assignments.assigned(connection, stage)


def to_hand_over(review: Review, connection: Connection) -> tuple[tuple[str, str], ...]:
    """What is left to hand over of those who have left the team: a command and why."""
    found = []
    for stage in Stage:
        gone = assignments.everybody(connection, stage) - set(review.protocol.with_role(Role.REVIEWER))
        for name in sorted(gone):
            n = len(_open(review, connection, stage, assignments.without_vote_of(connection, stage, name)))
            if n:
                at = "" if stage is Stage.TITLE_ABSTRACT else f" --stage {stage}"
                why = f"{counted(n, 'report')} assigned to {name}, who screens no more"
                found.append((f"reviewflow screen assign --from {name}{at}", why))
    return tuple(found)


def _sharing(review: Review, stage: Stage, wanted: Wanted) -> Sharing:
    votes = review.protocol.rules[stage].votes
    if wanted.overlap and votes > 1:
        raise UsageError(
            f"at {stage} every report gets {votes} votes by the rule: there is nothing to overlap",
            'leave --overlap out, or screen by one vote each: rule = "single" in reviewflow.toml',
        )
    for name in (*wanted.to, *wanted.capacity):
        check_screens(review, name)
    names = wanted.to or review.protocol.with_role(Role.REVIEWER)
    return Sharing(names, votes, wanted.overlap, wanted.capacity, wanted.seed)


def _shared(review: Review, connection: Connection, stage: Stage, sharing: Sharing) -> Assigned:
    taken = assignments.assigned(connection, stage)
    wanted = [report for report in _open(review, connection, stage) if report not in taken]
    found = shared_out(wanted, sharing)
    return Assigned(stage, dict(sorted(found.items())), found, len(wanted) - len(found))


def _handed_over(review: Review, connection: Connection, stage: Stage, from_: str, sharing: Sharing) -> Assigned:
    waiting = assignments.without_vote_of(connection, stage, from_)
    there = {report: waiting[report] for report in _open(review, connection, stage, waiting)}
    found = handed_over(there, from_, sharing)
    if there and not found:
        raise StateError(
            f"{counted(len(there), 'report')} of {from_} can be given to nobody: those who screen have them already",
            "reviewflow team add NAME --role reviewer",
        )
    new = {report: tuple(name for name in of if name not in there[report]) for report, of in found.items()}
    return Assigned(stage, dict(sorted(found.items())), new, len(there) - len(found))


def _open(review: Review, connection: Connection, stage: Stage, of: Collection[int] | None = None) -> list[int]:
    """The reports at a stage that are not settled, as everybody may know; of some or all."""
    rules = review.protocol.rules
    found = []
    for view in views.report_views(connection, views.viewer(review.protocol, ""), stage, of):
        first, second = report_outcome(view.title_abstract, view.full_text, rules)
        here = first if stage is Stage.TITLE_ABSTRACT else second
        gone = view.removed or (stage is Stage.FULL_TEXT and view.retrieval == "not_retrieved")
        if not gone and here is not None and here.state in OPEN:
            found.append(view.id)
    return found


def _write(entry: Entry, stage: Stage, found: Mapping[int, tuple[str, ...]]) -> None:
    """Write the assignment on every record of each report, so that the parts of a report that is split keep it."""
    whole = reports.members(entry.connection, found)
    of_records = {record: found[report] for report, records in whole.items() for record in records}
    assignments.add_assignments(entry, stage, of_records)

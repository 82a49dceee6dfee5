"""Votes in a pilot round: cast apart from the main round, and seen by nobody else until everybody has cast all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.screening import Role, Stage
from reviewflow.domain.words import counted
from reviewflow.errors import StateError
from reviewflow.storage import ledger, pilots
from reviewflow.storage.pilots import PilotVote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.domain.ledger import Change
    from reviewflow.storage import views
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.pilots import Pilot
    from reviewflow.storage.review import Review
    from reviewflow.workflow.screening import Decision


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pilot round is, as everybody may know.

    Attributes:
        n: Reports in the sample.
        done: Reviewers who have voted on all of them.
        missing: The other reviewers; how far each of these is, is not told.
    """

    n: int
    done: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether everybody has voted on everything."""
        return bool(self.done) and not self.missing


def progress(connection: Connection, pilot: Pilot, team: Sequence[str]) -> Progress:
    """Who is done with a pilot round: of those who screen now, so that it waits for nobody who has left."""
    in_sample = pilots.sample(connection, pilot.id)
    cast = pilots.votes(connection, pilot.id)
    done = tuple(name for name in team if in_sample and all(name in cast.get(report, ()) for report in in_sample))
    return Progress(len(in_sample), done, tuple(name for name in team if name not in done))


def is_shown(connection: Connection, pilot: Pilot, team: Sequence[str]) -> bool:
    """Whether the votes may be seen: nobody of those who screen now can cast one blind any more."""
    return not pilot.is_open or progress(connection, pilot, team).is_complete


def own(connection: Connection, pilot: Pilot, reviewer: str) -> dict[int, PilotVote]:
    """Report in the sample -> the reviewer's own vote."""
    cast = pilots.votes(connection, pilot.id, reviewer)
    return {report: cast[report][reviewer] for report in pilots.sample(connection, pilot.id) if report in cast}


def waiting(connection: Connection, pilot: Pilot, who: views.Viewer) -> list[int]:
    """The reports of the sample on which the viewer has yet to vote."""
    if not who.screens:
        return []
    cast = pilots.votes(connection, pilot.id, who.name)
    return [report for report in pilots.sample(connection, pilot.id) if report not in cast]


def cast(
    review: Review, entry: Entry, pilot: Pilot, reviewer: str, on: Mapping[int, Decision], *, revise: bool
) -> tuple[int, int]:
    """Write votes in a pilot round.

    Args:
        review: The review.
        entry: The change.
        pilot: The round, which is open.
        reviewer: Whose votes.
        on: Report -> the decision.
        revise: Whether an own vote that nobody has seen may be replaced.

    Returns:
        (reports on which a vote was written, reports on which the same vote stood).

    Raises:
        StateError: A report is not in the sample, is voted on already, or all votes may be seen by now.
    """
    connection = entry.connection
    in_sample = set(pilots.sample(connection, pilot.id))
    before = own(connection, pilot, reviewer)
    for report, decision in on.items():
        if report not in in_sample:
            raise StateError(
                f"p{report} is not in the pilot round {pilot.name}, and the main round waits for that{decision.at}",
                "reviewflow screen gives its sample; when it is done: reviewflow screen pilot close",
            )
    new = {report: each for report, each in on.items() if not _stands(before.get(report), each, revise=revise)}
    for report, decision in new.items():
        if report in before and not revise:
            raise StateError(
                f"{reviewer} has voted on p{report} already: {before[report].verdict}{decision.at}",
                "to change the vote while nobody can see it, add --revise; or reviewflow undo",
            )
    if new and is_shown(connection, pilot, review.protocol.with_role(Role.REVIEWER)):
        raise StateError(
            f"the pilot round {pilot.name} is complete: everybody may see its votes",
            "reviewflow screen pilot show; then: reviewflow screen pilot close",
        )
    rows = [PilotVote(each.record, reviewer, each.verdict, each.reason, each.note) for each in new.values()]
    pilots.add_votes(entry, pilot.id, rows)
    return len(new), len(on) - len(new)


@dataclass(frozen=True, slots=True)
class InRound:
    """A pilot round that goes on, as it stands for a viewer.

    Attributes:
        n_waiting: Reports of it that wait for the viewer.
        next_step: What to do next: a command and why.
    """

    pilot: Pilot
    n_waiting: int
    next_step: tuple[str, str]


def standings(review: Review, connection: Connection, who: views.Viewer) -> Iterator[InRound]:
    """The pilot rounds that go on, one at most at each stage."""
    for stage in Stage:
        pilot = pilots.open_at(connection, stage)
        if pilot is None:
            continue
        n = len(waiting(connection, pilot, who))
        so_far = progress(connection, pilot, review.protocol.with_role(Role.REVIEWER))
        at = "" if stage is Stage.TITLE_ABSTRACT else f" --stage {stage}"
        command, why = "reviewflow screen pilot show", f"the pilot round {pilot.name} "
        if n:
            command, why = f"reviewflow screen{at}", f"{counted(n, 'report')} of {why}wait for {who.name}"
        elif so_far.is_complete:
            why += "is complete: see how you agree, then close it"
        else:
            why += f"waits for {' and '.join(so_far.missing)}"
        yield InRound(pilot, n, (command, why))


def n_shown_by_change(connection: Connection, who: views.Viewer) -> Counter[int]:
    """Change -> how many votes it cast in pilot rounds whose votes the viewer may see."""
    may_see = {each.id for each in pilots.pilots(connection) if is_shown(connection, each, who.reviewers)}
    found: Counter[int] = Counter()
    for (change, pilot), n in pilots.n_votes_by_change(connection).items():
        found[change] += n * (pilot in may_see)
    return found


def note_what_was_seen(review: Review, entry: Entry, target: Change) -> None:
    """Write that pilot rounds are over in which an undo takes back votes that everybody may have seen.

    So that nobody casts them anew: they would not be blind.
    """
    by_id = {change.id: change for change in ledger.changes(entry.connection)} if target.undoes is not None else {}
    root = target
    while root.undoes is not None:
        root = by_id[root.undoes]
    team = review.protocol.with_role(Role.REVIEWER)
    for pilot, is_end in pilots.touched_by(entry.connection, root.id):
        still_whole = is_end and progress(entry.connection, pilot, team).is_complete
        if is_shown(entry.connection, pilot, team) and not still_whole:
            pilots.add_end(entry, pilot.id, "its votes have been seen")


def _stands(vote: PilotVote | None, decision: Decision, *, revise: bool) -> bool:
    """Whether the very vote stands already."""
    if vote is None or (vote.verdict, vote.reason) != (decision.verdict, decision.reason):
        return False
    return not (revise and decision.note)

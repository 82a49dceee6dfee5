"""What a screen of verdicts needs of a review: read, voted, undone, searched, each by one use case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from reviewflow.domain.screening import Stage
from reviewflow.tui.ranked import RankingProcess
from reviewflow.workflow import adjudication, history, queue, ranking, screening, tags
from reviewflow.workflow.queue import Queue
from reviewflow.workflow.ranking import Ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from reviewflow.domain import protocol
    from reviewflow.domain.ledger import Act
    from reviewflow.storage.review import Review
    from reviewflow.workflow.adjudication import Conflict, Opinion
    from reviewflow.workflow.queue import Laid, OwnVote


@dataclass(frozen=True, slots=True)
class Outside:
    """What a screen asks of the world outside; the front end hands it over.

    Attributes:
        clock: Seconds from any beginning, which never go back.
        open_file: Opens a file with the program that the system has for it: the file, and the name that it came with.
    """

    clock: Callable[[], float]
    open_file: Callable[[Path, str], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a verdict.

    Attributes:
        change: The change's uuid, "" where nothing new was to write.
        waits: Whether the report waits still: True as a disagreement, None where it does not.
        stood: The person's own verdict that stood until then; None where there was none.
    """

    change: str
    waits: bool | None
    stood: OwnVote | None = None


class Desk(Protocol):
    """The reports that wait for a person at a stage."""

    outside: Outside
    stage: Stage

    @property
    def protocol(self) -> protocol.Protocol:
        """The protocol of the review."""

    def queue(self) -> Queue:
        """What waits, read once."""

    def laid(self, of: Sequence[tuple[int, bool]]) -> list[Laid]:
        """Some reports with what is shown beside them."""

    def vote(self, report: int, said: OwnVote, *, again: bool) -> Written:
        """Write a verdict as one change."""

    def undo(self, change: str, report: int) -> bool | None:
        """Undo a change; gives whether the report waits again."""

    def conflicts(self) -> list[Conflict]:
        """The disagreements that the person may see."""

    def with_words(self, of: Sequence[int], words: str, is_wanted: Callable[[], bool]) -> frozenset[int]:
        """Those of the reports that have all of the words."""

    def tag(self, report: int, before: Sequence[str], line: str) -> tuple[str, ...]:
        """Write the tags of a line on a report in place of those before; gives what is on it."""

    def known_tags(self) -> list[str]:
        """The person's own tags in the review, those on most reports first."""


class _Desk:
    """What the two desks share.

    Args:
        review: The review.
        act: Gives who acts now, for a command: the front end reads the clock.
        stage: The stage.
        outside: What is asked of the world outside.
    """

    def __init__(self, review: Review, act: Callable[[str], Act], stage: Stage, outside: Outside) -> None:
        self.stage = stage
        self.outside = outside
        self._review = review
        self._act = act
        self._name = act("screen").reviewer
        self.choice = Ranking(self._name)

    @property
    def protocol(self) -> protocol.Protocol:
        """The protocol of the review."""
        return self._review.protocol

    def laid(self, of: Sequence[tuple[int, bool]]) -> list[Laid]:
        """Some reports with what is shown beside them."""
        return queue.laid(self._review, self._name, self.stage, of)

    def conflicts(self) -> list[Conflict]:
        """The disagreements that the person may see."""
        return adjudication.conflicts(self._review, self._name, self.stage)

    def with_words(self, of: Sequence[int], words: str, is_wanted: Callable[[], bool]) -> frozenset[int]:
        """Those of the reports that have all of the words."""
        return tags.with_words(self._review, self._name, of, words, is_wanted)

    def tag(self, report: int, before: Sequence[str], line: str) -> tuple[str, ...]:
        """Write the tags of a line on a report in place of those before; gives what is on it.

        Raises:
            UsageError: A word is no tag.
        """
        after = tags.tags_in(line)
        act = self._act(f"screen tag p{report}")
        tags.tag(self._review, act, [report], set(after) - set(before), set(before) - set(after))
        return after

    def known_tags(self) -> list[str]:
        """The person's own tags in the review, those on most reports first."""
        counts = tags.counts(self._review, self._name)
        return sorted(counts, key=lambda tag: (-counts[tag], tag))

    def _undo(self, change: str) -> None:
        history.undo(self._review, self._act(f"undo {change[:8]}"), change)


class ReviewersDesk(_Desk):
    """The reports that wait for a reviewer."""

    def queue(self) -> Queue:
        """What waits for the reviewer, in the order without a model: that of a model takes a while."""
        found = queue.queue(self._review, self._name, self.stage)
        self.choice = ranking.keep_current(self._review, self._act("screen rank"), self.stage)
        return replace(found, waiting=tuple(ranking.in_order(self._review, self._name, self.stage, found.waiting)))

    @property
    def is_followed(self) -> bool:
        """Whether each verdict is followed by a new order, or by a test of the stopping rule."""
        is_first = self.stage is Stage.TITLE_ABSTRACT
        return is_first and (bool(self.choice.model) or self.protocol.stopping is not None)

    async def start_ranking(self) -> RankingProcess:
        """Start the process that gives both."""
        return await RankingProcess.start(self._review.folder, self._name)

    def vote(self, report: int, said: OwnVote, *, again: bool) -> Written:
        """Write a verdict.

        Raises:
            TurnedError: The others' votes came since the report was shown, and they differ.
            ReviewflowError: The verdict is refused.
        """
        act = self._act(f"screen p{report}")
        decision = screening.Decision(report, said.verdict, said.reason, said.note)
        stood = queue.own_vote(self._review, self._name, self.stage, report)
        cast = screening.vote(self._review, act, self.stage, [decision], revise=True, may_reconsider=again)
        waits = queue.standing(self._review, self._name, self.stage, report)
        return Written(act.uuid if cast.n_new else "", waits, stood)

    def undo(self, change: str, report: int) -> bool | None:
        """Undo a vote."""
        self._undo(change)
        return queue.standing(self._review, self._name, self.stage, report)


class AdjudicatorsDesk(_Desk):
    """The conflicts that wait for an adjudicator; those on which he or she voted as a reviewer are left out."""

    def queue(self) -> Queue:
        """The conflicts, and what the votes on them say."""
        found = adjudication.to_adjudicate(self._review, self._name, self.stage)
        self._opinions = {each.report: each.opinions for each in found}
        return Queue(tuple((report, False) for report in sorted(self._opinions)))

    def opinions(self, report: int) -> tuple[Opinion, ...]:
        """The votes on a conflict, without names."""
        return self._opinions[report]

    def revealed(self, report: int) -> tuple[Opinion, ...]:
        """The votes on a conflict with names."""
        return adjudication.revealed(self._review, self._name, self.stage, report)

    def vote(self, report: int, said: OwnVote, *, again: bool) -> Written:  # noqa: ARG002 the other desk needs it
        """Settle a conflict."""
        act = self._act(f"screen resolve p{report}")
        decision = screening.Decision(report, said.verdict, said.reason, said.note)
        adjudication.resolve(self._review, act, self.stage, [decision])
        return Written(act.uuid, None)

    def undo(self, change: str, report: int) -> bool | None:  # noqa: ARG002 the other desk needs it
        """Undo an adjudication: the conflict waits again."""
        self._undo(change)
        return False

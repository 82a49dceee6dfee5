"""Reports on their way to verdicts: which is shown, what was said, what an undo takes back, and how fast it goes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from reviewflow.domain.screening import Verdict
from reviewflow.workflow.queue import OwnVote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.workflow.queue import Queue

_RATED: Final = 20
"""Verdicts over which the rate is taken."""


@dataclass(frozen=True, slots=True)
class Screened:
    """What a person did in a session.

    Attributes:
        n_waiting: Reports that waited at its beginning.
        n_votes: Verdicts of the session that stand.
        n_left: Reports that wait at its end.
        was_read: Whether the person waited until the queue was read.
    """

    n_waiting: int
    n_votes: int
    n_left: int
    was_read: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """A change that was written, and what an undo of it brings back.

    Attributes:
        change: The change's uuid.
        report: The report that it voted on.
        place: Where in the order the report was.
        said: What had been said on it before in this session.
        verdict: The person's verdict on it before, of any session.
    """

    change: str
    report: int
    place: int
    said: OwnVote | None
    verdict: Verdict | None


@dataclass(slots=True)
class Voting:
    """The state of a session; writes nothing.

    Attributes:
        queue: What waited at its beginning.
        order: Reports in the order in which they are shown; a disagreement that comes up goes to the end.
        again: Those of them that are to be reconsidered.
        said: What was said in this session on reports that no longer wait.
        at: Place in `order`; its length where the end is shown.
        only: Where words are searched for: the reports that have them.
        seen: Reports that were shown.
        steps: What was written, the latest last.
        n_done: Reports on which the person has voted, in this session or before.
        n_included: How many of these the person includes.
    """

    queue: Queue
    order: list[int] = field(init=False)
    again: set[int] = field(init=False)
    said: dict[int, OwnVote] = field(default_factory=dict)
    at: int = 0
    only: frozenset[int] | None = None
    seen: set[int] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)
    n_done: int = field(init=False)
    n_included: int = field(init=False)
    _every: frozenset[int] = field(init=False)
    _verdicts: dict[int, Verdict] = field(init=False)
    _times: deque[float] = field(default_factory=lambda: deque(maxlen=_RATED + 1))

    def __post_init__(self) -> None:
        self.order = [report for report, _ in self.queue.waiting]
        self._every = frozenset(self.order)
        self.again = {report for report, again in self.queue.waiting if again}
        self.n_done, self.n_included = self.queue.n_voted, self.queue.n_included
        self._verdicts = dict(self.queue.mine)
        self._go(0)

    @property
    def shown(self) -> int | None:
        """The report that is shown, None at the end."""
        return self.order[self.at] if self.at < len(self.order) else None

    @property
    def n_left(self) -> int:
        """Reports that wait."""
        return len(self.order) - len(self.said)

    @property
    def screened(self) -> Screened:
        """What was done so far."""
        return Screened(len(self.queue.waiting), len(self.steps), self.n_left)

    @property
    def per_hour(self) -> float | None:
        """Verdicts an hour, over the last 20; None while there are fewer than two."""
        if len(self._times) < 2 or self._times[-1] <= self._times[0]:
            return None
        return (len(self._times) - 1) * 3600 / (self._times[-1] - self._times[0])

    def take_over(self, stood: OwnVote | None) -> bool:
        """Take over the own verdict that stood on the report that is shown; gives whether the session did not know it.

        The same person may have two screens open, or vote by a command meanwhile.
        """
        if stood is None:
            return False
        report = self.order[self.at]
        known = self.said.get(report)
        is_known = known == replace(stood, note=known.note) if known else self._verdicts.get(report) is stood.verdict
        if not is_known:
            self.said[report] = stood
            self._count(report, stood.verdict)
        return not is_known

    def voted(self, change: str, said: OwnVote, waits: bool | None, now: float) -> None:  # noqa: FBT001 as the workflow says it
        """Take over a verdict on the report that is shown, and go on.

        Args:
            change: The change that wrote it, "" where nothing new was to write.
            said: The verdict.
            waits: Whether the report waits still: True as a disagreement, None where it does not.
            now: The time, in seconds from any beginning.
        """
        report = self.order[self.at]
        if change:
            self.steps.append(Step(change, report, self.at, self.said.get(report), self._verdicts.get(report)))
            self._times.append(now)
            self._count(report, said.verdict)
        if waits is None:
            self.said[report] = said
            self.go_on()
        else:
            self.turned(again=waits)
            self._go_to_open(self.at)

    def turned(self, *, again: bool) -> None:
        """The report that is shown waits again: it goes to the end."""
        report = self.order.pop(self.at)
        self.order.append(report)
        self.said.pop(report, None)
        if again:
            self.again.add(report)

    def undone(self, waits: bool | None) -> None:  # noqa: FBT001 as the workflow says it
        """Take the last step back and show its report; `waits` is where the report stands now."""
        step = self.steps.pop()
        self.order.remove(step.report)
        self.order.insert(step.place, step.report)
        self._go(step.place)
        if self._times:
            self._times.pop()
        self._count(step.report, step.verdict)
        self.said.pop(step.report, None)
        self.again.discard(step.report)
        if waits:
            self.again.add(step.report)
        before = step.said or (OwnVote(step.verdict) if step.verdict else None)
        if waits is None and before is not None:
            self.said[step.report] = before

    def _count(self, report: int, verdict: Verdict | None) -> None:
        before = self._verdicts.pop(report, None)
        if verdict is not None:
            self._verdicts[report] = verdict
        self.n_done += (verdict is not None) - (before is not None)
        self.n_included += (verdict is Verdict.INCLUDE) - (before is Verdict.INCLUDE)

    def next_open(self, n: int) -> list[int]:
        """The next reports that wait, from the one that is shown on."""
        found = []
        for at in range(self.at, len(self.order)):
            if self._is_open(at):
                found.append(self.order[at])
                if len(found) == n:
                    break
        return found

    def go_on(self) -> None:
        """Show the next report that waits, from the beginning again where there is none behind; else the end."""
        self._go_to_open(self.at + 1)

    def _go_to_open(self, start: int) -> None:
        after = (at for at in range(start, len(self.order)) if self._is_open(at))
        before = (at for at in range(min(start, len(self.order))) if self._is_open(at))
        self._go(next(after, next(before, len(self.order))))

    def _go(self, there: int) -> None:
        """Show what is at a place."""
        self.at = there
        if self.shown is not None:
            self.seen.add(self.shown)

    def _is_open(self, at: int) -> bool:
        report = self.order[at]
        return report not in self.said and (self.only is None or report in self.only)

    def search(self, only: frozenset[int] | None) -> None:
        """Show only some reports, or all (None); goes to the first of them that waits, from the one shown on."""
        self.only = only
        self._go_to_open(self.at if self.at < len(self.order) else 0)

    def step(self, by: int) -> bool:
        """Show the report before or after, voted on or not; False where there is none. The end is behind the last."""
        there = self.at + by
        while 0 <= there < len(self.order) and self.only is not None and self.order[there] not in self.only:
            there += by
        at_end = there == len(self.order) and not self.next_open(1) and not any(map(self._is_open, range(self.at)))
        if there < 0 or there > len(self.order) or (there == len(self.order) and not at_end):
            return False
        self._go(there)
        return True

    def reorder(self, reports: Sequence[int]) -> None:
        """Let these come next, as far as they were not shown yet; what was shown keeps its order, what is shown stays.

        What is not named comes behind them in the order that it had; disagreements stay at the end.
        """
        shown = self.shown
        past = self.seen.union(self.said) - self.again
        stays = past | self.again
        named = [report for report in reports if report in self._every and report not in stays]
        kept = [report for report in self.order if report in past]
        stays.update(named)
        rest = [report for report in self.order if report not in stays]
        again = [report for report in self.order if report in self.again] if self.again else []
        self.order = kept + named + rest + again
        place = {report: n for n, report in enumerate(kept)}
        last = len(kept)  # a disagreement that went to the end comes back, once undone, behind what was shown
        for n, step in enumerate(self.steps):
            there = place.get(step.report, last)
            if there != step.place:
                self.steps[n] = replace(step, place=there)
        self.at = len(self.order) if shown is None else self.order.index(shown)

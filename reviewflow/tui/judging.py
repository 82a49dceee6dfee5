"""Pairs of records on their way to answers: which is shown, what was said, and what an undo takes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.workflow.deduplication import Pair


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person did in a session.

    Attributes:
        n_pairs: Pairs that waited at its beginning.
        n_same: Answers that stand: the same report.
        n_not: Answers that stand: not the same report.
        was_read: Whether the person waited until the pairs were read.
    """

    n_pairs: int
    n_same: int
    n_not: int
    was_read: bool = True

    @property
    def n_left(self) -> int:
        """Pairs without an answer."""
        return self.n_pairs - self.n_same - self.n_not


@dataclass(frozen=True, slots=True)
class Step:
    """A change that was written, and what an undo of it brings back.

    Attributes:
        change: The change's uuid.
        before: What was said before on each of its pairs, by place.
    """

    change: str
    before: dict[int, bool | None]


@dataclass(slots=True)
class Judging:
    """The state of a session; writes nothing.

    Attributes:
        pairs: What waited at its beginning, the most doubtful first.
        said: The answer on each pair, None while there is none.
        order: Places in `pairs` in the order in which they are shown; what is put off goes to the end.
        at: Place in `order`; its length where the end is shown.
        skipped: Places of pairs that were put off and wait still.
        steps: What was written, the latest last.
    """

    pairs: Sequence[Pair]
    said: list[bool | None] = field(init=False)
    order: list[int] = field(init=False)
    at: int = 0
    skipped: set[int] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.said = [None] * len(self.pairs)
        self.order = list(range(len(self.pairs)))

    @property
    def place(self) -> int | None:
        """The place of the pair that is shown, None at the end."""
        return self.order[self.at] if self.at < len(self.order) else None

    @property
    def open(self) -> list[int]:
        """Places of the pairs without an answer."""
        return [place for place in self.order if self.said[place] is None]

    @property
    def judged(self) -> Judged:
        """What stands now."""
        return Judged(len(self.pairs), self.said.count(True), self.said.count(False))

    def of_rule(self, rule: str) -> list[int]:
        """Places of the pairs without an answer that this rule speaks for."""
        return [place for place in self.open if self.pairs[place].link.rule == rule]

    def answered(self, places: Sequence[int], change: str, *, same: bool) -> None:
        """Take answers over that were written as a change, "" where nothing new was to write; goes on."""
        if change:
            self.steps.append(Step(change, {place: self.said[place] for place in places}))
        for place in places:
            self.said[place] = same
        self.skipped.difference_update(places)
        self.go_on()

    def undone(self) -> None:
        """Take the last step back, and show its first pair."""
        step = self.steps.pop()
        for place, said in step.before.items():
            self.said[place] = said
        self.at = min(self.order.index(place) for place in step.before)

    def skip(self) -> None:
        """Put the pair that is shown off to the end; goes on."""
        place = self.order.pop(self.at)
        self.order.append(place)
        if self.said[place] is None:
            self.skipped.add(place)
        self._go_to_open(self.at)

    def go_on(self) -> None:
        """Show the next pair without an answer, from the beginning again where there is none behind; else the end."""
        self._go_to_open(self.at + 1)

    def _go_to_open(self, start: int) -> None:
        round_about = [*range(start, len(self.order)), *range(min(start, len(self.order)))]
        free = (at for at in round_about if self.said[self.order[at]] is None)
        self.at = next(free, len(self.order))

    def step(self, by: int) -> bool:
        """Show the pair before or after, answered or not; False where there is none. The end is behind the last."""
        last = len(self.order) if not self.open else len(self.order) - 1
        there = self.at + by
        if not 0 <= there <= last:
            return False
        self.at = there
        return True

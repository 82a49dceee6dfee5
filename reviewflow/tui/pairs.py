"""The doubtful pairs of a review as a screen needs them: read, answered, undone, explained, each by one use case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.workflow import deduplication, history

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reviewflow.domain.deduplication import Explanation
    from reviewflow.domain.ledger import Act
    from reviewflow.storage.review import Review
    from reviewflow.workflow.deduplication import Pair


class Pairs:
    """The pairs of a review, for one person.

    Args:
        review: The review.
        act: Gives who acts now, for a command: the front end reads the clock.
    """

    def __init__(self, review: Review, act: Callable[[str], Act]) -> None:
        self._review = review
        self._act = act

    @property
    def title(self) -> str:
        """The title of the review."""
        return self._review.protocol.title

    def waiting(self) -> list[Pair]:
        """The pairs that wait for a person, the most doubtful first."""
        return deduplication.review_queue(self._review)

    def answer(self, pairs: Sequence[Pair], *, same: bool) -> str:
        """Write an answer on pairs, as one change.

        Returns:
            The change's uuid, "" where all of it had been answered so already.
        """
        act = self._act(_command(pairs))
        answers = [(pair.a.id, pair.b.id, same) for pair in pairs]
        return act.uuid if deduplication.answer(self._review, act, answers) else ""

    def undo(self, change: str) -> None:
        """Undo a change of this person, by the program's own undo.

        Raises:
            StateError: It cannot be undone: later changes stand on it, or it was undone elsewhere.
        """
        history.undo(self._review, self._act(f"undo {change[:8]}"), change)

    def explain(self, pair: Pair) -> Explanation:
        """What speaks for and against the two being one report."""
        return deduplication.explain_pair(self._review, pair.a.id, pair.b.id)[0]


def _command(pairs: Sequence[Pair]) -> str:
    """What the log shows, as `--plain` writes it for one pair."""
    if len(pairs) == 1:
        return f"dedup review r{pairs[0].a.id} r{pairs[0].b.id}"
    return f"dedup review: all {len(pairs)} pairs of {pairs[0].link.rule!r}"

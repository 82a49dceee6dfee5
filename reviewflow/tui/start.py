"""Starts a screen and gives what came of it: the one door through which the command line comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.errors import ReviewflowError
from reviewflow.tui.app import ReviewflowApp
from reviewflow.tui.deduplicate import PairScreen
from reviewflow.tui.pairs import Pairs
from reviewflow.tui.settings import own_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.ledger import Act
    from reviewflow.storage.review import Review
    from reviewflow.tui.judging import Judged


def judge_pairs(review: Review, act: Callable[[str], Act]) -> Judged:
    """Let a person judge the doubtful pairs of a review.

    Args:
        review: The review.
        act: Gives who acts now, for a command.

    Raises:
        InputError: The person's settings cannot be obeyed.
        ReviewflowError: The pairs cannot be read.
    """
    app = ReviewflowApp(PairScreen(Pairs(review, act)), own_settings())
    came = app.run()
    if app.return_code or came is None:
        # A bug of ours: Textual has put the terminal right and shown where.
        raise RuntimeError("the screen ended by an error of the program")
    if isinstance(came, ReviewflowError):
        raise came
    return came

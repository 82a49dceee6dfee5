"""Starts a screen and gives what came of it: the one door through which the command line comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.errors import ReviewflowError
from reviewflow.tui.adjudicate import AdjudicationScreen
from reviewflow.tui.app import Answer, ReviewflowApp
from reviewflow.tui.deduplicate import PairScreen
from reviewflow.tui.desk import AdjudicatorsDesk, Outside, ReviewersDesk
from reviewflow.tui.pairs import Pairs
from reviewflow.tui.screen import ScreeningScreen
from reviewflow.tui.settings import own_settings
from reviewflow.tui.voting import Screened

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.screening import Stage
    from reviewflow.storage.review import Review
    from reviewflow.tui.judging import Judged


__all__ = ["Outside", "Screened", "adjudicate", "judge_pairs", "screen"]


def judge_pairs(review: Review, act: Callable[[str], Act]) -> Judged:
    """Let a person judge the doubtful pairs of a review.

    Args:
        review: The review.
        act: Gives who acts now, for a command.

    Raises:
        InputError: The person's settings cannot be obeyed.
        ReviewflowError: The pairs cannot be read.
    """
    return _run(PairScreen(Pairs(review, act)))


def screen(review: Review, act: Callable[[str], Act], stage: Stage, outside: Outside) -> Screened:
    """Let a reviewer screen what waits at a stage.

    Args:
        review: The review.
        act: Gives who acts now, for a command.
        stage: The stage.
        outside: What the command line hands over.

    Raises:
        InputError: The person's settings cannot be obeyed.
        ReviewflowError: The queue cannot be read.
    """
    with review.kept_open() as kept:
        return _run(ScreeningScreen(ReviewersDesk(kept, act, stage, outside)))


def adjudicate(review: Review, act: Callable[[str], Act], stage: Stage, outside: Outside) -> Screened:
    """Let an adjudicator settle the conflicts at a stage; arguments and errors as `screen`."""
    with review.kept_open() as kept:
        return _run(AdjudicationScreen(AdjudicatorsDesk(kept, act, stage, outside)))


def _run(first: Screen[Answer | ReviewflowError]) -> Answer:
    """What a screen is dismissed with; the error that it is dismissed with is raised."""
    app = ReviewflowApp(first, own_settings())
    came = app.run()
    if came is None and not app.return_code:
        raise KeyboardInterrupt  # Ctrl-C; or told to end from outside: the tab of the browser was closed
    if app.return_code or came is None:
        # A bug of ours: Textual has put the terminal right and shown where.
        raise RuntimeError("the screen ended by an error of the program")
    if isinstance(came, ReviewflowError):
        raise came
    return came

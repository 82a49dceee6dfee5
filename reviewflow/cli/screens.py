"""The one place where the command line starts a screen of the terminal."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from reviewflow.cli.session import on_terminal
from reviewflow.domain.words import counted

if TYPE_CHECKING:
    from reviewflow.cli.session import Session
    from reviewflow.domain.screening import Stage
    from reviewflow.tui.start import Screened


def can_show() -> bool:
    """Whether a screen can be shown: a person is there, at a terminal whose cursor can be moved or in a browser."""
    return is_in_browser() or (on_terminal() and os.environ.get("TERM") != "dumb")


def is_in_browser() -> bool:
    """Whether `serve` started this command: the browser's window is the terminal."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def judge_pairs(session: Session) -> None:
    """Let the person judge the doubtful pairs on the screen; say afterwards what was done and what comes next."""
    # Who may not act is told so before the screen opens.
    session.review.protocol.member(session.act("dedup review").reviewer)
    from reviewflow.tui.start import judge_pairs as judge

    done = judge(session.review, session.act)
    if not done.was_read:
        session.answer({}, ["Left before the pairs were read; nothing was changed."], "reviewflow dedup review")
        return
    if not done.n_pairs:
        lines = ["No pair waits for a person."]
    else:
        n = done.n_same + done.n_not
        kinds = f" ({done.n_same} the same report, {done.n_not} not)" if n else ""
        lines = [f"{counted(n, 'answer')} given{kinds}, {counted(done.n_left, 'pair')} left."]
    session.answer({}, lines, "reviewflow dedup review" if done.n_left else "reviewflow screen")


def screen(session: Session, stage: Stage) -> None:
    """Let the reviewer screen what waits; say afterwards what was done and what comes next."""
    from reviewflow.cli.opener import open_file
    from reviewflow.tui import start
    from reviewflow.workflow import screening

    # Who may not vote is told so before the screen opens.
    screening.check_screens(session.review, session.act("screen").reviewer)
    done = start.screen(session.review, session.act, stage, start.Outside(time.monotonic, open_file))
    _tell(session, "report", f"reviewflow screen --stage {stage}", done)


def adjudicate(session: Session, stage: Stage) -> None:
    """Let the adjudicator settle the conflicts at a stage; say afterwards what was done and what comes next."""
    from reviewflow.cli.opener import open_file
    from reviewflow.tui import start

    done = start.adjudicate(session.review, session.act, stage, start.Outside(time.monotonic, open_file))
    _tell(session, "conflict", f"reviewflow screen adjudicate --stage {stage}", done)


def _tell(session: Session, noun: str, again: str, done: Screened) -> None:
    """Say what came of a screen of verdicts on the nouns."""
    if not done.was_read:
        session.answer({}, ["Left before the records were read; nothing was changed."], again)
    elif not done.n_waiting:
        session.answer({}, [f"No {noun} waits for {session.viewer}."], "reviewflow status")
    else:
        words = f"{counted(done.n_votes, 'verdict')} saved, {counted(done.n_left, noun)} left."
        session.answer({}, [words], again if done.n_left else "reviewflow status")

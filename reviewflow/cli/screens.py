"""The one place where the command line starts a screen of the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reviewflow.cli.session import on_terminal
from reviewflow.domain.words import counted

if TYPE_CHECKING:
    from reviewflow.cli.session import Session


def can_show() -> bool:
    """Whether a screen can be shown: a person is there, at a terminal whose cursor can be moved."""
    return on_terminal() and os.environ.get("TERM") != "dumb"


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

"""`serve`: the screens in a browser, on this machine only."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir, StageName
from reviewflow.cli.session import Session, stage_of
from reviewflow.errors import UsageError

_SCREENS = ("screen", "screen adjudicate", "dedup review")


def serve(
    screen: Annotated[
        list[str] | None, typer.Argument(metavar="[SCREEN]", help=f"Which: {', '.join(_SCREENS)}.")
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Of this machine; 0 takes a free one.")] = 8000,
    stage: StageName = "title_abstract",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a screen in a browser, on this machine only.

    Ctrl-C ends it. There is no login: whoever can use this machine can open the address and acts as the person of --as.
    Nothing proves who somebody is. Other machines cannot reach it, and nothing is loaded from elsewhere.
    """
    from reviewflow.cli import browser

    words = " ".join(screen or ["screen"])
    if words not in _SCREENS:
        raise UsageError(f"{words!r} is no screen", f"one of: {', '.join(_SCREENS)}")
    session = Session(as_name, review, as_json=as_json)
    name = session.act(words).reviewer
    _check_may(session, words, name)
    command = [sys.executable, "-m", "reviewflow", *words.split()]
    command += [] if words == "dedup review" else ["--stage", str(stage_of(stage))]
    command += ["--as", name, "--review", str(session.review.folder)]
    line = subprocess.list2cmdline(command) if sys.platform == "win32" else shlex.join(command)

    def ready(address: str) -> None:
        where = f"{session.review.protocol.title}: {words} as {name}, at {address}"
        warning = f"There is no login: whoever opens it on this machine is taken for {name}, and nothing proves it."
        session.answer({"address": address, "screen": words, "reviewer": name}, [where, warning, "Ctrl-C ends it."])
        sys.stdout.flush()

    browser.serve(browser.Served(line, f"{session.review.protocol.title} - {name}", port), ready)


def _check_may(session: Session, words: str, name: str) -> None:
    """Raises UsageError where the person may not do what the screen is for: said now, not in the browser."""
    from reviewflow.workflow import adjudication, screening

    if words == "screen":
        screening.check_screens(session.review, name)
    elif words == "screen adjudicate":
        adjudication.check_adjudicates(session.review, name)
    else:
        session.review.protocol.member(name)

"""`status`, `next`, `log` and `undo`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, table


def status(as_name: AsName = "", review: ReviewDir = None, as_json: AsJson = False) -> None:
    """Show where the review stands and what to do next."""
    from reviewflow.workflow import history

    session = Session(as_name, review, as_json=as_json)
    found = history.status(session.review, session.viewer)
    rows = [[stage.stage, stage.done, stage.words] for stage in found.stages]
    command, why = found.next
    value: dict[str, Any] = {
        "title": found.title,
        "stages": [
            {"stage": stage.stage, "done": stage.done, "n_open": stage.n_open, "words": stage.words}
            for stage in found.stages
        ],
        "next": {"command": command, "why": why},
        "draft": found.flow.counts.draft,
    }
    head = [found.title, *([found.note] if found.note else []), ""]
    session.answer(value, [*head, *table(rows)], f"{command}   ({why})")


def next_step(as_name: AsName = "", review: ReviewDir = None, as_json: AsJson = False) -> None:
    """Say what to do next, and why."""
    from reviewflow.workflow import history

    session = Session(as_name, review, as_json=as_json)
    command, why = history.status(session.review, session.viewer).next
    session.answer({"command": command, "why": why}, [f"{command}   ({why})"])


def log(as_name: AsName = "", review: ReviewDir = None, as_json: AsJson = False) -> None:
    """Show every change: who, when, what. Votes that you may not see yet are not in it."""
    from reviewflow.workflow import history

    session = Session(as_name, review, as_json=as_json)
    lines = history.log(session.review, session.viewer)
    rows = [
        [
            line.change.code,
            "" if line.number is None else str(line.number),
            line.change.at_utc[:16].replace("T", " "),
            line.change.reviewer,
            line.words + ("" if line.change.stands else "  (undone)"),
        ]
        for line in lines
    ]
    header = ["code", "yours", "when (UTC)", "who", "what"]
    session.answer({"changes": [history.to_json(line) for line in lines]}, table(rows, header))


def undo(
    change: Annotated[str, typer.Argument(help="Your change number N, or a code of the log; else your last.")] = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Undo one change, as a change of its own. Undoing an undo brings it back."""
    from reviewflow.workflow import history

    session = Session(as_name, review, as_json=as_json)
    undone = history.undo(session.review, session.act(f"undo {change}".strip()), change)
    session.answer(
        {"undone": undone.code, "command": undone.command},
        [f"Undone: {undone.code} ({undone.command}). Nothing was deleted: the log keeps both."],
        "reviewflow status",
    )

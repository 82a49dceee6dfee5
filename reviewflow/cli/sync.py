"""`sync`: takes in what colleagues exported from their copies of the review."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, read_bytes
from reviewflow.domain.words import counted


def sync(
    files: Annotated[list[Path], typer.Argument(help="What `export changes` wrote, of one colleague or several.")],
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Take in colleagues' changes.

    All of the files or none; the same file twice changes nothing. What you may not see yet stays hidden, and is not
    counted here.
    """
    from reviewflow.workflow import sync as sync_

    session = Session(as_name, review, as_json=as_json)
    given = [(path.name, read_bytes(path)) for path in files]
    found = sync_.sync(session.review, given, session.viewer)
    lines = [
        f"{each.file}: {counted(each.n_new, 'new change')} by {each.by} in your log, {each.n_known} known."
        for each in found.files
    ]
    lines += [f"note: {note}" for note in found.notes]
    value = {"files": [asdict(each) for each in found.files], "notes": list(found.notes)}
    session.answer(value, lines, "reviewflow status")

"""Tags on the screen: a line to type, with those that are on the report, and what is said of them below it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.content import Content

from reviewflow.errors import ReviewflowError
from reviewflow.tui.line_dialog import LineDialog
from reviewflow.tui.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.tui.verdicts import VerdictScreen


def tags_line(tags: Sequence[str]) -> Content:
    """The person's own tags; empty where there are none."""
    return Content.assemble(("Your tags: ", "bold"), printable(", ".join(tags))) if tags else Content("")


async def ask_tags(screen: VerdictScreen[Any]) -> None:
    """Ask which tags the report that is shown has, and write what is new or gone."""
    laid = screen.laid
    if laid is None:
        return
    report, before = laid.shown.report, laid.tags
    try:
        known = await asyncio.to_thread(screen.desk.known_tags)
    except ReviewflowError as error:
        screen.refused(error)
        return

    async def typed(line: str | None) -> None:
        if line is None:
            return
        try:
            after = await asyncio.to_thread(screen.desk.tag, report, before, line)
        except ReviewflowError as error:
            screen.refused(error)
            return
        screen.read_anew(report)
        changed = f"Tags on p{report}: {printable(', '.join(after))}." if after else f"p{report} has no tag of yours."
        await screen.show("No tag was changed." if after == before else f"Saved. {changed}")

    used = f"\nUsed so far: {printable(', '.join(known))}" if known else ""
    body = Content(f"Words with spaces between them; take one out to take it off. Only you see them.{used}")
    screen.app.push_screen(LineDialog(f"Your tags on p{report}", body, " ".join([*before, ""]).lstrip()), typed)

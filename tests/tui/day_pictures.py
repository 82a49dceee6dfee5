"""The pictures of the tutorial of a screening day: two reviewers and an adjudicator on the review that the page makes.

`python -m tests.tui.day_pictures` writes them anew.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from docs.console import Terminal, steps
from reviewflow.domain.screening import Stage
from reviewflow.storage.review import open_review
from reviewflow.tui.adjudicate import AdjudicationScreen
from reviewflow.tui.desk import AdjudicatorsDesk
from tests.conftest import Acts
from tests.tui.pictures import without_server
from tests.tui.screen import Asked, opened, rest, screening_screen, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.screen import Screen

    from reviewflow.storage.review import Review
    from tests.conftest import Acting

TUTORIAL: Final = Path(__file__).resolve().parents[2] / "docs" / "tutorial"
FOLDER: Final = TUTORIAL / "pictures"
SIZE: Final = (100, 26)
# Who is at the screen, and what is pressed before each picture; one session follows on the other.
SESSIONS: Final[Sequence[tuple[str, Sequence[tuple[Sequence[str], str]]]]] = (
    ("AB", (([], "day-first"), (["i", "t", *"part-adults", "enter"], "day-tag"), ([*"ieeme", "q"], ""))),
    ("CD", (([*"ieeeie"], "day-again"), (["n", *"children", "enter", "e", "q"], ""))),
    ("AB", ((["n", *"12 are adults", "enter", "i", "q"], ""),)),
    ("EF", (([], "day-adjudicate"), (["i"], "day-end"))),
)
NAMES: Final = tuple(name for _, stops in SESSIONS for _, name in stops if name)


def pictures(folder: Path) -> dict[str, str]:
    """Every picture by its name, as it is now; makes the review in an empty folder."""
    terminal = Terminal(folder)
    for step in steps((TUTORIAL / "screening-day.md").read_text(encoding="utf-8")):
        if step.command.startswith("printf"):
            break
        terminal.run(step.command)
    review, act = open_review(folder), Acts()
    drawn: dict[str, str] = {}
    for name, stops in SESSIONS:
        asyncio.run(_session(name, _screen(review, act, name), stops, drawn))
    review.engine.dispose()
    return drawn


def _screen(review: Review, act: Acting, name: str) -> Screen[Any]:
    if name != "EF":
        return screening_screen(review, act, name=name)
    desk = AdjudicatorsDesk(review, lambda command: act(name, command), Stage.TITLE_ABSTRACT, Asked().outside())
    return AdjudicationScreen(desk)


async def _session(
    name: str, screen: Screen[Any], stops: Sequence[tuple[Sequence[str], str]], drawn: dict[str, str]
) -> None:
    async with opened(screen, SIZE) as (app, pilot):
        for keys, picture in stops:
            for key in keys:
                await pilot.press(key)
                await settle(app, pilot)
            await rest(app, pilot)
            if picture:
                command = f"screen {'adjudicate ' if name == 'EF' else ''}--as {name}"
                drawn[picture] = without_server(app.export_screenshot(title=f"reviewflow {command}"))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for each, text in pictures(Path(place)).items():
            (FOLDER / f"{each}.svg").write_text(text, encoding="utf-8")

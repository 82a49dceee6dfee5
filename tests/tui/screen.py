"""Presses keys on a screen without a terminal, and reads it as lines of text."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from reviewflow.domain.screening import Stage
from reviewflow.tui.adjudicate import AdjudicationScreen
from reviewflow.tui.app import ReviewflowApp
from reviewflow.tui.deduplicate import PairScreen
from reviewflow.tui.desk import AdjudicatorsDesk, Outside, ReviewersDesk
from reviewflow.tui.pairs import Pairs
from reviewflow.tui.screen import ScreeningScreen
from reviewflow.tui.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from textual.pilot import Pilot
    from textual.screen import Screen

    from reviewflow.storage.review import Review
    from tests.conftest import Acting

SNAPSHOTS = Path(__file__).parent / "snapshots"


@dataclass(frozen=True)
class Played:
    """What came of some keys.

    Attributes:
        lines: The screen at the end, or the last one that was shown.
        answer: What the screen was dismissed with; None while it is still open.
    """

    lines: tuple[str, ...]
    answer: Any

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)


def lines_of(app: ReviewflowApp[Any]) -> tuple[str, ...]:
    """The characters of the screen, line by line; below a line with underlined words, carets under them.

    Colour is left out on purpose: what is said in colour only would be missing here.
    """
    lines = []
    for strip in app.screen._compositor.render_strips():
        lines.append(strip.text.rstrip())
        marks = "".join(("^" if part.style and part.style.underline else " ") * cell_len(part.text) for part in strip)
        lines += [marks.rstrip()] if marks.strip() else []
    return tuple(lines)


@asynccontextmanager
async def opened(
    screen: Screen[Any], size: tuple[int, int] = (80, 24), settings: Settings | None = None
) -> AsyncIterator[tuple[ReviewflowApp[Any], Pilot[Any]]]:
    """The application with this screen, ready for keys."""
    app = ReviewflowApp(screen, settings or Settings())
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        yield app, pilot


async def settle(app: ReviewflowApp[Any], pilot: Pilot[Any]) -> None:
    """Wait until nothing is under way."""
    while any(not worker.is_finished for worker in app.workers):  # one may start another
        await app.workers.wait_for_complete()
    await pilot.pause()


async def rest(app: ReviewflowApp[Any], pilot: Pilot[Any]) -> None:
    """Wait until the screen stays as it is: a scroll bar comes a moment after the lines that need it."""
    same = 0
    before: tuple[str, ...] = ()
    while same < 3 and app.return_value is None:
        await pilot.pause(0.02)
        now = lines_of(app)
        same = same + 1 if now == before else 0
        before = now


def play(
    review: Review,
    act: Acting,
    keys: Iterable[str] = (),
    size: tuple[int, int] = (80, 24),
    settings: Settings | None = None,
) -> Played:
    """Press keys as reviewer A on the doubtful pairs of a review."""
    return play_on(pair_screen(review, act), keys, size, settings)


def play_on(
    screen: Screen[Any], keys: Iterable[str] = (), size: tuple[int, int] = (80, 24), settings: Settings | None = None
) -> Played:
    """Press keys on a screen."""

    async def go() -> Played:
        async with opened(screen, size, settings) as (app, pilot):
            for key in keys:
                await pilot.press(key)
                await settle(app, pilot)
            await rest(app, pilot)
            return Played(() if app.return_value is not None else lines_of(app), app.return_value)

    return asyncio.run(go())


class Asked:
    """What a screen asks of the world outside: a clock that goes 30 seconds at a verdict, and what opens files."""

    def __init__(self) -> None:
        self.opened: list[tuple[bytes, str]] = []
        self._now = 0.0

    def outside(self) -> Outside:
        """The clock, and what opens a file."""
        return Outside(self._clock, lambda path, name: self.opened.append((path.read_bytes(), name)))

    def _clock(self) -> float:
        self._now += 30.0
        return self._now


def screening_screen(
    review: Review, act: Acting, stage: Stage = Stage.TITLE_ABSTRACT, asked: Asked | None = None, name: str = "A"
) -> ScreeningScreen:
    """The screen of `screen`, for reviewer A."""
    outside = (asked or Asked()).outside()
    return ScreeningScreen(ReviewersDesk(review, lambda command: act(name, command), stage, outside))


def adjudication_screen(review: Review, act: Acting, stage: Stage = Stage.TITLE_ABSTRACT) -> AdjudicationScreen:
    """The screen of `screen adjudicate`, for adjudicator X."""
    return AdjudicationScreen(AdjudicatorsDesk(review, lambda command: act("X", command), stage, Asked().outside()))


def pair_screen(review: Review, act: Acting) -> PairScreen:
    """The screen of `dedup review`, for reviewer A."""
    return PairScreen(Pairs(review, lambda command: act("A", command)))


def agrees(name: str, lines: Iterable[str]) -> bool:
    """Whether the screen is the one in snapshots/NAME.txt; REVIEWFLOW_SNAPSHOTS=write writes it there anew."""
    path = SNAPSHOTS / f"{name}.txt"
    text = "\n".join(lines) + "\n"
    if os.environ.get("REVIEWFLOW_SNAPSHOTS") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), (
        f"if it is meant to be so: REVIEWFLOW_SNAPSHOTS=write pytest {name}"
    )
    return True

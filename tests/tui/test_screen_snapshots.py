"""The screens of verdicts as lines of text, with carets under what is highlighted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.screening import Stage
from reviewflow.tui.settings import Settings
from tests.tui.queue_made import with_conflicts, with_full_texts
from tests.tui.screen import adjudication_screen, agrees, play_on, screening_screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from reviewflow.tui.screen import ScreeningScreen
    from tests.conftest import Acting

SIZES = {"80x24": (80, 24), "120x36": (120, 36), "160x48": (160, 48)}
STATES = {
    "screen-first": [],
    "screen-long": ["i"],
    "screen-chinese": ["right"] * 2,
    "screen-arabic": ["right"] * 3,
    "screen-markup": ["right"] * 4,
    "screen-no-abstract": ["i", "e", "1", "right", "right"],
    "screen-said": ["i", "n", *"perhaps [x]", "enter", "2", "left"],
    "screen-criteria": ["k"],
    "screen-search": ["/"],
    "screen-end": list("ieieieie"),
    "screen-help": ["?"],
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_the_screening_screen_is_as_it_was_agreed_on(
    state: str, size: str, waiting_review: Review, act: Acting
) -> None:
    shown = play_on(screening_screen(waiting_review, act), STATES[state], SIZES[size])
    assert agrees(f"{state}-{size}", shown.lines)


@pytest.mark.parametrize("size", ["80x24", "160x48"])
def test_the_screen_of_full_texts_is_as_it_was_agreed_on(size: str, waiting_review: Review, act: Acting) -> None:
    with_full_texts(waiting_review, act)
    # The same path in every folder.
    waiting_review.blobs.path = lambda sha256: Path("blobs", sha256[:8])  # type: ignore[method-assign]
    shown = play_on(screening_screen(waiting_review, act, Stage.FULL_TEXT), [], SIZES[size])
    assert agrees(f"screen-full-text-{size}", shown.lines)


@pytest.mark.parametrize("size", ["80x24", "160x48"])
@pytest.mark.parametrize(
    ("state", "keys"), [("first", []), ("named", ["r"]), ("list", ["l"]), ("settled", ["i", "left"])]
)
def test_the_screen_of_conflicts_is_as_it_was_agreed_on(
    state: str, keys: list[str], size: str, waiting_review: Review, act: Acting
) -> None:
    with_conflicts(waiting_review, act)
    assert agrees(
        f"adjudicate-{state}-{size}", play_on(adjudication_screen(waiting_review, act), keys, SIZES[size]).lines
    )


def test_a_disagreement_is_shown_as_one(waiting_review: Review, act: Acting) -> None:
    with_conflicts(waiting_review, act)
    assert agrees("screen-again-80x24", play_on(screening_screen(waiting_review, act), list("iiii")).lines)


@pytest.mark.parametrize("theme", ["light", "monochrome"])
def test_every_theme_says_the_same_without_its_colours(theme: str, waiting_review: Review, act: Acting) -> None:
    shown = play_on(screening_screen(waiting_review, act), settings=Settings(theme=theme))
    assert agrees("screen-first-80x24", shown.lines)


@pytest.mark.parametrize("size", [(20, 6), (40, 12), (139, 20), (140, 20), (300, 80)])
@pytest.mark.parametrize("made", [screening_screen, adjudication_screen])
def test_a_terminal_of_any_size_shows_the_screen(
    made: Callable[..., ScreeningScreen], size: tuple[int, int], waiting_review: Review, act: Acting
) -> None:
    with_conflicts(waiting_review, act)
    lines = play_on(made(waiting_review, act), ["i"], size).lines
    assert len([line for line in lines if "^" not in line]) == size[1]

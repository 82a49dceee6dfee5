"""The screens as lines of text, with carets under what is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.tui.settings import Settings
from tests.tui.screen import agrees, play

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting

SIZES = {"80x24": (80, 24), "160x48": (160, 48)}
STATES = {
    "first": [],
    "rule-and-veto": ["right"] * 4,
    "long": ["right"] * 5,
    "arabic": ["right"] * 3,
    "answered": ["y", "n", "s", "left"],
    "end": list("ynnnnn"),
    "help": ["?"],
    "explain": ["e"],
    "batch": ["b"],
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_a_screen_is_as_it_was_agreed_on(state: str, size: str, doubtful: Review, act: Acting) -> None:
    assert agrees(f"{state}-{size}", play(doubtful, act, STATES[state], SIZES[size]).lines)


@pytest.mark.parametrize("theme", ["light", "monochrome"])
def test_every_theme_says_the_same_without_its_colours(theme: str, doubtful: Review, act: Acting) -> None:
    assert agrees("first-80x24", play(doubtful, act, settings=Settings(theme=theme)).lines)


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (109, 20), (110, 20), (300, 80)])
def test_a_terminal_of_any_size_shows_the_screen(size: tuple[int, int], doubtful: Review, act: Acting) -> None:
    lines = play(doubtful, act, ["y"], size).lines
    assert any("title" in line for line in lines) or size[1] < 12

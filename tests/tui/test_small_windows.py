"""Windows below 80x24: the text stays as long as it can, and what cannot be read is said to be too small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.queue_made import with_conflicts
from tests.tui.screen import adjudication_screen, play_on, screening_screen

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting


@pytest.mark.parametrize("size", [(40, 10), (79, 23), (80, 12), (50, 24)])
def test_a_small_window_shows_the_record_and_says_which_size_is_needed(
    size: tuple[int, int], waiting_review: Review, act: Acting
) -> None:
    played = play_on(screening_screen(waiting_review, act), size=size)
    assert "doxofylline" in played.text.lower()
    assert f"Window {size[0]}x{size[1]}: 80x24 needed" in played.text


def test_a_window_too_small_for_any_text_shows_one_line_and_takes_no_verdict(
    waiting_review: Review, act: Acting
) -> None:
    played = play_on(screening_screen(waiting_review, act), ["i"], size=(20, 5))
    assert [line.strip() for line in played.lines if line.strip()] == ["Window 20x5: 80x24", "needed"]
    assert play_on(screening_screen(waiting_review, act), ["q"], size=(20, 5)).answer.n_votes == 0


def test_a_conflict_in_a_small_window_is_shown(waiting_review: Review, act: Acting) -> None:
    with_conflicts(waiting_review, act)
    played = play_on(adjudication_screen(waiting_review, act), size=(40, 10))
    assert "80x24 needed" in played.lines[-1]
    assert "p1 " in played.text

"""Tags on the screen: put on, taken off, searched for; verdicts and notes are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.workflow import tags
from tests.tui.queue_made import with_conflicts
from tests.tui.screen import adjudication_screen, play_on, screening_screen
from tests.tui.test_screen_keys import commands, place, said

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting


def of(review: Review, name: str = "A") -> dict[int, tuple[str, ...]]:
    return {each.report: each.tags for each in tags.tagged(review, name)}


def test_tags_are_typed_on_one_line_and_shown_below_the_record(waiting_review: Review, act: Acting) -> None:
    after = play_on(screening_screen(waiting_review, act), ["t", *"RCT later", "enter"])
    assert of(waiting_review) == {1: ("later", "rct")}
    assert "Your tags: later, rct" in after.text
    assert "Saved. Tags on p1: later, rct." in after.text
    assert place(after) == "1 of 8"
    assert said(waiting_review) == {}


def test_a_tag_is_taken_off_by_taking_it_out_of_the_line(waiting_review: Review, act: Acting) -> None:
    keys = ["t", *"rct later", "enter", "t", *["backspace"] * 4, "enter"]
    after = play_on(screening_screen(waiting_review, act), keys)
    assert of(waiting_review) == {1: ("later",)}
    assert "Used so far: later" in play_on(screening_screen(waiting_review, act), ["right", "t"]).text
    assert "Saved. Tags on p1: later." in after.text


def test_a_line_that_is_left_or_not_altered_writes_nothing(waiting_review: Review, act: Acting) -> None:
    play_on(screening_screen(waiting_review, act), ["t", *"rct", "escape", "t", "enter"])
    assert commands(waiting_review) == []


def test_what_is_no_tag_is_said_and_nothing_is_written(waiting_review: Review, act: Acting) -> None:
    after = play_on(screening_screen(waiting_review, act), ["t", *"rct a,b", "enter"])
    assert "Not saved: 'a,b' is no tag" in after.text
    assert of(waiting_review) == {}


def test_a_tag_resets_neither_note_nor_verdict_and_they_do_not_reset_it(waiting_review: Review, act: Acting) -> None:
    keys = ["n", *"dose", "enter", "t", *"rct", "enter", "i", "left", "e", "u", "left"]
    after = play_on(screening_screen(waiting_review, act), keys)
    assert said(waiting_review) == {1: ("include", "", "dose")}
    assert of(waiting_review) == {1: ("rct",)}
    assert "Your tags: rct" in after.text


def test_undo_takes_the_last_verdict_back_and_no_tag(waiting_review: Review, act: Acting) -> None:
    play_on(screening_screen(waiting_review, act), ["i", "t", *"rct", "enter", "u"])
    assert said(waiting_review) == {}
    assert of(waiting_review) == {2: ("rct",)}


def test_tagged_records_are_found_again_voted_on_or_not(waiting_review: Review, act: Acting) -> None:
    put = ["t", *"rct", "enter", "i", "right", "t", *"rct", "enter"]
    found = play_on(screening_screen(waiting_review, act), [*put, "/", *"tag:rct", "enter"])
    assert "2 records with 'tag:rct'" in found.text
    assert place(found) == "3 of 8"
    before = play_on(screening_screen(waiting_review, act), ["/", *"tag:rct", "enter", "i"])
    assert "Nothing more with 'tag:rct'" in before.text


def test_an_adjudicator_has_tags_too_and_sees_nobody_elses(waiting_review: Review, act: Acting) -> None:
    with_conflicts(waiting_review, act)
    tags.tag(waiting_review, act("A", "screen tag"), [1], ["include?"])
    shown = play_on(adjudication_screen(waiting_review, act), ["t", *"ask", "enter"])
    assert "include?" not in shown.text
    assert "Your tags: ask" in shown.text
    assert of(waiting_review, "X") == {1: ("ask",)}

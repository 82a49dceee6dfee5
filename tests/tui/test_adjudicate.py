"""The screen of conflicts: every key, names hidden until they are asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.screening import Stage
from reviewflow.errors import StateError, UsageError
from reviewflow.storage import votes
from reviewflow.tui.keymap import LIVE_TOGETHER
from reviewflow.tui.voting import Screened
from reviewflow.workflow import adjudication
from tests.tui.queue_made import vote, with_conflicts
from tests.tui.screen import adjudication_screen, opened, play_on, settle

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting

CONFLICTS = LIVE_TOGETHER["the conflicts"]


@pytest.fixture
def in_conflict(waiting_review: Review, act: Acting) -> Review:
    """Reports 1 and 2 wait for adjudicator X; 3 is at the cross-check, 4 was resolved."""
    with_conflicts(waiting_review, act)
    return waiting_review


def settled(review: Review) -> dict[int, tuple[str, str, str]]:
    """Report -> (verdict, reason, note) of the adjudicator, but for report 4."""
    with review.reading() as connection:
        every = votes.standing_votes(connection, Stage.TITLE_ABSTRACT)
    return {id_: (v.verdict, v.reason, v.note) for id_, v in every if v.reviewer == "X" and id_ != 4}


def test_the_conflicts_that_wait_are_shown_and_no_others(in_conflict: Review, act: Acting) -> None:
    shown = play_on(adjudication_screen(in_conflict, act))
    assert "1 of 2" in shown.lines[0]
    assert "these are [not] adults" in shown.text
    assert "secret" not in shown.text


def test_a_conflict_is_settled_by_one_key_and_undone_by_another(in_conflict: Review, act: Acting) -> None:
    after = play_on(adjudication_screen(in_conflict, act), ["n", *"fits", "enter", "i", "2"])
    assert settled(in_conflict) == {1: ("include", "", "fits"), 2: ("exclude", "wrong_design", "")}
    assert "Nothing is left: 2 verdicts in this session." in after.text
    assert play_on(adjudication_screen(in_conflict, act)).answer == Screened(0, 0, 0)


def test_an_undo_opens_the_conflict_again(in_conflict: Review, act: Acting) -> None:
    after = play_on(adjudication_screen(in_conflict, act), "ieuu")
    assert settled(in_conflict) == {}
    assert "1 of 2" in after.lines[0]


def test_a_conflict_is_not_settled_twice(in_conflict: Review, act: Acting) -> None:
    after = play_on(adjudication_screen(in_conflict, act), ["i", "left", "e"])
    assert "Not saved: p1 is not in conflict" in after.text
    assert settled(in_conflict) == {1: ("include", "", "")}


def test_names_are_hidden_until_they_are_asked_for_and_on_the_next_report_again(
    in_conflict: Review, act: Acting
) -> None:
    screens = [play_on(adjudication_screen(in_conflict, act), keys) for keys in ([], ["r"], ["r", "r"], ["r", "right"])]
    heads = [next(line for line in shown.lines if line.startswith((" vote 1", " B "))).split() for shown in screens]
    assert heads == [["vote", "1", "vote", "2"], ["B", "A"], ["vote", "1", "vote", "2"], ["vote", "1", "vote", "2"]]


def test_only_an_adjudicator_is_told_names_and_only_of_conflicts_that_wait(in_conflict: Review) -> None:
    with pytest.raises(UsageError, match="B is no adjudicator"):
        adjudication.revealed(in_conflict, "B", Stage.TITLE_ABSTRACT, 1)
    for report in (3, 4, 5):
        with pytest.raises(StateError, match="does not wait for an adjudicator"):
            adjudication.revealed(in_conflict, "X", Stage.TITLE_ABSTRACT, report)
    named = adjudication.revealed(in_conflict, "X", Stage.TITLE_ABSTRACT, 1)
    assert [opinion.who for opinion in named] == ["B", "A"]


def test_the_order_of_the_votes_does_not_tell_who_is_who(waiting_review: Review, act: Acting) -> None:
    for one, other, report in (("A", "B", 1), ("B", "A", 2)):
        for _ in range(2):
            vote(waiting_review, act, one, report, "include", note="n")
            vote(waiting_review, act, other, report, "exclude", note="n")
    found = adjudication.to_adjudicate(waiting_review, "X", Stage.TITLE_ABSTRACT)
    assert found[0].opinions == found[1].opinions


def test_many_votes_stand_one_above_the_other_where_there_is_no_room(in_conflict: Review, act: Acting) -> None:
    async def go() -> list[str]:
        async with opened(adjudication_screen(in_conflict, act), (40, 30)) as (app, pilot):
            await settle(app, pilot)
            return [line.text.strip() for line in app.screen._compositor.render_strips()]

    lines = asyncio.run(go())
    assert lines.index("vote 1") < lines.index("vote 2")

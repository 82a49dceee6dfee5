from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.storage.review import open_review
from reviewflow.tui import ranked
from reviewflow.tui.voting import Voting
from reviewflow.workflow import queue, ranking, stopping
from reviewflow.workflow.queue import OwnVote, Queue
from tests.tui.queue_made import vote
from tests.tui.screen import lines_of, opened, play_on, screening_screen, settle
from tests.tui.test_screen_keys import place, said

if TYPE_CHECKING:
    from pathlib import Path

    from reviewflow.storage.review import Review
    from tests.conftest import Acting

N = 8


def ranks(review: Review, act: Acting, otherwise: str = "record") -> None:
    """Turn the ranking on for reviewer A."""
    ranking.choose(review, act("A", "screen rank"), model="rf1", otherwise=otherwise)


def title(text: str) -> str:
    """The first line of the title that is shown."""
    return text.splitlines()[2].strip()


def test_what_looks_relevant_comes_next_once_one_was_included_and_one_excluded(
    waiting_review: Review, act: Acting
) -> None:
    ranks(waiting_review, act)
    before = play_on(screening_screen(waiting_review, act))
    assert "In order by record; ranked by rf1 once you have included one and excluded one." in before.text
    one = play_on(screening_screen(waiting_review, act), ["i"])
    assert place(one) == "2 of 8"
    two = play_on(screening_screen(waiting_review, act), ["e", "e"])
    assert said(waiting_review).keys() == {1, 2, 3}
    # The third was shown before the model was there; the next is not the fourth, but the most like the first.
    assert title(two.text).startswith("Yoga in adults with asthma")
    assert "Ranked by rf1 version 1, from your verdicts." in two.text


def test_the_screen_says_nothing_of_an_order_that_was_not_chosen(waiting_review: Review, act: Acting) -> None:
    shown = play_on(screening_screen(waiting_review, act), ["i", "e"])
    assert "anked" not in shown.text
    assert "In order" not in shown.text
    assert said(waiting_review) == {1: ("include", "", ""), 2: ("exclude", "", "")}


def test_the_record_that_is_shown_stays_when_a_new_order_comes(waiting_review: Review, act: Acting) -> None:
    async def go() -> None:
        ranks(waiting_review, act)
        screen = screening_screen(waiting_review, act)
        async with opened(screen) as (app, pilot):
            for key in ("i", "e", "e"):
                await pilot.press(key)
                await settle(app, pilot)
                here, shown, order = screen.voting.shown, lines_of(app), list(screen.voting.order)
                screen.take_order(sorted(order, reverse=True))
                await settle(app, pilot)
                assert screen.voting.shown == here
                assert title("\n".join(lines_of(app))) == title("\n".join(shown))
                assert sorted(screen.voting.order) == sorted(order)

    asyncio.run(go())


def test_an_order_that_comes_once_the_screen_is_left_does_nothing(waiting_review: Review, act: Acting) -> None:
    async def go() -> None:
        ranks(waiting_review, act)
        screen = screening_screen(waiting_review, act)
        async with opened(screen) as (app, pilot):
            await settle(app, pilot)
            before = list(screen.voting.order)
        screen.take_order(before[::-1])
        assert screen.voting.order == before

    asyncio.run(go())


def test_the_front_of_an_order_leaves_the_others_behind_it_as_they_were() -> None:
    state = Voting(Queue(tuple((report, report == 9) for report in range(1, 10))))
    state.voted("one", OwnVote(Verdict.INCLUDE), None, 1.0)
    state.reorder([7, 99, 5, 1])
    assert state.order == [1, 2, 7, 5, 3, 4, 6, 8, 9]
    assert state.shown == 2


def test_an_undo_shows_the_record_again_and_unlearns_the_verdict(waiting_review: Review, act: Acting) -> None:
    ranks(waiting_review, act)
    shown = play_on(screening_screen(waiting_review, act), ["i", "e", "e", "u", "u"])
    assert said(waiting_review) == {1: ("include", "", "")}
    assert title(shown.text).startswith("Hand rubs")
    assert "In order by record; ranked by rf1 once" in shown.text


def test_forward_and_back_go_through_what_was_shown_in_its_order(waiting_review: Review, act: Acting) -> None:
    ranks(waiting_review, act)
    screen = screening_screen(waiting_review, act)
    shown = play_on(screen, ["i", "e", "e", "left", "left", "left"])
    assert place(shown) == "1 of 8"
    assert "You said: include" in shown.text
    assert screen.voting.order[:2] == [1, 2]


def test_keys_are_not_kept_waiting_while_the_model_is_fitted(waiting_review: Review, act: Acting) -> None:
    async def go() -> None:
        ranks(waiting_review, act)
        screen = screening_screen(waiting_review, act)
        async with opened(screen) as (app, pilot):
            for key in ("i", "e", "i", "e", "m"):
                await pilot.press(key)  # without waiting for the order in between
            await pilot.pause()
            await settle(app, pilot)
        assert len(said(waiting_review)) == 5

    asyncio.run(go())


def test_the_order_of_full_texts_is_left_alone(waiting_review: Review, act: Acting) -> None:
    ranks(waiting_review, act, otherwise="random")
    for report in (1, 2, 7):
        for name in ("A", "B"):
            vote(waiting_review, act, name, report, "include")
    screen = screening_screen(waiting_review, act, Stage.FULL_TEXT)
    shown = play_on(screen)
    assert screen.voting.order == [1, 2, 7]
    assert "anked" not in shown.text
    assert "rf1" not in shown.text
    assert "at random" not in shown.text


def test_a_process_that_ends_leaves_the_order_and_says_so(
    waiting_review: Review, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranked, "_MODULE", "reviewflow.tui.no_such_module")
    ranks(waiting_review, act)
    shown = play_on(screening_screen(waiting_review, act), ["i", "e"], size=(120, 36))
    assert "The ranking has ended (" in shown.text
    assert said(waiting_review) == {1: ("include", "", ""), 2: ("exclude", "", "")}


def test_a_file_in_the_folder_of_the_review_is_not_taken_for_the_program(
    waiting_review: Review, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranks(waiting_review, act)
    (waiting_review.folder / "json.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(waiting_review.folder)
    assert "Ranked by rf1" in play_on(screening_screen(waiting_review, act), ["i", "e"]).text


@pytest.mark.parametrize("otherwise", ["random", "year"])
def test_another_order_without_a_model_is_named(waiting_review: Review, act: Acting, otherwise: str) -> None:
    ranking.choose(waiting_review, act("A", "screen rank"), otherwise=otherwise)
    screen = screening_screen(waiting_review, act)
    words = {"random": "In order at random.", "year": "In order by year."}[otherwise]
    assert words in play_on(screen).text
    assert screen.voting.order == [report for report, _ in ranking.waiting(waiting_review, "A", Stage.TITLE_ABSTRACT)]
    assert screen.voting.order != sorted(screen.voting.order)


RULE = '\n[screening.stopping]\nrule = "hypergeometric"\ntarget_recall = 0.5\nalpha = 0.4\n'


def with_rule(folder: Path) -> None:
    """Write a stopping rule into the protocol."""
    path = folder / "reviewflow.toml"
    path.write_text(path.read_text() + RULE)


def test_the_stopping_rule_stands_on_the_screen_and_ends_nothing(waiting_review: Review, act: Acting) -> None:
    with_rule(waiting_review.folder)
    review = open_review(waiting_review.folder)
    refused = play_on(screening_screen(review, act), size=(120, 36))
    assert "Stopping rule: the ledger holds no declaration of the stopping rule" in refused.text
    stopping.declare(review, act("A", stopping.COMMAND))
    shown = play_on(screening_screen(review, act), ["i", *"eeeee"], size=(120, 36))
    at = stopping.test(review, "A").standing
    assert f"p {at.p:.3g}, recall at least {at.recall_at_least:.3f} (alpha 0.4)" in shown.text
    assert at.holds
    assert "It allows you to stop: reviewflow screen stop." in shown.text
    assert place(shown) == "7 of 8"
    review.engine.dispose()


KEYS = st.sampled_from(["i", "e", "u", "left", "right", "order"])


@settings(max_examples=150, deadline=None)
@given(keys=st.lists(st.tuples(KEYS, st.permutations(range(1, N + 1))), max_size=30), turned=st.sets(st.integers(1, N)))
def test_a_new_order_loses_no_record_moves_nothing_that_was_shown_and_can_be_undone_through(
    keys: list[tuple[str, list[int]]], turned: set[int]
) -> None:
    state = Voting(Queue(tuple((report, False) for report in range(1, N + 1))))
    for key, order in keys:
        shown, past = state.shown, [each for each in state.order if each in state.seen and each not in state.again]
        if key == "order":
            state.reorder(order)
            assert state.shown == shown
            assert [each for each in state.order if each in state.seen and each not in state.again] == past
            fresh = [each for each in state.order if each not in state.seen and each not in state.again]
            assert fresh == [each for each in order if each in fresh]
        elif key == "u":
            if state.steps:
                report = state.steps[-1].report
                state.undone(waits=False)
                assert state.shown == report
        elif key in {"left", "right"}:
            state.step(-1 if key == "left" else 1)
        elif shown is not None:
            verdict = OwnVote(Verdict.INCLUDE if key == "i" else Verdict.EXCLUDE)
            state.voted(f"{len(state.steps)}", verdict, True if shown in turned else None, 0.0)
        assert sorted(state.order) == list(range(1, N + 1))
        assert 0 <= state.at <= N
    while state.steps:
        state.undone(waits=False)
    assert (state.n_done, state.n_included, state.n_left) == (0, 0, N)


def test_the_queue_is_that_of_the_workflow_in_every_order(waiting_review: Review, act: Acting) -> None:
    plain = queue.queue(waiting_review, "A", Stage.TITLE_ABSTRACT)
    for otherwise in ranking.ORDERS:
        ranking.choose(waiting_review, act("A", "screen rank"), otherwise=otherwise)
        assert sorted(ranking.waiting(waiting_review, "A", Stage.TITLE_ABSTRACT)) == sorted(plain.waiting)

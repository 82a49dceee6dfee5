from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.storage import reports
from reviewflow.tui.judging import Judging
from reviewflow.workflow import deduplication, history
from tests.tui.screen import play

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting

MOVES = ("yes", "not", "skip", "undo", "batch", "left", "right")
KEYS = {"yes": "y", "not": "n", "skip": "s", "undo": "u", "batch": "b y", "left": "left", "right": "right"}


def standing(review: Review) -> dict[tuple[int, int], bool]:
    with review.reading() as connection:
        return {(a, b): link.same for (a, b, by_person), link in reports.links(connection).items() if by_person}


def make(state: Judging, move: str) -> None:
    """What a key does to the state, with nothing written."""
    if move in {"left", "right"}:
        state.step(-1 if move == "left" else 1)
    elif move == "undo":
        if state.steps:
            state.undone()
    elif state.place is not None:
        here = state.place
        places = state.of_rule(state.pairs[here].link.rule) if move == "batch" else [here]
        if move == "skip":
            state.skip()
        elif places:
            new = any(state.said[place] != (move != "not") for place in places)
            state.answered(places, "written" if new else "", same=move != "not")


@settings(max_examples=8, deadline=None)
@given(moves=st.lists(st.sampled_from(MOVES), min_size=3, max_size=10))
def test_the_answers_in_the_ledger_are_those_of_the_keys(
    copies: Callable[[], Review], acts: Callable[[], Acting], moves: list[str]
) -> None:
    review, act = copies(), acts()
    state = Judging(deduplication.review_queue(review))
    keys: list[str] = []
    for move in moves:
        # With no pair of the rule left, the question is not asked, and its "y" would answer the pair.
        asks = move != "batch" or (state.place is not None and bool(state.of_rule(state.pairs[state.place].link.rule)))
        keys += KEYS[move].split() if asks else ["b"]
        make(state, move)
    shown = play(review, act, keys)
    expected = {
        (pair.a.id, pair.b.id): said for pair, said in zip(state.pairs, state.said, strict=True) if said is not None
    }
    assert standing(review) == expected
    assert f"{len(expected)} answered" in shown.text
    mine = [line for line in history.log(review, "A") if line.change.reviewer == "A" and line.change.stands]
    assert len([line for line in mine if not line.undoes]) == len(state.steps)
    review.engine.dispose()


@settings(max_examples=60, deadline=None)
@given(moves=st.lists(st.sampled_from(MOVES), max_size=40))
def test_undoing_everything_leaves_nothing_said(waiting: list[deduplication.Pair], moves: list[str]) -> None:
    state = Judging(waiting)
    for move in moves:
        make(state, move)
        assert sorted(state.order) == list(range(len(waiting)))
        assert state.place is None or 0 <= state.at < len(waiting)
        assert state.place is not None or not state.open
        assert state.skipped <= set(state.open)
    while state.steps:
        state.undone()
        assert state.place is not None
    assert state.said == [None] * len(waiting)
    assert state.judged.n_left == len(waiting)

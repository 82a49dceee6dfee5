from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.tui.voting import Voting
from reviewflow.workflow import history, queue
from reviewflow.workflow.check import check
from reviewflow.workflow.queue import OwnVote, Queue
from tests.tui.queue_made import vote
from tests.tui.screen import play_on, screening_screen
from tests.tui.test_screen_keys import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting

KEYS = st.sampled_from(["i", "e", "m", "1", "2", "u", "left", "right", "u"])
N = 8


def made(state: Voting, key: str, waited: list[bool | None], *, disagrees: bool = False) -> None:
    """What a key does to the state, with nothing written.

    Args:
        state: The state.
        key: The key.
        waited: For each step whether its report waited before it, as the workflow would say after an undo.
        disagrees: Whether the verdict makes the report a disagreement.
    """
    if key == "u":
        if state.steps:
            state.undone(waited.pop())
    elif key in {"left", "right"}:
        state.step(-1 if key == "left" else 1)
    elif state.shown is not None:
        here = state.shown
        verdict = {"i": Verdict.INCLUDE, "m": Verdict.UNSURE}.get(key, Verdict.EXCLUDE)
        now = OwnVote(verdict, {"1": "wrong_population", "2": "wrong_design"}.get(key, ""))
        is_new = state.said.get(here) != now
        if is_new:
            waited.append(None if here in state.said else here in state.again)
        state.voted("written" if is_new else "", now, disagrees or None, 0.0)


@settings(max_examples=6, deadline=None)
@given(keys=st.lists(KEYS, min_size=4, max_size=14))
def test_the_votes_in_the_ledger_are_those_of_the_keys(
    unscreened: Callable[[], Review], acts: Callable[[], Acting], keys: list[str]
) -> None:
    review, act = unscreened(), acts()
    state = Voting(queue.queue(review, "A", Stage.TITLE_ABSTRACT))
    waited: list[bool | None] = []
    for key in keys:
        made(state, key, waited)
    shown = play_on(screening_screen(review, act), keys)
    assert said(review) == {id_: (v.verdict, v.reason, v.note) for id_, v in state.said.items()}
    assert f"{state.n_done} done, {state.n_left} left, {state.n_included} included by you" in shown.text
    stands = [line for line in history.log(review, "A") if line.change.reviewer == "A" and line.change.stands]
    assert len([line for line in stands if not line.undoes]) == len(state.steps)
    # What is read anew is what the session counts.
    again = queue.queue(review, "A", Stage.TITLE_ABSTRACT)
    assert (again.n_voted, again.n_included, len(again.waiting)) == (state.n_done, state.n_included, state.n_left)
    assert not [finding for finding in check(review).findings if finding.level == "error"]
    review.engine.dispose()


@settings(max_examples=80, deadline=None)
@given(keys=st.lists(KEYS, max_size=40), turns=st.sets(st.integers(1, N)))
def test_undoing_everything_leaves_the_queue_as_it_was(keys: list[str], turns: set[int]) -> None:
    waiting = tuple((report, False) for report in range(1, N + 1))
    state = Voting(Queue(waiting))
    waited: list[bool | None] = []
    for key in keys:
        is_first = state.shown in turns and state.shown not in state.again and state.shown not in state.said
        made(state, key, waited, disagrees=is_first)
        assert sorted(state.order) == list(range(1, N + 1))
        assert 0 <= state.at <= N
        assert state.n_left == N - len(state.said)
        assert 0 <= state.n_included <= state.n_done <= N
    while state.steps:
        state.undone(waited.pop())
    assert (state.order, state.said, state.again) == (list(range(1, N + 1)), {}, set())
    assert (state.n_done, state.n_included, state.n_left) == (0, 0, N)


def test_the_rate_is_that_of_the_last_twenty_verdicts() -> None:
    state = Voting(Queue(tuple((report, False) for report in range(1, 101))))
    assert state.per_hour is None
    for n in range(30):
        state.voted("written", OwnVote(Verdict.EXCLUDE), None, 100.0 * n if n < 9 else 1000.0 + 7.2 * n)
    assert state.per_hour == 500.0


def test_a_search_shows_only_what_it_found_and_finds_its_way_back() -> None:
    state = Voting(Queue(tuple((report, False) for report in range(1, 9))))
    state.search(frozenset({3, 6}))
    assert state.shown == 3
    assert not state.step(-1)
    state.voted("written", OwnVote(Verdict.INCLUDE), None, 0.0)
    assert state.shown == 6
    assert state.step(-1)
    assert state.shown == 3
    state.search(None)
    assert state.shown == 4


ALONE: list[tuple[str, ...]] = []
"""The screens where B has not voted."""
SEEN = (["i", "e", "1", "c"], ["right", "/", *"adults", "enter"])


@settings(max_examples=4, deadline=None)
@given(theirs=st.dictionaries(st.integers(4, N), st.sampled_from(["include", "exclude", "unsure"]), min_size=1))
def test_votes_that_are_not_settled_change_nothing_on_the_others_screen(
    unscreened: Callable[[], Review], acts: Callable[[], Acting], theirs: dict[int, str]
) -> None:
    """A votes on reports 1 to 3; B has voted on others."""

    def screens(cast: dict[int, str]) -> list[tuple[str, ...]]:
        review, act = unscreened(), acts()
        for report, verdict in cast.items():
            vote(review, act, "B", report, verdict, note="a secret of B")
        found = [play_on(screening_screen(review, act), keys).lines for keys in SEEN]
        review.engine.dispose()
        return found

    ALONE.extend(screens({}) if not ALONE else ())
    assert screens(theirs) == ALONE

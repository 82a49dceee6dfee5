"""Every key of every action, on a real review."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from textual.events import Key

from reviewflow.errors import StateError
from reviewflow.storage import ledger, reports
from reviewflow.tui.app import ReviewflowApp
from reviewflow.tui.deduplicate import PairScreen
from reviewflow.tui.judging import Judged
from reviewflow.tui.keymap import LIVE_TOGETHER
from reviewflow.tui.pairs import Pairs
from reviewflow.tui.settings import Settings
from reviewflow.workflow import deduplication, history
from reviewflow.workflow.check import check
from tests.tui.screen import lines_of, opened, pair_screen, play, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting
    from tests.tui.screen import Played

FIRST, SECOND = (3, 9), (5, 11)


def answers(review: Review) -> dict[tuple[int, int], bool]:
    """What people's standing answers say."""
    with review.reading() as connection:
        return {(a, b): link.same for (a, b, by_person), link in reports.links(connection).items() if by_person}


def commands(review: Review) -> list[str]:
    """The changes of reviewer A, oldest first."""
    with review.reading() as connection:
        return [change.command for change in ledger.changes(connection) if change.reviewer == "A"]


def place(played: Played) -> str:
    """What the head says: "3 of 6"."""
    return played.lines[0].split("  ")[-1].strip()


def top(played: Played) -> str:
    """The name of the first field in view."""
    return played.lines[4].split()[0]


# Action -> keys that come before it, and what must hold after it.
EXPECTED: dict[str, tuple[list[str], Callable[[Review, Played], bool]]] = {
    "pair.same": ([], lambda review, p: answers(review) == {FIRST: True} and place(p) == "2 of 6"),
    "pair.not": ([], lambda review, p: answers(review) == {FIRST: False} and place(p) == "2 of 6"),
    "pair.skip": ([], lambda review, p: not answers(review) and place(p) == "1 of 6" and "1 put off" in p.text),
    "pair.undo": (["y"], lambda review, p: not answers(review) and place(p) == "1 of 6"),
    "pair.batch": ([], lambda _, p: "5 pairs of the rule 'alike, to be judged': the same report, each" in p.text),
    "pair.explain": ([], lambda _, p: "by the rules" in p.text and "What was compared" in p.text),
    "pair.previous": (["right"], lambda _, p: place(p) == "1 of 6"),
    "pair.next": ([], lambda _, p: place(p) == "2 of 6"),
    "scroll.down": (["left"], lambda _, p: top(p) == "authors"),
    "scroll.up": (["down"], lambda _, p: top(p) == "title"),
    "scroll.page_down": ([], lambda _, p: top(p) != "title"),
    "scroll.page_up": (["space"], lambda _, p: top(p) == "title"),
    "scroll.home": (["end"], lambda _, p: top(p) == "title"),
    "scroll.end": ([], lambda _, p: top(p) != "title"),
    "screen.help": ([], lambda _, p: "take the last answer back" in p.text),
    "screen.quit": (["y"], lambda _, p: p.answer == Judged(6, 1, 0)),
    "screen.interrupt": (["y"], lambda _, p: p.answer is None),
}
PRESSED = [(action.name, key) for action in LIVE_TOGETHER["the pairs"] for key in action.keys]


@pytest.mark.parametrize(("action", "key"), PRESSED, ids=[f"{action}-{key}" for action, key in PRESSED])
def test_a_key_does_what_its_action_says(action: str, key: str, doubtful: Review, act: Acting) -> None:
    before, holds = EXPECTED[action]
    assert holds(doubtful, play(doubtful, act, [*before, key]))


@pytest.mark.parametrize("key", LIVE_TOGETHER["a text to read"][0].keys)
@pytest.mark.parametrize("opener", ["?", "e"])
def test_a_text_is_closed_again(opener: str, key: str, doubtful: Review, act: Acting) -> None:
    assert place(play(doubtful, act, [opener, key])) == "1 of 6"


def test_all_pairs_of_a_rule_are_accepted_as_one_change_and_undone_as_one(doubtful: Review, act: Acting) -> None:
    after = play(doubtful, act, ["b", "y"])
    assert answers(doubtful) == {FIRST: True, SECOND: True, (6, 12): True, (4, 10): True, (2, 8): True}
    assert commands(doubtful) == ["dedup review: all 5 pairs of 'alike, to be judged'"]
    assert "5 pairs: the same report. Written." in after.text
    assert "The DOI and the title are the same, but" in after.text


def test_a_batch_is_taken_back_whole(doubtful: Review, act: Acting) -> None:
    after = play(doubtful, act, ["b", "y", "u"])
    assert answers(doubtful) == {}
    assert "Taken back: the answers on 5 pairs." in after.text
    assert place(after) == "1 of 6"


@pytest.mark.parametrize("key", LIVE_TOGETHER["a question"][1].keys)
def test_a_batch_that_is_declined_writes_nothing(key: str, doubtful: Review, act: Acting) -> None:
    after = play(doubtful, act, ["b", key])
    assert commands(doubtful) == []
    assert place(after) == "1 of 6"


def test_a_batch_leaves_out_what_was_answered_before(doubtful: Review, act: Acting) -> None:
    asked = play(doubtful, act, ["n", "b"])
    assert "4 pairs of the rule" in asked.text
    play(doubtful, act, ["b", "y"])
    assert answers(doubtful)[FIRST] is False


def test_a_pair_that_is_put_off_comes_back_at_the_end(doubtful: Review, act: Acting) -> None:
    last = play(doubtful, act, ["s", "n", "n", "n", "n", "n"])
    assert "r3 " in last.text
    assert "5 answered, 1 left, 1 put off" in last.text
    assert place(last) == "6 of 6"


def test_an_answer_may_be_changed_later_in_the_session(doubtful: Review, act: Acting) -> None:
    assert "You said: not the same report." in play(doubtful, act, ["n", "left"]).text
    play(doubtful, act, ["n", "left", "y"])
    assert answers(doubtful) == {FIRST: False, SECOND: True}
    assert commands(doubtful) == ["dedup review r3 r9", "dedup review r5 r11", "dedup review r5 r11"]


def test_undo_of_a_changed_answer_brings_the_first_one_back(doubtful: Review, act: Acting) -> None:
    after = play(doubtful, act, ["y", "left", "n", "u"])
    assert answers(doubtful) == {FIRST: True}
    assert "You said: the same report." in after.text


def test_the_same_answer_twice_writes_one_change(doubtful: Review, act: Acting) -> None:
    after = play(doubtful, act, ["y", "left", "y"])
    assert commands(doubtful) == ["dedup review r3 r9"]
    assert "That had been answered already." in after.text


def test_the_end_says_what_was_done_and_an_undo_leads_back_from_it(doubtful: Review, act: Acting) -> None:
    end = play(doubtful, act, "ynnnnn")
    assert "All 6 pairs are answered: 1 the same report, 5 not." in end.text
    assert place(end) == "end"
    assert not [finding for finding in check(doubtful).findings if finding.rule != "pending"]


def test_an_undo_leads_back_from_the_end(doubtful: Review, act: Acting) -> None:
    assert place(play(doubtful, act, "nnnnnnu")) == "6 of 6"
    assert len(answers(doubtful)) == 5


def test_nothing_to_undo_is_said(doubtful: Review, act: Acting) -> None:
    assert "No answer of this session is left to take back." in play(doubtful, act, ["u"]).text


def test_there_is_no_pair_before_the_first_nor_after_the_last(doubtful: Review, act: Acting) -> None:
    assert "There is no pair before this one." in play(doubtful, act, ["left"]).text
    assert "There is no pair after this one." in play(doubtful, act, ["right"] * 6).text


def test_an_empty_queue_closes_the_screen_at_once(doubtful: Review, act: Acting) -> None:
    queue = deduplication.review_queue(doubtful)
    deduplication.answer(doubtful, act("B", "dedup review"), [(pair.a.id, pair.b.id, False) for pair in queue])
    assert play(doubtful, act).answer == Judged(0, 0, 0)


def test_what_cannot_be_undone_is_said_and_stays(doubtful: Review, act: Acting) -> None:
    """A lead undid the answer elsewhere, while the screen was open."""

    for _ in range(4):  # the acts that made the review
        act("L", "before")

    def undo_elsewhere(name: str, command: str = "") -> object:
        if command.startswith("undo"):
            history.undo(doubtful, act("L", "undo"), written[-1])
        made = act(name, command)
        written.append(made.uuid)
        return made

    written: list[str] = []
    after = play(doubtful, undo_elsewhere, ["y", "u"])  # type: ignore[arg-type] # it acts as an act does
    assert "Not written:" in after.text
    assert "it was undone before" in after.text


def test_pairs_that_cannot_be_read_close_the_screen_with_the_reason(doubtful: Review, act: Acting) -> None:
    path = doubtful.folder / "review.db"
    for each in doubtful.folder.glob("review.db*"):
        each.unlink()
    path.write_bytes(b"not a database, but long enough to be looked at as one" * 40)
    assert isinstance(play(doubtful, act).answer, StateError)


def test_leaving_before_the_pairs_are_read_claims_nothing(doubtful: Review, act: Acting) -> None:
    may_go_on = threading.Event()

    class Slow(Pairs):
        def waiting(self) -> list[deduplication.Pair]:
            may_go_on.wait(30)
            return super().waiting()

    async def go() -> object:
        app = ReviewflowApp(PairScreen(Slow(doubtful, lambda command: act("A", command))), Settings())
        async with app.run_test() as pilot:
            await pilot.pause()
            assert "Reading the pairs ..." in "\n".join(lines_of(app))
            await pilot.press("y", "n", "s", "b", "e", "u", "left", "q")
            may_go_on.set()
        return app.return_value

    assert asyncio.run(go()) == Judged(0, 0, 0, was_read=False)
    assert answers(doubtful) == {}


def test_keys_that_are_pressed_in_one_go_are_answered_one_after_the_other(doubtful: Review, act: Acting) -> None:
    async def go() -> None:
        async with opened(pair_screen(doubtful, act)) as (app, pilot):
            for key in ("b", "y", "n", "u", "u", "y"):
                app.post_message(Key(key, key))
            for _ in range(300):
                await settle(app, pilot)
                if len(commands(doubtful)) >= 5:
                    break

    asyncio.run(go())
    assert answers(doubtful) == {FIRST: True}
    assert len(commands(doubtful)) == 5

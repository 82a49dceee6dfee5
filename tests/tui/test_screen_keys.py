"""Every key of the screening screen, on a real review, and of every preset."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from textual.events import Key

from reviewflow.domain.screening import Stage
from reviewflow.errors import StateError
from reviewflow.storage import ledger, votes
from reviewflow.tui import verdicts
from reviewflow.tui.app import ReviewflowApp
from reviewflow.tui.dialog import Dialog
from reviewflow.tui.keymap import DEFAULT, LIVE_TOGETHER, PRESETS, Keymap, keymap
from reviewflow.tui.settings import Settings
from reviewflow.tui.voting import Screened
from reviewflow.workflow import history, identification
from reviewflow.workflow.pilot import start as start_pilot
from tests.conftest import ris_text
from tests.tui.queue_made import vote, with_full_texts
from tests.tui.screen import Asked, lines_of, opened, play_on, screening_screen, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from reviewflow.tui.keymap import Action
    from reviewflow.workflow.queue import Queue
    from tests.conftest import Acting, Fresh
    from tests.tui.screen import Played

RECORDS = LIVE_TOGETHER["the records"]


def said(review: Review, name: str = "A", stage: Stage = Stage.TITLE_ABSTRACT) -> dict[int, tuple[str, str, str]]:
    """Report -> (verdict, reason, note) of the reviewer's latest standing vote."""
    with review.reading() as connection:
        every = votes.standing_votes(connection, stage)
    return {report: (cast.verdict, cast.reason, cast.note) for report, cast in every if cast.reviewer == name}


def commands(review: Review, name: str = "A") -> list[str]:
    """The changes of a reviewer, oldest first."""
    with review.reading() as connection:
        return [change.command for change in ledger.changes(connection) if change.reviewer == name]


def place(played: Played) -> str:
    """What the head says: "3 of 8"."""
    return played.lines[0].split("  ")[-1].strip()


def top(played: Played) -> str:
    """The first line of text in view."""
    return played.lines[1].strip()


# Action -> keys that come before it, and what must hold after it.
EXPECTED: dict[str, tuple[list[str], Callable[[Review, Played], bool]]] = {
    "verdict.include": ([], lambda r, p: said(r) == {1: ("include", "", "")} and place(p) == "2 of 8"),
    "verdict.exclude": ([], lambda r, p: said(r) == {1: ("exclude", "", "")} and place(p) == "2 of 8"),
    "verdict.unsure": ([], lambda r, p: said(r) == {1: ("unsure", "", "")} and place(p) == "2 of 8"),
    "verdict.reason_1": ([], lambda r, _: said(r) == {1: ("exclude", "wrong_population", "")}),
    "verdict.reason_2": ([], lambda r, p: said(r) == {1: ("exclude", "wrong_design", "")} and "study design" in p.text),
    **{
        f"verdict.reason_{n}": ([], lambda r, p: said(r) == {} and "in reviewflow.toml: 2 are there" in p.text)
        for n in range(3, 10)
    },
    "verdict.awaiting": ([], lambda r, p: said(r) == {} and "is a verdict on full texts only" in p.text),
    "verdict.ongoing": ([], lambda r, p: said(r) == {} and "is a verdict on full texts only" in p.text),
    "verdict.undo": (["i"], lambda r, p: said(r) == {} and place(p) == "1 of 8" and len(commands(r)) == 2),
    "verdict.note": ([], lambda _, p: "Note on p1" in p.text),
    "screen.search": ([], lambda _, p: "All of the words, in title or abstract" in p.text),
    "screen.clear": (["/", *"tea", "enter"], lambda _, p: "All records again." in p.text and place(p) == "8 of 8"),
    "screen.conflicts": ([], lambda _, p: "No conflicts." in p.text),
    "record.previous": (["right"], lambda r, p: place(p) == "1 of 8" and said(r) == {}),
    "record.next": ([], lambda r, p: place(p) == "2 of 8" and said(r) == {}),
    "record.tags": ([], lambda _, p: "Your tags on p1" in p.text and "Only you see" in p.text),
    "screen.criteria": ([], lambda _, p: "Animals [any], and children only" in p.text),
    "screen.highlights": ([], lambda _, p: "^" not in p.text and "Nothing is highlighted." in p.text),
    "fulltext.open": ([], lambda _, p: "No full text is attached." in p.text),
    "report.down": (["right"], lambda _, p: top(p).startswith("Hand rubs")),
    "report.up": (["right", "down"], lambda _, p: top(p).startswith("p2")),
    "report.page_down": (["right"], lambda _, p: not top(p).startswith("p2")),
    "report.page_up": (["right", "space"], lambda _, p: top(p).startswith("p2")),
    "report.home": (["right", "end"], lambda _, p: top(p).startswith("p2")),
    "report.end": (["right"], lambda _, p: "in week 120." in p.text),
    "screen.help": ([], lambda _, p: "take the last verdict back" in p.text),
    "screen.quit": (["i"], lambda r, p: p.answer == Screened(8, 1, 7) and len(said(r)) == 1),
    "screen.interrupt": (["i"], lambda r, p: p.answer is None and len(said(r)) == 1),
}


# Of the reasons that there are not, one will do: that each key reaches its action is tested in test_every_binding.
@pytest.mark.parametrize(
    "action", [each for each in RECORDS if each.name[-1] not in "45678"], ids=lambda each: each.name
)
def test_a_key_does_what_its_action_says(action: Action, waiting_review: Review, act: Acting) -> None:
    before, holds = EXPECTED[action.name]
    assert holds(waiting_review, play_on(screening_screen(waiting_review, act), [*before, action.keys[0]]))


def test_every_action_is_expected_to_do_something() -> None:
    assert set(EXPECTED) == {action.name for action in RECORDS}


@pytest.mark.parametrize("preset", PRESETS)
def test_no_key_of_a_preset_does_two_things_on_a_screen(preset: str) -> None:
    keys = keymap(preset, {})
    for screen, actions in LIVE_TOGETHER.items():
        pressed = [key for action in actions for key in keys.keys(action)]
        assert len(pressed) == len(set(pressed)), screen


def test_every_preset_but_the_first_changes_something_and_names_only_actions() -> None:
    names = {action.name for actions in LIVE_TOGETHER.values() for action in actions}
    assert PRESETS[DEFAULT] == {}
    assert all(preset and set(preset) <= names for name, preset in PRESETS.items() if name != DEFAULT)
    assert Keymap(PRESETS["asreview"]).keys(RECORDS[0]) == ("r",)


def test_a_note_goes_with_the_verdict(waiting_review: Review, act: Acting) -> None:
    noted = play_on(screening_screen(waiting_review, act), ["n", *"why [b]", "enter"])
    assert "Note, saved with your verdict: why [b]" in noted.text
    assert said(waiting_review) == {}
    play_on(screening_screen(waiting_review, act), ["n", *"so", "enter", "1"])
    assert said(waiting_review) == {1: ("exclude", "wrong_population", "so")}


def test_a_note_is_added_to_a_verdict_that_was_given(waiting_review: Review, act: Acting) -> None:
    after = play_on(screening_screen(waiting_review, act), ["i", "left", "n", *"so", "enter", "i", "left"])
    assert said(waiting_review) == {1: ("include", "", "so")}
    assert "Your note: so" in after.text


def test_a_line_that_is_left_changes_nothing(waiting_review: Review, act: Acting) -> None:
    after = play_on(screening_screen(waiting_review, act), ["n", *"so", "escape"])
    assert "Note" not in after.text


def test_a_verdict_may_be_changed_while_nobody_has_seen_it(waiting_review: Review, act: Acting) -> None:
    back = play_on(screening_screen(waiting_review, act), ["i", "left"])
    assert "You said: include." in back.text
    assert said(waiting_review) == {1: ("include", "", "")}
    again = play_on(screening_screen(waiting_review, act), ["i", "left", "2"])
    assert said(waiting_review)[2] == ("exclude", "wrong_design", "")
    assert "2 done, 6 left, 1 included by you" in again.text


def test_the_same_verdict_twice_writes_one_change(waiting_review: Review, act: Acting) -> None:
    after = play_on(screening_screen(waiting_review, act), ["i", "left", "i"])
    assert commands(waiting_review) == ["screen p1"]
    assert "that had been said already" in after.text


def test_a_verdict_is_saved_however_many_reports_were_looked_at_before(
    waiting_review: Review, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, few in (("_PAGE", 4), ("_AHEAD", 2), ("_KEPT", 3)):
        monkeypatch.setattr(verdicts, name, few)
    play_on(screening_screen(waiting_review, act), ["right", "right", "right", "i"])
    assert said(waiting_review) == {4: ("include", "", "")}


def test_the_screen_resumes_where_it_was_left(waiting_review: Review, act: Acting) -> None:
    play_on(screening_screen(waiting_review, act), ["i", "e", "q"])
    resumed = play_on(screening_screen(waiting_review, act))
    assert top(resumed).startswith("p3")
    assert "2 done, 6 left, 1 included by you" in resumed.text


def test_undo_goes_back_to_the_beginning_of_the_session(waiting_review: Review, act: Acting) -> None:
    after = play_on(screening_screen(waiting_review, act), "iemuuu")
    assert said(waiting_review) == {}
    assert place(after) == "1 of 8"
    assert "0 done, 8 left, 0 included" in after.text
    assert "No verdict of this session" in play_on(screening_screen(waiting_review, act), ["u"]).text


def test_the_end_says_so_and_an_undo_leads_back_from_it(waiting_review: Review, act: Acting) -> None:
    async def go() -> None:
        async with opened(screening_screen(waiting_review, act)) as (app, pilot):
            for _ in range(8):
                await pilot.press("i")
                await settle(app, pilot)
            shown = "\n".join(str(line.text) for line in app.screen._compositor.render_strips())
            assert "Nothing is left: 8 verdicts in this session." in shown
            await pilot.press("i", "e", "1", "n", "o", "h", "left", "right", "u")
            await settle(app, pilot)

    asyncio.run(go())
    assert sorted(said(waiting_review)) == list(range(1, 8))


def test_only_records_with_all_words_are_shown_until_the_search_is_cleared(waiting_review: Review, act: Acting) -> None:
    found = play_on(screening_screen(waiting_review, act), ["/", *"ASTHMA adults", "enter"])
    assert "3 records with 'ASTHMA adults'; esc shows all." in found.text
    after = play_on(screening_screen(waiting_review, act), ["/", *"adults", "enter", "i", "right", "i", "i"])
    assert sorted(said(waiting_review)) == [1, 7, 8]
    assert "Nothing more with 'adults'; 5 records left." in after.text
    assert "All records again." in play_on(screening_screen(waiting_review, act), ["/", *"tea", "enter", "escape"]).text


def test_words_that_no_record_has_are_said_to_have_none(waiting_review: Review, act: Acting) -> None:
    after = play_on(screening_screen(waiting_review, act), ["/", *"zebra", "enter"])
    assert "0 records with 'zebra'" in after.text
    assert "Nothing more with 'zebra'; 8 records left." in after.text


def test_an_exclusion_at_full_text_needs_a_reason(waiting_review: Review, act: Acting) -> None:
    with_full_texts(waiting_review, act)
    asked = play_on(screening_screen(waiting_review, act, Stage.FULL_TEXT), ["e", "7", "enter"])
    assert "needs the number of a reason, 1 to 2" in asked.text
    play_on(screening_screen(waiting_review, act, Stage.FULL_TEXT), ["e", "2", "enter", "1", "a"])
    assert said(waiting_review, stage=Stage.FULL_TEXT) == {
        1: ("exclude", "wrong_design", ""),
        2: ("exclude", "wrong_population", ""),
        7: ("awaiting_classification", "", ""),
    }


def test_a_full_text_is_opened_by_what_the_front_end_handed_over(waiting_review: Review, act: Acting) -> None:
    with_full_texts(waiting_review, act)
    asked = Asked()
    shown = play_on(screening_screen(waiting_review, act, Stage.FULL_TEXT, asked), ["o"])
    assert asked.opened == [(b"%PDF-", "Neskwood 2019.pdf")]
    assert "Full text: retrieved" in shown.text
    assert "Opened: Neskwood 2019.pdf" in shown.text
    other = play_on(screening_screen(waiting_review, act, Stage.FULL_TEXT, asked), ["right", "o"])
    assert "Full text: requested" in other.text
    assert len(asked.opened) == 1


def test_a_file_that_cannot_be_opened_is_said(waiting_review: Review, act: Acting) -> None:
    with_full_texts(waiting_review, act)

    class Refuses(Asked):
        def outside(self) -> Any:  # noqa: ANN401 as its base
            def refuse(*_file: object) -> None:
                raise StateError("xdg-open is not installed", "open it yourself")

            return type(super().outside())(lambda: 0.0, refuse)

    shown = play_on(screening_screen(waiting_review, act, Stage.FULL_TEXT, Refuses()), ["o"])
    assert "xdg-open is not installed (open it yourself)" in " ".join(shown.text.split())


def test_an_empty_queue_closes_the_screen_at_once(waiting_review: Review, act: Acting) -> None:
    for report in range(1, 9):
        vote(waiting_review, act, "A", report, "include")
    assert play_on(screening_screen(waiting_review, act)).answer == Screened(0, 0, 0)


def test_what_cannot_be_undone_is_said_and_stays(waiting_review: Review, act: Acting) -> None:
    written: list[str] = []

    def elsewhere(_name: str, command: str = "") -> Any:  # noqa: ANN401 it acts as an act does
        if command.startswith("undo"):
            history.undo(waiting_review, act("A", "undo"), written[-1])
        cast = act("A", command)
        if command.startswith("screen p"):
            written.append(cast.uuid)
        return cast

    after = play_on(screening_screen(waiting_review, elsewhere), ["i", "u"])
    assert "it was undone before" in " ".join(after.text.split())


def test_a_report_that_became_a_disagreement_is_shown_again_before_a_verdict_counts(
    waiting_review: Review, act: Acting
) -> None:
    async def go() -> str:
        async with opened(screening_screen(waiting_review, act)) as (app, pilot):
            await pilot.press("i")
            await settle(app, pilot)
            vote(waiting_review, act, "B", 1, "exclude")
            await pilot.press("left", "e")
            await settle(app, pilot)
            return " ".join(line.text for line in app.screen._compositor.render_strips())

    assert "p1 is a disagreement by now" in " ".join(asyncio.run(go()).split())
    assert said(waiting_review) == {1: ("include", "", "")}


def test_a_disagreement_that_comes_up_comes_again_at_the_end(waiting_review: Review, act: Acting) -> None:
    vote(waiting_review, act, "B", 1, "exclude")
    after = play_on(screening_screen(waiting_review, act), ["i"])
    assert "Saved. p1: include. It is a disagreement now, and comes again." in " ".join(after.text.split())
    assert "1 done, 8 left" in after.text
    last = play_on(screening_screen(waiting_review, act), ["e", *["right"] * 6])
    assert "go over it again" in last.text
    assert "You said: include." in last.text


def test_a_queue_that_cannot_be_read_closes_the_screen_with_the_reason(waiting_review: Review, act: Acting) -> None:
    screen = screening_screen(waiting_review, act)
    screen.desk.queue = lambda: (_ for _ in ()).throw(StateError("closed", "open it"))  # type: ignore[method-assign]
    assert isinstance(play_on(screen).answer, StateError)


def test_a_text_over_the_screen_is_closed_again(waiting_review: Review, act: Acting) -> None:
    async def go() -> None:
        async with opened(screening_screen(waiting_review, act)) as (app, pilot):
            under = app.screen
            for opener in ("?", "k", "c"):
                for key in Dialog.ACTIONS[0].keys:
                    await pilot.press(opener)
                    await settle(app, pilot)
                    assert isinstance(app.screen, Dialog)
                    await pilot.press(key)
                    await settle(app, pilot)
                    assert app.screen is under

    asyncio.run(go())


def test_leaving_before_the_queue_is_read_claims_nothing(waiting_review: Review, act: Acting) -> None:
    may_go_on = threading.Event()
    screen = screening_screen(waiting_review, act)
    read = screen.desk.queue

    def wait() -> Queue:
        may_go_on.wait(30)
        return read()

    screen.desk.queue = wait  # type: ignore[method-assign] # as slow as a large review

    async def go() -> object:
        app = ReviewflowApp(screen, Settings())
        async with app.run_test() as pilot:
            await pilot.pause()
            assert "Reading what waits ..." in "\n".join(lines_of(app))
            await pilot.press("i", "1", "n", "left", "u", "h", "o", "escape", "q")
            may_go_on.set()
        return app.return_value

    assert asyncio.run(go()) == Screened(0, 0, 0, was_read=False)
    assert said(waiting_review) == {}


def test_two_hundred_keys_pressed_in_one_go_are_two_hundred_votes(fresh: Fresh, act: Acting) -> None:
    keys = "eei1em2e" * 25
    with fresh("sqlite") as review:
        content = ris_text(range(200)).encode()
        identification.import_file(review, act("L", "import"), "PubMed.ris", content, source="PubMed")

        async def go() -> None:
            async with opened(screening_screen(review, act)) as (app, pilot):
                for key in keys:
                    app.post_message(Key(key, key))
                for _ in range(600):
                    await pilot.pause(0.1)
                    if len(commands(review)) == 200:
                        break

        asyncio.run(go())
        cast = said(review)
        assert len(commands(review)) == len(cast) == 200
        words = {"e": "exclude", "i": "include", "m": "unsure", "1": "exclude", "2": "exclude"}
        assert [cast[report][0] for report in sorted(cast)] == [words[key] for key in keys]


def test_a_verdict_given_on_another_screen_is_taken_over_and_told(waiting_review: Review, act: Acting) -> None:
    async def go() -> list[str]:
        shown = []
        async with opened(screening_screen(waiting_review, act)) as (app, pilot):
            vote(waiting_review, act, "A", 1, "include")
            vote(waiting_review, act, "A", 2, "include")
            for key in ("e", "i", "u", "u"):
                await pilot.press(key)
                await settle(app, pilot)
                shown.append(" ".join(" ".join(lines_of(app)).split()))
        return shown

    first, second, undone, _ = asyncio.run(go())
    assert "Saved. p1: exclude. Elsewhere you had said include meanwhile." in first
    assert "1 done, 7 left, 0 included by you" in first
    assert "p2: include: that had been said already." in second
    assert "2 done, 6 left, 1 included by you" in second
    assert "2 done, 6 left, 2 included by you" in undone
    assert said(waiting_review) == {1: ("include", "", ""), 2: ("include", "", "")}


def test_a_text_is_closed_by_the_key_that_opened_it(waiting_review: Review, act: Acting) -> None:
    async def go() -> None:
        async with opened(screening_screen(waiting_review, act)) as (app, pilot):
            under = app.screen
            for key in ("?", "f1", "k", "c"):
                await pilot.press(key)
                await settle(app, pilot)
                assert isinstance(app.screen, Dialog)
                await pilot.press(key)
                await settle(app, pilot)
                assert app.screen is under

    asyncio.run(go())


def test_a_pilot_round_is_named_in_the_head(waiting_review: Review, act: Acting) -> None:
    start_pilot(waiting_review, act("B", "screen pilot start"), Stage.TITLE_ABSTRACT, 3, name="second look")
    played = play_on(screening_screen(waiting_review, act))
    assert "pilot round second look, title/abstract  1 of 3" in played.lines[0]


def test_with_nothing_left_there_is_no_time_to_go(waiting_review: Review, act: Acting) -> None:
    after = play_on(screening_screen(waiting_review, act), ["i"] * 8)
    assert "8 done, 0 left, 8 included by you 120/h" in " ".join(after.text.split())
    assert "to go" not in after.text

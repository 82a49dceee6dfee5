"""Every key of every preset on every screen does what docs/reference/keys.md says."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.content import Content

from docs import pages
from reviewflow.tui.dialog import Dialog, Question
from reviewflow.tui.keymap import LIVE_TOGETHER, PRESETS, keymap, shown
from reviewflow.tui.line_dialog import LineDialog
from reviewflow.tui.settings import Settings
from tests.tui.queue_made import with_conflicts
from tests.tui.screen import adjudication_screen, opened, pair_screen, play_on, screening_screen
from tests.tui.test_keys import EXPECTED as OF_PAIRS
from tests.tui.test_screen_keys import EXPECTED as OF_RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from textual.screen import Screen

    from reviewflow.storage.review import Review
    from reviewflow.tui.keymap import Keymap
    from tests.conftest import Acting

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "keys.md"
_ROW = re.compile(r"^\| `([a-z_.0-9]+)` \| (.*) \| (.*) \| (.*) \|$", re.MULTILINE)
_KEY = re.compile(r"`((?:[^`]|`(?=`))+)`")


def documented(preset: str) -> dict[str, dict[str, list[str]]]:
    """Screen -> action -> its keys, as the page tells them of a preset."""
    text = pages.filled(PAGE.read_text(encoding="utf-8"))
    found: dict[str, dict[str, list[str]]] = {}
    for screen in LIVE_TOGETHER:
        part = text.partition(f"## {screen[0].upper()}{screen[1:]}\n")[2].partition("\n## ")[0]
        found[screen] = {}
        for name, _, usual, elsewhere in _ROW.findall(part):
            chosen = dict(each.split(": ", 1) for each in elsewhere.split("; ") if each)
            found[screen][name] = _KEY.findall(chosen.get(preset, usual))
    return found


@pytest.mark.parametrize("preset", PRESETS)
def test_the_page_tells_the_keys_of_each_preset_on_each_screen(preset: str) -> None:
    keys, told = keymap(preset, {}), documented(preset)
    for screen, actions in LIVE_TOGETHER.items():
        assert told[screen] == {each.name: [shown(key) for key in keys.keys(each)] for each in actions}, screen


def made(screen: str, review: Review, act: Acting) -> Screen[Any]:
    """One of the screens; texts and questions stand over that of the records."""
    if screen == "the pairs":
        return pair_screen(review, act)
    return adjudication_screen(review, act) if screen == "the conflicts" else screening_screen(review, act)


OVER: Mapping[str, Callable[[], Screen[Any]]] = {
    "a line to type": lambda: LineDialog("A title", Content("A text")),
    "a text to read": lambda: Dialog("A title", Content("A text")),
    "a question": lambda: Question("A title", Content("A text")),
}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("screen", LIVE_TOGETHER)
def test_each_key_of_a_preset_reaches_its_action(
    screen: str, preset: str, waiting_review: Review, doubtful: Review, act: Acting
) -> None:
    keys = keymap(preset, {})
    if screen == "the conflicts":
        with_conflicts(waiting_review, act)
    review = doubtful if screen == "the pairs" else waiting_review

    async def go() -> None:
        async with opened(made(screen, review, act), settings=Settings(keys=keys)) as (app, pilot):
            if screen in OVER:
                await app.push_screen(OVER[screen]())
                await pilot.pause()
            calls: list[str] = []

            async def take_note(action: object, *_others: object, **_more: object) -> bool:
                calls.append(str(action))
                return True

            app.run_action = take_note  # type: ignore[method-assign] # what each action does is tested elsewhere
            for action in LIVE_TOGETHER[screen]:
                for key in keys.keys(action):
                    if (screen, key) == ("a line to type", "enter"):
                        continue  # the line takes it, and keeps what is typed: see below
                    calls.clear()
                    await pilot.press(key)
                    assert calls == [action.call], (action.name, key)

    asyncio.run(go())


def test_enter_keeps_a_line_and_escape_leaves_it(waiting_review: Review, act: Acting) -> None:
    for preset in PRESETS:
        settings = Settings(keys=keymap(preset, {}))
        note = next(each for each in LIVE_TOGETHER["the records"] if each.name == "verdict.note")
        before = [settings.keys.keys(note)[0], *"so"]
        kept = play_on(screening_screen(waiting_review, act), [*before, "enter"], settings=settings)
        left = play_on(screening_screen(waiting_review, act), [*before, "escape"], settings=settings)
        assert ("saved with your verdict: so" in kept.text, "so" in left.lines[-4]) == (True, False), preset


def chosen(screen: str) -> list[tuple[str, str]]:
    """(preset, action) of the keys on a screen that a preset alters."""
    names = {action.name for action in LIVE_TOGETHER[screen]}
    return [(preset, name) for preset, altered in PRESETS.items() for name in altered if name in names]


def pressed(keys: Keymap, screen: str, before: list[str]) -> Iterator[str]:
    """Default keys as the preset has them; what is typed into a line stays as it is."""
    usual = {key: action for action in LIVE_TOGETHER[screen] for key in action.keys}
    typing = False
    for key in before:
        yield key if typing or key not in usual else keys.keys(usual[key])[0]
        typing = key != "enter" and (typing or key in {"/", "n"})


@pytest.mark.parametrize(("preset", "action"), chosen("the records"))
def test_a_key_that_a_preset_alters_does_on_the_records_what_its_action_says(
    preset: str, action: str, waiting_review: Review, act: Acting
) -> None:
    keys = keymap(preset, {})
    before, holds = OF_RECORDS[action]
    after = [*pressed(keys, "the records", before), keys.chosen[action][0]]
    assert holds(waiting_review, play_on(screening_screen(waiting_review, act), after, settings=Settings(keys=keys)))


@pytest.mark.parametrize(("preset", "action"), chosen("the pairs"))
def test_a_key_that_a_preset_alters_does_on_the_pairs_what_its_action_says(
    preset: str, action: str, doubtful: Review, act: Acting
) -> None:
    keys = keymap(preset, {})
    before, holds = OF_PAIRS[action]
    after = [*pressed(keys, "the pairs", before), keys.chosen[action][0]]
    assert holds(doubtful, play_on(pair_screen(doubtful, act), after, settings=Settings(keys=keys)))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_conflict_is_revealed_and_listed_and_settled_by_the_keys_of_each_preset(
    preset: str, waiting_review: Review, act: Acting
) -> None:
    with_conflicts(waiting_review, act)
    keys = keymap(preset, {})
    first = {each.name: keys.keys(each)[0] for each in LIVE_TOGETHER["the conflicts"]}

    def after(*names: str) -> str:
        screen = adjudication_screen(waiting_review, act)
        return play_on(screen, [first[name] for name in names], settings=Settings(keys=keys)).text

    assert "vote 1" in after()
    assert "vote 1" not in after("conflict.reveal")
    assert "for the adjudicator" in after("conflict.list")
    assert "2 of 2" in after("record.next")
    assert "1 settled on inclusion" in after("verdict.include")
    assert "Nothing is left" in after("verdict.exclude")

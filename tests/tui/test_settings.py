from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.errors import InputError
from reviewflow.tui.keymap import LIVE_TOGETHER, PRESETS, keymap, shown
from reviewflow.tui.settings import Settings, own_settings, read_settings
from tests.tui.screen import play

if TYPE_CHECKING:
    from pathlib import Path

    from reviewflow.storage.review import Review
    from tests.conftest import Acting


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The settings.toml of the person, with a theme and keys."""
    path = tmp_path / "settings" / "reviewflow" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text(
        'reviewer = "A"\ntheme = "light"\n[keys]\npreset = "digits"\n"pair.same" = ["+", "5"]\npair.not = "-"\n',
        encoding="utf-8",
    )
    return path


def test_keys_are_those_of_the_preset_but_for_the_persons_own(written: Path) -> None:
    found = read_settings(written)
    assert found.theme == "light"
    keys = {action.name: found.keys.keys(action) for action in LIVE_TOGETHER["the pairs"]}
    assert (keys["pair.same"], keys["pair.not"], keys["pair.skip"]) == (("+", "5"), ("-",), ("3",))
    assert keys["pair.batch"] == ("b",)


@pytest.mark.usefixtures("written")
def test_the_screen_obeys_the_persons_keys_and_shows_them(doubtful: Review, act: Acting) -> None:
    after = play(doubtful, act, ["y", "5", "minus"], settings=own_settings())
    assert "2 answered, 4 left" in after.text
    assert after.lines[-1].replace("\u00a0", " ").startswith(" + same  - not  3 skip  0 undo  b batch")
    helped = play(doubtful, act, ["?"], settings=own_settings())
    assert "+, 5" in helped.text


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_gives_a_key_one_thing_to_do(preset: str, doubtful: Review, act: Acting) -> None:
    keys = keymap(preset, {})
    same = next(action for action in LIVE_TOGETHER["the pairs"] if action.name == "pair.same")
    assert "1 answered" in play(doubtful, act, [keys.keys(same)[0]], settings=Settings(keys=keys)).text


def test_without_a_file_the_settings_are_the_default_ones(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.toml") == Settings()


@pytest.mark.usefixtures("written")
def test_no_color_goes_before_the_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_settings().theme == "light"
    monkeypatch.setenv("NO_COLOR", "1")
    assert own_settings().theme == "monochrome"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("theme = ", "is no readable TOML"),
        ('theme = "pink"', "there is no theme 'pink'"),
        ('keys = "vim"', "keys is no table"),
        ('[keys]\npreset = "emacs"', "there is no preset of keys 'emacs'"),
        ('[keys]\n"pair.maybe" = "m"', "'pair.maybe', which is no action"),
        ('[keys]\n"pair.same" = "spcae"', "the key 'spcae', which there is not"),
        ('[keys]\n"pair.same" = "strg+y"', "the key 'strg+y', which there is not"),
        ('[keys]\n"pair.same" = []', "pair.same has no key"),
        ('[keys]\n"pair.same" = 1', "the keys of pair.same are 1"),
        ('[keys]\n"pair.same" = "n"', "the key 'n' would do two things at the pairs: pair.same and pair.not"),
    ],
)
def test_settings_that_cannot_be_obeyed_are_refused_with_the_file(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_settings(path)
    assert words in refused.value.what
    assert str(path) in refused.value.what
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("key", "words"), [("y", "y"), ("ctrl+c", "Ctrl-C"), ("left", "←"), ("+", "+"), ("?", "?"), ("pagedown", "pgdn")]
)
def test_a_key_is_shown_as_a_person_reads_it(key: str, words: str) -> None:
    assert shown(key) == words

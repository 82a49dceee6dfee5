"""What a person chose for the screens: `theme` and `[keys]` in the settings.toml of the person's own folder."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import platformdirs

from reviewflow.errors import InputError
from reviewflow.tui.keymap import DEFAULT, Keymap, keymap
from reviewflow.tui.theme import MONOCHROME, THEMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """How the screens look, and which keys they obey."""

    theme: str = THEMES[0].name
    keys: Keymap = field(default_factory=Keymap)


def own_settings() -> Settings:
    """The settings of the person at this terminal. NO_COLOR goes before the theme that is chosen."""
    found = read_settings(platformdirs.user_config_path("reviewflow") / "settings.toml")
    return Settings(MONOCHROME, found.keys) if os.environ.get("NO_COLOR") else found


def read_settings(path: Path) -> Settings:
    """The settings in a file, the default ones where it is not there.

    Raises:
        InputError: It is no TOML, or names a theme, an action or a key that there is not; names the file.
    """
    if not path.is_file():
        return Settings()
    try:
        return _settings(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no readable TOML: {error}", 'write: theme = "light"') from error
    except InputError as error:
        raise InputError(f"{path}: {error.what}", error.remedy) from error


def _settings(written: Mapping[str, Any]) -> Settings:
    theme = written.get("theme", THEMES[0].name)
    names = [each.name for each in THEMES]
    if theme not in names:
        raise InputError(f"there is no theme {theme!r}", f"one of {', '.join(names)}")
    keys = written.get("keys", {})
    if not isinstance(keys, dict):
        raise InputError("keys is no table", 'write: [keys], and below it: preset = "vim"')
    own = dict(_own_keys({name: value for name, value in keys.items() if name != "preset"}))
    return Settings(theme, keymap(str(keys.get("preset", DEFAULT)), own))


def _own_keys(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Keys by action; TOML reads pair.same without quotes as a table in a table, and that serves as well."""
    for name, value in table.items():
        action = f"{above}{name}"
        if isinstance(value, dict):
            yield from _own_keys(value, f"{action}.")
            continue
        keys = [value] if isinstance(value, str) else value
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise InputError(f"the keys of {action} are {value!r}", f'write: "{action}" = ["y", "1"]')
        yield action, tuple(keys)

"""The line at the foot of a screen that says which keys there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from reviewflow.tui.keymap import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.tui.keymap import Action, Keymap


def key_line(actions: Sequence[Action], keys: Keymap) -> Content:
    """The first key of each action with its word: "y same  n not"; breaks between two of them only."""
    parts = [
        # A space that does not break keeps a key and its word together.
        Content.assemble((shown(keys.keys(action)[0]), "bold $primary"), "\u00a0", action.label.replace(" ", "\u00a0"))
        for action in actions
        if action.label
    ]
    return Content("  ").join(parts)


class KeyLine(Static):
    """Keys and their words."""

    def __init__(self, actions: Sequence[Action], keys: Keymap) -> None:
        super().__init__(key_line(actions, keys))

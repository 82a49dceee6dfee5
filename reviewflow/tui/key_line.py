"""Lines of short pieces that stay whole: the keys at the foot of a screen, and reasons with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from reviewflow.tui.keymap import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.geometry import Size

    from reviewflow.tui.keymap import Action, Keymap

WIDTH: Final = 80
HEIGHT: Final = 24
"""The smallest window in which everything has its place."""
TIGHT: Final = (50, 16)
"""Columns and rows of the window below which what stands around the text gives way to it."""


def key_pieces(actions: Sequence[Action], keys: Keymap) -> list[Content]:
    """The first key of each action with its word: "y same", "n not"."""
    return [
        Content.assemble((shown(keys.keys(action)[0]), "bold $primary"), " ", action.label)
        for action in actions
        if action.label
    ]


def packed(pieces: Iterable[Content], width: int) -> Content:
    """As many pieces on each line as have room there; breaks between two of them only.

    A space that does not break would not do: Textual breaks lines at any white space.
    """
    lines: list[Content] = []
    for piece in pieces:
        if lines and lines[-1].cell_length + 2 + piece.cell_length <= width:
            lines[-1] = lines[-1] + "  " + piece
        else:
            lines.append(piece)
    return Content("\n").join(lines)


class Pieces(Static):
    """Short pieces, as many on each line as have room there."""

    def __init__(self, pieces: Iterable[Content], id: str | None = None) -> None:  # noqa: A002 the name that Textual gives it
        super().__init__(id=id)
        self._pieces = list(pieces)

    def render(self) -> Content:
        """The pieces, in lines."""
        return packed(self._pieces, self.content_size.width or 80)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines."""
        del container, viewport
        return packed(self._pieces, width).plain.count("\n") + 1


class KeyLine(Pieces):
    """Keys and their words; below the promised size that the window is too small, and no keys where it is tight."""

    def __init__(self, actions: Sequence[Action], keys: Keymap) -> None:
        super().__init__(key_pieces(actions, keys))

    def render(self) -> Content:
        """The keys, in lines."""
        width = self.content_size.width or WIDTH
        return Content("\n").join([*self._too_small(), *([packed(self._pieces, width)] if self._has_room else [])])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines."""
        keys = super().get_content_height(container, viewport, width) if self._has_room else 0
        return len(self._too_small()) + keys

    @property
    def _has_room(self) -> bool:
        return self.app.size.width >= TIGHT[0] and self.app.size.height >= TIGHT[1]

    def _too_small(self) -> list[Content]:
        size = self.app.size
        if size.width >= WIDTH and size.height >= HEIGHT:
            return []
        return [Content(f"Window {size.width}x{size.height}: {WIDTH}x{HEIGHT} needed")]

"""One line to type, over a screen: a note, words to search for, the number of a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from reviewflow.tui.app import KeyedScreen
from reviewflow.tui.key_line import KeyLine
from reviewflow.tui.keymap import LIVE_TOGETHER, bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class LineDialog(KeyedScreen[str | None], inherit_bindings=False):
    """A title, a text and a line to type; dismissed with the line, or with None.

    Args:
        title: A line above it.
        body: The text; nothing in it is read as markup.
        value: What stands in the line at first.
    """

    ACTIONS = LIVE_TOGETHER["a line to type"]
    BINDINGS = bindings(ACTIONS)
    AUTO_FOCUS = "Input"

    def __init__(self, title: str, body: Content, value: str = "") -> None:
        super().__init__(classes="dialog")
        self._title = title
        self._body = body
        self._value = value

    def compose(self) -> ComposeResult:
        """The title, the text, the line and the keys."""
        with Vertical(id="dialog", classes="line"):
            yield Static(Content.styled(self._title, "bold"), id="dialog-title")
            with VerticalScroll(id="dialog-text", can_focus=False):
                yield Static(self._body)
            typed = Input(self._value, select_on_focus=False, compact=True, id="typed")
            typed.cursor_blink = False
            with Horizontal(id="prompt"):
                yield Static("> ")
                yield typed
            yield KeyLine(self.ACTIONS, self.keys)

    @property
    def scrolled(self) -> Widget:
        """The text."""
        return self.query_one("#dialog-text")

    def on_input_submitted(self) -> None:
        """Enter keeps the line, whatever other key does so too."""
        self.action_keep()

    def action_keep(self) -> None:
        """Go back with the line."""
        self.dismiss(self.query_one("#typed", Input).value)

    def action_close(self) -> None:
        """Go back with nothing."""
        self.dismiss(None)

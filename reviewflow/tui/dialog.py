"""A text over a screen: to read, or to say yes or no to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from reviewflow.tui.app import KeyedScreen
from reviewflow.tui.key_line import KeyLine
from reviewflow.tui.keymap import LIVE_TOGETHER, bindings, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.events import Key
    from textual.widget import Widget

    from reviewflow.tui.keymap import Action, Keymap


class Dialog(KeyedScreen[bool], inherit_bindings=False):
    """A title and a text; scrolls where the text is longer than the screen.

    Args:
        title: A line above it.
        body: The text; nothing in it is read as markup.
        opened_by: The keys that open it: they close it too.
    """

    ACTIONS = LIVE_TOGETHER["a text to read"]
    BINDINGS = bindings(ACTIONS)

    def __init__(self, title: str, body: Content, opened_by: Sequence[str] = ()) -> None:
        super().__init__(classes="dialog")
        self._opened_by = frozenset(opened_by)
        self._title = title
        self._body = body

    def compose(self) -> ComposeResult:
        """The title, the text and the keys."""
        with Vertical(id="dialog"):
            yield Static(Content.styled(self._title, "bold"), id="dialog-title")
            with VerticalScroll(id="dialog-text", can_focus=False):
                yield Static(self._body)
            yield KeyLine(self.ACTIONS, self.keys)

    @property
    def scrolled(self) -> Widget:
        """The text."""
        return self.query_one("#dialog-text")

    def on_key(self, event: Key) -> None:
        """Go back by the key that led here, whatever else it does in a text."""
        if not self._opened_by.isdisjoint({event.key, event.character}):
            event.stop()
            self.action_close()

    def action_close(self) -> None:
        """Go back; a question is answered with no."""
        self.dismiss(False)


class Question(Dialog, inherit_bindings=False):
    """A text to say yes or no to."""

    ACTIONS = LIVE_TOGETHER["a question"]
    BINDINGS = bindings(ACTIONS)

    def action_confirm(self) -> None:
        """Go back with yes."""
        self.dismiss(True)


def help_text(actions: Sequence[Action], keys: Keymap, legend: Iterable[tuple[str, str]]) -> Content:
    """Every action with its keys, and what the signs of the screen mean."""
    rows = [(", ".join(map(shown, keys.keys(action))), action.words) for action in actions]
    return Content("\n").join(rows_of([*rows, ("", ""), *legend]))


def rows_of(rows: Iterable[tuple[str, str]]) -> list[Content]:
    """Rows of a name and words, the names in bold and aligned."""
    known = list(rows)
    width = max((Content(name).cell_length for name, _ in known), default=0)
    return [
        Content.assemble((name, "bold"), " " * (width - Content(name).cell_length + 2), words) for name, words in known
    ]

"""The application that every screen runs in: themes, keys and style sheet, and the answer of the screen at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar

from textual import getters
from textual.app import App
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from reviewflow.tui.key_line import TIGHT
from reviewflow.tui.keymap import shown
from reviewflow.tui.theme import MONOCHROME, THEMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.widget import Widget

    from reviewflow.tui.keymap import Action, Keymap
    from reviewflow.tui.settings import Settings

Answer = TypeVar("Answer")


LEAST: Final = (36, 8)
"""Columns and rows of the window below which no text is shown, and nothing can be said on it."""
# In a tight window what stands around the text gives way to it; below the least, all but a line that says so.
_COLUMNS: Final = [(0, "-least"), (LEAST[0], "-narrow"), (TIGHT[0], "-broad")]
_ROWS: Final = [(0, "-lowest"), (LEAST[1], "-low"), (TIGHT[1], "-high")]
_LEAVING: Final = frozenset({"leave", "close", "interrupt"})


class ReviewflowApp(App[Answer], Generic[Answer], inherit_bindings=False):
    """Runs one screen; what the screen is dismissed with is what `run` gives.

    Args:
        first: The screen.
        settings: Theme and keys of the person.
    """

    CSS_PATH = "reviewflow.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "reviewflow"

    def __init__(self, first: Screen[Answer], settings: Settings) -> None:
        # Said at once: Textual chooses how it draws before it knows our themes, and would draw black on black.
        super().__init__(ansi_color=True if settings.theme == MONOCHROME else None)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = settings.theme
        self.animation_level = "none"
        self.keys = settings.keys
        self.set_keymap(settings.keys.for_textual())
        self._first = first

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What a theme that does not know our own colours takes for them."""
        return {"differs": "ansi_default", "faint": "ansi_default"}

    def on_mount(self) -> None:
        """Show the screen."""
        self.push_screen(self._first, self.exit)


class KeyedScreen(Screen[Answer], Generic[Answer]):
    """A screen with named actions, that scrolls one part of it and explains its keys."""

    app = getters.app(ReviewflowApp)
    ACTIONS: ClassVar[Sequence[Action]] = ()
    """What its keys do; BINDINGS are made of the same."""
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = _COLUMNS
    VERTICAL_BREAKPOINTS = _ROWS

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key does something now: where the text is not shown, only those that leave."""
        del parameters
        size = self.app.size
        return action in _LEAVING or (size.width >= LEAST[0] and size.height >= LEAST[1])

    @property
    def keys(self) -> Keymap:
        """The keys of the person."""
        return self.app.keys

    @property
    def scrolled(self) -> Widget:
        """What the scrolling keys move."""
        raise NotImplementedError

    def key_of(self, name: str) -> str:
        """The first key of an action, as a person reads it; "" where this screen has none."""
        return next((shown(self.keys.keys(action)[0]) for action in self.ACTIONS if action.name == name), "")

    def keys_of(self, *names: str) -> list[str]:
        """Every key of some actions."""
        return [key for action in self.ACTIONS if action.name in names for key in self.keys.keys(action)]

    def write(self, where: str, text: str | Content) -> None:
        """Put a text where it belongs."""
        # As Content, which is never read as markup: a rule, a title or a note may hold [brackets].
        content = text if isinstance(text, Content) else Content(text)
        static = self.query_one(f"#{where}", Static)
        before = static.content
        # The same again would have the whole screen laid out anew.
        if not (isinstance(before, Content) and before.is_same(content)):
            static.update(content)

    def action_interrupt(self) -> None:
        """Leave as by an interruption: with no answer."""
        self.app.exit()

    def action_scroll(self, where: str) -> None:
        """Move what is scrolled."""
        move = {
            "down": self.scrolled.scroll_down,
            "up": self.scrolled.scroll_up,
            "page_down": self.scrolled.scroll_page_down,
            "page_up": self.scrolled.scroll_page_up,
            "home": self.scrolled.scroll_home,
            "end": self.scrolled.scroll_end,
        }[where]
        move(animate=False)

"""A widget of lines of which only those in view are drawn, so that a long text costs no time at a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from reviewflow.domain.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Resize


def padded(content: Content, cells: int) -> Content:
    """The content with spaces behind it, counted in cells: a wide character has two."""
    return content.pad_right(max(cells - content.cell_length, 0))


class Lines(ScrollView):
    """Lines of text; says how many are out of sight below."""

    PARTS: ClassVar[Sequence[str]] = ()
    """The parts of the text that have a style of their own, each a component class of the widget."""
    REVERSED: ClassVar[frozenset[str]] = frozenset()
    """Those of them whose two colours change places."""
    can_focus = False

    def __init__(self, id: str) -> None:  # noqa: A002 the name that Textual gives it
        super().__init__(id=id)
        self._lines: list[Content] = []

    def arranged(self, width: int) -> list[Content]:
        """The lines, in at most `width` cells."""
        raise NotImplementedError

    def look(self) -> dict[str, Style]:
        """The style of each part."""
        prefix = next(iter(self.COMPONENT_CLASSES)).split("--", maxsplit=1)[0]
        found = {part: self.get_visual_style(f"{prefix}--{part}", partial=True) for part in self.PARTS}
        return {part: style + Style(reverse=True) if part in self.REVERSED else style for part, style in found.items()}

    def show_from_the_top(self) -> None:
        """Lay the lines out and show the first of them."""
        self.scroll_to(0, 0, animate=False, immediate=True)
        self.lay_out()

    def on_resize(self, _event: Resize) -> None:
        """Break the lines anew."""
        self.lay_out()

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        super().notify_style_update()
        self.lay_out()

    def lay_out(self) -> None:
        """Break the lines for the room that there is."""
        if not self.size.width:
            return
        # The scroll bar's column is kept free always, so that its coming and going breaks no line anew.
        width = self.scrollable_content_region.width
        self._lines = self.arranged(width)
        self.virtual_size = Size(width, len(self._lines))
        self._say_what_is_below()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Say how much is out of sight: a scroll bar alone is colour."""
        super().watch_scroll_y(old_value, new_value)
        self._say_what_is_below()

    def _say_what_is_below(self) -> None:
        n = len(self._lines) - round(self.scroll_offset.y) - self.size.height
        self.border_subtitle = f"{counted(n, 'more line')} below" if n > 0 else ""

    def render_line(self, y: int) -> Strip:
        """A line of what is in view."""
        row = y + round(self.scroll_offset.y)
        style = self.visual_style
        line = self._lines[row] if row < len(self._lines) else Content("")
        segments = line.render_segments(style)
        return Strip(segments).adjust_cell_length(self.size.width, style.rich_style)

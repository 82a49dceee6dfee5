"""The widget that shows two records: side by side where there is room, one above the other where there is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.content import Content, Span

from reviewflow.tui.fields import Mark
from reviewflow.tui.lines import Lines, padded

if TYPE_CHECKING:
    from textual.style import Style

    from reviewflow.tui.differences import Spans
    from reviewflow.tui.fields import Field

SIDE_BY_SIDE: Final = 110
"""Columns of the terminal from which the records stand side by side."""

_LABEL: Final = 11
_GAP: Final = 3
_ABSENT: Final = "(not given)"


@dataclass(frozen=True, slots=True)
class Look:
    """The styles of the parts of a comparison."""

    sign: Style | str = ""
    label: Style | str = ""
    head: Style | str = ""
    differs: Style | str = ""
    faint: Style | str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is compared.

    Attributes:
        names: What the two records are called: ("r1", "r57").
        sources: Where they came from.
        fields: Their fields.
    """

    names: tuple[str, str]
    sources: tuple[str, str]
    fields: tuple[Field, ...]


def side_by_side(shown: Shown, width: int, look: Look) -> list[Content]:
    """The lines of a comparison in two columns, in at most `width` cells."""
    half = max((width - _LABEL - _GAP) // 2, 8)
    heads = [_clipped(Content.styled(_head(shown, n), look.head), half) for n in (0, 1)]
    lines = [_columns(Content(""), heads[0], heads[1], half)]
    for field in shown.fields:
        cells = [_value(field, n, look).wrap(half) for n in (0, 1)]
        for row in range(max(map(len, cells))):
            left, right = (cell[row].rstrip_end(half) if row < len(cell) else Content("") for cell in cells)
            lines.append(_columns(_label(field, look) if row == 0 else Content(""), left, right, half))
    return lines


def one_above_the_other(shown: Shown, width: int, look: Look) -> list[Content]:
    """The lines of a comparison with the two values of each field under each other; what is equal is shown once."""
    tag = max(len(name) for name in (*shown.names, "both")) + 1
    room = max(width - _LABEL - tag, 8)
    lines: list[Content] = []
    for field in shown.fields:
        once = field.values[0] == field.values[1]
        values = [("both", 0)] if once else [(shown.names[0], 0), (shown.names[1], 1)]
        for place, (name, n) in enumerate(values):
            label = _label(field, look) if place == 0 else Content("")
            for row, line in enumerate(_value(field, n, look).wrap(room)):
                named = Content.styled(name, look.head if name != "both" else look.faint) if row == 0 else Content("")
                before = padded(label if row == 0 else Content(""), _LABEL) + padded(named, tag)
                lines.append(before + line.rstrip_end(room))
    return lines


def _head(shown: Shown, n: int) -> str:
    return f"{shown.names[n]}  {shown.sources[n]}"


def _label(field: Field, look: Look) -> Content:
    return Content.assemble((field.mark.value, look.sign), " ", (field.name, look.label))


def _value(field: Field, n: int, look: Look) -> Content:
    """A value with its differences marked; what only one record gives is marked as a whole on that side."""
    text = field.values[n]
    if not text:
        return Content.styled(_ABSENT, look.faint)
    spans: Spans = ((0, len(text)),) if field.mark is Mark.ONE_SIDE else field.spans[n]
    # Never as markup: a title may hold [brackets].
    return Content(text, [Span(start, end, look.differs) for start, end in spans])


def _columns(label: Content, left: Content, right: Content, half: int) -> Content:
    return padded(label, _LABEL) + padded(left, half + _GAP) + right


def _clipped(content: Content, cells: int) -> Content:
    return content if content.cell_length <= cells else content.truncate(cells, ellipsis=True)


class Comparison(Lines):
    """Two records."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "comparison--sign",
        "comparison--label",
        "comparison--head",
        "comparison--differs",
        "comparison--faint",
    }
    PARTS = ("sign", "label", "head", "differs", "faint")

    def __init__(self, id: str) -> None:  # noqa: A002 the name that Textual gives it
        super().__init__(id)
        self._shown: Shown | None = None

    def show(self, shown: Shown) -> None:
        """Show two records from their beginning."""
        self._shown = shown
        self.show_from_the_top()

    def arranged(self, width: int) -> list[Content]:
        """The lines of the comparison."""
        if self._shown is None:
            return []
        arrange = side_by_side if self.app.size.width >= SIDE_BY_SIDE else one_above_the_other
        return arrange(self._shown, width, Look(**self.look()))

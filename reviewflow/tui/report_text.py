"""The widget that shows a report: title, people, place and abstract in lines that can be read, words highlighted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.content import Content, Span

from reviewflow.tui.fields import place_within
from reviewflow.tui.highlights import KINDS, Highlights
from reviewflow.tui.lines import Lines
from reviewflow.tui.printable import is_from_right, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.style import Style

    from reviewflow.domain.record import Record
    from reviewflow.workflow.screening import ToScreen

WIDEST: Final = 100
"""Columns of text: longer lines are hard to follow back to the next."""
_PEOPLE: Final = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """What is shown.

    Attributes:
        shown: The report.
        words: What is highlighted; None for nothing.
    """

    shown: ToScreen
    words: Highlights | None


def lines_of(reading: Reading, width: int, look: Mapping[str, Style | str]) -> list[Content]:
    """The lines of a report, in at most `width` cells and never more than WIDEST."""
    room = max(min(width, WIDEST), 8)
    record = reading.shown.record
    head = Content.styled(f"p{reading.shown.report}  {printable(reading.shown.source)}", look["faint"])
    again = Content.styled("A disagreement: go over it again.", look["again"])
    title = _marked(printable(record.title) or "(no title)", reading.words, look, look["title"])
    blocks = [head, *([again] if reading.shown.reconsider else []), title]
    blocks += [Content(line) for line in (_people(record), _place(record)) if line]
    paragraphs = [text for part in record.abstract.splitlines() if (text := printable(part))]
    blocks.append(Content(""))
    blocks += [_marked(each, reading.words, look, "") for each in paragraphs]
    if not paragraphs:
        blocks.append(Content.styled("(no abstract)", look["faint"]))
    return [_aligned(line.rstrip_end(room), block, room) for block in blocks for line in block.wrap(room)]


def _aligned(line: Content, paragraph: Content, room: int) -> Content:
    """The line at the right margin where its paragraph is written from the right to the left.

    By spaces and no marks of direction: those take a column on some terminals and none on others.
    """
    if not is_from_right(paragraph.plain):
        return line
    return line.rstrip().pad_left(max(room - line.rstrip().cell_length, 0))


def _marked(text: str, words: Highlights | None, look: Mapping[str, Style | str], whole: Style | str) -> Content:
    """The text with its words highlighted; never read as markup, as a title may hold [brackets]."""
    spans = [Span(0, len(text), whole)] if whole else []
    spans += [Span(start, end, look[kind]) for start, end, kind in words.spans(text)] if words else []
    return Content(text, spans)


def _people(record: Record) -> str:
    more = len(record.authors) - _PEOPLE
    named = "; ".join(record.authors[:_PEOPLE])
    return printable(f"{named} and {more} more" if more > 0 else named)


def _place(record: Record) -> str:
    """Journal, year, place within it, and numbers: "Lancet 2001, 12(3):4-9. doi:10.1000/1. PMID 7"."""
    where = " ".join(filter(None, (record.journal or record.journal_abbreviation, str(record.year or ""))))
    numbers = [f"doi:{record.doi}" if record.doi else "", f"PMID {record.pmid}" if record.pmid else ""]
    parts = [", ".join(filter(None, (where, place_within(record)))), *numbers, *record.registry_ids]
    return printable(". ".join(filter(None, parts)))


class ReportText(Lines):
    """A report; scrolls where it is longer than the room for it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "report--faint",
        "report--again",
        "report--title",
        *(f"report--{kind}" for kind in KINDS),
    }
    PARTS = ("faint", "again", "title", *KINDS)
    # Said here: a component's `reverse` does not come through the style sheet.
    REVERSED = frozenset({"again", "exclude"})

    def __init__(self, id: str) -> None:  # noqa: A002 the name that Textual gives it
        super().__init__(id)
        self._reading: Reading | None = None

    def show(self, reading: Reading) -> None:
        """Show a report; one that is shown already stays where it was scrolled to."""
        same = self._reading is not None and self._reading.shown.report == reading.shown.report
        self._reading = reading
        if same:
            self.lay_out()
        else:
            self.show_from_the_top()

    def arranged(self, width: int) -> list[Content]:
        """The lines of the report."""
        return [] if self._reading is None else lines_of(self._reading, width, self.look())

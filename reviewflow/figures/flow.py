"""Draws a flow diagram as SVG, PDF or PNG, in the look of the PRISMA templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from reviewflow.figures.drawing import Format, Page
from reviewflow.figures.flow_layout import Layout, Lines, lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from reviewflow.domain.flow.diagram import Box, Diagram

_FILL: Final = {"plain": "#ffffff", "grey": "#e3e3e3", "main": "#ffc938"}
_HEADING_EDGE: Final = {"grey": "#8a8a8a", "main": "#b98a00"}
_BAND: Final = "#b9cfe9"
_BAND_EDGE: Final = "#6f8fb5"
_DRAFT: Final = "#b00020"


def draw_flow(
    diagram: Diagram,
    target: Path | str | BinaryIO,
    *,
    format: Format,  # noqa: A002  # the word that the command line and matplotlib use for it
) -> None:
    """Draw the diagram to a path or a binary stream: on A4, portrait or landscape; a draft says so across the page."""
    layout = lay_out(diagram)
    page = Page(layout.width, layout.height)
    _head_and_foot(page, diagram, layout)
    for band in diagram.bands:
        rect = layout.bands[band.key]
        page.rectangle(rect.x, rect.y, rect.width, rect.height, fill=_BAND, edge=_BAND_EDGE, radius=5)
        page.text(*rect.centre, band.text, layout.size, bold=True, rotation=90)
    for column in diagram.columns:
        lines = layout.columns[column.key]
        _frame(page, lines, _FILL[column.style], _HEADING_EDGE.get(column.style, "black"), radius=7)
        _write(page, lines, layout, bold=True, centred=True)
    for path in layout.arrows:
        page.arrow(path)
    for box in diagram.boxes:
        _frame(page, layout.boxes[box.key], _FILL[box.style], "#333333")
        _write(page, layout.boxes[box.key], layout, centred=_is_centred(diagram, box))
    if diagram.draft:
        size = min(layout.width, layout.height) / 5
        page.text(layout.width / 2, layout.height / 2, "DRAFT", size, bold=True, colour=_DRAFT, rotation=35, alpha=0.13)
    page.save(target, format, f"PRISMA {diagram.prisma} flow diagram")


def _head_and_foot(page: Page, diagram: Diagram, layout: Layout) -> None:
    """The title in bold, behind the stamp of a draft; note and credit in small print."""
    size = layout.size + 1
    y = layout.title.rect.y + size
    for _, words in layout.title.lines:
        stamp = diagram.draft and words.startswith("DRAFT")
        page.text(layout.title.rect.x, y, words, size, bold=True, colour=_DRAFT if stamp else "black")
        y += size * layout.leading / layout.size
    small = layout.size - 1
    y = layout.foot.rect.y + small
    for _, words in layout.foot.lines:
        page.text(layout.foot.rect.x, y, words, small, colour="#444444")
        y += small * layout.leading / layout.size


def _frame(page: Page, lines: Lines, fill: str, edge: str, radius: float = 0) -> None:
    rect = lines.rect
    page.rectangle(rect.x, rect.y, rect.width, rect.height, fill=fill, edge=edge, radius=radius)


def _write(page: Page, lines: Lines, layout: Layout, *, bold: bool = False, centred: bool = False) -> None:
    """Write the lines into their rectangle, from its upper edge or, centred, around its middle."""
    rect = lines.rect
    used = len(lines.lines) * layout.leading
    y = rect.y + (rect.height - used) / 2 + layout.size
    for indent, words in lines.lines:
        if centred:
            page.text(rect.centre[0], y, words, layout.size, bold=bold, align="center")
        else:
            page.text(rect.x + layout.pad + indent, y, words, layout.size, bold=bold)
        y += layout.leading


def _is_centred(diagram: Diagram, box: Box) -> bool:
    """The 2009 diagram centres what is not a list."""
    return diagram.prisma == "2009" and len(box.lines) == 1

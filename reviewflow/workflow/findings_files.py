"""A summary of findings as CSV, Markdown, one page of HTML, or a Word document."""

from __future__ import annotations

import io
import zipfile
from html import escape
from typing import TYPE_CHECKING

from reviewflow.domain.csv_text import csv_text
from reviewflow.workflow.summary_of_findings import HEADER

if TYPE_CHECKING:
    from collections.abc import Callable

    from docx.document import Document

    from reviewflow.workflow.summary_of_findings import Finding, Summary

_RISK, _CERTAINTY = 3, 6
_MARGIN, _SIZE = 0.75, 9  # inches, points
_WIDTHS = (1.9, 1.1, 1.4, 1.15, 1.35, 1.4, 1.2)  # of the columns of the Word document, in inches
_STYLE = (
    "body{font:16px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:600;margin-bottom:.5rem}"
    "th,td{border:1px solid #8a8a8a;padding:.4rem .6rem;text-align:left;vertical-align:top}th{background:#eef1f4}"
    "sup{font-size:.75em}ol{list-style:none;padding:0}"
)


def _marked(row: Finding) -> list[tuple[str, str]]:
    """The cells of a row, each with the letters of its footnotes."""
    at = {_CERTAINTY: row.marks[0], _RISK: row.marks[1]}
    return [(cell, at.get(place, "")) for place, cell in enumerate(row.cells)]


def _unbroken(head: str) -> str:
    """A head in which no line ends within "95 % CI"."""
    return head.replace("95 % CI", "95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}CI")


def as_csv(found: Summary) -> bytes:
    """The table with the footnotes in a column of their own."""
    notes = dict(found.footnotes)
    rows = []
    for row in found.rows:
        letters = [letter for _, marks in _marked(row) for letter in marks.split(",") if letter]
        rows.append([*row.cells, " ".join(f"{letter}: {notes[letter]}" for letter in letters)])
    return csv_text([[*HEADER, "Footnotes"], *rows]).encode()


def as_markdown(found: Summary) -> bytes:
    """The table with its footnotes below."""
    lines = [f"**Summary of findings: {found.title}**", "", _line(HEADER), _line(["---"] * len(HEADER))]
    lines += [_line([f"{cell} ^{marks}^" if marks else cell for cell, marks in _marked(row)]) for row in found.rows]
    lines += ["", *(f"{letter}. {words}  " for letter, words in found.footnotes), ""]
    lines += [f"{name}: {meaning}  " for name, meaning in found.levels]
    return ("\n".join(lines) + "\n").encode()


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def as_html(found: Summary) -> bytes:
    """One page that needs nothing else."""
    head = "".join(f'<th scope="col">{escape(_unbroken(name))}</th>' for name in HEADER)
    body = "".join(f"<tr>{''.join(_html_cells(row))}</tr>\n" for row in found.rows)
    notes = "".join(f"<li><sup>{letter}</sup> {escape(words)}</li>\n" for letter, words in found.footnotes)
    levels = "".join(f"<li>{escape(name)}: {escape(meaning)}</li>\n" for name, meaning in found.levels)
    title = f"Summary of findings: {escape(found.title)}"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f"<style>{_STYLE}</style></head><body>\n<table><caption>{title}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n"
        f"<ol>\n{notes}</ol>\n<p>Certainty of evidence (GRADE)</p>\n<ol>\n{levels}</ol>\n</body></html>\n"
    ).encode()


def _html_cells(row: Finding) -> list[str]:
    cells = [escape(cell) + (f"<sup>{marks}</sup>" if marks else "") for cell, marks in _marked(row)]
    return [f'<th scope="row">{cells[0]}</th>', *(f"<td>{cell}</td>" for cell in cells[1:])]


def as_docx(found: Summary) -> bytes:
    """A Word document with the table, lying across the page; the same summary gives the same bytes."""
    import docx  # noqa: PLC0415 only who wants a Word document waits for it
    from docx.enum.section import WD_ORIENT  # noqa: PLC0415 as docx
    from docx.shared import Inches, Pt  # noqa: PLC0415 as docx

    document = docx.Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Inches(_MARGIN)
    document.styles["Normal"].font.size = Pt(_SIZE)
    document.styles["Normal"].paragraph_format.space_after = Pt(2)
    document.add_heading("Summary of findings", level=1)
    document.add_paragraph(found.title)
    _docx_table(document, found)
    document.add_paragraph()
    for letter, words in found.footnotes:
        paragraph = document.add_paragraph()
        paragraph.add_run(letter).font.superscript = True
        paragraph.add_run(f" {words}")
    for name, meaning in found.levels:
        document.add_paragraph(f"{name}: {meaning}")
    stream = io.BytesIO()
    document.save(stream)
    return _without_clock(stream.getvalue())


def _docx_table(document: Document, found: Summary) -> None:
    """The table: its header on every page it reaches, and no row broken between two pages."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 as docx
    from docx.shared import Inches  # noqa: PLC0415 as docx

    table = document.add_table(rows=1, cols=len(HEADER))
    table.style = "Table Grid"
    table.autofit = False
    for cell, name in zip(table.rows[0].cells, HEADER, strict=True):
        cell.paragraphs[0].add_run(_unbroken(name)).bold = True
    for row in found.rows:
        for cell, (text, marks) in zip(table.add_row().cells, _marked(row), strict=True):
            cell.paragraphs[0].add_run(text)
            if marks:
                cell.paragraphs[0].add_run(marks).font.superscript = True
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = Inches(width)
    for each in table.rows:
        each._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 python-docx has no name for it
        for cell, width in zip(each.cells, _WIDTHS, strict=True):
            cell.width = Inches(width)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 as above


def _without_clock(document: bytes) -> bytes:
    """The same archive with all its members of 1980: the clock must not change the bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(member, source.read(name))
    return stream.getvalue()


WRITERS: dict[str, Callable[[Summary], bytes]] = {
    "csv": as_csv,
    "md": as_markdown,
    "html": as_html,
    "docx": as_docx,
}
"""Format -> how it is written."""

"""A summary of findings as CSV, Markdown, one page of HTML, or a Word document."""

from __future__ import annotations

import io
from html import escape
from typing import TYPE_CHECKING

from reviewflow.domain.csv_text import csv_text
from reviewflow.workflow.summary_of_findings import HEADER

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.workflow.summary_of_findings import Finding, Summary

_RISK, _CERTAINTY = 3, 6
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
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in HEADER)
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
    cells = [f"{escape(cell)}<sup>{marks}</sup>" if marks else escape(cell) for cell, marks in _marked(row)]
    return [f'<th scope="row">{cells[0]}</th>', *(f"<td>{cell}</td>" for cell in cells[1:])]


def as_docx(found: Summary) -> bytes:
    """A Word document with the table, lying across the page."""
    import docx  # noqa: PLC0415 only who wants a Word document waits for it
    from docx.enum.section import WD_ORIENT  # noqa: PLC0415 as docx

    document = docx.Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    document.add_heading("Summary of findings", level=1)
    document.add_paragraph(found.title)
    table = document.add_table(rows=1, cols=len(HEADER))
    table.style = "Table Grid"
    for cell, name in zip(table.rows[0].cells, HEADER, strict=True):
        cell.paragraphs[0].add_run(name).bold = True
    for row in found.rows:
        for cell, (text, marks) in zip(table.add_row().cells, _marked(row), strict=True):
            cell.paragraphs[0].add_run(text)
            if marks:
                cell.paragraphs[0].add_run(marks).font.superscript = True
    for letter, words in found.footnotes:
        paragraph = document.add_paragraph()
        paragraph.add_run(letter).font.superscript = True
        paragraph.add_run(f" {words}")
    for name, meaning in found.levels:
        document.add_paragraph(f"{name}: {meaning}")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


WRITERS: dict[str, Callable[[Summary], bytes]] = {
    "csv": as_csv,
    "md": as_markdown,
    "html": as_html,
    "docx": as_docx,
}
"""Format -> how it is written."""

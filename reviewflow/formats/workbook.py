"""Tables as workbooks of Excel (.xlsx): the first sheet that has any cell, every cell as the text that it shows."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime, time
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import ParseError

from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ENDING: Final = ".xlsx"

_MOST_BYTES: Final = 500_000_000  # unpacked: a small archive can hold a whole disk of zeros
_LONGEST: Final = 32_767  # characters that a cell can hold
# Excel writes a character that XML cannot hold as _x0007_, and so an underscore that looks like the start of one.
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def is_workbook(content: bytes) -> bool:
    """Whether a file is a workbook of Excel, by its content."""
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def read_workbook(name: str, content: bytes) -> list[list[str]]:
    """The rows of a workbook's first sheet that has any cell; a row may be shorter than others.

    Args:
        name: Name of the file, for messages.
        content: Its bytes.

    Raises:
        InputError: It cannot be read, or holds nothing.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - takes 0.2 s to load, and few files are workbooks
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - likewise

    _refuse_large(name, content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows = [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
            if any(any(row) for row in rows):
                return rows
    except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, OSError) as error:
        raise InputError(
            f"{name} is no workbook that can be read: {error}", "save it again as .xlsx or as CSV"
        ) from error
    raise InputError(f"{name} is an empty workbook", "one row for each report")


def write_workbook(title: str, rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook with one sheet of text, its first row in bold and always in view.

    Args:
        title: Of the sheet.
        rows: The rows, the header first. A text that is longer than a cell can hold is cut.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - takes 0.2 s to load
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - likewise
    from openpyxl.styles import Font  # noqa: PLC0415 - likewise

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for n, row in enumerate(rows):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, _writable(text))
            # "=1+1" is a text here, and "007" no number.
            cell.data_type = "s"
            cell.number_format = "@"
            if n == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cell_name(row: int, column: int) -> str:
    """What Excel calls a cell.

    Args:
        row: From 1.
        column: From 1.
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _writable(text: str) -> str:
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found.group()):04X}_", text)[:_LONGEST]


def _text(value: object) -> str:
    """What a cell shows: a number without ".0", a day without its midnight."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), str(value))


def _refuse_large(name: str, content: bytes) -> None:
    """Raises InputError where the unpacked workbook would be larger than any table of votes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(each.file_size for each in archive.infolist())
    except zipfile.BadZipFile as error:
        raise InputError(f"{name} is no workbook that can be read: {error}", "save it again as .xlsx") from error
    if size > _MOST_BYTES:
        raise InputError(f"{name} is too large: {size:,} bytes unpacked", "save the sheet as CSV")

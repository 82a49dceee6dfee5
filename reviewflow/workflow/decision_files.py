"""Decisions as tables: votes come in from a CSV or a workbook and go out to one, on ids or on accession numbers."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from reviewflow.domain.csv_text import csv_text
from reviewflow.domain.screening import Stage, Verdict
from reviewflow.errors import InputError, UsageError
from reviewflow.formats.workbook import cell_name, is_workbook, read_workbook
from reviewflow.storage import origins, records, reports, tags
from reviewflow.workflow.foreign_votes import Unmatched
from reviewflow.workflow.references import TRAVELS_AS, record_id, travelling_id
from reviewflow.workflow.screening import Decision, own_votes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from reviewflow.storage.review import Review

COLUMNS: Final = ("record", "stage", "verdict", "reason", "note", "tags", "reviewer", "id", "title")
"""Of a table that goes out. Tags and titles are for people: they are not read."""

_WORDS = {
    **{str(verdict): verdict for verdict in Verdict},
    "included": Verdict.INCLUDE,
    "yes": Verdict.INCLUDE,
    "1": Verdict.INCLUDE,
    "excluded": Verdict.EXCLUDE,
    "no": Verdict.EXCLUDE,
    "0": Verdict.EXCLUDE,
    "maybe": Verdict.UNSURE,
    "awaiting": Verdict.AWAITING,
}
_DELIMITERS = ",;\t"


def verdict_of(text: str, where: str = "") -> Verdict:
    """The verdict that a word means.

    Raises:
        InputError: It means none.
    """
    word = text.strip().lower().replace(" ", "_")
    if word not in _WORDS:
        at = f"{where}: " if where else ""
        raise InputError(f"{at}{text!r} is no verdict", f"one of: {', '.join(Verdict)}")
    return _WORDS[word]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        cells: Name of the column -> text.
        where: File and line, or file and row.
        at: Name of a column -> file, line and column, or the cell as Excel calls it.
    """

    cells: Mapping[str, str]
    where: str
    at: Callable[[str], str]

    def cell(self, name: str) -> str:
        """The text in a column without spaces around it; "" where there is no such column."""
        return self.cells.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a file: the names of its columns in small letters, and its rows."""

    name: str
    header: tuple[str, ...]
    rows: Iterable[Row]

    @property
    def is_of_votes(self) -> bool:
        """Whether its columns are those of votes, and not those of an export of records."""
        return _is_of_votes(self.header)


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes in a table.

    Attributes:
        by_stage: The decisions, by stage.
        unmatched: Those on records that are not in the review.
        n_undecided: Rows without a verdict.
    """

    by_stage: Mapping[Stage, list[Decision]]
    unmatched: tuple[Unmatched, ...]
    n_undecided: int


def _is_of_votes(header: Iterable[str]) -> bool:
    names = set(header)
    return bool({"verdict", "record"} & names) or {"source", "accession"} <= names


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip().lower() for cell in cells)


def _delimiter(first: str) -> str:
    """The delimiter with which the first line names the columns of votes; Excel takes ";" in half of Europe."""
    return next(
        (each for each in _DELIMITERS if _is_of_votes(_names(next(csv.reader([first], delimiter=each), [])))), ","
    )


def is_table_of_votes(content: bytes) -> bool:
    """Whether the first line of a file names the columns that `read` takes, and not those of an export of records."""
    first = content.partition(b"\n")[0].decode("utf-8-sig", "replace").strip()
    return _is_of_votes(_names(next(csv.reader([first], delimiter=_delimiter(first)), [])))


def table_of_votes(name: str, content: bytes) -> Table | None:
    """The table of votes that a file is, a workbook or UTF-8 text; None for a file of another kind.

    Raises:
        InputError: It is a workbook that cannot be read, or a table that is no UTF-8.
    """
    if is_workbook(content):
        table = _of_workbook(name, read_workbook(name, content))
        return table if table.is_of_votes else None
    if not is_table_of_votes(content):
        return None
    try:
        return _of_text(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text: byte {error.start}", "save it as UTF-8") from error


def as_export(name: str, content: bytes) -> bytes:
    """The file as an export of records: a workbook as CSV, a row on each line; another as it is.

    Raises:
        InputError: It is a workbook that cannot be read.
    """
    if not is_workbook(content):
        return content
    return csv_text([" ".join(cell.split()) for cell in row] for row in read_workbook(name, content)).encode()


def _of_workbook(name: str, rows: Sequence[Sequence[str]]) -> Table:
    first = next(n for n, row in enumerate(rows) if any(row))
    header = _names(rows[first])

    def row_of(n: int, cells: Sequence[str]) -> Row:
        def at(column: str) -> str:
            return f"{name}, cell {cell_name(n, header.index(column) + 1)}" if column in header else f"{name}, row {n}"

        return Row(dict(zip(header, cells, strict=False)), f"{name}, row {n}", at)

    return Table(name, header, [row_of(n, cells) for n, cells in enumerate(rows[first + 1 :], first + 2) if any(cells)])


def _of_text(name: str, text: str) -> Table:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(first))
    header = _names(_next(reader, name) or [])
    return Table(name, header, _rows_of_text(reader, name, header))


class _Reader(Protocol):
    """What csv.reader gives."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""

    def __next__(self) -> list[str]:
        """The next row."""

    def __iter__(self) -> Iterator[list[str]]:
        """The rows."""


def _rows_of_text(reader: _Reader, name: str, header: tuple[str, ...]) -> Iterator[Row]:
    while (cells := _next(reader, name)) is not None:
        if not any(cells):
            continue
        where = f"{name}, line {reader.line_num}"
        yield Row(dict(zip(header, cells, strict=False)), where, (where + ", column {}").format)


def _next(reader: _Reader, name: str) -> list[str] | None:
    """The next row, None at the end.

    Raises:
        InputError: The text is no CSV there.
    """
    before = reader.line_num
    try:
        return next(reader, None)
    except csv.Error as error:
        raise InputError(
            f"{name}, line {before + 1}: {error}", "look for a quotation mark that is not closed"
        ) from error


def read(review: Review, file_name: str, text: str, stage: Stage | None = None) -> Mapping[Stage, list[Decision]]:
    """The decisions of a CSV, by stage, whosever they are.

    Args:
        review: The review, for ids and accession numbers.
        file_name: For error messages.
        text: The CSV with the columns verdict, and record or source and accession; and stage, reason, note if need be.
        stage: The stage where the table has no column for it; with both, only its rows are taken.

    Raises:
        InputError: A column is missing, or a row is on no record or cannot be understood; names the line.
    """
    found = votes(review, _of_text(file_name, text.removeprefix("\ufeff")), stage)
    for each in found.unmatched:
        raise InputError(f"{each.where}: {each.why}", "import the record first")
    return found.by_stage


def votes(review: Review, table: Table, stage: Stage | None = None, reviewer: str = "", person: str = "") -> Votes:
    """The votes of a table, by stage.

    Args:
        review: The review, for ids and accession numbers.
        table: The table.
        stage: The stage where the table has no column for it; with both, only its rows are taken.
        reviewer: Whose votes they are to be; "" where that does not matter.
        person: The name under which that person stands in the column reviewer, if it is another.

    Raises:
        InputError: A column is missing, or a row cannot be understood; names line and column.
        UsageError: The table says that the votes are somebody else's.
    """
    _check_header(table, stage)
    rows = _of_person(table, reviewer, person)
    known = _Known(review, table)
    found: dict[Stage, list[Decision]] = {}
    unmatched: list[Unmatched] = []
    n_undecided = 0
    for row in rows:
        at = _stage_of(row, stage)
        if stage is not None and at is not stage:
            continue
        if not row.cell("verdict"):
            n_undecided += 1
            continue
        verdict = verdict_of(row.cell("verdict"), row.at("verdict"))
        record, why = known.record(row)
        if why:
            unmatched.append(Unmatched(row.where, row.cell("title"), why))
        else:
            note = row.cells.get("note", "")
            found.setdefault(at, []).append(Decision(record, verdict, row.cell("reason"), note, row.where))
    if not found and not unmatched:
        raise InputError(f"{table.name} holds no decision", "one row for each report")
    return Votes(found, tuple(unmatched), n_undecided)


def _check_header(table: Table, stage: Stage | None) -> None:
    header = set(table.header)
    by_id = {"id"} if "id" in header and "record" not in header else {"record"}
    on = by_id if by_id <= header else {"source", "accession"}
    needed = {"verdict"} | on | (set() if stage else {"stage"})
    if not needed <= header:
        raise InputError(
            f"{table.name} lacks the column {min(needed - header)!r}",
            "columns: record (or source and accession), stage, verdict, reason, note",
        )


def _of_person(table: Table, reviewer: str, person: str) -> list[Row]:
    """The rows that are the person's; all where the table names nobody.

    Raises:
        UsageError: It names others only, or it names nobody and a name was asked for.
    """
    rows = list(table.rows)
    names = sorted({row.cell("reviewer") for row in rows} - {""})
    if not reviewer:
        return rows
    if not names:
        if person not in {"", reviewer}:
            raise UsageError(
                f"{table.name} does not say whose votes it holds: it has no column reviewer",
                f"leave --person out if they are {reviewer}'s",
            )
        return rows
    wanted = person or reviewer
    if wanted not in names:
        raise UsageError(
            f"{table.name} holds the votes of {', '.join(names)}, not of {wanted}",
            f"act as that person: --as {names[0]}; or, if that is you: --person {names[0]}",
        )
    return [row for row in rows if row.cell("reviewer") == wanted]


def _stage_of(row: Row, stage: Stage | None) -> Stage:
    said = row.cell("stage")
    if not said and stage is not None:
        return stage
    if said not in {str(each) for each in Stage}:
        raise InputError(f"{row.at('stage')}: {said!r} is no stage", f"one of: {', '.join(Stage)}")
    return Stage(said)


class _Known:
    """Finds the records that rows of a table are on."""

    def __init__(self, review: Review, table: Table) -> None:
        with review.reading() as connection:
            self._by_key = origins.by_key(connection) if "id" in table.header else {}
            by_number = not {"record", "id"} & set(table.header)
            self._by_accession = records.by_accession(connection) if by_number else {}
            whole = reports.members(connection) if not by_number else {}
        self._records = {record for same in whole.values() for record in same}

    def record(self, row: Row) -> tuple[int, str]:
        """The record of a row; or why it is none of the review.

        Raises:
            InputError: The row has what is no id.
        """
        # Short ids are of one copy of the review: the id that travels comes first.
        if row.cell("id"):
            key = row.cell("id").removeprefix(TRAVELS_AS)
            if key in self._by_key:
                return self._by_key[key], ""
            return 0, f"there is no record {row.cell('id')} in this review"
        if "record" in row.cells:
            return self._by_short_id(row)
        pair = (row.cell("source"), row.cell("accession"))
        if pair in self._by_accession:
            return self._by_accession[pair], ""
        return 0, f"no record of {pair[0]} has the accession number {pair[1]!r}"

    def _by_short_id(self, row: Row) -> tuple[int, str]:
        try:
            record = record_id(row.cell("record"))
        except UsageError as error:
            raise InputError(f"{row.at('record')}: {error.what}", error.remedy) from error
        return (record, "") if record in self._records else (0, f"there is no record r{record} in this review")


def rows_of_votes(review: Review, reviewer: str, stage: Stage | None = None) -> list[tuple[str, ...]]:
    """A reviewer's own latest votes as rows under `COLUMNS`, of one stage or all."""
    found = [
        (at, report, vote) for at in Stage if stage in {None, at} for report, vote in own_votes(review, reviewer, at)
    ]
    of = {vote.record for _, _, vote in found}
    with review.reading() as connection:
        tagged = tags.tags(connection, reviewer)
        titles = {id_: record.title for id_, _, record in records.records(connection, of)}
        ids = {origin.record: travelling_id(origin.key) for origin in origins.origins(connection, of)}
    return [
        (
            f"r{vote.record}",
            str(at),
            str(vote.verdict),
            vote.reason,
            vote.note,
            " ".join(tagged.get(report, ())),
            reviewer,
            ids.get(vote.record, ""),
            titles.get(vote.record, ""),
        )
        for at, report, vote in found
    ]


def write(review: Review, reviewer: str) -> tuple[str, int]:
    """A reviewer's own latest votes as a CSV that `read` takes, with the tags that it leaves alone; and how many."""
    rows = rows_of_votes(review, reviewer)
    return csv_text([COLUMNS, *rows]), len(rows)

"""Decisions as tables: votes come in from a CSV and go out to one, on record ids or on accession numbers."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.errors import InputError, UsageError
from reviewflow.storage import records
from reviewflow.workflow.references import record_id
from reviewflow.workflow.screening import Decision, own_votes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.storage.review import Review

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


def is_table_of_votes(content: bytes) -> bool:
    """Whether the first line of a file names the columns that `read` takes, and not those of an export of records."""
    first = content.partition(b"\n")[0].decode("utf-8-sig", "replace").strip()
    header = set(next(csv.reader([first]), []))
    return bool({"verdict", "record"} & header) or {"source", "accession"} <= header


def read(review: Review, file_name: str, text: str, stage: Stage | None = None) -> dict[Stage, list[Decision]]:
    """The decisions of a CSV, by stage.

    Args:
        review: The review, for accession numbers.
        file_name: For error messages.
        text: The CSV with the columns verdict, and record or source and accession; and stage, reason, note if need be.
        stage: The stage where the table has no column for it; with both, only its rows are taken.

    Raises:
        InputError: A column is missing, or a row cannot be understood; names the line.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        return _decisions(review, reader, file_name, stage)
    except csv.Error as error:
        raise InputError(
            f"{file_name}, line {reader.line_num + 1}: {error}", "look for a quotation mark that is not closed"
        ) from error


def _decisions(
    review: Review, reader: csv.DictReader[str], file_name: str, stage: Stage | None
) -> dict[Stage, list[Decision]]:
    header = set(reader.fieldnames or ())
    by_id = "record" in header
    needed = {"verdict"} | ({"record"} if by_id else {"source", "accession"}) | (set() if stage else {"stage"})
    if not needed <= header:
        raise InputError(
            f"{file_name} lacks the column {min(needed - header)!r}",
            "columns: record (or source and accession), stage, verdict, reason, note",
        )
    known: Mapping[tuple[str, str], int] = {}
    if not by_id:
        with review.reading() as connection:
            known = records.by_accession(connection)
    found: dict[Stage, list[Decision]] = {}
    for row in reader:
        where = f"{file_name}, line {reader.line_num}"
        at = _stage_of(row, stage, where)
        if stage is not None and at is not stage:
            continue
        found.setdefault(at, []).append(_decision(row, where, known, by_id=by_id))
    if not found:
        raise InputError(f"{file_name} holds no decision", "one row for each report")
    return found


def _stage_of(row: Mapping[str, str | None], stage: Stage | None, where: str) -> Stage:
    said = (row.get("stage") or "").strip()
    if not said and stage is not None:
        return stage
    if said not in {str(each) for each in Stage}:
        raise InputError(f"{where}: {said!r} is no stage", f"one of: {', '.join(Stage)}")
    return Stage(said)


def _decision(
    row: Mapping[str, str | None], where: str, known: Mapping[tuple[str, str], int], *, by_id: bool
) -> Decision:
    def cell(name: str) -> str:
        return (row.get(name) or "").strip()

    if by_id:
        try:
            record = record_id(cell("record"))
        except UsageError as error:
            raise InputError(f"{where}: {error.what}", error.remedy) from error
    else:
        pair = (cell("source"), cell("accession"))
        if pair not in known:
            raise InputError(f"{where}: no record of {pair[0]} has the accession number {pair[1]!r}", "import it first")
        record = known[pair]
    return Decision(record, verdict_of(cell("verdict"), where), cell("reason"), cell("note"), where)


def write(review: Review, reviewer: str) -> tuple[str, int]:
    """A reviewer's own latest votes as a CSV that `read` takes; and how many."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["record", "stage", "verdict", "reason", "note"])
    n = 0
    for stage in Stage:
        for _, vote in own_votes(review, reviewer, stage):
            writer.writerow([f"r{vote.record}", stage, vote.verdict, vote.reason, vote.note])
            n += 1
    return out.getvalue(), n

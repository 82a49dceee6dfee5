"""Writes a reviewer's own votes, and nobody else's, so that they are read back: as a table, or with their records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reviewflow.domain.csv_text import csv_text
from reviewflow.domain.screening import Stage, Verdict
from reviewflow.errors import UsageError
from reviewflow.formats.workbook import write_workbook
from reviewflow.storage import origins
from reviewflow.workflow import report_fields, screening
from reviewflow.workflow.decision_files import COLUMNS, rows_of_votes
from reviewflow.workflow.export import RAYYAN_WORDS, Wanted, records_text
from reviewflow.workflow.references import travelling_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.review import Review

TABLES: Final = ("csv", "xlsx")
TARGETS: Final = {"ris": "", "rayyan": "rayyan", "covidence": "covidence", "asreview": "asreview"}
"""What is written as records in RIS, each with the program that it is for."""
FORMATS: Final = (*TABLES, *TARGETS)

_CAN_SAY: Final = {
    "rayyan": frozenset(RAYYAN_WORDS),
    "asreview": frozenset({Verdict.INCLUDE, Verdict.EXCLUDE}),
}
"""The verdicts of those programs that do not have all."""


@dataclass(frozen=True, slots=True)
class VotesWritten:
    """Votes as they go out.

    Attributes:
        content: The file.
        n_votes: The votes in it.
        n_waiting: The reports in it that wait for a vote.
        n_unsaid: The votes that the program has no word for, and that are not in it.
    """

    content: bytes
    n_votes: int
    n_waiting: int
    n_unsaid: int


def written(
    review: Review, reviewer: str, format_: str, stage: Stage | None = None, *, waiting: bool = False
) -> VotesWritten:
    """A reviewer's own latest votes as a file.

    Args:
        review: The review.
        reviewer: Whose votes.
        format_: One of `FORMATS`.
        stage: The stage; None for all in a table, and titles and abstracts elsewhere.
        waiting: Whether the reports that wait for the reviewer go along, without a verdict; a table then has abstracts.

    Raises:
        UsageError: There is no such format; or it has no place for a reason, which a vote on a full text needs.
    """
    if format_ not in FORMATS:
        raise UsageError(f"{format_!r} is no format for votes", f"one of: {', '.join(FORMATS)}")
    if format_ == "asreview" and stage is Stage.FULL_TEXT:
        raise UsageError("ASReview has no place for the reason of an exclusion at full text", "one of: csv, xlsx, ris")
    if format_ in TABLES:
        return _table(review, reviewer, format_, stage, waiting=waiting)
    at = stage or Stage.TITLE_ABSTRACT
    can_say = _CAN_SAY.get(format_, frozenset(Verdict))
    cast = screening.own_votes(review, reviewer, at)
    said = {report for report, vote in cast if vote.verdict in can_say}
    queue = {report for report, _ in screening.waiting(review, reviewer, at)} - {report for report, _ in cast}
    only = frozenset(said | queue if waiting else said)
    made = records_text(review, Wanted("ris", TARGETS[format_], votes_of=reviewer, vote_stage=at, only=only))
    return VotesWritten(made.text.encode(), len(said), len(queue) if waiting else 0, len(cast) - len(said))


def _table(review: Review, reviewer: str, format_: str, stage: Stage | None, *, waiting: bool) -> VotesWritten:
    rows = rows_of_votes(review, reviewer, stage)
    header: tuple[str, ...] = COLUMNS
    open_ = list(_waiting_rows(review, reviewer, stage or Stage.TITLE_ABSTRACT)) if waiting else []
    if waiting:
        header = (*COLUMNS, "abstract")
        rows = [(*row, "") for row in rows]
    whole = [header, *rows, *open_]
    content = write_workbook("Votes", whole) if format_ == "xlsx" else csv_text(whole).encode()
    return VotesWritten(content, len(rows), len(open_), 0)


def _waiting_rows(review: Review, reviewer: str, stage: Stage) -> Iterator[tuple[str, ...]]:
    """A row without a verdict for each report that waits for the reviewer's first vote."""
    queue = [report for report, again in screening.waiting(review, reviewer, stage) if not again]
    with review.reading() as connection:
        ids = {origin.record: travelling_id(origin.key) for origin in origins.origins(connection, queue)}
        for report, shown in report_fields.each_shown(connection, queue):
            empty = ("", "", "", "")
            record = shown.record
            yield (f"r{report}", str(stage), *empty, reviewer, ids.get(report, ""), record.title, record.abstract)

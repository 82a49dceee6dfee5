"""What a review holds for those who write it down for others: included studies, agreed answers, syntheses."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.form import agree
from reviewflow.domain.layout import Answered
from reviewflow.storage import answers, studies
from reviewflow.workflow import report_fields, synthesis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reviewflow.domain.form import Agreed, Cell
    from reviewflow.domain.protocol import Protocol
    from reviewflow.domain.record import Record
    from reviewflow.domain.study import Study
    from reviewflow.storage.review import Review
    from reviewflow.workflow.synthesis import Synthesis


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a review, read once.

    Attributes:
        studies: The included studies.
        agreed: What the extractors agree on, of all studies.
        primary: Study -> its primary report; a study without one is left out.
        shown: Report -> the fields that it shows, of all linked reports.
        forms: Answer -> the name of its form.
        linked: Study -> {report: role}.
        syntheses: The planned syntheses, run.
    """

    protocol: Protocol
    studies: tuple[Study, ...]
    agreed: Mapping[Cell, Agreed]
    primary: Mapping[int, int]
    shown: Mapping[int, Record]
    forms: Mapping[int, str]
    linked: Mapping[int, Mapping[int, str]]
    syntheses: tuple[Synthesis, ...]

    def answered(self) -> Answered:
        """The answers, with a fresh list of the empty cells."""
        years = {study: self.shown[report].year for study, report in self.primary.items()}
        return Answered(self.agreed, years)

    def record_of(self, study: Study) -> Record | None:
        """The fields of a study's primary report."""
        return self.shown[self.primary[study.id]] if study.id in self.primary else None


def contents(review: Review, names: Sequence[str] = ()) -> Contents:
    """The contents of a review.

    Args:
        review: The review.
        names: Names of planned syntheses; empty for all.

    Raises:
        UsageError: The protocol plans no synthesis of that name.
    """
    with review.reading() as connection:
        known = tuple(synthesis.included_studies(review, connection))
        linked = studies.reports_of_studies(connection)
        shown = report_fields.shown_records(connection, {report for each in linked.values() for report in each})
        agreed = agree(answers.answers(connection))
        forms = answers.form_names(connection)
    primary = {study.id: report for study in known for report, role in linked[study.id].items() if role == "primary"}
    done = tuple(synthesis.run_on(review.protocol, known, agreed, forms, names))
    return Contents(review.protocol, known, agreed, primary, shown, forms, linked, done)


def named_rows(header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Rows by the names of their columns as CSV; a name that the header lacks is a bug."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def number(value: float | None) -> str:
    """A number to full precision for another program: whole numbers without a point, "" where there is none."""
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))

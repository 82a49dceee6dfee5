"""Reports that are not duplicates and belong together: an erratum, an abstract, a registry entry and their report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.storage import comparison, reports, studies
from reviewflow.workflow.report_fields import shown_records

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review


@dataclass(frozen=True, slots=True)
class RelatedReports:
    """Two reports of which one depends on the other.

    Attributes:
        report: The dependent one.
        of: The one it belongs to.
        kind: "erratum of", "abstract of" and so on.
        why: The reason in one sentence.
        title: What the dependent report shows as its title.
    """

    report: int
    of: int
    kind: str
    why: str
    title: str


def related(review: Review, kind: str = "") -> list[RelatedReports]:
    """The relations that the last run of deduplication found, by report; of one kind, or all."""
    with review.reading() as connection:
        found = {key: why for key, why in _by_report(connection).items() if kind in {"", key[2]}}
        return _titled(connection, found)


def belonging(review: Review, linked: Collection[int]) -> list[RelatedReports]:
    """The relations between some reports and those of no study yet: what may belong to the same study."""
    with review.reading() as connection:
        taken = {report for each in studies.reports_of_studies(connection).values() for report in each} | set(linked)
        found = {
            (report, of, kind): why
            for (report, of, kind), why in _by_report(connection).items()
            if (report in linked and of not in taken) or (of in linked and report not in taken)
        }
        return _titled(connection, found)


def _by_report(connection: Connection) -> dict[tuple[int, int, str], str]:
    """(dependent report, the other, kind) -> the reason, of the likeliest pair of records."""
    relations = comparison.relations(connection)
    of = reports.reports_of(connection, {record for each in relations for record in (each.record, each.of)})
    found: dict[tuple[int, int, str], str] = {}
    for each in sorted(relations, key=lambda each: (-each.score, each.record, each.of)):
        found.setdefault((of[each.record], of[each.of], each.kind), each.why)
    return dict(sorted(found.items()))


def _titled(connection: Connection, found: Mapping[tuple[int, int, str], str]) -> list[RelatedReports]:
    shown = shown_records(connection, {report for report, _, _ in found})
    return [RelatedReports(report, of, kind, why, shown[report].title) for (report, of, kind), why in found.items()]

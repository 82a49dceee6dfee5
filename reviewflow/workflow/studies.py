"""Studies: the reports of an investigation are linked to it, and its arms are named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.flow.computed import report_outcome
from reviewflow.domain.screening import Stage, State
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, StateError, UsageError
from reviewflow.storage import reports, studies, views
from reviewflow.workflow import report_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.record import Record
    from reviewflow.domain.study import Study
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review

ROLES = ("primary", "companion", "registration")


@dataclass(frozen=True, slots=True)
class LinkedStudy:
    """A study with its reports: report -> (role, record that names it)."""

    study: Study
    reports: dict[int, tuple[str, Record]]


def add(review: Review, act: Act, study: Study, on: Sequence[tuple[int, str]] = ()) -> int:
    """Add a study with its arms and link reports to it.

    Args:
        review: The review.
        act: Who acts.
        study: The study; its label must be new.
        on: (any record of a report, role) of each report.

    Returns:
        The id of the study.

    Raises:
        InputError: A study of that label exists, or a record does not.
        StateError: A primary report is not included.
    """
    with review.change(act) as entry:
        if any(known.label == study.label for known in studies.studies(entry.connection)):
            raise InputError(f"there is a study {study.label!r} already", f'reviewflow study link "{study.label}" pN')
        id_ = studies.add_study(entry, study)
        homes = reports.reports_of(entry.connection, (record for record, _ in on))
        linked: set[int | None] = set()
        for record, role in on:
            _check_link(review, entry.connection, record, role)
            if homes.get(record) not in linked:
                studies.add_links(entry, id_, [record], role)
            linked.add(homes.get(record))
        entry.note = f"study {study.label}, {counted(len(study.arms), 'arm')}, {counted(len(linked), 'report')}"
        return id_


def link(review: Review, act: Act, label: str, on: Sequence[int], role: str) -> int:
    """Link reports to a study that exists; gives how many were new."""
    return _set_links(review, act, label, on, role, linked=True)


def split(review: Review, act: Act, label: str, on: Sequence[int]) -> int:
    """Take reports away from a study; gives how many."""
    return _set_links(review, act, label, on, "companion", linked=False)


def _set_links(review: Review, act: Act, label: str, on: Sequence[int], role: str, *, linked: bool) -> int:
    with review.change(act) as entry:
        study = find(studies.studies(entry.connection), label)
        now = studies.reports_of_studies(entry.connection)[study.id]
        changed = []
        for record in on:
            report = reports.report_of(entry.connection, record)
            if linked:
                _check_link(review, entry.connection, record, role)
            if linked != (report in now and (not linked or now[report] == role)):
                changed += [record] if linked else reports.members(entry.connection, [report])[report]
        studies.add_links(entry, study.id, changed, role, linked=linked)
        entry.note = f"study {study.label}: {len(on)} reports {'linked' if linked else 'taken away'}"
        return len(changed)


def _check_link(review: Review, connection: Connection, record: int, role: str) -> None:
    if role not in ROLES:
        raise UsageError(f"{role!r} is no role of a report", f"one of: {', '.join(ROLES)}")
    report = reports.report_of(connection, record)
    view = views.report_views(connection, views.viewer_of_all(review.protocol), Stage.FULL_TEXT, [report])[0]
    _, outcome = report_outcome(view.title_abstract, view.full_text, review.protocol.rules)
    if role == "primary" and (outcome is None or outcome.state is not State.INCLUDED):
        raise StateError(
            f"p{report} is not included, so it cannot be the primary report of a study",
            "link it as --role companion, or include it first: reviewflow screen",
        )


def find(known: Sequence[Study], label: str) -> Study:
    """The study with that label or short id (s3).

    Raises:
        InputError: There is none.
    """
    for study in known:
        if label in {study.label, f"s{study.id}"}:
            return study
    labels = ", ".join(study.label for study in known) or "none yet"
    raise InputError(f"there is no study {label!r} in this review ({labels})", 'reviewflow study link "LABEL" pN')


def list_studies(review: Review) -> list[LinkedStudy]:
    """All studies with their reports."""
    with review.reading() as connection:
        known = studies.studies(connection)
        links = studies.reports_of_studies(connection)
        wanted = [report for linked in links.values() for report in linked]
        shown = report_fields.shown_records(connection, wanted)
    return [
        LinkedStudy(study, {report: (role, shown[report]) for report, role in sorted(links[study.id].items())})
        for study in known
    ]

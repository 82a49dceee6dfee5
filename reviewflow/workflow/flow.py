"""The flow of records, reports and studies: computed from decisions, checked, drawn."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from reviewflow.domain.flow.checks import check_flow, check_flow_2009
from reviewflow.domain.flow.computed import SourceCount, flow_counts, report_outcome, sort_reports, while_open
from reviewflow.domain.flow.diagram import boxes, template_file
from reviewflow.domain.flow.exchange import from_prisma2020_csv
from reviewflow.domain.flow.prisma2009 import read_counts
from reviewflow.domain.screening import Stage, State
from reviewflow.errors import InputError, StateError
from reviewflow.resources import schema_toml
from reviewflow.storage import analyses, records, studies, views

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from reviewflow.domain.flow.checks import Check
    from reviewflow.domain.flow.counts import FlowCounts
    from reviewflow.domain.flow.diagram import Diagram
    from reviewflow.domain.ledger import Act
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review

    Edition = Literal["2009", "2020"]


@dataclass(frozen=True, slots=True)
class Flow:
    """The counts of a flow diagram with what their arithmetic says."""

    counts: FlowCounts
    checks: tuple[Check, ...]
    note: str = ""

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks of arithmetic that did not pass, warnings apart."""
        return tuple(check for check in self.checks if check.ok is False and check.level == "error")

    def to_json(self) -> dict[str, Any]:
        """What `flow show --json` prints."""
        return self.counts.to_json(self.checks)


def compute(review: Review, viewer_name: str = "") -> Flow:
    """The flow of a review as a viewer may see it; every number comes from decisions.

    Args:
        review: The review.
        viewer_name: A person of the team, or "" for nobody in particular.
    """
    who = views.viewer(review.protocol, viewer_name)
    with review.reading() as connection:
        return counted(review, connection, viewer_name, views.patterns(connection, who))


def counted(review: Review, connection: Connection, viewer_name: str, standings: Sequence[views.Pattern]) -> Flow:
    """The flow of a review whose reports stand, for that viewer, as `views.patterns` says."""
    protocol = review.protocol
    columns = sort_reports(standings, protocol.rules)
    identified = records.searches(connection)
    linked = studies.reports_of_studies(connection)
    included = _included_of(review, connection, viewer_name, linked)
    known = {study.id: study.label for study in studies.studies(connection)}
    has_report = {known[id_] for id_, of_study in linked.items() if included & set(of_study)}
    in_pool = {label for run in analyses.analyses(connection).values() for label in run["choice"]["studies"]}
    counts = flow_counts(
        [SourceCount(search.source, search.kind, search.n_records) for search in identified],
        {
            route: (
                sum(search.n_records for search in identified if search.route == route),
                sum(pattern.n for pattern in standings if pattern.route == route),
            )
            for route in columns
        },
        columns,
        {reason.id: reason.label for reason in protocol.reasons},
        n_studies=sum(bool(included & set(of_study)) for of_study in linked.values()),
        n_linked=len(included),
        n_pooled=len(in_pool & has_report) if in_pool else None,
        title=protocol.title,
    )
    no_reason = sum(column.reasons[""] for column in columns.values())
    checks = check_flow(counts, without_one_reason=no_reason, pooled_not_included=sorted(in_pool - has_report))
    return Flow(counts, while_open(checks, counts), protocol.note)


def included_reports(review: Review, connection: Connection, viewer_name: str) -> set[int]:
    """The reports that belong to a study and are included, as a viewer may see them."""
    return _included_of(review, connection, viewer_name, studies.reports_of_studies(connection))


def _included_of(
    review: Review, connection: Connection, viewer_name: str, linked: Mapping[int, Iterable[int]]
) -> set[int]:
    """Of the reports of some studies those that are included, as a viewer may see them."""
    reports = {report for of_study in linked.values() for report in of_study}
    who = views.viewer(review.protocol, viewer_name)
    found = set()
    for view in views.report_views(connection, who, Stage.FULL_TEXT, reports):
        _, outcome = report_outcome(view.title_abstract, view.full_text, review.protocol.rules)
        if outcome is not None and outcome.state is State.INCLUDED and not view.removed:
            found.add(view.id)
    return found


def from_file(name: str, text: str) -> Flow:
    """A flow from counts alone, as a publication prints them.

    Args:
        name: Name of the file: COUNTS.toml, a JSON of `flow show`, or a CSV of the PRISMA2020 R package.
        text: Its content.

    Raises:
        InputError: It cannot be read; says where.
    """
    if name.lower().endswith(".csv"):
        counts = from_prisma2020_csv(text).counts
        return Flow(counts, check_flow(counts))
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is no readable TOML: {error}", "docs: reference/counts-file") from error
    if not table:
        raise InputError(f"{name} holds no count", "docs: reference/counts-file")
    try:
        counts = read_counts(table)
    except InputError as error:
        raise InputError(f"{name}: {error.what}", error.remedy) from error
    return Flow(counts, (*check_flow(counts), *(check_flow_2009(counts) if table.get("template") == "2009" else ())))


def diagram(flow: Flow, prisma: Edition = "2020") -> Diagram:
    """The diagram of a flow."""
    table = schema_toml("flow", template_file(flow.counts.template, prisma))
    counts = flow.counts
    if prisma == "2020" and not counts.from_print:
        # The official 2020 templates have no box for the meta-analysis; the 2009 diagram does.
        counts = replace(counts, total_studies_ma=None, total_reports_ma=None)
    return boxes(counts, table, prisma, flow.note)


def draw(flow: Flow, target: Path | BinaryIO, format_: Literal["svg", "pdf", "png"], prisma: Edition = "2020") -> None:
    """Draw the diagram of a flow."""
    from reviewflow.figures.flow import draw_flow  # noqa: PLC0415 matplotlib takes most of a second to load

    draw_flow(diagram(flow, prisma), target, format=format_)


def freeze(review: Review, act: Act, name: str) -> Flow:
    """Keep the counts under a name, as what was published.

    Raises:
        StateError: Something is still open, or a check fails; drafts are not published.
    """
    flow = compute(review, act.reviewer)
    if flow.counts.draft or flow.failed:
        wrong = "decisions are open" if flow.counts.draft else flow.failed[0].words
        raise StateError(f"the flow is not final: {wrong}", "reviewflow next")
    with review.change(act) as entry:
        analyses.add_freeze(entry, name, flow.to_json())
        entry.note = f"counts kept as {name}"
    return flow


def compare(review: Review, name: str, viewer_name: str = "") -> dict[str, tuple[Any, Any]]:
    """The counts that differ now from those kept under a name: key -> (then, now).

    Raises:
        StateError: Nothing was kept under that name.
    """
    now = compute(review, viewer_name).to_json()
    with review.reading() as connection:
        kept = analyses.freezes(connection)
    if name not in kept:
        raise StateError(
            f"no counts were kept as {name!r} ({', '.join(kept) or 'none yet'})",
            f"reviewflow flow show --freeze {name}",
        )
    then = kept[name]
    skip = {"checks", "schema"}
    return {key: (then.get(key), now[key]) for key in now if key not in skip and then.get(key) != now[key]}

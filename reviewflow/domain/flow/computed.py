"""Counts of the flow from decisions: every number is computed from tallies by the rule of screening."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from reviewflow.domain.flow.arithmetic import Check
from reviewflow.domain.flow.counts import REASON_NOT_REPORTED, FlowCounts
from reviewflow.domain.screening import CONFLICTS, Outcome, Rule, Stage, State, Tally, settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Standing(Protocol):
    """Reports that stand alike, and how many they are."""

    @property
    def route(self) -> str:
        """The column: "database" or "other"."""

    @property
    def removed(self) -> str:
        """Why they were removed before screening: "automatic", "other", or "" when they were not."""

    @property
    def retrieval(self) -> str:
        """The state of retrieval: "requested", "retrieved", "not_retrieved" or ""."""

    @property
    def title_abstract(self) -> Tally:
        """The tally of titles and abstracts."""

    @property
    def full_text(self) -> Tally:
        """The tally of full texts."""

    @property
    def n(self) -> int:
        """How many reports."""


@dataclass(slots=True)
class Column:
    """The reports of one column of the diagram, sorted by where they stand; every report is in one place."""

    removed: Counter[str] = field(default_factory=Counter)
    title_abstract: Counter[State] = field(default_factory=Counter)
    full_text: Counter[State] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    not_retrieved: int = 0
    retrieval_open: int = 0

    @property
    def screened(self) -> int:
        """Reports that entered screening."""
        return self.title_abstract.total()

    @property
    def sought(self) -> int:
        """Reports that title and abstract settled on including."""
        return self.title_abstract[State.INCLUDED]

    @property
    def assessed(self) -> int:
        """Reports sought and not known to be unavailable."""
        return self.sought - self.not_retrieved


def sort_reports(standings: Iterable[Standing], rules: Mapping[Stage, Rule]) -> dict[str, Column]:
    """Put every report of the review in its place: route -> column."""
    columns = {"database": Column(), "other": Column()}
    for standing in standings:
        _sort(columns[standing.route], standing, rules)
    return columns


def _sort(column: Column, standing: Standing, rules: Mapping[Stage, Rule]) -> None:
    if standing.removed:
        column.removed[standing.removed] += standing.n
        return
    first = settle(standing.title_abstract, rules[Stage.TITLE_ABSTRACT])
    column.title_abstract[first.state] += standing.n
    if first.state is not State.INCLUDED:
        return
    if standing.retrieval == "not_retrieved":
        column.not_retrieved += standing.n
        return
    second = settle(standing.full_text, rules[Stage.FULL_TEXT])
    if second.state is State.PENDING and standing.retrieval != "retrieved" and not standing.full_text.voters:
        column.retrieval_open += standing.n
        return
    column.full_text[second.state] += standing.n
    if second.state is State.EXCLUDED:
        column.reasons[second.reason] += standing.n


def report_outcome(
    title_abstract: Tally, full_text: Tally, rules: Mapping[Stage, Rule]
) -> tuple[Outcome, Outcome | None]:
    """Where one report stands at title and abstract and, when it got that far, at full text."""
    first = settle(title_abstract, rules[Stage.TITLE_ABSTRACT])
    return first, settle(full_text, rules[Stage.FULL_TEXT]) if first.state is State.INCLUDED else None


@dataclass(frozen=True, slots=True)
class SourceCount:
    """A source and the number of records that came from it."""

    name: str
    kind: str
    n: int


_OTHER_KEYS = {"website": "website_results", "organisation": "organisation_results", "citation": "citations_results"}


def flow_counts(
    sources: Iterable[SourceCount],
    records_and_reports: Mapping[str, tuple[int, int]],
    columns: Mapping[str, Column],
    reasons: Mapping[str, str],
    *,
    n_studies: int,
    n_linked: int,
    n_pooled: int | None = None,
    title: str = "",
) -> FlowCounts:
    """The counts of the flow diagram of a new review.

    Args:
        sources: Every source with its records.
        records_and_reports: Route -> (records that came by it, reports of that route).
        columns: What `sort_reports` gives.
        reasons: Id -> label of the exclusion reasons, in their order.
        n_studies: Studies that have an included report.
        n_linked: Included reports that belong to a study.
        n_pooled: Included studies that entered a pool; None when nothing was pooled yet.
        title: Title of the review.
    """
    dbr, other = columns["database"], columns["other"]
    n_records, n_reports = records_and_reports["database"]
    both = (dbr, other)
    n_included = sum(column.full_text[State.INCLUDED] for column in both)
    conflicts = [sum(stage[state] for state in CONFLICTS) for c in both for stage in (c.title_abstract, c.full_text)]
    pending = [stage[State.PENDING] for c in both for stage in (c.title_abstract, c.full_text)]
    identified: dict[str, Any] = _by_source(sources)
    return FlowCounts(
        template="new-v2" if records_and_reports["other"][0] else "new-v1",
        title=title,
        **identified,
        duplicates=n_records - n_reports,
        excluded_automatic=dbr.removed["automatic"],
        excluded_other=dbr.removed["other"],
        records_screened=dbr.screened,
        records_excluded=dbr.title_abstract[State.EXCLUDED],
        dbr_sought_reports=dbr.sought,
        dbr_notretrieved_reports=dbr.not_retrieved,
        dbr_assessed=dbr.assessed,
        dbr_excluded=_by_reason(dbr.reasons, reasons),
        other_sought_reports=other.sought,
        other_notretrieved_reports=other.not_retrieved,
        other_assessed=other.assessed,
        other_excluded=_by_reason(other.reasons, reasons),
        new_studies=n_studies,
        new_reports=n_included,
        total_studies_ma=n_pooled,
        ongoing=sum(column.full_text[State.ONGOING] for column in both),
        awaiting_classification=sum(column.full_text[State.AWAITING] for column in both),
        open_undecided=sum(pending),
        open_conflicts=sum(conflicts),
        open_retrieval=sum(column.retrieval_open for column in both),
        open_unlinked=n_included - n_linked,
    )


def _by_source(sources: Iterable[SourceCount]) -> dict[str, int | dict[str, int]]:
    """The totals of each kind of source, and the lists by name."""
    totals: Counter[str] = Counter()
    lists: dict[str, Counter[str]] = {
        key: Counter() for key in ("database_specific_results", "register_specific_results", "other_specific_results")
    }
    for source in sources:
        if source.kind in {"database", "register"}:
            totals[f"{source.kind}_results"] += source.n
            lists[f"{source.kind}_specific_results"][source.name] += source.n
        elif source.kind in _OTHER_KEYS:
            totals[_OTHER_KEYS[source.kind]] += source.n
        else:
            lists["other_specific_results"][source.name] += source.n
    keys = ("database_results", "register_results", *_OTHER_KEYS.values())
    return {key: totals[key] for key in keys} | {key: dict(counter) for key, counter in lists.items()}


def _by_reason(counted: Counter[str], labels: Mapping[str, str]) -> dict[str, int]:
    """Label -> reports excluded, in the order of the protocol's reasons; a missing reason is said, not hidden."""
    known = {label: counted[id_] for id_, label in labels.items() if counted[id_]}
    rest = {(id_ or REASON_NOT_REPORTED): n for id_, n in sorted(counted.items()) if id_ not in labels}
    return known | rest


_NEEDS_ALL_DECIDED = frozenset({"P4", "P6", "P10"})


def while_open(checks: Iterable[Check], counts: FlowCounts) -> tuple[Check, ...]:
    """The checks, those that need every decision set to "not checkable" while some are open."""
    if not (counts.open_undecided or counts.open_conflicts or counts.open_retrieval):
        return tuple(checks)
    words = "not checkable while decisions are open"
    return tuple(
        Check(check.id, None, check.level, words) if check.id in _NEEDS_ALL_DECIDED and not check.ok else check
        for check in checks
    )

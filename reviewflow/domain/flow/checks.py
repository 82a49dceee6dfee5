"""The arithmetic between the boxes of a flow diagram: P1 to P18 for PRISMA 2020, Q1 to Q6 for PRISMA 2009."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

from reviewflow.domain.flow.arithmetic import Check, Level, Term, at_most, equals
from reviewflow.domain.flow.counts import COUNT_KEYS, LIST_KEYS, REASON_NOT_REPORTED, FlowCounts, Numbers, total
from reviewflow.domain.flow.prisma2009 import Flow2009, to_2009

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Check", "check_flow", "check_flow_2009", "failed"]

_NO_OTHER: Final = "this template has no column of other methods"
_NO_UPDATE: Final = "concerns updated reviews only"


def failed(checks: Iterable[Check], level: Level = "error") -> tuple[Check, ...]:
    """The checks of a level that did not pass."""
    return tuple(check for check in checks if check.ok is False and check.level == level)


def check_flow(
    counts: FlowCounts,
    *,
    one_report_per_record: bool = True,
    without_one_reason: int | None = None,
    pooled_not_included: Sequence[str] | None = None,
) -> tuple[Check, ...]:
    """P1 to P18, in that order.

    Args:
        counts: The numbers of the diagram.
        one_report_per_record: Every screened record stands for exactly one report.
        without_one_reason: Reports excluded at full text with no primary reason or several; None when not known.
        pooled_not_included: Studies in a pooled analysis that are not included; None when not known.
    """
    return (
        _sources("P1", counts.database_specific_results, counts.database_results, "databases"),
        _sources("P2", counts.register_specific_results, counts.register_results, "registers"),
        _screened(counts),
        _sought(counts, "error" if one_report_per_record else "warning"),
        _assessed("P5", counts, "dbr"),
        _included_from_databases(counts),
        _assessed("P7", counts, "other") if _has_other(counts) else Check("P7", None, "error", _NO_OTHER),
        _other_sought(counts),
        _other_excluded(counts),
        _included(counts),
        _studies_in_reports(counts),
        _total_studies(counts),
        _total_reports(counts),
        _meta_analysis(counts),
        _whole(counts),
        _previous(counts),
        _one_reason(counts, without_one_reason),
        _pooled(pooled_not_included),
    )


def check_flow_2009(counts: FlowCounts | Flow2009) -> tuple[Check, ...]:
    """Q1 to Q6 on the numbers as the PRISMA 2009 diagram shows them."""
    flow = counts if isinstance(counts, Flow2009) else to_2009(counts)
    found = [Term(flow.db_identified, "from databases"), Term(flow.other_identified, "from other sources")]
    unique = [Term(flow.after_duplicates, "after duplicates removed")]
    screened = Term(flow.screened, "screened")
    reasons = total(flow.fulltext_excluded.values()) if flow.fulltext_excluded else flow.n_fulltext_excluded
    remaining = [Term(flow.fulltext_assessed, "assessed"), Term(reasons, "excluded with reasons", -1)]
    more = None not in {flow.screened, flow.after_duplicates} and flow.screened > flow.after_duplicates  # type: ignore[operator]  # neither is None here
    return (
        at_most("Q1", unique[0], found),
        equals("Q2", unique, screened, level="error" if more else "warning"),
        equals(
            "Q3",
            [screened, Term(flow.excluded, "excluded", -1)],
            Term(flow.fulltext_assessed, "assessed in full text"),
            level="warning",
        ),
        at_most("Q4", Term(flow.qualitative, "studies in the qualitative synthesis"), remaining),
        at_most(
            "Q5",
            Term(flow.quantitative, "studies in the meta-analysis"),
            [Term(flow.qualitative, "in the qualitative synthesis")],
        ),
        _sources("Q6", flow.database_specific, flow.db_identified, "databases"),
    )


def _has_other(counts: FlowCounts) -> bool:
    """The template has the column of other methods, or numbers are given for it."""
    given = (counts.other_sought_reports, counts.other_notretrieved_reports, counts.other_assessed)
    return counts.has_other_methods or any(given) or bool(counts.other_excluded)


def _sources(name: str, by_source: Numbers, stated: int | None, kind: str) -> Check:
    """P1, P2, Q6: the sum over single sources."""
    if not by_source:
        words = f"0 are given for {kind}" if stated == 0 else f"not checkable: no numbers by single {kind} are reported"
        return Check(name, True if stated == 0 else None, "error", words)
    terms = [Term(n, label) for label, n in by_source.items()]
    return equals(name, terms, Term(stated, f"given for {kind} together"))


def _screened(counts: FlowCounts) -> Check:
    """P3."""
    where = "identified in databases" if counts.register_results else "identified"
    removed = [
        Term(counts.duplicates, "duplicates", -1),
        Term(counts.excluded_automatic, "removed by automation tools", -1),
        Term(counts.excluded_other, "removed for other reasons", -1),
    ]
    terms = [Term(counts.database_results, where), Term(counts.register_results, "in registers"), *removed]
    return equals("P3", terms, Term(counts.records_screened, "screened"))


def _sought(counts: FlowCounts, level: Level) -> Check:
    """P4: it counts records on one side and reports on the other, which need not be as many."""
    terms = [Term(counts.records_screened, "screened"), Term(counts.records_excluded, "excluded", -1)]
    return equals("P4", terms, Term(counts.dbr_sought_reports, "sought for retrieval"), level=level)


def _assessed(name: str, counts: FlowCounts, column: str) -> Check:
    """P5, P7."""
    sought = Term(getattr(counts, f"{column}_sought_reports"), "sought for retrieval")
    not_retrieved = Term(getattr(counts, f"{column}_notretrieved_reports"), "not retrieved", -1)
    return equals(name, [sought, not_retrieved], Term(getattr(counts, f"{column}_assessed"), "assessed"))


def _remaining(counts: FlowCounts, column: str) -> list[Term]:
    """The reports of a column that were assessed and not excluded."""
    assessed = getattr(counts, f"{column}_assessed")
    via = " by other methods" if column == "other" else ""
    return [Term(assessed, f"assessed{via}"), Term(counts.exclusions(column), f"excluded{via}", -1)]


def _included_from_databases(counts: FlowCounts) -> Check:
    """P6. With a column of other methods only the first half: how many came through this column is then in no box."""
    assessed, excluded = _remaining(counts, "dbr")
    within = at_most("P6", Term(excluded.n, "excluded with reasons"), [assessed])
    if within.ok is False or _has_other(counts):
        return within
    pending = [Term(counts.ongoing, "ongoing", -1), Term(counts.awaiting_classification, "awaiting classification", -1)]
    old = [Term(counts.new_reports_of_old_studies, "new reports of studies already in", -1)]
    return equals("P6", [assessed, excluded, *pending, *old], Term(counts.new_reports, "reports included"))


def _other_sought(counts: FlowCounts) -> Check:
    """P8: this column has no box for records removed or screened out, so a smaller number only needs explaining."""
    if not _has_other(counts):
        return Check("P8", None, "warning", _NO_OTHER)
    found = [
        Term(counts.website_results, "from websites"),
        Term(counts.organisation_results, "from organisations"),
        Term(counts.citations_results, "from citation searching"),
        *(Term(n, f"from {label}") for label, n in counts.other_specific_results.items()),
    ]
    return at_most("P8", Term(counts.other_sought_reports, "sought for retrieval"), found, level="warning")


def _other_excluded(counts: FlowCounts) -> Check:
    """P9."""
    if not _has_other(counts):
        return Check("P9", None, "error", _NO_OTHER)
    assessed, excluded = _remaining(counts, "other")
    return at_most("P9", Term(excluded.n, "excluded with reasons"), [assessed])


def _included(counts: FlowCounts) -> Check:
    """P10."""
    reached = [*_remaining(counts, "dbr"), *(_remaining(counts, "other") if _has_other(counts) else ())]
    ends = [
        Term(counts.ongoing, "ongoing", -1),
        Term(counts.awaiting_classification, "awaiting classification", -1),
        Term(counts.new_reports_of_old_studies, "new reports of studies already in", -1),
    ]
    return equals("P10", [*reached, *ends], Term(counts.new_reports, "reports of included studies"))


def _studies_in_reports(counts: FlowCounts) -> Check:
    """P11: a warning, because one report may hold two studies."""
    reports = Term(counts.new_reports, "reports of included studies")
    return at_most("P11", Term(counts.new_studies, "studies included"), [reports], level="warning")


def _total_studies(counts: FlowCounts) -> Check:
    """P12."""
    if not counts.is_update:
        return Check("P12", None, "error", _NO_UPDATE)
    terms = [
        Term(counts.previous_studies, "previous studies"),
        Term(counts.new_studies, "new studies"),
        Term(counts.dropped_studies, "dropped by changed criteria", -1),
    ]
    return equals("P12", terms, Term(counts.total_studies, "studies in total"))


def _total_reports(counts: FlowCounts) -> Check:
    """P13."""
    if not counts.is_update:
        return Check("P13", None, "warning", _NO_UPDATE)
    terms = [
        Term(counts.previous_reports, "previous reports"),
        Term(counts.new_reports, "reports of new studies"),
        Term(counts.new_reports_of_old_studies, "new reports of studies already in"),
    ]
    return equals("P13", terms, Term(counts.total_reports, "reports in total"), level="warning")


def _meta_analysis(counts: FlowCounts) -> Check:
    """P14, for studies and for reports, as far as they are reported."""
    studies = counts.total_studies if counts.is_update else counts.new_studies
    reports = counts.total_reports if counts.is_update else counts.new_reports
    pairs = ((counts.total_studies_ma, studies, "studies"), (counts.total_reports_ma, reports, "reports"))
    parts = [
        at_most("P14", Term(pooled, f"{units} in the meta-analysis"), [Term(included, f"{units} included")])
        for pooled, included, units in pairs
    ]
    known = [part for part in parts if part.ok is not None] or parts[:1]
    ok = None if known[0].ok is None else all(part.ok for part in known)
    return Check("P14", ok, "error", "; ".join(part.words for part in known))


def _whole(counts: FlowCounts) -> Check:
    """P15."""
    stated = {f.name: getattr(counts, f.name) for f in fields(counts) if f.name in COUNT_KEYS}
    for key in LIST_KEYS:
        stated |= {f"{key}.{label}": n for label, n in getattr(counts, key).items()}
    known = {key: n for key, n in stated.items() if n is not None}
    wrong = [f"{key} is {n}" for key, n in known.items() if n < 0]
    if wrong:
        return Check("P15", False, "error", f"{'; '.join(wrong)}: a count is a whole number from 0")
    words = f"all {len(known)} numbers are whole and from 0" if known else "not checkable: no number is reported"
    return Check("P15", True if known else None, "error", words)


def _previous(counts: FlowCounts) -> Check:
    """P16: the template has a column for what is given, and is given what its columns need."""
    previous = {"previous_studies": counts.previous_studies, "previous_reports": counts.previous_reports}
    absent = [key for key, n in previous.items() if n is None]
    wrong = ""
    if counts.is_update and absent:
        wrong = f"{counts.template} needs {' and '.join(absent)}"
    elif not counts.is_update and len(absent) < len(previous):
        wrong = f"{counts.template} is a new review, but numbers of a previous version are given"
    elif not counts.has_other_methods and _has_other(counts):
        wrong = f"{counts.template} has no column of other methods, but numbers are given for it"
    return Check("P16", not wrong, "error", wrong or f"the columns of {counts.template} are what the numbers need")


def _one_reason(counts: FlowCounts, without_one_reason: int | None) -> Check:
    """P17, from the reports themselves where they are known, else from the numbers."""
    level: Level = "warning" if counts.from_print else "error"
    columns = ("dbr", "other") if _has_other(counts) else ("dbr",)
    unsaid = sum(getattr(counts, f"{column}_excluded").get(REASON_NOT_REPORTED) or 0 for column in columns)
    if without_one_reason or unsaid:
        n = without_one_reason or unsaid
        return Check("P17", False, level, f"{n:,} of the reports excluded at full text have not one primary reason")
    if without_one_reason == 0:
        return Check("P17", True, level, "each report excluded at full text has one primary reason")
    if counts.draft:
        return Check("P17", None, level, "not checkable while decisions are open")
    stated = Term(total(counts.exclusions(column) for column in columns), "given as reasons")
    assessed = [term for column in columns for term in _remaining(counts, column)[:1]]
    stayed = [Term(counts.new_reports, "included", -1), Term(counts.ongoing, "ongoing", -1)]
    stayed += [
        Term(counts.awaiting_classification, "awaiting classification", -1),
        Term(counts.new_reports_of_old_studies, "new reports of studies already in", -1),
    ]
    return equals("P17", [*assessed, *stayed], stated, level=level)


def _pooled(pooled_not_included: Sequence[str] | None) -> Check:
    """P18."""
    if pooled_not_included is None:
        return Check("P18", None, "error", "not checkable: which studies were pooled is not known")
    if not pooled_not_included:
        return Check("P18", True, "error", "every study in a pooled analysis is an included study")
    return Check("P18", False, "error", f"pooled, but not included: {', '.join(pooled_not_included)}")

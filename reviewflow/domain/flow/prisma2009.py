"""The numbers of a PRISMA 2009 flow diagram, and the way from and to those of 2020."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reviewflow.domain.flow.counts import REASON_NOT_REPORTED, FlowCounts, Numbers, read_numbers, refuse_unknown, total

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER_SOURCES: Final = "Other sources"
"""The line of the 2020 diagram that holds the records which the 2009 diagram counts as from other sources."""

_ALL_DATABASES: Final = "Databases"

COUNT_KEYS: Final = (
    "db_identified", "other_identified", "after_duplicates", "screened", "excluded", "fulltext_assessed", "qualitative",
    "quantitative",
)  # fmt: skip
LIST_KEYS: Final = ("database_specific", "fulltext_excluded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow2009:
    """The counts of one PRISMA 2009 flow diagram; None where a number is not reported.

    Attributes:
        title: Printed above the diagram; may be empty.
        from_print: The counts were read in a publication.
        database_specific: Records by database.
        fulltext_excluded: Full-text articles excluded, by reason.
        n_fulltext_excluded: Their number, also where no reasons are reported.
    """

    title: str = ""
    from_print: bool = True
    db_identified: int | None = None
    database_specific: Numbers = field(default_factory=dict)
    other_identified: int | None = None
    after_duplicates: int | None = None
    screened: int | None = None
    excluded: int | None = None
    fulltext_assessed: int | None = None
    fulltext_excluded: Numbers = field(default_factory=dict)
    n_fulltext_excluded: int | None = None
    qualitative: int | None = None
    quantitative: int | None = None

    @classmethod
    def from_mapping(cls, table: Mapping[str, Any]) -> Flow2009:
        """Read the counts from the content of a COUNTS.toml with `template = "2009"`.

        Raises:
            InputError: A key is unknown, or its value is no count; names the key.
        """
        refuse_unknown(table, ("template", "title", *COUNT_KEYS, *LIST_KEYS, "n_fulltext_excluded"))
        read = read_numbers(table, (*COUNT_KEYS, "n_fulltext_excluded"), LIST_KEYS)
        if "n_fulltext_excluded" not in read:
            read["n_fulltext_excluded"] = total(read.get("fulltext_excluded", {}).values())
        return cls(title=str(table.get("title", "")), **read)


def read_counts(table: Mapping[str, Any]) -> FlowCounts:
    """The counts in the content of a COUNTS.toml, whichever of the two diagrams its `template` names.

    Raises:
        InputError: A key is unknown, or its value is no count; names the key.
    """
    if table.get("template") == "2009":
        return from_2009(Flow2009.from_mapping(table))
    return FlowCounts.from_mapping(table)


def to_2009(counts: FlowCounts) -> Flow2009:
    """The counts as the PRISMA 2009 diagram shows them.

    It has one stream only: records from other methods, which 2020 takes straight to retrieval, count here as
    screened, and those of them that were not sought as excluded.
    """
    in_databases, other = _sources(counts)
    joined = _from_other_methods(counts)
    not_sought = _minus(joined, counts.other_sought_reports) if counts.has_other_methods else 0
    return Flow2009(
        title=counts.title,
        from_print=counts.from_print,
        db_identified=in_databases,
        database_specific=_by_database(counts),
        other_identified=other,
        after_duplicates=_minus(_plus(in_databases, other), counts.duplicates),
        screened=_plus(counts.records_screened, joined),
        excluded=_plus(counts.records_excluded, not_sought),
        fulltext_assessed=_plus(counts.dbr_assessed, counts.other_assessed if counts.has_other_methods else 0),
        fulltext_excluded=_reasons(counts),
        n_fulltext_excluded=_n_excluded(counts),
        qualitative=counts.new_studies,
        quantitative=counts.total_studies_ma,
    )


def from_2009(flow: Flow2009) -> FlowCounts:
    """The counts of a PRISMA 2009 diagram in the boxes of `new-v1`.

    Records from other sources stay in the column of databases, because they are among those screened. Reports sought
    and not retrieved stay empty: the 2009 diagram does not tell.
    """
    identified = _plus(flow.db_identified, flow.other_identified or 0)
    return FlowCounts(
        title=flow.title,
        from_print=flow.from_print,
        database_results=identified,
        database_specific_results=_with_other_sources(flow),
        register_results=0,  # registers are among the databases of 2009, and duplicates its only removal
        duplicates=_minus(identified, flow.after_duplicates),
        excluded_automatic=0,
        excluded_other=0,
        records_screened=flow.screened,
        records_excluded=flow.excluded,
        dbr_assessed=flow.fulltext_assessed,
        dbr_excluded=_with_unreported_reasons(flow),
        new_studies=flow.qualitative,
        total_studies_ma=flow.quantitative,
    )


def _plus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def _minus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a - b


def _from_other_methods(counts: FlowCounts) -> int | None:
    """Records in the column of other methods, 0 when the template has none."""
    if not counts.has_other_methods:
        return 0
    stated = (counts.website_results, counts.organisation_results, counts.citations_results)
    return total(n for n in (*stated, *counts.other_specific_results.values()) if n is not None)


def _sources(counts: FlowCounts) -> tuple[int | None, int | None]:
    """Records from databases and registers, and from other sources."""
    within = counts.database_specific_results.get(OTHER_SOURCES, 0)
    in_databases = _minus(counts.identified, within)
    if counts.has_other_methods:
        return in_databases, _plus(_from_other_methods(counts), within)
    unreported = counts.from_print and OTHER_SOURCES not in counts.database_specific_results
    return in_databases, None if unreported else within


def _by_database(counts: FlowCounts) -> Numbers:
    """Records by database and by register, without the lines that `from_2009` adds."""
    every = {**counts.database_specific_results, **counts.register_specific_results}
    named = {name: n for name, n in every.items() if name != OTHER_SOURCES}
    return {} if OTHER_SOURCES in every and list(named) == [_ALL_DATABASES] else named


def _reasons(counts: FlowCounts) -> Numbers:
    """Full-text exclusions of both columns by reason."""
    reasons: dict[str, int | None] = dict(counts.dbr_excluded)
    for reason, n in counts.other_excluded.items() if counts.has_other_methods else ():
        reasons[reason] = _plus(reasons.get(reason, 0), n)
    return reasons


def _n_excluded(counts: FlowCounts) -> int | None:
    return _plus(counts.exclusions("dbr"), counts.exclusions("other") if counts.has_other_methods else 0)


def _with_other_sources(flow: Flow2009) -> Numbers:
    """Records by database, with a line for those from other sources."""
    if not flow.other_identified:
        return flow.database_specific
    by_database = flow.database_specific or {_ALL_DATABASES: flow.db_identified}
    return {**by_database, OTHER_SOURCES: flow.other_identified}


def _with_unreported_reasons(flow: Flow2009) -> Numbers:
    """Full-text exclusions by reason, or all of them in one line when only their number is reported."""
    if flow.fulltext_excluded or not flow.n_fulltext_excluded:
        return flow.fulltext_excluded
    return {REASON_NOT_REPORTED: flow.n_fulltext_excluded}

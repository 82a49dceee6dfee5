"""The numbers of a PRISMA 2020 flow diagram: every count is a whole number, or None when it is not reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reviewflow.domain.flow.arithmetic import Check

Numbers: TypeAlias = Mapping[str, int | None]
"""A count for each name, in the order in which they are printed; None when the number is not reported."""

TEMPLATES: Final = ("new-v1", "new-v2", "updated-v1", "updated-v2")
REASON_NOT_REPORTED: Final = "reason not reported"
"""The label for reports excluded at full text of which a publication does not say why."""

COUNT_KEYS: Final = (
    "previous_studies", "previous_reports",
    "database_results", "register_results",
    "website_results", "organisation_results", "citations_results",
    "duplicates", "excluded_automatic", "excluded_other",
    "records_screened", "records_excluded",
    "dbr_sought_reports", "dbr_notretrieved_reports", "other_sought_reports", "other_notretrieved_reports",
    "dbr_assessed", "other_assessed",
    "new_studies", "new_reports", "total_studies", "total_reports", "total_studies_ma", "total_reports_ma",
    "ongoing", "awaiting_classification", "new_reports_of_old_studies", "dropped_studies",
)  # fmt: skip
LIST_KEYS: Final = (
    "database_specific_results", "register_specific_results", "other_specific_results",
    "dbr_excluded", "other_excluded",
)  # fmt: skip
OPEN_KEYS: Final = ("undecided", "conflicts", "retrieval", "unlinked")
_DERIVED_KEYS: Final = ("schema", "identified", "draft", "checks")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCounts:
    """The counts of one flow diagram, named as the PRISMA2020 R package names them.

    "dbr" is the column of databases and registers, "other" that of other methods. An empty list of exclusions means
    that nothing was excluded, or, `from_print`, that no reasons are reported.

    Attributes:
        template: One of `TEMPLATES`.
        title: Printed above the diagram; may be empty.
        from_print: The counts were read in a publication, not computed from a review.
        other_specific_results: Records from further other methods: contacts, hand search.
        ongoing: Reports of eligible studies that have no results yet.
        awaiting_classification: Assessed reports that could be neither included nor excluded.
        new_reports_of_old_studies: In an update, new reports of studies that were included before.
        dropped_studies: In an update, previous studies dropped because the criteria changed.
        open_undecided: Records and reports on which votes are still missing.
        open_conflicts: Records and reports on which the votes disagree.
        open_retrieval: Reports sought of which it is not known whether they were retrieved.
        open_unlinked: Included reports that belong to no study yet.
    """

    template: str = "new-v1"
    title: str = ""
    from_print: bool = False
    previous_studies: int | None = None
    previous_reports: int | None = None
    database_results: int | None = None
    database_specific_results: Numbers = field(default_factory=dict)
    register_results: int | None = None
    register_specific_results: Numbers = field(default_factory=dict)
    website_results: int | None = None
    organisation_results: int | None = None
    citations_results: int | None = None
    other_specific_results: Numbers = field(default_factory=dict)
    duplicates: int | None = None
    excluded_automatic: int | None = None
    excluded_other: int | None = None
    records_screened: int | None = None
    records_excluded: int | None = None
    dbr_sought_reports: int | None = None
    dbr_notretrieved_reports: int | None = None
    other_sought_reports: int | None = None
    other_notretrieved_reports: int | None = None
    dbr_assessed: int | None = None
    dbr_excluded: Numbers = field(default_factory=dict)
    other_assessed: int | None = None
    other_excluded: Numbers = field(default_factory=dict)
    new_studies: int | None = None
    new_reports: int | None = None
    total_studies: int | None = None
    total_reports: int | None = None
    total_studies_ma: int | None = None
    total_reports_ma: int | None = None
    # No template has a box for these four, so a diagram that does not state them claims that there are none.
    ongoing: int | None = 0
    awaiting_classification: int | None = 0
    new_reports_of_old_studies: int | None = 0
    dropped_studies: int | None = 0
    open_undecided: int = 0
    open_conflicts: int = 0
    open_retrieval: int = 0
    open_unlinked: int = 0

    @property
    def is_update(self) -> bool:
        """The template has the column of a previous version of the review."""
        return self.template.startswith("updated")

    @property
    def has_other_methods(self) -> bool:
        """The template has the column of other methods."""
        return self.template.endswith("v2")

    @property
    def identified(self) -> int | None:
        """Records identified in databases and registers; None when neither number is reported."""
        return total(n for n in (self.database_results, self.register_results) if n is not None)

    @property
    def draft(self) -> bool:
        """Something is still open, so the numbers will change."""
        return any((self.open_undecided, self.open_conflicts, self.open_retrieval, self.open_unlinked))

    def exclusions(self, column: str) -> int | None:
        """Reports excluded at full text in the column "dbr" or "other", None when that is not reported."""
        reasons: Numbers = getattr(self, f"{column}_excluded")
        if not reasons:
            return None if self.from_print else 0
        return None if None in reasons.values() else total(reasons.values())

    @classmethod
    def from_mapping(cls, table: Mapping[str, Any]) -> FlowCounts:
        """Read the counts from the content of a COUNTS.toml, or from what `flow show --json` printed.

        Raises:
            InputError: A key is unknown, or its value is no count; names the key.
        """
        refuse_unknown(table, ("template", "title", "from_print", *COUNT_KEYS, *LIST_KEYS, "open", *_DERIVED_KEYS))
        stated = _heading(table) | _open(table.get("open", {})) | read_numbers(table, COUNT_KEYS, LIST_KEYS)
        counts = cls(**stated)
        _refuse_other_sum(table, counts)
        return counts

    def to_json(self, checks: Sequence[Check]) -> dict[str, Any]:
        """The object that `flow show --json` prints."""
        head = {"schema": 1, "template": self.template, "title": self.title, "from_print": self.from_print}
        stated = {
            key: dict(value) if isinstance(value := getattr(self, key), Mapping) else value
            for key in ("identified", *(f.name for f in fields(self) if f.name in {*COUNT_KEYS, *LIST_KEYS}))
        }
        still_open = {key: getattr(self, f"open_{key}") for key in OPEN_KEYS}
        answers = [{"id": c.id, "ok": c.ok, "level": c.level, "words": c.words} for c in checks]
        return {**head, **stated, "draft": self.draft, "open": still_open, "checks": answers}


def total(counts: Iterable[int | None]) -> int | None:
    """The sum of counts; None when one of them is not reported, or when there is none."""
    known = list(counts)
    return sum(n for n in known if n is not None) if known and None not in known else None


def count(key: str, value: object) -> int | None:
    """A count as written in a table: a whole number from 0, or None or "NR" when it is not reported.

    Raises:
        InputError: It is something else; names the key.
    """
    if value is None or value == "NR":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and float(value).is_integer():
        return int(value)
    raise InputError(f"{key} = {value!r} is no count", "write a whole number from 0, or leave it out: not reported")


def numbers(key: str, value: object) -> dict[str, int | None]:
    """A list of counts as written in a table, by its labels.

    Raises:
        InputError: It is no table, a label is blank or given twice, or a value is no count; names the key.
    """
    if not isinstance(value, Mapping):
        raise InputError(f"{key} is no table", f'write: {key} = {{ "PubMed" = 135, "Embase" = 485 }}')
    read: dict[str, int | None] = {}
    for label, n in value.items():
        name = " ".join(str(label).split())
        if not name or name in read:
            fault = f'names "{name}" twice' if name else "has a blank label"
            raise InputError(f"{key} {fault}", "give each number its own label")
        read[name] = count(f"{key}.{name}", n)
    return read


def read_numbers(table: Mapping[str, Any], count_keys: Sequence[str], list_keys: Sequence[str]) -> dict[str, Any]:
    """Those counts and lists of counts that stand in a table, by their keys.

    Raises:
        InputError: A value is no count, or no list of counts; names the key.
    """
    counts = {key: count(key, table[key]) for key in count_keys if key in table}
    return counts | {key: numbers(key, table[key]) for key in list_keys if key in table}


def refuse_unknown(table: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise an InputError that names the first key of the table that is not among the known ones."""
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            remedy = f"perhaps {near[0]}" if near else f"one of: {', '.join(known)}"
            raise InputError(f"{key} is no count of the flow diagram", remedy)


def _heading(table: Mapping[str, Any]) -> dict[str, Any]:
    """Template, title and from_print; a table of counts is from print unless it says otherwise."""
    template, title = table.get("template", TEMPLATES[0]), table.get("title", "")
    from_print = table.get("from_print", True)
    if template not in TEMPLATES:
        raise InputError(f"template = {template!r} is not known", f"one of: {', '.join(TEMPLATES)}")
    if not isinstance(title, str):
        raise InputError(f"title = {title!r} is no text", "put it in quotes")
    if not isinstance(from_print, bool):
        raise InputError(f"from_print = {from_print!r} is neither true nor false", "write true or false")
    return {"template": template, "title": title, "from_print": from_print}


def _open(value: object) -> dict[str, Any]:
    """What is still open, by the names of the fields."""
    stated = numbers("open", value)
    refuse_unknown(stated, OPEN_KEYS)
    return {f"open_{key}": n or 0 for key, n in stated.items()}


def _refuse_other_sum(table: Mapping[str, Any], counts: FlowCounts) -> None:
    """Raise an InputError when the table states a number identified that is not the sum of its own sources."""
    stated = count("identified", table.get("identified"))
    if stated is not None and stated != counts.identified:
        raise InputError(
            f"identified = {stated}, but database_results + register_results = {counts.identified}",
            "mend the numbers, or leave `identified` out: it is that sum",
        )

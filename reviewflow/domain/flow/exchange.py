"""Flow diagrams for other programs: the CSV of the PRISMA2020 R package, Mermaid, and plain text."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING, Final

from reviewflow.domain.flow.counts import COUNT_KEYS, FlowCounts, Numbers
from reviewflow.domain.flow.terminal import to_text
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.flow.diagram import Box, Diagram

__all__ = ["ReadFlow", "from_prisma2020_csv", "to_mermaid", "to_prisma2020_csv", "to_text"]

HEADER: Final = ("data", "node", "box", "description", "boxtext", "tooltips", "url", "n")

# The rows of the R package in its order: key, node, box, text, and the text in a new review where it differs.
# Every row must be written: the package stops at a missing one.
_ROWS: Final = (
    ("", "node4", "prevstud", "Previous studies", ""),
    ("previous_studies", "node5", "box1", "Studies included in previous version of review", ""),
    ("previous_reports", "", "box1", "Reports of studies included in previous version of review", ""),
    (
        "", "node6", "newstud",
        "Identification of new studies via databases and registers",
        "Identification of studies via databases and registers",
    ),
    ("database_results", "node7", "box2", "Databases", ""),
    ("database_specific_results", "", "box2", "Specific Databases", ""),
    ("register_results", "", "box2", "Registers", ""),
    ("register_specific_results", "", "box2", "Specific Registers", ""),
    (
        "", "node16", "othstud",
        "Identification of new studies via other methods",
        "Identification of studies via other methods",
    ),
    ("website_results", "node17", "box11", "Websites", ""),
    ("organisation_results", "", "box11", "Organisations", ""),
    ("citations_results", "", "box11", "Citation searching", ""),
    ("duplicates", "node8", "box3", "Duplicate records", ""),
    ("excluded_automatic", "", "box3", "Records marked as ineligible by automation tools", ""),
    ("excluded_other", "", "box3", "Records removed for other reasons", ""),
    ("records_screened", "node9", "box4", "Records screened", ""),
    ("records_excluded", "node10", "box5", "Records excluded", ""),
    ("dbr_sought_reports", "node11", "box6", "Reports sought for retrieval", ""),
    ("dbr_notretrieved_reports", "node12", "box7", "Reports not retrieved", ""),
    ("other_sought_reports", "node18", "box12", "Reports sought for retrieval", ""),
    ("other_notretrieved_reports", "node19", "box13", "Reports not retrieved", ""),
    ("dbr_assessed", "node13", "box8", "Reports assessed for eligibility", ""),
    ("dbr_excluded", "node14", "box9", "Reports excluded", ""),
    ("other_assessed", "node20", "box14", "Reports assessed for eligibility", ""),
    ("other_excluded", "node21", "box15", "Reports excluded", ""),
    ("new_studies", "node15", "box10", "New studies included in review", "Studies included in review"),
    ("new_reports", "", "box10", "Reports of new included studies", "Reports of included studies"),
    ("total_studies", "node22", "box16", "Total studies included in review", ""),
    ("total_reports", "", "box16", "Reports of total included studies", ""),
    ("", "node1", "identification", "Identification", ""),
    ("", "node2", "screening", "Screening", ""),
    ("", "node3", "included", "Included", ""),
    ("total_studies_ma", "node23", "box17", "Total studies included in meta-analysis", ""),
    ("total_reports_ma", "", "box17", "Reports of total included studies in meta-analysis", ""),
)  # fmt: skip

# The kind of label in each list; a list of one crashes the released package, so it is filled up with a zero.
_FILLERS: Final = {
    "database_specific_results": ("Database 1, 0", "Database 2, 0"),
    "register_specific_results": ("Register 1, 0", "Register 2, 0"),
    "dbr_excluded": ("Reason 1, 0", "Other, 0"),
    "other_excluded": ("Reason 1, 0", "Other, 0"),
}
_NUMBER: Final = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_CELL: Final = re.compile(rf"(?P<label>.*?)\s*,\s*(?P<n>{_NUMBER.pattern})")
_DECORATED: Final = re.compile(rf"\D*?(?P<n>{_NUMBER.pattern})[^\d,.]*")
_MISSING: Final = frozenset({"", "na", "nr", "xxx"})


@dataclass(frozen=True, slots=True)
class ReadFlow:
    """The counts in a CSV of the PRISMA2020 R package, and what in it can be read in two ways."""

    counts: FlowCounts
    warnings: tuple[str, ...]


def to_prisma2020_csv(counts: FlowCounts) -> str:
    """The counts as the CSV that the PRISMA2020 R package reads.

    Numbers that are not reported are empty cells, whose lines the package leaves out. Other methods beyond websites,
    organisations and citation searching, and what no template shows (ongoing, awaiting), have no row there.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for key, node, box, updated, new in _ROWS:
        text = updated if counts.is_update else new or updated
        writer.writerow((key or "NA", node or "NA", box, text, text, text, "NA", _cell(counts, key)))
    return out.getvalue()


def from_prisma2020_csv(text: str) -> ReadFlow:
    """The counts in a CSV of the PRISMA2020 R package, of this and of earlier versions.

    The file does not name its template: it is an update when it has previous studies or reports, and has other methods
    when one of their numbers is above 0.

    Raises:
        InputError: The text is no such CSV, a key is given twice, or a cell holds no count; names the row.
    """
    cells = _cells(text)
    warnings: list[str] = []
    read = {key: _number(key, cells[key]) for key in COUNT_KEYS if key in cells}
    lists = {key: _numbers(key, cells[key], warnings) for key in _FILLERS if key in cells}
    counts = FlowCounts(from_print=True, **read, **lists)  # type: ignore[arg-type]  # the keys are those of the fields
    return ReadFlow(_with_template(counts), tuple(warnings))


def to_mermaid(diagram: Diagram) -> str:
    """The diagram as a Mermaid flowchart."""
    draft = f"DRAFT: {diagram.still_open}" if diagram.draft else ""
    title = " - ".join(words for words in (draft, diagram.title) if words)
    lines = ["---", f"title: {_quoted(title)}", "---"] if title else []
    lines += ["flowchart TD"]
    for band in diagram.bands:
        inside = [box for box in diagram.boxes if box.band == band.key]
        nodes = [f"    {box.key}[{_label(box)}]" for box in inside]
        lines += [f"  subgraph band_{band.key} [{_quoted(band.text)}]", *nodes, "  end"]
    lines += [f"  {arrow.start} --> {arrow.end}" for arrow in diagram.arrows]
    grey = [box.key for box in diagram.boxes if box.style == "grey"]
    lines += ["  classDef grey fill:#dcdcdc,stroke:#666", f"  class {','.join(grey)} grey"] if grey else []
    lines += [f"  note[{_quoted(_escaped(diagram.note))}]"] if diagram.note else []
    lines += [f"  %% {diagram.credit}"]
    return "\n".join(lines) + "\n"


def _label(box: Box) -> str:
    return _quoted("<br/>".join(_escaped(line.words) for line in box.lines))


def _quoted(words: str) -> str:
    return f'"{words.replace(chr(34), "#quot;")}"'


def _escaped(words: str) -> str:
    """Words in which Mermaid finds no markup of its own."""
    for character, code in (("#", "#35;"), ("&", "#amp;"), ("<", "#lt;"), (">", "#gt;"), ("`", "#96;")):
        words = words.replace(character, code)
    return words


def _cell(counts: FlowCounts, key: str) -> str:
    """The cell n of a row; the package's own file has a 0 where a row is only a heading."""
    if not key:
        return "0"
    if key in _FILLERS:
        return _list_cell(getattr(counts, key), *_FILLERS[key])
    n = getattr(counts, key)
    return "" if n is None else str(n)


def _list_cell(listed: Numbers, first: str, second: str) -> str:
    """A list in one cell, of at least two entries."""
    merged: dict[str, int | None] = {}
    for label, n in listed.items():
        name = _plain(label)
        known = merged.get(name, 0)
        merged[name] = None if n is None or known is None else known + n
    entries = [f"{label}, {'NR' if n is None else n}" for label, n in merged.items()] or [first]
    return "; ".join(entries if len(entries) > 1 else [*entries, second])


def _plain(label: str) -> str:
    """A label without what the package splits a cell on."""
    return " / ".join(part for part in (" ".join(p.split()) for p in re.split("[,;]", label)) if part)


def _cells(text: str) -> dict[str, str]:
    """The cell n of each key."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    try:
        rows = list(csv.DictReader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise InputError(f"this is no CSV: {error}", "give the PRISMA.csv of the PRISMA2020 R package") from error
    if not rows or not {"data", "n"}.issubset(rows[0]):
        raise InputError("this is no CSV of the PRISMA2020 R package: no columns data and n", "give its PRISMA.csv")
    cells: dict[str, str] = {}
    for row in rows:
        key = (row["data"] or "").strip()
        if key in cells:
            raise InputError(f"{key} stands in two rows", "leave one of them")
        if key not in {"", "NA"}:
            cells[key] = (row["n"] or "").strip()
    return cells


def _number(key: str, cell: str) -> int | None:
    """The count in a cell, as the package reads it: "n=12" is 12, and text without digits is a missing number."""
    if not any(character.isdecimal() for character in cell):
        return None
    found = _DECORATED.fullmatch(cell)
    if not found or "-" in cell:
        raise InputError(f'{key} has "{cell}", which is no count', "write one whole number, or leave the cell empty")
    return int(found["n"].replace(",", ""))


def _numbers(key: str, cell: str, warnings: list[str]) -> Mapping[str, int | None]:
    """The list in a cell, without the entries that only fill it up."""
    entries = [entry for part in cell.split(";") if (entry := " ".join(part.split()))]
    if _is_filler(key, entries):
        return {}
    read: dict[str, int | None] = {}
    for entry in entries[:1] if entries[1:] == [_FILLERS[key][1]] else entries:
        label, n = _entry(key, entry, warnings)
        if label and label in read:
            raise InputError(f'{key} names "{label}" twice', "add the two numbers up")
        if label:
            read[label] = n
    return read


def _is_filler(key: str, entries: list[str]) -> bool:
    """The cell holds nothing but what a template is filled with: "Reason1, xxx; Reason2, xxx", or a bare number."""
    names = {filler.split(",")[0].rstrip("12 ") for filler in _FILLERS[key]}
    return all(
        re.fullmatch(rf"(?:{'|'.join(names)}) ?\d?, ?(?:xxx|0)", entry) or _NUMBER.fullmatch(entry) for entry in entries
    )


def _entry(key: str, entry: str, warnings: list[str]) -> tuple[str, int | None]:
    """Label and number: the number is the last group of digits, while the package cuts at the first comma."""
    found = _CELL.fullmatch(entry)
    label = found["label"] if found else entry.rpartition(",")[0] or entry
    n = int(found["n"].replace(",", "")) if found else None
    cut = entry.partition(",")[0].strip()
    if cut != label:
        warnings.append(f'{key}: "{entry}" is read here as "{label}", by the R package as "{cut}"')
    return label, n


def _with_template(counts: FlowCounts) -> FlowCounts:
    """The counts with the template that they need; a new review has no previous and no total numbers."""
    other = (
        counts.website_results, counts.organisation_results, counts.citations_results, counts.other_sought_reports,
        counts.other_notretrieved_reports, counts.other_assessed, *counts.other_excluded.values(),
    )  # fmt: skip
    updated = bool(counts.previous_studies or counts.previous_reports)
    template = f"{'updated' if updated else 'new'}-{'v2' if any(other) else 'v1'}"
    if updated:
        return replace(counts, template=template)
    return replace(
        counts, template=template, previous_studies=None, previous_reports=None, total_studies=None, total_reports=None
    )

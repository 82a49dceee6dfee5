"""Agreed answers as the tables of other programs: what each cell is derived from, and the cells that stay empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reviewflow.domain.form import DATA, Status
from reviewflow.domain.synthesis import CONTROL, EXPERIMENTAL, chosen_studies
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reviewflow.domain.form import Agreed, Cell
    from reviewflow.domain.protocol import PlannedSynthesis
    from reviewflow.domain.study import Arm, Study


@dataclass(frozen=True, slots=True)
class EmptyCell:
    """A cell that is left empty because nothing that is data stands for it.

    Attributes:
        why: "unknown", "the extractors differ: A, B", "not answered" and the like.
    """

    study: str
    arm: str
    endpoint: str
    timepoint: str
    field: str
    why: str

    @property
    def words(self) -> str:
        """The cell in one line: "Brown 2021, blinatumomab, OS at 1y: events is unknown"."""
        at = f" at {self.timepoint}" if self.timepoint else ""
        return f"{self.study}, {self.arm}, {self.endpoint}{at}: {self.field} is {self.why}"


@dataclass(frozen=True, slots=True)
class Contrast:
    """One row of a synthesis: a study at a time point, with the arm that counts and the arm it is compared with."""

    study: Study
    experimental: Arm | None
    control: Arm | None
    timepoint: str

    def arm(self, role: str) -> Arm | None:
        """The arm of a role."""
        return self.experimental if role == EXPERIMENTAL else self.control


@dataclass(frozen=True, slots=True)
class Laid:
    """A table: its header, its rows, and the cells that were left empty."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: tuple[EmptyCell, ...]


class Answered:
    """Looks agreed answers up, and keeps count of those that are missing.

    Args:
        agreed: What the extractors agree on.
        years: Study -> the year of its primary report.
    """

    def __init__(self, agreed: Mapping[Cell, Agreed], years: Mapping[int, int | None]) -> None:
        self._agreed = agreed
        self._years = years
        self.empty: list[EmptyCell] = []

    def timepoints(self, plan: PlannedSynthesis, study: Study, arms: Sequence[Arm | None]) -> list[str]:
        """The time points that a plan wants of a study: those with an answer, else the first that is planned."""
        ids = {arm.id for arm in arms if arm is not None}
        there = {c[3] for c in self._agreed if c[0] == study.id and c[1] in ids and c[2] == plan.endpoint}
        wanted = [each for each in plan.timepoints if each in there] if plan.timepoints else sorted(there)
        return wanted or [plan.timepoints[0] if plan.timepoints else ""]

    def year(self, study: Study) -> str:
        """The year of a study's primary report, "" when it is not known."""
        year = self._years.get(study.id)
        return "" if year is None else str(year)

    def cell(self, study: Study, arm: Arm | None, endpoint: str, timepoint: str, field: str) -> str:
        """The agreed value of a cell, "" where it is no data."""
        if arm is None:
            self.empty.append(EmptyCell(study.label, "no such arm", endpoint, timepoint, field, "not there"))
            return ""
        text, why = self._value((study.id, arm.id, endpoint, timepoint, field))
        if why:
            self.empty.append(EmptyCell(study.label, arm.label, endpoint, timepoint, field, why))
        return text

    def _value(self, cell: Cell) -> tuple[str, str]:
        """The value and "", or "" and why there is none."""
        found = self._agreed.get(cell)
        if found is None:
            return "", "not answered"
        if found.differ:
            return "", f"open, the extractors differ: {', '.join(found.differ)}"
        status = Status(found.answer.status)
        if status not in DATA:
            return "", status.replace("_", " ") + (
                "" if status in {Status.UNKNOWN, Status.NOT_REPORTED} else ", no data"
            )
        return (found.answer.value, "") if found.answer.value else ("", "empty")


def contrasts(plan: PlannedSynthesis, studies: Iterable[Study], answered: Answered) -> list[Contrast]:
    """The rows of a planned synthesis, one for each study, time point and experimental arm."""
    found: list[Contrast] = []
    for study in chosen_studies(plan, studies):
        tested: list[Arm | None] = [arm for arm in study.arms if arm.role == EXPERIMENTAL]
        tested = tested or [None]
        if plan.arms == "experimental vs control":
            against = next((arm for arm in study.arms if arm.role == CONTROL), None)
        else:
            against = None
        for arm in tested:
            at = answered.timepoints(plan, study, [arm, against])
            found.extend(Contrast(study, arm, against, timepoint) for timepoint in at)
    return found


def shared_controls(plan: PlannedSynthesis, studies: Iterable[Study]) -> list[str]:
    """The studies whose one control arm stands in several rows, each with another experimental arm."""
    if plan.arms != "experimental vs control":
        return []
    tested = {
        study.label: sum(arm.role == EXPERIMENTAL for arm in study.arms) for study in chosen_studies(plan, studies)
    }
    return [label for label, n in tested.items() if n > 1]


def kind_of(layout: Mapping[str, Any], measure: str) -> Mapping[str, Any] | None:
    """The part of a layout that a measure is laid out by; None where the layout has none."""
    kinds: list[Mapping[str, Any]] = layout["kind"]
    return next((kind for kind in kinds if measure in kind["measures"]), None)


def lay_out(kind: Mapping[str, Any], plan: PlannedSynthesis, studies: Iterable[Study], answered: Answered) -> Laid:
    """The table of a planned synthesis.

    Args:
        kind: Part of a layout; its columns say what each is derived from.
        plan: The synthesis.
        studies: The included studies.
        answered: The answers; what is empty is written there too.
    """
    before = len(answered.empty)
    columns: Mapping[str, str] = kind["columns"]
    rows = tuple(
        tuple(_derived(of, plan, row, answered) for of in columns.values())
        for row in contrasts(plan, studies, answered)
    )
    empty = tuple(dict.fromkeys(answered.empty[before:]))
    return Laid(tuple(columns), rows, empty)


def _derived(of: str, plan: PlannedSynthesis, row: Contrast, answered: Answered) -> str:
    """One cell: "experimental.events", or something of the study or the synthesis."""
    role, _, field = of.partition(".")
    if not field:
        of_study = {"study": row.study.label, "design": row.study.design, "outcome": plan.endpoint}
        return answered.year(row.study) if of == "year" else of_study[of]
    arm = row.arm(role)
    if field != "nonevents":
        return answered.cell(row.study, arm, plan.endpoint, row.timepoint, field)
    events, total = (answered.cell(row.study, arm, plan.endpoint, row.timepoint, name) for name in ("events", "total"))
    return str(int(float(total)) - int(float(events))) if events and total else ""


def judgement(tool: Mapping[str, Any], value: str, where: str) -> str:
    """A judgement in the full words that robvis reads.

    Args:
        tool: A tool of the layout.
        value: As it was answered: in words, or as a code such as some_concerns.
        where: For the error.

    Raises:
        InputError: The tool has no such judgement.
    """
    words = {**{word: word for word in tool["words"]}, **tool.get("instead", {})}
    plain = {key.casefold(): word for key, word in words.items()}
    found = plain.get(value.strip().replace("_", " ").casefold())
    if found is None:
        raise InputError(f"{where} is judged {value!r}", f"{tool['name']} has {', '.join(tool['words'])}")
    return str(found)

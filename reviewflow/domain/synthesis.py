"""From agreed answers to the rows of a pool: which studies enter, what is unknown, and what must not be pooled."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from reviewflow.domain.form import DATA, Denominator, Status
from reviewflow.domain.printed import People
from reviewflow.domain.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reviewflow.domain.form import Agreed, Answer, Cell
    from reviewflow.domain.protocol import PlannedSynthesis, Reported
    from reviewflow.domain.study import Arm, Study

EXPERIMENTAL, CONTROL = "experimental", "control"
# The measures that follow from the counts of the form of results.
_MEASURES = {"experimental vs control": ("OR", "RR", "RD", "PETO"), "experimental": ("PR", "PLO", "PFT", "PAS")}


@dataclass(frozen=True, slots=True)
class ArmResult:
    """The result of one arm for an endpoint at a time point.

    Attributes:
        events: Participants with the event; None when not known from data.
        total: Participants it is counted among; None when not known from data.
        answers: The answers it was read from.
    """

    study: Study
    arm: Arm
    timepoint: str
    events: int | None
    total: int | None
    denominator: str
    answers: tuple[Answer, ...]
    differ: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether both numbers are data."""
        return self.events is not None and self.total is not None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a planned synthesis finds among the answers.

    Attributes:
        rows: One for each study: ai, n1i, ci, n2i for two arms, xi, ni for one, with "study".
        unknown: "study, arm" of each result that is not known from data.
        repeated: Studies with results at more than one of the planned time points: the same patients twice.
        differ: "study, arm" of each result on which the extractors do not agree.
        warnings: What a reader must know of the rows.
        answers: Ids of the answers that the rows were made of.
        arm_labels: What the experimental and the control arms are called.
        one_armed: Studies that lack one of the two arms that the plan compares.
        timepoints: Study -> the time point of its row.
    """

    rows: tuple[dict[str, float | str], ...]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]
    differ: tuple[str, ...]
    warnings: tuple[str, ...]
    answers: tuple[int, ...]
    arm_labels: tuple[str, str] = ("Experimental", "Control")
    one_armed: tuple[str, ...] = ()
    timepoints: Mapping[str, str] = field(default_factory=dict)

    @property
    def refusal(self) -> str:
        """Why this must not be pooled, "" when it may."""
        if self.repeated:
            return f"the same patients twice: {_listed(self.repeated)} at more than one time point"
        if self.one_armed:
            return f"it compares two arms, and of {_listed(self.one_armed)} there is one"
        if self.differ:
            return f"the extractors differ on {_listed(self.differ)}"
        if self.unknown:
            return f"incomplete: {counted(len(self.unknown), 'unknown cell')} ({_listed(self.unknown)})"
        return "" if self.rows else "no study has a result for it"


def _listed(names: Sequence[str], most: int = 3) -> str:
    shown = "; ".join(names[:most])
    return shown if len(names) <= most else f"{shown}; and {len(names) - most} more"


def gather(plan: PlannedSynthesis, studies: Iterable[Study], agreed: Mapping[Cell, Agreed]) -> Gathered:
    """The rows of a planned synthesis.

    Args:
        plan: The synthesis.
        studies: The included studies.
        agreed: What the extractors agree on.
    """
    roles = (EXPERIMENTAL, CONTROL) if plan.arms == "experimental vs control" else (EXPERIMENTAL,)
    results = [_results_of(study, plan, agreed, roles) for study in chosen_studies(plan, studies)]
    flat = [each for study in results for each in study]
    repeated = tuple(study[0].study.label for study in results if len({each.timepoint for each in study}) > 1)
    unknown = tuple(_name(each) for each in flat if not each.is_known and not each.differ)
    differ = tuple(_name(each) for each in flat if each.differ)
    one_armed = tuple(study[0].study.label for study in results if study and _roles(study) < len(roles))
    complete = not (repeated or unknown or differ or one_armed)
    rows = tuple(_row(study, roles) for study in results if study) if complete else ()
    used = sorted({answer.id for each in flat for answer in each.answers})
    labels = (_label(flat, EXPERIMENTAL), _label(flat, CONTROL))
    at = {each.study.label: each.timepoint for each in flat}
    return Gathered(
        rows, unknown, repeated, differ, _warnings(flat) if complete else (), tuple(used), labels, one_armed, at
    )


def _roles(results: Sequence[ArmResult]) -> int:
    return len({result.arm.role for result in results})


def _label(results: Sequence[ArmResult], role: str) -> str:
    """What the arms of a role are called, when all studies call them the same."""
    names = {result.arm.label for result in results if result.arm.role == role}
    return names.pop().capitalize() if len(names) == 1 else role.capitalize()


def chosen_studies(plan: PlannedSynthesis, studies: Iterable[Study]) -> list[Study]:
    """The studies that the plan is for."""
    if plan.studies:
        return [study for study in studies if study.label in plan.studies]
    return [study for study in studies if plan.design in {"any", study.design}]


def unmatched(plan: PlannedSynthesis, studies: Sequence[Study], agreed: Mapping[Cell, Agreed]) -> str:
    """Why a plan meets no study and no answer, as a slip of spelling has it; "" when it meets some."""
    measures = _MEASURES[plan.arms]
    if plan.measure not in measures:
        counts = "one arm" if plan.arms == EXPERIMENTAL else "two arms"
        known = ", ".join(measures)
        return f'{plan.measure} does not follow from the counts of {counts}; with arms = "{plan.arms}" one of {known}'
    stray = sorted(set(plan.studies) - {study.label for study in studies})
    if stray:
        return f"planned for it and not among the included studies: {', '.join(stray)}"
    designs = sorted({study.design for study in studies if study.design})
    if designs and not chosen_studies(plan, studies):
        return f"no included study has the design {plan.design!r} (they have: {', '.join(designs)})"
    counted_in = {cell for cell in agreed if cell[4] == "events"}
    endpoints = sorted({cell[2] for cell in counted_in})
    if endpoints and plan.endpoint not in endpoints:
        return f"no answer is on {plan.endpoint!r} (they are on: {_listed(endpoints, 6)})"
    at = sorted({cell[3] for cell in counted_in if cell[2] == plan.endpoint})
    if at and plan.timepoints and not set(at) & set(plan.timepoints):
        return f"no answer on {plan.endpoint} is at {' or '.join(plan.timepoints)} (they are at: {_listed(at, 6)})"
    return ""


def people_of(plan: PlannedSynthesis, studies: Sequence[Study]) -> People:
    """How many participants the arms of a plan hold, and all arms of the included studies.

    Args:
        plan: The synthesis.
        studies: The included studies.
    """
    chosen = chosen_studies(plan, studies)
    roles = {EXPERIMENTAL, CONTROL} if plan.arms == "experimental vs control" else {EXPERIMENTAL}
    planned = [arm.n for study in chosen for arm in study.arms if arm.role in roles]
    every = [arm.n for study in studies for arm in study.arms]
    return People(_sum(planned), _sum(every), len(chosen))


def _sum(sizes: Sequence[int | None]) -> int | None:
    """The sum of known sizes; None where one is not known, or there is none."""
    known = [n for n in sizes if n is not None]
    return sum(known) if known and len(known) == len(sizes) else None


def _name(result: ArmResult) -> str:
    return f"{result.study.label}, {result.arm.label}"


def _results_of(
    study: Study, plan: PlannedSynthesis, agreed: Mapping[Cell, Agreed], roles: Sequence[str]
) -> list[ArmResult]:
    """The results of a study's arms at the planned time points; one unknown result where there is none."""
    found: list[ArmResult] = []
    for role in roles:
        for arm in (arm for arm in study.arms if arm.role == role):
            at = _timepoints(study, arm, plan, agreed)
            found.extend(_result(study, arm, plan.endpoint, timepoint, agreed) for timepoint in at)
    return found


def _timepoints(study: Study, arm: Arm, plan: PlannedSynthesis, agreed: Mapping[Cell, Agreed]) -> list[str]:
    there = {cell[3] for cell in agreed if cell[:3] == (study.id, arm.id, plan.endpoint) and cell[4] == "events"}
    wanted = [each for each in plan.timepoints if each in there] if plan.timepoints else sorted(there)
    return wanted or [plan.timepoints[0] if plan.timepoints else ""]


def _result(study: Study, arm: Arm, endpoint: str, timepoint: str, agreed: Mapping[Cell, Agreed]) -> ArmResult:
    cells = [agreed.get((study.id, arm.id, endpoint, timepoint, field)) for field in ("events", "total")]
    there = [cell for cell in cells if cell is not None]
    numbers = [_number(cell.answer) if cell is not None else None for cell in cells]
    return ArmResult(
        study,
        arm,
        timepoint,
        numbers[0],
        numbers[1],
        there[0].answer.denominator if there else Denominator.UNKNOWN,
        tuple(cell.answer for cell in there),
        tuple(sorted({name for cell in there for name in cell.differ})),
    )


def _number(answer: Answer) -> int | None:
    """The count, when it is data."""
    return int(float(answer.value)) if answer.value and Status(answer.status) in DATA else None


def _row(results: Sequence[ArmResult], roles: Sequence[str]) -> dict[str, float | str]:
    """One row in the names of metafor's escalc; arms of the same role are one group, so that nobody counts twice."""
    names = (("ai", "n1i"), ("ci", "n2i")) if len(roles) > 1 else (("xi", "ni"),)
    row: dict[str, float | str] = {"study": results[0].study.label}
    for (events, total), role in zip(names, roles, strict=True):
        own = [result for result in results if result.arm.role == role]
        row[events] = float(sum(result.events or 0 for result in own))
        row[total] = float(sum(result.total or 0 for result in own))
    return row


def _warnings(results: Sequence[ArmResult]) -> tuple[str, ...]:
    found: list[str] = []
    kinds = sorted({result.denominator for result in results})
    if len(kinds) > 1:
        found.append(f"The pool mixes denominators: {', '.join(kinds)}.")
    found.extend(
        f"{_name(result)}: {result.total} participants in the result, {result.arm.n} in the arm."
        for result in results
        if result.arm.n is not None and (result.total or 0) > result.arm.n
    )
    found.extend(_combined(results))
    found.extend(_mixed_designs(results))
    derived = [_name(result) for result in results if any(a.status == Status.DERIVED for a in result.answers)]
    if derived:
        found.append(f"Derived, not printed as such: {_listed(derived)}.")
    return tuple(found)


def _mixed_designs(results: Sequence[ArmResult]) -> Iterator[str]:
    """What each design brings, where arms of several designs are in one pool without their controls."""
    if any(result.arm.role == CONTROL for result in results):
        return
    designs = list(dict.fromkeys(result.study.design for result in results))
    if len(designs) > 1:
        parts = []
        for design in designs:
            own = [result for result in results if result.study.design == design]
            events, total = sum(each.events or 0 for each in own), sum(each.total or 0 for each in own)
            n = counted(len({each.study.id for each in own}), "study", "studies")
            parts.append(f"{design or 'no design'} {events}/{total} in {n}")
        yield f"The pool mixes the arms of several designs: {', '.join(parts)}."


def _combined(results: Sequence[ArmResult]) -> Iterator[str]:
    """Which arms became one group."""
    for label in dict.fromkeys(result.study.label for result in results):
        for role in (EXPERIMENTAL, CONTROL):
            arms = [r.arm.label for r in results if r.study.label == label and r.arm.role == role]
            if len(arms) > 1:
                yield f"{label}: its {role} arms {' and '.join(arms)} are combined into one group (Handbook 23.3.4)."


@dataclass(frozen=True, slots=True)
class Compared:
    """A computed result beside the printed one.

    Attributes:
        agrees: Whether every printed number is the computed one, rounded to as many digits.
        differences: Those that are not, in words.
    """

    agrees: bool
    differences: tuple[str, ...]


def compare(reported: Reported, computed: Mapping[str, float | None]) -> Compared:
    """Hold a computed result against a printed one.

    Args:
        reported: As printed; an empty text is not compared.
        computed: estimate, ci_lower, ci_upper, i2 and p on the printed scale, and n_participants, n_events, n_studies.
    """
    differences = []
    for name, value in computed.items():
        printed = getattr(reported, name)
        if printed not in {"", None} and not prints_as(value, str(printed)):
            differences.append(f"{name}: {printed} in print, {value if value is None else round(value, 4)} computed")
    return Compared(not differences, tuple(differences))


def prints_as(value: float | None, printed: str) -> bool:
    """Whether a value, rounded half away from zero to the digits printed, is what was printed."""
    try:
        shown = Decimal(printed)
    except InvalidOperation:
        return False
    if value is None:
        return False
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(int(shown.as_tuple().exponent)), ROUND_HALF_UP) == shown

"""The summary of findings: each outcome with its effect, what that means for a thousand people, and its certainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from reviewflow.domain import findings
from reviewflow.workflow import grade, synthesis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.findings import Risks
    from reviewflow.storage.review import Review
    from reviewflow.workflow.grade import Graded
    from reviewflow.workflow.synthesis import Synthesis

HEADER = (
    "Outcome",
    "Participants (studies)",
    "Relative effect [95 % CI]",
    "Risk without the intervention",
    "Risk with the intervention [95 % CI]",
    "Difference [95 % CI]",
    "Certainty (GRADE)",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the table.

    Attributes:
        cells: As HEADER, without the marks of footnotes.
        marks: Letters of the footnotes at the certainty, and at the risk without the intervention.
        risks: The absolute effects; None where there are none.
    """

    synthesis: Synthesis
    graded: Graded | None
    cells: tuple[str, ...]
    marks: tuple[str, str]
    risks: Risks | None

    def to_json(self) -> dict[str, Any]:
        """What `grade table --json` prints of it."""
        risks = self.risks
        return {
            "synthesis": self.synthesis.plan.name,
            "outcome": self.cells[0],
            "relative_effect": self.cells[2],
            "certainty": self.cells[6],
            "assumed_risk": risks.assumed if risks else None,
            "assumed_from": risks.assumed_from if risks else "",
            "corresponding_risk": list(risks.corresponding) if risks else None,
            "difference": list(risks.difference) if risks and risks.difference else None,
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole table with its footnotes: letter -> words."""

    title: str
    rows: tuple[Finding, ...]
    footnotes: tuple[tuple[str, str], ...]
    levels: tuple[tuple[str, str], ...]


def summary(review: Review, names: Sequence[str] = ()) -> Summary:
    """The summary of findings of some syntheses, or of all that were graded.

    Args:
        review: The review.
        names: Names or endpoints of planned syntheses; empty for those that were graded.

    Raises:
        UsageError: There is no synthesis of a name.
    """
    judged = {each.plan.name: each for each in grade.graded(review)}
    wanted = [grade.find_plan(review, name).name for name in names] or list(judged)
    done = synthesis.run(review, None, wanted) if wanted else []
    made = [_row(each, judged.get(each.plan.name)) for each in done]
    notes = list(dict.fromkeys(note for _, _, at_risk, at_certainty in made for note in (*at_risk, *at_certainty)))
    letters = {note: findings.letter(n) for n, note in enumerate(notes)}
    rows = tuple(
        Finding(
            each,
            judged.get(each.plan.name),
            cells,
            (",".join(letters[n] for n in at_certainty), ",".join(letters[n] for n in at_risk)),
            risks,
        )
        for each, (cells, risks, at_risk, at_certainty) in zip(done, made, strict=True)
    )
    table = grade.table()
    rated = zip(table["symbols"], table["levels"], table["meanings"], strict=True)
    named = [(f"{symbol} {level}", meaning) for symbol, level, meaning in rated]
    return Summary(review.protocol.title, rows, tuple((letters[note], note) for note in notes), tuple(named[::-1]))


Made: TypeAlias = "tuple[tuple[str, ...], Risks | None, list[str], list[str]]"


def _row(each: Synthesis, judged: Graded | None) -> Made:
    """The cells of a synthesis, its absolute effects, and its footnotes at the risk and at the certainty."""
    certainty = f"{judged.rated.symbol} {judged.rated.level}" if judged else "not graded"
    at_certainty = list(judged.reasons) if judged else []
    if judged and judged.rated.open:
        at_certainty.append(f"Not judged yet: {', '.join(judged.rated.open)}.")
    name = each.plan.endpoint
    if each.result is None:
        return (name, "-", f"not pooled: {each.refusal}", "-", "-", "-", certainty), None, [], at_certainty
    result = each.result
    said = judged.certainty if judged else None
    risks = findings.risks(result, said.assumed_risk if said else None, said.risk_source if said else "")
    size, effect = findings.studies_text(result), findings.relative_text(result)
    if risks is None:
        return (name, size, effect, "-", "-", "-", certainty), None, [], at_certainty
    at_risk = [f"Risk without the intervention: {risks.assumed_from}."] if risks.assumed_from else []
    if risks.clipped:
        at_risk.append("A risk beyond 0 or 1000 per 1000 was set to that end.")
    assumed = "-" if risks.assumed is None else f"{findings.per_thousand(risks.assumed)} per {findings.PER}"
    difference = findings.difference_text(risks.difference) if risks.difference else "-"
    risk = findings.risk_text(risks.corresponding)
    return (name, size, effect, assumed, risk, difference, certainty), risks, at_risk, at_certainty

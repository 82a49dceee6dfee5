"""Syntheses of two arms as RevMan knows them: the analysis data of RevMan 5, and a Cochrane data package."""

from __future__ import annotations

import io
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

from reviewflow.domain.effect import shown
from reviewflow.domain.layout import Contrast, contrasts
from reviewflow.errors import StateError
from reviewflow.formats import writer
from reviewflow.workflow.review_contents import named_rows, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.domain.layout import Answered, EmptyCell
    from reviewflow.domain.pooling import Pooled, StudyResult
    from reviewflow.domain.study import Study
    from reviewflow.workflow.review_contents import Contents
    from reviewflow.workflow.synthesis import Synthesis

Row = dict[str, str]
Found = tuple[list[Row], tuple["EmptyCell", ...], tuple[str, ...]]

_MODELS = {"random": ("Random", "Random effect"), "": ("", "")}


@dataclass(frozen=True, slots=True)
class _Placed:
    """A synthesis with its place: comparisons are numbered by what is compared, outcomes within them."""

    each: Synthesis
    comparison: int
    outcome: int
    name: str

    @property
    def result(self) -> Pooled | None:
        return self.each.result

    def model(self, which: int) -> str:
        """The analysis model in the words of RevMan 5 (0) or of the data package (1); "" when it was not pooled."""
        found = self.result
        return _MODELS.get(found.model if found else "", ("Fixed", "Fixed effect"))[which]


def _placed(whole: Contents, layout: Mapping[str, Any]) -> tuple[list[_Placed], tuple[str, ...]]:
    """The syntheses that RevMan can hold, with their places, and a line on each that it cannot."""
    found: list[_Placed] = []
    left_out = []
    places: dict[str, list[int]] = {}
    for each in whole.syntheses:
        plan = each.plan
        if plan.measure not in layout["measures"]:
            left_out.append(f"{plan.name} is left out: RevMan compares two arms, and it is a {plan.measure}")
            continue
        name = " versus ".join(each.gathered.arm_labels)
        place = places.setdefault(name, [len(places) + 1, 0])
        place[1] += 1
        found.append(_Placed(each, place[0], place[1], name))
    if not found:
        raise StateError("the protocol plans no synthesis of two arms", "reviewflow pool plan")
    refused = (f"{e.each.plan.name} is not pooled: {e.each.refusal}" for e in found if e.result is None)
    return found, (*left_out, *refused)


def _method(placed: _Placed, layout: Mapping[str, Any]) -> str:
    return str(layout["methods"].get(placed.result.model, "")) if placed.result else ""


def _study_results(placed: _Placed) -> dict[str, StudyResult]:
    return {study.study: study for study in placed.result.studies} if placed.result else {}


@dataclass(frozen=True, slots=True)
class _Arms:
    """Events and totals of the two arms, as texts; "" where a cell is empty."""

    events: tuple[str, str]
    totals: tuple[str, str]

    @classmethod
    def of(cls, row: Contrast, endpoint: str, answered: Answered) -> _Arms:
        both = [(row.experimental, row.timepoint), (row.control, row.timepoint)]
        cells = [
            [answered.cell(row.study, arm, endpoint, timepoint, field) for arm, timepoint in both]
            for field in ("events", "total")
        ]
        return cls((cells[0][0], cells[0][1]), (cells[1][0], cells[1][1]))


def _sum(texts: Sequence[str]) -> str:
    """The sum of the numbers; "" when one is missing: a sum of the rest would be a guess."""
    return number(sum(float(text) for text in texts)) if texts and all(texts) else ""


def revman5_rows(whole: Contents, layout: Mapping[str, Any]) -> Found:
    """The rows of "Export analysis data": a row for each comparison, each outcome, each study."""
    placed, notes = _placed(whole, layout)
    answered = whole.answered()
    rows: list[Row] = []
    headed: set[int] = set()
    for each in sorted(placed, key=lambda one: (one.comparison, one.outcome)):
        if each.comparison not in headed:
            headed.add(each.comparison)
            rows.append({**_numbers(each.comparison, 0), "Name": each.name})
        rows.extend(_revman5_outcome(each, whole, layout, answered))
    return rows, tuple(dict.fromkeys(answered.empty)), notes


def _numbers(comparison: int, outcome: int) -> Row:
    return {"Comparison Number": str(comparison), "Outcome Number": str(outcome), "Subgroup Number": "0"}


def _revman5_outcome(placed: _Placed, whole: Contents, layout: Mapping[str, Any], answered: Answered) -> Iterator[Row]:
    plan = placed.each.plan
    numbers = _numbers(placed.comparison, placed.outcome)
    rows = contrasts(plan, whole.studies, answered)
    arms = [_Arms.of(row, plan.endpoint, answered) for row in rows]
    labels = placed.each.gathered.arm_labels
    yield {
        **numbers,
        "Name": plan.endpoint,
        "Data Type": "DIC",
        "Statistical Method": _method(placed, layout),
        "Effect Measure": layout["measures"][plan.measure],
        "Analysis Model": placed.model(0),
        "Events 1": _sum([each.events[0] for each in arms]),
        "Total 1": _sum([each.totals[0] for each in arms]),
        "Events 2": _sum([each.events[1] for each in arms]),
        "Total 2": _sum([each.totals[1] for each in arms]),
        **_revman5_pooled(placed.result),
        "Group Label 1": labels[0],
        "Group Label 2": labels[1],
        "Left Graph Label": f"Favours {labels[0].lower()}",
        "Right Graph Label": f"Favours {labels[1].lower()}",
    }
    known = _study_results(placed)
    for order, (row, both) in enumerate(zip(rows, arms, strict=True), 1):
        yield {
            **numbers,
            "Name": row.study.label,
            "Events 1": both.events[0],
            "Mean 1": "0",
            "SD 1": "0",
            "Total 1": both.totals[0],
            "Events 2": both.events[1],
            "Mean 2": "0",
            "SD 2": "0",
            "Total 2": both.totals[1],
            **_revman5_study(placed.result, known.get(row.study.label)),
            "Year of study": answered.year(row.study),
            "User defined order": str(order),
        }


def _revman5_pooled(result: Pooled | None) -> Row:
    if result is None or result.estimate is None:
        return {}
    s = result.summary
    ends = (shown(result.scale, end) for end in (s.estimate, s.ci_lower, s.ci_upper))
    estimate, low, high = (number(end) for end in ends)
    return {
        "Effect Estimate": estimate,
        "CI Start": low,
        "CI End": high,
        "Weight": "100",
        "Q": number(result.q),
        "P(Q)": number(result.q_p),
        "I²(Q)": number(result.i2_from_q),
        "Tau²": number(result.tau2 if result.tau2 is not None else 0.0),
        "Z": number(abs(s.statistic) if s.statistic is not None else None),
        "P(Z)": number(s.p_value),
        "df": number(result.q_df),
    }


def _revman5_study(result: Pooled | None, study: StudyResult | None) -> Row:
    """The study's own effect: estimate and interval as shown, the standard error on the scale of the analysis."""
    if result is None or study is None or study.yi is None:
        return {}
    ends = (shown(result.scale, end) for end in (study.yi, study.ci_lower, study.ci_upper))
    estimate, low, high = (number(end) for end in ends)
    return {
        "Effect Estimate": estimate,
        "SE": number(sqrt(study.vi) if study.vi is not None else None),
        "CI Start": low,
        "CI End": high,
        "Weight": number(study.weight),
    }


def revman_web_files(
    whole: Contents, layout: Mapping[str, Any], id_: str
) -> tuple[list[tuple[str, str]], tuple[EmptyCell, ...], tuple[str, ...]]:
    """The files of a data package by their names: analyses, studies, and the included reports as RIS."""
    placed, notes = _placed(whole, layout)
    answered = whole.answered()
    tables: dict[str, list[Row]] = {
        "data-rows": [row for each in placed for row in _data_rows(each, whole, answered)],
        "overall-estimates-and-settings": [_settings(each, whole, layout, answered) for each in placed],
        "subgroup-estimates": [],
        "study-information": [_study_information(whole, study, answered) for study in whole.studies],
        "study-arms": [_study_arm(study.label, arm.label, arm.n) for study in whole.studies for arm in study.arms],
        "study-results": [row for each in placed for row in _study_results_rows(each, whole, answered)],
    }
    files = []
    for pattern, header in layout["files"].items():
        kind = pattern.rpartition("{id}-")[2].removesuffix(".csv")
        files.append((f"{id_}-{pattern.format(id=id_)}", named_rows(header, tables[kind])))
    files.append((f"{id_}-study-data/{id_}-included.ris", _ris(whole)))
    plain = "experimental: no import into RevMan has been tried; names of arms and outcomes must match the review's"
    return files, tuple(dict.fromkeys(answered.empty)), (plain, *notes)


def _ris(whole: Contents) -> str:
    """The primary reports of the included studies; RevMan wants them before the data, or it doubles the studies."""
    stream = io.StringIO()
    kept = [record for study in whole.studies if (record := whole.record_of(study)) is not None]
    writer("ris")(kept, stream, [()] * len(kept))
    return stream.getvalue()


def _analysis(placed: _Placed) -> Row:
    return {"Analysis group": str(placed.comparison), "Analysis number": str(placed.outcome)}


def _data_rows(placed: _Placed, whole: Contents, answered: Answered) -> Iterator[Row]:
    plan, known = placed.each.plan, _study_results(placed)
    for row in contrasts(plan, whole.studies, answered):
        both = _Arms.of(row, plan.endpoint, answered)
        result = known.get(row.study.label)
        found = _revman5_study(placed.result, result)
        yield {
            **_analysis(placed),
            "Analysis name": plan.endpoint,
            "Study": row.study.label,
            "Study year": answered.year(row.study),
            "GIV Mean": number(result.yi) if result else "",
            "GIV SE": found.get("SE", ""),
            "Experimental cases": both.events[0],
            "Experimental N": both.totals[0],
            "Control cases": both.events[1],
            "Control N": both.totals[1],
            "Weight": found.get("Weight", ""),
            "Mean": found.get("Effect Estimate", ""),
            "CI start": found.get("CI Start", ""),
            "CI end": found.get("CI End", ""),
        }


def _settings(placed: _Placed, whole: Contents, layout: Mapping[str, Any], answered: Answered) -> Row:
    plan, labels = placed.each.plan, placed.each.gathered.arm_labels
    arms = [_Arms.of(row, plan.endpoint, answered) for row in contrasts(plan, whole.studies, answered)]
    pooled = _revman5_pooled(placed.result)
    heterogeneity = {"Tau²": "Tau²", "Chi²": "Q", "df": "df", "P": "P(Q)", "I²": "I²(Q)"}
    return {
        **_analysis(placed),
        "Analysis name": plan.endpoint,
        "Analysis group name": placed.name,
        "Data type": "Dichotomous",
        "Outcome": plan.endpoint,
        "Experimental intervention": labels[0],
        "Control intervention": labels[1],
        "Experimental group label": labels[0],
        "Control group label": labels[1],
        "Statistical method": _method(placed, layout),
        "Effect measure": layout["measures"][plan.measure],
        "Analysis model": placed.model(1),
        "Swap event and non-event": "No",
        "Study CI": "95%",
        "Estimate CI": "95%",
        "Experimental cases": _sum([each.events[0] for each in arms]),
        "Experimental N": _sum([each.totals[0] for each in arms]),
        "Control cases": _sum([each.events[1] for each in arms]),
        "Control N": _sum([each.totals[1] for each in arms]),
        "Mean": pooled.get("Effect Estimate", ""),
        "CI start": pooled.get("CI Start", ""),
        "CI end": pooled.get("CI End", ""),
        **{f"Heterogeneity {theirs}": pooled.get(ours, "") for theirs, ours in heterogeneity.items()},
        "Effect Z": pooled.get("Z", ""),
        "Effect P": pooled.get("P(Z)", ""),
        "ID": plan.name,
    }


def _study_information(whole: Contents, study: Study, answered: Answered) -> Row:
    endpoints = dict.fromkeys(cell[2] for cell in whole.agreed if cell[0] == study.id)
    return {
        "Study": study.label,
        "Year": answered.year(study),
        "Char: Methods": study.design,
        "Char: Participants": study.country,
        "Char: Interventions": "; ".join(arm.label for arm in study.arms),
        "Char: Outcomes": "; ".join(endpoints),
        "Char: Notes": study.note,
    }


def _study_arm(study: str, arm: str, n: int | None) -> Row:
    described = "" if n is None else f"{n} participants"
    return {"Study": study, "Arm": arm, "Description": described, "Intervention": arm}


def _study_results_rows(placed: _Placed, whole: Contents, answered: Answered) -> Iterator[Row]:
    """One row for each arm of each study of a synthesis."""
    plan = placed.each.plan
    for row in contrasts(plan, whole.studies, answered):
        both = _Arms.of(row, plan.endpoint, answered)
        for arm, events, total in zip((row.experimental, row.control), both.events, both.totals, strict=True):
            if arm is not None:
                yield {
                    "Study": row.study.label,
                    "Outcome": plan.endpoint,
                    "Data type": "Dichotomous",
                    "Arm": arm.label,
                    "Sample size": total,
                    "Cases": events,
                    "Footnotes": row.timepoint,
                }

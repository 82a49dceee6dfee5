"""Methods and results of the syntheses as text by the items of PRISMA 2020; every number is that of the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain import findings
from reviewflow.domain.pooling.rule import words_of
from reviewflow.domain.pooling.wording import interval_text, label_of, p_text, rounded
from reviewflow.domain.words import counted
from reviewflow.version import __version__
from reviewflow.workflow import grade
from reviewflow.workflow.model_rule import model_rule
from reviewflow.workflow.pool_report_results import (
    ENOUGH,
    name_of,
    sensitivity,
    small_studies,
    with_reported,
    without_pooling,
)
from reviewflow.workflow.review_contents import contents
from reviewflow.workflow.synthesis_blocks import appraisal_forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reviewflow.domain.form import Answer
    from reviewflow.domain.pooling import Pooled
    from reviewflow.storage.review import Review
    from reviewflow.workflow.grade import Graded
    from reviewflow.workflow.review_contents import Contents
    from reviewflow.workflow.synthesis import Synthesis


@dataclass(frozen=True, slots=True)
class Item:
    """One item of PRISMA 2020 with what is to be said on it."""

    number: str
    topic: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The items, and of each synthesis the answers that its numbers come from."""

    items: tuple[Item, ...]
    sources: tuple[tuple[str, tuple[int, ...]], ...]

    def markdown(self) -> str:
        """The report as Markdown."""
        lines: list[str] = []
        for item in self.items:
            lines += [f"## {item.number} {item.topic}", ""]
            for paragraph in item.paragraphs:
                lines += [paragraph, ""]
        if self.sources:
            lines += ["## Where the numbers come from", "", "| synthesis | answers |", "| --- | --- |"]
            lines += [f"| {name} | {', '.join(f'a{id_}' for id_ in ids)} |" for name, ids in self.sources]
            lines += ["", f"`reviewflow pool explain {self.sources[0][0]}` shows them with their sources."]
        return "\n".join(lines).rstrip("\n") + "\n"


def report(review: Review, names: Sequence[str] = ()) -> Report:
    """The report of some planned syntheses, or of all.

    Args:
        review: The review.
        names: Names of planned syntheses; empty for all.

    Raises:
        UsageError: The protocol plans no synthesis of that name.
    """
    whole = contents(review, names)
    judged = {each.plan.name: each for each in grade.graded(review)}
    named = [judged[each.plan.name] for each in whole.syntheses if each.plan.name in judged]
    done = [(each, each.result) for each in map(with_reported, whole.syntheses) if each.result is not None]
    items = (
        Item("13a", "Eligibility for each synthesis", tuple(map(_eligible, whole.syntheses))),
        Item("13b", "Preparation of the data", tuple(_prepared(whole))),
        Item("13c", "Tables and displays", tuple(_displays())),
        Item("13d", "Methods of synthesis", tuple(_methods(whole))),
        Item("13e", "Exploring heterogeneity", tuple(_heterogeneity(whole))),
        Item("13f", "Sensitivity analyses", tuple(_sensitivity(whole))),
        Item("14", "Assessing reporting bias", tuple(_bias_methods(done))),
        Item("15", "Assessing certainty", tuple(_certainty_methods(named))),
        Item("20a", "Studies in each synthesis", tuple(_contributing(whole, each, result) for each, result in done)),
        Item("20b", "Results of the syntheses", (*map(_result, whole.syntheses), *without_pooling(done))),
        Item("20c", "Causes of heterogeneity", ("No subgroup analysis or meta-regression was planned.",)),
        Item("20d", "Results of sensitivity analyses", tuple(sensitivity(done))),
        Item("21", "Reporting biases", tuple(small_studies(done))),
        Item("22", "Certainty of evidence", tuple(_certainty(named))),
    )
    kept = tuple(Item(item.number, item.topic, item.paragraphs or ("Nothing to report.",)) for item in items)
    return Report(kept, tuple((each.plan.name, each.answers) for each, _ in done))


def _eligible(each: Synthesis) -> str:
    plan = each.plan
    design = {"any": "studies of any design", "RCT": "randomised trials"}.get(plan.design, f"{plan.design} studies")
    arms = "with an experimental and a control arm" if plan.arms != "experimental" else "by their experimental arms"
    times = " or ".join("any time" if each == "any" else each for each in plan.timepoints)
    at = f", at {times}" if times else ""
    only = f"; named in the plan: {', '.join(plan.studies)}" if plan.studies else ""
    return f"{name_of(each)}: {design} {arms} that report {plan.endpoint}{at}{only}."


def _prepared(whole: Contents) -> Iterable[str]:
    yield (
        "Results were extracted arm by arm. Only values that are published, derived from published ones or given by "
        "the authors, and on which the extractors agree, were used; nothing was imputed."
    )
    for each in whole.syntheses:
        if each.result is not None:
            yield from (f"{name_of(each)}: {a.study}, {a.method}: {a.words}." for a in each.result.adjustments)
            yield from (f"{name_of(each)}: {warning}" for warning in each.gathered.warnings)


def _displays() -> Iterable[str]:
    yield (
        "Forest plots show each study with its counts, its effect with a 95 % interval and its weight, and the pooled "
        "effect with its interval and heterogeneity."
    )


def _methods(whole: Contents) -> Iterable[str]:
    said = whole.protocol.model_rule
    if said and any(each.plan.model == "rule" for each in whole.syntheses):
        rule = model_rule(whole.protocol)
        yield (
            f"The model was that of the rule {rule.name} of the protocol: {words_of(rule.when_low)}, always."
            if rule.is_fixed
            else f"The model was chosen by the rule {rule.name} of the protocol: I2 above {rule.i2_threshold:g} % with "
            f"p below {rule.p_threshold:g} gives {words_of(rule.when_high)}, neither gives {words_of(rule.when_low)}, "
            f"one of the two gives {words_of(rule.when_they_disagree)}."
        )
    for each in whole.syntheses:
        if each.result is not None:
            label = label_of(each.result.measure, ratio=each.result.scale.is_ratio)
            ruled = each.by_rule if each.by_rule and not each.by_rule.rule.is_fixed and not each.plan.override else None
            chosen = f" ({ruled.choice.words})" if ruled else ""
            yield f"{name_of(each)}: {label}, {each.result.model_words}{chosen}."
            if each.plan.override:
                yield f"{name_of(each)} departs from the rule: {each.plan.override_reason}."
    if without := [name_of(each) for each in whole.syntheses if each.plan.swim]:
        yield (
            f"Synthesis without meta-analysis, beside the pool, of {', '.join(without)}: directions of effect with the "
            "sign test, and p values combined by the methods of Fisher and of Stouffer."
        )
    yield f"All results were computed with reviewflow {__version__}; intervals are 95 %."


def _heterogeneity(whole: Contents) -> Iterable[str]:
    models = {each.result.model for each in whole.syntheses if each.result is not None}
    text = "Heterogeneity was described by Cochran's Q with its p value and by I2"
    if "random" in models:
        text += ", tau2 with a Q-profile interval, and a prediction interval from three studies on"
    yield f"{text}."
    yield "No subgroup analysis or meta-regression was planned."


def _sensitivity(whole: Contents) -> Iterable[str]:
    yield "Syntheses of three studies or more were repeated without each study in turn."
    tools = appraisal_forms()
    for each in whole.syntheses:
        if forms := " or ".join(tools[form] for form in each.plan.risk_of_bias):
            yield (
                f"{name_of(each)} was repeated without the studies at high risk of bias, and with those at low risk "
                f"alone, by the overall judgements of {forms}."
            )
    if any(each.plan.override for each in whole.syntheses):
        yield "Where the model departs from the rule, the result by the rule is reported beside it."


def _bias_methods(done: Sequence[tuple[Synthesis, Pooled]]) -> Iterable[str]:
    if any(result.k >= ENOUGH for _, result in done):
        yield f"Syntheses of {ENOUGH} studies or more were tested by Egger's regression and Begg's rank correlation."
    else:
        yield f"No synthesis has {ENOUGH} studies, so small-study effects were not tested."


def _certainty_methods(graded: Sequence[Graded]) -> Iterable[str]:
    if not graded:
        yield "The certainty of the evidence was not graded."
        return
    yield (
        "Certainty was rated by GRADE for each outcome, from high for randomised trials and low for other studies, "
        "down for risk of bias, inconsistency, indirectness, imprecision and publication bias, and up for a large "
        "effect, a dose-response gradient and opposing confounding."
    )
    if any(each.certainty.robins_i for each in graded):
        yield "Studies that are not randomised and were appraised with ROBINS-I started high."


def _contributing(whole: Contents, each: Synthesis, result: Pooled) -> str:
    labels = {study.study for study in result.studies}
    studies = [study for study in whole.studies if study.label in labels]
    n = findings.participants(result)
    people = f" with {counted(n, 'participant')}" if n is not None else ""
    listed = "; ".join(", ".join(filter(None, (s.label, s.design, s.country))) for s in studies)
    return f"{name_of(each)}: {counted(result.k, 'study', 'studies')}{people} ({listed})."


def _result(each: Synthesis) -> str:
    result = each.result
    if result is None:
        return f"{name_of(each)}: not pooled; {each.refusal}."
    words = [findings.relative_text(result)]
    if result.summary.p_value is not None and result.scale.null is not None:
        words.append(f"test of the effect p {p_text(result.summary.p_value)}")
    if result.i2 is not None:
        q = f"Q {rounded(result.q)} on {counted(result.q_df or 0, 'degree')} of freedom, p {p_text(result.q_p)}"
        words.append(f"I2 {rounded(result.i2, 1)} %, {q}")
    if result.tau2 is not None:
        ends = f" {interval_text(*result.tau2_ci, 3)}" if result.tau2_ci else ""
        words.append(f"tau2 {rounded(result.tau2, 3)}{ends}")
    interval = result.display["prediction_interval"]
    if isinstance(interval, list):
        low, high = (float(end) if isinstance(end, int | float) else None for end in interval)
        words.append(f"prediction interval {interval_text(low, high)}")
    excluded = (
        f" Not in the analysis: {'; '.join(f'{s}, {why}' for s, why in result.excluded)}." if result.excluded else ""
    )
    return f"{name_of(each)}: {'; '.join(words)}; {result.model_words}, k = {result.k}.{excluded}"


def _certainty(graded: Sequence[Graded]) -> Iterable[str]:
    for each in graded:
        reasons = " ".join(reason if reason.endswith(".") else f"{reason}." for reason in each.reasons)
        lacking = f" Not judged yet: {', '.join(each.rated.open)}." if each.rated.open else ""
        yield f"{each.plan.endpoint} ({each.plan.name}): {each.rated.level} certainty. {reasons}{lacking}".rstrip()


@dataclass(frozen=True, slots=True)
class Explained:
    """One answer that went into a synthesis, with the study and the arm that it is on, and what the extractors say."""

    answer: Answer
    study: str
    arm: str


def explain(review: Review, name: str) -> tuple[Synthesis, list[Explained]]:
    """A synthesis with the answers that its numbers come from, in the order of the studies.

    Raises:
        UsageError: The protocol plans no synthesis of that name.
    """
    whole = contents(review, [name])
    each = whole.syntheses[0]
    wanted = set(each.answers)
    studies = {study.id: study for study in whole.studies}
    found = []
    for agreed in whole.agreed.values():
        answer = agreed.answer
        if answer.id in wanted:
            study = studies[answer.study]
            arm = next((arm.label for arm in study.arms if arm.id == answer.arm), "")
            found.append(Explained(answer, study.label, arm))
    return each, sorted(found, key=lambda one: one.answer.id)

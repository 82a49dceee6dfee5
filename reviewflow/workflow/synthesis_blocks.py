"""The further blocks of a synthesis: those that a command asks for, and those that the protocol plans."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reviewflow.domain.appraisal import judged
from reviewflow.domain.pooling import pool
from reviewflow.errors import UsageError
from reviewflow.resources import schema_toml
from reviewflow.workflow.extraction import form_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reviewflow.domain.appraisal import Judged
    from reviewflow.domain.form import Agreed, Cell
    from reviewflow.domain.protocol import PlannedSynthesis
    from reviewflow.domain.study import Study
    from reviewflow.workflow.synthesis import Synthesis

_COLUMN = "risk_of_bias"


def with_blocks(
    synthesis: Synthesis,
    *,
    leave_one_out: bool = False,
    influence: bool = False,
    small_study: Sequence[str] = (),
    trim_and_fill: Sequence[str] = (),
    risk_of_bias: bool = False,
    swim: bool = False,
) -> Synthesis:
    """The synthesis with further blocks of its result, by the same choices; see `pool`.

    Influence is left out where the model has none.

    Args:
        synthesis: One that was pooled.
        leave_one_out: Pool without each study in turn.
        influence: Diagnostics of each study's influence.
        small_study: Tests of small-study effects.
        trim_and_fill: Estimators of how many studies are missing.
        risk_of_bias: Pool without high risk, and low risk alone, by the judgements of the synthesis.
        swim: Directions, sign test and combined p values.

    Raises:
        UsageError: The measure has no value of no effect, which `swim` needs.
    """
    if synthesis.result is None:
        return synthesis
    chosen = synthesis.result.choices
    words = {study: answer.value for study, answer in synthesis.judged.by_study.items()}
    found = pool(
        chosen.measure,
        [{**row, _COLUMN: words.get(str(row["study"]), "")} for row in synthesis.gathered.rows],
        study="study",
        model=chosen.model,
        tau2=chosen.tau2,
        ci=None if chosen.auto_ci else chosen.ci,
        correct=chosen.correct,
        add=chosen.add,
        double_zero=chosen.double_zero,
        pi=chosen.pi,
        ratio=chosen.ratio,
        like=chosen.like,
        leave_one_out=leave_one_out,
        influence=influence and chosen.model in {"common", "random"},
        small_study=small_study,
        trim_and_fill=trim_and_fill,
        risk_of_bias=_COLUMN if risk_of_bias else None,
        swim=swim,
    )
    more = tuple(words for words in found.warnings if words not in synthesis.warnings)
    warnings = (*synthesis.warnings, *more)
    result = replace(synthesis.result, extras={**synthesis.result.extras, **found.extras}, warnings=warnings)
    return replace(synthesis, result=result, warnings=warnings)


def with_planned(
    synthesis: Synthesis, studies: Iterable[Study], agreed: Mapping[Cell, Agreed], forms: Mapping[int, str]
) -> Synthesis:
    """The synthesis with the blocks that its plan asks for; what cannot be done is said in `not_done`.

    Args:
        synthesis: One that was pooled or refused.
        studies: The included studies.
        agreed: What the extractors agree on.
        forms: Answer -> the name of its form.
    """
    if synthesis.plan.risk_of_bias:
        synthesis = _by_risk_of_bias(synthesis, studies, agreed, forms)
    if synthesis.plan.swim:
        try:
            synthesis = with_blocks(synthesis, swim=True)
        except UsageError as error:
            why = f"{error.what}; {error.remedy}"
            synthesis = _lacking(synthesis, f"synthesis without meta-analysis is not done: {why}")
    return synthesis


def _by_risk_of_bias(
    synthesis: Synthesis, studies: Iterable[Study], agreed: Mapping[Cell, Agreed], forms: Mapping[int, str]
) -> Synthesis:
    if synthesis.result is None:
        return synthesis
    known = appraisal_forms()
    for form in synthesis.plan.risk_of_bias:
        if form not in known:
            why = f"there is no form {form!r} of risk of bias; one of {', '.join(known)}"
            return _lacking(synthesis, f"sensitivity to risk of bias is not done: {why}")
    plan, rows = synthesis.plan, {str(row["study"]) for row in synthesis.gathered.rows}
    own = [(study.id, study.label) for study in studies if study.label in rows]
    found = judged(plan, own, synthesis.gathered.timepoints, agreed, forms)
    why = _refusal(plan, found)
    if why:
        return _lacking(synthesis, f"sensitivity to risk of bias is not done: {why}")
    done = with_blocks(replace(synthesis, judged=found), risk_of_bias=True)
    if not found.unjudged:
        return done
    open_ = f"Risk of bias is not judged in {', '.join(found.unjudged)}, which counts as unclear."
    warnings = (*done.warnings, open_)
    result = done.result and replace(done.result, warnings=warnings)
    return replace(done, result=result, warnings=warnings)


def _refusal(plan: PlannedSynthesis, found: Judged) -> str:
    if found.differ:
        return f"the extractors differ on the overall judgement of {', '.join(found.differ)}"
    if found.by_study:
        return ""
    form = plan.risk_of_bias[0]
    return (
        f"no study of it has an overall judgement by {' or '.join(plan.risk_of_bias)}; give them with "
        f"reviewflow extract template {form} and reviewflow extract import FILE --form {form}"
    )


def _lacking(synthesis: Synthesis, words: str) -> Synthesis:
    return replace(synthesis, not_done=(*synthesis.not_done, words))


def appraisal_forms() -> dict[str, str]:
    """The forms of overall judgements, each with the name of its instrument."""
    forms = {name: schema_toml("forms", f"{name}.toml") for name in form_names()}
    return {name: form["tool"] for name, form in forms.items() if "tool" in form}

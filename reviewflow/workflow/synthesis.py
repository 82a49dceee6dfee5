"""Synthesis: the pools that the protocol plans are run on agreed answers, or refused in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from reviewflow.domain.form import agree
from reviewflow.domain.pooling import RULES, Choice, ModelRule, Pooled, Ruled, pool, pool_by_rule
from reviewflow.domain.synthesis import Compared, Gathered, compare, gather
from reviewflow.errors import InputError, StateError
from reviewflow.storage import analyses, answers, studies
from reviewflow.workflow import pool_figures
from reviewflow.workflow.flow import included_reports
from reviewflow.workflow.pool_figures import Look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reviewflow.domain.form import Agreed, Cell
    from reviewflow.domain.ledger import Act
    from reviewflow.domain.protocol import PlannedSynthesis, Protocol
    from reviewflow.domain.study import Study
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review
    from reviewflow.workflow.pool_figures import Figure


@dataclass(frozen=True, slots=True)
class Synthesis:
    """A planned synthesis that was run or refused.

    Attributes:
        result: The pooled result; None when it was refused.
        refusal: Why it was not pooled, "" when it was.
        by_rule: What the protocol's model rule says, when the plan asks for it.
        compared: Each printed result with the comparison.
        warnings: What a reader must know, those of the result included.
    """

    plan: PlannedSynthesis
    gathered: Gathered
    result: Pooled | None
    refusal: str
    by_rule: Ruled | None
    compared: tuple[Compared, ...]
    warnings: tuple[str, ...]

    def pooled(self) -> Pooled:
        """The pooled result.

        Raises:
            StateError: It was refused.
        """
        if self.result is None:
            raise StateError(f"{self.plan.name} is not pooled: {self.refusal}", "reviewflow pool plan")
        return self.result

    def named_in(self, look: Look) -> Look:
        """The look with the arms of the synthesis, and with its endpoint as title where it has none."""
        return replace(look, title=look.title or self.plan.endpoint, arms=self.gathered.arm_labels)

    @property
    def agrees(self) -> bool | None:
        """Whether it is what the published review prints; None when nothing is printed or nothing was pooled."""
        return all(each.agrees for each in self.compared) if self.compared and self.result else None

    def to_json(self) -> dict[str, Any]:
        """What `pool run --json` and `demo --json` print of it."""
        printed = self.plan.reported[0] if self.plan.reported else None
        shown = self.result.display if self.result else {}
        return {
            "name": self.plan.name,
            "outcome": self.plan.endpoint,
            "measure": self.plan.measure,
            "estimate": _two(shown.get("estimate")),
            "ci": [_two(shown.get("ci_lower")), _two(shown.get("ci_upper"))] if self.result else None,
            "words": self.result.words() if self.result else "",
            "reported": f"{printed.estimate} [{printed.ci_lower}-{printed.ci_upper}]" if printed else "",
            "agrees": self.agrees,
            "refused": self.refusal,
            "n_unknown": len(self.gathered.unknown),
            "rule": self.by_rule.choice.words if self.by_rule else "",
            "warnings": list(self.warnings),
            "answers": [f"a{id_}" for id_ in self.gathered.answers],
            "result": self.result.to_json() if self.result else None,
        }


def _two(value: Any) -> float | None:  # noqa: ANN401 a value of a JSON object
    return round(float(value), 2) if value is not None else None


def model_rule(protocol: Protocol) -> ModelRule:
    """The protocol's own rule for choosing a model.

    Raises:
        InputError: The table [model_rule] is missing or says what no rule knows.
    """
    said = dict(protocol.model_rule)
    if not said:
        raise InputError(
            'a synthesis has model = "rule", and reviewflow.toml has no [model_rule]',
            f"add one, or take a named one: name = one of {', '.join(RULES)}",
        )
    said.pop("note", None)
    if set(said) == {"name"} and said["name"] in RULES:
        return RULES[said["name"]]
    try:
        return ModelRule(**said)
    except TypeError as error:
        known = ", ".join(ModelRule.__dataclass_fields__)
        raise InputError(f"[model_rule] in reviewflow.toml: {error}", f"its keys are {known}") from error


def run(review: Review, act: Act | None = None, names: Sequence[str] = ()) -> list[Synthesis]:
    """Run planned syntheses on the agreed answers of the included studies.

    Args:
        review: The review.
        act: Who runs them; None computes without writing that they were run.
        names: Names of planned syntheses; empty for all.
    """
    with review.reading() as connection:
        included, agreed = included_studies(review, connection), agree(answers.answers(connection))
    done = run_on(review.protocol, included, agreed, names)
    if act is not None:
        with review.change(act) as entry:
            for each in done:
                if each.result is not None:
                    choice = {
                        "model": each.result.model_words,
                        "rule": each.by_rule.choice.words if each.by_rule else "",
                        "studies": [row["study"] for row in each.gathered.rows],
                    }
                    analyses.add_analysis(entry, each.plan.name, asdict(each.plan), choice, each.gathered.answers)
            n_pooled = sum(each.result is not None for each in done)
            entry.note = f"{n_pooled} pooled, {len(done) - n_pooled} refused"
    return done


def included_studies(review: Review, connection: Connection) -> list[Study]:
    """The studies that have an included report."""
    included = included_reports(review, connection, "")
    linked = studies.reports_of_studies(connection)
    return [study for study in studies.studies(connection) if included & set(linked[study.id])]


def run_on(
    protocol: Protocol, included: Sequence[Study], agreed: Mapping[Cell, Agreed], names: Sequence[str] = ()
) -> list[Synthesis]:
    """Planned syntheses of what was read already.

    Args:
        protocol: The protocol.
        included: The included studies.
        agreed: What the extractors agree on.
        names: Names of planned syntheses; empty for all.

    Raises:
        UsageError: The protocol plans no synthesis of that name.
    """
    plans = [protocol.synthesis(name) for name in names] or list(protocol.syntheses)
    labels = {study.label for study in included}
    done = []
    for plan in plans:
        stray = sorted(set(plan.studies) - labels)
        gathered = gather(plan, included, agreed)
        if stray:
            refusal = f"planned for it and not among the included studies: {', '.join(stray)}"
            done.append(Synthesis(plan, gathered, None, refusal, None, (), ()))
        else:
            done.append(_one(protocol, plan, gathered))
    return done


def _one(protocol: Protocol, plan: PlannedSynthesis, gathered: Gathered) -> Synthesis:
    if gathered.refusal:
        return Synthesis(plan, gathered, None, gathered.refusal, None, (), ())
    ruled = (
        pool_by_rule(model_rule(protocol), plan.measure, gathered.rows, study="study") if plan.model == "rule" else None
    )
    result, notes = _chosen(plan, gathered, ruled)
    warnings = (*gathered.warnings, *notes, *result.warnings)
    compared = tuple(compare(reported, _printed_scale(result)) for reported in plan.reported)
    return Synthesis(plan, gathered, replace(result, warnings=warnings), "", ruled, compared, warnings)


def _chosen(plan: PlannedSynthesis, gathered: Gathered, ruled: Ruled | None) -> tuple[Pooled, list[str]]:
    """The result by the rule, by the model that overrides it, or by the model that is planned."""
    name = plan.override or plan.model
    if ruled is not None and not plan.override:
        return ruled.chosen, []
    result = pool(plan.measure, gathered.rows, study="study", **_options(name))
    if ruled is None or ruled.choice.model == plan.override:
        return result, []
    deviation = (
        f"Deviation from the review's own rule, which asks for {ruled.chosen.model_words}: {ruled.chosen.text()} "
        f"({ruled.choice.words}). Reason given: {plan.override_reason}"
    )
    return result, [deviation]


def _options(model: str) -> Mapping[str, Any]:
    """The arguments of `pool` that a planned model means: a name of the model rules, or one of the pool itself."""
    if ":" in model:
        return Choice(model, "low", "").options
    return {"model": model}


def with_blocks(
    synthesis: Synthesis,
    *,
    leave_one_out: bool = False,
    influence: bool = False,
    small_study: Sequence[str] = (),
    trim_and_fill: Sequence[str] = (),
) -> Synthesis:
    """The synthesis with further blocks of its result, by the same choices; see `pool`.

    Influence is left out where the model has none.

    Args:
        synthesis: One that was pooled.
        leave_one_out: Pool without each study in turn.
        influence: Diagnostics of each study's influence.
        small_study: Tests of small-study effects.
        trim_and_fill: Estimators of how many studies are missing.
    """
    if synthesis.result is None:
        return synthesis
    chosen = synthesis.result.choices
    found = pool(
        chosen.measure,
        synthesis.gathered.rows,
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
    )
    more = tuple(words for words in found.warnings if words not in synthesis.warnings)
    warnings = (*synthesis.warnings, *more)
    result = replace(synthesis.result, extras={**synthesis.result.extras, **found.extras}, warnings=warnings)
    return replace(synthesis, result=result, warnings=warnings)


def _printed_scale(result: Pooled) -> dict[str, float | None]:
    shown = result.display
    numbers = {name: shown.get(name) for name in ("estimate", "ci_lower", "ci_upper")}
    plain = {name: float(value) if isinstance(value, int | float) else None for name, value in numbers.items()}
    return {**plain, "i2": result.i2_from_q, "p": result.q_p}


def draw(synthesis: Synthesis, figure: Figure, target: Path) -> None:
    """Draw a figure of a synthesis that was pooled; the ending of the file gives the format.

    Args:
        synthesis: What was run.
        figure: Which one.
        target: The file.

    Raises:
        UsageError: The ending is none of svg, pdf and png, or this result has no such figure.
    """
    if synthesis.result is not None:
        pool_figures.draw(figure, synthesis.result, target, synthesis.named_in(Look()))

"""Synthesis: the pools that the protocol plans are run on agreed answers, or refused in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reviewflow.domain.appraisal import Judged
from reviewflow.domain.findings import events, participants
from reviewflow.domain.form import agree
from reviewflow.domain.pooling import Pooled, Ruled, pool, pool_by_rule
from reviewflow.domain.pooling.rule import MODELS
from reviewflow.domain.printed import Fault, faults
from reviewflow.domain.synthesis import Compared, Gathered, compare, gather, people_of, unmatched
from reviewflow.errors import InputError, StateError, UsageError
from reviewflow.storage import analyses, answers, studies
from reviewflow.workflow import pool_figures
from reviewflow.workflow.flow import included_reports
from reviewflow.workflow.model_rule import model_rule
from reviewflow.workflow.pool_figures import Look
from reviewflow.workflow.synthesis_blocks import with_planned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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
        judged: The judgements of risk of bias that a planned sensitivity analysis took.
        not_done: Planned analyses beside the pool that could not be done, and why.
        faults: What is wrong with what is printed of it, whether it was pooled or not.
    """

    plan: PlannedSynthesis
    gathered: Gathered
    result: Pooled | None
    refusal: str
    by_rule: Ruled | None
    compared: tuple[Compared, ...]
    warnings: tuple[str, ...]
    judged: Judged = field(default_factory=Judged)
    not_done: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def answers(self) -> tuple[int, ...]:
        """Ids of the answers that its numbers come from, the judgements of risk of bias included."""
        return tuple(sorted({*self.gathered.answers, *self.judged.answers}))

    def pooled(self) -> Pooled:
        """The pooled result.

        Raises:
            StateError: It was refused.
        """
        if self.result is None:
            raise StateError(f"{self.plan.name} is not pooled: {self.refusal}", "reviewflow pool plan")
        return self.result

    @property
    def departs(self) -> bool:
        """Whether the plan overrides what the model rule chose by another model."""
        return bool(self.plan.override) and self.by_rule is not None and self.by_rule.choice.model != self.plan.override

    def named_in(self, look: Look) -> Look:
        """The look with the arms of the synthesis, and where it has none with its endpoint as title and its judgements.

        Raises:
            InputError: The overall judgement of a study is no judgement of risk of bias.
        """
        words = {study: [answer.value] for study, answer in self.judged.by_study.items()}
        if words and look.bias is None:
            from reviewflow.figures.judgements import risk_of_bias  # noqa: PLC0415 only where it is wanted

            look = replace(look, bias=risk_of_bias(["Overall"], words))
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
            "not_done": list(self.not_done),
            "print_faults": [{"rule": fault.rule, "words": fault.words} for fault in self.faults],
            "judgements": [
                {"study": study, "judgement": answer.value, "answer": f"a{answer.id}"}
                for study, answer in self.judged.by_study.items()
            ],
            "answers": [f"a{id_}" for id_ in self.answers],
            "result": self.result.to_json() if self.result else None,
        }


def _two(value: Any) -> float | None:  # noqa: ANN401 a value of a JSON object
    return round(float(value), 2) if value is not None else None


def run(review: Review, act: Act | None = None, names: Sequence[str] = ()) -> list[Synthesis]:
    """Run planned syntheses on the agreed answers of the included studies.

    Args:
        review: The review.
        act: Who runs them; None computes without writing that they were run.
        names: Names of planned syntheses; empty for all.
    """
    with review.reading() as connection:
        included, agreed = included_studies(review, connection), agree(answers.answers(connection))
        forms = answers.form_names(connection)
    done = run_on(review.protocol, included, agreed, forms, names)
    if act is not None:
        with review.change(act) as entry:
            for each in done:
                if each.result is not None:
                    choice: dict[str, Any] = {
                        "model": each.result.model_words,
                        "rule": each.by_rule.choice.words if each.by_rule else "",
                        "studies": [row["study"] for row in each.gathered.rows],
                    }
                    if each.judged.by_study:
                        choice["risk_of_bias"] = {study: a.value for study, a in each.judged.by_study.items()}
                    analyses.add_analysis(entry, each.plan.name, asdict(each.plan), choice, each.answers)
            n_pooled = sum(each.result is not None for each in done)
            entry.note = f"{n_pooled} pooled, {len(done) - n_pooled} refused"
    return done


def included_studies(review: Review, connection: Connection) -> list[Study]:
    """The studies that have an included report."""
    included = included_reports(review, connection, "")
    linked = studies.reports_of_studies(connection)
    return [study for study in studies.studies(connection) if included & set(linked[study.id])]


def run_on(
    protocol: Protocol,
    included: Sequence[Study],
    agreed: Mapping[Cell, Agreed],
    forms: Mapping[int, str],
    names: Sequence[str] = (),
) -> list[Synthesis]:
    """Planned syntheses of what was read already.

    Args:
        protocol: The protocol.
        included: The included studies.
        agreed: What the extractors agree on.
        forms: Answer -> the name of its form.
        names: Names of planned syntheses; empty for all.

    Raises:
        UsageError: The protocol plans no synthesis of that name.
    """
    plans = [protocol.synthesis(name) for name in names] or list(protocol.syntheses)
    done = []
    for plan in plans:
        each = with_planned(_run_one(protocol, plan, included, agreed), included, agreed, forms)
        done.append(replace(each, faults=faults(plan, people_of(plan, included))))
    return done


def _run_one(
    protocol: Protocol, plan: PlannedSynthesis, included: Sequence[Study], agreed: Mapping[Cell, Agreed]
) -> Synthesis:
    gathered = gather(plan, included, agreed)
    refusal = unmatched(plan, included, agreed)
    if not refusal:
        try:
            return _one(protocol, plan, gathered)
        except (InputError, UsageError) as error:
            # A plan that cannot be run must not keep the others from being run.
            refusal = f"{error.what}; {error.remedy}"
    return Synthesis(plan, gathered, None, refusal, None, (), ())


def _one(protocol: Protocol, plan: PlannedSynthesis, gathered: Gathered) -> Synthesis:
    if gathered.refusal:
        return Synthesis(plan, gathered, None, gathered.refusal, None, (), ())
    ruled = (
        pool_by_rule(model_rule(protocol), plan.measure, gathered.rows, study="study") if plan.model == "rule" else None
    )
    result, notes = _chosen(plan, gathered, ruled)
    warnings = (*gathered.warnings, *notes, *result.warnings)
    compared = tuple(compare(reported, _printed_scale(result)) for reported in plan.reported)
    warnings = (*warnings, *_against_rule(plan, result, ruled, compared))
    return Synthesis(plan, gathered, replace(result, warnings=warnings), "", ruled, compared, warnings)


def _against_rule(
    plan: PlannedSynthesis, result: Pooled, ruled: Ruled | None, compared: Sequence[Compared]
) -> Iterator[str]:
    """Where what is printed is the result of the model that the rule did not choose."""
    if ruled is None or ruled.other.model_words == result.model_words:
        return
    for printed, ours in zip(plan.reported, compared, strict=True):
        if not ours.agrees and compare(printed, _printed_scale(ruled.other)).agrees:
            where = printed.where or "print"
            yield f"What {where} has is the result by {ruled.other.model_words}, not by the review's own rule."


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
    if model not in {*MODELS, "mh", "peto", "glmm"}:
        raise InputError(f"model {model!r} is not known", f"choose one of rule, mh, peto, glmm, {', '.join(MODELS)}")
    return MODELS.get(model, {"model": model})


def _printed_scale(result: Pooled) -> dict[str, float | None]:
    shown = result.display
    numbers = {name: shown.get(name) for name in ("estimate", "ci_lower", "ci_upper")}
    plain = {name: float(value) if isinstance(value, int | float) else None for name, value in numbers.items()}
    counts = {"n_participants": participants(result), "n_events": events(result), "n_studies": result.k}
    return {**plain, "i2": result.i2_from_q, "p": result.q_p, **counts}


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

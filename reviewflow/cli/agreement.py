"""`screen agreement`: how far two reviewers agree, on what they differ, and the sentence for the text."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, shortened, stage_of, table
from reviewflow.domain.words import counted
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.domain.agreement import Estimate, ManyAgreement, PairAgreement
    from reviewflow.domain.agreement.compared import Comparison
    from reviewflow.domain.screening import Phase
    from reviewflow.workflow.agreement import Disagreement, OfPair, OfStage

_HEADS = {
    "decision": "To include or exclude",
    "verdict": "Verdicts as given",
    "reason": "Primary reason, where both exclude",
}


def agreement(
    stage: Annotated[str, typer.Option("--stage", help="Only this stage: title_abstract or full_text.")] = "",
    pair: Annotated[str, typer.Option("--pair", metavar="A,B", help="Only these two reviewers; else every pair.")] = "",
    phase: Annotated[
        str, typer.Option("--phase", help="blind, the first votes; or cross_check, the votes that stand after it.")
    ] = "blind",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Measure how far reviewers agree, and list where they differ.

    Counted are the votes that were cast blind, on the reports whose votes you may see; while a conflict is open, the
    figures may have to wait.
    """
    from reviewflow.domain.agreement import NOT_STANDARD
    from reviewflow.workflow import agreement as measured

    session = Session(as_name, review, as_json=as_json)
    two = tuple(name.strip() for name in pair.split(",")) if pair else ()
    of_phase = _phase_of(phase)
    found = measured.agreement(session.review, session.viewer, stage_of(stage) if stage else None, two, of_phase)
    lines = [line for each in found for line in _stage(each, of_phase)]
    value = {"phase": of_phase, "stages": [stage_as_json(each) for each in found], "note": NOT_STANDARD}
    session.answer(value, [*lines, NOT_STANDARD], "reviewflow screen conflicts" if _any_waits(found) else "")


def _phase_of(name: str) -> Phase:
    from reviewflow.domain.screening import Phase

    try:
        return Phase(name.lower().replace("-", "_"))
    except ValueError as error:
        raise UsageError(f"{name!r} is no phase of screening", "--phase blind, or --phase cross_check") from error


def _any_waits(found: list[OfStage]) -> bool:
    return any(pair.n_waiting for each in found for pair in each.pairs)


def stage_as_json(each: OfStage) -> dict[str, Any]:
    """The stage as JSON: reports by their short ids, tables with their n."""
    value = asdict(each)
    for pair in value["pairs"]:
        for differing in pair["disagreements"]:
            differing["report"] = f"p{differing['report']}"
    return value


def _stage(each: OfStage, phase: Phase) -> Iterator[str]:
    which = "first, blind votes" if phase == "blind" else "votes after the cross-check"
    yield f"At {each.stage.words}, {which}: {counted(each.n_reports, 'report')}"
    if each.n_left_out:
        yield f"{each.n_left_out} of them left out: you have not voted on them, or votes are missing."
    if each.n_in_pilots:
        yield f"{each.n_in_pilots} of them left out: their votes were seen in a pilot round before."
    yield from pairs(each)
    yield ""


def pairs(each: OfStage) -> Iterator[str]:
    """How each pair agrees and, of more than two reviewers, all together."""
    for pair in each.pairs:
        yield from _pair(pair)
    if each.together is not None:
        yield from _together(each.together)


def _pair(pair: OfPair) -> Iterator[str]:
    one, two = pair.reviewers
    yield ""
    yield f"{one} and {two}: {counted(pair.n, 'report')} screened by both"
    if pair.n_not_blind:
        yield f"  left out: {pair.n_not_blind} on which one of them voted after the other's vote could be seen"
    if pair.n_waiting:
        if pair.n_agreed is not None:
            yield f"  agreed on {pair.n_agreed} of {pair.n}"
        yield f"  {counted(pair.n_waiting, 'open conflict')}: the coefficients wait until you may know these votes"
    for comparison in pair.comparisons:
        yield from _comparison(comparison, one, two)
    if pair.disagreements:
        yield "  They differ on:"
        for each in pair.disagreements:
            yield from _disagreement(each, one, two)
    for remark in pair.remarks:
        yield f"  Beware: {remark}"
    if pair.sentence:
        yield f"  For the text: {pair.sentence}"


def _comparison(comparison: Comparison, one: str, two: str) -> Iterator[str]:
    found = comparison.agreement
    yield f"  {_HEADS[comparison.on]} (rows {one}, columns {two}):"
    names = found.table.categories
    # Long names of many categories would make lines that no terminal shows: the columns are numbered as the rows.
    numbers = [str(i) for i in range(1, len(names) + 1)] if len(names) > 3 else []
    heads = [f"{i} {name}" for i, name in zip(numbers, names, strict=True)] if numbers else list(names)
    rows = [[head, *map(str, row)] for head, row in zip(heads, found.table.counts, strict=True)]
    yield from (f"    {line}" for line in table(rows, ["", *(numbers or names)]))
    if comparison.n_undecided:
        yield f"    {comparison.n_undecided} left out, on which one of them neither includes nor excludes"
    yield from (f"    {line}" for line in table([*_figures(found)]))


def _figures(found: PairAgreement) -> Iterator[list[str]]:
    from reviewflow.domain.agreement import band
    from reviewflow.domain.agreement.wording import with_ci
    from reviewflow.domain.pooling.wording import rounded

    kappa = found.kappa.value
    yield ["agreement", _percent(found.observed, found.table.n_agreed, found.table.n)]
    yield ["Cohen's kappa", with_ci(found.kappa) + (f", {band(kappa)}" if kappa is not None else "")]
    yield ["PABAK" if len(found.table.categories) == 2 else "Brennan-Prediger", with_ci(found.pabak)]
    yield ["Gwet's AC1", with_ci(found.ac1)]
    if found.prevalence_index is not None:
        first, second = found.table.categories
        yield ["prevalence index", rounded(found.prevalence_index)]
        yield ["bias index", rounded(found.bias_index)]
        yield [f"agreement on {first}", rounded(found.positive)]
        yield [f"agreement on {second}", rounded(found.negative)]


def _percent(observed: Estimate, n_agreed: int, n: int) -> str:
    from reviewflow.domain.pooling.wording import rounded

    if observed.value is None or observed.ci is None:
        return f"- ({observed.why})"
    share, low, high = (rounded(100 * each, 1) for each in (observed.value, *observed.ci))
    return f"{n_agreed} of {n}, {share} % (95 % CI {low} to {high})"


def _disagreement(each: Disagreement, one: str, two: str) -> Iterator[str]:
    said = ", ".join(
        f"{name} {verdict or 'not shown yet'}{f' ({reason})' if reason else ''}"
        for name, verdict, reason in zip((one, two), each.verdicts, each.reasons, strict=True)
    )
    yield f"    p{each.report}  {said}  {shortened(each.title, 60)}"


def _together(found: ManyAgreement) -> Iterator[str]:
    from reviewflow.domain.agreement.wording import with_ci
    from reviewflow.domain.pooling.wording import rounded

    yield ""
    yield f"All reviewers: {counted(found.n, 'report')} screened by two or more, {found.n_complete} by all"
    rows = [
        ["agreement of pairs", rounded(found.observed)],
        ["Fleiss' kappa", with_ci(found.fleiss)],
        ["Conger's kappa", with_ci(found.conger)],
        ["Krippendorff's alpha", with_ci(found.alpha)],
        ["Gwet's AC1", with_ci(found.ac1)],
        ["Brennan-Prediger", with_ci(found.brennan_prediger)],
    ]
    yield from (f"  {line}" for line in table(rows))

"""The results of a report that are made beside the pool: sensitivity, directions of effect, small-study effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewflow.domain import findings
from reviewflow.domain.pooling.wording import interval_text, label_of, p_text, rounded
from reviewflow.workflow.synthesis_blocks import with_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reviewflow.domain.pooling import Pooled
    from reviewflow.domain.pooling.result import Json
    from reviewflow.workflow.synthesis import Synthesis

ENOUGH = 10
"""Studies that a test of small-study effects needs."""

_SEVERAL = 3  # studies that leaving one out needs
_TESTS = {"egger": "Egger", "begg": "Begg"}
_SUBSETS = {"without high": "without high risk of bias", "low only": "low risk of bias alone"}


def name_of(each: Synthesis) -> str:
    """What the report calls a synthesis."""
    return f"{each.plan.endpoint} ({each.plan.name})"


def with_reported(each: Synthesis) -> Synthesis:
    """The synthesis with what items 20d and 21 report."""
    if each.result is None:
        return each
    tests = tuple(_TESTS) if each.result.k >= ENOUGH else ()
    return with_blocks(each, leave_one_out=each.result.k >= _SEVERAL, small_study=tests)


def sensitivity(done: Sequence[tuple[Synthesis, Pooled]]) -> Iterable[str]:
    """Item 20d: what the analyses of other models and of fewer studies give."""
    for each, result in done:
        if each.by_rule is not None and each.plan.override:
            chosen = each.by_rule.chosen
            yield f"{name_of(each)}, by the rule: {findings.relative_text(chosen)}, {chosen.model_words}."
        yield from _left_out(each, result)
        yield from _by_bias(each, result)
        yield from (f"{name_of(each)}: {words}." for words in each.not_done)


def _left_out(each: Synthesis, result: Pooled) -> Iterator[str]:
    shown = [row.get("display") for row in _rows(result, "leave_one_out")]
    numbers = sorted(_numbers(one.get("estimate") for one in shown if isinstance(one, dict)))
    if numbers:
        label = label_of(result.measure, ratio=result.scale.is_ratio)
        ends = f"{rounded(numbers[0])} and {rounded(numbers[-1])}"
        yield f"{name_of(each)}: without one study in turn the {label} lies between {ends}."


def _by_bias(each: Synthesis, result: Pooled) -> Iterator[str]:
    label = label_of(result.measure, ratio=result.scale.is_ratio)
    words = []
    for row in _rows(result, "risk_of_bias"):
        if row["studies"] == "all":
            continue
        told = f"{label} {_shown(row)}" if row.get("estimate") is not None else "not estimable"
        words.append(f"{_SUBSETS[str(row['studies'])]} {told} (k = {row['k']})")
    if words:
        yield f"{name_of(each)}: {'; '.join(words)}."
        judged = "; ".join(f"{study} {answer.value.casefold()}" for study, answer in each.judged.by_study.items())
        open_ = f"; not judged, counted as unclear: {', '.join(each.judged.unjudged)}" if each.judged.unjudged else ""
        yield f"{name_of(each)}, overall risk of bias: {judged}{open_}."


def _shown(row: dict[str, Json]) -> str:
    shown: Any = row["display"]
    return f"{rounded(shown['estimate'])} {interval_text(shown['ci_lower'], shown['ci_upper'])}"


def without_pooling(done: Sequence[tuple[Synthesis, Pooled]]) -> Iterator[str]:
    """Item 20b: what synthesis without meta-analysis gives, where it is planned."""
    for each, result in done:
        if "swim" in result.extras:
            yield _directions(each, result)


def _directions(each: Synthesis, result: Pooled) -> str:
    """The result without meta-analysis in one sentence."""
    found: Any = result.extras["swim"]
    sign, fisher, stouffer = found["sign_test"], found["fisher"], found["stouffer"]["weighted"]
    n = sign["below"] + sign["above"]
    return (
        f"{name_of(each)}, without meta-analysis: {sign['below']} of {n} effects lie below no effect, sign test "
        f"p {p_text(sign['p_value'])}; Fisher's p {p_text(fisher['below']['p_value'])} for an effect below in at least "
        f"one study and {p_text(fisher['above']['p_value'])} for one above; Stouffer's z {rounded(stouffer['z'])}, "
        f"p {p_text(stouffer['p_value'])}; median of the effects {rounded(found['effects']['median'])}."
    )


def small_studies(done: Sequence[tuple[Synthesis, Pooled]]) -> Iterable[str]:
    """Item 21: the tests of small-study effects, where there are studies enough."""
    for each, result in done:
        found: Any = result.extras.get("small_study")
        if not found:
            continue
        words = ", ".join(f"{name} p {p_text(found[test].get('p_value'))}" for test, name in _TESTS.items())
        caution = (
            " The standard error of a proportion depends on the proportion, so that these tests mislead."
            if result.scale.name == "proportion"
            else ""
        )
        yield f"{name_of(each)}: {words}.{caution}"


def _rows(result: Pooled, name: str) -> list[dict[str, Json]]:
    """The rows of a block of the result; none where it was not made."""
    found = result.extras.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _numbers(values: Iterable[Json]) -> Iterator[float]:
    return (float(each) for each in values if isinstance(each, int | float))

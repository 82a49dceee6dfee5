from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewflow.domain.printed import People, faults
from reviewflow.domain.protocol import PlannedSynthesis, Reported
from reviewflow.workflow import synthesis
from tests.workflow.two_trials import PLAN, fill

if TYPE_CHECKING:
    from tests.conftest import Acting, Adding, Fresh, Voting

PEOPLE = People(495, 652, 12)


def found(measure: str, *printed: Reported, people: People = PEOPLE) -> list[str]:
    """The rules that find something."""
    plan = PlannedSynthesis("a", "b", measure, reported=printed)
    return [fault.rule for fault in faults(plan, people)]


@given(st.floats(-3, 3), st.floats(0.01, 2), st.integers(2, 3))
def test_a_true_interval_of_a_ratio_fits_however_it_is_rounded(y: float, half: float, digits: int) -> None:
    low, estimate, high = (f"{exp(x):.{digits}f}" for x in (y - half, y, y + half))
    assert not found("OR", Reported(label="OR", estimate=estimate, ci_lower=low, ci_upper=high))


@given(st.floats(0.3, 0.7), st.floats(0.01, 0.29), st.integers(1, 3))
def test_a_true_interval_of_a_proportion_fits_however_it_is_rounded(y: float, half: float, digits: int) -> None:
    low, estimate, high = (f"{x:.{digits}f}" for x in (y - half, y, y + half))
    assert not found("PR", Reported(label="rate", estimate=estimate, ci_lower=low, ci_upper=high))


@given(st.floats(0, 1), st.integers(1, 3), st.integers(1, 3))
def test_one_number_rounded_to_other_digits_is_printed_alike(x: float, digits: int, others: int) -> None:
    assert not found("PR", Reported(estimate=f"{x:.{digits}f}"), Reported(estimate=f"{x:.{others}f}"))


@given(st.integers(0, 98))
def test_numbers_that_differ_in_the_last_digit_are_not_one_number(n: int) -> None:
    assert found("PR", Reported(estimate=f"0.{n:02}"), Reported(estimate=f"0.{n + 1:02}")) == ["printed-twice"]


@pytest.mark.parametrize(
    ("measure", "label", "is_wrong"),
    [
        ("PR", "OR", True),
        ("PR", "odds ratio", True),
        ("PR", "rate", False),
        ("PLO", "PR", False),
        ("OR", "OS rate", True),
        ("OR", "RR", True),
        ("OR", "pooled odds ratio", False),
        ("PETO", "OR", False),
        ("RR", "risk ratio", False),
        ("RR", "RD", True),
        ("SMD", "standardised mean difference", False),
        ("SMD", "mean difference", True),
        ("OR", "ES", False),
        ("OR", "", False),
    ],
)
def test_a_label_that_names_another_measure_is_found(measure: str, label: str, is_wrong: bool) -> None:  # noqa: FBT001 a case
    assert found(measure, Reported(label=label)) == (["printed-label"] if is_wrong else [])


@pytest.mark.parametrize(
    ("estimate", "low", "high"),
    [(".56", ".54", ".68"), (".61", "-.14", "1.37"), ("-.64", "-1.21", ".08"), (".70", ".10", ".60")],
)
def test_a_proportion_outside_its_scale_or_its_interval_is_found(estimate: str, low: str, high: str) -> None:
    assert found("PR", Reported(estimate=estimate, ci_lower=low, ci_upper=high)) == ["printed-range"]


def test_more_people_events_or_studies_than_there_are_are_found() -> None:
    assert found("PR", Reported(n_participants=692)) == ["printed-count"]
    assert found("PR", Reported(n_participants=495, n_events=303, n_studies=12)) == []
    assert found("PR", Reported(n_participants=100, n_events=101)) == ["printed-count"]
    assert found("PR", Reported(n_studies=13)) == ["printed-count"]
    assert found("PR", Reported(n_participants=692), people=People(None, None, 12)) == []


def test_a_printed_count_is_held_against_the_pool(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    plan = PLAN.replace(
        'model = "mh"', 'model = "mh"\nreported = [{n_participants = 221, n_events = 44, n_studies = 2}]'
    )
    with fresh("memory", plan) as review:
        fill(review, act, add_records, cast_vote)
        (each,) = synthesis.run(review, None, ["cure-rr"])
    assert each.compared[0].differences == ("n_participants: 221 in print, 222 computed",)


def test_a_printed_result_by_the_model_that_the_rule_did_not_choose_is_told(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    rule = (
        '[model_rule]\nname = "r"\nwhen_high = "common:mh"\nwhen_low = "common:iv"\nwhen_they_disagree = "common:iv"\n'
    )
    plan = PLAN.replace('model = "mh"', 'model = "rule"\nreported = [{where = "table 2", estimate = "2.181"}]') + rule
    with fresh("memory", plan) as review:
        fill(review, act, add_records, cast_vote)
        (each,) = synthesis.run(review, None, ["cure-rr"])
        words = "What table 2 has is the result by common effect (Mantel-Haenszel), not by the review's own rule."
        assert each.result is not None
        assert each.by_rule is not None
        mh = each.by_rule.other.display["estimate"]
    assert f"{mh:.3f}" == "2.181"
    assert words in each.warnings

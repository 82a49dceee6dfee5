from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.pooling.wording import p_text, rounded
from reviewflow.workflow import grade, pool_report, synthesis
from tests.workflow.two_trials import PLAN, TABLE, extract, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

ITEMS = ["13a", "13b", "13c", "13d", "13e", "13f", "14", "15", "20a", "20b", "20c", "20d", "21", "22"]


@pytest.fixture
def trials(fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting) -> Iterator[Review]:
    with fresh("memory", PLAN) as review:
        fill(review, act, add_records, cast_vote)
        yield review


def said(review: Review, number: str, *names: str) -> str:
    """What is said on an item."""
    found = pool_report.report(review, names)
    return "\n".join(next(item.paragraphs for item in found.items if item.number == number))


def test_there_is_something_on_each_item_in_order(trials: Review) -> None:
    found = pool_report.report(trials)
    assert [item.number for item in found.items] == ITEMS
    assert all(paragraph for item in found.items for paragraph in item.paragraphs)


def test_the_numbers_of_a_result_are_those_that_the_result_says(trials: Review) -> None:
    (each,) = synthesis.run(trials, None, ["cure-rr"])
    result = each.result
    assert result is not None
    text = said(trials, "20b", "cure-rr")
    assert f"RR {result.text()}; test of the effect p {p_text(result.summary.p_value)}" in text
    assert f"I2 {rounded(result.i2, 1)} %" in text
    assert result.model_words in said(trials, "13d", "cure-rr")


def test_a_time_point_that_is_any_reads_as_any_time(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    plan = PLAN.replace('measure = "RR"', 'measure = "RR"\ntimepoints = ["any", "1 year"]')
    with fresh("memory", plan) as review:
        fill(review, act, add_records, cast_vote)
        assert "that report cure, at any time or 1 year." in said(review, "13a", "cure-rr")


def test_no_p_value_is_printed_as_nought(trials: Review) -> None:
    assert not re.search(r"p 0?\.0+\b(?!\d)", pool_report.report(trials).markdown())


def test_a_synthesis_that_is_refused_says_why_and_gives_no_number(trials: Review, act: Acting) -> None:
    extract(trials, act, "A", TABLE.replace("10,50", "11,50"))
    assert "not pooled; the extractors differ on One, drug" in said(trials, "20b", "cure-rr")
    assert pool_report.report(trials, ["cure-rr"]).sources == ()


def test_few_studies_are_not_tested_for_small_study_effects(trials: Review) -> None:
    assert said(trials, "14") == "No synthesis has 10 studies, so small-study effects were not tested."
    assert said(trials, "21") == "Nothing to report."


def test_the_certainty_is_reported_with_its_reasons(trials: Review, act: Acting) -> None:
    assert said(trials, "15") == "The certainty of the evidence was not graded."
    setting = grade.Setting(judgements=("imprecision=serious: few events",))
    grade.set_certainty(trials, act("A", "grade set"), "cure-rr", setting)
    assert "moderate certainty. Rated down 1 level for imprecision (serious): few events." in said(trials, "22")


def test_every_number_is_explained_by_the_answers_that_went_in(trials: Review) -> None:
    each, found = pool_report.explain(trials, "cure-rr")
    values = [(one.study, one.arm, one.answer.field, one.answer.value, one.answer.source) for one in found]
    assert values == [
        ("One", "drug", "events", "10", "table 2"),
        ("One", "drug", "total", "50", "table 2"),
        ("One", "placebo", "events", "5", "table 2"),
        ("One", "placebo", "total", "51", "table 2"),
        ("Two", "drug", "events", "20", "page 4"),
        ("Two", "drug", "total", "60", "page 4"),
        ("Two", "placebo", "events", "9", "page 4"),
        ("Two", "placebo", "total", "61", "page 4"),
    ]
    ids = tuple(one.answer.id for one in found)
    assert ids == each.gathered.answers
    assert pool_report.report(trials, ["cure-rr"]).sources == (("cure-rr", ids),)
    assert f"| cure-rr | a{ids[0]}, " in pool_report.report(trials).markdown()

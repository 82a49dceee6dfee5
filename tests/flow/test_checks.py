from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.flow.checks import Check, check_flow, check_flow_2009, failed
from reviewflow.domain.flow.counts import COUNT_KEYS, LIST_KEYS, REASON_NOT_REPORTED, FlowCounts
from reviewflow.domain.flow.prisma2009 import Flow2009
from tests.flow.made_counts import ALL_ROUTES, DATABASES

UPDATE = replace(
    ALL_ROUTES,
    template="updated-v2",
    register_results=10,
    register_specific_results={"ClinicalTrials.gov": 10},
    excluded_automatic=10,
    other_specific_results={"hand search": 2},
    total_studies_ma=30,
    total_reports_ma=38,
)
SEED_2009 = Flow2009(
    db_identified=846,
    database_specific={"PubMed": 135, "Embase": 485, "Web of Science": 199, "Cochrane Library": 27},
    other_identified=0,
    after_duplicates=523,
    screened=523,
    excluded=261,
    fulltext_assessed=262,
    fulltext_excluded={"wrong population": 250},
    qualitative=12,
    quantitative=10,
)

FAILS: dict[str, dict[str, Any]] = {
    "P1": {"database_results": 847},
    "P2": {"register_results": 11},
    "P3": {"duplicates": 322},
    "P4": {"records_excluded": 260},
    "P5": {"dbr_notretrieved_reports": 1},
    "P6": {"dbr_excluded": {"wrong population": 263}},
    "P7": {"other_notretrieved_reports": 0},
    "P8": {"other_sought_reports": 10},
    "P9": {"other_excluded": {"wrong population": 8}},
    "P10": {"new_reports": 14},
    "P11": {"new_studies": 16},
    "P12": {"total_studies": 33},
    "P13": {"total_reports": 41},
    "P14": {"total_studies_ma": 33},
    "P15": {"duplicates": -1},
    "P16": {"previous_reports": None},
    "P17": {"dbr_excluded": {"wrong population": 200, "case report": 51}},
}
NOT_CHECKABLE: dict[str, dict[str, Any]] = {
    "P1": {"database_specific_results": {}},
    "P2": {"register_specific_results": {"ClinicalTrials.gov": None}},
    "P3": {"excluded_automatic": None},
    "P4": {"records_excluded": None},
    "P5": {"dbr_sought_reports": None},
    "P6": {"dbr_excluded": {"wrong population": None}},
    "P7": {"other_assessed": None},
    "P8": {"website_results": None},
    "P9": {"other_assessed": None},
    "P10": {"new_reports": None},
    "P11": {"new_studies": None},
    "P12": {"previous_studies": None},
    "P13": {"total_reports": None},
    "P14": {"total_studies_ma": None, "total_reports_ma": None},
    "P17": {"new_reports": None},
}


def named(name: str, checks: tuple[Check, ...]) -> Check:
    return next(check for check in checks if check.id == name)


def checked(counts: FlowCounts, name: str) -> Check:
    return named(name, check_flow(counts))


def changed(counts: FlowCounts, numbers: dict[str, Any]) -> FlowCounts:
    return replace(counts, **numbers)


def test_the_checks_come_in_their_order() -> None:
    assert [check.id for check in check_flow(DATABASES)] == [f"P{number}" for number in range(1, 19)]
    assert [check.id for check in check_flow_2009(DATABASES)] == [f"Q{number}" for number in range(1, 7)]


def test_the_reference_review_adds_up() -> None:
    checks = check_flow(DATABASES)
    assert [check.id for check in checks if check.ok is False] == []
    assert "846 identified - 323 duplicates = 523, and 523 are screened" in [check.words for check in checks]


@pytest.mark.parametrize("name", FAILS)
def test_each_check_passes_on_an_update_that_adds_up(name: str) -> None:
    assert checked(UPDATE, name).ok is True


@pytest.mark.parametrize("name", FAILS)
def test_each_check_fails_on_its_own_contradiction(name: str) -> None:
    assert checked(changed(UPDATE, FAILS[name]), name).ok is False


@pytest.mark.parametrize("name", NOT_CHECKABLE)
def test_a_number_that_is_not_reported_makes_its_check_neither_passed_nor_failed(name: str) -> None:
    assert checked(changed(UPDATE, NOT_CHECKABLE[name]), name).ok is None


def test_nothing_can_be_said_of_numbers_of_which_there_are_none() -> None:
    assert checked(changed(UPDATE, dict.fromkeys(COUNT_KEYS) | {key: {} for key in LIST_KEYS}), "P15").ok is None


def test_zero_is_a_number_and_not_reported_is_none() -> None:
    assert checked(replace(DATABASES, excluded_other=0), "P3").ok is True
    assert "not reported: removed for other reasons" in checked(replace(DATABASES, excluded_other=None), "P3").words


def test_records_and_reports_need_not_be_as_many_when_one_record_holds_several_reports() -> None:
    assert checked(DATABASES, "P4").level == "error"
    assert named("P4", check_flow(DATABASES, one_report_per_record=False)).level == "warning"


def test_a_failed_check_says_both_numbers() -> None:
    check = checked(replace(DATABASES, records_screened=530), "P3")
    assert check.words == "846 identified - 323 duplicates = 523, but 530 are screened"
    check = checked(replace(DATABASES, new_studies=13), "P11")
    assert check.words == "12 reports of included studies, but 13 are studies included, which is more"


def test_columns_and_previous_versions_that_the_template_lacks_are_an_error() -> None:
    assert checked(replace(DATABASES, previous_studies=3), "P16").ok is False
    assert checked(replace(DATABASES, other_sought_reports=3), "P16").ok is False
    assert checked(replace(DATABASES, other_sought_reports=0), "P16").ok is True


def test_checks_of_columns_that_the_template_lacks_are_not_checkable() -> None:
    assert {name: checked(DATABASES, name).ok for name in ("P7", "P8", "P9", "P12", "P13")} == dict.fromkeys(
        ("P7", "P8", "P9", "P12", "P13")
    )


def test_exclusions_without_a_reason_are_an_error_in_a_review_and_a_warning_in_print() -> None:
    unsaid = replace(DATABASES, dbr_excluded={REASON_NOT_REPORTED: 250})
    assert (checked(unsaid, "P17").ok, checked(unsaid, "P17").level) == (False, "error")
    assert checked(replace(unsaid, from_print=True), "P17").level == "warning"


def test_reports_known_one_by_one_settle_whether_each_has_one_reason() -> None:
    assert named("P17", check_flow(DATABASES, without_one_reason=0)).ok is True
    assert named("P17", check_flow(DATABASES, without_one_reason=2)).ok is False


def test_reasons_are_not_judged_while_decisions_are_open() -> None:
    assert checked(replace(DATABASES, new_reports=2, open_undecided=10), "P17").ok is None


def test_pooled_studies_must_be_included_studies() -> None:
    assert checked(DATABASES, "P18").ok is None
    assert named("P18", check_flow(DATABASES, pooled_not_included=[])).ok is True
    assert "Brown 2021" in named("P18", check_flow(DATABASES, pooled_not_included=["Brown 2021"])).words


def test_an_empty_list_of_reasons_is_none_excluded_in_a_review_and_not_reported_in_print() -> None:
    none_excluded = replace(DATABASES, dbr_excluded={}, new_reports=262)
    assert checked(none_excluded, "P6").ok is True
    assert checked(replace(none_excluded, from_print=True), "P6").ok is None


def test_failed_gives_the_checks_of_one_level() -> None:
    checks = check_flow(replace(UPDATE, duplicates=0, other_sought_reports=12))
    assert [check.id for check in failed(checks)] == ["P3", "P7"]
    assert [check.id for check in failed(checks, "warning")] == ["P8"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Q1", {"after_duplicates": 847}),
        ("Q2", {"screened": 524}),
        ("Q3", {"fulltext_assessed": 260}),
        ("Q4", {"qualitative": 13}),
        ("Q5", {"quantitative": 13}),
        ("Q6", {"db_identified": 845}),
    ],
)
def test_each_check_of_the_2009_diagram_passes_fails_and_can_be_uncheckable(name: str, change: dict[str, Any]) -> None:
    unreported: dict[str, Any] = dict.fromkeys(change)
    flows = (SEED_2009, replace(SEED_2009, **change), replace(SEED_2009, **unreported))
    assert [named(name, check_flow_2009(flow)).ok for flow in flows] == [True, False, None]


def test_screening_more_than_there_is_weighs_more_than_an_unexplained_removal() -> None:
    levels = {n: check_flow_2009(replace(SEED_2009, screened=n))[1].level for n in (522, 524)}
    assert levels == {522: "warning", 524: "error"}


small = st.integers(0, 60)
labels = st.text("abcdefgh ", min_size=1, max_size=12).map(lambda text: text.strip() or "other")
parts = st.dictionaries(labels, small, min_size=1, max_size=5)


@st.composite
def built(draw: st.DrawFn) -> FlowCounts:
    """Counts that add up because each number is made from those after it, from the included studies upwards."""
    template = draw(st.sampled_from(["new-v1", "new-v2", "updated-v1", "updated-v2"]))
    other, update = template.endswith("v2"), template.startswith("updated")
    n = {key: draw(small) for key in ("gone", "auto", "rest", "out", "lost", "studies", "extra", "olost", "unsought")}
    n |= {
        "ongoing": draw(st.integers(0, 3)),
        "waiting": draw(st.integers(0, 3)),
        "old": draw(st.integers(0, 3)) * update,
    }
    reasons, other_reasons = draw(parts), draw(parts) if other else {}
    reports = n["studies"] + n["extra"]
    stayed = reports + n["ongoing"] + n["waiting"] + n["old"]
    via_other = draw(st.integers(0, stayed)) if other else 0
    assessed, other_assessed = stayed - via_other + sum(reasons.values()), via_other + sum(other_reasons.values())
    sought, other_sought = assessed + n["lost"], other_assessed + n["olost"]
    screened = sought + n["out"]
    identified = screened + n["gone"] + n["auto"] + n["rest"]
    registers = draw(st.integers(0, identified))
    databases = identified - registers
    before = draw(small)
    given_other: dict[str, Any] = {
        "website_results": other_sought,
        "organisation_results": n["unsought"],
        "citations_results": 0,
        "other_sought_reports": other_sought,
        "other_notretrieved_reports": n["olost"],
        "other_assessed": other_assessed,
        "other_excluded": other_reasons,
    }
    given_update: dict[str, Any] = {
        "previous_studies": before,
        "previous_reports": before + 2,
        "total_studies": before + n["studies"],
        "total_reports": before + 2 + reports + n["old"],
    }
    return FlowCounts(
        template=template,
        database_results=databases,
        database_specific_results={"A": databases - databases // 3, "B": databases // 3},
        register_results=registers,
        register_specific_results={"R": registers},
        duplicates=n["gone"],
        excluded_automatic=n["auto"],
        excluded_other=n["rest"],
        records_screened=screened,
        records_excluded=n["out"],
        dbr_sought_reports=sought,
        dbr_notretrieved_reports=n["lost"],
        dbr_assessed=assessed,
        dbr_excluded=reasons,
        new_studies=n["studies"],
        new_reports=reports,
        ongoing=n["ongoing"],
        awaiting_classification=n["waiting"],
        new_reports_of_old_studies=n["old"],
        total_studies_ma=n["studies"],
        **(given_other if other else {}),
        **(given_update if update else {}),
    )


@settings(max_examples=80, deadline=None)
@given(built())
def test_counts_that_were_built_to_add_up_pass_every_check(counts: FlowCounts) -> None:
    assert [check for check in check_flow(counts, pooled_not_included=()) if check.ok is False] == []


# Numbers that stand in an equation; the rest are only bounded, or, in a new review, counted in nothing else.
TIED = (
    "database_results", "register_results", "duplicates", "excluded_automatic", "excluded_other", "records_screened",
    "records_excluded", "dbr_sought_reports", "dbr_notretrieved_reports", "dbr_assessed", "dbr_excluded", "new_reports",
    "other_sought_reports", "other_notretrieved_reports", "other_assessed", "other_excluded",
    "database_specific_results", "register_specific_results",
    "previous_studies", "total_studies", "previous_reports", "total_reports",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(built(), st.sampled_from(TIED), st.integers(-5, 5).filter(bool))
def test_changing_one_number_of_an_equation_breaks_a_check(counts: FlowCounts, key: str, by: int) -> None:
    value = getattr(counts, key)
    if value is None or value == {}:
        return
    if key in LIST_KEYS:
        label = next(iter(value))
        wrong = {**value, label: value[label] + by}
    else:
        wrong = value + by
    assert any(check.ok is False for check in check_flow(changed(counts, {key: wrong})))


@settings(max_examples=60, deadline=None)
@given(built())
def test_the_2009_diagram_of_counts_that_add_up_has_no_error(counts: FlowCounts) -> None:
    assert failed(check_flow_2009(replace(counts, ongoing=0))) == ()

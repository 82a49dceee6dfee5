from __future__ import annotations

from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.pooling import Pooled, pool
from reviewflow.errors import InputError, UsageError

ROUNDING = 1e-10  # a few dozen operations in double precision
SIX_DIGITS = 1e-6  # metafor's numbers are written here to seven or more
MODELS: list[dict[str, Any]] = [
    {"model": "common"},
    {"model": "mh"},
    {"model": "peto"},
    {"model": "random", "tau2": "DL", "ci": "z"},
    {"model": "random", "tau2": "REML", "ci": "hk"},
]

cells = st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.integers(1, 30))
tables = st.lists(cells, min_size=2, max_size=8)


def rows_of(table: list[tuple[int, int, int, int]]) -> list[dict[str, object]]:
    return [
        {"study": f"s{i}", **dict(zip(("ai", "bi", "ci", "di"), map(float, four), strict=True))}
        for i, four in enumerate(table)
    ]


def number(x: float | None) -> float:
    assert x is not None
    return x


def interval(pooled: Pooled) -> tuple[float, float]:
    return number(pooled.summary.ci_lower), number(pooled.summary.ci_upper)


@pytest.mark.parametrize("options", MODELS)
@given(tables)
@settings(max_examples=25, deadline=None)
def test_swapping_the_arms_flips_the_sign_of_the_log_odds_ratio(
    options: dict[str, Any], table: list[tuple[int, int, int, int]]
) -> None:
    one = pool("OR", rows_of(table), **options)
    other = pool("OR", rows_of([(c, d, a, b) for a, b, c, d in table]), **options)
    assert number(other.estimate) == pytest.approx(-number(one.estimate), rel=1e-7, abs=1e-9)
    assert other.q == pytest.approx(number(one.q), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("options", MODELS)
@given(tables.flatmap(lambda table: st.tuples(st.just(table), st.permutations(table))))
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_studies_does_not_matter(
    options: dict[str, Any], orders: tuple[list[tuple[int, int, int, int]], list[tuple[int, int, int, int]]]
) -> None:
    one, other = (pool("OR", rows_of(table), **options) for table in orders)
    assert number(other.estimate) == pytest.approx(number(one.estimate), rel=1e-7, abs=1e-9)
    assert interval(other) == pytest.approx(interval(one), rel=1e-7, abs=1e-9)


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 5)), min_size=1, max_size=9), st.floats(0.01, 100))
@settings(max_examples=60, deadline=None)
def test_scaling_the_variances_does_not_move_a_common_effect(studies: list[tuple[float, float]], by: float) -> None:
    one = pool("GEN", [{"yi": y, "vi": v} for y, v in studies], model="common")
    other = pool("GEN", [{"yi": y, "vi": v * by} for y, v in studies], model="common")
    assert number(other.estimate) == pytest.approx(number(one.estimate), rel=ROUNDING, abs=1e-12)
    assert number(other.summary.se) == pytest.approx(number(one.summary.se) * sqrt(by), rel=ROUNDING)


@given(tables)
@settings(max_examples=40, deadline=None)
def test_studies_entered_four_times_halve_the_standard_error_and_keep_the_common_effect(
    table: list[tuple[int, int, int, int]],
) -> None:
    for model in ("common", "mh", "peto"):
        one, four = pool("OR", rows_of(table), model=model), pool("OR", rows_of(table * 4), model=model)
        assert number(four.estimate) == pytest.approx(number(one.estimate), rel=1e-9, abs=1e-12)
        assert number(four.summary.se) == pytest.approx(number(one.summary.se) / 2, rel=1e-9)


@given(tables)
@settings(max_examples=40, deadline=None)
def test_random_effects_without_heterogeneity_are_the_common_effect(table: list[tuple[int, int, int, int]]) -> None:
    random = pool("OR", rows_of(table), model="random", ci="z")
    common = pool("OR", rows_of(table), model="common")
    if random.tau2 == 0:
        assert random.estimate == pytest.approx(number(common.estimate), rel=ROUNDING, abs=1e-12)
        assert random.i2 == 0
    else:
        assert number(random.summary.se) > number(common.summary.se)


@given(tables)
@settings(max_examples=40, deadline=None)
def test_the_weights_add_up_to_a_hundred(table: list[tuple[int, int, int, int]]) -> None:
    for options in MODELS:
        assert sum(number(s.weight) for s in pool("OR", rows_of(table), **options).studies) == pytest.approx(100)


def test_one_study_is_pooled_to_itself_without_heterogeneity() -> None:
    row = rows_of([(10, 20, 5, 25)])
    for options in MODELS[:4]:
        pooled = pool("OR", row, **options)
        assert (pooled.i2, pooled.h2, pooled.prediction_interval) == (None, None, None)
    # Mantel and Haenszel's estimate of one table is its own odds ratio.
    assert number(pool("OR", row, model="mh").estimate) == pytest.approx(log(10 * 25 / (20 * 5)))


def test_knapp_hartung_of_equal_variances_is_the_one_sample_t_interval() -> None:
    y = [0.1, 0.9, -0.4, 1.7, 0.3]
    pooled = pool("GEN", [{"yi": e, "vi": 0.2} for e in y], model="random", ci="hk")
    half = 2.7764451051977987 * np.std(y, ddof=1) / sqrt(5)  # t quantile with 4 degrees of freedom
    assert interval(pooled) == pytest.approx((np.mean(y) - half, np.mean(y) + half), rel=1e-9)


def test_the_bounded_knapp_hartung_interval_is_never_based_on_less_than_walds_standard_error() -> None:
    rows = [{"yi": y, "vi": 0.04 + i / 100} for i, y in enumerate((0.30, 0.33, 0.28, 0.35, 0.31, 0.29))]
    plain, bounded, wald = (pool("GEN", rows, model="random", ci=ci) for ci in ("hk", "hk-adhoc", "z"))
    assert number(plain.summary.se) < number(wald.summary.se)
    assert bounded.summary.se == wald.summary.se
    assert any("hk-adhoc" in words for words in plain.warnings)


def test_the_default_interval_is_knapp_hartungs_only_with_three_studies_that_differ() -> None:
    apart = [{"yi": y, "vi": 0.01} for y in (0.0, 1.0, 2.0)]
    alike = [{"yi": y, "vi": 1.0} for y in (0.0, 0.1, 0.2)]
    assert pool("GEN", apart).choices.ci == "hk"
    assert pool("GEN", alike).choices.ci == "z"
    assert pool("GEN", apart[:2]).choices.ci == "z"


def test_random_effects_of_the_bcg_trials_are_metafors(bcg: list[dict[str, object]]) -> None:
    pooled = pool("RR", bcg, model="random", tau2="REML", ci="z")
    assert pooled.estimate == pytest.approx(-0.7145323421581394, rel=1e-8)
    assert pooled.summary.se == pytest.approx(0.17978151610520574, rel=1e-8)
    assert pooled.tau2 == pytest.approx(0.31324325813648085, rel=1e-8)
    assert pooled.i2 == pytest.approx(92.22138452126896, rel=1e-8)
    assert pooled.tau2_ci == pytest.approx((0.11971836114126379, 1.1114790840609272), rel=SIX_DIGITS)
    assert pooled.prediction_interval == pytest.approx((-2.008375906922578, 0.5793112226062992), rel=1e-8)
    assert pooled.q_p == pytest.approx(1.9967645908459738e-26, rel=SIX_DIGITS)


@pytest.mark.parametrize(
    ("tau2", "expected"),
    [
        ("DL", 0.3087602628623762),
        ("EB", 0.3180684522050241),
        ("HE", 0.3285638579957688),
        ("HS", 0.22836286367690684),
        ("ML", 0.2800281372686445),
        ("PM", 0.31806845220502394),
        ("SJ", 0.34551570159859507),
    ],
)
def test_every_estimator_of_tau2_gives_metafors_number(
    bcg: list[dict[str, object]], tau2: str, expected: float
) -> None:
    assert pool("RR", bcg, tau2=tau2).tau2 == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    ("measure", "estimate", "se", "q"),
    [
        ("OR", -0.4734109883885855, 0.04100777840423144, 163.94257956919316),
        ("RD", -0.0032881818326129996, 0.00028665674852737364, 386.7759418365598),
    ],
)
def test_mantel_haenszel_of_the_bcg_trials_is_metafors(
    bcg: list[dict[str, object]], measure: str, estimate: float, se: float, q: float
) -> None:
    pooled = pool(measure, bcg, model="mh")
    assert (pooled.estimate, pooled.summary.se, pooled.q) == pytest.approx((estimate, se, q), rel=1e-8)


def test_a_study_without_events_counts_for_mantel_haenszel_and_peto_but_weighs_nothing() -> None:
    rows = [*rows_of([(10, 20, 5, 25), (4, 30, 8, 26)]), {"study": "none", "ai": 0, "bi": 30, "ci": 0, "di": 31}]
    for model in ("mh", "peto"):
        with_it, without = pool("OR", rows, model=model), pool("OR", rows[:2], model=model)
        assert (with_it.k, without.k) == (3, 2)
        assert with_it.estimate == without.estimate
        assert with_it.studies[2].weight == 0
        assert with_it.studies[2].yi is None


def test_a_study_without_events_is_excluded_by_name_for_a_random_effects_odds_ratio_and_kept_when_asked() -> None:
    rows = [*rows_of([(10, 20, 5, 25), (4, 30, 8, 26)]), {"study": "none", "ai": 0, "bi": 30, "ci": 0, "di": 31}]
    assert pool("OR", rows).excluded == (("none", "no event in either arm"),)
    assert pool("OR", rows, double_zero="keep").k == 3
    assert pool("RD", rows).k == 3


@pytest.mark.parametrize("model", ["common", "mh", "peto", "random"])
def test_no_event_in_any_study_is_not_estimable_and_says_so(model: str) -> None:
    pooled = pool("OR", rows_of([(0, 20, 0, 25), (0, 30, 0, 26)]), model=model, double_zero="keep")
    assert pooled.estimate is None
    assert "not estimable" in pooled.words()
    assert any("Not estimable" in words for words in pooled.warnings)


def test_a_model_that_does_not_fit_the_measure_is_refused_with_the_way_out() -> None:
    with pytest.raises(InputError, match="Mantel-Haenszel"):
        pool("SMD", [{"yi": 1, "vi": 1}], model="mh")
    with pytest.raises(InputError, match="needs counts") as caught:
        pool("OR", [{"yi": 1, "vi": 1}], model="peto")
    assert "common" in caught.value.remedy
    with pytest.raises(UsageError, match="Knapp-Hartung"):
        pool("OR", rows_of([(1, 2, 3, 4)]), model="common", ci="hk")


def test_what_nobody_chose_is_named_in_the_answer() -> None:
    answer = pool("OR", rows_of([(10, 20, 5, 25), (4, 30, 8, 26)]), tau2="DL").to_json()
    assert answer["defaults"] == ["model", "ci", "pi", "correct", "double_zero"]
    assert answer["choices"] == {
        "measure": "OR",
        "model": "random",
        "tau2": "DL",
        "ci": "z",
        "pi": "hts",
        "correct": "only0",
        "add": 0.5,
        "double_zero": "drop",
    }


def test_like_stata_and_like_revman5_take_q_around_mantel_haenszel_for_random_effects_too(
    bcg: list[dict[str, object]],
) -> None:
    stata = pool("OR", bcg, model="random", like="stata")
    mantel_haenszel = pool("OR", bcg, like="stata")
    assert mantel_haenszel.model == "mh"
    assert stata.q == mantel_haenszel.q
    assert stata.i2 == mantel_haenszel.i2
    assert stata.q != pool("OR", bcg, model="random", tau2="DL", ci="z").q


def test_a_ratio_is_shown_as_a_ratio_and_a_logit_as_a_proportion() -> None:
    ratio = pool("GEN", [{"yi": log(2), "vi": 0.1}], ratio=True, model="common")
    assert ratio.display["estimate"] == pytest.approx(2)
    proportion = pool("PLO", [{"xi": 30, "ni": 40}], model="common")
    assert proportion.display["estimate"] == pytest.approx(0.75)
    assert exp(number(ratio.summary.ci_lower)) == pytest.approx(number_of(ratio.display["ci_lower"]))


def number_of(x: object) -> float:
    assert isinstance(x, float)
    return x

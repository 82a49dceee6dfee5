"""Tables at the edge of what can be pooled: each is answered in words or numbers, never by a crash or a NaN."""

from __future__ import annotations

import json
from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest

from reviewflow.domain.pooling import pool
from reviewflow.errors import InputError, ReviewflowError, UsageError

Row = dict[str, object]
Rows = list[Row]
EXACT = 1e-12

TWO: Rows = [
    {"study": "A", "ai": 12, "n1i": 54, "ci": 21, "n2i": 52},
    {"study": "B", "ai": 30, "n1i": 105, "ci": 41, "n2i": 103},
]
MODELS = ("common", "mh", "peto", "random", "glmm")


def answer(measure: str, rows: Rows, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - the options of `pool`
    """The JSON of an analysis, which no NaN may be in."""
    found: dict[str, Any] = json.loads(json.dumps(pool(measure, rows, **options).to_json(), allow_nan=False))
    return found


def warned(found: dict[str, Any], words: str) -> bool:
    return any(words in each for each in found["warnings"])


def of(study: str, ai: object, n1i: object, ci: object, n2i: object, **more: object) -> Row:
    return {"study": study, "ai": ai, "n1i": n1i, "ci": ci, "n2i": n2i, **more}


# How many studies there are


@pytest.mark.parametrize("model", MODELS)
def test_no_study_that_can_be_pooled_is_not_estimable(model: str) -> None:
    found = answer("OR", [of("A", "NR", 10, 1, 10)], model=model)
    assert (found["k"], found["estimate"]) == (0, None)
    assert found["excluded"] == [{"study": "A", "reason": "no value for ai"}]
    assert warned(found, "no study is left to pool")


@pytest.mark.parametrize("model", ["common", "mh", "random"])
def test_one_study_is_its_own_result_with_every_block_asked_for(model: str) -> None:
    blocks: dict[str, Any] = {"leave_one_out": True, "subgroup": "study", "swim": True}
    found = answer("OR", TWO[:1], model=model, **blocks)
    assert found["estimate"] == pytest.approx(log(12 * 31 / (42 * 21)))
    assert (found["i2"], found["h2"], found["prediction_interval"], found["leave_one_out"]) == (None, None, None, [])
    assert warned(found, "nothing to pool")


def test_two_studies_have_no_prediction_interval_and_a_wald_interval() -> None:
    found = answer("OR", TWO)
    assert (found["prediction_interval"], found["ci_method"]) == (None, "z")
    assert warned(answer("OR", TWO, ci="hk"), "one degree of freedom")


def test_trim_and_fill_influence_and_eggers_tests_of_two_studies_say_why_there_are_none() -> None:
    tests = ["egger", "egger-mixed", "begg", "harbord", "peters", "macaskill", "fail-safe"]
    found = answer("OR", TWO, small_study=tests, trim_and_fill=["L0"], influence=True)
    assert found["trim_and_fill"]["L0"]["k0"] is None
    assert found["influence"] == []
    assert all(found["small_study"][name]["reason"] for name in ("egger", "egger_mixed", "macaskill"))


# No events, only events, no people


@pytest.mark.parametrize("measure", ["OR", "RR", "PETO"])
def test_no_event_anywhere_is_not_estimable_as_a_ratio(measure: str) -> None:
    found = answer(measure, [of("A", 0, 20, 0, 22), of("B", 0, 30, 0, 31)], double_zero="keep")
    assert found["estimate"] is None
    assert warned(found, "risk difference")


def test_no_event_anywhere_is_a_risk_difference_of_nearly_nothing() -> None:
    found = answer("RD", [of("A", 0, 20, 0, 20), of("B", 0, 30, 0, 30)])
    assert found["estimate"] == pytest.approx(0, abs=1e-15)
    assert found["adjusted"][0]["method"] == "continuity"


def test_only_events_in_all_studies_are_not_estimable_as_an_odds_ratio() -> None:
    assert answer("OR", [of("A", 20, 20, 22, 22), of("B", 3, 3, 4, 4)])["estimate"] is None


@pytest.mark.parametrize("events", [0, 9])
@pytest.mark.parametrize("measure", ["PR", "PLO", "PFT", "PAS"])
def test_proportions_of_nothing_or_everything_stay_inside_their_scale(measure: str, events: int) -> None:
    found = answer(measure, [{"study": i, "xi": events, "ni": 9} for i in "ABC"], model="common")
    assert 0 <= found["display"]["estimate"] <= 1
    assert {each["method"] for each in found["adjusted"]} == ({"continuity"} if measure in {"PR", "PLO"} else set())


def test_a_study_without_events_is_excluded_with_the_reason_or_kept_when_asked() -> None:
    rows = [*TWO, of("Z", 0, 20, 0, 22)]
    assert answer("OR", rows)["excluded"] == [{"study": "Z", "reason": "no event in either arm"}]
    kept = answer("OR", rows, double_zero="keep")
    assert kept["k"] == 3
    assert kept["adjusted"] == [
        {"study": "Z", "method": "continuity", "words": "0.5 added to its cells, one of which is 0"}
    ]


@pytest.mark.parametrize(
    ("measure", "row"),
    [
        ("OR", of("Bad", 0, 0, 3, 10)),
        ("RD", {"study": "Bad", "ai": 0, "bi": 0, "ci": 2, "di": 3}),
        ("PLO", {"study": "Bad", "xi": 0, "ni": 0}),
        ("MD", {"study": "Bad", "m1i": 1, "sd1i": 1, "n1i": 0, "m2i": 1, "sd2i": 1, "n2i": 5}),
        ("IR", {"study": "Bad", "xi": 2, "ti": 0}),
        ("COR", {"study": "Bad", "ri": 0.2, "ni": 0}),
    ],
)
def test_an_empty_group_is_refused_by_its_row(measure: str, row: Row) -> None:
    with pytest.raises(InputError, match="Bad"):
        pool(measure, [row])


@pytest.mark.parametrize(
    ("measure", "row"),
    [
        ("OR", of("Bad", 11, 10, 3, 10)),
        ("RR", of("Bad", 1, 10, 13, 10)),
        ("PLO", {"study": "Bad", "xi": 11, "ni": 10}),
        ("PFT", {"study": "Bad", "xi": 43, "ni": 0.9}),
    ],
)
def test_more_events_than_people_are_refused_by_the_row(measure: str, row: Row) -> None:
    with pytest.raises(InputError, match=r"Bad.*events"):
        pool(measure, [row])


# Numbers that cannot be, or can just be


@pytest.mark.parametrize(
    ("measure", "row", "words"),
    [
        ("PR", {"yi": 1.2, "vi": 0.01}, "between 0 and 1"),
        ("PR", {"yi": 45, "sei": 5}, "between 0 and 1"),
        ("PR", {"estimate": 45, "ci_lower": 30, "ci_upper": 60}, "scale of a proportion"),
        ("PLO", {"estimate": -0.64, "ci_lower": -1.21, "ci_upper": 0.08}, "scale of a proportion"),
        ("RD", {"yi": -3, "vi": 0.1}, "between -1 and 1"),
        ("COR", {"ri": 1.01, "ni": 20}, "beyond 1"),
        ("COR", {"yi": -1.5, "vi": 0.1}, "between -1 and 1"),
        ("IR", {"yi": -0.1, "vi": 0.1}, "between 0 and inf"),
        ("OR", {"estimate": -0.5, "ci_lower": -1, "ci_upper": 0.2}, "scale of a ratio"),
        ("OR", {"estimate": 2, "ci_lower": 2.5, "ci_upper": 3}, "not inside"),
        ("HR", {"yi": 0.1, "sei": 0}, "standard error"),
        ("MD", {"m1i": 1, "sd1i": -1, "n1i": 9, "m2i": 1, "sd2i": 1, "n2i": 9}, "negative standard deviation"),
        ("ROM", {"m1i": -1, "sd1i": 1, "n1i": 9, "m2i": 1, "sd2i": 1, "n2i": 9}, "same sign"),
    ],
)
def test_a_number_outside_its_scale_is_refused_by_its_row(measure: str, row: Row, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        pool(measure, [{"study": "Bad", **row}])
    assert "Bad" in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize("r", [1, -1])
@pytest.mark.parametrize("measure", ["COR", "ZCOR"])
def test_a_perfect_correlation_is_excluded_with_the_reason(measure: str, r: int) -> None:
    found = answer(measure, [{"study": "P", "ri": r, "ni": 20}, {"study": "Q", "ri": 0.3, "ni": 20}])
    assert found["k"] == 1
    assert "1 or -1" in found["excluded"][0]["reason"]


@pytest.mark.parametrize("spread", [1e-25, 1e-6, 1.0, 1e6, 1e25])
def test_tiny_and_huge_variances_give_the_same_estimate_in_their_own_unit(spread: float) -> None:
    y = np.array([0.1, 0.9, -0.4, 1.7, 0.3])
    found = answer("GEN", [{"yi": e * spread, "vi": 0.2 * spread**2} for e in y], tau2="DL", ci="z")
    plain = answer("GEN", [{"yi": e, "vi": 0.2} for e in y], tau2="DL", ci="z")
    assert found["estimate"] / spread == pytest.approx(plain["estimate"], rel=1e-9)
    assert found["i2"] == pytest.approx(plain["i2"], rel=1e-9)


@pytest.mark.parametrize("spread", [1e-150, 1e-40, 1e40, 1e150])
def test_variances_beyond_what_a_double_can_multiply_are_left_out_in_words(spread: float) -> None:
    found = answer("GEN", [{"study": "Far", "yi": spread, "sei": spread}, {"study": "Near", "yi": 1, "sei": 1}])
    assert [each["study"] for each in found["excluded"]] == ["Far"]


@pytest.mark.parametrize("n", [10**6, 10**9, 10**12])
def test_groups_of_millions_overflow_nothing(n: int) -> None:
    rows = [of("A", n // 10, n, n // 8, n), of("B", n // 9, n, n // 7, n), of("C", n // 6, n, n // 5, n)]
    for model in ("common", "mh", "peto", "random"):
        assert answer("OR", rows, model=model, small_study=["harbord", "peters"])["estimate"] < 0


def test_a_huge_log_ratio_has_no_ratio_rather_than_an_infinite_one() -> None:
    found = answer("GEN", [{"yi": 800, "vi": 1}], ratio=True)
    assert found["estimate"] == 800
    assert found["display"]["estimate"] is None


@pytest.mark.parametrize("tau2", ["DL", "PM", "REML", "ML", "EB", "SJ", "HE", "HS"])
def test_identical_studies_have_no_heterogeneity(tau2: str) -> None:
    found = answer("GEN", [{"yi": 0.4, "vi": v} for v in (0.04, 0.05, 0.06)], tau2=tau2, ci="hk-adhoc")
    assert (found["tau2"], found["i2"], found["q"]) == (0, 0, pytest.approx(0, abs=1e-25))


def test_identical_studies_say_that_knapp_hartungs_interval_has_no_width() -> None:
    found = answer("GEN", [{"yi": 0.4, "vi": v} for v in (0.04, 0.05, 0.06)], ci="hk")
    assert found["statistic"] is None
    assert warned(found, "no width")


@pytest.mark.parametrize("missing", [None, "", "NA", "n/a", "NR", ".", "-", "nan"])
def test_a_missing_cell_takes_its_study_out_by_name(missing: object) -> None:
    found = answer("OR", [*TWO, of("Gap", 3, 20, missing, 22)])
    assert found["excluded"] == [{"study": "Gap", "reason": "no value for ci"}]


def test_a_percentage_typed_as_a_count_is_warned_about() -> None:
    assert warned(answer("PLO", [{"study": "A", "xi": 57.4, "ni": 100}]), "percentage")


# The same people more than once


def test_a_study_twice_in_a_pool_is_warned_about_by_name() -> None:
    assert warned(answer("OR", [*TWO, TWO[0]]), "A contributes 2 rows")


def test_rows_of_one_trial_without_a_control_group_in_common_are_warned_about_too() -> None:
    rows: Rows = [{"study": i, "trial": "T", "yi": 0.1, "vi": 0.2} for i in "ab"]
    assert warned(answer("GEN", rows), "T contributes 2 rows")


SHARED: Rows = [
    of("Low dose", 30, 105, 41, 103, trial="T"),
    of("High dose", 20, 101, 41, 103, trial="T"),
    of("Other", 12, 54, 21, 52),
]


def test_a_shared_control_group_is_warned_about_when_nothing_is_said() -> None:
    found = answer("OR", SHARED)
    assert warned(found, "T enters with 2 comparisons that share a control group")
    assert found["k"] == 3


def test_a_shared_control_group_is_split_when_asked() -> None:
    found = answer("OR", SHARED, multi_arm="split", model="common")
    assert [study["counts"]["n2i"] for study in found["studies"]] == [51.5, 51.5, 52]
    assert [each["method"] for each in found["adjusted"]] == ["split", "split"]
    assert found["studies"][0]["yi"] == pytest.approx(log(30 * 31 / (75 * 20.5)), rel=EXACT)
    assert not warned(found, "share a control")


def test_treated_groups_of_one_trial_are_combined_when_asked() -> None:
    found = answer("OR", SHARED, multi_arm="combine", model="common")
    assert (found["k"], found["studies"][0]["counts"]["ai"], found["studies"][0]["counts"]["n1i"]) == (2, 50, 206)
    assert found["adjusted"][0]["words"] == "treated groups of 2 rows combined: Low dose, High dose"


def test_combined_means_are_those_of_all_people_together() -> None:
    rng = np.random.default_rng(1)
    one, two = rng.normal(3, 1, 12), rng.normal(5, 2, 20)
    both = np.concatenate([one, two])
    control = {"trial": "T", "m2i": 1.0, "sd2i": 1.0, "n2i": 10}
    rows: Rows = [
        {"study": name, "m1i": x.mean(), "sd1i": x.std(ddof=1), "n1i": len(x), **control}
        for name, x in (("one", one), ("two", two))
    ]
    found = answer("MD", rows, multi_arm="combine", model="common")
    assert found["estimate"] == pytest.approx(both.mean() - 1, rel=EXACT)
    assert found["se"] == pytest.approx(sqrt(both.var(ddof=1) / 32 + 1 / 10), rel=EXACT)


def test_an_identical_row_is_no_second_treated_group() -> None:
    found = answer("OR", [*TWO, TWO[0]], multi_arm="split")
    assert found["adjusted"] == []
    assert warned(found, "A contributes 2 rows")


# Trials that did not randomise single people


def test_a_cluster_trial_analysed_as_parallel_is_warned_about_and_corrected_by_its_design_effect() -> None:
    rows = [*TWO, of("C", 30, 200, 40, 200, design="cluster randomised", cluster_size=21)]
    assert warned(answer("OR", rows), "C randomised clusters")
    plain, found = (answer("OR", rows, **options)["studies"][2] for options in ({}, {"icc": 0.05}))
    assert found["yi"] == pytest.approx(plain["yi"], rel=EXACT)
    assert found["vi"] == pytest.approx(plain["vi"] * (1 + 20 * 0.05), rel=EXACT)
    assert answer("OR", rows, icc=0.05)["adjusted"][0]["method"] == "design effect"


def test_a_rows_own_icc_goes_before_the_one_for_all() -> None:
    row = {"study": "C", "yi": 0.3, "sei": 0.1, "cluster_size": 11, "icc": "0.1"}
    found = answer("GEN", [row], icc=0.5)
    assert found["se"] == pytest.approx(0.1 * sqrt(2), rel=EXACT)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_takes_effective_sizes(model: str) -> None:
    rows = [{**row, "cluster_size": 11} for row in [*TWO, of("C", 9, 80, 20, 82)]]
    plain, found = answer("OR", rows, model=model), answer("OR", rows, model=model, icc=0.1)
    assert found["estimate"] == pytest.approx(plain["estimate"], abs=0.02)
    assert found["se"] > 1.3 * plain["se"]


def test_a_crossover_trial_is_warned_about_and_a_mean_difference_takes_its_correlation() -> None:
    row = {"study": "X", "m1i": 4, "sd1i": 2, "n1i": 20, "m2i": 3, "sd2i": 2, "n2i": 20, "design": "cross-over"}
    assert warned(answer("MD", [row]), "correlation within people")
    found = answer("MD", [row], correlation=0.75)
    assert found["se"] == pytest.approx(sqrt(2 * 4 * (1 - 0.75) / 20), rel=EXACT)
    assert found["adjusted"][0]["words"] == "paired variance with a correlation of 0.75 within people"
    assert warned(answer("OR", [of("X", 3, 20, 5, 20, design="crossover")]), "paired effect")


def test_a_cross_sectional_study_is_no_crossover_trial() -> None:
    assert not warned(answer("OR", [{**row, "design": "cross-sectional"} for row in TWO]), "crossover")


def test_a_crossover_trial_of_unlike_groups_is_refused() -> None:
    row = {"study": "X", "m1i": 4, "sd1i": 2, "n1i": 20, "m2i": 3, "sd2i": 2, "n2i": 19, "design": "crossover"}
    with pytest.raises(InputError, match="20 and 19 people"):
        pool("MD", [row], correlation=0.5)


@pytest.mark.parametrize(
    ("more", "words"), [({"cluster_size": 0.5}, "clusters of 0.5"), ({"cluster_size": 9, "icc": 1.5}, "icc is 1.5")]
)
def test_a_cluster_size_or_icc_that_cannot_be_is_refused(more: Row, words: str) -> None:
    with pytest.raises(InputError, match=words):
        pool("OR", [{**TWO[0], **more}])


@pytest.mark.parametrize("options", [{"icc": 1.2}, {"correlation": 1.0}, {"multi_arm": "ignore"}])
def test_an_option_for_designs_outside_its_range_is_a_wrong_call(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        pool("OR", TWO, **options)


# Measures and denominators


def test_mixed_denominators_are_warned_about() -> None:
    rows = [{**row, "denominator": kind} for row, kind in zip(TWO, ("randomised", "evaluable"), strict=True)]
    assert warned(answer("OR", rows), "mixes denominators: evaluable, randomised")


@pytest.mark.parametrize("measure", ["OR", "RR", "RD", "PETO"])
def test_a_ratio_of_one_arm_is_refused_and_a_proportion_named(measure: str) -> None:
    with pytest.raises(InputError, match="compares two arms") as caught:
        pool(measure, [{"study": "A", "xi": 3, "ni": 9}])
    assert "PLO" in caught.value.remedy


def test_a_raw_proportion_whose_interval_leaves_its_scale_is_warned_about() -> None:
    rows: Rows = [{"study": i, "xi": x, "ni": 9} for i, x in enumerate((0, 9, 1))]
    assert warned(answer("PR", rows, ci="hk"), "leaves the scale")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("rows", [[], [{}], [{"study": "A"}]])
def test_rows_without_columns_are_refused_in_words(model: str, rows: Rows) -> None:
    with pytest.raises(ReviewflowError) as caught:
        pool("OR", rows, model=model)
    assert caught.value.remedy


def test_a_negative_continuity_correction_is_refused_and_zero_leaves_out_what_has_no_variance() -> None:
    with pytest.raises(InputError, match="negative"):
        pool("OR", TWO, add=-0.5)
    found = answer("OR", [*TWO, of("Z", 0, 20, 4, 22)], add=0)
    assert found["excluded"][0]["study"] == "Z"
    assert found["adjusted"] == []


def test_the_ratio_of_a_hazard_from_its_interval_and_from_the_log_rank_test_are_what_they_were_made_of() -> None:
    rows: Rows = [{"study": "A", "estimate": 0.7, "ci_lower": 0.5, "ci_upper": 0.98}]
    assert answer("HR", rows)["display"]["estimate"] == pytest.approx(0.7)
    ranked = answer("HR", [{"study": "A", "o_minus_e": -8.0, "v": 20.0}])
    assert ranked["display"]["estimate"] == pytest.approx(exp(-0.4))
    assert ranked["se"] == pytest.approx(1 / sqrt(20))

"""Meta-regression, subgroups, leave-one-out, cumulative pooling, influence, small-study tests, trim and fill."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import kendalltau, linregress

from reviewflow.domain.pooling import pool
from reviewflow.domain.pooling.small_study import begg, egger
from reviewflow.errors import InputError, UsageError

Rows = list[dict[str, object]]
EIGHT = 1e-8  # metafor's numbers are written here to more digits; both programs iterate to convergence


def test_meta_regression_on_latitude_is_metafors(bcg: Rows) -> None:
    pooled = pool("RR", bcg, model="random", tau2="REML", ci="z", moderators=["ablat"])
    assert [c.name for c in pooled.coefficients] == ["intercept", "ablat"]
    assert pooled.tau2 == pytest.approx(0.07634796395525532, rel=EIGHT)
    assert pooled.i2 == pytest.approx(68.39122483819722, rel=EIGHT)
    assert pooled.q == pytest.approx(30.733090010749258, rel=EIGHT)
    assert pooled.qm == pytest.approx(16.358232147155903, rel=EIGHT)
    assert pooled.r2 == pytest.approx(75.62662181160485, rel=EIGHT)
    assert pooled.estimate is None
    assert pooled.words().startswith("RR by ablat (QM 16.36, p <0.001), random effects (REML)")


def test_a_categorical_moderator_is_compared_with_its_reference(bcg: Rows) -> None:
    options: dict[str, Any] = {"ci": "z", "moderators": ["alloc:categorical"]}
    pooled = pool("RR", bcg, **options)
    assert [c.name for c in pooled.coefficients] == ["intercept", "alloc: random", "alloc: systematic"]
    expected = (-0.5179557771552944, -0.44781840139055096, 0.08903821623171777)
    assert [c.estimate for c in pooled.coefficients] == pytest.approx(expected, rel=EIGHT)
    turned = pool("RR", bcg, **options, reference={"alloc": "random"})
    assert turned.qm == pytest.approx(pooled.qm, rel=EIGHT)
    assert turned.coefficients[1].estimate == pytest.approx(-pooled.coefficients[1].estimate, rel=EIGHT)


def test_with_knapp_hartung_the_test_of_the_moderators_is_an_f(bcg: Rows) -> None:
    pooled = pool("RR", bcg, ci="hk", moderators=["ablat", "year"])
    assert pooled.qm_df == (2.0, 10.0)
    assert pooled.qm == pytest.approx(4.964947555881572, rel=EIGHT)


def test_a_moderator_that_follows_from_another_is_refused_by_name(bcg: Rows) -> None:
    rows = [{**row, "south": 90 - float(str(row["ablat"]))} for row in bcg]
    with pytest.raises(InputError, match="'south'"):
        pool("RR", rows, moderators=["ablat", "south"])
    with pytest.raises(InputError, match="cannot tell"):
        pool("RR", bcg[:2], moderators=["ablat"])
    with pytest.raises(InputError, match="no column 'latitude'"):
        pool("RR", bcg, moderators=["latitude"])
    with pytest.raises(InputError, match=r"row 1 \(Aronson 1948\): alloc"):
        pool("RR", bcg, moderators=["alloc"])


def test_a_study_without_the_moderator_is_excluded_with_the_reason(bcg: Rows) -> None:
    bcg[3]["ablat"] = ""
    pooled = pool("RR", bcg, moderators=["ablat"])
    assert pooled.k == 12
    assert pooled.excluded == (("Hart 1977", "no value for ablat"),)


def test_subgroups_and_the_test_between_them_are_metafors(bcg: Rows) -> None:
    pooled = pool("RR", bcg, tau2="REML", ci="z", subgroup="alloc")
    assert [(s.level, s.result.k) for s in pooled.subgroups] == [("random", 7), ("alternate", 2), ("systematic", 4)]
    expected = (-0.9709647042631038, -0.5407929618493458, -0.42420739151087583)
    assert [s.result.estimate for s in pooled.subgroups] == pytest.approx(expected, rel=EIGHT)
    assert pooled.between is not None
    assert (pooled.between.q, pooled.between.df) == pytest.approx((1.8614449461545608, 2), rel=EIGHT)


def test_a_subgroup_of_two_studies_has_walds_interval_unless_another_is_chosen(bcg: Rows) -> None:
    by_default = pool("RR", bcg, subgroup="alloc")
    assert [s.result.choices.ci for s in by_default.subgroups] == ["hk", "z", "hk"]
    chosen = pool("RR", bcg, subgroup="alloc", ci="hk")
    assert [s.result.choices.ci for s in chosen.subgroups] == ["hk", "hk", "hk"]


def test_common_effect_subgroups_split_q_into_within_and_between(bcg: Rows) -> None:
    pooled = pool("RR", bcg, model="common", subgroup="alloc")
    within = sum(s.result.q or 0 for s in pooled.subgroups)
    assert pooled.between is not None
    assert within + pooled.between.q == pytest.approx(pooled.q, rel=1e-10)


@pytest.mark.parametrize("model", ["common", "mh", "random", "peto"])
def test_leaving_a_study_out_is_pooling_the_others(bcg: Rows, model: str) -> None:
    answer = pool("OR", bcg, model=model, leave_one_out=True).to_json()
    left_out = answer["leave_one_out"]
    assert isinstance(left_out, list)
    assert len(left_out) == 13
    for i in (0, 7, 12):
        entry = left_out[i]
        assert isinstance(entry, dict)
        assert entry["without"] == bcg[i]["study"]
        others = pool("OR", bcg[:i] + bcg[i + 1 :], model=model)
        assert entry["estimate"] == pytest.approx(others.estimate, rel=1e-10)
        assert entry["se"] == pytest.approx(others.summary.se, rel=1e-10)


def test_cumulative_pooling_goes_by_the_column_and_ends_with_all_studies(bcg: Rows) -> None:
    answer = pool("RR", bcg, cumulative="year", ci="z").to_json()
    steps: Any = answer["cumulative"]
    assert [step["with"] for step in steps][:3] == ["Aronson 1948", "Ferguson 1949", "Stein 1953"]
    assert steps[-1]["estimate"] == pytest.approx(answer["estimate"], rel=1e-12)
    assert steps[1]["estimate"] == pytest.approx(-1.325003442244875, rel=EIGHT)


def test_influence_diagnostics_are_metafors(bcg: Rows) -> None:
    first: Any = pool("RR", bcg, ci="z", influence=True).to_json()["influence"]
    expected = {
        "rstudent": -0.21814248573608827,
        "dffits": -0.04070754750125709,
        "cook_d": 0.0017165413416179616,
        "cov_r": 1.1164489861459075,
        "tau2_without": 0.3361567018036316,
        "q_without": 151.5825727471086,
        "hat": 0.050594827343666327,
        "dfbetas": -0.04026588917017959,
    }
    assert {name: first[0][name] for name in expected} == pytest.approx(expected, rel=EIGHT)


def test_baujats_axes_are_metafors(bcg: Rows) -> None:
    first: Any = pool("OR", bcg, model="common", influence=True).to_json()["influence"]
    assert first[0]["baujat"] == pytest.approx(
        {"q_share": 0.7072079155936696, "influence": 0.003555296985256588}, rel=EIGHT
    )


def test_small_study_tests_are_those_of_r(bcg: Rows) -> None:
    tests = ["egger", "begg", "harbord", "peters", "fail-safe"]
    found: Any = pool("OR", bcg, model="common", small_study=tests).to_json()["small_study"]
    assert found["egger"]["statistic"] == pytest.approx(-1.5069506966943078, rel=EIGHT)
    assert (found["begg"]["tau"], found["begg"]["p_value"]) == pytest.approx((0.02564102564102564, 0.9523619079608663))
    assert found["harbord"]["statistic"] == pytest.approx(-1.2564743440450636, rel=EIGHT)
    assert found["peters"]["p_value"] == pytest.approx(0.2002917922841355, rel=EIGHT)
    assert found["fail_safe"] == {"rosenthal": 607, "orwin": 13, "rosenberg": 348}


def test_eggers_slope_is_the_intercept_of_the_deviates_on_precision() -> None:
    rng = np.random.default_rng(5)
    v = rng.uniform(0.01, 1, 15)
    y = rng.normal(0.3, np.sqrt(v))
    # With equal weights in both, ordinary least squares of y/se on 1/se is the same regression turned round.
    turned = linregress(1 / np.sqrt(v), y / np.sqrt(v))
    assert egger(y, v)["slope"] == pytest.approx(turned.intercept, rel=1e-9)


@pytest.mark.parametrize("ties", [False, True])
def test_beggs_test_is_scipys_kendall_of_the_standardised_effects(*, ties: bool) -> None:
    rng = np.random.default_rng(6)
    v = rng.choice([0.1, 0.2, 0.3, 0.5], 14) if ties else rng.uniform(0.1, 1, 14)
    y = rng.normal(0, np.sqrt(v))
    w = 1 / v
    deviates = (y - (w * y).sum() / w.sum()) / np.sqrt(v - 1 / w.sum())
    expected = kendalltau(deviates, v, method="asymptotic" if ties else "exact")
    found = begg(y, v)
    assert found["tau"] == pytest.approx(expected.statistic, rel=1e-12)
    assert found["p_value"] == pytest.approx(expected.pvalue, rel=1e-10)


def test_small_study_tests_warn_below_ten_studies_and_for_proportions() -> None:
    rows = [{"xi": x, "ni": 40} for x in (10, 12, 20, 5)]
    warnings = pool("PLO", rows, small_study=["egger"]).warnings
    assert any("about ten studies" in words for words in warnings)
    assert any("depends on the proportion" in words for words in warnings)


def test_studies_of_one_precision_give_no_small_study_test_rather_than_a_wrong_one() -> None:
    found: Any = pool("GEN", [{"yi": y, "vi": 0.1} for y in (1, 2, 4)], small_study=["egger", "begg"]).to_json()
    assert found["small_study"]["egger"]["p_value"] is None
    assert found["small_study"]["begg"]["p_value"] is None
    with pytest.raises(UsageError, match="Harbord"):
        pool("GEN", [{"yi": 1, "vi": 1}], small_study=["harbord"])


def skewed() -> Rows:
    """Twelve studies in which the smaller the study, the larger the effect: the left of the funnel is empty."""
    return [{"yi": 0.2 + 0.9 * se + 0.05 * (-1) ** i, "sei": se} for i, se in enumerate(np.linspace(0.05, 0.6, 12))]


@pytest.mark.parametrize("estimator", ["L0", "R0"])
def test_trim_and_fill_mirrors_the_outermost_studies_and_pools_them_too(estimator: str) -> None:
    rows = skewed()
    answer: Any = pool("GEN", rows, model="common", trim_and_fill=[estimator]).to_json()
    found = answer["trim_and_fill"][estimator]
    assert (found["side"], found["k0"] > 0) == ("left", True)
    whole = [*rows, *({"yi": study["yi"], "vi": study["vi"]} for study in found["filled"])]
    again = pool(
        "GEN", [{**row, "vi": row.get("vi", float(str(row.get("sei", 1))) ** 2)} for row in whole], model="common"
    )
    assert found["estimate"] == pytest.approx(again.estimate, rel=1e-12)
    assert found["estimate"] < answer["estimate"]


def test_trim_and_fill_of_a_mirrored_funnel_fills_on_the_other_side() -> None:
    mirrored: Rows = [{**row, "yi": -float(str(row["yi"]))} for row in skewed()]
    one: Any = pool("GEN", skewed(), trim_and_fill=["L0"]).to_json()["trim_and_fill"]
    other: Any = pool("GEN", mirrored, trim_and_fill=["L0"]).to_json()["trim_and_fill"]
    assert (one["L0"]["side"], other["L0"]["side"]) == ("left", "right")
    assert other["L0"]["k0"] == one["L0"]["k0"]
    assert other["L0"]["estimate"] == pytest.approx(-one["L0"]["estimate"], rel=1e-9)

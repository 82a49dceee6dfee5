from __future__ import annotations

from typing import Any

import pytest

from reviewflow.domain.pooling import RULES, pool, pool_by_rule

# Events and people, blinatumomab then chemotherapy, as the two trials report them: Locatelli and others 2021,
# doi:10.1001/jama.2021.0987, and Brown and others 2021, doi:10.1001/jama.2021.0669, Table 2 of each.
COUNTS = {
    "allo-HSCT": ((48, 54, 38, 54), (74, 105, 44, 103)),
    "MRD": ((44, 49, 26, 48), (69, 105, 33, 103)),
    "relapse": ((13, 54, 29, 54), (35, 105, 32, 103)),
}
# Recomputed with R metafor 3.8-1 (rma.mh and rma), printed to six decimals: half of the last one is the tolerance.
SIX_DECIMALS = 5.1e-7
MANTEL_HAENSZEL = {
    "allo-HSCT": (3.241681, 1.964693, 5.348670, 0.932375, 0.0),
    "MRD": (4.708131, 2.836528, 7.814657, 0.334058, 0.0),
    "relapse": (0.686750, 0.432921, 1.089404, 0.006394, 86.552),
}
INVERSE_VARIANCE = {
    "allo-HSCT": (3.239685, 1.963567, 5.345151, 0.932402),
    "MRD": (4.646648, 2.790524, 7.737377, 0.334721),
    "relapse": (0.694760, 0.432070, 1.117161, 0.006402),
}


def rows_of(outcome: str) -> list[dict[str, object]]:
    trials = zip(("Locatelli 2021", "Brown 2021"), COUNTS[outcome], strict=True)
    return [{"study": s, "ai": a, "n1i": n, "ci": c, "n2i": m} for s, (a, n, c, m) in trials]


def odds_ratio(outcome: str, options: dict[str, Any]) -> tuple[float, ...]:
    pooled = pool("OR", rows_of(outcome), **options)
    numbers = [pooled.display[name] for name in ("estimate", "ci_lower", "ci_upper")]
    return tuple(float(str(number)) for number in [*numbers, pooled.q_p])


@pytest.mark.parametrize("outcome", COUNTS)
def test_mantel_haenszel_gives_what_stata_printed_for_the_review(outcome: str) -> None:
    *expected, i2 = MANTEL_HAENSZEL[outcome]
    assert odds_ratio(outcome, {"model": "mh"}) == pytest.approx(expected, rel=0, abs=SIX_DECIMALS)
    # I2 was printed to three decimals.
    assert pool("OR", rows_of(outcome), model="mh").i2 == pytest.approx(i2, abs=5.1e-4)


@pytest.mark.parametrize("outcome", COUNTS)
def test_inverse_variance_gives_metafors_numbers(outcome: str) -> None:
    expected = INVERSE_VARIANCE[outcome]
    assert odds_ratio(outcome, {"model": "common"}) == pytest.approx(expected, rel=0, abs=SIX_DECIMALS)


@pytest.mark.parametrize("tau2", ["DL", "REML", "PM", "EB"])
def test_relapse_by_random_effects_is_wide_by_every_estimator(tau2: str) -> None:
    found = odds_ratio("relapse", {"model": "random", "tau2": tau2, "ci": "z"})
    assert found[:3] == pytest.approx((0.568159, 0.144167, 2.239101), rel=0, abs=SIX_DECIMALS)


def test_the_printed_line_names_the_method_and_rounds_as_the_review_did() -> None:
    line = "OR 3.24 [1.96, 5.35], common effect (Mantel-Haenszel), I2 0.0 %, p 0.932, k = 2"
    assert pool("OR", rows_of("allo-HSCT"), model="mh").words() == line


def test_the_reviews_own_rule_calls_for_random_effects_in_relapse_where_the_review_printed_a_common_effect() -> None:
    ruled = pool_by_rule(RULES["i2-and-p"], "OR", rows_of("relapse"), tau2="DL", ci="z")
    assert ruled.choice.branch == "high"
    assert ruled.chosen.text() == "0.57 [0.14, 2.24]"
    assert ruled.other.text() == "0.69 [0.43, 1.09]"
    assert any("not advised" in words for words in ruled.chosen.warnings)


@pytest.mark.parametrize("outcome", ["allo-HSCT", "MRD"])
def test_the_reviews_own_rule_keeps_a_common_effect_where_studies_agree(outcome: str) -> None:
    ruled = pool_by_rule(RULES["i2-and-p"], "OR", rows_of(outcome))
    assert (ruled.choice.branch, ruled.chosen.model, ruled.other.model) == ("low", "mh", "random")


def test_two_time_points_of_one_trial_in_a_pool_are_pointed_out() -> None:
    pooled = pool("OR", [*rows_of("MRD"), *rows_of("relapse")], model="mh")
    assert sum("contributes 2 rows" in words for words in pooled.warnings) == 2

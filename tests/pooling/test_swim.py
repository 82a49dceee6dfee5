from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, combine_pvalues, norm

from reviewflow.domain.pooling import pool
from reviewflow.domain.pooling.swim import fisher, sign_test, stouffer
from reviewflow.errors import InputError, UsageError

Rows = list[dict[str, object]]


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_sign_test_is_scipys_binomial_test_with_wilsons_interval(below: int, above: int) -> None:
    found: Any = sign_test(below, above)
    if below + above == 0:
        assert found["p_value"] is None
        return
    expected = binomtest(below, below + above)
    wilson = expected.proportion_ci(method="wilson")
    assert found["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert (found["ci_lower"], found["ci_upper"]) == pytest.approx((wilson.low, wilson.high), abs=1e-12)


def test_a_sign_test_of_thousands_of_studies_is_a_number() -> None:
    assert sign_test(1500, 1600)["p_value"] == pytest.approx(binomtest(1500, 3100).pvalue, rel=1e-9)


@given(st.lists(st.floats(-6, 6), min_size=1, max_size=12), st.integers(0, 2**16))
def test_combined_p_values_are_scipys(z: list[float], seed: int) -> None:
    scores, weights = np.array(z), np.random.default_rng(seed).uniform(0.1, 5, len(z))
    one_sided = norm.cdf(scores)
    expected = combine_pvalues(one_sided, "fisher")
    assert fisher(scores)["p_value"] == pytest.approx(expected.pvalue, rel=1e-8, abs=1e-300)
    by_weight = combine_pvalues(one_sided, "stouffer", weights=weights)
    found: Any = stouffer(scores, weights)
    # scipy turns the p values back into scores, which loses digits beyond z = 5.
    assert found["z"] == pytest.approx(-by_weight.statistic, rel=1e-6, abs=1e-6)


def test_swim_counts_directions_and_gives_quartiles_on_the_scale_people_read(bcg: Rows) -> None:
    found: Any = pool("RR", bcg, swim=True).to_json()["swim"]
    assert (found["sign_test"]["below"], found["sign_test"]["above"]) == (11, 2)
    assert found["directions"][0] == {
        "study": "Aronson 1948",
        "direction": "below",
        "z": pytest.approx(-1.5586, abs=1e-4),
        "p_value": pytest.approx(0.1191, abs=1e-4),
    }
    assert found["effects"]["median"] == pytest.approx(0.4553, abs=5e-4)
    assert found["fisher"]["below"]["p_value"] < 1e-20
    assert found["fisher"]["above"]["p_value"] > 0.01


def test_a_proportion_has_no_direction() -> None:
    with pytest.raises(UsageError, match="no direction"):
        pool("PLO", [{"xi": 3, "ni": 9}], swim=True)


JUDGED: Rows = [
    {"study": "A", "yi": -0.5, "vi": 0.1, "rob": "Low"},
    {"study": "B", "yi": -0.9, "vi": 0.1, "rob": "High risk of bias"},
    {"study": "C", "yi": -0.3, "vi": 0.1, "rob": "Some concerns"},
    {"study": "D", "yi": -0.1, "vi": 0.1, "rob": ""},
    {"study": "E", "yi": 0.1, "vi": 0.1, "rob": "low risk"},
]


def test_by_risk_of_bias_is_pooling_fewer_studies() -> None:
    found: Any = pool("GEN", JUDGED, model="common", risk_of_bias="rob").to_json()["risk_of_bias"]
    assert [(each["studies"], each["k"], each["left_out"]) for each in found] == [
        ("all", 5, []),
        ("without high", 4, ["B"]),
        ("low only", 2, ["B", "C", "D"]),
    ]
    for each in found:
        kept = [row for row in JUDGED if row["study"] not in each["left_out"]]
        assert each["estimate"] == pytest.approx(pool("GEN", kept, model="common").estimate, rel=1e-12)


def test_no_study_at_low_risk_is_not_estimable_and_an_unknown_judgement_is_refused_by_its_row() -> None:
    found: Any = pool("GEN", JUDGED[1:4], risk_of_bias="rob").to_json()["risk_of_bias"]
    assert found[2]["estimate"] is None
    with pytest.raises(InputError, match=r"row 1 \(A\): rob is 'fine'"):
        pool("GEN", [{**JUDGED[0], "rob": "fine"}], risk_of_bias="rob")
    with pytest.raises(InputError, match="no column 'risk'"):
        pool("GEN", JUDGED, risk_of_bias="risk")

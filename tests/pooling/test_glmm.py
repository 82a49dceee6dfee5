from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import comb

from reviewflow.domain.pooling import pool
from reviewflow.errors import InputError

# Complete responses of made-up single-arm studies, apart enough for a tau2 well above 0.
EVENTS, PEOPLE = (3, 14, 9, 2, 25, 8), (20, 22, 12, 31, 40, 30)
ARMS: list[dict[str, object]] = [
    {"study": i, "ai": a, "n1i": n, "ci": c, "n2i": m}
    for i, (a, n, c, m) in enumerate([(4, 40, 12, 41), (0, 25, 5, 24), (7, 60, 9, 62), (1, 33, 1, 30), (10, 55, 4, 50)])
]


def proportions() -> list[dict[str, object]]:
    return [{"xi": x, "ni": n} for x, n in zip(EVENTS, PEOPLE, strict=True)]


def exact_log_likelihood(mu: float, tau: float) -> float:
    """By adaptive integration over the random effect, to about 1e-10."""

    def density(z: float, x: int, n: int) -> float:
        p = 1 / (1 + np.exp(-(mu + tau * z)))
        return float(comb(n, x) * p**x * (1 - p) ** (n - x) * np.exp(-z * z / 2) / sqrt(2 * np.pi))

    pairs = zip(EVENTS, PEOPLE, strict=True)
    return sum(log(quad(density, -8, 8, args=(x, n), epsabs=1e-13)[0]) for x, n in pairs)


def test_the_estimate_of_proportions_has_the_highest_likelihood_of_its_neighbours() -> None:
    pooled = pool("PLO", proportions(), model="glmm")
    assert pooled.estimate is not None
    assert pooled.tau2 is not None
    tau = sqrt(pooled.tau2)
    best = exact_log_likelihood(pooled.estimate, tau)
    # Seven quadrature points miss the exact maximum by less than a hundredth in either direction.
    for step in ((0.02, 0.0), (-0.02, 0.0), (0.0, 0.02), (0.0, -0.02)):
        assert exact_log_likelihood(pooled.estimate + step[0], tau + step[1]) < best


def test_without_heterogeneity_the_pooled_proportion_is_that_of_all_people_together() -> None:
    rows: list[dict[str, object]] = [{"xi": x, "ni": n} for x, n in ((10, 30), (11, 33), (20, 60))]
    pooled = pool("PLO", rows, model="glmm")
    assert pooled.tau2 == 0
    assert pooled.display["estimate"] == pytest.approx(41 / 123, rel=1e-6)
    # The variance of a logit of 41 among 123; the second derivative is taken by differences of 0.001.
    assert pooled.summary.se == pytest.approx(sqrt(1 / 41 + 1 / 82), rel=1e-5)


def test_swapping_the_arms_flips_the_sign() -> None:
    swapped: list[dict[str, object]] = [
        {"ai": row["ci"], "n1i": row["n2i"], "ci": row["ai"], "n2i": row["n1i"]} for row in ARMS
    ]
    one, other = pool("OR", ARMS, model="glmm"), pool("OR", swapped, model="glmm")
    assert one.estimate is not None
    assert other.estimate == pytest.approx(-one.estimate, abs=1e-5)  # steps end at 1e-7, differences lose two digits
    assert other.tau2 == pytest.approx(one.tau2, abs=1e-5)


def test_a_study_without_events_says_nothing_and_is_excluded() -> None:
    rows = [*ARMS, {"study": "none", "ai": 0, "n1i": 30, "ci": 0, "n2i": 30}]
    with_it, without = pool("OR", rows, model="glmm"), pool("OR", ARMS, model="glmm")
    assert with_it.k == without.k
    assert with_it.estimate == without.estimate
    assert with_it.excluded == (("none", "no event in either arm"),)


def test_a_model_of_the_counts_has_no_weights_of_studies() -> None:
    assert all(study.weight is None for study in pool("OR", ARMS, model="glmm").studies)


@pytest.mark.parametrize("events", [0, 20])
def test_only_zeros_or_only_events_are_refused_in_words(events: int) -> None:
    with pytest.raises(InputError, match="GLMM cannot be fitted"):
        pool("PLO", [{"xi": events, "ni": 20}] * 3, model="glmm")


def test_rates_without_heterogeneity_are_all_events_by_all_person_time() -> None:
    pooled = pool("IRLN", [{"xi": 10, "ti": 100.0}, {"xi": 21, "ti": 200.0}, {"xi": 9, "ti": 100.0}], model="glmm")
    assert pooled.tau2 == 0
    assert pooled.display["estimate"] == pytest.approx(0.1, rel=1e-6)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chi2

from reviewflow.domain.pooling import tau2 as between
from reviewflow.domain.pooling.heterogeneity import q_profile
from reviewflow.domain.pooling.weighted import at

Floats = NDArray[np.float64]

# Sums of a few dozen terms in double precision: ten digits are left after the worst cancellation of these.
ROUNDING = 1e-10


@st.composite
def analyses(draw: st.DrawFn, least: int = 2) -> tuple[Floats, Floats]:
    k = draw(st.integers(least, 12))
    seed = draw(st.integers(0, 2**32 - 1))
    spread = draw(st.sampled_from([0.0, 0.1, 1.0, 10.0]))
    rng = np.random.default_rng(seed)
    v = np.exp(rng.normal(-1, draw(st.sampled_from([0.0, 1.0, 3.0])), k))
    return rng.normal(0, np.sqrt(v + spread)), v


@pytest.mark.parametrize("method", between.METHODS)
@given(analyses())
@settings(max_examples=30, deadline=None)
def test_tau2_is_never_negative(method: between.Method, analysis: tuple[Floats, Floats]) -> None:
    assert between.tau2(method, *analysis) >= 0


@pytest.mark.parametrize("method", between.METHODS)
@given(analyses(), st.floats(0.01, 100), st.floats(-50, 50))
@settings(max_examples=20, deadline=None)
def test_tau2_scales_with_the_square_of_the_unit_and_ignores_the_origin(
    method: between.Method, analysis: tuple[Floats, Floats], unit: float, origin: float
) -> None:
    y, v = analysis
    plain, changed = between.tau2(method, y, v), between.tau2(method, unit * y + origin, unit**2 * v)
    # An origin of 50 takes two digits off effects of about 1, and squaring them two more.
    assert changed == pytest.approx(unit**2 * float(plain), rel=1e-6, abs=1e-9 * unit**2)


@given(analyses())
@settings(max_examples=60, deadline=None)
def test_the_score_of_reml_is_zero_or_falls_at_the_boundary(analysis: tuple[Floats, Floats]) -> None:
    y, v = analysis
    t = between.restricted_maximum_likelihood(y, v)
    fit = at(y, v, t)
    slope, _ = between.score(fit, restricted=True)
    if t == 0:
        assert slope <= 0
    else:
        assert abs(slope) <= ROUNDING * (fit.trace + fit.qq)


@given(analyses())
@settings(max_examples=40, deadline=None)
def test_no_tau2_on_a_fine_grid_has_a_higher_restricted_likelihood_than_reml(analysis: tuple[Floats, Floats]) -> None:
    y, v = analysis
    best = at(y, v, between.restricted_maximum_likelihood(y, v)).log_likelihood(restricted=True)
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 1e4, 300)])
    scanned = at(np.broadcast_to(y, (301, len(y))), v, grid).log_likelihood(restricted=True)
    assert scanned.max() <= best + 1e-9


def test_reml_finds_the_higher_of_two_humps() -> None:
    # Two precise studies that agree beside two imprecise ones far apart: searched for by chance, kept for its two
    # maxima, of which a climb from the method-of-moments start can reach the lower one.
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(400):
        v = np.exp(rng.normal(-2, 3, 4))
        y = rng.standard_cauchy(4)
        grid = np.concatenate([[0.0], np.geomspace(1e-6, 1e4, 500)])
        ll = at(np.broadcast_to(y, (501, 4)), v, grid).log_likelihood(restricted=True)
        humps = int(((ll[1:-1] > ll[:-2]) & (ll[1:-1] > ll[2:])).sum() + (ll[0] > ll[1]))
        found += humps > 1
        best = at(y, v, between.restricted_maximum_likelihood(y, v)).log_likelihood(restricted=True)
        assert best >= ll.max() - 1e-9
    assert found > 0


def test_with_equal_variances_the_moment_estimators_and_reml_agree() -> None:
    y, v = np.array([0.1, 0.9, -0.4, 1.7, 0.3]), np.full(5, 0.2)
    expected = y.var(ddof=1) - 0.2
    for method in ("DL", "PM", "EB", "HE", "REML"):
        assert between.tau2(method, y, v) == pytest.approx(expected, rel=ROUNDING)
    assert between.tau2("ML", y, v) == pytest.approx(y.var() - 0.2, rel=ROUNDING)


@pytest.mark.parametrize("method", between.METHODS)
def test_a_batch_gives_what_its_analyses_give_one_by_one(method: between.Method) -> None:
    rng = np.random.default_rng(1)
    v = rng.uniform(0.05, 1, (40, 7))
    y = rng.normal(0, np.sqrt(v + 0.3))
    together = between.tau2(method, y, v)
    alone = [float(between.tau2(method, y[b], v[b])) for b in range(40)]
    assert together == pytest.approx(alone, rel=ROUNDING, abs=1e-12)


@pytest.mark.parametrize("method", between.METHODS)
def test_identical_effects_give_no_tau2(method: between.Method) -> None:
    assert between.tau2(method, np.full(5, 0.4), np.array([0.04, 0.05, 0.06, 0.07, 0.08])) == 0


@given(analyses(least=3))
@settings(max_examples=40, deadline=None)
def test_the_interval_of_tau2_is_where_q_meets_its_quantiles(analysis: tuple[Floats, Floats]) -> None:
    y, v = analysis
    interval = q_profile(y, v)
    assert interval is not None
    for end, quantile in zip(interval, (0.975, 0.025), strict=True):
        q, target = float(at(y, v, end).q), chi2.ppf(quantile, len(y) - 1)
        if end > 0:
            assert q == pytest.approx(target, rel=1e-9)
        else:
            assert q <= target


def test_a_design_of_the_intercept_alone_changes_nothing() -> None:
    y, v = np.array([0.2, 0.5, 0.9, 0.1]), np.array([0.1, 0.2, 0.1, 0.3])
    ones = np.ones((4, 1))
    for method in between.METHODS:
        assert between.tau2(method, y, v, ones) == pytest.approx(float(between.tau2(method, y, v)), rel=1e-9, abs=1e-12)

from __future__ import annotations

from math import inf, isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reviewflow.domain.pooling.distributions import chi2_p, chi2_quantile, f_p, quantile_975, two_sided_p

# The logarithm of a tail of 1e-200 is -460, and its fifteenth digit is the twelfth of the tail; a thousand degrees of
# freedom take one more.
TAIL = 1e-10
df = st.integers(1, 40) | st.integers(41, 3000)


@given(st.floats(0, 1500), df)
@settings(max_examples=300, deadline=None)
def test_the_tail_of_chi_squared_is_scipys(q: float, n: int) -> None:
    assert chi2_p(q, n) == pytest.approx(float(stats.chi2.sf(q, n)), rel=TAIL, abs=1e-290)


@given(st.floats(-60, 60), df)
@settings(max_examples=300, deadline=None)
def test_the_p_value_of_a_t_is_scipys(t: float, n: int) -> None:
    assert two_sided_p(t, n) == pytest.approx(float(2 * stats.t.sf(abs(t), n)), rel=TAIL, abs=1e-290)


@given(st.floats(0, 500), st.integers(1, 30), df)
@settings(max_examples=300, deadline=None)
def test_the_tail_of_f_is_scipys(f: float, above: int, below: int) -> None:
    assert f_p(f, above, below) == pytest.approx(float(stats.f.sf(f, above, below)), rel=TAIL, abs=1e-290)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 10, 19, 30, 100, 999, 5000])
def test_the_quantiles_are_scipys(n: int) -> None:
    assert quantile_975(n) == pytest.approx(float(stats.t.ppf(0.975, n)), rel=1e-12)
    for p in (0.025, 0.05, 0.5, 0.975):
        assert chi2_quantile(p, n) == pytest.approx(float(stats.chi2.isf(p, n)), rel=1e-12)


def test_the_ends_of_the_tails() -> None:
    assert (chi2_p(0, 3), chi2_p(-1, 3), chi2_p(5, 0), chi2_p(inf, 3)) == (1, 1, 1, 0)
    assert (two_sided_p(0, 3), two_sided_p(inf, 3), two_sided_p(0)) == (1, 0, 1)
    assert (f_p(0, 2, 3), f_p(inf, 2, 3)) == (1, 0)
    assert isnan(two_sided_p(1, 0))
    assert isnan(f_p(1, 1, 0))
    assert quantile_975(0) == inf
    assert quantile_975() == pytest.approx(float(stats.norm.ppf(0.975)), rel=1e-15)

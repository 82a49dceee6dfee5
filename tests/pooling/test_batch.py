from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from reviewflow.domain.pooling import pool, pool_batch
from reviewflow.domain.pooling import tau2 as between
from reviewflow.domain.pooling.weighted import at
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from reviewflow.domain.pooling.models import Interval

Floats = NDArray[np.float64]
INTERVALS: tuple[Interval, ...] = ("z", "hk", "hk-adhoc")


def made(n: int, seed: int) -> list[tuple[Floats, Floats]]:
    """Sets of all sizes and degrees of heterogeneity, small and uneven variances among them."""
    rng = np.random.default_rng(seed)
    sets = []
    for k in (2, 3, 5, 10, 20):
        spread = rng.choice([0.0, 0.01, 0.1, 1.0, 10.0], (n // 5, 1))
        v = np.exp(rng.normal(-2, rng.choice([0.3, 1.0, 2.5], (n // 5, 1)), (n // 5, k)))
        sets.append((rng.normal(0.2, np.sqrt(v + spread)), v))
    return sets


@pytest.mark.parametrize("ci", INTERVALS)
def test_a_batch_is_its_analyses_one_by_one(ci: Interval) -> None:
    for y, v in made(50, 1):
        found = pool_batch(y, v, ci=ci)
        for b in range(len(y)):
            rows: list[dict[str, object]] = [{"yi": e, "vi": f} for e, f in zip(y[b], v[b], strict=True)]
            one = pool("GEN", rows, tau2="REML", ci=ci)
            alone = (one.estimate, one.summary.se, one.summary.ci_lower, one.summary.ci_upper, one.q)
            together = (found.estimate[b], found.se[b], found.ci_lower[b], found.ci_upper[b], found.q[b])
            assert together == pytest.approx(alone, rel=1e-9)  # sums of twenty terms in another order
            assert found.tau2[b] == pytest.approx(one.tau2, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("restricted", [True, False])
def test_the_likelihood_of_a_thousand_made_sets_is_nowhere_higher_than_where_it_was_found(*, restricted: bool) -> None:
    method: between.Method = "REML" if restricted else "ML"
    for y, v in made(1000, 2):
        t = between.tau2(method, y, v)
        fit = at(y, v, t)
        slope, _ = between.score(fit, restricted=restricted)
        # Ten digits of the two terms that cancel at a maximum; at the boundary the likelihood may only fall.
        assert (np.where(t > 0, np.abs(slope), np.maximum(slope, 0)) <= 1e-10 * (fit.total + fit.qq)).all()
        best = fit.log_likelihood(restricted=restricted)
        for elsewhere in (0.0, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0):
            there = at(y, v, np.full(len(y), elsewhere)).log_likelihood(restricted=restricted)
            assert (there <= best + 1e-9).all()


def test_rows_that_cannot_be_pooled_are_refused_by_their_place() -> None:
    y, v = np.zeros((3, 4)), np.ones((3, 4))
    for bad in (0.0, -1.0, np.nan, np.inf):
        wrong = v.copy()
        wrong[1, 2] = bad
        with pytest.raises(InputError, match="analysis 1"):
            pool_batch(y, wrong)
    with pytest.raises(InputError, match="shape"):
        pool_batch(y, v[:, :3])
    with pytest.raises(UsageError, match="known"):
        pool_batch(y, v, ci="wald")  # type: ignore[arg-type]  # what somebody may write


def test_a_batch_of_none_is_none() -> None:
    assert pool_batch(np.empty((0, 4)), np.empty((0, 4))).estimate.shape == (0,)

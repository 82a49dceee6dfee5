"""Agreement beside statsmodels, on tables that nobody chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from reviewflow.domain.agreement import PairTable, brennan_prediger, cohen_kappa, fleiss_kappa, null_standard_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from numpy.typing import NDArray

TABLES = 300
# The same sums in another order; what is left is enlarged by 1 - expected in the denominator.
CLOSED = 1e-10


@pytest.fixture(scope="module")
def statsmodels() -> ModuleType:
    import statsmodels.stats.inter_rater as peer  # noqa: PLC0415 - a second that no other test should wait for

    return peer  # type: ignore[no-any-return]  # it has no types


def pair_tables() -> Iterator[NDArray[np.int64]]:
    """Two to five categories, from few reports to thousands, from agreement by chance to nearly perfect."""
    rng = np.random.default_rng(11)
    for _ in range(TABLES):
        q = int(rng.integers(2, 6))
        shares = rng.dirichlet(np.full(q, 0.5), 2)
        together = rng.uniform(0, 0.98)
        table = (1 - together) * np.outer(*shares) + together * np.diag(shares[0])
        yield rng.multinomial(int(rng.integers(8, 3000)), table.ravel()).reshape(q, q)


def test_cohens_kappa_its_errors_and_its_interval_are_those_of_statsmodels(statsmodels: ModuleType) -> None:
    compared = 0
    for counts in pair_tables():
        perfect = np.count_nonzero(counts) == np.count_nonzero(np.diag(counts))
        if perfect or min(np.count_nonzero(counts.sum(axis=each)) for each in (0, 1)) == 1:
            continue  # where nothing varies there is a reason here, and 0 / 0 there
        peer = statsmodels.cohens_kappa(counts)
        table = PairTable(tuple("abcde"[: len(counts)]), tuple(tuple(map(int, row)) for row in counts))
        found = cohen_kappa(table)
        assert (found.value, found.se) == pytest.approx((peer.kappa, peer.std_kappa), rel=CLOSED, abs=CLOSED)
        assert null_standard_error(table) == pytest.approx(peer.std_kappa0, rel=CLOSED)
        ends = (max(peer.kappa_low, -1.0), min(peer.kappa_upp, 1.0))
        assert found.ci == pytest.approx(ends, rel=CLOSED, abs=CLOSED)
        compared += 1
    assert compared > TABLES / 2


def test_fleiss_kappa_and_the_uniform_chance_of_many_raters_are_those_of_statsmodels(statsmodels: ModuleType) -> None:
    rng = np.random.default_rng(12)
    for _ in range(TABLES):
        n, q, raters = (int(rng.integers(least, most)) for least, most in ((5, 80), (2, 6), (2, 9)))
        counts = np.stack([rng.multinomial(raters, rng.dirichlet(np.full(q, 0.6))) for _ in range(n)])
        assert fleiss_kappa(counts).value == pytest.approx(statsmodels.fleiss_kappa(counts), rel=CLOSED, abs=CLOSED)
        uniform = statsmodels.fleiss_kappa(counts, method="uniform")  # Randolph's, which is Brennan and Prediger's
        assert brennan_prediger(counts).value == pytest.approx(uniform, rel=CLOSED, abs=CLOSED)

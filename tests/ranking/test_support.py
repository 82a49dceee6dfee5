from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from sklearn.svm import LinearSVC

from reviewflow.domain.support import FloatArray, IntArray, Texts, scores


@st.composite
def problems(draw: st.DrawFn) -> tuple[csr_array, IntArray, FloatArray, FloatArray]:
    """Sparse rows of length 1, some of them labelled, with unequal costs."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(4, 40))
    rows = csr_array(random_array((n, 60), density=draw(st.sampled_from([0.02, 0.2])), rng=rng))
    length = np.sqrt(rows.multiply(rows).sum(axis=1))
    rows = csr_array(rows.multiply(1 / np.where(length > 0, length, 1)[:, None]))
    train = rng.permutation(n)[: draw(st.integers(2, n))]
    signs = np.where(rng.random(len(train)) < 0.3, 1.0, -1.0)
    signs[:2] = 1, -1
    return rows, train, signs, 10.0 ** rng.uniform(-2, 1.5, len(train))


# Both stop when they are near the optimum: ours at 1e-7 of the right-hand side, liblinear where we tell it to.
NEAR = 1e-4


@given(problems())
@settings(max_examples=40, deadline=None)
def test_the_scores_are_those_of_liblinear_at_its_tightest(
    problem: tuple[csr_array, IntArray, FloatArray, FloatArray],
) -> None:
    rows, train, signs, cost = problem
    theirs = LinearSVC(C=1, tol=1e-10, max_iter=200_000, dual=True, random_state=1)
    theirs.fit(rows[train], signs, sample_weight=cost)
    ours = scores(Texts.of(rows), train, signs, cost, None)
    assert ours == pytest.approx(theirs.decision_function(rows), abs=NEAR)


@given(problems(), st.floats(0.1, 3))
@settings(max_examples=40, deadline=None)
def test_where_the_search_begins_does_not_move_the_optimum(
    problem: tuple[csr_array, IntArray, FloatArray, FloatArray], scale: float
) -> None:
    rows, train, signs, cost = problem
    texts = Texts.of(rows)
    cold = scores(texts, train, signs, cost, None)
    far = scale * np.sin(np.arange(rows.shape[0], dtype=np.float64))
    assert scores(texts, train, signs, cost, far) == pytest.approx(cold, abs=NEAR)
    assert scores(texts, train, signs, cost, cold) == pytest.approx(cold, abs=NEAR)


@given(problems())
@settings(max_examples=30, deadline=None)
def test_swapping_the_sides_flips_every_score(problem: tuple[csr_array, IntArray, FloatArray, FloatArray]) -> None:
    rows, train, signs, cost = problem
    texts = Texts.of(rows)
    assert scores(texts, train, -signs, cost, None) == pytest.approx(-scores(texts, train, signs, cost, None), abs=NEAR)

"""A linear support vector machine for short texts, refitted after every label: the exact optimum, not an approximation.

The squared hinge is quadratic on the records inside the margin, so Newton's method needs a few linear systems and no
step size. They are solved among the labelled records (the dual), where the matrix is the inner products of the texts
plus a large diagonal: conjugate gradients get there in a few products with the sparse matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FloatArray: TypeAlias = "NDArray[np.float64]"
IntArray: TypeAlias = "NDArray[np.intp]"

_LOOSE, _TIGHT = 1e-3, 1e-6
"""Of the residual, against the right-hand side: until it is known who is inside the margin, and from then on.

liblinear's own stopping rule leaves about 1e-5 in a score.
"""
_N_NEWTON = 100
_N_GRADIENTS = 1000


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts as vectors, in the form that a linear machine needs.

    Attributes:
        shared: Weights of the terms that two texts or more have; sparse rows, shape (n, terms).
        alone: Per text, the sum of the squared weights of the terms that no other text has. They add to a text's
            inner product with itself and to no other, and are two thirds of all terms.
        squared: Per text, its inner product with itself.
    """

    shared: Any
    alone: FloatArray
    squared: FloatArray

    @classmethod
    def of(cls, weights: Any) -> Texts:  # noqa: ANN401 scipy's sparse arrays have no common type
        """The texts whose terms have these weights, a sparse matrix with a row for each."""
        rows = weights.tocsr()
        occurs = np.bincount(rows.indices, minlength=rows.shape[1])
        alone = rows[:, occurs == 1]
        # Frequent terms side by side: products with a vector of all terms then stay in the processor's cache.
        shared = rows[:, np.argsort(-occurs, kind="stable")[: np.count_nonzero(occurs > 1)]].tocsr()
        shared.sort_indices()
        own = _squared(alone)
        return cls(shared, own, own + _squared(shared))

    def some(self, places: IntArray) -> Texts:
        """Those at these places, in this order."""
        return Texts(self.shared[places], self.alone[places], self.squared[places])


def _squared(rows: Any) -> FloatArray:  # noqa: ANN401 scipy's sparse arrays have no common type
    return np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel()


class _Kernel:
    """Inner products among some texts; a constant term of 1 in each stands for the intercept, as in liblinear."""

    def __init__(self, texts: Texts) -> None:
        self._rows, self._alone = texts.shared, texts.alone
        self._columns = texts.shared.T
        self.diagonal: FloatArray = texts.squared + 1.0

    def __matmul__(self, v: FloatArray) -> FloatArray:
        product: FloatArray = self._rows @ (self._columns @ v) + v.sum() + self._alone * v
        return product


def scores(texts: Texts, train: IntArray, signs: FloatArray, cost: FloatArray, near: FloatArray | None) -> FloatArray:
    """The decision value of every text, above 0 on the side of the relevant.

    Minimises |w|^2 / 2 + sum of cost max(0, 1 - sign w.x)^2 over the labelled texts, the intercept among the weights.

    Args:
        texts: All texts, n of them.
        train: Places of the labelled ones, shape (m,).
        signs: +1 relevant, -1 not, shape (m,).
        cost: Penalty of each, shape (m,), above 0.
        near: Scores of all texts at an earlier fit, which save work and do not move the optimum; or None.

    Source:
        Chapelle 2007, Training a support vector machine in the primal, doi:10.1162/neco.2007.19.5.1155.
    """
    some = texts.some(train)
    kernel = _Kernel(some)
    begin = (
        np.zeros(len(train)) if near is None else 2 * cost * np.where(signs * near[train] < 1, signs - near[train], 0)
    )
    share = _dual(kernel, signs, cost, begin)
    weights = some.shared.T @ share
    value: FloatArray = texts.shared @ weights + share.sum()
    # An unlabelled text has no weight on the terms it has alone; a labelled one has its own.
    value[train] += some.alone * share
    return value


def _dual(kernel: _Kernel, signs: FloatArray, cost: FloatArray, begin: FloatArray) -> FloatArray:
    """How much each labelled text enters w: 2 cost (sign - score) inside the margin, 0 outside."""
    share, fitted = begin, kernel @ begin
    ridge = 1 / (2 * cost)
    value = _objective(share, fitted, signs, cost)
    tolerance = _LOOSE
    for _ in range(_N_NEWTON):
        inside = (signs * fitted < 1).astype(np.float64)
        within = share * inside
        within_fitted = fitted if np.array_equal(within, share) else kernel @ within
        aim, aim_fitted = _solve(kernel, ridge, inside, signs, within, within_fitted, tolerance)
        step = 1.0
        while True:  # along the line from here to the aim; a shorter step is hardly ever needed
            tried, tried_fitted = share + step * (aim - share), fitted + step * (aim_fitted - fitted)
            now = _objective(tried, tried_fitted, signs, cost)
            if now <= value * (1 + 1e-12) or step < 1e-6:
                break
            step /= 2
        share, fitted, value = tried, tried_fitted, now
        is_settled = step == 1 and np.array_equal(signs * fitted < 1, inside > 0)
        if is_settled and tolerance == _TIGHT:
            break
        if is_settled or step < 1:  # a loose aim may lie no lower than here
            tolerance = _TIGHT
    return share


def _objective(share: FloatArray, fitted: FloatArray, signs: FloatArray, cost: FloatArray) -> float:
    return float(share @ fitted / 2 + cost @ np.maximum(0, 1 - signs * fitted) ** 2)


def _solve(
    kernel: _Kernel,
    ridge: FloatArray,
    inside: FloatArray,
    signs: FloatArray,
    near: FloatArray,
    near_fitted: FloatArray,
    tolerance: float,
) -> tuple[FloatArray, FloatArray]:
    """Solve (K + ridge) x = sign on the texts inside the margin, x = 0 elsewhere, by conjugate gradients.

    Products with K are what takes the time, so none is made twice: K near comes in, and x goes out with K x.
    """
    diagonal = kernel.diagonal + ridge
    x, fitted = near.copy(), near_fitted.copy()
    left = (signs - ridge * x - fitted) * inside
    scaled = left / diagonal
    towards, size = scaled, float(left @ scaled)
    enough = tolerance**2 * float(inside @ (1 / diagonal))
    for _ in range(_N_GRADIENTS):
        if size <= enough:
            break
        image = kernel @ towards
        whole = (image + ridge * towards) * inside
        length = size / float(towards @ whole)
        x += length * towards
        fitted += length * image
        left -= length * whole
        scaled = left / diagonal
        size, before = float(left @ scaled), size
        towards = scaled + size / before * towards
    return x, fitted

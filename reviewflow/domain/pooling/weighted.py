"""Weighted least squares at many between-study variances at once: the ground under every estimator.

Throughout, y and v have shape (..., k), a design x has shape (k, p) and holds for all of them, None means the
intercept alone, and t (tau2) has the leading shape. P = W - W X (X'WX)^-1 X'W with W = diag(1 / (v + t)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from reviewflow.domain.effect.columns import FloatArray


# A difference of a thousandth of its terms has three digits fewer than they have.
_LOST = 1e-3


@dataclass(frozen=True)
class Weighted:
    """A weighted fit and the quadratic forms and traces that the estimators need.

    Attributes:
        y: Effect sizes, shape (..., k).
        w: Weights, shape (..., k).
        x: Design, shape (k, p), None for the intercept alone.
    """

    y: FloatArray
    w: FloatArray
    x: FloatArray | None = None

    @property
    def p(self) -> int:
        """The number of coefficients."""
        return 1 if self.x is None else self.x.shape[1]

    @cached_property
    def total(self) -> FloatArray:
        """The sum of the weights, shape (...)."""
        return over_studies(self.w)

    @cached_property
    def unscaled(self) -> FloatArray:
        """(X'WX)^-1, shape (..., p, p): the covariance of the coefficients when w are inverse variances."""
        if self.x is None:
            inverse: FloatArray = (1 / self.total)[..., None, None]
        else:
            inverse = np.asarray(np.linalg.inv(_cross(self.w, self.x)), dtype=np.float64)
        return inverse

    @cached_property
    def beta(self) -> FloatArray:
        """The coefficients, shape (..., p)."""
        if self.x is None:
            beta: FloatArray = (_dot(self.w, self.y) / self.total)[..., None]
        else:
            beta = np.einsum("...pq,...kq->...p", self.unscaled, (self.w * self.y)[..., None] * self.x)
        return beta

    @cached_property
    def residuals(self) -> FloatArray:
        """Effect sizes less the fit, shape (..., k)."""
        if self.x is None:
            residuals: FloatArray = self.y - self.beta
        else:
            residuals = self.y - np.einsum("kp,...p->...k", self.x, self.beta)
        return residuals

    @cached_property
    def _weighed(self) -> FloatArray:
        """The residuals times their weights, shape (..., k)."""
        weighed: FloatArray = self.w * self.residuals
        return weighed

    @cached_property
    def q(self) -> FloatArray:
        """The weighted sum of squared residuals, y'Py."""
        return _dot(self._weighed, self.residuals)

    @cached_property
    def qq(self) -> FloatArray:
        """The form y'PPy."""
        return _dot(self._weighed, self._weighed)

    @cached_property
    def qqq(self) -> FloatArray:
        """The form y'PPPy."""
        z = self._weighed
        once_more = self.w * z
        plain = _dot(once_more, z)
        if self.x is None:
            form: FloatArray = plain - over_studies(once_more) ** 2 / self.total
        else:
            on_x = np.einsum("...k,kp->...p", once_more, self.x)
            form = plain - np.einsum("...p,...pq,...q->...", on_x, self.unscaled, on_x)
        return form

    @cached_property
    def trace(self) -> FloatArray:
        """The trace of P."""
        if self.x is None:
            trace: FloatArray = self._trace_of_a_mean()
        else:
            trace = self.total - np.einsum("...pq,...qp->...", self.unscaled, _cross(self.w**2, self.x))
        return trace

    @cached_property
    def trace_squared(self) -> FloatArray:
        """The trace of PP."""
        w2 = self.w**2
        plain = over_studies(w2)
        if self.x is None:
            trace: FloatArray = plain - 2 * _dot(w2, self.w) / self.total + (plain / self.total) ** 2
        else:
            twice = self.unscaled @ _cross(w2, self.x)
            thrice = np.einsum("...pq,...qp->...", self.unscaled, _cross(w2 * self.w, self.x))
            trace = plain - 2 * thrice + np.einsum("...pq,...qp->...", twice, twice)
        return trace

    def _trace_of_a_mean(self) -> FloatArray:
        """The trace of P for the intercept alone."""
        trace: FloatArray = np.asarray(self.total - _dot(self.w, self.w) / self.total)
        # The difference has lost its digits where one weight dwarfs the others: there it is summed without it.
        lost = np.asarray(trace < _LOST * self.total)
        if lost.any():
            w = self.w[lost] if lost.ndim else self.w
            trace = trace.copy()
            trace[lost if lost.ndim else ...] = over_studies(w * others(w)) / over_studies(w)
        return trace

    def log_likelihood(self, *, restricted: bool) -> FloatArray:
        """The (restricted) log-likelihood up to a constant."""
        full: FloatArray = over_studies(np.log(self.w)) - self.q
        if restricted and self.x is None:
            full = full - np.log(self.total)
        elif restricted and self.x is not None:
            full = full - np.linalg.slogdet(_cross(self.w, self.x))[1]
        return full / 2


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """The sum over studies of a times b, without the array of the products."""
    total: FloatArray = np.asarray(np.einsum("...k,...k->...", a, b))
    return total


def others(w: FloatArray) -> FloatArray:
    """The sum of the other studies' weights, shape (..., k); total - w is 0 where one weight is 1e18 times the rest."""
    before, after = np.zeros_like(w), np.zeros_like(w)
    np.cumsum(w[..., :-1], axis=-1, out=before[..., 1:])
    np.cumsum(w[..., :0:-1], axis=-1, out=after[..., -2::-1])
    return before + after


def over_studies(a: FloatArray) -> FloatArray:
    """The sum over the last axis, which is the studies'."""
    total: FloatArray = np.asarray(a.sum(-1))
    return total


def _cross(w: FloatArray, x: FloatArray) -> FloatArray:
    """X'WX, shape (..., p, p)."""
    crossed: FloatArray = np.einsum("...k,kp,kq->...pq", w, x, x)
    return crossed


def at(y: FloatArray, v: FloatArray, t: FloatArray | float, x: FloatArray | None = None) -> Weighted:
    """The fit whose weights are 1 / (v + t)."""
    return Weighted(y, 1 / (v + np.asarray(t)[..., None]), x)


def unweighted(y: FloatArray, x: FloatArray | None = None) -> Weighted:
    """The fit with equal weights."""
    return Weighted(y, np.ones_like(y), x)

"""Estimators of the between-study variance tau2, for one analysis or for many of the same size at once.

y and v have shape (k,) or (B, k); the answer has shape () or (B,). x is a design of shape (k, p), None for the
intercept alone. Every answer is at least 0, and 0 when there are no more studies than coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from reviewflow.domain.effect.columns import BoolArray, FloatArray
from reviewflow.domain.pooling.weighted import Weighted, at, over_studies, unweighted

Method: TypeAlias = Literal["DL", "PM", "REML", "ML", "EB", "SJ", "HE", "HS"]
Slope: TypeAlias = tuple[FloatArray, FloatArray]
Score: TypeAlias = Callable[[Weighted], Slope]

METHODS: tuple[Method, ...] = ("DL", "PM", "REML", "ML", "EB", "SJ", "HE", "HS")
# A likelihood bends on the scale of the variances; steps of this ratio are fine enough to see every hump of it.
_STEP = 1.6
_RELATIVE_STOP = 4e-15
_CACHED = 40_000  # numbers


def tau2(method: Method, y: FloatArray, v: FloatArray, x: FloatArray | None = None) -> FloatArray:
    """The between-study variance by `method`.

    Args:
        method: One of METHODS.
        y: Effect sizes, shape (k,) or (B, k).
        v: Their sampling variances, as y, each above 0.
        x: Design, shape (k, p); None for the intercept alone.
    """
    p = 1 if x is None else x.shape[1]
    if y.shape[-1] <= p:
        return np.zeros(y.shape[:-1])
    return _ESTIMATORS[method](y, v, x)


def dersimonian_laird(y: FloatArray, v: FloatArray, x: FloatArray | None = None) -> FloatArray:
    """The method of moments; DerSimonian and Laird 1986, doi:10.1016/0197-2456(86)90046-2."""
    fit = at(y, v, 0.0, x)
    return _at_least_zero((fit.q - (y.shape[-1] - fit.p)) / fit.trace)


def hunter_schmidt(y: FloatArray, v: FloatArray, x: FloatArray | None = None) -> FloatArray:
    """Hunter and Schmidt's estimator; Viechtbauer 2005, doi:10.3102/10769986030003261."""
    fit = at(y, v, 0.0, x)
    return _at_least_zero((fit.q - y.shape[-1]) / fit.total)


def hedges(y: FloatArray, v: FloatArray, x: FloatArray | None = None) -> FloatArray:
    """The unweighted method of moments; Hedges and Olkin 1985, ISBN 978-0-12-336380-0."""
    fit = unweighted(y, x)
    k = y.shape[-1]
    if x is None:
        leverage: FloatArray = np.full(k, 1 / k)
    else:
        leverage = np.einsum("kp,pq,kq->k", x, np.linalg.inv(x.T @ x), x)
    return _at_least_zero((fit.q - over_studies(v * (1 - leverage))) / (k - fit.p))


def sidik_jonkman(y: FloatArray, v: FloatArray, x: FloatArray | None = None) -> FloatArray:
    """Sidik and Jonkman's estimator from the variance of y; 2005, doi:10.1111/j.1467-9876.2005.00489.x.

    Identical effect sizes give 0.
    """
    start = y.var(-1)
    # What rounding leaves of identical effects is no spread.
    start = np.where(start > (4 * np.finfo(np.float64).eps * np.abs(y).max(-1)) ** 2, start, 0.0)
    fit = at(y, v, np.where(start > 0, start, 1.0), x)
    return np.where(start > 0, start * fit.q / (y.shape[-1] - fit.p), 0.0)


def paule_mandel(y: FloatArray, v: FloatArray, x: FloatArray | None = None) -> FloatArray:
    """The tau2 at which the generalised Q is its expectation; 1982, doi:10.6028/jres.087.022. The same as EB."""
    p = 1 if x is None else x.shape[1]
    df = y.shape[-1] - p
    return q_root(y, v, np.full(y.shape[:-1], float(df)), x)


def q_root(y: FloatArray, v: FloatArray, target: FloatArray, x: FloatArray | None = None) -> FloatArray:
    """The tau2 at which the generalised Q falls to `target`, 0 where it starts below.

    Args:
        y: Effect sizes, shape (..., k).
        v: Their sampling variances.
        target: Above 0, of the leading shape.
        x: Design, shape (k, p); None for the intercept alone.
    """
    y, v, target, shape = _batched(y, v, target)
    high = np.maximum(unweighted(y, x).q / target - v.min(-1), 0.0)

    def excess(fit: Weighted, chosen: BoolArray) -> Slope:
        # 1 / Q is nearly a straight line in tau2, so Newton's steps on it land where steps on Q crawl.
        q = np.maximum(fit.q, np.finfo(np.float64).tiny)
        return 1 / target[chosen] - 1 / q, -fit.qq / q**2

    open_ = at(y, v, np.zeros(len(y)), x).q > target
    found = _root(y, v, x, excess, (np.zeros(len(y)), np.where(open_, high, 0.0)))
    return np.where(open_, found, 0.0).reshape(shape)


def maximum_likelihood(y: FloatArray, v: FloatArray, x: FloatArray | None = None) -> FloatArray:
    """The tau2 of the highest likelihood.

    Source:
        Hardy and Thompson 1996, doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A.
    """
    return _highest(y, v, x, restricted=False)


def restricted_maximum_likelihood(y: FloatArray, v: FloatArray, x: FloatArray | None = None) -> FloatArray:
    """The tau2 of the highest restricted likelihood; Viechtbauer 2005, doi:10.3102/10769986030003261.

    The score is looked at over the whole range that can hold a maximum, each place where it turns from rising to
    falling is polished, and the highest of these and of 0 is kept: there is nothing that can fail to converge.
    """
    return _highest(y, v, x, restricted=True)


def score(fit: Weighted, *, restricted: bool) -> Slope:
    """The derivative of the (restricted) log-likelihood by tau2, and its own derivative."""
    bend = (fit.trace_squared if restricted else over_studies(fit.w**2)) / 2 - fit.qqq
    return _slope(fit, restricted=restricted), bend


def _slope(fit: Weighted, *, restricted: bool) -> FloatArray:
    slope: FloatArray = (fit.qq - (fit.trace if restricted else fit.total)) / 2
    return slope


def _at_least_zero(a: FloatArray) -> FloatArray:
    bounded: FloatArray = np.maximum(a, 0.0)
    return bounded


def _batched(
    y: FloatArray, v: FloatArray, target: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray, tuple[int, ...]]:
    """The arguments with one leading axis, and the shape of the answer."""
    shape, k = y.shape[:-1], y.shape[-1]
    wanted = np.zeros(shape) if target is None else np.broadcast_to(target, shape)
    return y.reshape(-1, k), np.broadcast_to(v, y.shape).reshape(-1, k), wanted.reshape(-1), shape


def _upper_bound(y: FloatArray, v: FloatArray, x: FloatArray | None, *, restricted: bool) -> FloatArray:
    """A tau2 above which the score is negative, shape (B,).

    y'PPy <= wmax^2 S and tr P >= (k - p) wmin, with S the unweighted sum of squared residuals, so a score of 0 needs
    (t + vmin)^2 <= (t + vmax) S / (k - p); for the full likelihood tr W >= k wmin.
    """
    fit = unweighted(y, x)
    s2 = fit.q / (y.shape[-1] - (fit.p if restricted else 0))
    low, high = v.min(-1), v.max(-1)
    return _at_least_zero((s2 - 2 * low + np.sqrt(s2**2 + 4 * s2 * (high - low))) / 2)


def _highest(y: FloatArray, v: FloatArray, x: FloatArray | None, *, restricted: bool) -> FloatArray:
    y, v, _, shape = _batched(y, v)
    # A few hundred kilobytes at a time stay in the processor's cache.
    size = max(1, _CACHED // max(y.shape[-1], 1))
    parts = [slice(start, start + size) for start in range(0, len(y), size)]
    found = [_highest_of_some(y[part], v[part], x, restricted=restricted) for part in parts]
    return np.concatenate([np.empty(0), *found]).reshape(shape)


def _highest_of_some(y: FloatArray, v: FloatArray, x: FloatArray | None, *, restricted: bool) -> FloatArray:
    """The tau2 of the highest likelihood of each analysis, shape (B,)."""
    grid = _grid(v, _upper_bound(y, v, x, restricted=restricted) * (1 + 1e-9))
    rising = np.array([_slope(at(y, v, t, x), restricted=restricted) > 0 for t in grid])
    rising[-1] = False
    # Every maximum is at 0 or where the likelihood turns from rising to falling.
    step, which = np.nonzero(rising[:-1] & ~rising[1:])
    bracket = (grid[step, which], grid[step + 1, which])
    turns = _root(y[which], v[which], x, lambda fit, _: score(fit, restricted=restricted), bracket)
    at_zero = np.flatnonzero(~rising[0])
    candidates, of = np.concatenate([np.zeros(len(at_zero)), turns]), np.concatenate([at_zero, which])
    best = np.zeros(len(y))
    best[of] = candidates
    several = np.bincount(of, minlength=len(y))[of] > 1
    if several.any():
        some = of[several]
        ll = at(y[some], v[some], candidates[several], x).log_likelihood(restricted=restricted)
        # Written from the lowest to the highest, the highest stays.
        order = np.argsort(ll, kind="stable")
        best[some[order]] = candidates[several][order]
    return best


def _grid(v: FloatArray, high: FloatArray) -> FloatArray:
    """0 and a geometric ladder up to `high`, shape (G, B)."""
    low = np.minimum(v.min(-1) / 4, np.where(high > 0, high, 1.0))
    ratio = np.maximum(high, low) / low
    n = 1 + int(np.clip(np.ceil(np.log(ratio.max(initial=1.0)) / np.log(_STEP)), 1, 80))
    ladder = low * ratio ** (np.arange(n)[:, None] / (n - 1))
    return np.concatenate([np.zeros((1, len(high))), np.minimum(ladder, high)])


def _root(
    y: FloatArray,
    v: FloatArray,
    x: FloatArray | None,
    f: Callable[[Weighted, BoolArray], Slope],
    bracket: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Where f falls through 0 between the two ends: Newton's steps, halving the bracket where one would leave it."""
    low, high = bracket[0].copy(), bracket[1].copy()
    t = (low + high) / 2
    open_ = np.asarray(high > low, dtype=np.bool_)
    for _ in range(200):
        if not open_.any():
            break
        now = t[open_]
        value, slope = f(at(y[open_], v[open_], now, x), open_)
        low[open_] = np.where(value > 0, now, low[open_])
        high[open_] = np.where(value > 0, high[open_], now)
        with np.errstate(all="ignore"):  # a flat slope gives no step: the bracket is halved
            step = now - value / slope
        inside = (step > low[open_]) & (step < high[open_])
        t[open_] = np.where(inside, step, (low[open_] + high[open_]) / 2)
        settled = (np.abs(t[open_] - now) <= _RELATIVE_STOP * now) | (value == 0)
        t[open_] = np.where(value == 0, now, t[open_])
        open_[open_] = ~settled
    return t


_ESTIMATORS: dict[Method, Callable[[FloatArray, FloatArray, FloatArray | None], FloatArray]] = {
    "DL": dersimonian_laird,
    "PM": paule_mandel,
    "EB": paule_mandel,
    "REML": restricted_maximum_likelihood,
    "ML": maximum_likelihood,
    "SJ": sidik_jonkman,
    "HE": hedges,
    "HS": hunter_schmidt,
}

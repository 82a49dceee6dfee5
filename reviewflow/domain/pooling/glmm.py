"""Random effects fitted to the counts themselves: a generalised linear mixed model, without a continuity correction.

Counts are binomial (or Poisson with person-time), the linear predictor of arm j in study i is
alpha_i + fixed_j mu + random_j tau z_i with z_i standard normal. One arm: no alpha, mu is the pooled logit or log
rate. Two arms: alpha_i is free in each study, mu is the pooled log ratio, and the random effect is split between the
arms (the unconditional model with fixed study effects, UM.FS). The normal is integrated by adaptive Gauss-Hermite
quadrature with 7 points.

Source:
    Stijnen, Hamza and Ozdemir 2010, doi:10.1002/sim.4040; Jackson and others 2018, doi:10.1002/sim.7588 (UM.FS).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from reviewflow.domain.effect.columns import FloatArray
from reviewflow.domain.pooling.distributions import chi2_p
from reviewflow.domain.pooling.heterogeneity import Heterogeneity, typical_variance
from reviewflow.domain.pooling.models import Fit
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from reviewflow.domain.effect import Effects

_NODES, _NODE_WEIGHTS = np.polynomial.hermite.hermgauss(7)
_ARMS = {
    "OR": (("ai", "n1i"), ("ci", "n2i")),
    "PLO": (("xi", "ni"),),
    "IRR": (("x1i", "t1i"), ("x2i", "t2i")),
    "IRLN": (("xi", "ti"),),
}
_Objective: TypeAlias = Callable[[FloatArray], float]


@dataclass(frozen=True, slots=True)
class _Counts:
    """What was counted, arms first.

    Attributes:
        events: Shape (arms, k).
        size: People, or person-time, shape (arms, k).
        poisson: Whether `size` is person-time.
        fixed: How much of mu each arm has.
        random: How much of the random effect each arm has.
    """

    events: FloatArray
    size: FloatArray
    poisson: bool
    fixed: FloatArray
    random: FloatArray

    @property
    def has_alpha(self) -> bool:
        """Whether each study has a level of its own."""
        return len(self.events) == 2

    def mean(self, eta: FloatArray) -> FloatArray:
        """Expected events at a linear predictor."""
        mean: FloatArray = self.size * (np.exp(eta) if self.poisson else 1 / (1 + np.exp(-eta)))
        return mean

    def variance(self, mean: FloatArray) -> FloatArray:
        """Variance of the events at their expectation."""
        return mean if self.poisson else mean * (1 - mean / self.size)

    def log_density(self, eta: FloatArray) -> FloatArray:
        """Log probability of the events, up to a constant; eta has shape (..., arms, k), summed over arms."""
        normaliser = np.exp(eta) if self.poisson else np.logaddexp(0.0, eta)
        total: FloatArray = (self.events * eta - self.size * normaliser).sum(-2)
        return total


def fit_glmm(effects: Effects) -> Fit | None:
    """The pooled effect by maximum likelihood; the Fit has no weights. None where nothing is estimable.

    Raises:
        InputError: The measure has no such model, there are no counts, or all events are 0 or all are everybody.
    """
    counts = _counts(effects)
    if counts is None:
        return None
    objective = partial(_profile_log_likelihood, counts)
    start = np.array([float(np.average(effects.y, weights=1 / effects.v)), sqrt(max(float(np.var(effects.y)), 0.05))])
    best = _maximum(objective, start)
    flat = _maximum(lambda mu: objective(np.array([mu[0], 0.0])), start[:1])
    at_zero = np.array([flat[0], 0.0])
    if objective(at_zero) >= objective(best) - 1e-10:
        best = at_zero
    mu, tau = float(best[0]), abs(float(best[1]))
    variance = _variance(objective, np.array([mu, tau]))
    q = 2 * (_saturated(counts) - objective(at_zero))
    return Fit(np.array([mu]), np.array([[variance]]), None, np.empty(0), _heterogeneity(effects, q, tau), tau**2)


def _counts(effects: Effects) -> _Counts | None:
    """The counts as the model wants them."""
    arms = _ARMS.get(effects.measure)
    if arms is None or not effects.counts:
        raise InputError(
            f"a GLMM does not pool {effects.measure} from these columns",
            f"give counts for one of {', '.join(_ARMS)}, or choose the model random",
        )
    events = np.array([effects.counts[name] for name, _ in arms])
    size = np.array([effects.counts[name] for _, name in arms])
    poisson = effects.measure in {"IRR", "IRLN"}
    if not events.any() or (not poisson and not (size - events).any()):
        what = "no study has an event" if not events.any() else "every person of every study has the event"
        raise InputError(f"a GLMM cannot be fitted: {what}", "describe the studies without pooling them")
    if len(arms) == 2 and (not events.any(axis=1).all() or (not poisson and not (size - events).any(axis=1).all())):
        return None
    two = len(arms) == 2
    halves = np.array([0.5, -0.5]) if two else np.array([1.0])
    return _Counts(events, size, poisson, np.array([1.0, 0.0]) if two else np.array([1.0]), halves)


def _heterogeneity(effects: Effects, q: float, tau: float) -> Heterogeneity:
    """The likelihood-ratio test against a level for each study, and I2 by the typical variance of the effect sizes."""
    df = effects.k - 1
    if df < 1:
        return Heterogeneity(max(q, 0.0), 0, 1.0, None, None, None)
    typical = typical_variance(effects.v)
    i2_from_q = max(0.0, 100 * (q - df) / q) if q > 0 else 0.0
    i2 = 100 * tau**2 / (typical + tau**2)
    return Heterogeneity(max(q, 0.0), df, chi2_p(q, df), i2, i2_from_q, tau**2 / typical + 1)


def _log_likelihoods(counts: _Counts, alpha: FloatArray, mu: float, tau: float) -> FloatArray:
    """The log-likelihood of each study, its random effect integrated out, shape (k,)."""
    level = alpha + counts.fixed[:, None] * mu
    slope = counts.random[:, None] * tau
    z = np.zeros(counts.events.shape[1])
    bend = np.ones_like(z)
    for _ in range(30):
        mean = counts.mean(level + slope * z)
        bend = 1 + (slope**2 * counts.variance(mean)).sum(0)
        step = ((slope * (counts.events - mean)).sum(0) - z) / bend
        z = z + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-12:
            break
    spread = np.sqrt(2 / bend)
    nodes = z + spread * _NODES[:, None]
    inside = counts.log_density(level + slope * nodes[:, None, :]) - nodes**2 / 2 + (_NODES**2)[:, None]
    top = inside.max(0)
    total = (_NODE_WEIGHTS[:, None] * np.exp(inside - top)).sum(0)
    log_likelihoods: FloatArray = top + np.log(total * spread / sqrt(2 * np.pi))
    return log_likelihoods


def _profile_log_likelihood(counts: _Counts, parameters: FloatArray) -> float:
    """The log-likelihood at (mu, tau), each study's own level at its best."""
    mu, tau = float(parameters[0]), float(parameters[1])
    k = counts.events.shape[1]
    if not counts.has_alpha:
        return float(_log_likelihoods(counts, np.zeros(k), mu, tau).sum())
    alpha = _levels(counts, mu)
    h = 1e-3
    for _ in range(25):
        here = _log_likelihoods(counts, alpha, mu, tau)
        above, below = (_log_likelihoods(counts, alpha + d, mu, tau) for d in (h, -h))
        slope, bend = (above - below) / (2 * h), (above - 2 * here + below) / h**2
        step = np.clip(np.where(bend < 0, -slope / np.minimum(bend, -1e-9), np.sign(slope)), -2.0, 2.0)
        alpha = alpha + step
        if np.abs(step).max() < 1e-7:
            break
    return float(_log_likelihoods(counts, alpha, mu, tau).sum())


def _levels(counts: _Counts, mu: float) -> FloatArray:
    """A start for the studies' levels: the overall frequency, less the share of mu in it."""
    frequency = (counts.events.sum(0) + 0.25) / (counts.size.sum(0) + 0.5)
    level: FloatArray = np.log(frequency) if counts.poisson else np.log(frequency / (1 - frequency))
    return level - mu / 2


def _saturated(counts: _Counts) -> float:
    """The log-likelihood when every arm has its own frequency."""
    share = counts.events / counts.size
    with np.errstate(all="ignore"):  # 0 log 0 is 0
        yes = np.where(counts.events > 0, counts.events * np.log(share), 0.0)
        rest = counts.size - counts.events
        no = -counts.events if counts.poisson else np.where(rest > 0, rest * np.log1p(-share), 0.0)
    return float((yes + no).sum())


def _maximum(objective: _Objective, start: FloatArray) -> FloatArray:
    """Where the objective is highest: Newton's steps by differences, halved until they rise."""
    here, value = start, objective(start)
    for _ in range(60):
        slope, bend = _derivatives(objective, here, value)
        step = _uphill(slope, bend)
        for _ in range(30):
            there = objective(here + step)
            if there >= value:
                break
            step = step / 2
        else:
            break
        here, value = here + step, there
        if np.abs(step).max() < 1e-7:
            break
    return here


def _uphill(slope: FloatArray, bend: FloatArray) -> FloatArray:
    """Newton's step where the surface is bent down, else along the slope; never longer than 1."""
    downwards = bool((np.linalg.eigvalsh(bend) < 0).all())
    step = np.asarray(-np.linalg.solve(bend, slope) if downwards else slope, dtype=np.float64)
    return step / max(float(np.abs(step).max()), 1.0)


def _derivatives(objective: _Objective, here: FloatArray, value: float) -> tuple[FloatArray, FloatArray]:
    """Slope and second derivatives by central differences."""
    h, p = 1e-3, len(here)
    unit = np.eye(p) * h
    up = np.array([objective(here + d) for d in unit])
    down = np.array([objective(here - d) for d in unit])
    bend = np.diag((up - 2 * value + down) / h**2)
    for i in range(p):
        for j in range(i):
            corners = objective(here + unit[i] + unit[j]) + objective(here - unit[i] - unit[j])
            crossed = corners - objective(here + unit[i] - unit[j]) - objective(here - unit[i] + unit[j])
            bend[i, j] = bend[j, i] = crossed / (4 * h**2)
    return (up - down) / (2 * h), bend


def _variance(objective: _Objective, best: FloatArray) -> float:
    """The variance of mu, from the curvature in mu and tau together; in mu alone where tau is 0."""
    _, bend = _derivatives(objective, best, objective(best))
    information = -bend if best[1] > 0 else -bend[:1, :1]
    return float(np.linalg.inv(information)[0, 0])

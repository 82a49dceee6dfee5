"""How much the result hangs on single studies: leave-one-out, cumulative pooling, influence, Baujat's plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from reviewflow.domain.effect import shown
from reviewflow.domain.effect.columns import number
from reviewflow.domain.pooling import tau2 as between
from reviewflow.domain.pooling.analysis import fit, summary
from reviewflow.domain.pooling.models import Fit, random_effects
from reviewflow.domain.pooling.result import clean
from reviewflow.domain.pooling.weighted import at
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.effect import Effects, Scale
    from reviewflow.domain.effect.columns import FloatArray, Row
    from reviewflow.domain.pooling.choices import Choices
    from reviewflow.domain.pooling.result import Json

Object: TypeAlias = "dict[str, Json]"


def leave_one_out(effects: Effects, choices: Choices, scale: Scale) -> list[Object]:
    """The result without each study in turn, in the order of the studies; none when there is a single study."""
    if effects.k < 2:
        return []
    rows = zip(effects.studies, deleted_fits(effects, choices), strict=True)
    return [{"without": study, **row(found, scale)} for study, found in rows]


def deleted_fits(effects: Effects, choices: Choices) -> list[Fit | None]:
    """The model fitted without each study in turn."""
    others = _others(effects.k)
    if choices.model != "random" or effects.k < 3:
        return [fit(effects.take(index), choices) for index in others]
    # All k analyses have the same size, so their tau2 come out of one batch.
    y, v = effects.y[others], effects.v[others]
    taus = between.tau2(choices.tau2, y, v)
    auto = choices.auto_ci and effects.k - 1 > 2
    return [
        random_effects(y[i], v[i], interval="hk" if auto and t > 0 else choices.ci, tau2=float(t))
        for i, t in enumerate(taus)
    ]


def _others(k: int) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    """For each study the places of all the others, shape (k, k - 1)."""
    places = np.arange(k - 1)[None, :] + np.zeros((k, 1), dtype=np.intp)
    return places + (places >= np.arange(k)[:, None])


def cumulative(effects: Effects, choices: Choices, scale: Scale, rows: Sequence[Row], column: str) -> list[Object]:
    """The result of the first study, the first two, and so on, by the values of a column from low to high.

    Raises:
        InputError: There is no such column.
    """
    if not any(column in row for row in rows):
        raise InputError(f"there is no column {column!r} to order the studies by", "check its spelling")
    order = order_by([rows[int(i)] for i in effects.rows], column)
    steps: list[Object] = []
    for n in range(1, effects.k + 1):
        found = fit(effects.take(np.array(order[:n], dtype=np.intp)), choices)
        steps.append({"with": effects.studies[order[n - 1]], "k": n, **row(found, scale)})
    return steps


def order_by(rows: Sequence[Row], column: str) -> list[int]:
    """The places of the rows by the values of a column from low to high; rows of the same value keep their order."""
    return sorted(range(len(rows)), key=lambda i: _sort_key(rows[i].get(column)))


def _sort_key(value: object) -> tuple[int, float, str]:
    """Numbers by size, then texts by the alphabet, then what is missing."""
    try:
        found = number(value, "", "")
    except InputError:
        return (1, 0.0, str(value))
    return (2, 0.0, "") if np.isnan(found) else (0, found, "")


def row(found: Fit | None, scale: Scale) -> Object:
    """One analysis of many, in short."""
    if found is None:
        return {"estimate": None}
    s = summary(found)
    return {
        "estimate": clean(s.estimate),
        "se": clean(s.se),
        "ci_lower": clean(s.ci_lower),
        "ci_upper": clean(s.ci_upper),
        "statistic": clean(s.statistic),
        "df": clean(s.df),
        "p_value": clean(s.p_value),
        "tau2": clean(found.tau2),
        "i2": clean(found.heterogeneity.i2),
        "h2": clean(found.heterogeneity.h2),
        "q": clean(found.heterogeneity.q),
        "q_p": clean(found.heterogeneity.p),
        "display": {
            "estimate": shown(scale, s.estimate),
            "ci_lower": shown(scale, s.ci_lower),
            "ci_upper": shown(scale, s.ci_upper),
        },
    }


def influence(effects: Effects, choices: Choices) -> list[Object]:
    """What each study does to the result, by leaving it out.

    Gives the externally standardised residual (rstudent), DFFITS, Cook's distance, the ratio of the covariances, tau2
    and Q without the study, its leverage (hat), its weight, DFBETAS, and the two axes of Baujat's plot.

    Raises:
        UsageError: The model is neither common nor random effects by inverse variance.

    Source:
        Viechtbauer and Cheung 2010, doi:10.1002/jrsm.11; Baujat and others 2002, doi:10.1002/sim.1221.
    """
    if choices.model not in {"common", "random"}:
        raise UsageError(f"influence is not defined for the model {choices.model}", "choose common or random")
    full = fit(effects, choices)
    if full is None or effects.k < 3:
        return []
    deleted = [found for found in deleted_fits(effects, choices) if found is not None]
    return [_influence(effects, i, full, without) for i, without in enumerate(deleted)]


def _influence(effects: Effects, i: int, full: Fit, without: Fit) -> Object:
    """The diagnostics of study i."""
    y, v = float(effects.y[i]), float(effects.v[i])
    tau2 = without.tau2 or 0.0
    hat = float(full.weights[i]) / 100
    shift = full.estimate - without.estimate
    spread = _spread(np.delete(effects.y, i), np.delete(effects.v, i), without)
    own = spread * (v + tau2)
    refit = spread * float(at(effects.y, effects.v, tau2).unscaled[0, 0])
    return {
        "study": effects.studies[i],
        "rstudent": clean((y - without.estimate) / (own + without.se**2) ** 0.5) if own else None,
        "dffits": clean(shift / (hat * own) ** 0.5) if own else None,
        "cook_d": clean(shift**2 / full.se**2) if full.se else None,
        "cov_r": clean(without.se**2 / full.se**2) if full.se else None,
        "tau2_without": clean(tau2),
        "q_without": clean(without.heterogeneity.q),
        "hat": clean(hat),
        "weight": clean(100 * hat),
        "dfbetas": clean(shift / refit**0.5) if refit else None,
        "baujat": {
            "q_share": clean((y - full.estimate) ** 2 / (v + (full.tau2 or 0.0))),
            "influence": clean(shift**2 / without.se**2) if without.se else None,
        },
    }


def _spread(y: FloatArray, v: FloatArray, found: Fit) -> float:
    """What Knapp and Hartung multiply the variances of these studies by; 1 for Wald's."""
    if found.df is None:
        return 1.0
    return float(found.covariance[0, 0] / at(y, v, found.tau2 or 0.0).unscaled[0, 0])

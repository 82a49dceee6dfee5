"""Meta-regression: how the effect varies with what is known of the studies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.effect.columns import MISSING, number, where
from reviewflow.domain.pooling.distributions import chi2_p, f_p, quantile_975, two_sided_p
from reviewflow.domain.pooling.heterogeneity import i2_h2_intervals, q_profile
from reviewflow.domain.pooling.models import Fit, random_effects
from reviewflow.domain.pooling.result import Coefficient, Pooled
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.effect import Effects
    from reviewflow.domain.effect.columns import FloatArray, Row

CATEGORICAL = ":categorical"


@dataclass(frozen=True, slots=True)
class Design:
    """The columns of a meta-regression.

    Attributes:
        x: Shape (k, p), the intercept first.
        names: Of the columns: "intercept", "year", "alloc: random".
        references: Level of each categorical moderator that the others are compared with.
    """

    x: FloatArray
    names: tuple[str, ...]
    references: Mapping[str, str]


def complete(effects: Effects, rows: Sequence[Row], moderators: Sequence[str]) -> Effects:
    """The studies that have a value of every moderator; the others join the excluded."""
    names = [name.removesuffix(CATEGORICAL) for name in moderators]
    for name in names:
        if not any(name in row for row in rows):
            raise InputError(f"there is no column {name!r} to use as a moderator", "check its spelling")
    lacking = {i: [n for n in names if _is_missing(rows[int(row)].get(n))] for i, row in enumerate(effects.rows)}
    reasons = tuple((effects.studies[i], f"no value for {', '.join(n)}") for i, n in lacking.items() if n)
    if not reasons:
        return effects
    kept = effects.take(np.array([not lacking[i] for i in range(effects.k)], dtype=np.bool_))
    return replace(kept, excluded=(*kept.excluded, *reasons))


def _is_missing(value: object) -> bool:
    if isinstance(value, float):
        return isnan(value)
    return value is None or str(value).strip().casefold() in MISSING


def design(effects: Effects, rows: Sequence[Row], moderators: Sequence[str], reference: Mapping[str, str]) -> Design:
    """The intercept and the moderators' columns; a categorical one has a column for each level but the reference.

    Args:
        effects: Studies with a value of every moderator.
        rows: The rows they were made from.
        moderators: Column names, ":categorical" behind those whose values are levels.
        reference: Level of a categorical moderator to compare with; the first in the alphabet where not named.

    Raises:
        InputError: A value is no number, a reference is no level, or a column follows from those before it.
    """
    own = [rows[int(i)] for i in effects.rows]
    columns: list[FloatArray] = [np.ones(effects.k)]
    names, references = ["intercept"], {}
    for moderator in moderators:
        name = moderator.removesuffix(CATEGORICAL)
        if not moderator.endswith(CATEGORICAL):
            found = [number(r.get(name), name, where(r, int(i))) for r, i in zip(own, effects.rows, strict=True)]
            columns.append(np.array(found))
            names.append(name)
            continue
        values = [str(row.get(name)).strip() for row in own]
        levels = sorted(set(values))
        if len(levels) < 2:
            raise InputError(f"the moderator {name!r} has one level: {', '.join(levels) or 'none'}", "leave it out")
        references[name] = _reference(name, levels, reference.get(name))
        for level in (one for one in levels if one != references[name]):
            columns.append(np.array([float(value == level) for value in values]))
            names.append(f"{name}: {level}")
    unknown = set(reference) - set(references)
    if unknown:
        raise UsageError(f"a reference is given for {', '.join(unknown)}", "name a moderator that is categorical")
    made = Design(np.column_stack(columns), tuple(names), references)
    _check(made)
    return made


def _reference(name: str, levels: Sequence[str], wanted: str | None) -> str:
    if wanted is None:
        return levels[0]
    if wanted not in levels:
        raise InputError(f"{name} has no level {wanted!r}", f"choose one of {', '.join(levels)}")
    return wanted


def _check(made: Design) -> None:
    """Refuse too few studies, and name the column that the others already determine."""
    k, p = made.x.shape
    if k <= p:
        raise InputError(f"{k} studies cannot tell {p} coefficients apart", "use fewer moderators, or none")
    for j in range(1, p):
        before, column = made.x[:, :j], made.x[:, j]
        rest = column - before @ np.linalg.lstsq(before, column, rcond=None)[0]
        if np.abs(rest).max() <= 1e-9 * max(float(np.abs(column).max()), 1e-300):
            raise InputError(
                f"the moderator {made.names[j]!r} is constant or follows from those before it: {made.names[:j]}",
                "leave it out",
            )


def regress(pooled: Pooled, effects: Effects, made: Design) -> Pooled:
    """The result with coefficients in place of one pooled effect.

    Raises:
        UsageError: The model is not random effects.
    """
    choices = pooled.choices
    if choices.model != "random":
        raise UsageError(f"moderators need random effects, not {choices.model}", "choose --model random")
    found = random_effects(effects.y, effects.v, method=choices.tau2, interval=choices.ci, x=made.x)
    if choices.auto_ci and found.tau2:
        found = random_effects(effects.y, effects.v, method=choices.tau2, interval="hk", x=made.x, tau2=found.tau2)
    qm, df, p = _moderator_test(found)
    het = found.heterogeneity
    tau2_ci = q_profile(effects.y, effects.v, made.x)
    i2_ci, h2_ci = i2_h2_intervals(tau2_ci, effects.v, made.x)
    without = random_effects(effects.y, effects.v, method=choices.tau2).tau2 or 0.0
    return replace(
        pooled,
        choices=replace(choices, ci="hk") if found.df is not None and choices.ci == "z" else choices,
        summary=type(pooled.summary)(),
        tau2=found.tau2,
        tau2_ci=tau2_ci,
        i2_ci=i2_ci,
        h2_ci=h2_ci,
        i2=het.i2,
        i2_from_q=het.i2_from_q,
        h2=het.h2,
        q=het.q,
        q_df=het.df,
        q_p=het.p,
        prediction_interval=None,
        studies=tuple(replace(s, weight=float(w)) for s, w in zip(pooled.studies, found.weights, strict=True)),
        coefficients=_coefficients(found, made.names),
        qm=qm,
        qm_df=df,
        qm_p=p,
        r2=_explained(without, found.tau2 or 0.0),
        extras={**pooled.extras, "references": dict(made.references)},
        warnings=(*(w for w in pooled.warnings if "prediction" not in w), *_few(effects.k, made)),
    )


def _few(k: int, made: Design) -> tuple[str, ...]:
    n = len(made.names) - 1
    return (f"{k} studies for {n} moderators: below ten a moderator little can be learnt.",) if k < 10 * n else ()


def _explained(without: float, left: float) -> float | None:
    """The share of tau2 that the moderators explain, in per cent; None where there was none to explain."""
    return max(0.0, 100 * (without - left) / without) if without > 0 else None


def _moderator_test(found: Fit) -> tuple[float | None, tuple[float, float | None], float | None]:
    """The test of all coefficients but the intercept: chi-squared, or F with a t's degrees of freedom."""
    beta, covariance = found.beta[1:], found.covariance[1:, 1:]
    m = len(beta)
    if not covariance.any():  # studies that lie on the regression exactly leave Knapp and Hartung no variance
        return None, (float(m), found.df), None
    chi2 = float(beta @ np.linalg.solve(covariance, beta))
    if found.df is None:
        return chi2, (float(m), None), chi2_p(chi2, m)
    return chi2 / m, (float(m), found.df), f_p(chi2 / m, m, found.df)


def _coefficients(found: Fit, names: Sequence[str]) -> tuple[Coefficient, ...]:
    half = quantile_975(found.df)
    made = []
    for j, name in enumerate(names):
        estimate, se = float(found.beta[j]), float(found.covariance[j, j]) ** 0.5
        t = estimate / se if se > 0 else None
        p = None if t is None else two_sided_p(t, found.df)
        made.append(Coefficient(name, estimate, se, estimate - half * se, estimate + half * se, t, p))
    return tuple(made)

"""Agreement of two raters: percent agreement, Cohen's kappa, and what kappa hides when one category prevails."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.agreement.estimate import NO_RATINGS, ONE_CATEGORY, Estimate, undefined, wilson, with_interval
from reviewflow.domain.agreement.many import brennan_prediger, gwet_ac1

if TYPE_CHECKING:
    from reviewflow.domain.agreement.table import FloatArray, PairTable


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Every coefficient of the table of two raters.

    Attributes:
        table: What they said.
        observed: Share of subjects on which they agree, with Wilson's interval.
        kappa: Cohen's kappa.
        kappa_se_null: Its standard error when it is 0, for a test of that; never for an interval.
        pabak: Kappa adjusted for prevalence and bias; with more than two categories, Brennan and Prediger's.
        ac1: Gwet's AC1.
        prevalence_index: (a - d) / n; None but for two categories, as the next three.
        bias_index: (b - c) / n.
        positive: Agreement on the first category: 2 a / (2 a + b + c); None also where nobody chose it.
        negative: Agreement on the second: 2 d / (2 d + b + c).
    """

    table: PairTable
    observed: Estimate
    kappa: Estimate
    kappa_se_null: float | None
    pabak: Estimate
    ac1: Estimate
    prevalence_index: float | None
    bias_index: float | None
    positive: float | None
    negative: float | None


def pair_agreement(table: PairTable) -> PairAgreement:
    """Every coefficient of a table of two raters.

    Source:
        Prevalence and bias index, PABAK: Byrt, Bishop and Carlin 1993, doi:10.1016/0895-4356(93)90018-v.
        Agreement on one category: Cicchetti and Feinstein 1990, doi:10.1016/0895-4356(90)90159-m.
    """
    ratings = table.ratings()
    prevalence = bias = positive = negative = None
    if len(table.categories) == 2 and table.n:
        (a, b), (c, d) = table.counts
        prevalence, bias = (a - d) / table.n, (b - c) / table.n
        positive = 2 * a / (2 * a + b + c) if a + b + c else None
        negative = 2 * d / (2 * d + b + c) if b + c + d else None
    return PairAgreement(
        table,
        wilson(table.n_agreed, table.n),
        cohen_kappa(table),
        null_standard_error(table),
        brennan_prediger(ratings),
        gwet_ac1(ratings),
        prevalence,
        bias,
        positive,
        negative,
    )


def cohen_kappa(table: PairTable) -> Estimate:
    """Cohen's kappa with a normal interval from the standard error that does not assume kappa to be 0.

    Source:
        Cohen 1960, doi:10.1177/001316446002000104; standard error: Fleiss, Cohen and Everitt 1969,
        doi:10.1037/h0028106.
    """
    if not table.n:
        return undefined(NO_RATINGS)
    p = table.shares()
    expected = _expected(p)
    if _is_certain(p):
        return undefined(ONE_CATEGORY)
    observed = float(np.trace(p))
    kappa = (observed - expected) / (1 - expected)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    on = float(np.sum(np.diag(p) * (1 - (rows + columns) * (1 - kappa)) ** 2))
    crossed = (columns[:, None] + rows[None, :]) ** 2
    off = float((1 - kappa) ** 2 * np.sum((p - np.diag(np.diag(p))) * crossed))
    variance = (on + off - (kappa - expected * (1 - kappa)) ** 2) / (table.n * (1 - expected) ** 2)
    return with_interval(kappa, sqrt(max(variance, 0.0)))


def null_standard_error(table: PairTable) -> float | None:
    """The standard error of kappa if it is 0; None where kappa is not defined.

    Source:
        Fleiss, Cohen and Everitt 1969, doi:10.1037/h0028106.
    """
    if not table.n:
        return None
    p = table.shares()
    expected = _expected(p)
    if _is_certain(p):
        return None
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    inner = expected + expected**2 - float(np.sum(rows * columns * (rows + columns)))
    return sqrt(max(inner, 0.0) / table.n) / (1 - expected)


def _expected(p: FloatArray) -> float:
    """Agreement by chance: the sum of the products of both raters' shares."""
    return float(p.sum(axis=1) @ p.sum(axis=0))


def _is_certain(p: FloatArray) -> bool:
    """Whether both used one and the same category only; told by the counts, since shares may not add up to 1."""
    return bool(np.count_nonzero(p) == 1 and np.trace(p) > 0)

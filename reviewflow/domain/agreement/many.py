"""Agreement of any number of raters, some of whose ratings may be missing.

Every function takes raters by category for each subject: shape (n, q), the entry is how many raters chose the category.
Intervals are t's with one degree of freedom less than there are subjects, kept within -1 and 1. A subject with a single
rating tells how often categories are chosen, and nothing about agreement. The variances are Gwet's: each subject's own
value of the coefficient, made linear in the agreement by chance; Gwet 2008, doi:10.1348/000711006X126600, and 2014,
Handbook of Inter-Rater Reliability, 4th edition, chapters 2 and 5, ISBN 978-0-9708062-8-4.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.agreement.estimate import NO_RATINGS, ONE_CATEGORY, Estimate, undefined, with_interval
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.agreement.table import FloatArray, IntArray

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class ManyAgreement:
    """Every coefficient of two raters or more.

    Attributes:
        n: Subjects that two raters or more rated.
        n_complete: Subjects that all of them rated.
        observed: Share of agreeing pairs of ratings, mean over subjects; None where n is 0.
        fleiss: Fleiss' kappa; where ratings are missing, as Gwet extends it.
        conger: Conger's kappa, which is Cohen's for two raters.
    """

    n: int
    n_complete: int
    observed: float | None
    fleiss: Estimate
    conger: Estimate
    alpha: Estimate
    ac1: Estimate
    brennan_prediger: Estimate


def many_agreement(ratings: Sequence[Sequence[str | None]], categories: Sequence[str]) -> ManyAgreement:
    """Every coefficient of two raters or more.

    Args:
        ratings: For each subject what each rater said, None where that is missing.
        categories: Those that were possible.
    """
    counts = counts_of(ratings, categories)
    per_subject = counts.sum(axis=1)
    n_raters = max((len(row) for row in ratings), default=0)
    return ManyAgreement(
        int(np.sum(per_subject >= 2)),
        int(np.sum(per_subject == n_raters)) if n_raters else 0,
        observed_agreement(counts),
        fleiss_kappa(counts),
        conger_kappa(ratings, categories),
        krippendorff_alpha(counts),
        gwet_ac1(counts),
        brennan_prediger(counts),
    )


def counts_of(ratings: Sequence[Sequence[str | None]], categories: Sequence[str]) -> IntArray:
    """Raters by category for each subject, shape (n, q).

    Raises:
        InputError: A rating is none of the categories.
    """
    unknown = {said for row in ratings for said in row if said is not None} - set(categories)
    if unknown:
        raise InputError(f"{min(unknown)!r} is none of the categories ({', '.join(categories)})", "add it to them")
    rows = [[sum(said == category for said in row) for category in categories] for row in ratings]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(categories))


def observed_agreement(counts: IntArray) -> float | None:
    """The share of agreeing pairs of ratings on a subject, mean over subjects with two or more; None without any."""
    rated = counts[counts.sum(axis=1) >= 2]
    return float(_agreeing(rated).mean()) if len(rated) else None


def brennan_prediger(counts: IntArray) -> Estimate:
    """Brennan and Prediger's coefficient: chance gives each category the same share. With two raters also called PABAK.

    Source:
        Brennan and Prediger 1981, doi:10.1177/001316448104100307.
    """
    q = counts.shape[1]
    return _by_chance(counts, 1 / q, np.full(len(_shares(counts)), 1 / q)) if q else undefined(NO_RATINGS)


def gwet_ac1(counts: IntArray) -> Estimate:
    """Gwet's AC1: chance is what raters who are not certain would reach.

    Source:
        Gwet 2008, doi:10.1348/000711006X126600.
    """
    shares, q = _shares(counts), counts.shape[1]
    if q < 2:
        return undefined(ONE_CATEGORY if len(shares) else NO_RATINGS)
    mean = _mean(shares)
    return _by_chance(counts, float(mean @ (1 - mean)) / (q - 1), shares @ (1 - mean) / (q - 1))


def fleiss_kappa(counts: IntArray) -> Estimate:
    """Fleiss' kappa: chance gives each category its share among all ratings; with missing ratings, as Gwet extends it.

    Source:
        Fleiss 1971, doi:10.1037/h0031619.
    """
    shares = _shares(counts)
    mean = _mean(shares)
    return _by_chance(counts, float(mean @ mean), shares @ mean)


def conger_kappa(ratings: Sequence[Sequence[str | None]], categories: Sequence[str]) -> Estimate:
    """Conger's kappa: chance is each pair of raters', from the shares of each rater.

    Args:
        ratings: For each subject what each rater said, None where that is missing. Who rated nothing is left out.
        categories: Those that were possible.

    Source:
        Conger 1980, doi:10.1037/0033-2909.88.2.322.
    """
    counts = counts_of(ratings, categories)
    if not counts.any():
        return undefined(NO_RATINGS)
    every = np.array([[[each == c for c in categories] for each in row] for row in ratings], dtype=np.float64)
    said = every[counts.any(axis=1)][:, every.any(axis=(0, 2))]
    n, r = said.shape[:2]
    if r < 2:
        return undefined(NO_RATINGS)
    present = said.sum(axis=2)
    n_of_rater = present.sum(axis=0)
    shares = said.sum(axis=0) / n_of_rater[:, None]
    of_others = shares.sum(axis=0) - shares
    pairs = r * (r - 1)
    expected = float(np.sum(shares * of_others)) / pairs
    # A subject moves a rater's shares by what the rater said of it; one that the rater did not rate moves nothing.
    moved = (said - present[:, :, None] * shares) * (n / n_of_rater)[None, :, None] + shares
    return _by_chance(counts, expected, np.einsum("irk,rk->i", moved, of_others) / pairs)


def krippendorff_alpha(counts: IntArray) -> Estimate:
    """Krippendorff's alpha for categories without an order; only subjects with two ratings or more count.

    Source:
        Krippendorff 1970, doi:10.1177/001316447003000105; variance: Gwet 2014, chapter 2.
    """
    rated = counts[counts.sum(axis=1) >= 2]
    if not len(rated):
        return undefined(NO_RATINGS)
    n, per_subject = len(rated), rated.sum(axis=1)
    mean_ratings = float(per_subject.mean())
    weight = per_subject / mean_ratings
    shares = rated / mean_ratings
    mean = shares.mean(axis=0)
    expected = float(mean @ mean)
    if expected > 1 - _ROUNDING:
        return undefined(ONE_CATEGORY)
    agreeing = _agreeing(rated) * weight
    raw = float(agreeing.mean())
    small = 1 / float(per_subject.sum())
    observed = (1 - small) * raw + small
    alpha, raw_alpha = ((each - expected) / (1 - expected) for each in (observed, raw))
    # As Gwet prints it: around alpha without the correction for small samples, but with the corrected agreement in the
    # term for unequal numbers of ratings. Without missing ratings that term is 0.
    own_observed = agreeing - observed * (weight - 1)
    own_expected = shares @ mean - expected * (weight - 1)
    own = (own_observed - expected - 2 * (1 - raw_alpha) * (own_expected - expected)) / (1 - expected)
    return with_interval(alpha, _standard_error(own, raw_alpha), n - 1)


def _shares(counts: IntArray) -> FloatArray:
    """Each category's share of a subject's ratings; subjects without any are left out."""
    rated = counts[counts.sum(axis=1) > 0]
    return np.asarray(rated / rated.sum(axis=1, keepdims=True), dtype=np.float64)


def _mean(shares: FloatArray) -> FloatArray:
    return shares.mean(axis=0) if len(shares) else np.zeros(shares.shape[1])


def _agreeing(rated: IntArray) -> FloatArray:
    """The share of agreeing pairs of ratings of each subject; each has two ratings or more."""
    r = rated.sum(axis=1)
    return np.asarray((rated * (rated - 1)).sum(axis=1) / (r * (r - 1)), dtype=np.float64)


def _by_chance(counts: IntArray, expected: float, own_expected: FloatArray) -> Estimate:
    """(observed - expected) / (1 - expected) with its interval.

    Args:
        counts: Raters by category for each subject.
        expected: Agreement by chance.
        own_expected: What each subject with a rating gives to it; their mean is the expected.
    """
    counts = counts[counts.sum(axis=1) > 0]
    several = counts.sum(axis=1) >= 2
    n, n_several = len(counts), int(several.sum())
    if not n_several:
        return undefined(NO_RATINGS)
    if expected > 1 - _ROUNDING:
        return undefined(ONE_CATEGORY)
    above_chance = np.zeros(n)
    above_chance[several] = (_agreeing(counts[several]) - expected) / (1 - expected) * n / n_several
    value = float(above_chance.mean())
    own = above_chance - 2 * (1 - value) * (own_expected - expected) / (1 - expected)
    return with_interval(value, _standard_error(own, value), n - 1)


def _standard_error(own: FloatArray, value: float) -> float:
    """From each subject's own value of the coefficient; 0 for one subject, whose interval is not shown."""
    n = len(own)
    return sqrt(float(np.sum((own - value) ** 2)) / (n * (n - 1))) if n > 1 else 0.0

"""When screening in the order of a ranking may end: the hypergeometric test, the recall it vouches for, and warnings.

The labels are one reviewer's, in the order in which that reviewer screened. Merged votes of two have no such order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RUN_WARNED_OF = 50
"""Irrelevant records in a row at which people feel that nothing is left. On 13 labelled sets this held 95 % twice."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the screening so far says of the recall.

    Attributes:
        n_records: Records to be screened in all.
        n_screened: Screened so far.
        n_relevant: Relevant among those.
        in_a_row: Irrelevant ones since the last relevant one.
        p: How likely so few relevant ones would have been seen lately, had the target been missed.
        recall_at_least: The largest recall that the test at `alpha` vouches for; 0 while nothing relevant is found.
        holds: Whether p is below alpha. It ends nothing: people do.
    """

    n_records: int
    n_screened: int
    n_relevant: int
    in_a_row: int
    p: float
    recall_at_least: float
    holds: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """Rules of thumb that would tempt to end where the test does not allow it."""
        if self.holds or self.in_a_row < RUN_WARNED_OF:
            return ()
        words = f"{self.in_a_row} irrelevant records in a row are no ground to stop: p is {self.p:.3g}"
        return (words,)


def standing(labels: Sequence[bool], n_records: int, target: float, alpha: float) -> Standing:
    """What the labels say, in the order screened, of the records to be screened in all.

    Raises:
        InputError: More labels than records, or a target or alpha that is not between 0 and 1.
    """
    relevant = _checked(labels, n_records, target, alpha)
    p = p_value(labels, n_records, target)
    return Standing(
        n_records=n_records,
        n_screened=len(relevant),
        n_relevant=int(relevant.sum()),
        in_a_row=_in_a_row(relevant),
        p=p,
        recall_at_least=recall_bound(labels, n_records, alpha),
        holds=p < alpha,
    )


def p_value(labels: Sequence[bool], n_records: int, target: float) -> float:
    """How likely the labels are if the recall were still below the target: the smallest p over all tails.

    For the last n labels, k of them relevant, of R in all: were the target missed, these n and what is not screened
    would hold at least K = floor(R / target + 1 - (R - k)) relevant records, and p is the chance to draw at most k of
    them when drawing n without looking.

    Args:
        labels: Whether each record was relevant, in the order screened.
        n_records: Records to be screened in all.
        target: The recall wanted, above 0 and at most 1.

    Source:
        Callaghan and Mueller-Hansen 2020, doi:10.1186/s13643-020-01521-4.
    """
    relevant = _checked(labels, n_records, target, 0.5)
    n_relevant = int(relevant.sum())
    k = np.arange(n_relevant + 1)
    # The order of these operations decides where R / target is whole but for rounding; it is that of buscarpy.
    wanted = np.floor(n_relevant / target + 1 - (n_relevant - k))
    return _smallest(relevant, n_records, wanted)


def recall_bound(labels: Sequence[bool], n_records: int, alpha: float) -> float:
    """The largest target whose p is below alpha; 0 while nothing relevant is found, or no target passes.

    A target enters the test only by how many relevant records must be missing, so the bound is R / (R + m - 1) with m
    the smallest number missing that the labels refuse.
    """
    relevant = _checked(labels, n_records, 1.0, alpha)
    n_relevant = int(relevant.sum())
    n_left = n_records - len(relevant)
    k = np.arange(n_relevant + 1)
    low, high = 1, n_left + 1  # n_left + 1 are never missing
    while low < high:
        middle = (low + high) // 2
        if _smallest(relevant, n_records, k + float(middle)) < alpha:
            high = middle
        else:
            low = middle + 1
    return n_relevant / (n_relevant + low - 1) if n_relevant else 0.0


def first_stop(labels: Sequence[bool], n_records: int, target: float, alpha: float) -> int | None:
    """After how many labels p falls below alpha for the first time; None when it never does.

    From one relevant record to the next p only falls, so each such stretch is tested at its end, and searched by
    halves where it passes there.
    """
    relevant = _checked(labels, n_records, target, alpha)
    found = np.flatnonzero(relevant)
    starts, ends = [0, *(found + 1).tolist()], [*found.tolist(), len(relevant)]
    for start, end in zip(starts, ends, strict=True):
        if end > 0 and p_value(labels[:end], n_records, target) < alpha:
            low, high = max(start, 1), end
            while low < high:
                middle = (low + high) // 2
                if p_value(labels[:middle], n_records, target) < alpha:
                    high = middle
                else:
                    low = middle + 1
            return low
    return None


def _smallest(relevant: NDArray[np.bool_], n_records: int, wanted: NDArray[np.floating[Any]]) -> float:
    """The smallest p over the tails, when the tail that holds k relevant and what is left would hold wanted[k].

    Of the tails that hold k, the longest has the smallest p: each further irrelevant record makes it less likely that
    the same number was missed. So one tail is tested for each k, and not one for each label.
    """
    from scipy.stats import hypergeom  # noqa: PLC0415 it takes most of a second to load

    n = len(relevant)
    if n == 0:
        return 1.0
    before = np.flatnonzero(relevant)[::-1]  # the tail with k relevant begins after the (k+1)th from the end
    length = n - np.concatenate([before + 1, [0]])
    population = n_records - n + length
    k = np.arange(len(length))
    possible = (length > 0) & (wanted <= population)
    if (wanted > population).any():
        return 0.0  # more would be missing than is left
    p = hypergeom.cdf(k[possible], population[possible], wanted[possible], length[possible])
    return float(np.min(p, initial=1.0))


def _in_a_row(relevant: NDArray[np.bool_]) -> int:
    found = np.flatnonzero(relevant)
    return len(relevant) - (int(found[-1]) + 1 if len(found) else 0)


def _checked(labels: Sequence[bool], n_records: int, target: float, alpha: float) -> NDArray[np.bool_]:
    """The labels as an array.

    Raises:
        InputError: They cannot be labels of so many records, or a probability is none.
    """
    if len(labels) > n_records:
        raise InputError(f"{len(labels)} labels are more than the {n_records} records", "count the records again")
    if not 0 < target <= 1:
        raise InputError(f"the target recall is {target}; it must be above 0 and at most 1", "0.95 is usual")
    if not 0 < alpha < 1:
        raise InputError(f"alpha is {alpha}; it must be above 0 and below 1", "0.05 is usual")
    return np.asarray(labels, dtype=bool)

"""The table of two raters: how often the first said this and the second that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

IntArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairTable:
    """Counts of what two raters said of the same subjects.

    Attributes:
        categories: Names of the categories; what was possible, whether or not anybody used it.
        counts: Row by row; row is the first rater's category, column the second's.
    """

    categories: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        q = len(self.categories)
        if len(self.counts) != q or any(len(row) != q for row in self.counts):
            raise InputError(f"a table of {q} categories needs {q} rows of {q} counts", "count again")
        if any(count < 0 for row in self.counts for count in row):
            raise InputError("a count of ratings is below 0", "count again")

    @classmethod
    def of(cls, categories: Sequence[str], pairs: Iterable[tuple[str, str]]) -> PairTable:
        """The table of (first rater's category, second rater's category).

        Raises:
            InputError: A rating is none of the categories.
        """
        times = Counter(pairs)
        unknown = {each for pair in times for each in pair} - set(categories)
        if unknown:
            raise InputError(f"{min(unknown)!r} is none of the categories ({', '.join(categories)})", "add it to them")
        return cls(tuple(categories), tuple(tuple(times[row, column] for column in categories) for row in categories))

    @property
    def n(self) -> int:
        """Subjects that both rated."""
        return sum(map(sum, self.counts))

    @property
    def n_agreed(self) -> int:
        """Subjects on which both said the same."""
        return sum(row[i] for i, row in enumerate(self.counts))

    def shares(self) -> FloatArray:
        """Each count as a share of n, shape (q, q)."""
        return np.array(self.counts, dtype=np.float64) / self.n

    def ratings(self) -> IntArray:
        """Raters by category for each subject, shape (n, q): how many of the two chose it."""
        q = len(self.categories)
        one = np.eye(q, dtype=np.int64)
        kinds = (one[:, None, :] + one[None, :, :]).reshape(q * q, q)
        return np.repeat(kinds, np.array(self.counts, dtype=np.int64).reshape(-1), axis=0)

"""The line of a meta-regression on one continuous moderator, with its 95 % band."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from reviewflow.domain.effect.columns import number, where
from reviewflow.domain.pooling.regression import CATEGORICAL
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling.result import Pooled


@dataclass(frozen=True, slots=True)
class RegressionLine:
    """A fitted line, on the analysis scale.

    Attributes:
        moderator: What the effect was regressed on.
        values: The moderator of each study, by its row in the input.
        intercept: Effect where the moderator is 0.
        slope: Change of the effect for one more of the moderator.
        centre: Weighted mean of the moderator, where the band is narrowest.
        se_centre: Standard error of the line there.
        se_slope: Standard error of the slope.
        quantile: How many standard errors half an interval is.
    """

    moderator: str
    values: Mapping[int, float]
    intercept: float
    slope: float
    centre: float
    se_centre: float
    se_slope: float
    quantile: float

    def at(self, x: float) -> tuple[float, float, float]:
        """The effect at a value of the moderator, with the ends of its 95 % interval."""
        y = self.intercept + self.slope * x
        half = self.quantile * sqrt(self.se_centre**2 + (self.se_slope * (x - self.centre)) ** 2)
        return y, y - half, y + half


def regression_line(pooled: Pooled, rows: Sequence[Row], moderators: Sequence[str]) -> RegressionLine:
    """The line of a meta-regression.

    In a weighted regression on one moderator the line's value at the weighted mean of the moderator does not depend on
    the slope, so coefficients, their standard errors and the weights give the whole band.

    Args:
        pooled: Of `pool` with these moderators.
        rows: The rows it was made from.
        moderators: What the effect was regressed on, as `pool` was told.

    Raises:
        UsageError: There is not exactly one moderator, or its values are levels.
    """
    if len(moderators) != 1 or moderators[0].endswith(CATEGORICAL) or len(pooled.coefficients) != 2:
        words = "a line can be drawn for one moderator whose values are numbers"
        raise UsageError(words, "give one: --moderator NAME")
    name = moderators[0]
    values = {s.row: number(rows[s.row].get(name), name, where(rows[s.row], s.row)) for s in pooled.studies}
    total = sum(s.weight or 0.0 for s in pooled.studies)
    centre = sum((s.weight or 0.0) * values[s.row] for s in pooled.studies) / total
    first, slope = pooled.coefficients
    return RegressionLine(
        moderator=name,
        values=values,
        intercept=first.estimate,
        slope=slope.estimate,
        centre=centre,
        se_centre=sqrt(max(first.se**2 - (centre * slope.se) ** 2, 0.0)),
        se_slope=slope.se,
        quantile=(slope.ci_upper - slope.estimate) / slope.se if slope.se else 0.0,
    )

"""Effect sizes y with their sampling variances v, one of each for a study, from whatever the studies report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from reviewflow.domain.effect import columns as _columns
from reviewflow.domain.effect.checks import check
from reviewflow.domain.effect.columns import MEASURES, PROPORTIONS, RATES, TWO_ARMS, BoolArray, FloatArray, Row
from reviewflow.domain.effect.measures import FORMULAS
from reviewflow.domain.effect.scale import Scale, scale_of, shown
from reviewflow.domain.effect.units import Adjustment, Designs, adjusted, paired_variance
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from reviewflow.domain.effect.columns import Table

__all__ = [
    "MEASURES",
    "Adjustment",
    "Correct",
    "Designs",
    "DoubleZero",
    "Effects",
    "Scale",
    "effect_sizes",
    "scale_of",
    "shown",
]

Correct: TypeAlias = Literal["only0", "all", "if0all", "none"]
DoubleZero: TypeAlias = Literal["keep", "drop", "blank"]

_Z = 1.959963984540054  # the normal's 97.5 % quantile: an interval of 95 % is 2 of these wide
# The estimators multiply up to four weights and effects: beyond this the product is no double.
_HUGE = 1e60
_CORRECTED = {
    **dict.fromkeys(("OR", "RR", "RD"), ("ai", "bi", "ci", "di")),
    "PR": ("xi", "rest"),
    "PLO": ("xi", "rest"),
    "IRR": ("x1i", "x2i"),
    **dict.fromkeys(RATES, ("xi",)),
}


@dataclass(frozen=True, slots=True)
class Effects:
    """The effect sizes of k studies.

    Attributes:
        measure: One of MEASURES.
        studies: What each study is called.
        y: Effect sizes on the analysis scale (the log of a ratio), shape (k,). NaN only where a study stays in the
            table without one (`double_zero="blank"`).
        v: Their sampling variances, shape (k,).
        counts: What the sizes were made of, without a continuity correction, each of shape (k,): ai, bi, ci, di for
            two arms. Effective sizes where a design effect or a split control group is among the adjustments.
        rows: Place of each study in the input, from 0.
        corrected: Whether a continuity correction was added to the study.
        double_zero: Whether neither arm had an event, or both had nothing else.
        excluded: (study, reason) of the rows that give no effect size.
        warnings: What a reader must know, one sentence each.
        adjustments: What was done to the numbers of a study before.
    """

    measure: str
    studies: tuple[str, ...]
    y: FloatArray
    v: FloatArray
    counts: Mapping[str, FloatArray]
    rows: NDArray[np.intp]
    corrected: BoolArray
    double_zero: BoolArray
    excluded: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def k(self) -> int:
        """The number of studies."""
        return len(self.studies)

    def take(self, which: NDArray[np.intp] | BoolArray) -> Effects:
        """These studies only, in this order."""
        index = np.arange(self.k)[which]
        return Effects(
            measure=self.measure,
            studies=tuple(self.studies[i] for i in index),
            y=self.y[index],
            v=self.v[index],
            counts={name: column[index] for name, column in self.counts.items()},
            rows=self.rows[index],
            corrected=self.corrected[index],
            double_zero=self.double_zero[index],
            excluded=self.excluded,
            warnings=self.warnings,
            adjustments=self.adjustments,
        )


def effect_sizes(
    measure: str,
    rows: Sequence[Row],
    *,
    add: float = 0.5,
    to: Correct = "only0",
    double_zero: DoubleZero = "keep",
    study: str | None = None,
    ratio: bool = False,
    designs: Designs | None = None,
) -> Effects:
    """The effect size and sampling variance of each row.

    Args:
        measure: One of MEASURES.
        rows: A mapping for each study, with columns named as in metafor's `escalc` (ai, n1i, ci, n2i; xi, ni; ...),
            or yi with vi or sei, or estimate, ci_lower, ci_upper on the measure's natural scale, or o_minus_e, v.
            Numbers may be given as text; an empty text or "NA" is a missing value.
        add: Continuity correction.
        to: Which studies it is added to: those with a 0, all, all if any has a 0, none. Never PAS, PFT or PETO.
        double_zero: What becomes of a study of two arms without an event in either: an effect size, an exclusion,
            or a place in the table without an effect size.
        study: Column that names the studies; the first of study, label, author, trial, id where not given.
        ratio: A GEN whose estimate is a ratio.
        designs: How trials of clusters, of periods and of several arms are analysed.

    Raises:
        InputError: A column is missing, or a value cannot be right; names the row.
    """
    if add < 0:
        raise InputError(f"a continuity correction of {add:g} is negative", "give 0.5, or 0 for none")
    form = _columns.form_of(measure, rows)
    table = _columns.table(rows, form, study)
    check(measure, table)
    warnings = _odd_counts(table)
    by_design = adjusted(table, rows, measure, designs or Designs())
    table, notes = by_design.table, (*warnings, *by_design.warnings)
    if form[0] in {"yi", "estimate", "o_minus_e"}:
        y, v = _given(table, form, scale_of(measure, ratio=ratio))
        none = np.zeros(len(y), dtype=np.bool_)
        given = Effects(measure, table.studies, y, v * by_design.inflation, {}, table.rows, none, none, table.missing)
        return _estimable(replace(given, warnings=notes, adjustments=by_design.adjustments), "keep")
    counts = _cells(table, measure)
    cells, corrected = _corrected(measure, counts, add, to)
    with np.errstate(all="ignore"):  # a size that comes out infinite is excluded by name below
        y, v = FORMULAS[measure](cells)
    if measure == "MD":
        paired = np.isfinite(by_design.correlation)
        v = np.where(paired, paired_variance(table, by_design.correlation), v)
    to_which = {"only0": "one of which is 0", "if0all": "since a study has a 0"}.get(to, "as every study's")
    continuity = (
        Adjustment(table.studies[i], "continuity", f"{add:g} added to its cells, {to_which}")
        for i in np.flatnonzero(corrected)
    )
    found = Effects(
        measure=measure,
        studies=table.studies,
        y=y,
        v=v,
        counts=counts,
        rows=table.rows,
        corrected=corrected,
        double_zero=_double_zero(counts),
        excluded=table.missing,
        warnings=notes,
        adjustments=(*by_design.adjustments, *continuity),
    )
    return _estimable(found, double_zero)


def _cells(table: Table, measure: str) -> dict[str, FloatArray]:
    """The columns with the cells that totals imply."""
    cells = dict(table.columns)
    if measure in TWO_ARMS and "n1i" in cells:
        cells["bi"], cells["di"] = cells["n1i"] - cells["ai"], cells["n2i"] - cells["ci"]
    elif measure in TWO_ARMS:
        cells["n1i"], cells["n2i"] = cells["ai"] + cells["bi"], cells["ci"] + cells["di"]
    elif measure in PROPORTIONS:
        cells["rest"] = cells["ni"] - cells["xi"]
    return cells


def _corrected(
    measure: str, counts: Mapping[str, FloatArray], add: float, to: Correct
) -> tuple[dict[str, FloatArray], BoolArray]:
    """The cells with the continuity correction, and which studies have it."""
    names = _CORRECTED.get(measure, ())
    k = len(next(iter(counts.values())))
    if not names or add == 0 or to == "none":
        return dict(counts), np.zeros(k, dtype=np.bool_)
    chosen = np.any([counts[name] == 0 for name in names], axis=0)
    if to == "all" or (to == "if0all" and chosen.any()):
        chosen = np.ones(k, dtype=np.bool_)
    cells = dict(counts)
    for name in names:
        cells[name] = counts[name] + add * chosen
    if "rest" in cells:
        cells["ni"] = cells["xi"] + cells["rest"]
    return cells, chosen


def _double_zero(counts: Mapping[str, FloatArray]) -> BoolArray:
    """Which studies of two arms had no event in either, or nothing else in both."""
    if "ai" in counts:
        none = (counts["ai"] == 0) & (counts["ci"] == 0)
        return np.asarray(none | ((counts["bi"] == 0) & (counts["di"] == 0)), dtype=np.bool_)
    if "x1i" in counts:
        return np.asarray((counts["x1i"] == 0) & (counts["x2i"] == 0), dtype=np.bool_)
    return np.zeros(len(next(iter(counts.values()))), dtype=np.bool_)


def _given(table: Table, form: tuple[str, ...], scale: Scale) -> tuple[FloatArray, FloatArray]:
    """Effect sizes that the rows bring with them."""
    c = table.columns
    if form[0] == "yi":
        _inside(table, scale)
        return c["yi"], c["vi"] if form == ("yi", "vi") else c["sei"] ** 2
    if form[0] == "o_minus_e":
        return c["o_minus_e"] / c["v"], 1 / c["v"]
    rows = list(zip(table.places, c["estimate"], c["ci_lower"], c["ci_upper"], strict=True))
    sizes = [_from_interval(place, (est, low, high), scale) for place, est, low, high in rows]
    block = np.array(sizes, dtype=np.float64).reshape(len(rows), 2)
    return block[:, 0], block[:, 1]


def _inside(table: Table, scale: Scale) -> None:
    """Refuse an effect size that is none: a raw proportion of 1.2, a risk difference of 7.

    Raises:
        InputError: yi lies outside the measure's scale; names the row.
    """
    for place, y in zip(table.places, table.columns["yi"], strict=True):
        low, high = scale.ends
        if not low <= y <= high:
            raise InputError(
                f"{place}: yi is {y:g}, and a {scale.name} on this scale lies between {low:g} and {high:g}",
                "give yi on the scale of the measure, not in per cent",
            )


def _from_interval(place: str, given: tuple[float, float, float], scale: Scale) -> tuple[float, float]:
    """Effect size and variance from an estimate and its 95 % interval on the natural scale."""
    # Only the estimate is held to the bounds: a Wald interval of a raw proportion may leave them.
    try:
        inside = scale.low <= given[0] <= scale.high
        estimate, low, high = (scale.into(float(x)) for x in given)
    except (ValueError, ZeroDivisionError):
        inside = False
    if not inside:
        words = ", ".join(f"{x:g}" for x in given)
        raise InputError(
            f"{place}: {words} does not lie inside the scale of a {scale.name}",
            "give estimate, ci_lower and ci_upper on the scale they were printed on, not their logs",
        )
    return estimate, ((high - low) / (2 * _Z)) ** 2


def _odd_counts(table: Table) -> tuple[str, ...]:
    """A warning for each row whose counts are not whole."""
    names = [c for c in ("ai", "bi", "ci", "di", "n1i", "n2i", "xi", "ni", "x1i", "x2i") if c in table.columns]
    found = []
    for i, place in enumerate(table.places):
        odd = [f"{c} = {table.columns[c][i]:g}" for c in names if table.columns[c][i] % 1]
        if odd:
            found.append(f"{place}: {', '.join(odd)} is not whole: is it a percentage?")
    return tuple(found)


def _estimable(effects: Effects, double_zero: DoubleZero) -> Effects:
    """The effects without the studies that give none, each with its reason."""
    finite = np.isfinite(effects.y) & np.isfinite(effects.v) & (effects.v > 0)
    finite &= (np.abs(effects.y) < _HUGE) & (effects.v > 1 / _HUGE) & (effects.v < _HUGE)
    if double_zero == "blank":
        blank = effects.double_zero | ~finite
        y, v = (np.where(blank, np.nan, x) for x in (effects.y, effects.v))
        return replace(effects, y=y, v=v, adjustments=_adjusted_among(effects, ~blank, {"continuity"}))
    dropped = effects.double_zero if double_zero == "drop" else np.zeros_like(effects.double_zero)
    keep = finite & ~dropped
    if keep.all():
        return effects
    reasons = tuple(
        (effects.studies[i], _reason(effects, int(i), dropped=bool(dropped[i]))) for i in np.flatnonzero(~keep)
    )
    kept = _adjusted_among(effects, keep)
    return replace(effects.take(keep), excluded=effects.excluded + reasons, adjustments=kept)


def _adjusted_among(effects: Effects, keep: BoolArray, methods: Collection[str] = ()) -> tuple[Adjustment, ...]:
    """The adjustments without those (by these methods; by any where none is named) of studies that are not kept."""
    kept = {effects.studies[i] for i in np.flatnonzero(keep)}
    return tuple(each for each in effects.adjustments if each.study in kept or (methods and each.method not in methods))


def _reason(effects: Effects, i: int, *, dropped: bool) -> str:
    """Why study i gives no effect size."""
    if dropped:
        events = effects.counts.get("ai", effects.counts.get("x1i"))
        return "no event in either arm" if events is not None and events[i] == 0 else "only events in both arms"
    if "ri" in effects.counts:
        return "a correlation of 1 or -1, or too few people, has no sampling variance"
    if not (np.isfinite(effects.v[i]) and effects.v[i] > 0):
        return "no sampling variance: it is 0 or infinite"
    return f"an effect of {effects.y[i]:g} with a variance of {effects.v[i]:g} is beyond what can be computed with"

"""Forest plots of many analyses: the result without each study in turn, and as studies are added one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reviewflow.domain.pooling.wording import rounded
from reviewflow.figures.characters import shortened
from reviewflow.figures.extras import block, number
from reviewflow.figures.forest_layouts import LAYOUTS, ForestLayout
from reviewflow.figures.forest_notes import effect_text, footnotes, heads, p_words, tau2_text
from reviewflow.figures.forest_raw import outcome_of
from reviewflow.figures.forest_rows import Column, ForestTable, Row, to_axis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.pooling import Pooled
    from reviewflow.domain.pooling.result import Json

_LONGEST_LABEL: Final = 160  # columns; drawn on several lines
_SHARE: Final = 0.4  # all analyses have squares of one size: they have no weights


def leave_one_out_table(pooled: Pooled, layout: ForestLayout | None = None, *, decimals: int = 2) -> ForestTable:
    """The forest plot of the result without each study in turn.

    Args:
        pooled: Of `pool` with `leave_one_out`.
        layout: Of its words, sizes and colours; the first of all where none is given.
        decimals: Of effects and intervals.

    Raises:
        UsageError: The result was computed without it.
    """
    return _table(pooled, layout, decimals, "leave_one_out", "without", "Without")


def cumulative_table(pooled: Pooled, layout: ForestLayout | None = None, *, decimals: int = 2) -> ForestTable:
    """The forest plot of the result of the first study, the first two, and so on.

    Args:
        pooled: Of `pool` with `cumulative`.
        layout: As in `leave_one_out_table`.
        decimals: Of effects and intervals.

    Raises:
        UsageError: The result was computed without it.
    """
    return _table(pooled, layout, decimals, "cumulative", "with", "Adding")


def _table(pooled: Pooled, layout: ForestLayout | None, decimals: int, name: str, key: str, head: str) -> ForestTable:
    layout = layout or next(iter(LAYOUTS.values()))
    steps = block(pooled, name)
    counted = name == "cumulative"
    rows = [_step(pooled, each, key, layout, decimals, counted=counted) for each in steps]
    s = pooled.summary
    last = _cells(pooled, layout, {"p_value": s.p_value, "i2": pooled.i2, "tau2": pooled.tau2})
    values = (s.estimate, s.ci_lower, s.ci_upper)
    effect = effect_text(pooled.scale, values, layout, decimals)
    label = heads(pooled, layout.words.total)
    k = (str(pooled.k),) if counted else ()
    rows.append(Row("total", (label, *k, effect, *last), to_axis(pooled.scale, values)))
    estimate = to_axis(pooled.scale, (s.estimate,) * 3) if s.estimate is not None else None
    extra = [Column("extra", words) for words in _heads(pooled)]
    before = [Column("study", head), *([Column("extra", "k")] if counted else [])]
    return ForestTable(
        layout=layout,
        columns=(*before, Column("effect", heads(pooled, layout.words.effect)), *extra),
        n_before=len(before),
        rows=tuple(rows),
        notes=tuple(footnotes(pooled, layout)),
        scale=pooled.scale,
        pooled=estimate[0] if estimate else None,
        plot_head="",
        axis_label=heads(pooled, layout.words.axis),
        square=layout.squares.of(outcome_of(pooled)),
    )


def _heads(pooled: Pooled) -> list[str]:
    """The columns beside the effect: a p value only where there is a value of no effect, tau2 where there is one."""
    p = ["p"] if pooled.scale.null is not None else []
    return [*p, "I²\n%", *(["τ²"] if pooled.tau2 is not None else [])]


def _step(
    pooled: Pooled, each: Mapping[str, Json], key: str, layout: ForestLayout, decimals: int, *, counted: bool
) -> Row:
    """One analysis."""
    label = shortened(str(each[key]), _LONGEST_LABEL)
    values = (number(each, "estimate"), number(each, "ci_lower"), number(each, "ci_upper"))
    k = (f"{number(each, 'k') or 0:.0f}",) if counted else ()
    cells = _cells(pooled, layout, {name: number(each, name) for name in ("p_value", "i2", "tau2")})
    units = to_axis(pooled.scale, values)
    effect = effect_text(pooled.scale, values, layout, decimals)
    return Row("study" if units else "without", (label, *k, effect, *cells), units, _SHARE)


def _cells(pooled: Pooled, layout: ForestLayout, numbers: Mapping[str, float | None]) -> list[str]:
    p = [p_words(numbers["p_value"], layout).removeprefix("= ")] if pooled.scale.null is not None else []
    tau2 = numbers["tau2"]
    tau2_cells = ["-" if tau2 is None else tau2_text(tau2)] if pooled.tau2 is not None else []
    return [*p, rounded(numbers["i2"], 1), *tau2_cells]

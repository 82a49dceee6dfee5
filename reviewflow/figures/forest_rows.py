"""The rows of a forest plot as text and numbers, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from reviewflow.domain.effect import shown
from reviewflow.domain.pooling.wording import rounded
from reviewflow.errors import UsageError
from reviewflow.figures.characters import one_line, shortened
from reviewflow.figures.forest_layouts import LAYOUTS, ForestLayout, Part
from reviewflow.figures.forest_notes import (
    effect_text,
    footnotes,
    heads,
    heterogeneity_text,
    interval_text,
    overall_text,
)
from reviewflow.figures.forest_raw import RawColumns, outcome_of, raw_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reviewflow.domain.effect import Scale
    from reviewflow.domain.pooling import Pooled, StudyResult
    from reviewflow.figures.axis import Triple
    from reviewflow.figures.judgements import RiskOfBias

Kind: TypeAlias = Literal["study", "without", "heading", "total", "subtotal", "events", "prediction", "note"]

_LONGEST_LABEL: Final = 160  # columns; drawn on several lines
_LONGEST_ARM: Final = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text.

    Attributes:
        part: What it shows.
        head: Its heading, of one line or more.
        over: A heading over it and its neighbours of the same.
    """

    part: Part
    head: str
    over: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        kind: What is drawn: a square, nothing, a diamond, a bar.
        cells: Text of each column.
        values: (estimate, lower, upper) in the units of the axis; None where nothing is drawn.
        share: Weight as a share of the largest, which the area of the square shows.
        words: Text in place of a drawing, from the plot on.
    """

    kind: Kind
    cells: tuple[str, ...]
    values: Triple | None = None
    share: float = 0.0
    words: str = ""


@dataclass(frozen=True, slots=True)
class ForestTable:
    """All that a forest plot shows.

    Attributes:
        layout: How it is laid out.
        columns: The columns of text, the study first.
        n_before: How many of them are left of the plot.
        rows: From the first study to the prediction interval.
        notes: Lines under the plot.
        scale: Of the effects.
        pooled: Where the dashed line stands, in the units of the axis; None for no line.
        plot_head: Head of the plot.
        axis_label: What stands under the axis.
        square: Colour of the squares.
        bias: Judgements that the column "bias" shows.
    """

    layout: ForestLayout
    columns: tuple[Column, ...]
    n_before: int
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    scale: Scale
    pooled: float | None = None
    plot_head: str = ""
    axis_label: str = ""
    square: str = "#1a1a1a"
    bias: RiskOfBias | None = None

    @property
    def ranges(self) -> list[Triple]:
        """Everything that is drawn, for the axis."""
        return [row.values for row in self.rows if row.values is not None]


def forest_table(
    pooled: Pooled,
    layout: ForestLayout | None = None,
    *,
    arms: tuple[str, str] = ("Treatment", "Control"),
    decimals: int = 2,
    bias: RiskOfBias | None = None,
) -> ForestTable:
    """What the forest plot of a pooled result shows.

    Args:
        pooled: Of `pool`.
        layout: The first of all layouts where none is given.
        arms: Names of the two arms.
        decimals: Of effects and intervals.
        bias: Judgements of the studies' risk of bias.

    Raises:
        UsageError: The result is a meta-regression, which has no one pooled effect.
    """
    if pooled.coefficients:
        raise UsageError("a forest plot shows one pooled effect, and a meta-regression has none", "drop the moderators")
    layout = layout or next(iter(LAYOUTS.values()))
    first, second = (shortened(arm, _LONGEST_ARM) for arm in arms)
    maker = _Maker(pooled, layout, raw_columns(pooled, layout.raw, (first, second), heads(pooled, "{label}")), bias)
    before, after = maker.columns(layout.before), maker.columns(layout.after)
    maker = maker.with_columns((*before, *after), decimals)
    estimate = to_axis(pooled.scale, (pooled.estimate,) * 3) if pooled.estimate is not None else None
    return ForestTable(
        layout=layout,
        columns=maker.all_columns,
        n_before=len(before),
        rows=tuple(maker.rows()),
        notes=tuple(footnotes(pooled, layout)),
        scale=pooled.scale,
        pooled=estimate[0] if estimate and layout.pooled_line else None,
        plot_head=heads(pooled, layout.words.plot),
        axis_label=heads(pooled, layout.words.axis),
        square=layout.squares.of(outcome_of(pooled)),
        bias=bias,
    )


def to_axis(scale: Scale, values: tuple[float | None, float | None, float | None]) -> Triple | None:
    """Values of the analysis in the units of the axis: the log of a ratio, else what is shown."""
    a, b, c = values if scale.is_ratio else (shown(scale, x) for x in values)
    return None if a is None or b is None or c is None else (a, b, c)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the rows of one result."""

    pooled: Pooled
    layout: ForestLayout
    raw: RawColumns
    bias: RiskOfBias | None
    all_columns: tuple[Column, ...] = ()
    decimals: int = 2
    by_row: dict[int, StudyResult] = field(default_factory=dict)
    heaviest: float = 0.0

    def columns(self, parts: Sequence[Part]) -> list[Column]:
        """The columns of these parts that this result has."""
        words = self.layout.words
        found = []
        for part in parts:
            if part == "study":
                found.append(Column(part, words.study))
            elif part == "raw":
                pairs = zip(self.raw.heads, self.raw.overs, strict=True)
                found += [Column(part, head, over) for head, over in pairs]
            elif part == "effect":
                found.append(Column(part, heads(self.pooled, words.effect)))
            elif part == "weight" and any(study.weight is not None for study in self.pooled.studies):
                found.append(Column(part, words.weight))
            elif part == "bias" and self.bias is not None:
                found.append(Column(part, self.bias.letters, "Risk of bias"))
        return found

    def with_columns(self, columns: tuple[Column, ...], decimals: int) -> _Maker:
        """The same with its columns known."""
        studies = self.pooled.studies
        heaviest = max((s.weight for s in studies if s.weight is not None), default=0.0)
        by_row = {study.row: study for study in studies}
        return _Maker(self.pooled, self.layout, self.raw, self.bias, columns, decimals, by_row, heaviest)

    def rows(self) -> Iterator[Row]:
        """All rows from the first study to the prediction interval."""
        pooled = self.pooled
        if not pooled.subgroups:
            for study in pooled.studies:
                yield self._study(study)
        for group in pooled.subgroups:
            yield self._row("heading", shortened(group.level, _LONGEST_LABEL))
            members = [self.by_row[member.row] for member in group.result.studies]
            yield from map(self._study, members)
            # One study needs no diamond: it would repeat its own row.
            if group.result.k > 1:
                yield from self._subtotal(group.result, members)
        if pooled.subgroups and pooled.excluded:
            yield self._row("heading", "Not in the analysis")
        for label, reason in pooled.excluded:
            yield self._row("without", shortened(label, _LONGEST_LABEL), words=reason, bias=self._judged(label))
        yield from self._total()

    def _subtotal(self, group: Pooled, members: Sequence[StudyResult]) -> Iterator[Row]:
        weight = sum(member.weight or 0.0 for member in members)
        yield self._diamond("subtotal", group, self.layout.words.subtotal, weight)
        yield from self._events(group)
        lines = [heterogeneity_text(group, self.layout, brief=True)]
        if self.layout.notes_beside:
            lines.append(overall_text(group, self.layout))
        for line in filter(None, lines):
            yield self._row("note", line)

    def _total(self) -> Iterator[Row]:
        pooled, scale = self.pooled, self.pooled.scale
        yield self._diamond("total", pooled, heads(pooled, self.layout.words.total), 100.0)
        if pooled.prediction_interval is not None and pooled.estimate is not None and pooled.measure != "PFT":
            low, high = pooled.prediction_interval
            ends = to_axis(scale, (pooled.estimate, low, high))
            words = interval_text(shown(scale, low), shown(scale, high), self.layout, self.decimals)
            text = words.strip() if ends else ""
            yield self._row("prediction", "Prediction interval", effect=text, values=ends)
        yield from self._events(pooled)

    def _events(self, pooled: Pooled) -> Iterator[Row]:
        """The row with the sums of events, where the layout has one."""
        name = self.layout.words.events
        if name and self.layout.raw == "split" and self.raw.has_events:
            yield self._row("events", name, raw=self.raw.totals(pooled.studies, "events"))

    def _study(self, study: StudyResult) -> Row:
        label, raw, judged = shortened(study.study, _LONGEST_LABEL), self.raw.cells(study), self._judged(study.study)
        if study.yi is None or study.ci_lower is None or study.ci_upper is None:
            return self._row("without", label, raw=raw, effect="no event", weight=study.weight, bias=judged)
        values = (study.yi, study.ci_lower, study.ci_upper)
        return self._row(
            "study",
            label,
            raw=raw,
            effect=effect_text(self.pooled.scale, values, self.layout, self.decimals),
            weight=study.weight,
            bias=judged,
            values=to_axis(self.pooled.scale, values),
            share=study.weight / self.heaviest if study.weight is not None and self.heaviest > 0 else 0.25,
        )

    def _diamond(self, kind: Kind, pooled: Pooled, label: str, weight: float) -> Row:
        s = pooled.summary
        values = (s.estimate, s.ci_lower, s.ci_upper)
        rows: Literal["all", "totals"] = "totals" if self.layout.words.events else "all"
        return self._row(
            kind,
            label,
            raw=self.raw.totals(pooled.studies, rows),
            effect=effect_text(pooled.scale, values, self.layout, self.decimals),
            weight=weight,
            values=to_axis(pooled.scale, values),
        )

    def _judged(self, study: str) -> str:
        return "" if self.bias is None else self.bias.of(study)

    def _row(
        self,
        kind: Kind,
        label: str,
        *,
        raw: Sequence[str] = (),
        effect: str = "",
        weight: float | None = None,
        bias: str = "",
        values: Triple | None = None,
        share: float = 0.0,
        words: str = "",
    ) -> Row:
        """A row with its texts in the columns of this layout."""
        counts = iter(raw)
        percent = "%" if self.layout.words.weight == "Weight" else ""
        texts = {
            "study": one_line(label),
            "effect": effect,
            "weight": "" if weight is None else f"{rounded(weight, 1)}{percent}",
            "bias": bias,
        }
        cells = [next(counts, "") if c.part == "raw" else texts.get(c.part, "") for c in self.all_columns]
        return Row(kind, tuple(cells), values, share, words)

"""The rows of a forest plot as text and numbers, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from reviewflow.domain.effect import shown
from reviewflow.domain.pooling.wording import label_of, p_text, rounded
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.domain.pooling import Pooled, StudyResult

Kind: TypeAlias = Literal["study", "without", "heading", "total", "subtotal", "prediction", "note"]
Triple: TypeAlias = tuple[float, float, float]

_LONGEST_LABEL: Final = 48


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        kind: What is drawn: a square, nothing, a diamond, a bar.
        cells: Text of each column, as `columns` heads them.
        values: (estimate, lower, upper) in the units of the axis; None where nothing is drawn.
        share: Weight as a share of the largest, which the area of the square shows.
    """

    kind: Kind
    cells: tuple[str, ...]
    values: Triple | None = None
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Columns:
    """The text columns of a forest plot.

    Attributes:
        before: Headings left of the plot, the study first.
        after: Headings right of the plot.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]


def columns_of(pooled: Pooled, arms: tuple[str, str]) -> Columns:
    """The headings for what these studies report."""
    counts = pooled.studies[0].counts if pooled.studies else {}
    before: tuple[str, ...] = ("Study",)
    if "ai" in counts or "x1i" in counts:
        what = "n/N" if "ai" in counts else "events/time"
        before += tuple(f"{_short(arm)}\n{what}" for arm in arms)
    elif "m1i" in counts:
        before += tuple(f"{_short(arm)}\nmean (SD), n" for arm in arms)
    elif "xi" in counts:
        before += ("Events/\ntotal" if "ni" in counts else "Events/\ntime",)
    elif "ni" in counts:
        before += ("n",)
    label = label_of(pooled.measure, ratio=pooled.scale.is_ratio)
    effect = f"{label[0].upper()}{label[1:]}\n[95 % CI]"
    has_weights = any(study.weight is not None for study in pooled.studies)
    return Columns(before, (effect, "Weight\n%") if has_weights else (effect,))


def rows_of(pooled: Pooled, columns: Columns, decimals: int) -> list[Row]:
    """All rows from the first study to the prediction interval.

    Raises:
        UsageError: The result is a meta-regression, which has no one pooled effect.
    """
    if pooled.coefficients:
        raise UsageError("a forest plot shows one pooled effect, and a meta-regression has none", "drop the moderators")
    return list(_rows(pooled, columns, decimals))


def _rows(pooled: Pooled, columns: Columns, decimals: int) -> Iterator[Row]:
    heaviest = max((s.weight for s in pooled.studies if s.weight is not None), default=0.0)
    by_row = {study.row: study for study in pooled.studies}
    if not pooled.subgroups:
        for study in pooled.studies:
            yield _study(pooled, study, columns, heaviest, decimals)
    for group in pooled.subgroups:
        yield Row("heading", _padded(columns, group.level))
        for member in group.result.studies:
            yield _study(pooled, by_row[member.row], columns, heaviest, decimals)
        # One study needs no diamond: it would repeat its own row.
        if group.result.k > 1:
            weight = sum(by_row[member.row].weight or 0.0 for member in group.result.studies)
            yield _total(group.result, columns, decimals, "Subtotal", weight, "subtotal")
            yield Row("note", _padded(columns, heterogeneity_text(group.result)))
    if pooled.subgroups and pooled.excluded:
        yield Row("heading", _padded(columns, "Not in the analysis"))
    for study_label, reason in pooled.excluded:
        yield Row("without", _padded(columns, _short(study_label), reason))
    yield _total(pooled, columns, decimals, _model(pooled), 100.0, "total")
    if pooled.prediction_interval is not None and pooled.estimate is not None and pooled.measure != "PFT":
        low, high = pooled.prediction_interval
        ends = _units(pooled, (pooled.estimate, low, high))
        text = "" if ends is None else _interval(pooled, low, high, decimals)
        yield Row("prediction", _padded(columns, "Prediction interval", text), ends)


def _study(pooled: Pooled, study: StudyResult, columns: Columns, heaviest: float, decimals: int) -> Row:
    counts = _counts(study.counts)
    label = _short(study.study)
    if study.yi is None or study.ci_lower is None or study.ci_upper is None:
        words = ("no event",) if len(columns.after) == 1 else ("no event", rounded(study.weight, 1))
        return Row("without", (label, *counts, *words))
    values = _units(pooled, (study.yi, study.ci_lower, study.ci_upper))
    estimate = rounded(shown(pooled.scale, study.yi), decimals)
    cells = [f"{estimate} {_interval(pooled, study.ci_lower, study.ci_upper, decimals)}"]
    if len(columns.after) > 1:
        cells.append(rounded(study.weight, 1))
    share = study.weight / heaviest if study.weight is not None and heaviest > 0 else 0.25
    return Row("study", (label, *counts, *cells), values, share)


def _total(pooled: Pooled, columns: Columns, decimals: int, label: str, weight: float, kind: Kind) -> Row:
    s = pooled.summary
    values = None
    if s.estimate is not None and s.ci_lower is not None and s.ci_upper is not None:
        values = _units(pooled, (s.estimate, s.ci_lower, s.ci_upper))
    cells = [pooled.text(decimals)]
    if len(columns.after) > 1:
        cells.append(rounded(weight, 1))
    return Row(kind, (label, *_totals(pooled, len(columns.before) - 1), *cells), values)


def _counts(c: Mapping[str, float]) -> tuple[str, ...]:
    """What a study reports, as text: "48/54"."""
    if "ai" in c:
        return (f"{c['ai']:g}/{c['n1i']:g}", f"{c['ci']:g}/{c['n2i']:g}")
    if "x1i" in c:
        return (f"{c['x1i']:g}/{c['t1i']:g}", f"{c['x2i']:g}/{c['t2i']:g}")
    if "m1i" in c:
        return tuple(f"{c[f'm{i}i']:g} ({c[f'sd{i}i']:g}), {c[f'n{i}i']:g}" for i in "12")
    if "xi" in c:
        return (f"{c['xi']:g}/{c['ni' if 'ni' in c else 'ti']:g}",)
    return (f"{c['ni']:g}",) if "ni" in c else ()


def _totals(pooled: Pooled, n: int) -> tuple[str, ...]:
    """The sums of the counts, where a sum of them means something."""
    sums: dict[str, float] = {}
    for study in pooled.studies:
        for name, value in study.counts.items():
            sums[name] = sums.get(name, 0.0) + value
    return _counts(sums) if n and not {"m1i", "ri"} & sums.keys() else ("",) * n


def _units(pooled: Pooled, values: Triple) -> Triple | None:
    """Values of the analysis in the units of the axis: the log of a ratio, else what is shown."""
    if pooled.scale.is_ratio:
        return values
    a, b, c = (shown(pooled.scale, x) for x in values)
    return None if a is None or b is None or c is None else (a, b, c)


def _interval(pooled: Pooled, low: float, high: float, decimals: int) -> str:
    ends = (shown(pooled.scale, low), shown(pooled.scale, high))
    return f"[{', '.join(rounded(end, decimals) for end in ends)}]"


def _padded(columns: Columns, label: str, effect: str = "") -> tuple[str, ...]:
    """Cells with a label, and a text in the column of effects."""
    return (label, *("",) * (len(columns.before) - 1), effect, *("",) * (len(columns.after) - 1))


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1].rstrip()}…"


def _model(pooled: Pooled) -> str:
    words = pooled.model_words
    return words[0].upper() + words[1:]


def heterogeneity_text(pooled: Pooled) -> str:
    """The line under a diamond: tau2 only where the model has one."""
    if pooled.q is None or not pooled.q_df:
        return "Heterogeneity: not estimable with one study" if pooled.k == 1 else "Heterogeneity: not estimable"
    parts = [f"Q = {rounded(pooled.q)}, df = {pooled.q_df}, p {_equals(p_text(pooled.q_p))}"]
    parts += [f"I² = {rounded(pooled.i2, 1)} %"] if pooled.i2 is not None else []
    if pooled.tau2 is not None:
        interval = "" if pooled.tau2_ci is None else f" [{', '.join(tau2_text(t) for t in pooled.tau2_ci)}]"
        parts.append(f"τ² = {tau2_text(pooled.tau2)}{interval}")
    return f"Heterogeneity: {'; '.join(parts)}"


def footnotes(pooled: Pooled) -> Sequence[str]:
    """The lines under the plot: heterogeneity, overall effect, subgroup differences."""
    lines = [heterogeneity_text(pooled)]
    s = pooled.summary
    # A proportion or a rate has no value of no effect that could be tested.
    if s.statistic is not None and pooled.scale.null is not None:
        name = "z" if s.df is None else f"t({s.df:g})"
        lines.append(f"Overall effect: {name} = {rounded(s.statistic)}, p {_equals(p_text(s.p_value))}")
    if pooled.between is not None:
        b = pooled.between
        words = f"Q = {rounded(b.q)}, df = {b.df}, p {_equals(p_text(b.p))}"
        lines.append(f"Differences between subgroups ({b.column}): {words}")
    return lines


def tau2_text(tau2: float) -> str:
    """A variance to three figures, in plain decimals where they are short."""
    if tau2 == 0:
        return "0"
    return rounded(tau2, 2) if 0.1 <= tau2 < 10_000 else f"{tau2:.2g}"


def _equals(p: str) -> str:
    return p if p.startswith("<") else f"= {p}"

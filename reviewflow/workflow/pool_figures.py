"""The figures of a pooled result: which there are, what each needs, and how they are written to files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from reviewflow.domain.pooling.line import regression_line
from reviewflow.errors import InputError, UsageError
from reviewflow.workflow.pool_file import read_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.judgements import RiskOfBias
    from reviewflow.workflow.pool_file import Analysis

Figure: TypeAlias = Literal[
    "forest",
    "funnel",
    "baujat",
    "labbe",
    "bubble",
    "radial",
    "effect_direction",
    "forest_leave_one_out",
    "forest_cumulative",
]
FIGURES: tuple[Figure, ...] = get_args(Figure)
Format: TypeAlias = Literal["svg", "pdf", "png"]

_FORMATS: dict[str, Format] = {".svg": "svg", ".pdf": "pdf", ".png": "png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the figures of a result look.

    Attributes:
        layout: Of forest plots: reviewflow, revman or jama.
        title: Above each figure.
        arms: Names of the two arms.
        favours: What lies left and right of no effect; "" for nothing.
        decimals: Of effects and intervals.
        bias: Judgements of risk of bias for the forest plot.
    """

    layout: str = "reviewflow"
    title: str = ""
    arms: tuple[str, str] = ("Treatment", "Control")
    favours: tuple[str, str] = ("", "")
    decimals: int = 2
    bias: RiskOfBias | None = None


def with_needed(asked: Analysis, figures: Collection[Figure]) -> Analysis:
    """The analysis with the blocks that the figures show.

    Raises:
        UsageError: A figure needs a column that is not named.
    """
    if "forest_cumulative" in figures and asked.cumulative is None:
        words = "the cumulative forest plot adds the studies in the order of a column, and none is named"
        raise UsageError(words, "add --cumulative COL")
    if "bubble" in figures and not asked.moderators:
        raise UsageError("a bubble plot shows the effect by a moderator, and none is named", "add --moderator COL")
    return replace(
        asked,
        influence=asked.influence or "baujat" in figures,
        swim=asked.swim or "effect_direction" in figures,
        leave_one_out=asked.leave_one_out or "forest_leave_one_out" in figures,
    )


def format_of(target: Path) -> Format:
    """The format that the ending of a file names.

    Raises:
        UsageError: The ending is none of svg, pdf and png.
    """
    ending = target.suffix.lower()
    if ending not in _FORMATS:
        raise UsageError(f"{target.name} does not tell the format", "name it .svg, .pdf or .png")
    return _FORMATS[ending]


def draw(
    figure: Figure,
    result: Pooled,
    target: Path,
    look: Look,
    rows: Sequence[Row] = (),
    moderators: Sequence[str] = (),
) -> None:
    """Draw a figure of a result; the ending of the file gives the format.

    Args:
        figure: Which one.
        result: Of an analysis that `with_needed` has completed.
        target: The file.
        look: How it looks.
        rows: What the result was made from; only a bubble plot reads them.
        moderators: Of the meta-regression; only a bubble plot has them.

    Raises:
        UsageError: The ending is none of svg, pdf and png, or this result has no such figure.
    """
    form, title = format_of(target), look.title
    # matplotlib takes most of a second to load: each figure is imported when it is drawn.
    if figure == "funnel":
        from reviewflow.figures.funnel import draw_funnel  # noqa: PLC0415 as said above

        draw_funnel(result, target, format=form, title=title, filled=_filled(result))
    elif figure == "baujat":
        from reviewflow.figures.baujat import draw_baujat  # noqa: PLC0415 as said above

        draw_baujat(result, target, format=form, title=title)
    elif figure == "labbe":
        from reviewflow.figures.labbe import draw_labbe  # noqa: PLC0415 as said above

        draw_labbe(result, target, format=form, title=title, arms=look.arms)
    elif figure == "bubble":
        from reviewflow.figures.bubble import draw_bubble  # noqa: PLC0415 as said above

        draw_bubble(result, regression_line(result, rows, moderators), target, format=form, title=title)
    elif figure == "radial":
        from reviewflow.figures.radial import draw_radial  # noqa: PLC0415 as said above

        draw_radial(result, target, format=form, title=title)
    elif figure == "effect_direction":
        from reviewflow.figures.effect_direction import draw_effect_direction  # noqa: PLC0415 as said above

        draw_effect_direction(
            result, target, format=form, title=title, favours=look.favours, decimals=look.decimals, bias=look.bias
        )
    else:
        _draw_forest(figure, result, target, look)


def _draw_forest(
    figure: Literal["forest", "forest_leave_one_out", "forest_cumulative"], result: Pooled, target: Path, look: Look
) -> None:
    from reviewflow.figures.forest import draw_forest, draw_table  # noqa: PLC0415 as said above
    from reviewflow.figures.forest_layouts import layout_named  # noqa: PLC0415 as said above
    from reviewflow.figures.forest_steps import cumulative_table, leave_one_out_table  # noqa: PLC0415 as said above

    form, title, favours = format_of(target), look.title, look.favours
    if figure == "forest":
        draw_forest(
            result,
            target,
            format=form,
            title=title,
            arms=look.arms,
            favours=favours,
            decimals=look.decimals,
            layout=look.layout,
            bias=look.bias,
        )
        return
    make = leave_one_out_table if figure == "forest_leave_one_out" else cumulative_table
    table = make(result, layout_named(look.layout), decimals=look.decimals)
    draw_table(table, target, format=form, title=title, favours=favours)


def _filled(result: Pooled) -> list[tuple[float, float]]:
    """(effect, variance) of the studies that trim and fill adds, by the first estimator that was asked for."""
    by_estimator = result.extras.get("trim_and_fill")
    first = next(iter(by_estimator.values()), None) if isinstance(by_estimator, dict) else None
    added = first.get("filled") if isinstance(first, dict) else None
    every = [each for each in added if isinstance(each, dict)] if isinstance(added, list) else []
    return [(float(str(each["yi"])), float(str(each["vi"]))) for each in every]


def read_judgements(text: str, name: str, studies: Collection[str]) -> RiskOfBias:
    """Judgements of risk of bias from a table: a column of studies, then a column for each domain.

    Args:
        text: A CSV with a header line, whose names of domains the figure shows.
        name: Of the file, for error messages.
        studies: Those of the analysis; it may hold others.

    Raises:
        InputError: A value is no judgement, there is no domain, or no study of the analysis is in it.
    """
    from reviewflow.figures.judgements import risk_of_bias  # noqa: PLC0415 only where it is wanted

    rows = read_rows(text, name)
    header = [column for column in rows[0] if column]
    key = "study" if "study" in header else header[0]
    domains = [column for column in header if column != key]
    if not domains:
        raise InputError(f"{name} has no column of judgements beside {key!r}", "give each domain a column")
    words = {row[key]: [row[domain] for domain in domains] for row in rows}
    if not set(words) & set(studies):
        raise InputError(f"{name} judges no study of this analysis", f"name them as in the data: {min(studies)}")
    try:
        return risk_of_bias(domains, words)
    except InputError as error:
        raise InputError(f"{name}: {error.what}", error.remedy) from error

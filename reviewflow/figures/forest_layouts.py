"""How forest plots are laid out, as values: which columns stand where, in which words, sizes and colours."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

Part: TypeAlias = Literal["study", "raw", "effect", "weight", "bias", "extra"]
Raw: TypeAlias = Literal["arm", "over", "split"]
Outcome: TypeAlias = Literal["counts", "means", "generic"]


class Squares(NamedTuple):
    """The colour of the studies' squares by what they report."""

    counts: str
    means: str
    generic: str

    def of(self, outcome: Outcome) -> str:
        """The colour for a kind of outcome."""
        return {"counts": self.counts, "means": self.means, "generic": self.generic}[outcome]


_BLUE: Final = Squares("#2b5c8a", "#2b5c8a", "#2b5c8a")


@dataclass(frozen=True, slots=True)
class Words:
    """What a layout calls things. Templates take label (OR), name (Odds ratio), method (IV, random), model, ci.

    Attributes:
        study: Head of the column of studies.
        effect: Head of the column of effects.
        plot: Head of the plot itself.
        axis: What stands under the axis.
        weight: Head of the weights.
        total, subtotal: Names of the rows with diamonds.
        tests: Templates of the parts of the heterogeneity line, in their order: q, i2, tau2.
        overall: Template of the test of the pooled effect.
        between: Template of the test between subgroups.
        events: Name of the row with all events; "" where the totals stand in the row of the diamond.
    """

    study: str
    effect: str
    plot: str
    axis: str
    weight: str
    total: str
    subtotal: str
    tests: tuple[tuple[Literal["q", "i2", "tau2"], str], ...]
    overall: str
    between: str
    events: str = ""


@dataclass(frozen=True, slots=True)
class ForestLayout:
    """A layout of a forest plot.

    Attributes:
        name: What the command line calls it.
        before: Parts left of the plot.
        after: Parts right of the plot.
        raw: "arm": a column for each arm, headed by it; "over": the same under one head; "split": events and total,
            or mean, SD and total, in columns of their own.
        numbers: How columns of numbers are set.
        brackets: What stands before, within and after an interval; the last in place of the second where an end is
            below 0.
        percent: What stands between a number and its %.
        i2_decimals: Of I2.
        p_zero: Whether a p value has a 0 before its point.
        notes_beside: Whether the notes stand left of the axis, else below it.
        favours_above: Whether the directions stand above the plot, else below the axis.
        pooled_line: Whether a dashed line goes down from the diamond.
        size, small, leading: Of text, small text and rows, in points.
        axis_width: Stroke of the axis and the line of no effect.
        squares: Colour of the studies' squares.
        ink, line, diamond, prediction: Colours of text, intervals, diamonds and the prediction interval.
    """

    name: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]
    words: Words
    raw: Raw = "arm"
    numbers: Literal["left", "right"] = "right"
    brackets: tuple[str, str, str, str] = (" [", ", ", "]", ", ")
    percent: str = " "
    i2_decimals: int = 1
    p_zero: bool = True
    notes_beside: bool = False
    favours_above: bool = False
    pooled_line: bool = True
    size: float = 8.5
    small: float = 8.0
    leading: float = 15.0
    axis_width: float = 0.8
    squares: Squares = _BLUE
    ink: str = "#1a1a1a"
    line: str = "#1a1a1a"
    diamond: str = "#1a1a1a"
    prediction: str = "#a03434"


_REVIEWFLOW: Final = ForestLayout(
    name="reviewflow",
    before=("study", "raw"),
    after=("effect", "weight", "extra", "bias"),
    words=Words(
        study="Study",
        effect="{label}\n[95 % CI]",
        plot="",
        axis="",
        weight="Weight\n%",
        total="{model}",
        subtotal="Subtotal",
        tests=(("q", "Q = {q}, df = {df}, p {p}"), ("i2", "I² = {i2} %"), ("tau2", "τ² = {tau2}{ci}")),
        overall="Overall effect: {statistic}, p {p}",
        between="Differences between subgroups ({column}): Q = {q}, df = {df}, p {p}",
    ),
)

_REVMAN: Final = ForestLayout(
    name="revman",
    before=("study", "raw", "weight", "effect"),
    after=("extra", "bias"),
    words=Words(
        study="Study or subgroup",
        effect="{name}\n{method}, 95% CI",
        plot="{name}\n{method}, 95% CI",
        axis="",
        weight="Weight",
        total="Total (95% CI)",
        subtotal="Subtotal (95% CI)",
        tests=(("tau2", "Tau² = {tau2}"), ("q", "Chi² = {q}, df = {df} (P {p})"), ("i2", "I² = {i2}%")),
        overall="Test for overall effect: {statistic} (P {p})",
        between="Test for subgroup differences: Chi² = {q}, df = {df} (P {p})",
        events="Total events:",
    ),
    raw="split",
    percent="",
    i2_decimals=0,
    notes_beside=True,
    pooled_line=False,
    size=8.0,
    small=7.5,
    leading=13.0,
    squares=Squares(counts="#1f4fbf", means="#1f8a2f", generic="#b3202a"),
    ink="#000000",
    line="#000000",
    diamond="#000000",
    prediction="#1f4fbf",
)

_JAMA: Final = ForestLayout(
    name="jama",
    before=("study", "raw", "effect"),
    after=("weight", "extra", "bias"),
    words=Words(
        study="Source",
        effect="{label}\n(95% CI)",
        plot="",
        axis="{label} (95% CI)",
        weight="Weight,\n%",
        total="Total",
        subtotal="Subtotal",
        tests=(("tau2", "τ² = {tau2}"), ("q", "χ² = {q}, df = {df}; P {p}"), ("i2", "I² = {i2}%")),
        overall="Overall effect: {statistic}; P {p}",
        between="Differences between subgroups: χ² = {q}, df = {df}; P {p}",
    ),
    raw="over",
    numbers="left",
    brackets=(" (", "-", ")", " to "),
    percent="",
    i2_decimals=0,
    p_zero=False,
    favours_above=True,
    pooled_line=True,
    axis_width=0.5,
    squares=Squares("#b88a2d", "#b88a2d", "#b88a2d"),
    diamond="#174a63",
    prediction="#174a63",
)

LAYOUTS: Final[Mapping[str, ForestLayout]] = MappingProxyType(
    {each.name: each for each in (_REVIEWFLOW, _REVMAN, _JAMA)}
)
"""Every layout by its name; the first is taken where none is named."""


def layout_named(name: str) -> ForestLayout:
    """The layout of a name.

    Raises:
        UsageError: There is no such layout.
    """
    if name not in LAYOUTS:
        raise UsageError(f"{name!r} is no layout of a forest plot", f"choose one of {', '.join(LAYOUTS)}")
    return LAYOUTS[name]

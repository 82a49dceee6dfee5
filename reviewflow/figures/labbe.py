"""Draws L'Abbe's plot: the risk in one arm against the risk in the other, study by study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reviewflow.domain.pooling.wording import label_of, rounded
from reviewflow.errors import UsageError
from reviewflow.figures.axis import linear_axis
from reviewflow.figures.characters import shortened
from reviewflow.figures.frame import BLUE, DARK, GREY, Frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.drawing import Format, Target

_SIDE: Final = 270.0
_RADIUS: Final = 9.0  # of the heaviest study
_LEAST: Final = 1.6
_STEPS: Final = 200
_MEASURES: Final = frozenset({"OR", "PETO", "RR", "RD", "IRR"})
_LONGEST_ARM: Final = 40


def draw_labbe(
    result: Pooled,
    target: Target,
    *,
    format: Format,  # noqa: A002  # the word that the command line and matplotlib use for it
    title: str = "",
    arms: tuple[str, str] = ("Treatment", "Control"),
) -> None:
    """Draw the risks (or rates) of the two arms against each other to a path or a binary stream.

    On the solid line the arms are the same; the dashed one is where all studies would lie that have the pooled effect.

    Args:
        result: Of `pool`, of a measure that compares the events of two arms.
        target: A path or a binary stream.
        format: svg, pdf or png.
        title: Above the plot.
        arms: Names of the two arms.

    Raises:
        UsageError: The result is of another measure, or its studies give no counts.

    Source:
        L'Abbe, Detsky and O'Rourke 1987, doi:10.7326/0003-4819-107-2-224.
    """
    found = [(pair, study.weight) for study in result.studies if (pair := _risks(study.counts)) is not None]
    if result.measure not in _MEASURES or not found:
        words = f"L'Abbe's plot shows the events of two arms, which these studies of {result.measure} do not give"
        raise UsageError(words, "leave it out, or give counts and pool an OR, RR, RD or IRR")
    what = "rate" if result.measure == "IRR" else "risk"
    highest = _end(max(max(pair) for pair, _ in found), limit=1.0 if what == "risk" else None)
    first, second = (shortened(arm, _LONGEST_ARM) for arm in arms)
    frame = Frame(
        lambda room: linear_axis(0.0, highest, room),
        lambda room: linear_axis(0.0, highest, room),
        (f"{second}: {what}", f"{first}: {what}"),
        title=title,
        size=(_SIDE, _SIDE),
        notes=_notes(result),
    )
    steps = [highest * i / _STEPS for i in range(_STEPS + 1)]
    frame.path([(0.0, 0.0), (highest, highest)], colour=GREY, lw=0.8)
    if result.estimate is not None and not result.coefficients:
        curve = [(x, _with_effect(result, x, result.estimate)) for x in steps]
        frame.path(curve, colour=DARK, lw=0.9, dashed=True)
    heaviest = max((weight for _, weight in found if weight is not None), default=0.0)
    for (y, x), weight in sorted(found, key=lambda each: -(each[1] or 0.0)):
        share = weight / heaviest if weight is not None and heaviest > 0 else 0.2
        frame.page.dot(*frame.at(x, y), max(_RADIUS * share**0.5, _LEAST), BLUE, filled=True, edge="white", alpha=0.75)
    frame.draw_axes()
    frame.page.save(target, format, title or "L'Abbe plot")


def _risks(counts: Mapping[str, float]) -> tuple[float, float] | None:
    """The risks or rates of the two arms."""
    for events, total, other_events, other_total in (("ai", "n1i", "ci", "n2i"), ("x1i", "t1i", "x2i", "t2i")):
        if events in counts and counts[total] > 0 and counts[other_total] > 0:
            return counts[events] / counts[total], counts[other_events] / counts[other_total]
    return None


def _end(highest: float, limit: float | None) -> float:
    """Where the axes end: a little beyond the highest, but not beyond what a risk can be."""
    if limit is not None and highest > 0.5 * limit:
        return limit
    return 1.12 * highest or 1.0


def _with_effect(result: Pooled, risk: float, effect: float) -> float:
    """The risk in the first arm that goes with one in the second, given the pooled effect on the analysis scale."""
    shown = result.scale.back(effect)
    if result.measure == "RD":
        return risk + shown
    if result.measure in {"RR", "IRR"}:
        return risk * shown
    return risk * shown / (1 - risk + risk * shown)


def _notes(result: Pooled) -> list[str]:
    notes = ["Solid: the same in both arms. The area of a circle shows the weight of its study."]
    if result.estimate is not None and not result.coefficients:
        label = label_of(result.measure, ratio=result.scale.is_ratio)
        notes.insert(0, f"Dashed: the pooled effect, {label} {rounded(result.scale.back(result.estimate))}.")
    return notes

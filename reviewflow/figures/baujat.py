"""Draws Baujat's plot: which studies make the heterogeneity, and which of them move the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reviewflow.errors import UsageError
from reviewflow.figures.axis import linear_axis
from reviewflow.figures.extras import block, number
from reviewflow.figures.frame import BLUE, DARK, MARGIN, NOTE, Frame
from reviewflow.figures.names import Named, draw_names

if TYPE_CHECKING:
    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.drawing import Format, Target

_RADIUS: Final = 2.6


def draw_baujat(
    result: Pooled,
    target: Target,
    *,
    format: Format,  # noqa: A002  # the word that the command line and matplotlib use for it
    title: str = "",
) -> None:
    """Draw each study's share of Q against its influence on the pooled effect to a path or a binary stream.

    Args:
        result: Of `pool` with `influence`.
        target: A path or a binary stream.
        format: svg, pdf or png.
        title: Above the plot.

    Raises:
        UsageError: The result has no influence of studies, or fewer than three studies.

    Source:
        Baujat and others 2002, doi:10.1002/sim.1221.
    """
    found = _coordinates(result)
    if not found:
        raise UsageError("Baujat's plot needs three studies or more", "leave it out")
    right, high = max(x for x, _, _ in found), max(y for _, y, _ in found)
    frame = Frame(
        lambda room: linear_axis(0.0, 1.05 * right, room),
        lambda room: linear_axis(0.0, 1.08 * high, room),
        ("Contribution to Q", "Influence on the pooled effect"),
        title=title,
        right=36.0,
        key=15.0,
    )
    frame.draw_axes()
    points = [Named(*frame.at(x, y), _RADIUS, study) for x, y, study in found]
    for point in points:
        frame.page.dot(point.x, point.y, _RADIUS, BLUE, filled=True)
    order = sorted(range(len(found)), key=lambda i: -(found[i][0] / (right or 1) + found[i][1] / (high or 1)))
    left_out = draw_names(frame, points, order)
    if left_out:
        words = f"{left_out} of {len(found)} studies are not named: there is no room beside their points."
        frame.page.text(MARGIN, frame.key_top, words, NOTE, colour=DARK)
    frame.page.save(target, format, title or "Baujat plot")


def _coordinates(result: Pooled) -> list[tuple[float, float, str]]:
    """(share of Q, influence, name) of each study that has them."""
    found = []
    for row in block(result, "influence"):
        pair = row["baujat"]
        x, y = (number(pair, name) if isinstance(pair, dict) else None for name in ("q_share", "influence"))
        if x is not None and y is not None:
            found.append((x, y, str(row["study"])))
    return found

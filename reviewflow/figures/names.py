"""Names beside the points of a plot, where they touch neither each other nor a point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from reviewflow.figures.characters import shortened_study
from reviewflow.figures.text import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.figures.frame import Frame

_SIZE: Final = 7.5
_LONGEST: Final = 32
_AWAY: Final = 2.5


class Named(NamedTuple):
    """A point on the page with its radius and its name."""

    x: float
    y: float
    radius: float
    name: str


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: _Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def draw_names(frame: Frame, points: Sequence[Named], order: Sequence[int]) -> int:
    """Write the names in an order, each beside its point, and leave out those for which there is no room.

    Args:
        frame: The plot; a name stays inside it.
        points: All points.
        order: Places of the points to be named, the most important first.

    Returns:
        How many of them were left without a name.
    """
    taken = [_Box(p.x - p.radius, p.y - p.radius, p.x + p.radius, p.y + p.radius) for p in points]
    left_out = 0
    for i in order:
        words = shortened_study(points[i].name, _LONGEST)
        place = next((box for box in _places(points[i], words) if _is_free(box, taken, frame)), None)
        if place is None:
            left_out += 1
            continue
        taken.append(place)
        frame.page.text(place.left, place.bottom - 2, words, _SIZE)
    return left_out


def _places(point: Named, words: str) -> list[_Box]:
    """Where a name may stand: right, left, above, below, and at the four corners of its point."""
    width, height, r = text_width(words, _SIZE) + 1, _SIZE + 1.5, point.radius + _AWAY
    right, left, centre = point.x + r, point.x - r - width, point.x - width / 2
    middle, above, below = point.y - height / 2, point.y - r - height, point.y + r
    near = r * 0.7
    corners = [(x, y) for x in (point.x + near, point.x - near - width) for y in (above + r - near, below - r + near)]
    starts = [(right, middle), (left, middle), (centre, above), (centre, below), *corners]
    return [_Box(x, y, x + width, y + height) for x, y in starts]


def _is_free(box: _Box, taken: Sequence[_Box], frame: Frame) -> bool:
    inside = box.left >= frame.left and box.right <= frame.width - 2 and box.top >= 0 and box.bottom <= frame.foot
    return inside and not any(box.touches(other) for other in taken)

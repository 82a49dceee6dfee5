"""What tests look at in a drawn SVG: its texts, where they stand, and whether any touch."""

from __future__ import annotations

import re
from io import BytesIO
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as ET

from reviewflow.figures.text import text_width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SVG = "{http://www.w3.org/2000/svg}"


class Box(NamedTuple):
    """A text and the rectangle it takes on the page."""

    words: str
    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def svg_of(draw: Callable[..., None], *arguments: object, **options: Any) -> str:  # noqa: ANN401 the figure's own
    """The SVG that a figure draws; its stream follows the arguments."""
    stream = BytesIO()
    draw(*arguments, stream, format="svg", **options)
    return stream.getvalue().decode("utf-8")


def texts_of(svg: str) -> list[str]:
    """Every text, in the order it was drawn."""
    return ["".join(node.itertext()) for node in _nodes(svg)]


def page_of(svg: str) -> tuple[float, float]:
    """Width and height of the page."""
    width, height = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0]
    return float(width), float(height)


def boxes_of(svg: str) -> list[Box]:
    """Each text with its rectangle, from its anchor, place and measured width."""
    return [_box(node) for node in _nodes(svg)]


def assert_legible(svg: str) -> None:
    """No text is cut off by the page, and no two touch."""
    width, height = page_of(svg)
    boxes = boxes_of(svg)
    for box in boxes:
        assert box.left >= 0, box
        assert box.right <= width + 0.5, box  # widths are rounded to the font's hinting
        assert box.top >= 0, box
        assert box.bottom <= height, box
    for one, other in combinations(boxes, 2):
        assert not one.touches(other), (one, other)


def _nodes(svg: str) -> Iterator[ET.Element]:
    return ET.fromstring(svg).iter(f"{_SVG}text")  # noqa: S314 - our own file


def _box(node: ET.Element) -> Box:
    style, words = node.get("style", ""), "".join(node.itertext())
    size = float(re.findall(r"([\d.]+)px", style)[0])
    place = re.findall(r"-?[\d.]+(?:e-?\d+)?", node.get("transform", ""))
    x, y = (float(node.get("x", place[0] if place else 0)), float(node.get("y", place[1] if place else 0)))
    width = text_width(words, size, bold="bold" in style or "700" in style)
    if place and abs(float(place[-1])) == 90 and "rotate" in node.get("transform", ""):
        return Box(words, x - 0.75 * size, y - width, x + 0.1 * size, y)
    anchor = (re.findall(r"text-anchor: (\w+)", style) or ["start"])[0]
    left = {"middle": x - width / 2, "end": x - width}.get(anchor, x)
    return Box(words, left, y - 0.75 * size, left + width, y + 0.1 * size)

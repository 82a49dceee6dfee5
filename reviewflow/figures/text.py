"""How wide a text is when it is drawn, so that boxes can be made to fit before anything is drawn."""

from __future__ import annotations

import unicodedata
import warnings
from functools import cache
from typing import Final

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

FAMILIES: Final = ("DejaVu Sans", "sans-serif")
"""DejaVu Sans comes with matplotlib; where an SVG is shown without it, the next best of much the same width."""

_EM: Final = 100.0


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a text in points at a font size in points."""
    return _width_at_em(text, bold=bold) * size / _EM


@cache
def _width_at_em(text: str, *, bold: bool) -> float:
    """The width at a font size of 100 points. A wide (Chinese, Japanese, Korean) character is one em, in any font."""
    wide = sum(unicodedata.east_asian_width(character) in {"W", "F"} for character in text)
    narrow = "".join(c for c in text if unicodedata.east_asian_width(c) not in {"W", "F"}) if wide else text
    font = FontProperties(family=list(FAMILIES), weight="bold" if bold else "normal", size=_EM)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        width, _, _ = text_to_path.get_text_width_height_descent(narrow, font, ismath=False)
    return float(width) + wide * _EM

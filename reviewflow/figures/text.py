"""How wide a text is when it is drawn, so that boxes can be made to fit before anything is drawn."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Final

from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.textpath import text_to_path

from reviewflow.domain.flow.diagram import wrap
from reviewflow.figures.characters import is_wide

FAMILIES: Final = ("DejaVu Sans", "sans-serif")
"""DejaVu Sans comes with matplotlib; where an SVG is shown without it, the next best of much the same width."""

# Whichever of these a machine has is used where the first lacks the characters, in formats that draw their letters.
_WIDE: Final = (
    "Noto Sans CJK SC", "Noto Sans CJK TC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Noto Sans JP",
    "Source Han Sans SC", "WenQuanYi Zen Hei", "IPAexGothic", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo",
    "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "SimHei", "Arial Unicode MS",
)  # fmt: skip

_EM: Final = 100.0


def drawn_families(text: str) -> list[str]:
    """The fonts that a text is drawn with; a wide character asks for one that the machine must have."""
    if not any(is_wide(character) for character in text):
        return list(FAMILIES)
    installed = {font.name for font in fontManager.ttflist}
    return [FAMILIES[0], *(name for name in _WIDE if name in installed), *FAMILIES[1:]]


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a text in points at a font size in points."""
    return _width_at_em(text, bold=bold) * size / _EM


def lines_of(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """The text in lines no wider than `width`; none of an empty text."""
    return wrap(text, width, lambda words: text_width(words, size, bold=bold)) if text else []


@cache
def _width_at_em(text: str, *, bold: bool) -> float:
    """The width at a font size of 100 points. A wide (Chinese, Japanese, Korean) character is one em, in any font."""
    wide = sum(is_wide(character) for character in text)
    narrow = "".join(c for c in text if not is_wide(c)) if wide else text
    font = FontProperties(family=list(FAMILIES), weight="bold" if bold else "normal", size=_EM)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        width, _, _ = text_to_path.get_text_width_height_descent(narrow, font, ismath=False)
    return float(width) + wide * _EM

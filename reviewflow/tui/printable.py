"""Text of records made safe to show: nothing in it moves the cursor, turns a line round, or passes for markup."""

from __future__ import annotations

import unicodedata
from typing import Final

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
# Marks that turn the direction of what follows, on to the end of the line and into the next column: the letters
# themselves have a direction, and a terminal that knows it needs no marks.
_TURNING: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF)
_CONTROLS: Final = (*range(0x20), *range(0x7F, 0xA0))
_TABLE: Final[dict[int, str | None]] = {
    **dict.fromkeys(_CONTROLS, " "),
    **dict.fromkeys(_TURNING, None),
    **dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT),
}


def printable(text: str) -> str:
    """The text on one line, accents composed, without control characters and marks of direction."""
    return unicodedata.normalize("NFC", " ".join(text.translate(_TABLE).split()))


def is_from_right(text: str) -> bool:
    """Whether a paragraph is written from the right to the left, which its first letter with a direction tells."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in {"L", "R", "AL"})
    return next(strong, "L") != "L"

"""How many columns of a terminal a text takes, and labels shortened to fit."""

from __future__ import annotations

import unicodedata
from typing import Final

_LONGEST_YEAR: Final = 7  # columns: "(2019a)"


def n_columns(text: str) -> int:
    """Columns of a terminal: two for a wide (Chinese, Japanese, Korean) character, none for a combining mark."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if is_wide(character) else 1


def is_wide(character: str) -> bool:
    """Whether a character is as wide as it is high, in any font."""
    return unicodedata.east_asian_width(character) in {"W", "F"}


def one_line(label: str) -> str:
    """A label without line breaks and other controls, which would break a row in two."""
    plain = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in label)
    return unicodedata.normalize("NFC", " ".join(plain.split()))


def shortened(label: str, most: int) -> str:
    """The label in one line of at most so many columns, "…" at its end where something is left out."""
    label = one_line(label)
    if n_columns(label) <= most:
        return label
    while label and n_columns(label) > most - 1:
        label = label[:-1]
    return f"{label.rstrip()}…"


def shortened_study(label: str, most: int) -> str:
    """The name of a study in at most so many columns; its year, which tells it from the next, stays at its end."""
    start, _, year = one_line(label).rpartition(" ")
    keeps = any(c.isdecimal() for c in year) and n_columns(year) <= _LONGEST_YEAR and 3 * n_columns(year) < most
    if n_columns(one_line(label)) <= most or not keeps:
        return shortened(label, most)
    return f"{shortened(start, most - n_columns(year) - 1)} {year}"


def padded(text: str, width: int, *, right: bool) -> str:
    """The text with blanks up to a width: before it when it is set to the right."""
    blanks = " " * (width - n_columns(text))
    return f"{blanks}{text}" if right else f"{text}{blanks}"

"""Where the words of the protocol stand in a text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS: Final = ("include", "exclude", "population", "intervention", "comparator", "outcome", "design")
"""The kinds of words, in the order in which they are explained."""


@dataclass(frozen=True, slots=True)
class Highlights:
    """The words of a protocol, ready to be looked for.

    Attributes:
        patterns: One for each kind that has words; a * at the end of a word takes any ending.
    """

    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, kind) of every place, in characters."""
        return [(*found.span(), kind) for kind, pattern in self.patterns for found in pattern.finditer(text)]


def highlights(words: Mapping[str, tuple[str, ...]]) -> Highlights:
    """The words of a protocol as patterns."""
    return Highlights(tuple((kind, _pattern(words[kind])) for kind in KINDS if words.get(kind)))


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    # The longest first: "randomised trial" before "randomised".
    ordered = sorted((unicodedata.normalize("NFC", " ".join(word.split())) for word in words), key=len, reverse=True)
    return re.compile("|".join(map(_one, ordered)), re.IGNORECASE)


def _one(word: str) -> str:
    stem = word.rstrip("*").rstrip()
    body = r"\s+".join(map(re.escape, stem.split()))
    before = r"(?<!\w)" if _is_spaced(stem[0]) else ""
    if word.endswith("*"):
        return f"{before}{body}\\w*"
    return before + body + (r"(?!\w)" if _is_spaced(stem[-1]) else "")


def _is_spaced(character: str) -> bool:
    """Whether the letter is of a script that puts spaces between words: Chinese and Japanese do not."""
    return character.isalnum() and unicodedata.east_asian_width(character) not in {"W", "F"}

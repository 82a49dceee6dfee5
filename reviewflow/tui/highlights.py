"""Where the words of the protocol stand in a text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Hebrew and Arabic points, and the stroke that stretches a word: a text may have them where the word has not.
_POINTS: Final = "\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
_LAST_MARK: Final = 0x1E94B
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
    body = r"\s+".join(map(_part, stem.split()))
    letter = f"[\\w{_marks()}]"
    before = f"(?<!{letter})" if _is_spaced(stem[0]) else ""
    if word.endswith("*"):
        return f"{before}{body}{letter}*"
    # A mark behind the last letter belongs to it, in any script: the word goes on there, or is another one.
    return before + body + (f"(?!{letter})" if _is_spaced(stem[-1]) else f"(?![{_marks()}])")


def _part(word: str) -> str:
    """A word without spaces; between letters that are written with points, points may stand."""
    points = f"[{_POINTS}]*"
    return "".join(
        re.escape(letter) + (points if unicodedata.bidirectional(letter) in {"R", "AL"} else "") for letter in word
    )


@cache
def _marks() -> str:
    """The marks that belong to the letter before them, as ranges for a pattern: to `re` they are no letters."""
    codes = {n for n in range(0x300, _LAST_MARK) if unicodedata.category(chr(n))[0] == "M"}
    starts = sorted(n for n in codes if n - 1 not in codes)
    ends = sorted(n for n in codes if n + 1 not in codes)
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))


def _is_spaced(character: str) -> bool:
    """Whether the letter is of a script that puts spaces between words: Chinese and Japanese do not."""
    return character.isalnum() and unicodedata.east_asian_width(character) not in {"W", "F"}

"""Which words of two texts differ."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from rapidfuzz.distance import Indel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Spans: TypeAlias = tuple[tuple[int, int], ...]

# Chinese and Japanese do not part words by spaces: each character counts as one. Signs that alter a number are words.
_ALONE: Final = "\u3041-\u3096\u309d-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD: Final = re.compile(rf"[{_ALONE}]|[<>=±≤≥%+]|[^\W{_ALONE}_]+")
_MARKS: Final = frozenset({"Mn", "Mc", "Me"})
_LONGEST: Final = 4000
"""Words of a text that are compared one by one; what is longer is compared from both ends."""


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    key: str


def differing(a: str, b: str) -> tuple[Spans, Spans]:
    """The stretches (start, end) of each text that the other has not; capitals and punctuation do not count."""
    one, other = _words(a), _words(b)
    head = _n_alike(one, other)
    tail = _n_alike(one[head:][::-1], other[head:][::-1])
    one, other = one[head : len(one) - tail], other[head : len(other) - tail]
    if max(len(one), len(other)) > _LONGEST:
        return _stretch(one), _stretch(other)
    steps = Indel.opcodes([word.key for word in one], [word.key for word in other])
    left = (one[step.src_start : step.src_end] for step in steps if step.tag != "equal")
    right = (other[step.dest_start : step.dest_end] for step in steps if step.tag != "equal")
    return _joined(left), _joined(right)


def _joined(stretches: Iterator[list[_Word]]) -> Spans:
    return tuple(span for stretch in stretches for span in _stretch(stretch))


def _stretch(words: Sequence[_Word]) -> Spans:
    return ((words[0].start, words[-1].end),) if words else ()


def _n_alike(one: Sequence[_Word], other: Sequence[_Word]) -> int:
    n = 0
    while n < min(len(one), len(other)) and one[n].key == other[n].key:
        n += 1
    return n


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        while end < len(text) and unicodedata.category(text[end]) in _MARKS:
            end += 1  # vowel signs and accents belong to the word, though they are no letters
        if found and found[-1].end == start and _goes_on(text[start - 1]):
            start = found.pop().start
        found.append(_Word(start, end, unicodedata.normalize("NFKC", text[start:end]).casefold()))
    return found


def _goes_on(before: str) -> bool:
    """Whether a word goes on behind this character: a mark within it ended the match too early."""
    return unicodedata.category(before) in _MARKS

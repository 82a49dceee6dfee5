"""Titles made comparable, and what two titles differ in."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rapidfuzz.distance import OSA, Levenshtein

from reviewflow.domain.deduplication.text import fold, respelled, without_markup

if TYPE_CHECKING:
    from reviewflow.domain.deduplication.vocabulary import Vocabulary

SAME: Final = 1
DIFFER: Final = -1
UNKNOWN: Final = 0

_BRACKETED = re.compile(r"^\W*\[(.{15,})\]\W*(?:\[[^\[\]]*\]\W*)?$", re.DOTALL)
_WITH_ORIGINAL = re.compile(r"^([^\[].{15,}?)\s*\[([^\[\]]{20,})\]\W*$", re.DOTALL)
_TWO_LANGUAGES = re.compile(r"^(.{20,}?)\s*(?:;| = | / )\s*(.{20,})$", re.DOTALL)
_NUMBER = re.compile(r"\d+")
_THOUSANDS = re.compile(r"(?<=\d)[,'\u2009\u00a0](?=\d{3}\b)")
_ROMAN_SINGLE = {"i": "1", "v": "5", "x": "10", "ia": "1", "ib": "1"}
# A misprint is one letter, in long words two; "sitagliptin" and "linagliptin" differ by two of eleven.
_LONG_WORD: Final = 14
_SHORT_WORD: Final = 5
# What is left of two titles is the same text, split into other words, from this similarity on.
_SAME_TEXT: Final = 0.9
# Sources cut titles at a length of their own, the least of which is about a hundred signs.
_LONG_TITLE: Final = 80
# Opposites share at least so many letters at the end.
_STEM: Final = 4


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says, for comparison with another.

    Attributes:
        words: Its words in common spelling, without stop words.
        numbers: Its numbers in order, roman and written ones as digits.
        kind: Kind of notice the title names, "" for a plain report.
    """

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class BareTitle:
    """A title without markup and without what databases add to it.

    Attributes:
        text: The title.
        other: The same title in another language where the record gives both, else "".
        is_foreign: True where the title is not in English, or was translated into it.
    """

    text: str
    other: str = ""
    is_foreign: bool = False


def bare_title(title: str, vocabulary: Vocabulary) -> BareTitle:
    """The title as its authors wrote it, with its other form where the record gives one."""
    bare, _, other = title.partition("<ORIGINAL>")
    bare = _without_annotations(without_markup(bare).replace("&", " and ").strip(), vocabulary)
    if "[" in bare:
        if bracketed := _BRACKETED.match(bare):
            return BareTitle(bracketed[1].strip(), other.strip(), is_foreign=True)
        if both := _WITH_ORIGINAL.match(bare):
            return BareTitle(both[1].strip(), both[2].strip(), is_foreign=True)
    is_foreign = _is_foreign(bare, vocabulary)
    if is_foreign and (both := _TWO_LANGUAGES.match(bare)):
        other = both[1] if _is_foreign(both[2], vocabulary) else both[2]
    return BareTitle(bare or title.strip(), other.strip(), is_foreign=is_foreign or bool(other))


def _is_foreign(text: str, vocabulary: Vocabulary) -> bool:
    """True where at least two words, and more than of English, are those that other languages are full of."""
    words = text.lower().split()
    foreign = len(vocabulary.foreign.intersection(words))
    return foreign >= 2 and foreign > len(vocabulary.english.intersection(words))


def _without_annotations(bare: str, vocabulary: Vocabulary) -> str:
    before = ""
    while before != bare and _may_be_annotated(bare):
        before = bare
        bare = vocabulary.annotations.sub("", bare).strip()
    return bare


def _may_be_annotated(bare: str) -> bool:
    """False for most titles: they end in a letter or a stop and hold no bracket."""
    return (
        "[" in bare
        or "(" in bare
        or not (bare[-1:].isalnum() or bare[-1:] in ".?!")
        or bare[:1] in '"RrWwAa'
        or ":" in bare[:24]
        or "ellipsis" in bare
    )


def spelled(folded: str, vocabulary: Vocabulary) -> str:
    """Folded words in the one spelling that British and American forms share."""
    return respelled(folded, vocabulary.spellings)


def compact_title(folded: str, vocabulary: Vocabulary) -> str:
    """The letters and digits of a folded title in common spelling, without spaces."""
    return spelled(folded, vocabulary).replace(" ", "")


def may_name_kind(bare: str, folded: str, vocabulary: Vocabulary) -> bool:
    """True where a title can name a kind of notice: it holds one of their words, or ends in a citation."""
    return not vocabulary.kind_words.isdisjoint(folded.split()) or bare.rstrip(" .").endswith(("))", ")]"))


def read_title(bare: str, vocabulary: Vocabulary) -> Title:
    """What the title says: words, numbers and kind."""
    # Most titles hold no comma and no sign beyond ASCII, and are not searched.
    folded = fold(bare if bare.isascii() and "," not in bare and "'" not in bare else _THOUSANDS.sub("", bare))
    plain = _with_digits([vocabulary.synonyms.get(word, word) for word in folded.split()], vocabulary)
    words = [word for word in plain if word not in vocabulary.stop_words]
    return Title(
        # All at once; a line for each, since a synonym may be two words.
        words=tuple(spelled("\n".join(words), vocabulary).split("\n")) if words else (),
        numbers=_numbers(plain),
        kind=_kind(bare, vocabulary) if may_name_kind(bare, folded, vocabulary) else "",
    )


def without_kind(bare: str, vocabulary: Vocabulary) -> str:
    """The bare title without the words that name a kind of notice."""
    for _, pattern in vocabulary.kinds:
        found = pattern.search(bare)
        if found:
            rest = (bare[: found.start()] + " " + bare[found.end() :]).strip(" :.-\u2013\u2014")
            return rest if len(rest) >= 15 else bare
    return bare


def _with_digits(words: list[str], vocabulary: Vocabulary) -> list[str]:
    """The words, with roman and written numbers as digits."""
    found: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        single = _ROMAN_SINGLE.get(word) if before in vocabulary.numbered else None
        found.append(single or vocabulary.numerals.get(word, word))
    return found


def _numbers(words: list[str]) -> tuple[str, ...]:
    return tuple(number.lstrip("0") or "0" for word in words if not word.isalpha() for number in _NUMBER.findall(word))


def _kind(bare: str, vocabulary: Vocabulary) -> str:
    for name, pattern in vocabulary.kinds:
        if pattern.search(bare):
            return name
    return ""


def compare_numbers(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    """SAME, DIFFER, or UNKNOWN where one title holds all the numbers of the other and more."""
    if a == b or sorted(a) == sorted(b) or "".join(a) == "".join(b):
        return SAME
    more, fewer = (Counter(a), Counter(b)) if len(a) > len(b) else (Counter(b), Counter(a))
    return DIFFER if fewer - more else UNKNOWN


def compare_words(a: tuple[str, ...], b: tuple[str, ...], vocabulary: Vocabulary) -> tuple[int, int, int]:
    """What the words of two titles say: as a whole, of words that exclude each other, and of words that tell a sequel.

    The first is SAME but for misprints, DIFFER where a word stands for another, UNKNOWN where one title only has more
    words. The second is DIFFER where a word of one title excludes one of the other ("adults", "children"), else SAME.
    The third is DIFFER where only one title holds a word of later or other reports ("revisited", "update"), else SAME.
    """
    if a == b or "".join(a) == "".join(b):
        return SAME, SAME, SAME
    a, b = _without_cut_word(a, b)
    only_a, only_b = Counter(a) - Counter(b), Counter(b) - Counter(a)
    left = [word for word in only_a.elements() if not word.isdigit()]
    right = [word for word in only_b.elements() if not word.isdigit()]
    left, right = _without_compounds(left, right)
    right, left = _without_compounds(right, left)
    exclude = DIFFER if _exclude(left, right, vocabulary) else SAME
    left, right = _without_misprints(left, right, vocabulary)
    sequel = SAME if vocabulary.sequels.isdisjoint([*left, *right]) else DIFFER
    if left and right and Levenshtein.normalized_similarity("".join(left), "".join(right)) < _SAME_TEXT:
        return DIFFER, exclude, sequel
    return UNKNOWN if left or right else SAME, exclude, sequel


def _without_cut_word(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words but for the last of each, where a long title was cut inside it ("lung can", "lung canc")."""
    if not a or not b or sum(map(len, a)) < _LONG_TITLE or sum(map(len, b)) < _LONG_TITLE:
        return a, b
    cut = a[-1] != b[-1] and (a[-1].startswith(b[-1]) or b[-1].startswith(a[-1]))
    return (a[:-1], b[:-1]) if cut and a[-1].isalpha() and b[-1].isalpha() else (a, b)


def _exclude(left: list[str], right: list[str], vocabulary: Vocabulary) -> bool:
    groups = {vocabulary.contrasts[w] for w in left if w in vocabulary.contrasts}
    if any(vocabulary.contrasts.get(w) in groups for w in right):
        return True
    return any(_opposite(a, b, vocabulary) for a in left for b in right if a[-_STEM:] == b[-_STEM:])


def _opposite(a: str, b: str, vocabulary: Vocabulary) -> bool:
    """True where two words are equal but for beginnings that turn their meaning ("hypertension", "hypotension")."""
    return a[-_STEM:] == b[-_STEM:] and any(
        a.startswith(one) and b.startswith(other) and a[len(one) :] == b[len(other) :] and len(a) - len(one) >= _STEM
        for one, other in vocabulary.opposites
    )


def _without_compounds(left: list[str], right: list[str]) -> tuple[list[str], list[str]]:
    """The words but for those written as one on the left and as two on the right ("nonimmune", "non immune")."""
    pairs = {a + b: (a, b) for a, b in pairwise(right)}
    for word in [w for w in left if w in pairs]:
        left = [w for w in left if w != word]
        right = [w for w in right if w not in pairs[word]]
    return left, right


def _without_misprints(left: list[str], right: list[str], vocabulary: Vocabulary) -> tuple[list[str], list[str]]:
    rest, unmatched = [], list(right)
    for word in left:
        twin = next((other for other in unmatched if _misprint(word, other, vocabulary)), None)
        if twin is None:
            rest.append(word)
        else:
            unmatched.remove(twin)
    return rest, unmatched


def _misprint(a: str, b: str, vocabulary: Vocabulary) -> bool:
    """True where one word is the other misprinted, cut short or in another number."""
    shorter = min(len(a), len(b))
    if shorter >= _SHORT_WORD - 1 and (a.startswith(b) or b.startswith(a)):
        return True
    if shorter < _SHORT_WORD or OSA.distance(a, b) > (2 if shorter >= _LONG_WORD else 1):
        return False
    return not _opposite(a, b, vocabulary)

"""The words that deduplication knows, made ready for use from the table `words`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

from reviewflow.domain.deduplication.text import respelled
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Word lists and patterns, compiled once.

    Attributes:
        annotations: What a database adds to a title and the authors did not write.
        kinds: (kind, pattern) for titles that say what sort of notice the report is.
        kind_words: Words, one of which stands in every title that names a kind.
        kind_types: Publication type, folded, to kind.
        spellings: (written, read as) inside words, so that British and American spelling meet.
        synonyms: Word to word.
        stop_words: Words that carry no meaning in a title or a journal's name.
        numerals: Word to number.
        numbered: Words after which a single letter i, v or x is a number.
        contrasts: Word to the group of words of which a title can hold only one without being another report.
        sequels: Words of which a title gets one more when it is of a later or another report.
        opposites: Beginnings that turn the meaning of a word ("hyper", "hypo"), two and two.
        foreign: Words that titles in other languages than English are full of.
        english: Words that English titles are full of.
        journal_noise: Words that come and go in the name of a journal or of proceedings.
        particles: Parts of family names that sources add and drop.
        groups: Words that tell a group author from a person.
        conference: Pattern in the name of a journal that tells a conference.
        conference_types: Publication types, folded, of conference abstracts.
        registers: Pattern in the name of a journal that tells a register of trials.
        preprints: Pattern in the name of a journal or in a DOI that tells a preprint.
        sections: Pattern of the section headings of an abstract in lower case.
    """

    annotations: re.Pattern[str]
    kinds: tuple[tuple[str, re.Pattern[str]], ...]
    kind_words: frozenset[str]
    kind_types: dict[str, str]
    spellings: tuple[tuple[str, str], ...]
    synonyms: dict[str, str]
    stop_words: frozenset[str]
    numerals: dict[str, str]
    numbered: frozenset[str]
    contrasts: dict[str, int]
    sequels: frozenset[str]
    opposites: tuple[tuple[str, str], ...]
    foreign: frozenset[str]
    english: frozenset[str]
    journal_noise: frozenset[str]
    particles: frozenset[str]
    groups: frozenset[str]
    conference: re.Pattern[str]
    conference_types: frozenset[str]
    registers: re.Pattern[str]
    preprints: re.Pattern[str]
    sections: re.Pattern[str]


def vocabulary(words: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary that a table of words gives.

    Raises:
        InputError: The table lacks a list or holds a pattern that does not compile.
    """
    try:
        # Words of titles are compared in common spelling ("folow"), so these lists are read in it too.
        spellings = tuple((s["written"], s["read_as"]) for s in words["spelling"])
        contrasts = {respelled(w, spellings): n for n, group in enumerate(words["contrast"]) for w in group["words"]}
        return Vocabulary(
            annotations=_any_of(words["annotations"]["patterns"]),
            kinds=tuple((k["name"], _any_of(k["patterns"])) for k in words["kind"]),
            kind_words=frozenset(words["kind_words"]["words"]),
            kind_types={t: k["name"] for k in words["kind"] for t in k.get("types", ())},
            spellings=spellings,
            synonyms=dict(words["synonyms"]),
            stop_words=frozenset(words["stop_words"]["words"]),
            numerals=dict(words["numerals"]),
            numbered=frozenset(words["numbered"]["words"]),
            contrasts=contrasts,
            sequels=frozenset(respelled(word, spellings) for word in words["sequels"]["words"]),
            opposites=tuple(pair for line in words["opposite"] for pair in permutations(line["beginnings"], 2)),
            foreign=frozenset(words["languages"]["foreign"]),
            english=frozenset(words["languages"]["english"]),
            journal_noise=frozenset(words["journals"]["noise"]),
            particles=frozenset(words["names"]["particles"]),
            groups=frozenset(words["names"]["groups"]),
            conference=_any_of(words["conference"]["patterns"]),
            conference_types=frozenset(words["conference"]["types"]),
            registers=_any_of(words["registers"]["patterns"]),
            preprints=_any_of(words["preprints"]["patterns"]),
            # Without regard to case it takes four times as long, and abstracts are most of what is read.
            sections=_any_of(words["sections"]["patterns"], re.NOFLAG),
        )
    except KeyError as missing:
        raise InputError(
            f"the table of words for deduplication has no {missing}",
            "compare it with schemas/deduplication/words.toml",
        ) from missing
    except re.error as broken:
        raise InputError(
            f"the table of words for deduplication holds a pattern that cannot be read: {broken.pattern!r} ({broken})",
            "write it as a regular expression of Python",
        ) from broken


def _any_of(patterns: Sequence[str], flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """One pattern that matches where any of these does, by default whatever the case."""
    return re.compile("|".join(f"(?:{p})" for p in patterns), flags)

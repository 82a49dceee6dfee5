"""Authors made comparable across the ways in which databases write names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.deduplication.text import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.deduplication.vocabulary import Vocabulary

_INITIALS = re.compile(r"\b(?:[A-Z]\.?[\s-]?){1,4}(?=$|[\s,;.])")
# "Müller" is written Muller, Mueller and Müller.
_UMLAUT = re.compile(r"(?<=[aou])e(?=[a-z])")
_UMLAUTS = ("ae", "oe", "ue")


@dataclass(frozen=True, slots=True)
class Authors:
    """The authors of a record.

    Attributes:
        families: Words of the family names, folded, without particles and initials.
        names: All words of the names that are no initials, given names included.
        first: Words of the first author's name, family name first; empty for a group.
        n_authors: How many are named.
    """

    families: frozenset[str]
    names: frozenset[str]
    first: tuple[str, ...]
    n_authors: int


def lead_author(authors: Sequence[str], vocabulary: Vocabulary) -> str:
    """The family name of the first author as a key: six letters at most, "" where none is known."""
    if not authors:
        return ""
    words = _words(_family(authors[0]), vocabulary)
    return words[0][:6] if words else ""


def read_authors(authors: Sequence[str], vocabulary: Vocabulary) -> Authors:
    """The names in a list of authors, ready for comparison."""
    families: set[str] = set()
    names: set[str] = set()
    first: tuple[str, ...] = ()
    for n, author in enumerate(authors):
        whole = _words(author, vocabulary)
        family = _words(_family(author), vocabulary)
        if vocabulary.groups.intersection(whole):
            continue
        families.update(family)
        names.update(whole)
        if n == 0:
            first = tuple(dict.fromkeys([*family, *whole]))
    return Authors(frozenset(families), frozenset(names), first, len(authors))


def _family(author: str) -> str:
    """The part of a name that is or holds the family name."""
    family, comma, given = author.partition(",")
    if not comma:
        return _INITIALS.sub(" ", author.replace(".", ". "))
    # "de, Jorge E. G." and "null": a lone particle before the comma is no family name.
    return family if len(family.strip()) > 3 else f"{family} {given}"


def _words(name: str, vocabulary: Vocabulary) -> list[str]:
    folded = fold(name.replace("'", "").replace("\u2019", ""))
    words = [word for word in folded.split() if len(word) > 1 and word not in vocabulary.particles]
    return [_UMLAUT.sub("", word) for word in words] if any(pair in folded for pair in _UMLAUTS) else words


def overlap(a: Authors, b: Authors) -> float:
    """The share of the shorter list's family names found in the other list, 0 to 100; NaN where a list names nobody."""
    if not a.families or not b.families:
        return float("nan")
    common = len(a.families & b.families) / min(len(a.families), len(b.families))
    if common < 0.5:
        # Given and family name are swapped, or the comma is missing.
        common = max(common, len(a.families & b.names) / len(a.families), len(b.families & a.names) / len(b.families))
    return 100 * min(common, 1.0)

"""Title, authors and abstract of a report, each from the record that tells most."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reviewflow.domain.deduplication.survivor_choice import (
    Chosen,
    Criterion,
    Offer,
    choose,
    from_record,
    majority,
    not_chosen,
    without_stop,
)
from reviewflow.domain.deduplication.text import fold, without_markup
from reviewflow.domain.deduplication.titles import bare_title
from reviewflow.domain.normalise import registry_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reviewflow.domain.deduplication.survivor_signs import Signs

_GIVEN = re.compile(r"[^\W\d_]{2,}")
# From so many letters on a text without small letters was put in capitals by the source.
_SPEAKS = 4
# A title that short may begin another by chance: "Asthma", "Asthma in children".
_BEGINNING = 20

# What stands behind the end of an abstract has fewer letters than these.
_TAIL = 900


def choose_title(offers: Sequence[Offer[str]], n: int, place: int, signs: Signs) -> tuple[str, Chosen]:
    """The title as it was printed, and where it is from.

    Args:
        offers: The titles that are given, at least one.
        n: How many records the report has.
        place: The record that the place was taken from.
        signs: What tells a good value from a bad one.
    """
    texts = {offer.value for offer in offers}
    bare = {text: bare_title(text, signs.words).text for text in texts} if len(texts) > 1 else {}
    folded = {text: fold(each) for text, each in bare.items()}

    def is_clean(text: str) -> bool:
        return bare[text] == without_markup(text).strip() and not signs.annotated.search(text)

    whole = [folded[text] for text in bare if is_clean(text)]
    criteria: list[Criterion[str]] = [
        Criterion("says that the report was retracted", lambda o: bool(signs.retracted.search(o.value))),
        Criterion("a title", lambda o: not signs.no_title.search(o.value)),
        Criterion("not in the brackets of a translation", lambda o: not signs.bracketed.search(o.value)),
        Criterion("no annotation", lambda o: is_clean(o.value)),
        Criterion("not in capitals", lambda o: not _one_case(o.value)),
        Criterion("not cut short", lambda o: not signs.cut_title.search(o.value)),
        Criterion("the whole title", lambda o: not _begins(folded[o.value], whole)),
        majority(offers, n, folded.__getitem__),
        Criterion("without markup", lambda o: without_markup(o.value) == o.value),
        without_stop,
        majority(offers, n),
        from_record(place),
    ]
    best, why = choose(offers, n, criteria)
    return best.value, Chosen(best.record_id, why, not_chosen(offers, best.value))


def _one_case(text: str) -> bool:
    """True where all letters are capitals, or none is."""
    return sum(map(str.isalpha, text)) >= _SPEAKS and (text.isupper() or text.islower())


def _begins(folded: str, others: Iterable[str]) -> bool:
    return len(folded) >= _BEGINNING and any(other.startswith(f"{folded} ") for other in others)


def choose_authors(
    offers: Sequence[Offer[tuple[str, ...]]], n: int, place: int, signs: Signs
) -> tuple[tuple[str, ...], Chosen]:
    """The longest list of authors with their given names, and where it is from; arguments as of `choose_title`."""
    criteria: list[Criterion[tuple[str, ...]]] = [
        Criterion("names the authors", lambda o: not all(map(signs.nobody.search, o.value))),
        Criterion('no "et al"', lambda o: not signs.and_others.search(o.value[-1])),
        Criterion("the most authors", lambda o: len({fold(name) for name in o.value if _is_person(name, signs)})),
        Criterion("full given names", lambda o: sum(_is_full(name, signs) for name in o.value)),
        Criterion("not in capitals", lambda o: not "".join(o.value).isupper()),
        Criterion("the longest list", lambda o: len(dict.fromkeys(o.value))),
        majority(offers, n),
        Criterion("the fullest names", lambda o: sum(map(len, dict.fromkeys(o.value)))),
        from_record(place),
    ]
    best, why = choose(offers, n, criteria)
    return best.value, Chosen(best.record_id, why, not_chosen(offers, best.value))


def _is_person(name: str, signs: Signs) -> bool:
    return signs.words.groups.isdisjoint(fold(name).split())


def _is_full(name: str, signs: Signs) -> bool:
    """True where a given name is written out: "Okonjo, Adaeze", and not "Okonjo, AB", "Le, Clerc A." or a group."""
    family, _, given = name.partition(",")
    if fold(family) in signs.words.particles or not _is_person(name, signs):
        return False
    return any(not word.isupper() for word in _GIVEN.findall(given))


def choose_abstract(offers: Sequence[Offer[str]], n: int, place: int, signs: Signs) -> tuple[str, Chosen]:
    """The longest abstract that is whole, without what stands behind its end, and where it is from.

    Args:
        offers: The abstracts that are given, at least one.
        n: How many records the report has.
        place: The record that the place was taken from.
        signs: What tells a good value from a bad one.
    """
    cut = [Offer(offer.record_id, without_tail(offer.value, signs)) for offer in offers]
    criteria: list[Criterion[str]] = [
        Criterion("an abstract", lambda o: not signs.no_abstract.search(o.value)),
        Criterion("not cut short", lambda o: not signs.cut_abstract.search(o.value)),
        Criterion("the longest abstract", lambda o: len(o.value)),
        majority(cut, n),
        from_record(place),
    ]
    best, why = choose(cut, n, criteria)
    printed = next(offer.value for offer in offers if offer.record_id == best.record_id)
    if best.value != printed:
        why += ", copyright line cut off"
    rest = [each for each, bare in zip(offers, cut, strict=True) if bare.value != best.value]
    return best.value, Chosen(best.record_id, why, not_chosen(rest, best.value))


def without_tail(abstract: str, signs: Signs) -> str:
    """The abstract without a copyright line or the like at its end; as it is where nothing else would be left.

    A line that holds the number of a trial stays: it is part of the abstract.
    """
    end = abstract[-_TAIL:].casefold()
    if not any(mark in end for mark in signs.tail_marks):
        return abstract
    text, before = abstract, ""
    while text != before:
        before = text
        for tail in signs.tails:
            found = tail.search(text, max(0, len(text) - _TAIL))
            if found and not registry_ids(found.group()):
                text = text[: found.start()].rstrip()
    return text or abstract

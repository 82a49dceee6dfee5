"""What two records agree and differ in, for many pairs at once.

A feature is a number from 0 to 100 (NaN: cannot be compared), or one of SAME, DIFFER and UNKNOWN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from rapidfuzz import fuzz, process

from reviewflow.domain.deduplication.names import overlap
from reviewflow.domain.deduplication.places import (
    compare_issue,
    compare_journals,
    compare_page,
    compare_volume,
    same_range,
)
from reviewflow.domain.deduplication.titles import DIFFER, SAME, UNKNOWN, compare_numbers, compare_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.names import Authors
    from reviewflow.domain.deduplication.normalise import Detail, Sketch
    from reviewflow.domain.deduplication.vocabulary import Vocabulary

    Features: TypeAlias = dict[str, NDArray[np.float32]]
    Pairs: TypeAlias = NDArray[np.int64]

STATES: Final = frozenset(
    {"doi", "pmid", "trial", "volume", "issue", "page", "journal", "year", "first_author", "numbers", "words", "kind",
     "conference", "registry", "preprint", "part", "place", "source", "work", "contrast", "sequel", "pages"}
)  # fmt: skip
NUMBERS: Final = frozenset(
    {
        "title",
        "subject",
        "title_part",
        "title_length",
        "authors",
        "abstract",
        "year_gap",
        "n_authors",
        "n_pages",
        "first_page",
        "article_numbers",
        "translated",
        "supplements",
        "registries",
    }
)
# An abstract shorter than this is a notice ("No abstract available") and no abstract.
_ABSTRACT_LEAST: Final = 100
# Below this similarity two titles are no typing variants, and their words are not compared one by one.
_TITLE_COMPARED: Final = 70.0
# From this similarity on two titles are the same.
_SAME_TITLE: Final = 95.0
# Below this similarity two titles are as alike as any two titles on one subject.
_TITLE_LEAST: Final = 55.0
# Below this similarity no rule and no relation takes one title for a part of the other.
_PART_LEAST: Final = 85.0
_THREADED: Final = 1000
_FIRST_AUTHOR_ALIKE: Final = 80.0


def title_ratio(sketches: Sequence[Sketch], pairs: Pairs) -> NDArray[np.float32]:
    """Similarity of the titles, 0 to 100."""
    titles = [s.title for s in sketches]
    found = _ratio([titles[i] for i in pairs[:, 0].tolist()], [titles[j] for j in pairs[:, 1].tolist()])
    two = np.array([bool(s.other) for s in sketches], np.bool_)
    for n in np.flatnonzero(two[pairs[:, 0]] | two[pairs[:, 1]]).tolist():
        a, b = (sketches[place] for place in pairs[n].tolist())
        forms = [(x, y) for x in (a.title, a.other) for y in (b.title, b.other) if x and y]
        found[n] = max((fuzz.ratio(x, y) for x, y in forms), default=0.0)
    return found


def worth_comparing(pairs: Pairs, sketches: Sequence[Sketch]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which pairs may be duplicates at all, and the similarity of their titles.

    A pair is worth comparing when its titles are alike, when it shares an identifier, the place or the opening of the
    abstract, or when its titles begin alike and more than that speaks for it.
    """
    ratio = title_ratio(sketches, pairs)
    keep = ratio >= _TITLE_LEAST
    for values in (
        [s.doi for s in sketches],
        [s.pmid for s in sketches],
        [s.opening if len(s.opening) == 80 else "" for s in sketches],
        [f"{s.volume} {s.page} {s.year}" if s.volume and s.page else "" for s in sketches],
    ):
        keep |= _equal(values, pairs) == SAME
    alike = _equal([s.title[:20] for s in sketches], pairs) == SAME
    alike |= _equal([s.subject[:20] for s in sketches], pairs) == SAME
    open_ = np.flatnonzero(alike & ~keep)
    keep[open_[_more_than_beginnings(pairs[open_], sketches)]] = True
    return keep, ratio


def _more_than_beginnings(pairs: Pairs, sketches: Sequence[Sketch]) -> NDArray[np.bool_]:
    """Of pairs whose titles only begin alike ("Risk factors for ..."), those that may be duplicates or belong together.

    Without the first author, the page and the rest of the shorter title no rule merges two such records. A person would
    be asked about few of them, and for nothing: "alike" is all that could be said. A large search has more of these
    pairs than of all others.
    """
    keep: NDArray[np.bool_] = _equal([s.lead for s in sketches], pairs) != DIFFER
    keep |= _equal([s.page for s in sketches], pairs) == SAME
    keep |= _both([bool(s.trials) or s.subject != s.title for s in sketches], pairs) > 0
    rest = np.flatnonzero(~keep)
    places, local = np.unique(pairs[rest], return_inverse=True)
    titles = [sketches[place].title for place in places.tolist()]
    keep[rest] = _part_ratio(titles, local.reshape(-1, 2)) >= _PART_LEAST
    return keep


def compare(
    pairs: Pairs,
    sketches: Sequence[Sketch],
    details: Sequence[Detail],
    sources: Sequence[str],
    vocabulary: Vocabulary,
    title: NDArray[np.float32],
) -> Features:
    """All features of the pairs; `pairs` holds places in `sketches`, `details` and `sources`."""
    titles = [s.title for s in sketches]
    found: Features = {"title": title, "title_part": _part_ratio(titles, pairs)}
    found["title_length"] = _fewer([len(t) for t in titles], pairs)
    found["doi"] = _equal([s.doi for s in sketches], pairs)
    found["work"] = _equal([_doi_stem(s.doi) for s in sketches], pairs)
    found["pmid"] = _equal([s.pmid for s in sketches], pairs)
    found["kind"] = _equal([d.kind or "plain" for d in details], pairs)
    found["conference"] = _equal([str(d.is_conference) for d in details], pairs)
    found["registry"] = _equal([str(d.is_registry) for d in details], pairs)
    found["preprint"] = _equal([str(d.is_preprint) for d in details], pairs)
    found["part"] = _equal([d.part or "plain" for d in details], pairs)
    found["supplements"] = _both([d.place.is_supplement for d in details], pairs)
    found["article_numbers"] = _both([d.place.is_article_number for d in details], pairs)
    found["translated"] = _both([s.bare.is_foreign for s in sketches], pairs)
    found["registries"] = _both([d.is_registry for d in details], pairs)
    found["source"] = _equal(list(sources), pairs)
    found["subject"] = _subjects(sketches, details, pairs, title)
    found |= _years(sketches, pairs)
    found |= _people([d.authors for d in details], pairs)
    found |= _places(details, pairs)
    found["trial"] = _each(pairs, lambda i, j: _sets(details[i].trials, details[j].trials))
    found |= _titles(sketches, details, vocabulary, pairs, title)
    # One database cuts abstracts that another prints in full: they are compared on the length of the shorter.
    found["abstract"] = _head_ratio([d.abstract for d in details], pairs, _ABSTRACT_LEAST)
    return found


def _each(pairs: Pairs, compared: Callable[[int, int], float]) -> NDArray[np.float32]:
    return np.fromiter((compared(i, j) for i, j in pairs.tolist()), np.float32, len(pairs))


def _codes(values: Iterable[str]) -> NDArray[np.int64]:
    """Equal texts as equal numbers, -1 for an empty one."""
    numbers: dict[str, int] = {"": -1}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int64)


def _equal(values: Sequence[str], pairs: Pairs) -> NDArray[np.float32]:
    codes = _codes(values)
    a, b = codes[pairs[:, 0]], codes[pairs[:, 1]]
    return np.where((a < 0) | (b < 0), UNKNOWN, np.where(a == b, SAME, DIFFER)).astype(np.float32)


def _fewer(counts: Sequence[float], pairs: Pairs) -> NDArray[np.float32]:
    """The lesser of the two records' counts, NaN where one is not known."""
    counted = np.array(counts, np.float32)
    return np.minimum(counted[pairs[:, 0]], counted[pairs[:, 1]])


def _both(marked: Sequence[bool], pairs: Pairs) -> NDArray[np.float32]:
    """Of how many of the two records the mark is true."""
    counts = np.array(marked, np.float32)
    return counts[pairs[:, 0]] + counts[pairs[:, 1]]


def _doi_stem(doi: str) -> str:
    """The DOI without the mark of an edition: Cochrane's updates end in ".pub2", ".pub3"; preprints in "v1", "v2"."""
    stem, mark, edition = doi.rpartition(".pub")
    return stem if mark and edition.isdigit() else doi.partition("v")[0] if doi.startswith("10.1101/") else doi


def _ratio(left: Sequence[str], right: Sequence[str]) -> NDArray[np.float32]:
    if not left:
        return np.empty(0, np.float32)
    return _scored(left, right, fuzz.ratio)


def _scored(left: Sequence[str], right: Sequence[str], scorer: Callable[..., float]) -> NDArray[np.float32]:
    # Threads cost more than they save on a few pairs.
    workers = -1 if len(left) > _THREADED else 1
    scored: NDArray[np.float32] = process.cpdist(left, right, scorer=scorer, dtype=np.float32, workers=workers)
    return scored


def _head_ratio(titles: Sequence[str], pairs: Pairs, least: int = 0) -> NDArray[np.float32]:
    """Similarity of the shorter text with the beginning of the longer; NaN where it has fewer than `least` letters."""
    found = np.full(len(pairs), np.nan, np.float32)
    a, b, where = [], [], []
    for n, (i, j) in enumerate(pairs.tolist()):
        shorter = min(len(titles[i]), len(titles[j]))
        if shorter >= least:
            a.append(titles[i][:shorter])
            b.append(titles[j][:shorter])
            where.append(n)
    found[where] = _ratio(a, b)
    return found


def _part_ratio(titles: Sequence[str], pairs: Pairs) -> NDArray[np.float32]:
    """Similarity of the shorter title with the beginning or the end of the longer, the better of the two."""
    reversed_titles = [title[::-1] for title in titles]
    return np.maximum(_head_ratio(titles, pairs), _head_ratio(reversed_titles, pairs))


def _subjects(
    sketches: Sequence[Sketch], details: Sequence[Detail], pairs: Pairs, title: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Similarity of the titles without the words that name a kind of notice, on the length of the shorter."""
    found = title.copy()
    where = [n for n, (i, j) in enumerate(pairs.tolist()) if details[i].kind != details[j].kind]
    found[where] = _head_ratio([s.subject for s in sketches], pairs[where])
    return found


def _years(sketches: Sequence[Sketch], pairs: Pairs) -> Features:
    years = np.array([np.nan if s.year is None else s.year for s in sketches], np.float32)
    gap = np.abs(years[pairs[:, 0]] - years[pairs[:, 1]])
    state = np.where(np.isnan(gap), UNKNOWN, np.where(gap == 0, SAME, DIFFER)).astype(np.float32)
    return {"year_gap": gap, "year": state}


def _people(authors: Sequence[Authors], pairs: Pairs) -> Features:
    shared = _each(pairs, lambda i, j: overlap(authors[i], authors[j]))
    # Misread accents ("L?na") break single words: where few words are shared, the names are compared as text.
    doubtful = np.flatnonzero(shared < 60)
    if doubtful.size:
        joined = [" ".join(sorted(a.families)) for a in authors]
        a = [joined[i] for i in pairs[doubtful, 0].tolist()]
        b = [joined[j] for j in pairs[doubtful, 1].tolist()]
        alike = _scored(a, b, fuzz.token_set_ratio)
        # A likeness of less than 70 is what any two lists of names have.
        shared[doubtful] = np.maximum(shared[doubtful], np.where(alike >= 70, alike - 20, 0))
    first = _each(pairs, lambda i, j: _first(authors[i].first, authors[j].first))
    return {"authors": shared, "first_author": first, "n_authors": _fewer([a.n_authors for a in authors], pairs)}


def _first(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    if not a or not b:
        return UNKNOWN
    if not set(a).isdisjoint(b):
        return SAME
    return SAME if max(fuzz.ratio(x, y) for x in a for y in b) >= _FIRST_AUTHOR_ALIKE else DIFFER


def _places(details: Sequence[Detail], pairs: Pairs) -> Features:
    known = [d.place for d in details]
    volume = _each(pairs, lambda i, j: compare_volume(known[i], known[j]))
    page = _each(pairs, lambda i, j: compare_page(known[i], known[j]))
    issue = _each(pairs, lambda i, j: compare_issue(known[i], known[j]))
    numbers: dict[tuple[tuple[str, ...], ...], int] = {}
    codes = [numbers.setdefault(d.journals, len(numbers)) for d in details]
    names = list(numbers)
    cache: dict[tuple[int, int], int] = {}

    def journals(i: int, j: int) -> int:
        if not details[i].issns.isdisjoint(details[j].issns):
            return SAME
        both = (codes[i], codes[j]) if codes[i] < codes[j] else (codes[j], codes[i])
        if both not in cache:
            cache[both] = compare_journals(names[both[0]], names[both[1]])
        return cache[both]

    journal = _each(pairs, journals)
    same_place = (volume == SAME) & (page == SAME) & (journal != DIFFER) & (issue != DIFFER)
    other_place = (page == DIFFER) | ((volume == DIFFER) & (page != SAME))
    place = np.where(same_place, SAME, np.where(other_place, DIFFER, UNKNOWN)).astype(np.float32)
    pages = _each(pairs, lambda i, j: same_range(known[i], known[j]))
    n_pages = _fewer([p.n_pages for p in known], pairs)
    first_page = _fewer([float(p.page) if p.page.isdigit() else np.nan for p in known], pairs)
    return {
        "volume": volume,
        "page": page,
        "issue": issue,
        "journal": journal,
        "place": place,
        "pages": pages,
        "n_pages": n_pages,
        "first_page": first_page,
    }


def _sets(a: AbstractSet[Any], b: AbstractSet[Any]) -> int:
    if not a or not b:
        return UNKNOWN
    return DIFFER if a.isdisjoint(b) else SAME


def _titles(
    sketches: Sequence[Sketch],
    details: Sequence[Detail],
    vocabulary: Vocabulary,
    pairs: Pairs,
    ratio: NDArray[np.float32],
) -> Features:
    numbers, words, contrast, sequel = (np.full(len(pairs), SAME, np.float32) for _ in range(4))
    for where in np.flatnonzero(ratio < 100).tolist():
        i, j = pairs[where].tolist()
        if ratio[where] >= _SAME_TITLE and (sketches[i].other or sketches[j].other):
            continue  # The titles agree in another language.
        one, other = details[i].title, details[j].title
        numbers[where] = compare_numbers(one.numbers, other.numbers)
        if ratio[where] < _TITLE_COMPARED and sketches[i].title[:20] != sketches[j].title[:20]:
            words[where] = DIFFER
        else:
            words[where], contrast[where], sequel[where] = compare_words(one.words, other.words, vocabulary)
    return {"numbers": numbers, "words": words, "contrast": contrast, "sequel": sequel}

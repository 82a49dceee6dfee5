"""TF-IDF of words and pairs of words, for many texts in little memory: the numbers are those of scikit-learn.

scikit-learn keeps every pair of words as a text of its own, and reads all texts once more for each way of reading. Here
a word is a number, a pair is a number made of two, and plurals are merged in the list of words and not in the texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from reviewflow.domain.support import FloatArray, Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    _Whole: TypeAlias = NDArray[np.int64]

_WORD: Final = re.compile(r"\b\w\w+\b")
_TOO_COMMON: Final = 0.95
"""A term that a larger share of the texts has is left out."""
_BATCH: Final = 4000
"""Texts that are sorted at a time."""


@dataclass(frozen=True, slots=True)
class _Read:
    """Texts as numbers.

    Attributes:
        words: The distinct words, in the order in which they were met.
        tokens: Per word of the texts its place in `words`, one text after the other.
        ends: Per text where it ends in `tokens`.
    """

    words: list[str]
    tokens: NDArray[np.int32]
    ends: _Whole


@dataclass(frozen=True, slots=True)
class _Weighted:
    """The terms of the texts under one way of reading.

    Attributes:
        column: Per entry the number of its term, among the terms of two texts or more.
        weight: Per entry its weight.
        ends: Per text where its entries end.
        n_texts: Per such term how many texts have it.
        alone: Per text, the sum of the squared weights of the terms that no other text has.
        squared: Per text, the sum of the squared weights of all its terms.
    """

    column: NDArray[np.int32]
    weight: FloatArray
    ends: _Whole
    n_texts: _Whole
    alone: FloatArray
    squared: FloatArray


def vectors(texts: Iterable[str], singular: float) -> Texts:
    """The texts as vectors of length 1; a text without a word that tells it from others has no length.

    Args:
        texts: Read once, and not kept.
        singular: Share of each text that is read with plurals as singulars. The two ways of reading stand side by side:
            the inner product of two texts is then the mean of what each says, weighted by the shares.
    """
    read = _read(texts)
    ways = [_weighted(read, read.words, 1 - singular)]
    if singular:
        ways.append(_weighted(read, [singular_word(word) for word in read.words], singular))
    return _side_by_side(ways)


def singular_word(word: str) -> str:
    """The word without an s at its end: "trials" and "trial" are one word.

    Rough on purpose ("analysis" loses its s too): it is read beside the words as written, never in their place.
    """
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word


def _read(texts: Iterable[str]) -> _Read:
    place: dict[str, int] = {}
    known = place.setdefault
    rows: list[NDArray[np.int32]] = []
    for text in texts:
        found = _WORD.findall(text.lower())
        rows.append(np.fromiter((known(word, len(place)) for word in found), dtype=np.int32, count=len(found)))
    tokens = np.concatenate(rows) if rows else np.empty(0, dtype=np.int32)
    return _Read(list(place), tokens, np.cumsum([len(row) for row in rows], dtype=np.int64))


def _weighted(read: _Read, words: Sequence[str], share: float) -> _Weighted:
    """The weights of the terms, each text of the squared length `share`.

    Args:
        read: The texts.
        words: What each word of `read` is read as.
        share: As said.
    """
    order = {word: rank for rank, word in enumerate(sorted(set(words)))}
    as_read = np.array([order[word] for word in words], dtype=np.int64)
    terms, counts, ends = _terms(as_read, read, len(order))
    known, n_texts = np.unique(terms, return_counts=True)
    n = len(read.ends)
    # As scikit-learn: as if one more text had every term, so that no weight is infinite; and 1 is added.
    rarity = np.log((n + 1) / (n_texts + 1)) + 1
    place = np.searchsorted(known, terms).astype(np.int32)
    del terms
    too_common = n_texts > _TOO_COMMON * n
    weight = (np.log(counts) + 1) * np.where(too_common, 0, rarity)[place]
    row = np.repeat(np.arange(n, dtype=np.int32), np.diff(ends, prepend=0))
    length = np.sqrt(np.bincount(row, weight * weight, minlength=n))
    weight *= (share**0.5 / np.where(length > 0, length, 1))[row]
    is_alone = (n_texts == 1)[place]
    alone = np.asarray(np.bincount(row[is_alone], weight[is_alone] ** 2, minlength=n), dtype=np.float64)
    is_shared = (n_texts > 1) & ~too_common
    keep = is_shared[place]
    column = (np.cumsum(is_shared, dtype=np.int32) - 1)[place[keep]]
    kept = np.cumsum(np.bincount(row[keep], minlength=n), dtype=np.int64)
    return _Weighted(column, weight[keep], kept, n_texts[is_shared], alone, np.where(length > 0, share, 0.0))


def _terms(as_read: _Whole, read: _Read, n_words: int) -> tuple[_Whole, NDArray[np.int32], _Whole]:
    """The distinct terms of each text, sorted, one text after the other; how often each occurs; where each text ends.

    Terms are numbered as they are sorted as texts: a word before its pairs, since a space comes before every letter.
    """
    every: list[_Whole] = [np.empty(0, dtype=np.int64)]
    often: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
    n_terms: list[_Whole] = [np.empty(0, dtype=np.int64)]
    n = len(read.ends)
    for start in range(0, n, _BATCH):
        ends = read.ends[start : start + _BATCH]
        begin = int(read.ends[start - 1]) if start else 0
        token = as_read[read.tokens[begin : int(ends[-1])]]
        row = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=begin))
        is_pair = row[1:] == row[:-1]
        single = token * (n_words + 1)
        term = np.concatenate([single, (single[:-1] + token[1:] + 1)[is_pair]])
        row = np.concatenate([row, row[1:][is_pair]])
        sort = np.lexsort((term, row))
        term, row = term[sort], row[sort]
        is_new = np.ones(len(term), dtype=bool)
        is_new[1:] = (term[1:] != term[:-1]) | (row[1:] != row[:-1])
        first = np.flatnonzero(is_new)
        every.append(term[first])
        often.append(np.diff(first, append=len(term)).astype(np.int32))
        n_terms.append(np.bincount(row[first], minlength=len(ends)))
    return np.concatenate(every), np.concatenate(often), np.cumsum(np.concatenate(n_terms))


def _side_by_side(ways: Sequence[_Weighted]) -> Texts:
    """The ways of reading as one vector for each text.

    Frequent terms stand side by side: products with a vector of all terms then stay in the processor's cache.
    """
    from scipy.sparse import csr_array, hstack  # noqa: PLC0415 it takes a while to load

    n_texts = np.concatenate([way.n_texts for way in ways])
    column_of = np.empty(len(n_texts), dtype=np.int32)
    column_of[np.argsort(-n_texts, kind="stable")] = np.arange(len(n_texts), dtype=np.int32)
    blocks: list[Any] = []
    for way in ways:
        shape = (len(way.ends), len(way.n_texts))
        blocks.append(csr_array((way.weight, way.column, np.concatenate([[0], way.ends]).astype(np.int32)), shape))
    shared = hstack(blocks, format="csr") if len(blocks) > 1 else blocks[0]
    shared.indices = column_of[shared.indices]
    shared.sort_indices()
    alone: FloatArray = np.sum([way.alone for way in ways], axis=0)
    squared: FloatArray = np.sum([way.squared for way in ways], axis=0)
    return Texts(shared, alone, squared)

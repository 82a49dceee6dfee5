"""TF-IDF of words and pairs of words, for many texts in little memory: the numbers are those of scikit-learn.

scikit-learn keeps every pair of words as a text of its own, and reads all texts once more for each way of reading. Here
a word is a number, a pair is a number made of two, and plurals are merged in the list of words and not in the texts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
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
_BATCH: Final = 4096
"""Texts that are sorted at a time; a term and a place among these make one number, for up to 40 million words."""


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
class _Batch:
    """The distinct terms of each of some texts, by term and then by text.

    Attributes:
        entries: A term and the place of a text among these, as one number.
        often: Per entry how often the text has the term.
    """

    entries: _Whole
    often: NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True)
class _Way:
    """One way of reading the texts.

    Attributes:
        share: The squared length that it gives each text.
        batches: The texts, some at a time; the last first, so that each can be let go when it is done.
        terms: The distinct terms of all texts, sorted.
        rarity: Per term its weight where a text has it once; 0 where it is too common.
        n_texts: Per term how many texts have it.
    """

    share: float
    batches: list[_Batch]
    terms: _Whole
    rarity: FloatArray
    n_texts: _Whole

    @property
    def is_shared(self) -> NDArray[np.bool_]:
        """Per term whether it tells two texts or more from the others."""
        return (self.n_texts > 1) & (self.rarity > 0)


@dataclass(frozen=True, slots=True)
class _Weighted:
    """Some texts under one way of reading.

    Attributes:
        row: Per entry the place of its text among these.
        column: Per entry the column of its term, among the terms of two texts or more.
        weight: Per entry its weight.
        alone: Per text, the sum of the squared weights of the terms that no other text has.
        squared: Per text, the sum of the squared weights of all its terms.
    """

    row: _Whole
    column: NDArray[np.int32]
    weight: FloatArray
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
    ways = [_way(read, read.words, 1 - singular)]
    if singular:
        ways.append(_way(read, [singular_word(word) for word in read.words], singular))
    return _side_by_side(ways, len(read.ends))


def singular_word(word: str) -> str:
    """The word without an s at its end: "trials" and "trial" are one word.

    Rough on purpose ("analysis" loses its s too): it is read beside the words as written, never in their place.
    """
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word


def _read(texts: Iterable[str]) -> _Read:
    place: defaultdict[str, int] = defaultdict(count().__next__)
    rows: list[NDArray[np.int32]] = []
    for text in texts:
        found = _WORD.findall(text.lower())
        rows.append(np.fromiter(map(place.__getitem__, found), dtype=np.int32, count=len(found)))
    tokens = np.concatenate(rows) if rows else np.empty(0, dtype=np.int32)
    return _Read(list(place), tokens, np.cumsum([len(row) for row in rows], dtype=np.int64))


def _way(read: _Read, words: Sequence[str], share: float) -> _Way:
    """The terms of the texts under one way of reading.

    Args:
        read: The texts.
        words: What each word of `read` is read as.
        share: The squared length of each text.
    """
    order = {word: rank for rank, word in enumerate(sorted(set(words)))}
    as_read = np.array([order[word] for word in words], dtype=np.int64)
    batches = [_batch(as_read, read, start, len(order)) for start in range(0, len(read.ends), _BATCH)]
    terms, n_texts = _counted(batches)
    n = len(read.ends)
    # As scikit-learn: as if one more text had every term, so that no weight is infinite; and 1 is added.
    rarity = np.where(n_texts > _TOO_COMMON * n, 0, np.log((n + 1) / (n_texts + 1)) + 1)
    return _Way(share, batches[::-1], terms, rarity, n_texts)


def _batch(as_read: _Whole, read: _Read, start: int, n_words: int) -> _Batch:
    """The terms of the texts from `start` on.

    Terms are numbered as they are sorted as texts: a word before its pairs, since a space comes before every letter.
    """
    ends = read.ends[start : start + _BATCH]
    begin = int(read.ends[start - 1]) if start else 0
    token = as_read[read.tokens[begin : int(ends[-1])]]
    row = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=begin))
    is_pair = row[1:] == row[:-1]
    single = token * (n_words + 1)
    pair = (single[:-1] + token[1:] + 1)[is_pair]
    # One number to sort by, which is many times faster than two.
    every = np.concatenate([single * _BATCH + row, pair * _BATCH + row[1:][is_pair]])
    every.sort()
    first = np.flatnonzero(_is_new(every))
    often = np.diff(first, append=len(every))
    return _Batch(every[first], often.astype(np.min_scalar_type(int(often.max(initial=0)))))


def _is_new(ordered: _Whole) -> NDArray[np.bool_]:
    """Where another number begins."""
    is_new = np.ones(len(ordered), dtype=bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return is_new


def _counted(batches: Iterable[_Batch]) -> tuple[_Whole, _Whole]:
    """The distinct terms, sorted, and how many texts have each."""
    terms: list[_Whole] = [np.empty(0, dtype=np.int64)]
    n_texts: list[_Whole] = [np.empty(0, dtype=np.int64)]
    for batch in batches:
        term = batch.entries // _BATCH
        first = np.flatnonzero(_is_new(term))
        terms.append(term[first])
        n_texts.append(np.diff(first, append=len(term)))
    every, n_of_each = np.concatenate(terms), np.concatenate(n_texts)
    order = np.argsort(every, kind="stable")  # sorted pieces are merged
    every = every[order]
    first = np.flatnonzero(_is_new(every))
    n_of_all = np.add.reduceat(n_of_each[order], first) if len(first) else n_of_each
    return every[first], n_of_all


def _side_by_side(ways: Sequence[_Way], n: int) -> Texts:
    """The ways of reading as one vector for each of n texts.

    Frequent terms stand side by side: products with a vector of all terms then stay in the processor's cache.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415 it takes a while to load

    column_of, n_texts = _columns(ways)
    # Filled some texts at a time, so that there are never two copies of the whole.
    weight, column = np.empty(n_texts.sum()), np.empty(n_texts.sum(), dtype=np.int32)
    ends = np.zeros(n + 1, dtype=np.int32 if len(weight) < 2**31 else np.int64)
    alone, squared = np.zeros(n), np.zeros(n)
    for start in range(0, n, _BATCH):
        some = slice(start, min(start + _BATCH, n))
        n_some = some.stop - start
        weighted = [_weighted(way, columns, n_some) for way, columns in zip(ways, column_of, strict=True)]
        entries = (np.concatenate([getattr(each, name) for each in weighted]) for name in ("weight", "row", "column"))
        weights, row, columns_ = entries
        rows = csr_array((weights, (row, columns_)), (n_some, len(n_texts)))
        rows.sort_indices()
        there = slice(ends[start], ends[start] + rows.nnz)
        weight[there], column[there] = rows.data, rows.indices
        ends[start + 1 : some.stop + 1] = ends[start] + rows.indptr[1:]
        for each in weighted:
            alone[some] += each.alone
            squared[some] += each.squared
    return Texts(csr_array((weight, column, ends), (n, len(n_texts))), alone, squared)


def _columns(ways: Sequence[_Way]) -> tuple[list[NDArray[np.int32]], _Whole]:
    """For each way of reading the column of each of its terms, where texts share it; and how many texts share each."""
    n_texts = np.concatenate([way.n_texts[way.is_shared] for way in ways])
    columns = np.empty(len(n_texts), dtype=np.int32)
    columns[np.argsort(-n_texts, kind="stable")] = np.arange(len(n_texts), dtype=np.int32)
    column_of = []
    for way in ways:
        of_terms = np.zeros(len(way.terms), dtype=np.int32)
        n_shared = int(np.count_nonzero(way.is_shared))
        of_terms[way.is_shared], columns = columns[:n_shared], columns[n_shared:]
        column_of.append(of_terms)
    return column_of, n_texts


def _weighted(way: _Way, columns: NDArray[np.int32], n: int) -> _Weighted:
    """The weights of the next n texts, which are let go."""
    batch = way.batches.pop()
    term, row = batch.entries // _BATCH, batch.entries % _BATCH
    first = np.flatnonzero(_is_new(term))
    place = np.repeat(np.searchsorted(way.terms, term[first]), np.diff(first, append=len(term)))
    weight = (np.log(batch.often.astype(np.float64)) + 1) * way.rarity[place]
    length = np.sqrt(np.bincount(row, weight * weight, minlength=n))
    weight *= (way.share**0.5 / np.where(length > 0, length, 1))[row]
    is_alone = way.n_texts[place] == 1
    alone = np.bincount(row[is_alone], weight[is_alone] ** 2, minlength=n).astype(np.float64)  # whole where none is
    keep = way.is_shared[place]
    squared = np.where(length > 0, way.share, 0.0)
    return _Weighted(row[keep], columns[place[keep]], weight[keep], alone, squared)

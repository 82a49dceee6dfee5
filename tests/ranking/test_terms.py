from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from reviewflow.domain import terms
from reviewflow.domain.support import Texts

WORDS = [
    "trial",
    "trials",
    "of",
    "a",
    "mass",
    "gas",
    "class",
    "classes",
    "7",
    "été",
    "ÜBER",
    "s",
    "ss",
    "trial_s",
    "患者",
]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), min_size=1, max_size=20)


def theirs(given_texts: list[str], share: float, *, plurals: bool) -> csr_array:
    """What scikit-learn makes of the texts, each of the squared length `share`."""
    reading = {"tokenizer": singular_words, "token_pattern": None} if plurals else {}
    made = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_df=0.95, **reading)
    try:
        return csr_array(made.fit_transform(given_texts) * share**0.5)
    except ValueError:  # its word for a vocabulary that is empty, or of terms in every text only
        return csr_array((len(given_texts), 1))


def singular_words(text: str) -> list[str]:
    return [terms.singular_word(word) for word in re.findall(r"\b\w\w+\b", text)]


@settings(max_examples=60, deadline=None)
@given(texts, st.sampled_from([0.0, 0.5]))
def test_the_weights_are_those_of_scikit_learn(given_texts: list[str], singular: float) -> None:
    ours = terms.vectors(given_texts, singular)
    ways = [theirs(given_texts, 1 - singular, plurals=False)]
    if singular:
        ways.append(theirs(given_texts, singular, plurals=True))
    expected = Texts.of(hstack(ways, format="csr"))
    assert ours.shared.shape == expected.shared.shape
    assert ours.shared.toarray() == pytest.approx(expected.shared.toarray(), abs=1e-14)
    assert ours.alone == pytest.approx(expected.alone, abs=1e-14)
    assert ours.squared == pytest.approx(expected.squared, abs=1e-14)


@settings(max_examples=20, deadline=None)
@given(texts)
def test_reading_in_pieces_changes_nothing(given_texts: list[str]) -> None:
    whole = terms.vectors(given_texts, 0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terms, "_BATCH", 3)
        pieces = terms.vectors(given_texts, 0.5)
    assert np.array_equal(whole.shared.toarray(), pieces.shared.toarray())
    assert np.array_equal(whole.alone, pieces.alone)


def test_no_texts_have_no_vectors() -> None:
    assert terms.vectors([], 0.5).shared.shape == (0, 0)


def test_an_s_at_the_end_of_a_word_is_taken_off() -> None:
    words = ["trials", "of", "masses", "gas", "in", "a", "class"]
    assert [terms.singular_word(word) for word in words] == ["trial", "of", "masse", "gas", "in", "a", "class"]

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewflow.tui.differences import Spans, differing
from reviewflow.tui.printable import printable

WORDS = st.sampled_from(["aspirin", "in", "the", "Ward", "wards", "12", "<", "老", "人", "الربو", "हिन्दी", "café", "e"])
TEXTS = st.lists(WORDS, max_size=12).map(" ".join)


def without(text: str, spans: Spans) -> list[str]:
    """The words that are left when the stretches are cut out."""
    cut = "".join(" " if any(a <= n < b for a, b in spans) else letter for n, letter in enumerate(text))
    return cut.casefold().split()


def marked(text: str, spans: Spans) -> list[str]:
    return [text[start:end] for start, end in spans]


@given(a=TEXTS, b=TEXTS)
def test_what_is_not_marked_is_the_same_in_both(a: str, b: str) -> None:
    left, right = differing(a, b)
    assert without(a, left) == without(b, right)


@given(a=st.text(), b=st.text())
def test_marks_lie_within_any_text_in_order(a: str, b: str) -> None:
    for text, spans in zip((a, b), differing(a, b), strict=True):
        ends = [n for span in spans for n in span]
        assert ends == sorted(ends)
        assert all(0 <= start < end <= len(text) for start, end in spans)


@given(text=st.text())
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert differing(text, text) == ((), ())


@pytest.mark.parametrize(
    ("a", "b", "left", "right"),
    [
        ("12(3):101-109", "12(4):101-109", ["3"], ["4"]),
        ("a cohort study", "A Cohort-Study.", [], []),
        ("P < 0.05", "P > 0.05", ["<"], [">"]),
        ("120例患者", "96例患者", ["120"], ["96"]),
        ("评价疗效", "评价的效", ["疗"], ["的"]),
        ("تجربة عشوائية كبيرة", "تجربة كبيرة", ["عشوائية"], []),
        ("हिन्दी में", "हिन्दी से", ["में"], ["से"]),
        ("one two three", "one four five three", ["two"], ["four five"]),
    ],
)
def test_the_words_that_differ_are_marked(a: str, b: str, left: list[str], right: list[str]) -> None:
    spans = differing(a, b)
    assert [marked(a, spans[0]), marked(b, spans[1])] == [left, right]


def test_a_word_in_the_middle_of_a_text_of_any_length_is_found() -> None:
    long = [f"word{n}" for n in range(20_000)]
    other = [*long[:9_000], "another", *long[9_001:]]
    a, b = " ".join(long), " ".join(other)
    spans = differing(a, b)
    assert [marked(a, spans[0]), marked(b, spans[1])] == [["word9000"], ["another"]]


def test_two_texts_of_great_length_with_nothing_in_common_are_marked_as_a_whole() -> None:
    a, b = (" ".join(f"{letter}{n}" for n in range(6_000)) for letter in "ab")
    assert differing(a, b) == (((0, len(a)),), ((0, len(b)),))


@given(text=st.text(st.characters()))
def test_what_is_printed_moves_no_cursor_and_turns_no_line(text: str) -> None:
    shown = printable(text)
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    shown.encode()


def test_halves_of_characters_are_replaced() -> None:
    assert printable("a\ud800b\x1b]0;title\x07c\u202ed") == "a\N{REPLACEMENT CHARACTER}b ]0;title cd"

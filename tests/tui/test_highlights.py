from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.tui.highlights import highlights


def marked(words: list[str], text: str) -> list[str]:
    """The parts of the text that are marked."""
    return [text[start:end] for start, end, _ in highlights({"include": tuple(words)}).spans(text)]


def test_whole_words_are_marked_in_capitals_or_not() -> None:
    assert marked(["rat"], "A rat, two rats, a RAT and a crate") == ["rat", "RAT"]


def test_a_star_takes_any_ending() -> None:
    assert marked(["random*"], "Randomised, at random; pseudorandom") == ["Randomised", "random"]


def test_words_with_a_space_are_found_across_any_space() -> None:
    assert marked(["cohort study", "cohort"], "a cohort  study of a cohort") == ["cohort  study", "cohort"]


def test_a_script_without_spaces_is_searched_within_its_words() -> None:
    assert marked(["患者"], "120例患者。") == ["患者"]


def test_signs_mean_themselves() -> None:
    assert marked(["(p<0.05)", "[x]", "C++"], "C++ (P<0.05) [x]") == ["C++", "(P<0.05)", "[x]"]


def test_each_kind_is_found() -> None:
    found = highlights({"include": ("trial",), "exclude": ("trial",), "design": ()}).spans("a trial")
    assert found == [(2, 7, "include"), (2, 7, "exclude")]


@settings(max_examples=50, deadline=None)
@given(
    word=st.text(min_size=1, max_size=8).filter(lambda text: text.strip(" *\t\n\r\f\v").strip()),
    text=st.text(max_size=40),
)
def test_any_word_can_be_looked_for_in_any_text(word: str, text: str) -> None:
    for start, end, _ in highlights({"include": (word,)}).spans(text):
        assert 0 <= start < end <= len(text)


def test_a_mark_belongs_to_its_letter_in_any_script() -> None:
    assert marked(["अस्थम", "e", "ক"], "अस्थमा, e\u0301 und কি") == []
    assert marked(["अस्थमा"], "अस्थमा के रोगी") == ["अस्थमा"]
    assert marked(["अस्थ*"], "अस्थमा के रोगी") == ["अस्थमा"]


def test_points_of_arabic_and_hebrew_do_not_hide_a_word() -> None:
    assert marked(["عشوائية"], "تجربة عَشْوائيّة") == ["عَشْوائيّة"]
    assert marked(["אסתמה"], "אַסְתְמָה בילדים") == ["אַסְתְמָה"]
    assert marked(["محمد"], "محـمد") == ["محـمد"]

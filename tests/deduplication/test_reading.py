"""What is read from titles, names, places and journals before anything is compared."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewflow.domain.deduplication.names import overlap, read_authors
from reviewflow.domain.deduplication.normalise import normalise_doi
from reviewflow.domain.deduplication.places import (
    compare_issue,
    compare_journals,
    compare_page,
    compare_volume,
    first_page,
    journal_names,
    read_place,
    volume_number,
)
from reviewflow.domain.deduplication.text import fold, without_markup
from reviewflow.domain.deduplication.titles import (
    DIFFER,
    SAME,
    UNKNOWN,
    bare_title,
    compare_numbers,
    compare_words,
    read_title,
)
from reviewflow.domain.deduplication.vocabulary import vocabulary

Tables = dict[str, dict[str, Any]]
LONG_TITLE = (
    "Doxofylline added to inhaled steroids in children with asthma that is not controlled: a randomised trial of "
    "twenty-four weeks in nine clinics, with a note on cancer of the lung and its"
)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Größe der TNF-\u03b1", "grosse der tnf alpha"),
        ("Skočen\u00a0S.", "skocen s"),
        ("Okonjo—\u039a", "okonjo kappa"),
        ("  ", ""),
        ("肺癌 study", "肺癌 study"),
    ],
)
def test_folding_leaves_plain_words(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_markup_goes_and_comparisons_stay() -> None:
    assert without_markup("CO<sub>2</sub> &amp; p < 0.05 > 1") == "CO2 & p < 0.05 > 1"


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("Asthma in spring. [Review] [57 refs]", "Asthma in spring."),
        ("Asthma in spring [Erratum appears in Lung. 2010;3:4]", "Asthma in spring"),
        ("[Asthma in the spring]. [German]", "Asthma in the spring"),
        ("[Disorders and their correction in the acute period]", "Disorders and their correction in the acute period"),
        ("RETRACTED: Asthma in spring", "Asthma in spring"),
        ("Asthma in spring [2]", "Asthma in spring"),
    ],
)
def test_what_a_database_adds_to_a_title_is_taken_off(title: str, bare: str, tables: Tables) -> None:
    assert bare_title(title, vocabulary(tables["words"])).text == bare


@pytest.mark.parametrize(
    ("a", "b", "state"),
    [
        ("Asthma, part I", "Asthma, part 1", SAME),
        ("Asthma, part I", "Asthma, part II", DIFFER),
        ("Ten thousand lungs: 10,000 cases", "Ten thousand lungs: 10000 cases", SAME),
        ("Type 2 asthma", "Asthma", UNKNOWN),
        ("Phase IIa trial", "Phase 3 trial", DIFFER),
    ],
)
def test_numbers_of_titles_are_compared_by_value(a: str, b: str, state: int, tables: Tables) -> None:
    words = vocabulary(tables["words"])
    assert compare_numbers(read_title(a, words).numbers, read_title(b, words).numbers) == state


@pytest.mark.parametrize(
    ("a", "b", "states"),
    [
        ("Meta-analysis of wheeze", "Metaanalysis of wheeze", (SAME, SAME, SAME)),
        ("Nonimmune volunteers", "Non-immune volunteers", (SAME, SAME, SAME)),
        ("Coughing children", "Coughing chidlren", (SAME, SAME, SAME)),
        ("Sitagliptin in mice", "Linagliptin in mice", (DIFFER, SAME, SAME)),
        ("Wheeze in adults", "Wheeze in children", (DIFFER, DIFFER, SAME)),
        ("Hypertension at sea", "Hypotension at sea", (DIFFER, DIFFER, SAME)),
        ("Wheeze at sea", "Wheeze", (UNKNOWN, SAME, SAME)),
        ("Wheeze at sea", "Wheeze at sea revisited", (UNKNOWN, SAME, DIFFER)),
        ("Wheeze at sea", "Wheeze at sea: a follow-up", (UNKNOWN, SAME, DIFFER)),
        ("Wheeze in the fall", "Wheeze in the spring", (DIFFER, DIFFER, SAME)),
        (f"{LONG_TITLE} can", f"{LONG_TITLE} canc", (SAME, SAME, SAME)),
        ("Wheeze in men", "Wheeze in menopause", (DIFFER, SAME, SAME)),
    ],
)
def test_words_of_titles_are_compared_but_for_misprints(
    a: str, b: str, states: tuple[int, int, int], tables: Tables
) -> None:
    words = vocabulary(tables["words"])
    assert compare_words(read_title(a, words).words, read_title(b, words).words, words) == states


@pytest.mark.parametrize(
    ("pages", "read"),
    [
        ("843-54", ("", "843", "854")),
        ("S12", ("s", "12", "")),
        ("e28922", ("e", "28922", "")),
        ("1293\u20101294", ("", "1293", "1294")),
        ("761--778", ("", "761", "778")),
        ("01-Jun", ("", "1", "6")),
        ("Art. No. 77", ("", "77", "")),
        ("iii-xi", ("", "iii xi", "")),
        ("", ("", "", "")),
    ],
)
def test_the_first_page_is_read_however_pages_are_written(pages: str, read: tuple[str, str, str]) -> None:
    assert first_page(pages) == read


@pytest.mark.parametrize(
    ("volume", "number"),
    [("60 (1 Supplement 1)", "60"), ("1)", ""), ("57 Suppl", "57"), ("(Jul)", ""), ("Vol. 012", "12"), ("", "")],
)
def test_the_number_of_a_volume_is_read_where_it_can_be_trusted(volume: str, number: str) -> None:
    assert volume_number(volume) == number


def test_ranges_that_overlap_do_not_contradict() -> None:
    assert compare_page(read_place("9", "", "676-682"), read_place("9", "", "678-684")) == UNKNOWN
    assert compare_page(read_place("9", "", "676-682"), read_place("9", "", "682-684")) == DIFFER


def test_an_issue_that_stands_in_the_field_of_the_volume_does_not_contradict() -> None:
    assert compare_volume(read_place("1", "", ""), read_place("53", "Suppl 1", "")) == UNKNOWN
    assert compare_volume(read_place("52", "", ""), read_place("53", "1", "")) == DIFFER


@pytest.mark.parametrize(
    ("a", "b", "state"),
    [
        ("J Clin Oncol", "Journal of Clinical Oncology", SAME),
        (
            "Proc Natl Acad Sci U S A",
            "Proceedings of the National Academy of Sciences of the United States of America",
            SAME,
        ),
        ("JAMA", "Journal of the American Medical Association", SAME),
        ("BMJ", "British Medical Journal", SAME),
        ("Lung Cancer", '"Lung cancer (Amsterdam, Netherlands)"', SAME),
        ("Brain", "Brain: A Journal of Neurology", SAME),
        ("Zhonghua Zhong Liu Za Zhi [Chinese Journal of Oncology]", "Chinese J Oncol", SAME),
        ("50th Annual Conference on Lungs", "Proceedings of the Fifth Conference on Lungs", SAME),
        ("Blood", "Blood Advances", UNKNOWN),
        ("Cancer", "Cancers", UNKNOWN),
        ("Diabetes", "Diabetologie und Stoffwechsel", DIFFER),
        ("Lancet (London, England)", "Clinical Medicine (London, England)", DIFFER),
        ("", "Lancet", UNKNOWN),
    ],
)
def test_journals_are_known_by_abbreviation_initials_and_translation(
    a: str, b: str, state: int, tables: Tables
) -> None:
    words = vocabulary(tables["words"])
    assert compare_journals(journal_names(a, words), journal_names(b, words)) == state


@pytest.mark.parametrize(
    ("a", "b", "share"),
    [
        (("von Berg, A.", "Ito, K."), ("Berg A", "Ito K"), 100.0),
        (("Müller, K.",), ("Mueller K",), 100.0),
        (("Okonjo, Adaeze",), ("Adaeze, O.",), 100.0),
        (("Okonjo, A.", "Ito, K."), ("Okonjo, A.",), 100.0),
        (("Okonjo, A.",), ("Brook, T.",), 0.0),
    ],
)
def test_authors_overlap_however_their_names_are_written(
    a: tuple[str, ...], b: tuple[str, ...], share: float, tables: Tables
) -> None:
    words = vocabulary(tables["words"])
    assert overlap(read_authors(a, words), read_authors(b, words)) == share


@pytest.mark.parametrize(
    ("typed", "doi"),
    [
        ("https://doi.org/10.5555/ABC.1", "10.5555/abc.1"),
        ("doi:10.5555/abc.1.", "10.5555/abc.1"),
        ("10.5555/abc(13)1-4", "10.5555/abc(13)1-4"),
        ("n/a", ""),
    ],
)
def test_a_doi_is_read_from_whatever_stands_around_it(typed: str, doi: str) -> None:
    assert normalise_doi(typed) == doi


def test_volume_and_issue_put_in_each_other_s_field_are_the_same() -> None:
    a, b = read_place("53", "4", "1801"), read_place("4", "53", "1801")
    assert (compare_volume(a, b), compare_issue(a, b)) == (SAME, SAME)


def test_an_ampersand_in_a_title_is_the_word(tables: Tables) -> None:
    words = vocabulary(tables["words"])
    said = {
        bare_title(title, words).text.lower().split().count("and")
        for title in ("Cough & wheeze", "Cough &amp; wheeze", "Cough and wheeze")
    }
    assert said == {1}

"""What exports write, as records hold it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain import normalise


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.5555/OAK.1", "10.5555/oak.1"),
        ("https://doi.org/10.5555/oak.1", "10.5555/oak.1"),
        ("http://dx.doi.org/10.5555%2Foak.1", "10.5555/oak.1"),
        ("doi: 10.5555/oak.1.", "10.5555/oak.1"),
        ("10.5555/oak.1 [doi]", "10.5555/oak.1"),
        ("(10.5555/oak(19)1)", "10.5555/oak(19)1"),
        ("10.5555/(SICI)12(34)17:8&lt;857::AID-1&gt;3.0.CO;2-E", "10.5555/(sici)12(34)17:8<857::aid-1>3.0.co;2-e"),
        ("10.1", ""),
        ("n/a", ""),
    ],
)
def test_a_doi_is_bare_and_lower_case(text: str, doi: str) -> None:
    assert normalise.normalise_doi(text) == doi


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("https://link.springer.com/content/pdf/10.5555/oak.1.pdf", "10.5555/oak.1"),
        ("https://www.tandfonline.com/doi/full/10.5555/oak.1?needAccess=true", "10.5555/oak.1"),
        ("https://x.org/link?sid=EMBASE&id=doi:10.5555%2Foak.1&title=y", "10.5555/oak.1"),
        ("see version 10.5 / 2019", ""),
    ],
)
def test_a_doi_in_a_link_ends_where_the_link_goes_on(text: str, doi: str) -> None:
    assert normalise.doi_in_text(text) == doi


@pytest.mark.parametrize(
    ("text", "pmid"),
    [
        ("31234567", "31234567"),
        ("MEDLINE:31234567", "31234567"),
        ("31234567[pmid]", "31234567"),
        ("0", ""),
        ("EJ1131633", ""),
    ],
)
def test_a_pubmed_number_is_digits_only(text: str, pmid: str) -> None:
    assert normalise.normalise_pmid(text) == pmid


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2019//", 2019),
        ("2010   06", 2010),
        ("Winter 1998-1999", 1998),
        ("20170812", 2017),
        ("4-8 Aug. 2020", 2020),
        ("99", None),
    ],
)
def test_the_first_year_of_a_date_counts(text: str, year: int | None) -> None:
    assert normalise.year_from_text(text) == year


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("843-54", "843-854"),
        ("843 -- 854", "843-854"),
        ("pp 37\u201364", "37-64"),
        ("S12-5", "S12-S15"),
        ("e28922", "e28922"),
        ("20-20", "20"),
        ("No", ""),
        ("1309-48", "1309-1348"),
    ],
)
def test_pages_are_expanded(text: str, pages: str) -> None:
    assert normalise.expand_pages(text) == pages


@given(st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_expanded_pages_stay_as_they_are(text: str) -> None:
    once = normalise.expand_pages(text)
    assert normalise.expand_pages(once) == once


def test_trial_numbers_of_many_registers_are_found() -> None:
    text = "NCT01234567, ISRCTN12345678; EUCTR2010-123456-12-DE and ACTRN12605000123456 (NCT01234567), ChiCTR2600132949"
    assert normalise.registry_ids("", text) == (
        "NCT01234567",
        "ISRCTN12345678",
        "EUCTR2010-123456-12-DE",
        "ACTRN12605000123456",
        "ChiCTR2600132949",
    )


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("Rossi,Anna", "Rossi, Anna"),
        ("Rossi AB", "Rossi, AB"),
        ("van der Berg A.", "van der Berg, A."),
        ("Anna van der Berg", "van der Berg, Anna"),
        ("A. Rossi", "Rossi, A."),
        ("Rossi, Anna [Inventor, Reprint Author]", "Rossi, Anna"),
        ("World Health Organization", "World Health Organization"),
        ("", ""),
    ],
)
def test_names_are_family_first(name: str, author: str) -> None:
    assert normalise.author_name(name) == author


def test_serial_and_book_numbers_share_a_field() -> None:
    assert normalise.issns("1234-5679; 12345687 (Print) 978-0-12-345678-9") == ("1234-5679", "1234-5687")
    assert normalise.isbn("1234-5679, 978-3-642-32156-6") == "9783642321566"

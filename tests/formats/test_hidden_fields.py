"""What sources hide, and what only looks like a DOI, an author or a number: read from the tags, kept when written."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest

from reviewflow.domain import normalise
from reviewflow.domain.record import Record
from reviewflow.formats import WRITERS, canonical, open_export, writer

RIS = "TY  - JOUR\nTI  - Oak galls\n{}\nER  - \n"


def read(text: str) -> list[Record]:
    export = open_export(text.encode(), "written")
    return [canonical(raw, export.format) for raw in export.records()]


def written(records: list[Record], format_name: str) -> list[Record]:
    stream = StringIO()
    assert writer(format_name)(records, stream) == len(records)
    return read(stream.getvalue())


def test_the_address_of_a_page_of_central_is_no_doi() -> None:
    page = "https://www.cochranelibrary.com/central/doi/10.1002/central/CN-01234567/full"
    (record,) = read(RIS.format(f"AN  - CN-01234567\nC3  - PUBMED 31234567,EMBASE 2003456789\nUR  - {page}"))
    assert (record.doi, record.pmid, record.accession) == ("", "31234567", "CN-01234567")
    assert normalise.normalise_doi("10.1002/central/CN-01234567") == ""
    assert normalise.doi_in_text("https://doi.org/10.1002/14651858.CD001.pub2/full") == "10.1002/14651858.cd001.pub2"


@pytest.mark.parametrize(
    "lines",
    [
        "L2  - https://pubmed.ncbi.nlm.nih.gov/31234567/\nUR  - https://lens.org/001-002-003-004-005",
        "UR  - http://www.ncbi.nlm.nih.gov/pubmed/31234567",
        "N1  - Peer reviewed. NLM UID: 101208192. PMID: NLM31234567.",
        "L2  - http://resolver.example.org/?sid=OVID:medline&id=pmid:31234567&id=doi:",
        "AN  - MEDLINE:31234567",
        "DB  - Ovid MEDLINE(R) <1946 to May 2021>\nAN  - 31234567",
    ],
)
def test_a_pubmed_number_is_found_in_links_notes_and_accession_numbers(lines: str) -> None:
    (record,) = read(RIS.format(lines))
    assert record.pmid == "31234567"


@pytest.mark.parametrize(
    "lines",
    [
        "N1  - Comment on PMID: 31234567; comment on PMID: 31234568",
        "N1  - cited by 31234567 and more",
        "AN  - 31234567",
        "DB  - Embase <1974 to 2021>\nAN  - 31234567",
    ],
)
def test_a_number_that_is_not_said_to_be_the_records_own_is_no_pubmed_number(lines: str) -> None:
    (record,) = read(RIS.format(lines))
    assert record.pmid == ""


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        ("AU  - Rossi, Anna\nAU  - et al.", ("Rossi, Anna",)),
        ("AU  - Rossi A, et al", ("Rossi, A",)),
        ("AU  - Rossi, A. and", ("Rossi, A.",)),
        ("AU  - Rossi, Anna MD, PhD", ("Rossi, Anna",)),
        ("AU  - Rossi, Anna RN; PhD; FAAN", ("Rossi, Anna",)),
        ("AU  - Rossi, MD", ("Rossi, MD",)),
        ("AU  - Rossi, A. [Author, Reprint Author; E-mail: a@example.org]", ("Rossi, A.",)),
        ("AU  - Al, Ezra\nAU  - Etal, Bo", ("Al, Ezra", "Etal, Bo")),
    ],
)
def test_what_stands_among_authors_and_is_none_is_left_out(lines: str, authors: tuple[str, ...]) -> None:
    (record,) = read(RIS.format(lines))
    assert record.authors == authors


def test_the_name_of_a_group_is_not_turned_round() -> None:
    nbib = "PMID- 31234567\nTI  - Oak galls\nFAU - Rossi, Anna\nCN  - Oak Biosciences\n"
    assert read(nbib)[0].authors == ("Rossi, Anna", "Oak Biosciences")
    csl = '[{"type": "article-journal", "title": "Oak", "author": [{"literal": "Oak Biosciences"}]}]'
    assert read(csl)[0].authors == ("Oak Biosciences",)


def test_publication_types_in_one_field_are_several() -> None:
    table = "title,publication type\nOak,Article; Proceedings Paper\n"
    assert [(r.publication_types, r.kind) for r in read(table)] == [(("Article", "Proceedings Paper"), "conference")]


HARD = Record(
    kind="registry",
    title="An oak } that { opens",
    authors=("Oak Biosciences", "Rossi, Anna"),
    year=2019,
    journal="Oaks } galls",
    pmid="31234567",
    publication_types=("Interventional", "Phase 2"),
    keywords=("oak, gall",),
    database="Embase",
    accession="L2003456789",
    url="https://www.embase.com/" + "a" * 90,
    abstract="One. }",
)


@pytest.mark.parametrize("format_name", WRITERS)
def test_what_a_format_has_no_place_for_is_read_back_from_it(format_name: str) -> None:
    untitled = Record(kind="other", authors=("Rossi, Anna",), journal="Oaks", database="Scopus")
    first, second, third = written([HARD, untitled, replace(HARD, kind="preprint", publication_types=())], format_name)
    for field in ("title", "year", "journal", "pmid", "keywords", "database", "accession", "url", "abstract", "kind"):
        assert getattr(first, field) == getattr(HARD, field), field
    assert sorted(first.authors) == sorted(HARD.authors)
    assert first.publication_types[:2] == HARD.publication_types
    assert (second.title, second.authors, second.database) == ("", ("Rossi, Anna",), "Scopus")
    assert (third.kind, third.title) == ("preprint", HARD.title)


def test_the_running_number_of_a_record_is_no_accession_number() -> None:
    (record,) = written([Record(title="Oak", authors=("Rossi, Anna",))], "csl_json")
    assert record.accession == ""

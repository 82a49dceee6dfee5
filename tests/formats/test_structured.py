"""XML and JSON exports, and the text formats of EndNote, RefWorks and Ovid."""

from __future__ import annotations

import json

import pytest

from reviewflow.domain.record import Record
from reviewflow.errors import InputError
from reviewflow.formats import canonical, check_file, open_export

ARTICLE = """<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">31234567</PMID><Article>
<Journal><ISSN IssnType="Print">1234-5679</ISSN><JournalIssue><Volume>12</Volume><Issue>3</Issue>
<PubDate><Year>2019</Year></PubDate></JournalIssue><Title>Journal of botanical medicine</Title></Journal>
<ArticleTitle>Oak gall in <i>Quercus</i>: CO<sub>2</sub></ArticleTitle>
<Pagination><MedlinePgn>843-54</MedlinePgn></Pagination>
<Abstract><AbstractText Label="BACKGROUND">Oaks wait.</AbstractText>
<AbstractText Label="METHODS">So did we.</AbstractText>
</Abstract><AuthorList><Author><LastName>Rossi</LastName><ForeName>Anna</ForeName></Author>
<Author><CollectiveName>Oak Study Group</CollectiveName></Author></AuthorList></Article></MedlineCitation>
<PubmedData><ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9999/cited</ArticleId></ArticleIdList>
</Reference></ReferenceList><ArticleIdList><ArticleId IdType="doi">10.5555/OAK.1</ArticleId>
<ArticleId IdType="pmc">PMC1234567</ArticleId></ArticleIdList></PubmedData></PubmedArticle>"""
SET = f'<?xml version="1.0"?>\n<PubmedArticleSet>\n{ARTICLE}\n{ARTICLE}\n</PubmedArticleSet>\n'


def read(content: bytes) -> list[Record]:
    export = open_export(content, "export")
    return [canonical(raw, export.format) for raw in export.records()]


def test_pubmed_articles_are_mapped_and_cited_identifiers_are_not_their_own() -> None:
    record = read(SET.encode())[0]
    assert record.title == "Oak gall in Quercus: CO2"
    assert record.authors == ("Rossi, Anna", "Oak Study Group")
    assert record.abstract == "BACKGROUND: Oaks wait.\n\nMETHODS: So did we."
    assert (record.year, record.pages, record.doi, record.pmcid) == (2019, "843-854", "10.5555/oak.1", "PMC1234567")
    assert (record.pmid, record.issn, record.database) == ("31234567", ("1234-5679",), "PubMed")


def test_spans_of_elements_tile_the_file() -> None:
    export = open_export(SET.encode(), "export")
    spans = [(raw.start, raw.end) for raw in export.records()]
    assert spans[0][0] == 0
    assert spans[0][1] == spans[1][0]
    assert spans[1][1] == len(SET.encode())


@pytest.mark.parametrize(
    "content",
    [
        SET[: SET.rindex("<ArticleTitle>")],
        SET[: SET.rindex("<PubmedArticle>")],
        SET.replace("</PubmedArticle>", "", 1),
        SET.replace("<Article>", "<Article", 1),
    ],
)
def test_a_broken_download_keeps_its_whole_records_and_says_that_some_are_missing(content: str) -> None:
    report = check_file(content.encode(), "efetch.xml")
    assert (report["n_records"], report["n_rejected"]) == (1, 1)


@pytest.mark.parametrize("entity", ['<!ENTITY a "lol">', '<!ENTITY a SYSTEM "file:///etc/passwd">'])
def test_entities_of_the_files_own_are_refused(entity: str) -> None:
    with pytest.raises(InputError, match="entities"):
        open_export(f"<!DOCTYPE x [{entity}]>{SET.replace('Oak', '&a;')}".encode(), "evil.xml")


def test_what_xml_forbids_and_exports_write_is_taken_out_and_reported() -> None:
    report = check_file(SET.replace("Oak gall", "Oak\x0b & gall&nbsp;").encode(), "efetch.xml")
    assert (report["n_records"], len(report["repairs"])) == (2, 2)


@pytest.mark.parametrize("style", ["{}", '<style face="normal" size="100%">{}</style>'])
def test_endnote_text_is_read_with_and_without_style(style: str) -> None:
    def element(name: str, text: str) -> str:
        return f"<{name}>{style.format(text)}</{name}>"

    content = (
        '<xml><records><record><ref-type name="Journal Article">17</ref-type><contributors><authors>'
        + element("author", "Rossi, Anna")
        + "</authors></contributors><titles>"
        + element("title", "Oak &amp; gall")
        + "</titles><dates>"
        + element("year", "2019")
        + "</dates>"
        + element("electronic-resource-num", "https://doi.org/10.5555/oak.1")
        + "</record></records></xml>"
    )
    (record,) = read(content.encode())
    assert record == Record(title="Oak & gall", authors=("Rossi, Anna",), year=2019, doi="10.5555/oak.1")


def test_trials_of_the_who_portal_are_register_records() -> None:
    content = (
        "<Trials_downloaded_from_ICTRP><Trial><TrialID>ChiCTR2600132949\n </TrialID><Public_title>Oak\n</Public_title>"
        "<Date_registration3>20260920</Date_registration3></Trial></Trials_downloaded_from_ICTRP>"
    )
    (record,) = read(content.encode())
    assert (record.kind, record.title, record.year) == ("registry", "Oak", 2026)
    assert record.accession == "ChiCTR2600132949"
    assert record.registry_ids == ("ChiCTR2600132949",)


CSL = {
    "type": "article-journal",
    "title": "Oak gall",
    "author": [{"family": "Rossi", "given": "Anna"}, {"literal": "Oak Study Group"}],
    "issued": {"date-parts": [[2019, 8]]},
    "DOI": "10.5555/oak.1",
    "page": "843\u201354",
}


@pytest.mark.parametrize("wrapped", [[CSL, CSL], {"items": [CSL, CSL]}])
def test_csl_objects_are_mapped(wrapped: object) -> None:
    records = read(json.dumps(wrapped).encode())
    assert len(records) == 2
    assert records[0].authors == ("Rossi, Anna", "Oak Study Group")
    assert (records[0].year, records[0].doi, records[0].pages) == (2019, "10.5555/oak.1", "843-854")


def test_json_that_breaks_off_keeps_its_whole_records_and_says_so() -> None:
    report = check_file(json.dumps([CSL, CSL]).encode()[:-20], "oak.json")
    assert (report["n_records"], report["n_rejected"]) == (1, 1)


STUDY = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT01234567", "briefTitle": "Oak gall"},
        "statusModule": {"studyFirstPostDateStruct": {"date": "2012-01-11"}},
        "descriptionModule": {"briefSummary": "We wait."},
    },
    "hasResults": False,
}


@pytest.mark.parametrize(
    "wrapped", [{"studies": [STUDY]}, {"totalCount": 1, "studies": [STUDY], "nextPageToken": "x"}, [STUDY], STUDY]
)
def test_studies_of_clinicaltrials_gov_are_register_records(wrapped: object) -> None:
    (record,) = read(json.dumps(wrapped).encode())
    assert (record.kind, record.title, record.year) == ("registry", "Oak gall", 2012)
    assert (record.accession, record.registry_ids) == ("NCT01234567", ("NCT01234567",))
    assert (record.abstract, record.database) == ("We wait.", "ClinicalTrials.gov")


REFER = "%0 Journal Article\n%A Rossi, Anna\n%T Oak gall\n   disease\n%D 2019\n%J Oak\n%P 843-54\n%R 10.5555/oak.1\n\n"
REFWORKS = (
    "Refworks Export Tagged Format\n\nTag legend\n*****\nRT=Reference Type\n\nBEGIN EXPORTED REFERENCES\n\n"
    "RT Journal Article\nA1 Rossi,Anna\nT1 Oak gall disease\nJF Oak\nYR 2019\nSP 843\nOP 854\nDO 10.5555/oak.1\n\n"
)
OVID = (
    "<1. >\nVN  - Ovid Technologies\nDB  - Zoological Record\nAU  - Rossi, Anna\nTI  - Oak gall disease\n"
    "SO  - Oak. 12(3):843-854, 2019.\nDO  - 10.5555/oak.1\n\n"
)
OVID_NAMED = (
    "<1>\nAuthor\n  Rossi, Anna\nTitle\n  Oak gall disease\nSource\n  Oak.  12(3):843-854, August 2019.\n"
    "DOI Number\n  10.5555/oak.1\n\n"
)


@pytest.mark.parametrize(
    ("text", "format_name"),
    [(REFER, "enw"), (REFWORKS, "refworks_tagged"), (OVID, "ovid_tagged"), (OVID_NAMED, "ovid_tagged")],
)
def test_other_text_formats_are_mapped_and_leave_nothing_over(text: str, format_name: str) -> None:
    second = text[text.find("RT Journal") :] if format_name == "refworks_tagged" else text.replace("<1", "<2")
    report = check_file((text + second).encode(), "export.txt")
    assert (report["format"], report["n_records"], report["leftovers"]) == (format_name, 2, [])
    record = read(text.encode())[0]
    assert (record.title, record.authors, record.year) == ("Oak gall disease", ("Rossi, Anna",), 2019)
    assert (record.journal, record.pages, record.doi) == ("Oak", "843-854", "10.5555/oak.1")

"""What is read although it is not as it should be is named with its line, and what is often so is named once."""

from __future__ import annotations

import pytest

from reviewflow.errors import InputError
from reviewflow.formats import canonical, check_file, open_export

ENTRY = "TY  - JOUR\nTI  - Oak {n}\n{more}ER  - \n"


def told(text: str | bytes) -> list[tuple[int, str]]:
    content = text if isinstance(text, bytes) else text.encode()
    return [(repair["line"], repair["what"]) for repair in check_file(content, "FILE")["repairs"]]


def ris(n: int, more: str = "") -> str:
    return "".join(ENTRY.format(n=i, more=more) for i in range(n))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("KW  - oak\ngall\nash\n", "2,000 lines without a tag are joined"),
        ("AB  - We\rwaited.\n", "1,000 carriage returns that end no line"),
        ("AB  - We\0 waited.\n", "1,000 NUL bytes"),
        ("AB  - We \ufffd waited.\n", "1,000 characters were lost before"),
    ],
)
def test_what_is_so_in_every_record_is_one_line_of_the_report(more: str, words: str) -> None:
    text = ris(1) + ris(1000, more)
    ((line, what),) = told(text)
    assert what.startswith(words)
    assert line == next(
        i for i, each in enumerate(text.split("\n"), 1) if set(each) & set("\r\0\ufffd") or each == "gall"
    )


def test_the_end_line_as_ovid_writes_it_and_tags_behind_it_are_each_told_once() -> None:
    text = "TY  - JOUR\nTI  - Oak\nER  -\nNL  - Gall\nER  -\n" * 3
    assert [line for line, _ in told(text)] == [3, 4]
    assert [what.split(" ")[0] for _, what in told(text)] == ["6", "3"]


def test_what_may_stand_behind_the_last_record_is_no_repair() -> None:
    assert told("FN Clarivate\nVR 1.0\nPT J\nAU Rossi, A\n   Weber, K\nTI Oak\nER\n\nEF\n") == []


@pytest.mark.parametrize(
    ("tag", "way"),
    [
        ("TI\t-", "with a tab in front of the dash"),
        ("TI -", "with one blank in front of the dash"),
        ("TI-", "with no blank in front of the dash"),
        ("ti  -", "in lower case"),
        (" TI  -", "behind blanks"),
        ("\ufeffTI  -", "behind a byte order mark (BOM) in the midst of the file"),
        ("\tti -", "in lower case and behind blanks and with one blank in front of the dash"),
    ],
)
def test_how_a_tag_is_written_is_said_with_its_line(tag: str, way: str) -> None:
    assert told(ris(1) + ris(1).replace("TI  -", tag)) == [(5, f"a tag stands {way}: read all the same")]


def test_a_nul_byte_is_in_the_tags_and_in_no_field() -> None:
    export = open_export(ris(1, "AB  - We\0 waited.\nDO  - 10.5555/\0oak\n").encode(), "a.ris")
    (raw,) = export.records()
    record = canonical(raw, "ris")
    assert dict(raw.tags)["AB"] == "We\0 waited."
    assert (record.abstract, record.doi) == ("We waited.", "10.5555/oak")


def test_padding_with_nul_behind_the_last_record_is_no_repair() -> None:
    assert told(ris(100).encode() + b"\0" * 50) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("@article{k1,\n title = {Oak}\n year = 2019,\n}", 3),
        ("@article{k1\n title = {Oak},\n}", 2),
        ('@article{k1, title = "Oak"\n, year = 2019\n doi = {10.5555/a}}', 3),
    ],
)
def test_a_missing_comma_is_named_where_the_next_field_begins(text: str, line: int) -> None:
    assert told(text) == [(line, "a comma is missing in front of this field")]


def test_months_and_abbreviations_that_are_defined_are_no_repair() -> None:
    text = (
        '@string{ja = "J Oak"}\n@article{k1, title = {Oak}, journal = ja, month = jan, year = 2019, note = ja # " B"}'
    )
    assert told(text) == []
    missing = told(text.replace("@string{ja", "@string{jo"))
    assert [(line, '"ja"' in what) for line, what in missing] == [(2, True), (2, True)]


def test_keys_that_are_missing_or_the_same_are_named_and_every_entry_is_read() -> None:
    text = "@article{a, title = {Oak}}\n@article{, title = {Ash}}\n@article{a, title = {Elm}}\n@book{b}\n"
    report = check_file(text.encode(), "a.bib")
    assert report["n_records"] == 4
    assert [repair["line"] for repair in report["repairs"]] == [2, 3, 4]


@pytest.mark.parametrize(
    "content",
    [
        b"TY  - JOUR\nTI  - Oak\nER  - \nTY  - JOUR\nER  - \n",
        b"PMID- 1\nTI  - Oak\n\nPMID- 2\n",
        b'[{"type": "book"},\n{}]',
        b"<xml><records><record><titles><title>Oak</title></titles></record>\n<record/></records></xml>",
        b"@book{a, title = {Oak}}\n@book{b}",
    ],
)
def test_a_record_without_a_field_is_counted_and_named(content: bytes) -> None:
    report = check_file(content, "FILE")
    assert (report["n_records"], report["n_rejected"], report["leftovers"]) == (2, 0, [])
    (repair,) = report["repairs"]
    assert repair["what"].endswith("it is counted")


@pytest.mark.parametrize(
    "prolog",
    [
        "<!--" + "x" * 70_000 + "-->\n<!DOCTYPE a [<!ENTITY b 'c'>]>",
        "<!DOCTYPE a [<!-- ]> --><!ENTITY b 'c'>]>",
        "<!DOCTYPE a [<?x ]> ?><!ATTLIST a b CDATA ']>'><!ENTITY b 'c'>]>",
        "<!DOCTYPE a SYSTEM ']>[' [<!ENTITY b 'c'>]>",
        "<!DOCTYPE a [" + " " * 70_000 + "<!ENTITY b 'c'>]>",
    ],
)
def test_entities_of_the_files_own_are_refused_however_they_are_hidden(prolog: str) -> None:
    with pytest.raises(InputError, match="declares entities of its own"):
        open_export(f"<?xml version='1.0'?>\n{prolog}\n<PubmedArticleSet>&b;</PubmedArticleSet>".encode(), "a.xml")


def test_a_record_behind_a_long_comment_and_a_document_type_is_read() -> None:
    prolog = "<!--" + "x" * 70_000 + "-->\n<!DOCTYPE PubmedArticleSet [<!-- ]> --><!ATTLIST a b CDATA 'c'>]>\n"
    assert open_export(f"{prolog}<PubmedArticleSet></PubmedArticleSet>".encode(), "a.xml").format == "pubmed_xml"


def test_a_web_page_is_named_by_its_title() -> None:
    page = b"<html><head><TITLE lang='en'>\n 502 Bad &amp; gone </TITLE></head></html>"
    with pytest.raises(InputError, match=r'web page \("502 Bad & gone" its title\)'):
        open_export(page, "a.ris")


def test_a_header_without_rows_says_that_the_search_may_have_had_no_result() -> None:
    with pytest.raises(InputError, match="it has a header and no row below it") as caught:
        check_file(b"Title,Year,DOI\n", "a.csv")
    assert "no result" in caught.value.remedy

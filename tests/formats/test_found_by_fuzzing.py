"""Files that a fuzzer and a search for slow patterns found, each of which a reader once could not stand."""

from __future__ import annotations

import pytest

from reviewflow.domain import normalise
from reviewflow.errors import InputError
from reviewflow.formats import canonical, check_file, open_export
from reviewflow.formats.export import Export
from reviewflow.formats.source import Source
from tests.formats.laws import assert_read_lawfully

LENGTH = 120_000  # what takes n**2 steps takes minutes at this length, what takes n a fraction of a second
LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
ARTICLE = "<PubmedArticle><MedlineCitation><PMID>&a9;</PMID></MedlineCitation></PubmedArticle>"


def characters_in(content: str, format_name: str) -> int:
    """How many characters the tags hold that a file is read into, its format given and not told."""
    export = Export(Source(content.encode(), "file"), format_name)
    return sum(len(value) for raw in export.records() for _, value in raw.tags)


def test_empty_rows_behind_a_note_between_rows_belong_to_the_note() -> None:
    content = b"key,title,authors\n1,Oak,Rossi\nnote\n;;;\n,,\n"
    export = open_export(content, "table.csv")
    (raw,) = export.records()
    (note,) = export.leftovers
    assert (raw.end, note.start, note.end, note.text) == (content.index(b"note"), raw.end, len(content), "note")


def test_half_a_character_in_json_becomes_a_sign_for_what_cannot_be_shown() -> None:
    (raw,) = open_export(rb'[{"type":"book","title":"Oak \ud800 \ud83c\udf33","\udfff":"a"}]', "half.json").records()
    assert dict(raw.tags)["title"] == "Oak \ufffd \U0001f333"
    assert dict(raw.tags)["\ufffd"] == "a"


@pytest.mark.parametrize("value", ["1" * 5000, '{"a":' * 200 + "1" + "}" * 200, "[" * 200 + "]" * 200, "[" * 100_000])
def test_json_that_python_cannot_hold_is_rejected_and_not_lost(value: str) -> None:
    content = f'[{{"type":"book","title":"Oak"}},\n{{"title":"Ash","b":{value}}}]'.encode()
    export = open_export(content, "deep.json")
    assert [canonical(raw, export.format).title for raw in export.records()] == ["Oak"]
    assert export.n_rejected == 1
    assert (export.leftovers[0].end, "Ash" in export.leftovers[0].text) == (len(content), True)


def test_records_of_json_in_windows_1252_lie_where_their_bytes_are() -> None:
    objects = ['{"type":"book","title":"Chêne"}', '{"type":"book","title":"Frêne"}', '{"title":"Hêtre"}']
    content = ("[" + ",".join(objects[:2])).encode("cp1252") + f",\n{objects[2]}]".encode()
    spans = [(raw.start, raw.end) for raw in open_export(content, "cp1252.json").records()]
    assert [content[start:end].strip(b"[],\n") for start, end in spans] == [
        *(text.encode("cp1252") for text in objects[:2]),
        objects[2].encode(),
    ]


def test_an_element_nested_deeper_than_any_export_is_rejected_and_not_lost() -> None:
    deep = "<a>" * 200 + "x<b/>" + "</a>" * 200
    content = (
        f"<xml><records><record><rec-number>1</rec-number></record><record>{deep}</record></records></xml>".encode()
    )
    export = open_export(content, "deep.xml")
    assert len(list(export.records())) == 1
    assert (export.n_rejected, export.leftovers[0].end) == (1, len(content))


def test_a_numbered_entity_of_thousands_of_digits_stays_as_text() -> None:
    number = "&#" + "1" * 5000 + ";"
    assert normalise.clean_line(f"Oak {number} &amp; ash") == f"Oak {number} & ash"
    assert normalise.normalise_doi(f"{number} doi:10.5555/oak") == "10.5555/oak"


def test_a_list_that_is_cut_off_keeps_its_last_text() -> None:
    assert normalise.split_list("['Marx, Karl', 'Lindgren, Ast]") == ["Marx, Karl", "Lindgren, Ast"]


def test_abbreviations_of_abbreviations_of_bibtex_do_not_grow_without_end() -> None:
    macros = ['@string{a0 = "hahahahaha"}', *(f"@string{{a{n} = a{n - 1}{f' # a{n - 1}' * 9}}}" for n in range(1, 10))]
    content = "\n".join([*macros, "@article{k, title = a9 # a9, journal = a1 # { } # a0}"])
    (raw,) = open_export(content.encode(), "laughs.bib").records()
    assert dict(raw.tags)["journal"] == "ha" * 50 + "ha" * 5
    assert sum(len(value) for _, value in raw.tags) < 20 * len(content)


@pytest.mark.parametrize(
    "content",
    [
        f"<!DOCTYPE PubmedArticleSet [{LAUGHS}]><PubmedArticleSet>{ARTICLE}</PubmedArticleSet>",
        f"<!DOCTYPE PubmedArticleSet [<!-- ]> -->{LAUGHS}]><PubmedArticleSet>{ARTICLE}</PubmedArticleSet>",
        f"<!--{'x' * 70_000}--><!DOCTYPE x [{LAUGHS}]><PubmedArticleSet>{ARTICLE}</PubmedArticleSet>",
        f"<PubmedArticleSet><PubmedArticle><!DOCTYPE x [{LAUGHS}]><PMID>&a9;</PMID></PubmedArticle></PubmedArticleSet>",
        f'<!DOCTYPE x [<!ENTITY a9 "{"x" * 50_000}">]><PubmedArticleSet>{ARTICLE.replace("&a9;", "&a9;" * 9999)}',
        f'<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]><PubmedArticleSet>{ARTICLE}</PubmedArticleSet>',
        f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]><PubmedArticleSet>{ARTICLE}</PubmedArticleSet>',
    ],
    ids=["laughs", "hidden", "late", "inside", "quadratic", "file", "network"],
)
def test_no_entity_of_a_files_own_is_ever_expanded(content: str) -> None:
    """Not even where nobody has looked for one: the reader itself hands no document type to the parser."""
    assert characters_in(content, "pubmed_xml") < len(content)
    with pytest.raises(InputError):
        check_file(content.encode(), "evil.xml")


# Format, what comes first, the piece that fills the file, what comes last. "" has the format told.
SLOW = [
    ("", "", "<!---->", "X"),
    ("", "", "ER\n", ""),
    ("ris", "TY  -", " ", "#\n"),
    ("ris", "TY  -", " \t", "#\n"),
    ("ris", "", "ER\n", ""),
    ("ris", "TY  - JOUR\nDO  - 10.5555/a", ")", "\n"),
    ("ris", "TY  - JOUR\nDO  - x ", "10.1234.", "\n"),
    ("ris", "TY  - JOUR\nN1  - doi 10.5555/a", ")", "\n"),
    ("ris", "TY  - JOUR\nAN  - 12 ", "ChiCTR-", "\n"),
    ("ris", "TY  - JOUR\nID  - ", "1", "\n"),
    ("ris", "TY  - JOUR\nAB  - <AbstractText", ' Label="a"', "\n"),
    ("ris", "TY  - JOUR\nAU  - Rossi", " 1", "?\n"),
    ("ris", "TY  - JOUR\nAU  - Rossi", " [", "?\n"),
    ("ris", "TY  - JOUR\nAU  - Rossi, Anna", " DPhil", "?\n"),
    ("ris", "TY  - JOUR\nAU  - Rossi", ",", "x\n"),
    ("nbib", "PMID- 1\nSO  - p", "a-", "\n"),
    ("ovid_tagged", "<1>\nSO  - a", ". (", "\n"),
    ("ovid_tagged", "<1>\nSO  - a", " 1(", "\n"),
    ("ovid_tagged", "<1>\nSO  - a", " 1, ", "\n"),
    ("ovid_tagged", "<1>\nDB  - a", "<", "\nb\n"),
    ("enw", "%0 Book\n%W a", " ", "b\n"),
    ("csv", "title,url\na,", "1", "\n"),
    ("csv", "title,citation\na,", ". 2019", "\n"),
    ("csv", "title,authors\na,[", "\\'", "]\n"),
    ("bibtex", "@article{", " ", "="),
    ("bibtex", "@article{a, b = {c,", "\n", "?"),
    ("bibtex", "@article{a, x # y,\n", '\na= "x', "\n}"),
    ("bibtex", "", "@comment{", ""),
    ("bibtex", "", "@preamble(", ""),
    ("bibtex", "", "@a{b, ?}\n", ""),
    ("bibtex", "@article{a, author = {{", "x and ", "}}"),
    ("bibtex", "@article{a, file = ", "file = {:", "}"),
    ("endnote_xml", "<xml><records>", "<record>", ""),
    ("endnote_xml", "<xml><records>", "<record ", ""),
    ("endnote_xml", "<xml><records>", "<!--", ""),
    ("endnote_xml", "<xml><records>", "<?", ""),
    ("endnote_xml", "<xml><records>", "<!DOCTYPE ", ""),
    ("csl_json", "[", "{}" + " " * 4000, ""),
    ("ctgov_json", '{"totalCount":', " ", "["),
]


@pytest.mark.parametrize(
    ("format_name", "begin", "piece", "end"), SLOW, ids=[f"{slow[0]} {slow[1][-20:]}{slow[2][:20]}" for slow in SLOW]
)
def test_a_file_made_to_be_slow_is_read_to_its_end(format_name: str, begin: str, piece: str, end: str) -> None:
    """Without a clock: a reader that looks at the same bytes again and again would not come back in this lifetime."""
    assert_read_lawfully((begin + piece * (LENGTH // len(piece)) + end).encode(), format_name)


def test_a_record_with_thousands_of_abstracts_keeps_them_all() -> None:
    lines = [f"AB  - {number}" for number in range(20_000)]
    (raw,) = open_export("\n".join(["TY  - JOUR", *lines, "ER  - "]).encode(), "many.ris").records()
    assert canonical(raw, "ris").abstract.split("\n\n") == [line[6:] for line in lines]


def test_a_file_whose_every_tag_is_spaced_oddly_holds_an_entry() -> None:
    content = b"Oak\nTA - re - Ash\nTA - rsh\n"
    export = Export(Source(content, "odd.ris"), "ris")
    (raw,) = export.records()
    assert raw.tags == (("TA", "re - Ash"), ("TA", "rsh"))
    assert [leftover.text for leftover in export.leftovers] == ["Oak"]


@pytest.mark.parametrize("content", [b"TY  -oak gall\nPT  -ER\x8b  -\n", b"ty-oak\nA1  na\n"])
def test_a_record_whose_only_tag_has_no_blank_behind_its_dash_is_told_to_be_bare(content: bytes) -> None:
    export = Export(Source(content, "odd.ris"), "ris")
    (raw,) = export.records()
    assert raw.tags[0][0] == "TY"
    assert any("nothing but TY" in repair.what for repair in export.repairs)

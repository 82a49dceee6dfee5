"""RIS in the dialects that databases and reference managers write, whole and damaged."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.record import Record
from reviewflow.errors import InputError
from reviewflow.formats import canonical, check_file, open_export, write_ris

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = """TY  - JOUR
AU  - Rossi, Anna
AU  - Weber, K.
TI  - Watchful waiting in oak gall disease
PY  - 2019
JO  - J Bot Med
DO  - 10.5555/oak.1
AB  - We waited.
ER  -{blank}

""".format(blank=" ")


def read(text: str | bytes) -> list[Record]:
    export = open_export(text if isinstance(text, bytes) else text.encode(), "search.ris")
    return [canonical(raw, export.format) for raw in export.records()]


def one(text: str) -> Record:
    (record,) = read(text)
    return record


@pytest.mark.parametrize(
    ("change", "n_records"),
    [
        (lambda text: text * 3, 3),
        (lambda text: (text * 3).replace("\n", "\r\n"), 3),
        (lambda text: (text * 3).replace("\n", "\r"), 3),
        (lambda text: "\ufeff" + text * 2, 2),
        (lambda text: text * 2 + "\ufeff" + text, 3),
        (lambda text: (text * 3).replace("ER  - \n", "", 1), 3),
        (lambda text: (text * 3).rstrip().removesuffix("ER  -"), 3),
        (lambda text: text + text.replace("TY  - JOUR\n", "") + text, 3),
        (lambda text: text.replace("TY  - JOUR\n", "") + text, 2),
        (lambda text: (text * 2).replace("TY  - JOUR\n", ""), 2),
        (lambda text: (text * 2).replace("  - ", " - "), 2),
        (lambda text: (text * 2).replace("  - ", "\t- "), 2),
        (lambda text: (text * 2).replace("\n", "\n "), 2),
        (lambda text: (text * 2).replace("TY  - JOUR", "ty  - jour"), 2),
        (lambda text: (text * 2).replace("TY  - ", "TY  -  "), 2),
        (lambda text: (text * 2).replace("ER  - ", "ER  -"), 2),
        (lambda text: (text * 2).replace("\n\n", "\n"), 2),
        (lambda text: (text * 2).replace("We waited.", "We waited.\n\nThen we saw."), 2),
        (lambda text: (text * 2).replace("We waited.", "We saw\nER  - positive tumours\nin oaks."), 2),
        (lambda text: (text * 2).replace("ER  - \n", "ER  - \nNL  - J Bot Med\n\nLink to the Ovid Full Text: x\n"), 2),
        (lambda text: "1. \n" + text + "2. \n" + text, 2),
        (lambda text: f"Record #1 of 2\nProvider: John Wiley & Sons, Ltd.\nContent: text/plain\n\n{text}" * 2, 2),
    ],
)
def test_damage_and_dialect_leave_the_number_of_records_right_and_nothing_over(
    change: Callable[[str], str], n_records: int
) -> None:
    report = check_file(change(PLAIN).encode(), "search.ris")
    assert report["n_records"] == n_records
    assert report["leftovers"] == []
    assert report["with"]["title"] == report["with"]["doi"] == n_records


def test_a_missing_end_or_start_line_is_reported_with_its_line() -> None:
    text = PLAIN + PLAIN.replace("TY  - JOUR\n", "") + PLAIN.replace("ER  - \n", "")
    repairs = check_file(text.encode(), "search.ris")["repairs"]
    assert [repair["line"] for repair in repairs] == [11, 27]
    assert repairs[1]["what"].endswith("the record from line 20 ends here")


def test_text_between_records_is_left_over_with_its_line() -> None:
    report = check_file((PLAIN + "Thank you for your order.\n\n" + PLAIN).encode(), "search.ris")
    assert report["n_records"] == 2
    assert report["leftovers"] == [{"line": 11, "text": "Thank you for your order."}]


def test_continuation_lines_that_look_like_tags_stay_in_their_field() -> None:
    record = one(PLAIN.replace("AB  - We", "KW  - oak\nDNA damage\nB12 - deficiency\nAB  - We"))
    assert record.keywords == ("oak", "DNA damage", "B12 - deficiency")


@pytest.mark.parametrize("separator", ["\u2028", "\x0b", "\x0c", "\x85", "\r"])
def test_only_line_feeds_end_lines_where_there_are_any(separator: str) -> None:
    assert one(PLAIN.replace("We waited.", f"We{separator}waited.")).abstract.split() == ["We", "waited."]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_encoding_does_not_change_what_is_read(encoding: str) -> None:
    text = PLAIN.replace("Weber", "Wéber")
    assert read(text.encode(encoding)) == read(text)


def test_lines_in_another_encoding_are_read_and_reported() -> None:
    content = PLAIN.replace("Rossi", "Rössi").encode() + PLAIN.replace("Weber", "Wéber").encode("cp1252")
    export = open_export(content, "mixed.ris")
    records = [canonical(raw, "ris") for raw in export.records()]
    assert [record.authors for record in records] == [("Rössi, Anna", "Weber, K."), ("Rossi, Anna", "Wéber, K.")]
    assert [repair.line for repair in export.repairs] == [13]
    assert export.encoding == "utf-8 and cp1252"


@pytest.mark.parametrize(
    ("lines", "database", "pmid", "accession"),
    [
        ("U2  - L2009876543\nC5  - 31234567\nDB  - Embase\nDB  - Medline", "Embase", "31234567", "L2009876543"),
        ("DB  - Scopus\nC2  - 31234567\nUR  - http://x.org/?e=2-s2.0-850123&x", "Scopus", "31234567", "2-s2.0-850123"),
        ("AN  - CN-00123456\nC3  - PUBMED 31234567,EMBASE 2009876543", "Cochrane Library", "31234567", "CN-00123456"),
        ("AN  - WOS:000123456700001\nC3  - Univ Oslo", "Web of Science", "", "WOS:000123456700001"),
        ("DB  - APA PsycInfo <2021>\nID  - 2021-12345-001", "APA PsycInfo", "", "2021-12345-001"),
        ("DB  - PubMed\nU1  - 31234567[pmid]\nAN  - 31234567", "PubMed", "31234567", "31234567"),
        ("UR  - https://www.embase.com/s?id=L2009876543&x     U2  - L2009876543", "Embase", "", "L2009876543"),
        ("UR  - https://lens.org/001-002-003-004-005", "Lens", "", ""),
    ],
)  # fmt: skip
def test_the_source_of_a_record_shows_and_with_it_where_its_numbers_stand(
    lines: str, database: str, pmid: str, accession: str
) -> None:
    record = one(PLAIN.replace("ER  - ", f"{lines}\nER  - "))
    assert (record.database, record.pmid, record.accession) == (database, pmid, accession)


@pytest.mark.parametrize(
    "line",
    [
        "DO  - https://dx.doi.org/10.5555/OAK.1",
        "DO  - doi:10.5555/oak.1.",
        "L2  - http://dx.doi.org/10.5555/oak.1",
        "UR  - https://doi.org/10.5555%2foak.1",
        "M3  - 10.5555/oak.1",
        "N1  - doi: 10.5555/oak.1",
        "DO  - 10.5555/oak.1     LK  - https://example.org/link?id=doi:10.5555%2Fother",
    ],
)
def test_a_doi_is_found_wherever_exports_put_it(line: str) -> None:
    assert one(PLAIN.replace("DO  - 10.5555/oak.1", line)).doi == "10.5555/oak.1"


def test_markup_and_entities_are_resolved_and_comparisons_stay() -> None:
    record = one(PLAIN.replace("We waited.", "<jats:p>Oak &amp; <i>ash</i>, p &lt; 0.05 and n > 3</jats:p>"))
    assert record.abstract == "Oak & ash, p < 0.05 and n > 3"


@pytest.mark.parametrize(
    ("lines", "pages"),
    [
        ("SP  - 843\nEP  - 54", "843-854"),
        ("SP  - 470-487", "470-487"),
        ("SP  - 20\nEP  - 20", "20"),
        ("SP  - No\nEP  - Specified", ""),
        ("C7  - e28922", "e28922"),
        ("SP  - S12\nEP  - S15", "S12-S15"),
    ],
)
def test_pages_are_whole_and_plain(lines: str, pages: str) -> None:
    assert one(PLAIN.replace("ER  - ", f"{lines}\nER  - ")).pages == pages


def test_spans_and_leftovers_tile_the_file() -> None:
    content = ("\ufeffPreamble of no use.\n1. \n" + PLAIN + "junk\n2. \n" + PLAIN + "\n\n").encode()
    export = open_export(content, "search.ris")
    spans = [(raw.start, raw.end) for raw in export.records()]
    spans = sorted([*spans, *((leftover.start, leftover.end) for leftover in export.leftovers)])
    assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
    assert spans[-1][1] == len(content)


TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=40).map(
    lambda s: " ".join(s.split())
)


@given(st.binary(max_size=300) | TEXT.map(lambda text: (PLAIN + text + "\n" + PLAIN).encode()))
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_records_or_an_input_error(content: bytes) -> None:
    try:
        export = open_export(content, "search")
    except InputError:
        return
    end = 0
    for raw in export.records():
        canonical(raw, export.format)
        assert end <= raw.start < raw.end <= len(content)
        end = raw.end


RECORDS = st.builds(
    Record,
    kind=st.sampled_from(["journal", "conference", "book", "chapter", "thesis", "report"]),
    title=st.sampled_from(["Oak gall: a trial", "Über die Eiche", "Trial of 3 doses (n < 20)"]),
    authors=st.lists(st.sampled_from(["Rossi, Anna", "Wéber, K.", "Oak Study Group"]), unique=True).map(tuple),
    year=st.none() | st.integers(1900, 2030),
    journal=st.sampled_from(["", "Journal of Botany"]),
    volume=st.sampled_from(["", "12"]),
    pages=st.sampled_from(["", "843-854", "e28922", "S12-S15"]),
    doi=st.sampled_from(["", "10.5555/oak.1"]),
    pmid=st.sampled_from(["", "31234567"]),
    abstract=st.sampled_from(["", "We waited. Then we saw."]),
    issn=st.sampled_from([(), ("1234-5679",)]),
    keywords=st.sampled_from([(), ("oak", "gall, oak")]),
)


@given(st.lists(RECORDS, min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_reading_what_was_written_gives_the_same_records(records: list[Record]) -> None:
    stream = StringIO()
    assert write_ris(records, stream) == len(records)
    assert read(stream.getvalue()) == records

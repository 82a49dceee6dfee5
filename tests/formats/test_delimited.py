"""Tables read by the names in their header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.formats import canonical, check_file, open_export

if TYPE_CHECKING:
    from reviewflow.domain.record import RawRecord, Record

COMMON = (
    "record_id,entry_type,author,title,year,journal,volume,issue,pages,doi,pmid,abstract,source_db,isbn_issn\n"
    'r1,article,"Rossi, A. and Weber, K.","Oak, gall",2019,J Bot Med,12,3,843 -- 54,10.5555/oak.1,31234567,'
    '"We\nwaited.",Embase,1234-5679\n'
)


def read(text: str) -> tuple[list[RawRecord], list[Record]]:
    export = open_export(text.encode(), "table.csv")
    raws = list(export.records())
    return raws, [canonical(raw, export.format) for raw in raws]


def test_the_columns_of_a_deduplication_table_are_mapped_and_its_record_id_is_kept() -> None:
    (raw,), (record,) = read(COMMON)
    assert dict(raw.tags)["record_id"] == "r1"
    assert record.authors == ("Rossi, A.", "Weber, K.")
    assert (record.title, record.year, record.journal, record.pages) == ("Oak, gall", 2019, "J Bot Med", "843-854")
    assert (record.doi, record.pmid, record.issn) == ("10.5555/oak.1", "31234567", ("1234-5679",))
    assert (record.abstract, record.database) == ("We\nwaited.", "Embase")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told_by_the_header_and_not_by_the_rows(delimiter: str) -> None:
    text = (
        delimiter.join(["Title", "Authors", "DOI"])
        + "\n"
        + delimiter.join(['"A; b, c"', '"Rossi A, Weber B"', "10.5555/x"])
    )
    _, (record,) = read(text)
    assert (record.title, record.authors, record.doi) == ("A; b, c", ("Rossi, A", "Weber, B"), "10.5555/x")


def test_a_preamble_and_empty_rows_are_no_records() -> None:
    text = '"SEARCH QUERY","oak:ti"\n------\n\n"Title","Author Names","PUI"\n"Oak","Rossi A.","L123456789"\n,,\n;;\n\n'
    raws, (record,) = read(text)
    assert record.database == "Embase"
    assert ("header", '"SEARCH QUERY","oak:ti"') in raws[0].tags
    assert (raws[0].start, raws[0].end) == (0, len(text))


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ("Rossi, Anna; Weber, Karl", ("Rossi, Anna", "Weber, Karl")),
        ("Rossi, Anna and Weber, Karl", ("Rossi, Anna", "Weber, Karl")),
        ("['Rossi, Anna', 'Weber, Karl']", ("Rossi, Anna", "Weber, Karl")),
        ("Anna Rossi|Karl von Weber", ("Rossi, Anna", "von Weber, Karl")),
        ("Rossi A., Weber K.", ("Rossi, A.", "Weber, K.")),
        ("Anna Rossi, Karl Weber, Li Wang", ("Rossi, Anna", "Weber, Karl", "Wang, Li")),
        ("Rossi A.Weber K. L.", ("Rossi, A.", "Weber, K. L.")),
        ("Rossi, Anna", ("Rossi, Anna",)),
        ("Oak Study Group", ("Oak Study Group",)),
    ],
)
def test_authors_are_split_however_they_are_separated(authors: str, names: tuple[str, ...]) -> None:
    _, (record,) = read(f'title,authors\nOak,"{authors}"\n')
    assert record.authors == names


def test_a_quotation_mark_that_never_closes_is_rejected_and_said() -> None:
    report = check_file(b'title,abstract\nOak,We wait\n"Ash,We hope\nElm,We go\n', "table.csv")
    assert (report["n_records"], report["n_rejected"]) == (1, 1)
    assert report["leftovers"][0]["line"] == 3


def test_a_note_between_rows_is_left_over() -> None:
    report = check_file(b"title,doi,year\nOak,10.5555/a,2019\nnot yet labelled\nElm,10.5555/c,2020\n", "table.csv")
    assert report["n_records"] == 2
    assert report["leftovers"] == [{"line": 3, "text": "not yet labelled"}]

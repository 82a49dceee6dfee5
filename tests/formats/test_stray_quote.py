"""A quotation mark that opens a cell by mistake takes no row away in silence; text of several lines is no damage."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewflow.formats import canonical, check_file, open_export

HEADER = ["Title", "Year", "DOI", "Abstract"]
WORD = st.text(st.sampled_from('ab ,;\n"é9'), max_size=40)
CLEAN = st.text(st.sampled_from("abcé "), min_size=1, max_size=12)


@st.composite
def rows(draw: st.DrawFn, text: st.SearchStrategy[str], least: int) -> list[list[str]]:
    n = draw(st.integers(least, 6))
    return [[f"Oak {draw(text)}", str(2000 + i), f"10.5555/{i}", f"We {draw(text)}"] for i in range(n)]


def as_csv(table: list[list[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([HEADER, *table])
    return stream.getvalue()


def titles(text: str) -> list[str]:
    export = open_export(text.encode(), "table.csv")
    return [canonical(raw, export.format).title for raw in export.records()]


@given(rows(WORD, 1))
def test_a_table_that_is_whole_is_read_without_a_word_whatever_its_cells_hold(table: list[list[str]]) -> None:
    report = check_file(as_csv(table).encode(), "table.csv")
    assert (report["n_records"], report["n_rejected"]) == (len(table), 0)
    assert report["repairs"] == report["leftovers"] == []


@given(rows(CLEAN, 2), st.integers(0, 3), st.data())
def test_rows_that_a_stray_mark_swallowed_are_rows_again(
    table: list[list[str]], column: int, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(table) - 2))
    lines = as_csv(table).split("\n")
    cells = lines[at + 1].split(",")
    cells[column] = f'"{cells[column]}'
    lines[at + 1] = ",".join(cells)
    report = check_file("\n".join(lines).encode(), "table.csv")
    assert (report["n_records"], report["n_rejected"], report["leftovers"]) == (len(table), 0, [])
    assert [repair["line"] for repair in report["repairs"]] == [at + 2]


@pytest.mark.parametrize(
    "closing",
    ['"D, d",2003,10.5555/d,Elm', 'D",2003,10.5555/d,Elm', 'D,2003,10.5555/d,"Elm"', 'D,2003,10.5555/d,"Elm\nand"'],
)
def test_wherever_the_stray_mark_closes_no_record_is_lost(closing: str) -> None:
    text = f'{",".join(HEADER)}\nA,2000,10.5555/a,x\n"B,2001,10.5555/b,x\nC,2002,10.5555/c,x\n{closing}\nE,2004,,x\n'
    assert [title.strip('"')[0] for title in titles(text)] == ["A", "B", "C", "D", "E"]


def test_two_stray_marks_after_one_another_are_both_taken_away() -> None:
    text = f'{",".join(HEADER)}\n"A,2000,10.5555/a,x\n"B,2001,10.5555/b,x\nC,2002,10.5555/c,x\nD,2003,10.5555/d,"y"\n'
    assert titles(text) == ["A", "B", "C", "D"]


def test_a_mark_behind_a_cell_of_several_lines_is_found_too() -> None:
    header = "Title,Abstract,Year,DOI"
    text = f'{header}\nA,"one\ntwo",2000,"10.5555/a\nB,x,2001,10.5555/b\nC,y,2002,"10.5555/c"\n'
    assert titles(text) == ["A", "B", "C"]


def test_rows_that_may_be_text_are_one_record_and_the_file_is_not_clean() -> None:
    report = check_file(b'Title,Year,DOI,Note\nA,2000,"10.5555/a\nB,2001,10.5555/b,x\nzz",y\nC,2002,,\n', "table.csv")
    assert report["n_records"] == 2
    assert report["n_rejected"] == 1
    assert "swallowed 2 lines, of which 1 look like rows" in report["repairs"][0]["what"]


def test_lines_of_another_encoding_are_named_once_where_a_stray_mark_is_taken_away() -> None:
    text = 'Title,Year,DOI\n"Müsli,2000,10.5555/a\nÖl,2001,10.5555/b\n"Öl, dann",2002,10.5555/c\n'
    repairs = check_file(text.encode("cp1252"), "table.csv")["repairs"]
    assert [repair["line"] for repair in repairs if "cp1252" in repair["what"]] == [2, 3, 4]


def test_a_repair_in_a_cell_of_several_lines_is_reported_once() -> None:
    rows = ('"Gr\u00f6\u00dfe","first line \u00e9\nsecond line \u00e8",2019', '"Other","short",2020')
    content = ("title,abstract,year\n" + "\n".join(rows) + "\n").encode("cp1252")
    assert [each["line"] for each in check_file(content, "x.csv")["repairs"]] == [2, 3]

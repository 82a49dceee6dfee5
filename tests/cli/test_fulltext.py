"""`fulltext` and the files of votes, as a person calls them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reviewflow.formats.workbook import read_workbook, write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Command

PDF = b"%PDF-1.4 "


@pytest.fixture
def sought(rf: Command, small_review: Path) -> Path:
    """The folder above the review, in which p1 and p2 are sought."""
    for report in ("p1", "p2"):
        for name in ("A", "B"):
            assert rf("screen", "vote", report, "include", "--as", name).code == 0
    return small_review.parent


def test_a_folder_of_full_texts_is_matched_kept_and_left_as_it_is(rf: Command, sought: Path) -> None:
    folder = sought / "pdfs"
    (folder / "deeper").mkdir(parents=True)
    files = {"p1.pdf": PDF + b"1", "deeper/10.1000_two.pdf": PDF + b"2", "scan.pdf": PDF + b"3", "notes.txt": b"x"}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    ran = rf("fulltext", "add", folder, "--dry-run", "--as", "A", "--json")
    assert (ran.code, ran.value["n_kept"], ran.value["n_files"]) == (1, 0, 3)
    ran = rf("fulltext", "add", folder, "--way", "library", "--as", "A")
    assert ran.code == 1
    assert "3 files: 2 kept; 1 unmatched" in ran.out
    assert {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")} == files
    told = {each["report"]: (each["state"], each["file"]) for each in rf("fulltext", "list", "--json").value["reports"]}
    assert told == {"p1": ("retrieved", "p1.pdf"), "p2": ("retrieved", "10.1000_two.pdf")}
    (folder / "scan.pdf").unlink()
    assert rf("fulltext", "add", folder, "--as", "A").code == 0
    assert rf("fulltext", "missing").out == "No full text is still to come.\n"


def test_what_waits_is_told_with_how_long_and_goes_out_as_a_list(rf: Command, sought: Path) -> None:
    assert rf("fulltext", "request", "p1", "--on", "2020-02-03", "--as", "A").code == 0
    assert rf("fulltext", "contact", "p1", "--to", "Ann Smith", "--answer", "will send it", "--as", "A").code == 0
    ran = rf("fulltext", "missing", "--json")
    assert [(each["report"], each["asked_on"]) for each in ran.value["reports"]] == [("p1", "2020-02-03"), ("p2", "")]
    assert ran.value["reports"][0]["days"] > 2000
    shown = rf("fulltext", "missing").out
    assert "days ago" in shown
    assert "will send it" in shown
    steps = rf("fulltext", "show", "p1", "--json").value["steps"]
    assert [step["kind"] for step in steps] == ["requested", "answered"]
    assert "2020-02-03  requested (library)" in rf("fulltext", "show", "p1").out
    out = sought / "list.xlsx"
    assert rf("fulltext", "export", "-o", out).code == 0
    assert [row[0] for row in read_workbook("list.xlsx", out.read_bytes())] == ["report", "p1", "p2"]
    assert rf("fulltext", "letter", "p1", "-o", sought / "letters", "--as", "A").code == 0
    assert "Dear Smith," in (sought / "letters" / "p1.txt").read_text(encoding="utf-8")
    assert rf("fulltext", "letter", "p1", "-o", sought / "letters", "--as", "A").code == 3


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (2, "fulltext request --as A"),
        (2, "fulltext request p1 --way pigeon --as A"),
        (2, "fulltext request p1 --on tomorrow --as A"),
        (2, "fulltext add p1 a.pdf b.pdf --as A"),
        (2, "fulltext add p1 --dry-run --as A"),
        (2, "fulltext missing --why lost --as A"),
        (2, "fulltext export --format docx"),
        (2, "fulltext export --format xlsx"),
        (2, "fulltext export --resolver library"),
        (2, "fulltext list --state lost"),
        (3, "fulltext add nowhere.pdf --as A"),
        (3, "fulltext add . --as A"),
        (3, "fulltext add p1 reviewflow.toml --as A"),
        (4, "fulltext show p3 --as A"),
        (4, "fulltext letter p3 --as A"),
        (2, "screen export --format xlsx --as A"),
        (2, "screen export --format docx --as A"),
        (2, "screen export --format asreview --stage full_text --as A"),
    ],
)
@pytest.mark.usefixtures("sought")
def test_what_cannot_be_done_is_refused_with_a_remedy(refused: Callable[..., str], code: int, words: str) -> None:
    refused(code, *words.split())


def test_votes_are_given_in_a_workbook_that_was_handed_out(rf: Command, exports: Path) -> None:
    sheet = exports / "votes.xlsx"
    ran = rf("screen", "export", "--waiting", "-o", sheet, "--as", "A", "--json")
    assert (ran.code, ran.value["n_votes"], ran.value["n_waiting"]) == (0, 0, 3)
    header, *rows = read_workbook("votes.xlsx", sheet.read_bytes())
    verdict, abstract = header.index("verdict"), len(header)
    for row in rows[:2]:
        row[verdict] = "include"
    sheet.write_bytes(write_workbook("Votes", [header[:abstract], *rows]))
    assert "not of B" in rf("screen", "import", sheet, "--as", "B").err
    ran = rf("screen", "import", sheet, "--as", "A")
    assert ran.out == "2 votes new, 0 stood already.\n1 records without a decision, 0 left out.\n"
    assert "0 votes new, 2 stood already." in rf("screen", "import", sheet, "--as", "A").out


def test_votes_on_strange_records_are_skipped_by_name(rf: Command, exports: Path) -> None:
    table = exports / "votes.csv"
    table.write_text("record,stage,verdict\nr1,title_abstract,include\nr98,title_abstract,include\n", encoding="utf-8")
    ran = rf("screen", "import", table, "--as", "A")
    assert (ran.code, ran.out) == (3, "")
    assert "no record r98" in ran.err
    ran = rf("screen", "import", table, "--skip-unmatched", "--as", "A", "--json")
    assert (ran.code, ran.value["n_new"], ran.value["n_unmatched"]) == (0, 1, 1)
    assert "line 3" in ran.err


def test_the_answers_are_one_object_of_json(rf: Command, sought: Path) -> None:
    (sought / "p1.pdf").write_bytes(PDF)
    ran = rf("fulltext", "add", sought / "p1.pdf", "--as", "A", "--json")
    assert json.loads(ran.out)["files"][0]["state"] == "matched"
    ran = rf("fulltext", "add", "p2", sought / "p1.pdf", "--as", "A", "--json")
    assert ran.value["also_of"] == ["p1"]

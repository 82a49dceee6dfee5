"""Records handed to other programs by command, and taken back with the decisions made there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Command


def decided(text: str, *words: str) -> str:
    """RIS in which each entry bears a decision of Ann's."""
    for word in words:
        text = text.replace("ER  - \n", f'N1  - RAYYAN-INCLUSION: {{"Ann"=>"{word}"}}\nER  -\n', 1)
    return text


def test_what_goes_out_comes_back_with_the_votes_of_one_person(rf: Command, exports: Path) -> None:
    out = exports / "out.ris"
    ran = rf("export", "records", "--for", "rayyan", "-o", out)
    assert ran.out == f"Wrote 3 records to {out}.\n"
    back = exports / "back.ris"
    back.write_text(decided(out.read_text(encoding="utf-8"), "Included", "Excluded", "Maybe"), encoding="utf-8")
    ran = rf("screen", "import", back, "--person", "Ann", "--as", "A", "--json")
    assert (ran.code, ran.value["n_new"], ran.value["n_unmatched"], ran.value["n_undecided"]) == (0, 3, 0, 0)
    assert rf("screen", "import", back, "--person", "Ann", "--as", "A", "--json").value["n_new"] == 0
    votes = rf("screen", "export", "--as", "A").out.splitlines()
    assert [line.split(",")[2] for line in votes[1:]] == ["include", "exclude", "unsure"]
    labels = rf("export", "records", "--for", "asreview", "--votes", "--as", "A").out
    assert labels.count("ASReview_relevant") == labels.count("ASReview_irrelevant") == 1


def test_a_decision_on_a_stranger_stops_all_unless_it_is_skipped(rf: Command, exports: Path) -> None:
    strange = decided(rf("export", "records", "--format", "ris").out + "\n", "Included", "Excluded", "Excluded")
    strange += decided("TY  - JOUR\nTI  - Something else entirely, not in the review\nER  - \n", "Included")
    back = exports / "back.ris"
    back.write_text(strange, encoding="utf-8")
    ran = rf("screen", "import", back, "--person", "Ann", "--as", "A")
    assert ran.code == 3
    assert not ran.out
    assert "Something else entirely" in ran.err
    assert "1 of 4 decisions in back.ris" in ran.err
    assert rf("screen", "export", "--as", "A", "--json").value["n_votes"] == 0
    ran = rf("screen", "import", back, "--person", "Ann", "--as", "A", "--skip-unmatched")
    assert ran.code == 0
    assert "3 votes new" in ran.out
    assert "1 left out" in ran.out


def test_a_list_without_decisions_is_taken_as_what_it_is_said_to_be(rf: Command, exports: Path) -> None:
    back = exports / "irrelevant.ris"
    back.write_text(rf("export", "records", "--for", "covidence").out + "\n", encoding="utf-8")
    assert rf("screen", "import", back, "--as", "A").code == 3
    assert "3 votes new" in rf("screen", "import", back, "--verdict", "exclude", "--as", "A").out


@pytest.mark.usefixtures("unchanged")
def test_options_of_an_export_do_not_go_with_a_table_of_votes(refused: Callable[..., str], exports: Path) -> None:
    table = exports / "votes.csv"
    table.write_text("record,stage,verdict\nr1,title_abstract,include\n", encoding="utf-8")
    for option in (["--person", "Ann"], ["--verdict", "include"]):
        refused(2, "screen", "import", table, *option, "--as", "A")


def test_original_bytes_go_into_a_folder_and_never_over_another_file(rf: Command, exports: Path) -> None:
    folder = exports / "verbatim"
    ran = rf("export", "records", "--verbatim", "-o", folder)
    assert ran.code == 0, ran
    assert (folder / "pubmed.ris").read_bytes() == (exports / "pubmed.ris").read_bytes()
    assert [path.name for path in folder.iterdir()] == ["pubmed.ris"]
    assert rf("export", "records", "--verbatim", "-o", folder).code == 0
    ran = rf("export", "records", "--verbatim", "--all-records", "-o", folder, "--json")
    assert [each["n_records"] for each in ran.value["files"]] == [3, 1]
    (folder / "pubmed.ris").write_text("mine", encoding="utf-8")
    assert "holds something else" in rf("export", "records", "--verbatim", "-o", folder).err
    assert (folder / "pubmed.ris").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "words",
    [
        ["--for", "wibble"],
        ["--format", "wibble"],
        ["--state", "wibble"],
        ["--stage", "wibble"],
        ["--for", "covidence", "--format", "bibtex"],
        ["--votes"],
        ["--verbatim"],
        ["--verbatim", "--format", "ris", "-o", "x"],
    ],
)
@pytest.mark.usefixtures("unchanged", "small_review")
def test_what_cannot_be_handed_on_so_is_refused(refused: Callable[..., str], words: list[str]) -> None:
    refused(2, "export", "records", *words)


def test_a_folder_is_imported_file_by_file_and_what_is_no_export_is_named(rf: Command, exports: Path) -> None:
    folder = exports / "search"
    (folder / "deeper").mkdir(parents=True)
    text = (exports / "pubmed.ris").read_text(encoding="utf-8")
    for n, name in enumerate(("b.ris", "a.ris", ".hidden.ris")):
        (folder / name).write_text(text.replace("10.1000/", f"10.1000/{n}"), encoding="utf-8")
    (folder / "notes.txt").write_text("Searched on Monday.\n", encoding="utf-8")
    checked = rf("import", folder, "--check", "--json").value
    assert (checked["n_records"], [each["file"] for each in checked["files"]]) == (
        6,
        [str(folder / "a.ris"), str(folder / "b.ris")],
    )
    ran = rf("import", folder, "--source", "PubMed", "--as", "A", "--json")
    assert ran.code == 0, ran
    assert [(each["file"], each["n_new"]) for each in ran.value["files"]] == [("a.ris", 3), ("b.ris", 3)]
    assert ran.value["left_out"] == [str(folder / "notes.txt")]
    assert "notes.txt is no search export: left out" in rf("import", folder, "--check").out


def test_a_file_is_imported_with_its_decisions(rf: Command, exports: Path) -> None:
    text = (exports / "pubmed.ris").read_text(encoding="utf-8").replace("10.1000/", "10.1000/new-")
    new = exports / "new.ris"
    new.write_text(decided(text, "Included", "Excluded"), encoding="utf-8")
    ran = rf("import", new, "--source", "Scopus", "--with-votes", "Ann", "--as", "A")
    assert ran.code == 0, ran
    assert "3 new, counted under Scopus" in ran.out
    assert "2 votes of Ann taken in" in ran.out


def test_rounds_are_listed_with_what_was_new_in_them(rf: Command, exports: Path) -> None:
    rf("search", "add", "PubMed", "--as", "A")
    again = (exports / "pubmed.ris").read_text(encoding="utf-8").replace("Insulin", "Glucagon").replace("three", "four")
    (exports / "again.ris").write_text(again, encoding="utf-8")
    assert rf("import", exports / "again.ris", "--search", 3, "--as", "A").code == 0
    rf("dedup", "run", "--as", "A")
    found = json.loads(rf("search", "list", "--json").out)["searches"]
    assert [(each["source"], each["round"], each["n_records"], each["n_new_reports"]) for each in found] == [
        ("PubMed", 1, 3, 3),
        ("Embase", 1, 1, 0),
        ("PubMed", 2, 3, 1),
    ]
    assert "round" in rf("search", "list").out.splitlines()[0]

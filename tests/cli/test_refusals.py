from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Command

WRONG = [
    (2, "screen vote p1 include --as Z", "Z is not in the team"),
    (2, "import ../pubmed.ris --source PubMed --as Z", "Z is not in the team"),
    (2, "dedup run --as Z", "Z is not in the team"),
    (2, "screen vote p1 include", "it is not said who acts"),
    (2, "undo", "it is not said who acts"),
    (2, "screen --plain", "it is not said who acts"),
    (2, "screen vote p1 include --as X", "X does not screen"),
    (2, "screen resolve p1 include --as A", "A is no adjudicator"),
    (2, "screen vote p1 wibble --as A", "'wibble' is no verdict"),
    (2, "screen vote p1 include --stage wibble --as A", "'wibble' is no stage"),
    (3, "screen vote p1 exclude --stage full_text --reason wibble --as A", "'wibble' is no exclusion reason"),
    (3, "screen vote p99 include --as A", "p99"),
    (2, "screen vote 7 include --as A", "'7' is no id"),
    (4, "screen vote p1 include --stage full_text --as A", "p1"),
    (4, "screen resolve p1 include --as X", "not in conflict"),
    (2, "screen resolve p1 --as X", "it is not said"),
    (2, "dedup merge r1 r1 --as A", "named twice"),
    (3, "dedup merge r1 r99 --as A", "r99"),
    (2, "dedup split r2 --as A", "all records"),
    (3, "dedup explain r1 r99", "r99"),
    (4, "fulltext add p1 --as A", "not sought"),
    (4, "fulltext missing p1 --why lost --as A", "not sought"),
    (4, "study link One p1 --as A", "p1"),
    (3, "study show s7", "no study 's7'"),
    (4, "flow show --freeze published --as A", "not final"),
    (4, "flow compare published", "'published'"),
    (2, "flow show --prisma 2015", "'2015'"),
    (2, "flow show --format wibble", "'wibble'"),
    (2, "flow show --format png", "terminal"),
    (2, "pool run wibble --as A", "'wibble'"),
    (2, "pool forest wibble", "'wibble'"),
    (2, "extract template wibble", "'wibble'"),
    (2, "team add C --role boss", "'boss' is no role"),
    (2, "team remove Z", "Z is not in the team"),
    (2, "search add PubMed --date 2022-13-01 --as A", "'2022-13-01' is no day"),
    (2, "search add PubMed --kind wibble --as A", "'wibble'"),
    (2, "undo 99 --as A", "99"),
    (2, "undo wibble --as A", "'wibble'"),
    (4, "init .", "holds a review already"),
    (4, "status --review ..", "not in a review"),
    (2, "wibble", "No such command 'wibble'"),
    (2, "statsu", "Did you mean 'status'?"),
    (2, "screen wote p1 include", "Did you mean 'vote'?"),
    (2, "status --jsn", "--json"),
    (2, "status --wibble", "--wibble"),
    (2, "screen vote", "pN"),
    (2, "import", "FILE"),
    (2, "import ../pubmed.ris --expect many", "'--expect'"),
    (2, "status wibble", "wibble"),
]


@pytest.mark.parametrize(("code", "line", "words"), WRONG, ids=lambda value: value if isinstance(value, str) else None)
@pytest.mark.usefixtures("unchanged", "exports")
def test_a_wrong_call_is_refused_in_a_sentence_and_changes_nothing(
    refused: Callable[..., str], code: int, line: str, words: str
) -> None:
    assert words in refused(code, *line.split())


@pytest.mark.usefixtures("small_review")
def test_a_second_vote_is_refused_and_the_same_vote_is_no_news(rf: Command, refused: Callable[..., str]) -> None:
    assert rf("screen", "vote", "p1", "include", "--as", "A").code == 0
    log = rf("log", "--json").out
    assert "A has voted on p1" in refused(4, "screen", "vote", "p1", "exclude", "--as", "A")
    again = rf("screen", "vote", "p1", "include", "--as", "A", "--json")
    assert (again.code, again.value["n_new"]) == (0, 0)
    assert rf("log", "--json").out == log


@pytest.mark.usefixtures("small_review")
def test_a_vote_on_a_duplicate_is_a_vote_on_its_report(rf: Command, refused: Callable[..., str]) -> None:
    assert rf("screen", "vote", "p1", "include", "--as", "A").code == 0
    assert "p1 as r4" in refused(4, "screen", "vote", "r4", "exclude", "--as", "A")
    waiting = rf("screen", "--as", "A", "--json").value["waiting"]
    assert [each["report"] for each in waiting] == ["p2", "p3"]


@pytest.mark.usefixtures("small_review")
def test_undo_is_refused_while_later_changes_stand_on_it_and_names_them(
    rf: Command, refused: Callable[..., str]
) -> None:
    assert rf("screen", "vote", "p1", "include", "--as", "A").code == 0
    before = rf("status", "--json").out
    said = refused(4, "undo", 1, "--as", "A")
    assert "dedup run" in said
    assert "screen vote p1" in said
    assert rf("status", "--json").out == before


@pytest.mark.usefixtures("small_review")
def test_undo_takes_back_one_change_and_undoing_the_undo_brings_it_back(rf: Command) -> None:
    without = rf("status", "--as", "A", "--json").value
    assert rf("screen", "vote", "p1", "include", "--as", "A").code == 0
    voted = rf("status", "--as", "A", "--json").value
    assert voted != without
    assert rf("undo", "--as", "A").code == 0
    assert rf("status", "--as", "A", "--json").value == without
    n_changes = len(rf("log", "--as", "A", "--json").value["changes"])
    assert rf("undo", n_changes, "--as", "A").code == 0
    assert rf("status", "--as", "A", "--json").value == voted


def in_conflict(rf: Command) -> None:
    for name, verdict in (("A", "include"), ("B", "exclude")):
        assert rf("screen", "vote", "p1", verdict, "--as", name).code == 0


@pytest.mark.usefixtures("small_review")
def test_a_flow_with_open_conflicts_is_stamped_as_a_draft_everywhere(rf: Command, small_review: Path) -> None:
    in_conflict(rf)
    assert "DRAFT" in rf("flow", "show").out
    found = rf("flow", "show", "--json").value
    assert found["draft"] is True
    assert (found["open"]["conflicts"], found["open"]["undecided"]) == (1, 2)
    drawn = rf("flow", "show", "-o", small_review / "flow.svg")
    assert drawn.code == 0
    assert "DRAFT" in drawn.out
    assert "DRAFT" in (small_review / "flow.svg").read_text(encoding="utf-8")
    assert "DRAFT" in rf("flow", "show", "--format", "svg").out


@pytest.mark.usefixtures("small_review")
def test_conflicts_exit_1_while_there_are_any(rf: Command) -> None:
    assert rf("screen", "conflicts").code == 0
    in_conflict(rf)
    ran = rf("screen", "conflicts", "--json")
    assert ran.code == 1
    assert [each["report"] for each in ran.value["conflicts"]] == ["p1"]


@pytest.mark.parametrize("name", ["flow.svg", "flow.csv", "flow.txt"])
@pytest.mark.usefixtures("unchanged")
def test_a_flow_that_cannot_be_written_is_said(refused: Callable[..., str], tmp_path: Path, name: str) -> None:
    assert "cannot be written" in refused(3, "flow", "show", "-o", tmp_path / "nowhere" / name)


@pytest.mark.parametrize(
    "line",
    ["export records -o", "export flow -o", "screen export --as A -o", "extract template -o", "extract table -o"],
)
@pytest.mark.usefixtures("unchanged")
def test_a_file_that_cannot_be_written_is_said(refused: Callable[..., str], tmp_path: Path, line: str) -> None:
    assert "cannot be written" in refused(3, *line.split(), tmp_path / "nowhere" / "file.csv")


@pytest.mark.usefixtures("unchanged")
def test_the_clusters_of_a_file_that_cannot_be_written_are_said(refused: Callable[..., str], exports: Path) -> None:
    assert "cannot be written" in refused(3, "dedup", "file", exports / "pubmed.ris", "--clusters", exports / "x" / "y")


def test_a_review_is_not_made_below_a_file(refused: Callable[..., str], exports: Path) -> None:
    for command in (["init", "--title", "T"], ["demo"]):
        for place in (exports / "pubmed.ris", exports / "pubmed.ris" / "inside"):
            assert "pubmed.ris" in refused(3, *command, place)


def test_init_twice_is_refused_and_keeps_the_first(
    rf: Command, refused: Callable[..., str], small_review: Path
) -> None:
    text = (small_review / "reviewflow.toml").read_text(encoding="utf-8")
    before = rf("status", "--json").out
    refused(4, "init", small_review, "--title", "Another")
    assert (small_review / "reviewflow.toml").read_text(encoding="utf-8") == text
    assert rf("status", "--json").out == before


BROKEN = [
    ("x = [", "no readable TOML"),
    ("[wibble]\n", "wibble"),
    ("[screening.title_abstract]\nvotes = 2\n", "no readable TOML"),
    ('[[team]]\nname = "Q"\nroles = ["boss"]\n', "boss"),
    ('[[team]]\nname = "A"\nroles = ["reviewer"]\n', "two [[team]] named 'A'"),
    ('[[team]]\nname = 5\nroles = ["reviewer"]\n', "team.3.name"),
    ("[[team]]\nname = 'Q'\nroles = ['reviewer']\nage = 3\n", "age"),
]


@pytest.mark.parametrize(("added", "words"), BROKEN)
def test_a_broken_protocol_is_refused_with_its_place(
    refused: Callable[..., str], rf: Command, small_review: Path, added: str, words: str
) -> None:
    before = rf("status", "--json").out
    path = small_review / "reviewflow.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n{added}", encoding="utf-8")
    for command in (["status"], ["screen", "vote", "p1", "include", "--as", "A"], ["flow", "show", "--json"]):
        said = refused(3, *command)
        assert "reviewflow.toml" in said
        assert words in said
    path.write_text(text, encoding="utf-8")
    assert rf("status", "--json").out == before


@pytest.mark.parametrize(
    "content", [b"this is a letter, and no database of any kind at all", b"SQLite format 3\0" * 300]
)
def test_a_database_that_is_none_is_refused_and_left_as_it_is(
    refused: Callable[..., str], small_review: Path, content: bytes
) -> None:
    database = small_review / "review.db"
    for path in small_review.glob("review.db*"):
        path.unlink()
    database.write_bytes(content)
    for command in (["status"], ["screen", "vote", "p1", "include", "--as", "A"], ["check"]):
        assert "review.db" in refused(4, *command)
    assert database.read_bytes() == content


def test_a_review_without_its_database_is_refused(refused: Callable[..., str], small_review: Path) -> None:
    for path in small_review.glob("review.db*"):
        path.unlink()
    assert "no review.db" in refused(4, "status")


def test_broken_settings_of_the_person_are_named(refused: Callable[..., str], small_review: Path) -> None:
    folder = small_review.parent / "settings" / "reviewflow"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("reviewer = [", encoding="utf-8")
    assert "settings.toml" in refused(3, "status")


def test_the_settings_of_the_person_say_who_acts(rf: Command, small_review: Path) -> None:
    folder = small_review.parent / "settings" / "reviewflow"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text('reviewer = "B"\n', encoding="utf-8")
    assert rf("screen", "vote", "p1", "include").code == 0
    assert re.search(r" B .*screen vote p1", rf("log").out)


@pytest.mark.parametrize(
    "line",
    ["screen vote p999 include", "screen remove p999 --why x", "fulltext request p999", "fulltext show p999"],
)
@pytest.mark.usefixtures("unchanged")
def test_a_report_that_is_not_there_is_named_as_it_was_typed(refused: Callable[..., str], line: str) -> None:
    assert "there is no report p999 in this review" in refused(3, *line.split(), "--as", "A")
    assert "there is no record r999 in this review" in refused(3, *line.replace("p999", "r999").split(), "--as", "A")


def test_a_file_of_votes_that_holds_something_else_is_kept(
    rf: Command, refused: Callable[..., str], small_review: Path
) -> None:
    file = small_review.parent / "votes.csv"
    assert rf("screen", "export", "--as", "A", "-o", file).code == 0
    assert rf("screen", "export", "--as", "A", "-o", file).code == 0
    file.write_text("filled in by hand", encoding="utf-8")
    assert "is there already and holds something else" in refused(3, "screen", "export", "--as", "A", "-o", file)
    assert file.read_text(encoding="utf-8") == "filled in by hand"


def test_who_left_the_team_is_not_added_beside_the_former_self(
    rf: Command, refused: Callable[..., str], small_review: Path
) -> None:
    assert rf("screen", "vote", "p1", "include", "--as", "B").code == 0
    assert rf("team", "remove", "B").code == 0
    before = (small_review / "reviewflow.toml").read_bytes()
    said = refused(4, "team", "add", "B", "--role", "reviewer")
    assert "B has left the team" in said
    assert 'write roles = ["reviewer"]' in said
    assert "X is in the team already" in refused(3, "team", "add", "X", "--role", "lead")
    assert (small_review / "reviewflow.toml").read_bytes() == before


@pytest.mark.usefixtures("small_review")
@pytest.mark.parametrize("words", [["log"], ["log", "--json"], ["status"], ["--help"]])
def test_a_reader_that_has_gone_is_no_error(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "reviewflow", *words]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


@pytest.mark.usefixtures("small_review")
def test_status_tells_reports_to_go_over_again_from_reports_without_all_votes(rf: Command) -> None:
    for report in ("p1", "p2"):
        rf("screen", "vote", report, "include", "--as", "A")
        rf("screen", "vote", report, "exclude", "--as", "B")
    waiting = "1 report without all votes, 2 reports are to be gone over again at the cross-check"
    assert waiting in rf("status").err

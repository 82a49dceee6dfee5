"""Pilot rounds, assignments and the rules of a team on the command line."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Command

PILOT = ("screen", "pilot")
VERDICTS = "record,stage,verdict\nr1,title_abstract,{}\nr2,title_abstract,{}\nr3,title_abstract,{}\n"


def vote_all(rf: Command, folder: Path, name: str, *verdicts: str) -> None:
    file = folder.parent / f"{name}.csv"
    file.write_text(VERDICTS.format(*verdicts), encoding="utf-8")
    ran = rf("screen", "import", file, "--as", name, "--review", folder)
    assert ran.code == 0, ran


def test_a_pilot_round_passes_its_gate_or_exits_1(rf: Command, small_review: Path) -> None:
    made = rf(*PILOT, "start", "--n", "3", "--gate", "0.6", "--as", "A", "--json")
    assert made.value["name"] == "calibration-1"
    assert (made.value["n_reports"], made.value["missing"], made.value["passed"]) == (3, ["A", "B"], None)
    vote_all(rf, small_review, "A", "include", "exclude", "exclude")
    waiting = rf(*PILOT, "show")
    assert waiting.code == 0
    assert "done: A\nnot done: B\n" in waiting.out
    assert "shown when everybody is done" in waiting.out
    vote_all(rf, small_review, "B", "include", "exclude", "include")
    shown = rf(*PILOT, "show", "--json")
    assert (shown.code, shown.value["passed"]) == (0, True)
    assert shown.value["lowest_agreement"] == pytest.approx(2 / 3)
    (differing,) = shown.value["differing"]
    assert [(vote["who"], vote["verdict"]) for vote in differing["votes"]] == [("A", "exclude"), ("B", "include")]
    figures = shown.value["agreement"]["pairs"][0]["comparisons"][0]["agreement"]
    assert {"observed", "kappa", "pabak", "ac1"} <= figures.keys()
    words = rf(*PILOT, "show").out
    assert "p3  Insulin pumps and exercise in children\n    A exclude\n    B include\n" in words
    assert "Agreement: 66.7 %; the gate of 60 % is reached." in words
    assert rf(*PILOT, "close", "--as", "A").code == 0
    adopted = rf(*PILOT, "adopt", "--as", "A", "--json")
    assert adopted.value["n_votes"] == 2
    assert rf("status", "--as", "A").out.count("1 wait for you") == 1


def test_agreement_below_the_gate_exits_1(rf: Command, small_review: Path) -> None:
    rf(*PILOT, "start", "--n", "3", "--name", "first", "--as", "A")
    vote_all(rf, small_review, "A", "include", "exclude", "exclude")
    vote_all(rf, small_review, "B", "include", "exclude", "include")
    ran = rf(*PILOT, "show", "first")
    assert ran.code == 1
    assert "the gate of 75 % is not reached" in ran.out
    assert rf(*PILOT, "show", "first", "--json").value["passed"] is False


@pytest.mark.usefixtures("small_review")
def test_a_pilot_round_is_refused_in_words(rf: Command) -> None:
    assert rf(*PILOT, "show").code == 4
    assert rf(*PILOT, "start", "--n", "0", "--as", "A").code == 2
    assert rf(*PILOT, "start", "--n", "1", "--as", "A").code == 0
    again = rf(*PILOT, "start", "--n", "1", "--as", "A")
    assert (again.code, again.err.count("\n")) == (4, 2)
    assert rf(*PILOT, "close", "--as", "A").code == 4
    assert rf(*PILOT, "close", "other", "--as", "A").code == 2


@pytest.mark.usefixtures("small_review")
def test_reports_are_assigned_and_handed_over(rf: Command) -> None:
    assert rf("team", "add", "C", "--role", "reviewer").code == 0
    dry = rf("screen", "assign", "--dry-run", "--as", "X", "--json")
    assert rf("screen", "assigned", "--json").value["assigned"] == {}
    done = rf("screen", "assign", "--as", "X", "--json")
    assert done.value["assigned"] == dry.value["assigned"]
    assert done.value["loads"] == {"A": 2, "B": 2, "C": 2}
    assert rf("screen", "assigned", "--json").value["assigned"] == done.value["assigned"]
    report, of = next(iter(done.value["assigned"].items()))
    stranger = next(name for name in "ABC" if name not in of)
    refused = rf("screen", "vote", report, "include", "--as", stranger)
    assert refused.code == 4
    assert f"{report} is assigned to {of[0]} and {of[1]}, not to {stranger}" in refused.err
    assert "is former now" in rf("team", "remove", "C").out
    assert rf("next", "--as", "X").out.startswith("reviewflow screen assign --from C   (2 reports assigned to C")
    assert rf("screen", "assign", "--from", "C", "--as", "X", "--json").value["loads"] == {"A": 1, "B": 1}


@pytest.mark.usefixtures("small_review")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--capacity", "A"], 2),
        (["--capacity", "A=1,A=2"], 2),
        (["--capacity", "Q=3"], 2),
        (["--capacity", "A=3"], 2),
        (["--to", "X"], 2),
        (["--overlap", "10"], 2),
        (["--from", "A", "--overlap", "10"], 2),
        (["--from", "Q"], 2),
    ],
)
def test_an_assignment_that_does_not_fit_is_refused_in_words(rf: Command, words: list[str], code: int) -> None:
    ran = rf("screen", "assign", *words, "--as", "A")
    assert (ran.code, ran.out) == (code, "")
    assert len(ran.err.splitlines()) == 2


@pytest.mark.usefixtures("small_review")
def test_what_nobody_has_room_for_stays_everybodys(rf: Command) -> None:
    done = rf("screen", "assign", "--capacity", "A=2,B=2", "--as", "A")
    assert "2 reports assigned at title/abstract." in done.out
    assert "1 report left: nobody has room for them." in done.out


def test_a_rule_is_named_in_the_file_and_shown(rf: Command, small_review: Path) -> None:
    path = small_review / "reviewflow.toml"
    text = path.read_text(encoding="utf-8")
    assert 'rule = "two"' in text
    path.write_text(text.replace('rule = "two"', 'rule = "liberal-accelerated"', 1), encoding="utf-8")
    assert "one inclusion settles at once (liberal-accelerated)" in rf("protocol", "show").out
    rf("screen", "vote", "p1", "include", "--as", "A")
    waiting = rf("screen", "--as", "B", "--json").value["waiting"]
    assert [each["report"] for each in waiting] == ["p2", "p3"]


def told(rf: Command, folder: Path) -> dict[str, str]:
    """What A is told by commands, but for times and codes of changes."""
    lines = [
        "status",
        "next",
        "log",
        "screen --json",
        "screen conflicts --json",
        "screen agreement --json",
        "flow show",
    ]
    more = ["screen pilot show --json", "screen assigned --json", "check --json", "export records"]
    found = {}
    for line in lines:
        found[line] = rf(*line.split(), "--as", "A", "--review", folder)
    for line in more:
        found[line] = rf(*line.split(), "--review", folder)
    varies = re.compile(r"[0-9a-f]{8}(?=\s)|\d\d:\d\d")
    return {line: f"{ran.code} {varies.sub('', ran.out)} {ran.err}" for line, ran in found.items()}


def test_no_command_tells_of_hidden_votes_in_a_pilot_round_or_on_assigned_reports(
    rf: Command, small_review: Path, tmp_path: Path
) -> None:
    assert rf(*PILOT, "start", "--n", "3", "--as", "X").code == 0
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, verdict in ((one, "include"), (other, "exclude")):
        shutil.copytree(small_review, folder)
        rf("screen", "vote", "p1", verdict, "--as", "B", "--review", folder)
    none = tmp_path / "none"
    shutil.copytree(small_review, none)
    assert told(rf, one) == told(rf, other) == told(rf, none)
    for folder in (one, other, none):
        assert rf(*PILOT, "close", "--early", "--as", "X", "--review", folder).code == 0
        assert rf("screen", "assign", "--as", "X", "--review", folder).code == 0
    for folder, verdict in ((one, "include"), (other, "exclude")):
        rf("screen", "vote", "p2", verdict, "--as", "B", "--review", folder)
    assert told(rf, one) == told(rf, other)


def test_a_sample_larger_than_the_review_says_that_there_are_no_more(rf: Command, small_review: Path) -> None:
    started = rf("screen", "pilot", "start", "--n", "1000", "--as", "A", "--review", small_review)
    assert "1000 were asked for; there are no more to draw from." in started.out


def test_an_assignment_of_nothing_says_so(rf: Command, small_review: Path) -> None:
    nothing = rf("screen", "assign", "--from", "B", "--as", "A", "--review", small_review)
    assert "Nothing that waits for B is assigned." in nothing.out
    rf("screen", "assign", "--as", "A", "--review", small_review)
    again = rf("screen", "assign", "--as", "A", "--review", small_review)
    assert "Nothing there is without an assignment." in again.out


def test_a_hand_over_says_what_stays_with_whom(rf: Command, small_review: Path) -> None:
    assert rf("team", "add", "C", "--role", "reviewer", "--review", small_review).code == 0
    rf("screen", "assign", "--as", "A", "--review", small_review)
    handed = rf("screen", "assign", "--from", "B", "--to", "A", "--as", "A", "--review", small_review)
    assert "left with B: nobody else can take more." in handed.out


@pytest.mark.usefixtures("small_review")
def test_a_table_of_two_stages_is_refused_and_told_in_which_order_to_take_them(rf: Command, tmp_path: Path) -> None:
    both = tmp_path / "both.csv"
    both.write_text("record,stage,verdict\nr1,title_abstract,include\nr1,full_text,include\n", encoding="utf-8")
    refused = rf("screen", "import", str(both), "--as", "A")
    assert refused.code == 2
    assert "first --stage title_abstract; once that is settled, --stage full_text" in refused.err
    early = rf("screen", "import", str(both), "--stage", "full_text", "--as", "A")
    assert (early.code, "is not sought" in early.err) == (4, True)
    assert rf("screen", "import", str(both), "--stage", "title_abstract", "--as", "A").code == 0

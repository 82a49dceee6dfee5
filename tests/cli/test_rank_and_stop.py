from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Command

RULE = '\n[screening.stopping]\nrule = "hypergeometric"\ntarget_recall = 0.5\nalpha = 0.6\n'


@pytest.mark.usefixtures("small_review")
def test_what_is_on_is_said_without_an_option_and_writes_nothing(rf: Command) -> None:
    ran = rf("screen", "rank", "--as", "A")
    assert (ran.code, ran.err) == (0, "Next: reviewflow screen rank --on\n")
    assert ran.out == "A screens titles and abstracts by record.\n"
    assert rf("screen", "rank", "--on", "--seed", "5", "--as", "A").code == 0
    n = len(rf("log", "--json").value["changes"])
    for words in ((), ("--show",), ("--on",)):
        ran = rf("screen", "rank", *words, "--as", "A")
        assert "A screens titles and abstracts ranked by rf1 version 1 (seed 5; scipy " in ran.out
    assert "every decision was made by a person" in rf("screen", "rank", "--as", "A").out
    assert len(rf("log", "--json").value["changes"]) == n
    off = rf("screen", "rank", "--off", "--json", "--as", "A").value
    assert (off["model"], off["library"], off["seed"], off["is_new"]) == ("", "", 5, True)
    assert rf("screen", "rank", "--as", "B").out == "B screens titles and abstracts by record.\n"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "words", ["--off --on", "--off --model rf1", "--show --on", "--model svm", "--order title", "--seed -1"]
)
def test_a_choice_that_is_none_is_refused(rf: Command, words: str) -> None:
    assert rf("screen", "rank", *words.split(), "--as", "A").code == 2


@pytest.mark.usefixtures("small_review")
def test_the_list_of_what_waits_is_in_the_order_that_was_chosen(rf: Command) -> None:
    seen = []
    for seed in range(6):
        rf("screen", "rank", "--order", "random", "--seed", str(seed), "--as", "A")
        seen.append(tuple(each["report"] for each in rf("screen", "--as", "A", "--json").value["waiting"]))
    assert {tuple(sorted(each)) for each in seen} == {("p1", "p2", "p3")}
    assert len(set(seen)) > 1


def test_two_reviewers_stop_together_and_the_flow_counts_what_they_left(rf: Command, small_review: Path) -> None:
    with (small_review / "reviewflow.toml").open("a", encoding="utf-8") as protocol:
        protocol.write(RULE)
    assert rf("screen", "stop", "--declare", "--as", "A").code == 0
    refused = rf("screen", "stop", "--decide", "--as", "A")
    assert refused.code == 4
    assert "does not allow A to stop" in refused.err
    for name in ("A", "B"):
        for report, verdict in (("p1", "include"), ("p2", "exclude")):
            assert rf("screen", "vote", report, verdict, "--as", name).code == 0
    said = rf("screen", "stop", "--decide", "--as", "A")
    assert said.out == "A stops.\nNot decided yet: B.\n"
    assert rf("screen", "stop", "--apply", "--as", "A").code == 4
    assert rf("screen", "stop", "--decide", "--as", "B").out == "B stops.\nEvery reviewer has decided to stop.\n"
    done = rf("screen", "stop", "--apply", "--as", "A")
    assert done.out.startswith("1 report left unscreened: in the flow, marked as ineligible by automation tools.\n")
    assert "before A screened" in done.out
    assert "before B screened" not in done.out
    assert rf("flow", "show", "--json").value["excluded_automatic"] == 1
    assert rf("screen", "stop", "--methods", "--as", "B").out.startswith("A stopping rule was declared on ")
    assert rf("undo", "--as", "A").code == 0
    assert rf("flow", "show", "--json").value["excluded_automatic"] == 0


@pytest.mark.usefixtures("unchanged")
def test_two_steps_of_stopping_at_once_are_refused(rf: Command) -> None:
    assert rf("screen", "stop", "--decide", "--apply", "--as", "A").code == 2


def test_what_another_has_begun_is_counted_once_every_reviewer_has_decided(rf: Command, small_review: Path) -> None:
    with (small_review / "reviewflow.toml").open("a", encoding="utf-8") as protocol:
        protocol.write(RULE)
    rf("screen", "stop", "--declare", "--as", "A")
    for name, second in (("A", "p2"), ("B", "p3")):
        for report, verdict in (("p1", "include"), (second, "exclude")):
            assert rf("screen", "vote", report, verdict, "--as", name).code == 0
    rf("screen", "stop", "--decide", "--as", "A")
    before = rf("screen", "stop", "--as", "A")
    assert "A has decided to. Not decided yet: B.\n" in before.out
    assert rf("screen", "stop", "--as", "A", "--json").value["n_to_finish"] is None
    rf("screen", "stop", "--decide", "--as", "B")
    said = rf("screen", "stop", "--as", "A")
    assert "1 report that another has begun waits for A; after these, no more.\n" in said.out
    assert said.err.endswith("Next: reviewflow screen\n")
    refused = rf("screen", "stop", "--apply", "--as", "A")
    assert (refused.code, "2 reports that one reviewer has begun wait for another" in refused.err) == (4, True)
    for name, report in (("A", "p3"), ("B", "p2")):
        assert rf("screen", "vote", report, "exclude", "--as", name).code == 0
    assert "Every record is screened: there is nothing to stop.\n" in rf("screen", "stop", "--as", "A").out
    log = rf("log").out
    assert rf("screen", "stop", "--apply", "--as", "A").out.startswith("Nothing to leave out")
    assert rf("log").out == log

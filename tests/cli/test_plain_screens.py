from __future__ import annotations

import csv
import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Command, Program

PROMPT = b"[i/e/m/s/q]"
SECONDS = 30.0


class Terminal:
    """A command at a pseudo terminal of its own."""

    def __init__(self, words: list[str], folder: Path, **variables: str) -> None:
        self._ours, theirs = os.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", **variables}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "reviewflow", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = b""

    def wait_for(self, words: bytes, times: int = 1) -> None:
        """Read until these words were shown so many times."""
        until = time.monotonic() + SECONDS
        while self.seen.count(words) < times:
            assert time.monotonic() < until, self.seen
            assert self._read(), self.seen

    def _read(self) -> bool:
        """Read what is there; False at the end."""
        if not select.select([self._ours], [], [], 0.2)[0]:
            return True
        try:
            found = os.read(self._ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.seen += found
        return bool(found)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._ours, keys)

    def interrupt(self) -> None:
        """What Ctrl-C does: a terminal sends SIGINT to the program in front.

        A signal that comes between the prompt and the reading of the answer waits for the next key, so a person would
        press again: so does this, every two seconds.
        """
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            self._process.send_signal(signal.SIGINT)
            pressed = time.monotonic()
            while time.monotonic() < pressed + 2:
                if not self._read():
                    return

    def end(self) -> int:
        """The exit code, once the program is done."""
        until = time.monotonic() + SECONDS
        while self._read():
            if time.monotonic() > until:
                self._process.kill()
                raise AssertionError(self.seen)
        os.close(self._ours)
        return self._process.wait(timeout=SECONDS)


@pytest.fixture
def terminal(small_review: Path) -> Callable[..., Terminal]:
    if not hasattr(os, "openpty"):
        pytest.skip("there are no pseudo terminals on this system")

    def started(*words: str, **variables: str) -> Terminal:
        return Terminal(list(words), small_review, **variables)

    return started


def votes(rf: Command, name: str) -> list[str]:
    """The reviewer's votes: "r1,title_abstract,include"."""
    rows = csv.reader(rf("screen", "export", "--as", name).out.splitlines()[1:])
    return [",".join(row[:4]).removesuffix(",") for row in rows]


def test_screening_at_a_terminal_keeps_each_answer(terminal: Callable[..., Terminal], rf: Command) -> None:
    at = terminal("screen", "--plain", "--as", "A")
    for n, key in enumerate((b"i\n", b"e\n", b"m\n"), 1):
        at.wait_for(PROMPT, n)
        at.type(key)
    assert at.end() == 0
    assert b"3 votes kept, 0 reports wait." in at.seen
    assert votes(rf, "A") == ["r1,title_abstract,include", "r2,title_abstract,exclude", "r3,title_abstract,unsure"]


def test_ctrl_c_exits_130_and_keeps_what_was_answered(terminal: Callable[..., Terminal], rf: Command) -> None:
    at = terminal("screen", "--plain", "--as", "A")
    at.wait_for(PROMPT)
    at.type(b"i\n")
    at.wait_for(PROMPT, 2)
    at.interrupt()
    assert at.end() == 130
    assert b"interrupted; what was decided before is kept" in at.seen
    assert b"Traceback" not in at.seen
    assert votes(rf, "A") == ["r1,title_abstract,include"]


def test_no_color_is_obeyed_at_a_terminal(terminal: Callable[..., Terminal]) -> None:
    at = terminal("status", NO_COLOR="1")
    assert at.end() == 0
    assert b"\x1b[" not in at.seen


def test_the_terminal_asks_what_init_was_not_told(terminal: Callable[..., Terminal], rf: Command) -> None:
    at = terminal("init", "asked")
    for question, answer in ((b"Title", b"Coughs\n"), (b"Reviewers", b"A, B\n"), (b"conflicts", b"X\n")):
        at.wait_for(question)
        at.type(answer)
    assert at.end() == 0
    assert rf("status", "--review", "asked", "--json").value["title"] == "Coughs"
    team = rf("team", "list", "--review", "asked", "--json").value["team"]
    assert [each["name"] for each in team] == ["A", "B", "X"]


def test_the_end_of_the_input_keeps_everything(program: Program, rf: Command, small_review: Path) -> None:
    ran = program("screen", "--plain", "--as", "A", "--review", small_review, stdin=b"i\n")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "1 vote kept, 2 reports wait."
    assert ran.err.splitlines()[-1] == "Next: reviewflow screen --plain --stage title_abstract"
    assert votes(rf, "A") == ["r1,title_abstract,include"]


def test_what_is_no_answer_is_asked_again(program: Program, rf: Command, small_review: Path) -> None:
    ran = program("screen", "--as", "A", "--review", small_review, stdin=b"wibble\n\n\xff\xfe\ns\nE\nq\n")
    assert ran.code == 0
    assert votes(rf, "A") == ["r2,title_abstract,exclude"]


def test_a_full_text_is_excluded_by_the_number_of_the_reason(program: Program, rf: Command, small_review: Path) -> None:
    for name in ("A", "B"):
        assert rf("screen", "vote", "p1", "include", "--as", name).code == 0
    assert rf("fulltext", "add", "p1", "--as", "A").code == 0
    words = ("screen", "--stage", "full_text", "--as", "A", "--review", small_review)
    assert program(*words, stdin=b"e\n2\n").code == 0
    assert votes(rf, "A")[1:] == ["r1,full_text,exclude,wrong_intervention"]


def test_plain_prompts_say_that_the_records_are_read_for_a_ranking(
    program: Program, rf: Command, small_review: Path
) -> None:
    assert rf("screen", "rank", "--on", "--as", "A", "--review", small_review).code == 0
    done = program("screen", "--plain", "--as", "A", "--review", small_review, stdin=b"i\nq\n")
    assert "Reading all records, to rank them ..." in done.err
    assert "Reading all records" not in done.out


@pytest.fixture
def with_a_doubt(rf: Command, small_review: Path) -> Path:
    """The review with a pair of records that the rules leave to a person."""
    (small_review.parent / "doubt.ris").write_text(
        "TY  - JOUR\nTI  - Heparin in dialysis: a cohort study\nAU  - Jones, Ben\nPY  - 2002\nDB  - Embase\nER  - \n",
        encoding="utf-8",
    )
    assert rf("import", small_review.parent / "doubt.ris", "--source", "Embase", "--as", "A").code == 0
    rf("dedup", "run", "--as", "A")
    assert len(rf("dedup", "review", "--json").value["pairs"]) == 1
    return small_review


def test_the_end_of_the_input_leaves_the_pairs_for_later(program: Program, with_a_doubt: Path) -> None:
    ran = program("dedup", "review", "--as", "A", "--review", with_a_doubt)
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "0 answers given, 1 pair left."


def test_pairs_are_answered_one_by_one(program: Program, rf: Command, with_a_doubt: Path) -> None:
    words = ("dedup", "review", "--plain", "--as", "A", "--review", with_a_doubt)
    for stdin, n_left in ((b"s\n", 1), (b"y\n", 0)):
        ran = program(*words, stdin=stdin)
        assert ran.code == 0
        assert ran.out.splitlines()[-1].endswith("1 pair left." if n_left == 1 else f"{n_left} pairs left.")
        assert len(rf("dedup", "review", "--json").value["pairs"]) == n_left
    assert rf("dedup", "run", "--as", "A", "--json").value["n_review"] == 0


def test_the_next_step_is_to_go_on_while_reports_wait(terminal: Callable[..., Terminal]) -> None:
    at = terminal("screen", "--plain", "--as", "A")
    at.wait_for(PROMPT)
    at.type(b"q\n")
    assert at.end() == 0
    assert b"Next: reviewflow screen --plain --stage title_abstract" in at.seen

"""The command at a terminal of its own, in a process of its own."""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.screening import Stage
from reviewflow.storage import votes

if TYPE_CHECKING:
    from reviewflow.storage.review import Review

fcntl = pytest.importorskip("fcntl", reason="there are no pseudo terminals on this system")
termios = pytest.importorskip("termios")

SECONDS = 60.0


def at_terminal(
    review: Review, steps: list[tuple[str, bytes]], words: tuple[str, ...] = ("dedup", "review"), **variables: str
) -> tuple[int, str]:
    """The exit code and all that was shown: each step waits for words, then presses keys."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", **variables}
    command = [sys.executable, "-m", "reviewflow", *words, "--as", "A", "--review", str(review.folder)]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown, until = b"", time.monotonic() + SECONDS
    waits = list(steps)
    while time.monotonic() < until:
        if waits and waits[0][0].encode() in shown:
            os.write(ours, waits.pop(0)[1])
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            found = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not found:
            break
        shown += found
    process.kill()
    os.close(ours)
    return process.wait(SECONDS), shown.decode("utf-8", "replace")


def test_the_screen_answers_a_pair_and_says_so_on_the_plain_terminal(doubtful: Review) -> None:
    code, shown = at_terminal(doubtful, [("1 of 6", b"y"), ("Written.", b"q")])
    assert code == 0
    after = shown.rpartition("\x1b[?1049l")[2]
    assert "1 answer given (1 the same report, 0 not), 5 pairs left." in after
    assert "Next: reviewflow dedup review" in after


def test_no_color_draws_the_screen_without_a_colour(doubtful: Review) -> None:
    code, shown = at_terminal(doubtful, [("1 of 6", b"q")], NO_COLOR="1")
    assert code == 0
    assert "\x1b[?1049h" in shown
    assert not [part for part in shown.split("\x1b[") if part[:3] in {"38;", "48;"}]


def test_a_terminal_whose_cursor_cannot_be_moved_gets_plain_prompts(doubtful: Review) -> None:
    code, shown = at_terminal(doubtful, [("same report? [y/n/s/q]", b"q\n")], TERM="dumb")
    assert code == 0
    assert "\x1b" not in shown
    assert "0 answers given, 6 pairs left." in shown


def test_who_may_not_act_is_told_before_the_screen_opens(doubtful: Review) -> None:
    path = doubtful.folder / "reviewflow.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('name = "A"', 'name = "C"'), encoding="utf-8")
    code, shown = at_terminal(doubtful, [])
    assert code != 0
    assert "\x1b[?1049h" not in shown
    assert "try: " in shown


def test_a_verdict_is_saved_and_said_on_the_plain_terminal(waiting_review: Review) -> None:
    code, shown = at_terminal(waiting_review, [("1 of 8", b"i"), ("Saved.", b"q")], ("screen",))
    assert code == 0
    after = shown.rpartition("\x1b[?1049l")[2]
    assert "1 verdict saved, 7 reports left." in after
    assert "Next: reviewflow screen --stage title_abstract" in after


def test_a_terminal_whose_cursor_cannot_be_moved_screens_by_plain_prompts(waiting_review: Review) -> None:
    code, shown = at_terminal(waiting_review, [("[i/e/m/s/q]:", b"q\n")], ("screen",), TERM="dumb")
    assert code == 0
    assert "\x1b" not in shown


def test_ctrl_c_on_the_screen_exits_130_and_keeps_what_was_said(waiting_review: Review) -> None:
    code, shown = at_terminal(waiting_review, [("1 of 8", b"i"), ("Saved.", b"\x03")], ("screen",))
    assert code == 130
    assert "interrupted; what was decided before is kept" in shown
    assert "Traceback" not in shown
    with waiting_review.reading() as connection:
        assert [vote.verdict for _, vote in votes.standing_votes(connection, Stage.TITLE_ABSTRACT)] == ["include"]

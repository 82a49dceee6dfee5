"""A person who screens is killed at any moment: what was shown as saved is there, once. `tests/bench` kills 1,000."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a warmed process is forked, which this system cannot do")
def test_no_verdict_that_was_shown_as_saved_is_lost_when_the_program_is_killed() -> None:
    # In a process of its own: that of the tests may have threads, and those are not forked.
    command = [sys.executable, "-m", "tests.bench.kill_screening", "15", "--records", "200", "--seed", "5"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(
        r"15 kills in \d+ s: (\d+) verdicts shown as saved, 0 lost, 0 there twice, (\d+) saved", done.stdout
    )
    assert found is not None, done.stdout
    assert int(found.group(1)) > 0
    assert int(found.group(2)) <= 15

"""Runs the console blocks of the pages, and writes their outputs anew: `python docs/console.py PAGE...`.

A line that begins with "$ " is a command, lines that begin with "> " go on with it, and what follows is what a terminal
shows, stderr included. "..." on a line of its own stands for any lines. A page is one session in an empty folder, which
is shown as /home/you.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reviewflow.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOME = "/home/you"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What differs from run to run: codes of changes, times, durations.
_VOLATILE = (
    (re.compile(r"(?<![\w./-])[0-9a-f]{8}(?![\w./-])"), "CODE"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "TIME"),
    (re.compile(r"\b\d+\.\d s\b"), "SECONDS"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a page and the output that the page shows."""

    command: str
    output: str


def pages_with_commands(folder: Path) -> list[Path]:
    """The pages under a folder that have console blocks."""
    pages = [path for path in sorted(folder.rglob("*.md")) if "_build" not in path.parts]
    return [path for path in pages if _BLOCK.search(path.read_text(encoding="utf-8"))]


def steps(page: str) -> list[Step]:
    """The commands of a page's console blocks, in order."""
    return [step for block in _BLOCK.findall(page) for step in _steps_of(block)]


def _steps_of(block: str) -> Iterator[Step]:
    command = ""
    output: list[str] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            if command:
                yield Step(command, "\n".join(output).strip("\n"))
            command, output = line[2:], []
        elif line.startswith("> ") and not output:
            command += "\n" + line[2:]
        else:
            output.append(line)
    if command:
        yield Step(command, "\n".join(output).strip("\n"))


class Terminal:
    """A shell session in a folder: `cd` and `export` last, as they do for a person.

    reviewflow runs by its own entry point within this process, which saves its start; everything else runs in bash.

    Args:
        folder: An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self._home = folder.resolve()
        self._at = self._home
        self._environment = {"XDG_CONFIG_HOME": str(self._home), "NO_COLOR": "1", "COLUMNS": "100"}

    def run(self, command: str) -> str:
        """What a terminal shows of a command."""
        words = shlex.split(command.replace("\\\n", " "), comments=True)
        if words[0] == "cd":
            self._at = (self._at / words[1]).resolve()
            return ""
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self._environment[name] = value
            return ""
        if words[0] == "sh":
            lines = (self._at / words[1]).read_text(encoding="utf-8").splitlines()
            return "\n".join(self.run(line) for line in lines)
        plain = words[0] == "reviewflow" and not {"|", ">", "<"} & set(words)
        shown = self._reviewflow(words[1:]) if plain else self._bash(command)
        shown = "\n".join(line.rstrip() for line in shown.splitlines())
        return shown.replace(str(self._home), HOME).strip("\n")

    def _reviewflow(self, words: list[str]) -> str:
        shown = io.StringIO()
        with (
            contextlib.chdir(self._at),
            _environment(self._environment),
            contextlib.redirect_stdout(shown),
            contextlib.redirect_stderr(shown),
        ):
            run(words)
        return shown.getvalue()

    def _bash(self, command: str) -> str:
        path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
        return subprocess.run(
            ["bash", "-c", command],  # noqa: S607 the shell that the reader has
            cwd=self._at,
            env={**os.environ, **self._environment, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
            encoding="utf-8",
        ).stdout


@contextlib.contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """The environment and an empty input, as a command of the session finds them."""
    before, stdin = dict(os.environ), sys.stdin
    os.environ.pop("REVIEWFLOW_REVIEWER", None)
    os.environ.update(wanted)
    sys.stdin = io.StringIO()
    try:
        yield
    finally:
        sys.stdin = stdin
        os.environ.clear()
        os.environ.update(before)


def masked(output: str) -> str:
    """The output without what differs from run to run."""
    for pattern, word in _VOLATILE:
        output = pattern.sub(word, output)
    return output


def agrees(shown: str, actual: str) -> bool:
    """Whether the output that a page shows is the one that came."""
    lines = [r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in masked(shown).split("\n")]
    return re.fullmatch("".join(lines), masked(actual) + "\n") is not None


def rewritten(page: str) -> str:
    """The page with every output as it comes now; those that agree are left as they are."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(Path(folder))
        return _BLOCK.sub(lambda block: _rewritten_block(block.group(1), terminal), page)


def _rewritten_block(block: str, terminal: Terminal) -> str:
    lines = []
    for step in _steps_of(block):
        actual = terminal.run(step.command)
        output = step.output if agrees(step.output, actual) else actual
        typed = step.command.replace("\n", "\n> ")
        lines += [f"$ {typed}", *([output] if output else [])]
    return "```console\n" + "\n".join(lines) + "\n```"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")

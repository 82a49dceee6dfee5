"""Runs the command line as people do: in this process for speed, in one of its own where streams or signals matter."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from reviewflow.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        assert found["schema"] == 1
        return found


class Command(Protocol):
    """`rf("status", "--json")`: runs a command in the current folder."""

    def __call__(self, *words: object) -> Ran: ...


class Program(Protocol):
    """`program("screen", stdin=b"i")`: runs a command in a process of its own."""

    def __call__(self, *words: object, stdin: bytes = ...) -> Ran: ...


def run(*words: object) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main.run([str(word) for word in words])
    return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture(autouse=True)
def _nobody_in_particular(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the person who runs the tests."""
    monkeypatch.delenv("REVIEWFLOW_REVIEWER", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="session")
def rf() -> Command:
    return run


@pytest.fixture
def program() -> Program:
    def started(*words: object, stdin: bytes = b"") -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "reviewflow", *map(str, words)],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return started


RIS = """TY  - JOUR
TI  - Aspirin against headache in adults: a randomised trial
AU  - Smith, Ann
PY  - 2001
JO  - Journal of Aches
DO  - 10.1000/one
DB  - PubMed
ER  -{0}
TY  - JOUR
TI  - Heparin in dialysis: a cohort study
AU  - Jones, Ben
PY  - 2002
JO  - Kidneys
DO  - 10.1000/two
DB  - PubMed
ER  -{0}
TY  - JOUR
TI  - Insulin pumps and exercise in children
AU  - Brown, Cas
PY  - 2003
JO  - Sugar
DO  - 10.1000/three
DB  - PubMed
ER  -{0}
""".format(" \n")
AGAIN = """TY  - JOUR
TI  - Aspirin against headache in adults: a randomised trial
AU  - Smith, Ann
PY  - 2001
JO  - Journal of Aches
DO  - 10.1000/one
DB  - Embase
ER  - 
"""  # noqa: W291 the space after the dash is RIS


@pytest.fixture(scope="session")
def _made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "review"
    assert run("init", folder, "--title", "Aches", "--reviewer", "A", "--reviewer", "B", "--adjudicator", "X").code == 0
    for name, text, source in (("pubmed.ris", RIS, "PubMed"), ("embase.ris", AGAIN, "Embase")):
        export = folder.parent / name
        export.write_text(text, encoding="utf-8")
        assert run("import", export, "--source", source, "--as", "A", "--review", folder).code == 0
    assert run("dedup", "run", "--as", "A", "--review", folder).code == 0
    return folder


@pytest.fixture
def small_review(_made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A review with reviewers A and B and adjudicator X, 4 records and 3 reports: p1 (r1 and r4), p2 and p3.

    It is the current folder.
    """
    folder = tmp_path / "review"
    shutil.copytree(_made_once, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def exports(small_review: Path) -> Path:
    """The folder of the files that were imported, and of others."""
    (small_review.parent / "pubmed.ris").write_text(RIS, encoding="utf-8")
    return small_review.parent


@pytest.fixture
def unchanged(small_review: Path) -> Iterator[None]:
    """What happens in the test changes nothing in the review: no row of its database, none of its files."""
    before = contents(small_review)
    yield
    assert contents(small_review) == before


def contents(folder: Path) -> dict[str, object]:
    """The files of a review by name, and the rows of its database as statements."""
    files: dict[str, object] = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("review.db")
    }
    with closing(sqlite3.connect(folder / "review.db")) as connection:
        files["review.db"] = list(connection.iterdump())
    return files


@dataclass(frozen=True)
class Demo:
    """The reference review, carried from end to end by the command."""

    folder: Path
    answer: dict[str, Any]

    def __call__(self, *words: object) -> Ran:
        """Run a command on it."""
        return run(*words, "--review", self.folder)


@pytest.fixture(scope="session")
def demo_review(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "review"
    ran = run("demo", folder, "--json")
    assert ran.code == 0, ran.err
    return Demo(folder, ran.value)


@pytest.fixture
def refused(rf: Command) -> Callable[..., str]:
    """`refused(3, "import", name)`: the command is refused in a sentence, with a remedy, and prints no answer."""

    def check(code: int, *words: object) -> str:
        ran = rf(*words)
        assert ran.code == code, ran
        assert "Traceback" not in ran.err
        assert not ran.out
        lines = ran.err.splitlines()
        assert len(lines) == 2, lines
        assert lines[0].startswith("reviewflow: ")
        assert lines[1].startswith("try: ")
        return ran.err

    return check

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reviewflow.cli import opener, session
from reviewflow.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file as it is kept, under its hash."""
    path = tmp_path / "38523c08"
    path.write_bytes(b"%PDF-")
    return path


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="the opener has another name there")
def test_a_document_is_opened_under_its_own_name_from_a_copy_that_goes_at_the_end(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    program = tmp_path / "bin" / "xdg-open"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$1" > {told}.part\ncat "$1" >> {told}.part\nmv {told}.part {told}\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def remembered(*arguments: object, **more: object) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **more))  # type: ignore[call-overload] # as it was called
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remembered)
    opener.open_file(kept, "../odd/Neskwood; 2019.pdf")
    assert started[0].wait(30) == 0
    name, content = told.read_text(encoding="utf-8").split("\n")
    assert name.endswith("/Neskwood; 2019.pdf")
    assert content == "%PDF-"
    session.opened.close()
    assert kept.exists()


@pytest.mark.parametrize("name", ["run.exe", "start.desktop", "script.sh", "nothing", "paper.pdf.bat"])
def test_what_is_no_document_is_not_opened(kept: Path, name: str) -> None:
    with pytest.raises(StateError, match="is no document") as refused:
        opener.open_file(kept, name)
    assert str(kept) in refused.value.remedy


def test_a_system_without_an_opener_says_where_the_file_is(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(StateError, match="xdg-open") as refused:
        opener.open_file(kept, "paper.pdf")
    assert str(kept) in refused.value.remedy

"""`export changes` and `sync` as people type them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Command


@pytest.fixture
def other(rf: Command, small_review: Path) -> Path:
    """A colleague's copy of the review, made from its reviewflow.toml, with nothing in it."""
    folder = small_review.parent / "other"
    folder.mkdir()
    (folder / "reviewflow.toml").write_bytes((small_review / "reviewflow.toml").read_bytes())
    assert rf("init", folder).code == 0
    return folder


def test_what_goes_to_a_file_goes_to_stdout_without_one(rf: Command, exports: Path) -> None:
    file = exports / "a.jsonl"
    assert rf("export", "changes", "--as", "A", "-o", file).code == 0
    assert rf("export", "changes", "--as", "A").out == file.read_text(encoding="utf-8")
    assert [path.name for path in exports.glob("*.part")] == []


def test_the_other_copy_says_what_it_took_in_and_that_it_knows_it(rf: Command, exports: Path, other: Path) -> None:
    file = exports / "a.jsonl"
    value = rf("export", "changes", "--as", "A", "-o", file, "--json").value
    assert (value["n_changes"], value["n_own"], value["n_files"]) == (3, 3, 2)
    for n_new, n_known in ((3, 0), (0, 3)):
        (taken,) = rf("sync", file, "--as", "B", "--review", other, "--json").value["files"]
        assert (taken["by"], taken["n_new"], taken["n_known"]) == ("A", n_new, n_known)
    assert rf("check", "--review", other).code == 0


def test_a_file_that_was_altered_or_is_none_exits_3(
    rf: Command, exports: Path, other: Path, refused: Callable[..., str]
) -> None:
    file = exports / "a.jsonl"
    assert rf("export", "changes", "--as", "A", "-o", file).code == 0
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Aspirin", "Placebo", 1), encoding="utf-8")
    assert "was altered" in refused(3, "sync", file, "--review", other)
    file.write_text(text[: text.rindex("\n", 0, -1) + 1], encoding="utf-8")
    assert "its last line is missing" in refused(3, "sync", file, "--review", other)
    assert "is no file of changes" in refused(3, "sync", exports / "pubmed.ris", "--review", other)
    assert "there is no file" in refused(3, "sync", exports / "nothing.jsonl", "--review", other)


def test_changes_whose_ground_is_elsewhere_exit_4_and_say_whom_to_ask(
    rf: Command, exports: Path, other: Path, refused: Callable[..., str]
) -> None:
    assert rf("screen", "vote", "p1", "include", "--as", "B").code == 0
    assert rf("export", "changes", "--as", "B", "-o", exports / "b.jsonl").code == 0
    assert "ask A for a file of changes" in refused(4, "sync", exports / "b.jsonl", "--review", other)


@pytest.mark.usefixtures("small_review")
def test_json_without_a_file_to_write_is_called_wrongly(refused: Callable[..., str]) -> None:
    assert "name the file" in refused(2, "export", "changes", "--as", "A", "--json")

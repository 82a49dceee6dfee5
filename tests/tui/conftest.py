from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from reviewflow.storage.review import open_review
from reviewflow.workflow import deduplication
from tests.tui import queue_made
from tests.tui.doubts import made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reviewflow.storage.review import Review


@pytest.fixture(autouse=True)
def _own_settings_are_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))


@pytest.fixture(scope="session")
def _with_doubts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doubts") / "review"
    review = made(folder, "A small review")
    review.engine.dispose()
    return folder


@pytest.fixture(scope="session")
def copies(_with_doubts: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Review]:
    """`copies()`: another copy of the review with doubtful pairs, on SQLite."""

    def copy() -> Review:
        folder = tmp_path_factory.mktemp("copy") / "review"
        shutil.copytree(_with_doubts, folder)
        return open_review(folder)

    return copy


@pytest.fixture
def doubtful(copies: Callable[[], Review]) -> Iterator[Review]:
    """A review on SQLite with six doubtful pairs, five of one rule: r3 and r9, r5 and r11, r6 and r12, ..."""
    review = copies()
    yield review
    review.engine.dispose()


@pytest.fixture(scope="session")
def waiting(copies: Callable[[], Review]) -> list[deduplication.Pair]:
    """The six doubtful pairs, the most doubtful first."""
    review = copies()
    found = deduplication.review_queue(review)
    review.engine.dispose()
    return found


@pytest.fixture(scope="session")
def _to_screen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("queue") / "review"
    queue_made.made(folder).engine.dispose()
    return folder


@pytest.fixture(scope="session")
def unscreened(_to_screen: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Review]:
    """`unscreened()`: another copy of the review with eight records to screen, on SQLite."""

    def copy() -> Review:
        folder = tmp_path_factory.mktemp("copy") / "review"
        shutil.copytree(_to_screen, folder)
        return open_review(folder)

    return copy


@pytest.fixture
def waiting_review(unscreened: Callable[[], Review]) -> Iterator[Review]:
    """A review on SQLite with eight records that wait for reviewers A and B."""
    review = unscreened()
    yield review
    review.engine.dispose()

"""The folder of a running search, `searches/UUID/` in the review: its plan and its batches, as they came."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PLAN = "plan.json"


class RunFolder:
    """Where one search keeps what it has fetched, so that a run that was cut off goes on where it was.

    Args:
        review: Folder of the review.
        uuid: Names the run.
    """

    def __init__(self, review: Path, uuid: str) -> None:
        self.uuid = uuid
        self.path = review / "searches" / uuid

    def keep_plan(self, plan: Mapping[str, Any]) -> None:
        """Write down what is to be fetched."""
        self._write(_PLAN, json.dumps(plan, ensure_ascii=False, indent=1).encode())

    def plan(self) -> dict[str, Any]:
        """What is to be fetched.

        Raises:
            InputError: Somebody has altered the file.
        """
        path = self.path / _PLAN
        try:
            loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read: {error}", f"remove the folder {self.path}") from error
        return loaded

    def batch(self, name: str) -> bytes | None:
        """A batch that was fetched, None when it was not."""
        path = self.path / name
        return path.read_bytes() if path.is_file() else None

    def keep_batch(self, name: str, content: bytes) -> None:
        """Write a batch, whole or not at all."""
        self._write(name, content)

    def _write(self, name: str, content: bytes) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        aside = self.path / f"{name}.part"
        with aside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(self.path / name)


def folders(review: Path) -> list[RunFolder]:
    """The runs that have a plan, finished or not, by name."""
    plans = sorted((review / "searches").glob(f"*/{_PLAN}"))
    return [RunFolder(review, path.parent.name) for path in plans]

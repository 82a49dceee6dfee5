"""Keeps files under their SHA-256: search exports and full texts, untouched."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from reviewflow.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def sha256_of(content: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class Blobs:
    """The folder `blobs/` of a review."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where the bytes with that hash lie, or would lie."""
        return self._folder / sha256[:2] / sha256

    def keep(self, content: bytes) -> str:
        """Store some bytes; gives their hash. Storing them twice changes nothing."""
        sha256 = sha256_of(content)
        path = self.path(sha256)
        if path.exists():
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".part")
        with aside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
        return sha256

    def read(self, sha256: str) -> bytes:
        """The bytes with that hash.

        Raises:
            StateError: They are not there.
        """
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise StateError(
                f"the file with SHA-256 {sha256[:12]}... is missing from {self._folder}",
                "copy the folder blobs/ from where the file was imported",
            ) from error

    def damaged(self, hashes: Iterator[str]) -> list[tuple[str, str]]:
        """Those of the hashes whose file is missing or altered, each with what is wrong."""
        found = []
        for sha256 in hashes:
            path = self.path(sha256)
            if not path.exists():
                found.append((sha256, "is missing"))
            elif sha256_of(path.read_bytes()) != sha256:
                found.append((sha256, "was altered"))
        return found

"""One open review: its folder, its protocol, its database and its files."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from reviewflow.errors import ReviewflowError, StateError
from reviewflow.storage import migrations, project
from reviewflow.storage.blobs import Blobs
from reviewflow.storage.engine import engine_for, kept_open, reading, writing
from reviewflow.storage.ledger import Entry, change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import sqlalchemy as sa

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.protocol import Protocol


@dataclass(frozen=True)
class Review:
    """An open review.

    Attributes:
        folder: The folder that is the review.
        protocol: What reviewflow.toml says.
        engine: Its database.
    """

    folder: Path
    protocol: Protocol
    engine: sa.Engine

    @cached_property
    def blobs(self) -> Blobs:
        """The files of the review."""
        return Blobs(self.folder / "blobs")

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A connection that sees one state of the review throughout."""
        return reading(self.engine)

    @contextmanager
    def kept_open(self) -> Iterator[Review]:
        """The same review, its database kept open between the many short changes of a session."""
        with kept_open(self.engine) as engine:
            yield replace(self, engine=engine)

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """A connection for rebuilding side tables; facts go through `change`."""
        return writing(self.engine)

    def change(self, act: Act) -> AbstractContextManager[Entry]:
        """One change by a person of the team."""
        self.protocol.member(act.reviewer)
        return change(self.engine, act)


def open_review(start: Path) -> Review:
    """Open the review that a folder lies in, bringing its tables up to date first.

    Raises:
        StateError: There is none, or its database is missing.
    """
    folder = project.find_folder(start)
    protocol = project.load(folder)
    if not protocol.database and not (folder / "review.db").exists():
        raise StateError(
            f"{folder} has a {project.FILE_NAME} but no review.db", f"reviewflow init {folder} makes an empty one"
        )
    engine = engine_for(protocol.database, folder)
    try:
        migrations.migrate(engine)
    except ReviewflowError:
        engine.dispose()
        raise
    return Review(folder, protocol, engine)


def create_review(folder: Path, text: str, copy_id: str) -> Review:
    """Make a review in a folder.

    Args:
        folder: Made when it is not there. A reviewflow.toml in it is taken when no text is given.
        text: The content of reviewflow.toml; "" for the one that is there.
        copy_id: A fresh uuid.
    """
    if text:
        project.create(folder, text)
    protocol = project.load(folder)
    engine = engine_for(protocol.database, folder)
    migrations.create(engine, copy_id)
    (folder / "blobs").mkdir(exist_ok=True)
    return Review(folder, protocol, engine)

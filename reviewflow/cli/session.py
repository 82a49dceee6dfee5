"""One run of a command: who acts, on which review, and how the answer is shown."""

from __future__ import annotations

import json
import os
import sys
import tomllib
import uuid
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.screening import Stage
    from reviewflow.storage.review import Review

opened = ExitStack()
"""Closes the databases that this command opened."""


class Session:
    """What every command needs.

    Args:
        as_name: Who acts, as given; "" takes the default of the user's own settings.
        folder: Folder of the review; None searches upwards from the current one.
        as_json: Whether one JSON object is printed in place of words.
    """

    def __init__(self, as_name: str = "", folder: Path | None = None, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._as_name = as_name
        self._folder = folder
        self._review: Review | None = None

    @property
    def review(self) -> Review:
        """The review, opened when it is first asked for."""
        if self._review is None:
            from reviewflow.storage.review import open_review

            try:
                self._review = open_review((self._folder or Path.cwd()).resolve())
            except OSError as error:
                raise InputError(
                    f"{error.filename} cannot be read: {error.strerror}", "check its permissions"
                ) from error
            opened.callback(self._review.engine.dispose)
        return self._review

    @property
    def viewer(self) -> str:
        """Who looks, "" for nobody in particular."""
        return self._as_name or default_reviewer()

    def act(self, command: str) -> Act:
        """Who acts now, for a change.

        Raises:
            UsageError: Nobody said who acts.
        """
        from reviewflow.domain.ledger import Act

        name = self.viewer
        if not name:
            raise UsageError(
                "it is not said who acts", "add --as NAME, or set REVIEWFLOW_REVIEWER, to a name of the team"
            )
        return Act(name, datetime.now(UTC), str(uuid.uuid4()), command)

    def answer(self, value: dict[str, Any], lines: Sequence[str] = (), next_step: str = "") -> None:
        """Show an answer: as one JSON object, or as words with the next step on stderr."""
        if self.as_json:
            typer.echo(json.dumps({"schema": 1, **value}, ensure_ascii=False, default=str))
            return
        for line in lines:
            typer.echo(line)
        if next_step:
            typer.echo(f"Next: {next_step}", err=True)


def default_reviewer() -> str:
    """The name in the user's own settings, "" when there is none."""
    import platformdirs

    path = platformdirs.user_config_path("reviewflow") / "settings.toml"
    if not path.is_file():
        return ""
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8")).get("reviewer", ""))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is no readable TOML: {error}", 'write: reviewer = "CB"') from error


def stage_of(name: str) -> Stage:
    """The stage of that name; ta and ft are short for the two.

    Raises:
        UsageError: There is none.
    """
    from reviewflow.domain.screening import Stage

    short = {"ta": "title_abstract", "ft": "full_text"}
    wanted = short.get(name.lower(), name.lower().replace("-", "_"))
    if wanted not in {str(stage) for stage in Stage}:
        raise UsageError(f"{name!r} is no stage of screening", "title_abstract or full_text")
    return Stage(wanted)


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        InputError: It is not there, or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}", "check the name") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder", "name the files in it") from error
    except PermissionError as error:
        raise InputError(f"{path} may not be read", "check its permissions") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "check the name") from error


def read_text(path: Path) -> str:
    """The content of a file of UTF-8 text.

    Raises:
        InputError: It is not there, or is no UTF-8.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: byte {error.start}", "save it as UTF-8") from error


def write_text(path: Path, text: str) -> None:
    """Write an answer to a file that the person named.

    Raises:
        InputError: It cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "choose another name: -o FILE") from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write an answer that is no text to a file that the person named.

    Raises:
        InputError: It cannot be written.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "choose another name: -o FILE") from error


def write_new(path: Path, content: bytes) -> None:
    """Write an answer to a file that is not there yet, or holds the very same.

    Raises:
        InputError: It is there and holds something else, or it cannot be written.
    """
    if path.exists() and (not path.is_file() or read_bytes(path) != content):
        raise InputError(f"{path} is there already and holds something else", "choose another name: -o FILE")
    write_bytes(path, content)


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A file that the person named, to be written piece by piece; it appears when it is whole.

    Raises:
        InputError: It cannot be written.
    """
    aside = path.with_name(f"{path.name}.part")
    try:
        with aside.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        aside.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "choose another name: -o FILE") from error
    finally:
        aside.unlink(missing_ok=True)


def on_terminal() -> bool:
    """Whether a person is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> str | None:
    """What a person types, None at the end of the input; the question goes to stderr, so stdout stays the answer."""
    typer.echo(f"{question} ", nl=False, err=True)
    line = sys.stdin.buffer.readline()
    if not line:
        typer.echo(err=True)
        return None
    return line.decode("utf-8", "replace").strip()


@contextmanager
def progress_bar(words: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, on a terminal only; gives the function to call with (done, total)."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> list[str]:
    """Rows as aligned columns of text."""
    every = [list(header), *map(list, rows)] if header else [list(row) for row in rows]
    if not every:
        return []
    widths = [max(len(row[i]) for row in every) for i in range(len(every[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in every]


def shortened(text: str, width: int) -> str:
    """The text in at most `width` characters."""
    return text if len(text) <= width else text[: width - 3] + "..."

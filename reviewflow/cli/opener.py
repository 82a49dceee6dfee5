"""Opens a document with the program that the system has for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePath

from reviewflow.cli.session import opened
from reviewflow.errors import StateError

_DOCUMENTS = frozenset(
    {".pdf", ".txt", ".md", ".htm", ".html", ".xml", ".epub", ".doc", ".docx", ".odt", ".rtf", ".ps"}
)
_OPENERS = {"darwin": ("open",), "win32": ("rundll32", "url.dll,FileProtocolHandler")}


def open_file(kept: Path, name: str) -> None:
    """Open a kept file under the name that it came with, from a copy: what is kept is never altered.

    Raises:
        StateError: It is not there, is no document, or the system has no program that opens files.
    """
    if PurePath(name).suffix.lower() not in _DOCUMENTS:
        raise StateError(f"{name} is no document that is opened from here", f"open it yourself: {kept}")
    program = _OPENERS.get(sys.platform, ("xdg-open",))
    if shutil.which(program[0]) is None:
        raise StateError(f"{program[0]}, which opens files, is not installed", f"open it yourself: {kept}")
    folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="reviewflow-", ignore_cleanup_errors=True)))
    copy = folder / PurePath(name.replace("\\", "/")).name
    try:
        shutil.copyfile(kept, copy)
    except OSError as error:
        raise StateError(
            f"{kept} cannot be read: {error.strerror}", "copy the folder blobs/ from where it was kept"
        ) from error
    quiet = subprocess.DEVNULL
    subprocess.Popen([*program, str(copy)], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)

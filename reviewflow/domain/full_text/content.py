"""Tells what a file is by its first bytes: a login page that was saved as trial.pdf is no full text."""

from __future__ import annotations

import re
from typing import Final

from reviewflow.errors import InputError

PDF: Final = "a PDF"

_HEAD: Final = 1024  # readers look for the mark of a PDF as far as here
_BEGINNINGS: Final = (
    (b"PK\x03\x04", "a zip archive, or a Word or EPUB document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "a Rich Text document"),
    (b"%!PS", "a PostScript document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"AT&TFORM", "a DjVu document"),
)
_PAGE: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--[\s\S]{0,500}?-->\s*)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_CONTROL: Final = bytes(set(range(32)) - {9, 10, 11, 12, 13, 27})


def kind_of(content: bytes) -> str:
    """What a file is, in words as they stand after "it is": "a PDF", "a web page", "text", ...; "" for an empty one."""
    head = content[:_HEAD]
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return ""
    if b"%PDF" in head:
        return PDF
    for beginning, words in _BEGINNINGS:
        if head.startswith(beginning):
            return words
    if _PAGE.match(head):
        return "a web page"
    return "a binary file of no known kind" if head.translate(None, _CONTROL) != head else "text"


def check_content(name: str, content: bytes, *, any_kind: bool = False) -> str:
    """What a file is, where it can be kept as a full text.

    Args:
        name: Its name, for messages.
        content: Its bytes.
        any_kind: Whether something else than a PDF is meant to be kept.

    Raises:
        InputError: It is empty, or it is no PDF and that was not said.
    """
    kind = kind_of(content)
    if not kind:
        raise InputError(f"{name} is empty", "download it again")
    if kind != PDF and not any_kind:
        perhaps = ", perhaps a login page" if kind == "a web page" else ""
        raise InputError(f"{name} is no PDF: it is {kind}{perhaps}", "look at it; if it is the full text: --any-kind")
    return kind

"""Plain text from the LaTeX that BibTeX values are written in."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any
from unicodedata import normalize

from reviewflow.domain.normalise import author_name
from reviewflow.resources import schema_toml

_ACCENT = re.compile(
    r"\\(?:(['`^\"~=.])\s*|([uvHckrdb])(?:\s+|(?=\{)))(?:\{\s*(\\[ij](?![A-Za-z])|[^\W\d_])\s*\}|(\\[ij](?![A-Za-z])|[^\W\d_]))"
)
_COMMAND = re.compile(r"\\([A-Za-z]+)(?:\{\}|\s(?=\w)|\s+(?=\{))?")
_ESCAPED = re.compile(r"\\([&%$#_@ ,;/!-])")
_MATH = re.compile(r"(?<!\\)\$([^$]*)(?<!\\)\$")
_SCRIPT = re.compile(r"[_^](?=[{\w+-])")
_BRACES = str.maketrans("", "", "{}")
_BACK = str.maketrans({"\ue000": "{", "\ue001": "}", "\ue002": "$", "\ue003": "~"})
_AND = re.compile(r"\s+and\s+|\s+and$|^and\s+", re.IGNORECASE)


@cache
def table() -> dict[str, Any]:
    """The table `schemas/formats/latex.toml`."""
    return schema_toml("formats", "latex.toml")


def plain(text: str) -> str:
    """The text that a LaTeX value prints, accents composed, braces and fonts taken out."""
    if text.isalnum() or not (
        "{" in text
        or "\\" in text
        or "--" in text
        or "$" in text
        or "}" in text
        or "~" in text
        or "`" in text
        or "''" in text
    ):
        return text
    if "\\" not in text and "$" not in text:
        return _dashes(text).replace("{", "").replace("}", "").replace("~", " ")
    text = text.replace(r"\{", "\ue000").replace(r"\}", "\ue001").replace(r"\$", "\ue002")
    if "$" in text:
        text = _MATH.sub(lambda found: _COMMAND.sub(_command, _SCRIPT.sub("", found.group(1))), text)
    if "\\" in text:
        text = _ACCENT.sub(_accented, text)
        text = _COMMAND.sub(_command, text)
        text = _ESCAPED.sub(r"\1", text).replace("\\\\", " ")
    text = _dashes(text).replace("~", "\u00a0")
    return normalize("NFC", text.translate(_BRACES).translate(_BACK).replace("\u00a0", " "))


def _dashes(text: str) -> str:
    """A text with the dashes and quotation marks that LaTeX makes of hyphens and apostrophes."""
    if "--" in text:
        text = text.replace("---", "\u2014").replace("--", "\u2013")
    return text.replace("``", "\u201c").replace("''", "\u201d")


def plain_link(text: str) -> str:
    """A link or identifier without LaTeX's escapes; its "~" and "--" are its own."""
    return text.replace("\\", "").replace("{", "").replace("}", "").removeprefix("url")


def _accented(found: re.Match[str]) -> str:
    accent = table()["accents"][found.group(1) or found.group(2)]
    letter = found.group(3) or found.group(4)
    return normalize("NFC", letter.lstrip("\\") + accent)


def _command(found: re.Match[str]) -> str:
    name = found.group(1)
    if name in table()["fonts"]:
        return ""
    printed: str = table()["commands"].get(name, found.group())
    return printed.replace("{", "\ue000").replace("}", "\ue001").replace("~", "\ue003")


def names(text: str) -> tuple[str, ...]:
    """The names in an author field, "Family, Given"; a name in braces is a group's and stays as it is."""
    text = " ".join(text.split())
    parts = _split_names(text) if "{" in text else _split_plain(text)
    return tuple([name for part in parts if (name := _name(part))])


@lru_cache(maxsize=16384)
def _name(part: str) -> str:
    part = part.strip()
    if part.startswith("{") and part.endswith("}") and _depth_stays(part[1:-1]):
        return plain(part[1:-1]).strip()
    pieces = [plain(piece).strip() for piece in part.split(",")]
    # "Family, Jr, Given"
    if len(pieces) == 3 and pieces[1].rstrip(".").lower() in {"jr", "sr", "ii", "iii", "iv"}:
        pieces = [f"{pieces[0]} {pieces[1]}", pieces[2]]
    return author_name(", ".join(pieces)) if part != "others" else ""


def _split_plain(text: str) -> list[str]:
    """The parts of a text on one line between its "and"s; a plain split does where each is written plainly."""
    small = text.lower()
    at_an_end = small.startswith("and ") or small.endswith(" and")
    plainly = not at_an_end and text.count(" and ") == small.count(" and ")
    return text.split(" and ") if plainly else _AND.split(text)


def _split_names(text: str) -> list[str]:
    """The parts of a text between the "and"s that stand outside braces."""
    parts, start, counted, depth = [], 0, 0, 0
    for found in _AND.finditer(text):
        depth += text.count("{", counted, found.start()) - text.count("}", counted, found.start())
        counted = found.start()
        if not depth:
            parts.append(text[start:counted])
            start = found.end()
    return [*parts, text[start:]]


def _depth_stays(text: str) -> bool:
    """Whether no brace of the text closes one in front of it."""
    depth = 0
    for character in re.findall(r"[{}]", text):
        depth += 1 if character == "{" else -1
        if depth < 0:
            return False
    return True

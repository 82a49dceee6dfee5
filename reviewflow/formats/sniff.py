"""Tells the format of a search export from its content, or says in plain words what the file is instead."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from html import unescape
from typing import TYPE_CHECKING

from reviewflow.errors import InputError
from reviewflow.formats.registry import read_by
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from reviewflow.formats.source import Source

_HEAD = 65536
_KNOWN_BINARY = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a zip archive or an Office file (.zip, .xlsx, .docx)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office file (.xls, .doc)"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"{\\rtf", "a Rich Text document"),
    (b"bplist", "a property list"),
)
_PAGE = re.compile(
    rb"\A\s*(?:<\?xml[^>]*>\s*|<!--[\s\S]{0,2000}?-->\s*)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE
)
_TITLE = re.compile(rb"<title[^<>]*>([^<]{1,400})", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_OF_DTD = re.compile(rb"<!--|<\?|[\"']|<!ENTITY|[\[\]>]")
_CLOSES = {b"<!--": b"-->", b"<?": b"?>", b'"': b'"', b"'": b"'"}
_CONTROL = bytes(set(range(32)) - {0, 9, 10, 11, 12, 13, 26, 27})
_WHAT_TO_EXPORT = "export the records again as RIS, nbib, Web of Science plain text or CSV, and import that file"


def sniff(source: Source) -> str:
    """The format of a file, named as in `import --check`.

    Raises:
        InputError: The file is empty, a web page, binary, or text that holds no record; says which.
    """
    _refuse_empty(source)
    _refuse_binary(source)
    head = source.body[:_HEAD]
    page = _PAGE.match(head)
    if page:
        raise _web_page(source, head, page)
    structured = _structured(source, head)
    if structured:
        return structured
    told = _by_lines(source.body)
    if told:
        return told
    from reviewflow.formats.delimited import has_header  # noqa: PLC0415 - the csv module is loaded where a table is possible

    if has_header(source):
        return "csv"
    raise _no_records(source, head)


def _web_page(source: Source, head: bytes, page: re.Match[bytes]) -> InputError:
    found = _TITLE.search(head)
    title = " ".join(unescape(found.group(1).decode("utf-8", "replace")).split()) if found else ""
    shown = (
        f'"{title[:80]}"' if title else f'"{head[page.start() : page.end()].strip().decode("utf-8", "replace")[:40]}"'
    )
    where = "its title" if title else "at its start"
    return InputError(
        f"{source.name} holds no records: it is a web page ({shown} {where}), perhaps an expired login",
        "open the database again, log in, and export the records once more",
    )


def load_tables() -> None:
    """Load the signs of all formats."""
    from reviewflow.formats.delimited import known_headers  # noqa: PLC0415 - as in `sniff`

    _signs()
    _roots()
    _keys()
    known_headers()


def _refuse_empty(source: Source) -> None:
    if not source.content:
        raise InputError(f"{source.name} is empty (0 bytes)", "export the records again: the download did not finish")
    if not source.body.strip(b" \t\r\n\x00\x0b\x0c\x1a"):
        raise InputError(
            f"{source.name} holds nothing but blank lines",
            "export the records again: the search may have had no result",
        )


def _refuse_binary(source: Source) -> None:
    for magic, words in _KNOWN_BINARY:
        if source.content.startswith(magic):
            raise InputError(f"{source.name} holds no records: it is {words}, not a search export", _WHAT_TO_EXPORT)
    sample = source.body[:_HEAD]
    n_control = len(sample) - len(sample.translate(None, _CONTROL))
    if n_control > 0.02 * len(sample) or sample.count(0) > 0.2 * len(sample):
        raise InputError(f"{source.name} holds no records: it is a binary file, not a search export", _WHAT_TO_EXPORT)


def _structured(source: Source, head: bytes) -> str:
    """The XML or JSON format of a file; "" for one that is neither."""
    begin = head.lstrip()[:1]
    if begin == b"<":
        root, has_entities = _root(source.body)
        if has_entities:
            raise InputError(
                f"{source.name} declares entities of its own (<!ENTITY), as no search export does: it is not read",
                "export the records again, and do not open files of unknown origin",
            )
        return _roots().get(root, "")
    if begin in {b"{", b"["}:
        return next((name for sample in (head, source.body) for name, key in _keys() if key.search(sample)), "")
    return ""


def _root(body: bytes) -> tuple[str, bool]:
    """The name of XML's root element, "" for what is no XML; and whether a DTD in front of it declares entities."""
    at, has_entities = 0, False
    while True:
        at += len(body[at : at + _HEAD]) - len(body[at : at + _HEAD].lstrip())
        opening = next((mark for mark in (b"<!--", b"<?") if body.startswith(mark, at)), b"")
        if opening:
            at = _behind(body, _CLOSES[opening], at + len(opening))
        elif body.startswith(b"<!DOCTYPE", at):
            at, declares = _dtd(body, at)
            has_entities = has_entities or declares
        else:
            found = _ROOT.match(body, at)
            return found.group(1).decode("utf-8", "replace") if found else "", has_entities


def _dtd(body: bytes, at: int) -> tuple[int, bool]:
    """Where a document type ends, and whether it declares entities; what stands in comments and quotes is no end."""
    depth, has_entities = 0, False
    while found := _OF_DTD.search(body, at):
        mark, at = found.group(), found.end()
        if mark in _CLOSES:
            at = _behind(body, _CLOSES[mark], at)
        elif mark == b"<!ENTITY":
            has_entities = True
        elif mark == b">" and depth <= 0:
            return at, has_entities
        else:
            depth += (mark == b"[") - (mark == b"]")
    return len(body), has_entities


def _behind(body: bytes, closing: bytes, at: int) -> int:
    end = body.find(closing, at)
    return len(body) if end < 0 else end + len(closing)


@cache
def _roots() -> dict[str, str]:
    """The format of each root element of XML that can be read."""
    tables = ((name, schema_toml("formats", f"{name}.toml")) for name in read_by("elements"))
    return {root: name for name, table in tables for root in table["sniff"]["roots"]}


@cache
def _keys() -> tuple[tuple[str, re.Pattern[bytes]], ...]:
    """Of each JSON format, the key that only it has."""
    tables = ((name, schema_toml("formats", f"{name}.toml")) for name in read_by("objects"))
    return tuple((name, re.compile(table["sniff"]["key"].encode("ascii"))) for name, table in tables)


@cache
def _signs() -> re.Pattern[bytes]:
    """Finds a line that only one of the formats has that are told by their lines; the name of its group is the format.

    Each sign ends where its line does, so that one search can count them all.
    """
    signs = [(name, schema_toml("formats", f"{name}.toml")["sniff"]["line"]) for name in _of_lines()]
    branches = "|".join(f"(?P<{name}>{sign})" for name, sign in signs)
    return re.compile(rf"\n(?:\xef\xbb\xbf)?(?:{branches})".encode("ascii"))


def _of_lines() -> tuple[str, ...]:
    return *read_by("tagged"), *read_by("bibtex")


def _by_lines(body: bytes) -> str:
    """The format with the most lines that only it has; "" where there are none."""
    for sample in (body[:_HEAD], body):
        counts = Counter([found.lastgroup for found in _signs().finditer(sample)])
        if counts:
            return max(_of_lines(), key=counts.__getitem__)
    return ""


def _no_records(source: Source, head: bytes) -> InputError:
    root, _ = _root(source.body)
    if root:
        what = f"{source.name} holds no records that can be read: it is XML with the root element <{root}>"
    elif head.lstrip()[:1] in {b"{", b"["}:
        what = f"{source.name} holds no records that can be read: it is JSON of a layout that is not known"
    else:
        first = next(line for line in head.split(b"\n") if line.strip()).strip().decode("utf-8", "replace")
        shown = first if len(first) <= 60 else first[:57] + "..."
        what = f'{source.name} holds no records: it is text in no known format (its first line is "{shown}")'
    return InputError(what, _WHAT_TO_EXPORT)

"""Says how the tags of a file are written where that is not as their format asks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewflow.formats.pieces import Grammar
    from reviewflow.formats.source import Often, Source

_MARK = b"\xef\xbb\xbf"


def report_writing(source: Source, rules: Grammar) -> bool:
    """Whether some tags of a file are written otherwise than its format asks; reports which way, and where first."""
    if rules.end_cut:
        _report_cut_ends(source, rules.end_cut)
    if rules.odd is None or not rules.odd.search(source.body):
        return False
    for found in rules.odd.finditer(source.body):
        way = _way(found.group()[1:])
        one, many = f"a tag stands {way}", f"{{n}} tags stand {way}"
        what = (f"{one}: read all the same", f"{many}, the first here: read all the same")
        source.often(what, partial(source.line_at, found.start() + 1))
    return True


def _report_cut_ends(source: Source, cut: bytes) -> None:
    """Report end lines without the blank that the format asks for: some programs do not see such an end."""
    body, name = source.body, cut[1:].decode("ascii")
    whole = [cut + line_end for line_end in ((b"\n", b"\r\n") if b"\r" in body else (b"\n",))]
    places = [at for end in whole if (at := body.find(end)) >= 0]
    n = sum(body.count(end) for end in whole) if places else 0
    if body.endswith(cut):
        places.append(len(body) - len(cut))
        n += 1
    if n:
        what: Often = (
            f"{name} has no blank behind its dash: taken for the end of the record",
            f"{{n}} times {name} has no blank behind its dash, the first here: taken for ends of records",
        )
        source.often(what, partial(source.line_at, min(places) + 1), n)


def _way(tag: bytes) -> str:
    """How a tag is written that is not written as the format asks."""
    name = tag.strip(b" \t\r" + _MARK).rstrip(b"-").rstrip(b" \t")
    gap = tag[tag.find(name) + len(name) : tag.rfind(b"-")]
    ways = [
        ("behind a byte order mark (BOM) in the midst of the file", _MARK in tag),
        ("in lower case", name != name.upper()),
        ("behind blanks", tag[:1] in {b" ", b"\t"}),
        ("with a tab in front of the dash", b"\t" in gap),
        ("with one blank in front of the dash", gap == b" "),
        ("with no blank in front of the dash", gap == b""),
    ]
    return " and ".join(words for words, holds in ways if holds) or "with no blank behind the dash"

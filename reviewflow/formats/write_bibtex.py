"""Writes records as BibTeX: UTF-8, with the characters escaped that LaTeX takes for its own."""

from __future__ import annotations

import re
from itertools import repeat
from typing import TYPE_CHECKING, TextIO
from unicodedata import normalize

from reviewflow.formats.told_types import told_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reviewflow.domain.record import Record, Tags

_TYPES = {
    "journal": "article",
    "conference": "inproceedings",
    "book": "book",
    "chapter": "incollection",
    "thesis": "phdthesis",
    "preprint": "unpublished",
    "report": "techreport",
}
_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "&%$#_"},
    }
)
_LONE_BRACES = str.maketrans("{}", "\ue000\ue001")
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")


def write_bibtex(records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = repeat(())) -> int:
    """Write records as BibTeX with a key for each that no other has, and give their number.

    Args:
        records: The records.
        stream: Where to.
        more: Of each record further fields.
    """
    taken: dict[str, int] = {}
    for record, tags in zip(records, more, strict=False):
        key = _key(record)
        taken[key] = taken.get(key, 0) + 1
        unique = key if taken[key] == 1 else f"{key}-{taken[key]}"
        whole = (*_fields(record), *((name, _escaped(text)) for name, text in tags))
        fields = ",\n".join(f"  {name} = {{{text}}}" for name, text in whole if text)
        stream.write(f"@{_TYPES.get(record.kind, 'misc')}{{{unique},\n{fields}\n}}\n\n")
    return sum(taken.values())


def _key(record: Record) -> str:
    """The first author's family name and the year, in ASCII: "rossi2019"."""
    family = record.authors[0].partition(",")[0] if record.authors else "anonymous"
    plain = normalize("NFKD", family).encode("ascii", "ignore").decode("ascii").lower()
    return (_NOT_IN_KEYS.sub("", plain) or "record") + str(record.year or "")


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    yield "title", _escaped(record.title)
    yield "author", " and ".join(_author(name) for name in record.authors)
    yield "year", str(record.year or "")
    yield ("booktitle" if record.kind in {"conference", "chapter"} else "journal"), _escaped(record.journal)
    yield "shortjournal", _escaped(record.journal_abbreviation)
    yield "volume", _escaped(record.volume)
    yield "number", _escaped(record.issue)
    yield "pages", _escaped(record.pages).replace("-", "--")
    yield "doi", record.doi
    yield "pmid", record.pmid
    yield "pmcid", record.pmcid
    yield "issn", ", ".join(record.issn)
    yield "isbn", record.isbn
    yield "accession-number", record.accession
    yield "language", _escaped(record.language)
    yield "keywords", "; ".join(map(_escaped, record.keywords)) + (";" if len(record.keywords) == 1 else "")
    yield "document-type", _escaped("; ".join(told_types(record, _TYPES.get(record.kind, "misc"))))
    yield "reviewflow-source", _escaped(record.database)
    yield "url", record.url
    yield "abstract", _escaped(" ".join(record.abstract.split()))


def _author(name: str) -> str:
    escaped = _escaped(name)
    return escaped if ", " in name and " and " not in name else f"{{{escaped}}}"


def _escaped(text: str) -> str:
    if not _is_balanced(text):
        # BibTeX counts escaped braces, too: one without its fellow would swallow the entries that follow.
        text = text.translate(_LONE_BRACES)
        return _printed(text).replace("\ue000", r"\textbraceleft{}").replace("\ue001", r"\textbraceright{}")
    return _printed(text)


def _is_balanced(text: str) -> bool:
    """Whether every brace has its fellow."""
    depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def _printed(text: str) -> str:
    # "--" would be printed as a dash; the braces part the hyphens and print nothing.
    return text.translate(_ESCAPES).replace("--", "-{}-").replace("''", "'{}'").replace("``", "`{}`")

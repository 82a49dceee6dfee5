"""Writes records as EndNote XML, which EndNote, Zotero and Covidence read."""

from __future__ import annotations

import re
from itertools import repeat
from typing import TYPE_CHECKING, TextIO
from xml.sax.saxutils import escape, quoteattr

from reviewflow.formats.told_types import told_types
from reviewflow.formats.write_ris import ris_author

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reviewflow.domain.record import Record, Tags

_TYPES = {
    "journal": ("Journal Article", 17),
    "conference": ("Conference Proceedings", 10),
    "registry": ("Dataset", 59),
    "book": ("Book", 6),
    "chapter": ("Book Section", 5),
    "thesis": ("Thesis", 32),
    "preprint": ("Unpublished Work", 34),
    "report": ("Report", 27),
    "other": ("Generic", 13),
}
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def write_endnote_xml(records: Iterable[Record], stream: TextIO, more: Iterable[Tags] = repeat(())) -> int:
    """Write records as EndNote XML, of each the further elements `more`, and give their number."""
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<xml><records>\n')
    n_written = 0
    for record, tags in zip(records, more, strict=False):
        n_written += 1
        further = "".join(_element(name, text) for name, text in tags)
        stream.write(f"<record>{''.join(_parts(record, n_written))}{further}</record>\n")
    stream.write("</records></xml>\n")
    return n_written


def _parts(record: Record, number: int) -> Iterator[str]:
    kind, code = _TYPES[record.kind]
    yield f'<source-app name="reviewflow">reviewflow</source-app><rec-number>{number}</rec-number>'
    yield f"<ref-type name={quoteattr(kind)}>{code}</ref-type>"
    yield _within(
        "contributors", _within("authors", *(_element("author", ris_author(name)) for name in record.authors))
    )
    yield _within("titles", _element("title", record.title), _element("secondary-title", record.journal))
    yield _within("periodical", _element("full-title", record.journal), _element("abbr-1", record.journal_abbreviation))
    yield _element("pages", record.pages)
    yield _element("volume", record.volume)
    yield _element("number", record.issue)
    yield _within("keywords", *(_element("keyword", word) for word in record.keywords))
    yield _within("dates", _element("year", str(record.year or "")))
    yield _element("isbn", "\r".join(filter(None, (*record.issn, record.isbn))))
    yield _element("accession-num", record.accession)
    yield _element("electronic-resource-num", record.doi)
    yield _element("pmid", record.pmid)
    yield _element("custom2", record.pmcid)
    yield _element("abstract", record.abstract)
    yield _element("work-type", "; ".join(told_types(record, kind)))
    yield _element("remote-database-name", record.database)
    yield _element("language", record.language)
    yield _within("urls", _within("related-urls", _element("url", record.url)))


def _element(name: str, text: str) -> str:
    """An element; nothing where it would be empty."""
    return f"<{name}>{escape(_FORBIDDEN.sub('', text), {chr(13): '&#xD;'})}</{name}>" if text else ""


def _within(name: str, *inner: str) -> str:
    whole = "".join(inner)
    return f"<{name}>{whole}</{name}>" if whole else ""

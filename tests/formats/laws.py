"""The law of reading, stated once: any bytes give records or an InputError, and every byte is accounted for once."""

from __future__ import annotations

from dataclasses import fields
from io import StringIO

from reviewflow.domain.record import Record
from reviewflow.errors import InputError
from reviewflow.formats import canonical, open_export, writer
from reviewflow.formats.export import Export
from reviewflow.formats.source import Source

RECORDS = [
    Record(title="Oak gall", authors=("Rossi, Anna",), year=2019, journal="Oak", doi="10.5555/oak.1", abstract="We."),
    Record(
        title="Ash & elm",
        authors=("Wéber, K.", "Oak Group"),
        year=2020,
        journal="Ash",
        pmid="31234567",
        keywords=("a", "b"),
    ),
    Record(title="Beech", kind="book", issn=("1234-5679",)),
]
OTHERS = {
    "wos_tagged": "FN Clarivate\nVR 1.0\nPT J\nAU Rossi, A\n   Weber, K\nTI Oak\nER\n\nPT J\nTI Ash\nER\n\nEF\n",
    "enw": "%0 Journal Article\n%T Oak\n%A Rossi, Anna\n\n%0 Book\n%T Ash\n   and elm\n\n",
    "refworks_tagged": "Refworks Export Tagged Format\n\nRT Journal Article\nA1 Rossi,A\nT1 Oak\n\nRT Book\nT1 Ash\n",
    "ovid_tagged": "<1. >\nAU  - Rossi, A\nTI  - Oak\n\n<2. >\nTI  - Ash\n",
    "pubmed_xml": "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID></MedlineCitation></PubmedArticle>"
    "<PubmedArticle><MedlineCitation><PMID>2</PMID></MedlineCitation></PubmedArticle></PubmedArticleSet>\n",
}
NOTHING = b" \t\r\n\x0c\x1a\x00\xef\xbb\xbf"


def sample(format_name: str) -> bytes:
    """A small export in a format."""
    if format_name in OTHERS:
        return OTHERS[format_name].encode()
    stream = StringIO()
    writer(format_name)(RECORDS, stream)
    return stream.getvalue().encode()


def assert_read_lawfully(content: bytes, format_name: str = "") -> int:
    """Fail where reading a file breaks the law; else the number of its records.

    Args:
        content: Any bytes.
        format_name: Read them as this format, whatever they look like; "" to have the format told from them.
    """
    try:
        export = Export(Source(content, "file"), format_name) if format_name else open_export(content, "file")
    except InputError:
        return 0
    spans = []
    n_lines = 1 + max(content.count(b"\n"), content.count(b"\r"))
    for raw in export.records():
        record = canonical(raw, export.format)
        spans.append((raw.start, raw.end))
        assert raw.ordinal == len(spans)
        assert 1 <= raw.line <= n_lines
        assert_can_be_kept(*(text for tag in raw.tags for text in tag))
        assert_can_be_kept(*(text for field in fields(record) for text in _texts(getattr(record, field.name))))
    assert_can_be_kept(export.exporter, *(leftover.text for leftover in export.leftovers))
    assert_tiled(content, [*spans, *((leftover.start, leftover.end) for leftover in export.leftovers)])
    return len(spans)


def assert_tiled(content: bytes, spans: list[tuple[int, int]]) -> None:
    """Fail where the spans overlap, or leave out a byte that is more than blank."""
    spans = sorted(spans)
    if spans:
        assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
        assert all(start <= end for start, end in spans)
        assert not content[spans[-1][1] :].strip(NOTHING)


def assert_can_be_kept(*texts: str) -> None:
    """Fail where a text holds half a character, which no database and no file takes."""
    for text in texts:
        text.encode("utf-8")


def _texts(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()

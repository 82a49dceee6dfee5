"""However a file is damaged, reading it gives records or an InputError, and every byte is accounted for once."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.record import Record
from reviewflow.errors import InputError
from reviewflow.formats import WRITERS, canonical, open_export, writer

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
PIECES = [
    b"\n",
    b"\r",
    b"\n\n",
    b'"',
    b"{",
    b"}",
    b"<",
    b">",
    b"&",
    b"\\",
    b"$",
    b",",
    b";",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"TY  - JOUR\n",
    b"ER  - \n",
    b"\nPMID- 1\n",
    b"@article{",
    b"@comment{",
    b"</record>",
    b"<record>",
    b"[",
    b"%0 x\n",
    b"PT J\n",
]
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.just(b"") | st.sampled_from(PIECES)), max_size=5)


def sample(format_name: str) -> bytes:
    if format_name in OTHERS:
        return OTHERS[format_name].encode()
    stream = StringIO()
    writer(format_name)(RECORDS, stream)
    return stream.getvalue().encode()


def damaged(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """The content with, at each place, some bytes taken out and a piece put in."""
    for where, n_out, piece in edits:
        at = int(where * len(content))
        content = content[:at] + piece + content[at + n_out :]
    return content


@pytest.mark.parametrize("format_name", [*WRITERS, *OTHERS])
@given(edits=EDITS)
@settings(max_examples=60, deadline=None)
def test_records_and_leftovers_of_a_damaged_file_tile_it(
    format_name: str, edits: list[tuple[float, int, bytes]]
) -> None:
    content = damaged(sample(format_name), edits)
    try:
        export = open_export(content, "damaged")
    except InputError:
        return
    spans = []
    for raw in export.records():
        canonical(raw, export.format)
        spans.append((raw.start, raw.end))
    spans = sorted([*spans, *((leftover.start, leftover.end) for leftover in export.leftovers)])
    if spans:
        assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
        assert not content[spans[-1][1] :].strip(b" \t\r\n\x0c\x1a\x00\xef\xbb\xbf")


@pytest.mark.parametrize("format_name", [*WRITERS, *OTHERS])
def test_a_record_is_the_same_whenever_it_is_derived_from_its_tags(format_name: str) -> None:
    export = open_export(sample(format_name), "export")
    first = [(raw, canonical(raw, export.format)) for raw in export.records()]
    assert [(raw, canonical(raw, export.format)) for raw in export.records()] == first

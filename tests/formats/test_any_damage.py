"""However a file is damaged, reading it gives records or an InputError, and every byte is accounted for once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.formats import WRITERS, canonical, open_export
from tests.formats.laws import OTHERS, assert_read_lawfully, sample

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
    assert_read_lawfully(damaged(sample(format_name), edits))


@pytest.mark.parametrize("format_name", [*WRITERS, *OTHERS])
def test_a_record_is_the_same_whenever_it_is_derived_from_its_tags(format_name: str) -> None:
    export = open_export(sample(format_name), "export")
    first = [(raw, canonical(raw, export.format)) for raw in export.records()]
    assert [(raw, canonical(raw, export.format)) for raw in export.records()] == first

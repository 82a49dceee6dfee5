"""Reading what was written gives the same records, in every format that can be written."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.record import Record
from reviewflow.formats import READERS, WRITERS, canonical, check_file, open_export, writer

WORD = st.text(st.characters(codec="utf-8", categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F), min_size=2, max_size=8)
TEXT = st.lists(
    WORD | st.sampled_from(["&", "50%", "$5", "a_b", "(n=3)", "p < 0.05", "Été,", "#1", "-"]), min_size=1, max_size=6
)
LINE = TEXT.map(" ".join).filter(lambda line: any(character.isalpha() for character in line))

RECORDS = st.builds(
    Record,
    kind=st.sampled_from(["journal", "book", "thesis"]),
    title=LINE,
    authors=st.sampled_from([(), ("Rossi, Anna",), ("Wéber, K.", "Rossi, Anna", "Oak Study Group")]),
    year=st.none() | st.integers(1900, 2030),
    journal=st.sampled_from(["Journal of Botany & Trees", "Oak"]),
    volume=st.sampled_from(["", "12"]),
    issue=st.sampled_from(["", "3"]),
    pages=st.sampled_from(["", "843-854", "e28922", "S12-S15"]),
    doi=st.sampled_from(["", "10.5555/oak_1"]),
    pmid=st.sampled_from(["", "31234567"]),
    abstract=st.just("") | LINE,
    issn=st.sampled_from([(), ("1234-5679",), ("1234-5679", "1234-5687")]),
    language=st.sampled_from(["", "eng"]),
    keywords=st.sampled_from([(), ("oak",), ("oak", "gall & wasp")]),
)  # fmt: skip


def written(records: list[Record], format_name: str) -> str:
    stream = StringIO()
    assert writer(format_name)(records, stream) == len(records)
    return stream.getvalue()


def read(text: str) -> list[Record]:
    export = open_export(text.encode(), "written")
    return [canonical(raw, export.format) for raw in export.records()]


def comparable(record: Record) -> Record:
    """What every format carries: without the source's own numbers, which differ by format."""
    return replace(record, accession="", database="", publication_types=(), registry_ids=())


@pytest.mark.parametrize("format_name", WRITERS)
@given(records=st.lists(RECORDS, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_reading_what_was_written_gives_the_same_records(format_name: str, records: list[Record]) -> None:
    assert [comparable(record) for record in read(written(records, format_name))] == [
        comparable(record) for record in records
    ]


@pytest.mark.parametrize("format_name", WRITERS)
def test_a_written_file_is_told_for_what_it_is_and_leaves_nothing_over(format_name: str) -> None:
    record = Record(title="Oak gall", authors=("Rossi, Anna",), year=2019, journal="Oak", doi="10.5555/oak.1")
    report = check_file(written([record, record, record], format_name).encode(), "written")
    assert (report["format"], report["n_records"]) == (format_name, 3)
    assert (report["leftovers"], report["repairs"], report["n_rejected"]) == ([], [], 0)


def test_keys_of_bibtex_entries_are_unique() -> None:
    record = Record(title="Oak", authors=("Rossi, Anna",), year=2019)
    text = written([record, record], "bibtex")
    assert "{rossi2019," in text
    assert "{rossi2019-2," in text


def test_every_format_that_is_written_is_read() -> None:
    assert set(WRITERS) <= set(READERS)

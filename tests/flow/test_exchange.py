from __future__ import annotations

import csv
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.flow.counts import COUNT_KEYS, FlowCounts
from reviewflow.domain.flow.diagram import boxes
from reviewflow.domain.flow.exchange import HEADER, from_prisma2020_csv, to_mermaid, to_prisma2020_csv
from reviewflow.errors import InputError
from reviewflow.resources import schema_toml

LISTS = ("database_specific_results", "register_specific_results", "dbr_excluded", "other_excluded")
NO_ROW = ("ongoing", "awaiting_classification", "new_reports_of_old_studies", "dropped_studies")
OTHER = ("website_results", "organisation_results", "citations_results")
COUNTS = FlowCounts(
    template="updated-v2",
    previous_studies=4,
    previous_reports=5,
    database_results=1234,
    database_specific_results={"PubMed": 1000, "Embase": 234},
    register_results=0,
    website_results=3,
    other_sought_reports=2,
    duplicates=323,
    dbr_excluded={"wrong population": 120, "review": 130},
    new_studies=12,
)

counted = st.one_of(st.none(), st.integers(0, 10**7))
label = st.from_regex(r"[A-Za-z][A-Za-z0-9 ()/.-]{0,20}[A-Za-z)]", fullmatch=True).map(lambda s: " ".join(s.split()))
listed = st.dictionaries(label.filter(lambda s: s != "Other"), st.integers(0, 10**6), max_size=6)


def rows(text: str) -> dict[str, str]:
    return {row["data"]: row["n"] for row in csv.DictReader(text.splitlines())}


def table(**cells: str) -> str:
    given_rows = "".join(f'{key},,,,,,,"{n}"\n' for key, n in cells.items())
    return f"{','.join(HEADER)}\n{given_rows}"


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_was_written_as_csv_reads_as_the_same_counts(data: st.DataObject) -> None:
    keys = [key for key in COUNT_KEYS if key not in NO_ROW]
    numbers: dict[str, Any] = {key: data.draw(counted) for key in keys}
    lists: dict[str, Any] = {key: data.draw(listed) for key in LISTS}
    updated, other = data.draw(st.booleans()), data.draw(st.booleans())
    if updated:
        numbers["previous_studies"] = data.draw(st.integers(1, 99))
    else:
        numbers |= dict.fromkeys(("previous_studies", "previous_reports", "total_studies", "total_reports"))
    if other:
        numbers["other_assessed"] = data.draw(st.integers(1, 99))
    else:
        numbers |= dict.fromkeys((*OTHER, "other_sought_reports", "other_notretrieved_reports", "other_assessed"))
        lists["other_excluded"] = {}
    template = f"{'updated' if updated else 'new'}-{'v2' if other else 'v1'}"
    counts = FlowCounts(template=template, from_print=True, **numbers, **lists)
    read = from_prisma2020_csv(to_prisma2020_csv(counts))
    assert read.counts == counts
    assert read.warnings == ()


def test_every_row_of_the_package_is_written_in_its_order() -> None:
    lines = list(csv.reader(to_prisma2020_csv(COUNTS).splitlines()))
    assert lines[0] == ["data", "node", "box", "description", "boxtext", "tooltips", "url", "n"]
    assert len(lines) == 35
    assert [line[2] for line in lines[1:4]] == ["prevstud", "box1", "box1"]
    assert [line[0] for line in lines[-2:]] == ["total_studies_ma", "total_reports_ma"]


def test_no_key_contains_another_but_those_that_the_package_anchors() -> None:
    keys = [row[0] for row in csv.reader(to_prisma2020_csv(COUNTS).splitlines()[1:]) if row[0] != "NA"]
    contained = {(a, b) for a in keys for b in keys if a != b and a in b}
    assert contained == {("total_studies", "total_studies_ma"), ("total_reports", "total_reports_ma")}


def test_a_list_in_one_cell_has_at_least_two_entries() -> None:
    cells = rows(to_prisma2020_csv(FlowCounts(dbr_excluded={"wrong population": 250})))
    assert cells["dbr_excluded"] == "wrong population, 250; Other, 0"
    assert cells["register_specific_results"] == "Register 1, 0; Register 2, 0"


def test_a_label_holds_neither_comma_nor_semicolon() -> None:
    counts = FlowCounts(dbr_excluded={"adults, over 18; mixed": 5, "adults / over 18, mixed": 2, "review": 1})
    assert rows(to_prisma2020_csv(counts))["dbr_excluded"] == "adults / over 18 / mixed, 7; review, 1"


def test_not_reported_is_an_empty_cell_and_zero_is_zero() -> None:
    cells = rows(to_prisma2020_csv(FlowCounts(duplicates=None, excluded_other=0)))
    assert (cells["duplicates"], cells["excluded_other"]) == ("", "0")


def test_a_new_review_is_not_called_new_studies() -> None:
    text = to_prisma2020_csv(FlowCounts())
    assert "Studies included in review" in text
    assert "new studies" not in text.lower()
    assert "Identification of new studies via databases and registers" in to_prisma2020_csv(COUNTS)


def test_the_template_of_the_package_before_it_is_filled_in_holds_no_list() -> None:
    text = table(
        database_specific_results="Database 1, xxx; Database 2, xxx; Database 3, xxx",
        dbr_excluded="Reason1, xxx; Reason2, xxx; Reason3, xxx",
        previous_studies="0",
        other_assessed="0",
    )
    counts = from_prisma2020_csv(text).counts
    assert (counts.template, counts.previous_studies) == ("new-v1", None)
    assert (counts.database_specific_results, counts.dbr_excluded) == ({}, {})


def test_files_of_earlier_versions_are_read() -> None:
    text = "\ufeffdata,box,n\r\ndatabase_results,box2,846\r\nduplicates,box3,323\r\n"
    counts = from_prisma2020_csv(text).counts
    assert (counts.database_results, counts.duplicates, counts.total_studies_ma) == (846, 323, None)


def test_a_file_saved_with_semicolons_is_read() -> None:
    text = 'data;n\ndatabase_results;846\ndbr_excluded;"review, 2; adults, 3"\n'
    assert from_prisma2020_csv(text).counts.dbr_excluded == {"review": 2, "adults": 3}


@pytest.mark.parametrize(
    ("cell", "n"),
    [("1,234", 1234), ("n=12", 12), ("(n = 1,234)", 1234), ("12 records", 12), ("NR", None), ("xxx", None), ("", None)],
)
def test_a_cell_is_read_as_the_package_reads_it(cell: str, n: int | None) -> None:
    assert from_prisma2020_csv(table(duplicates=cell)).counts.duplicates == n


@pytest.mark.parametrize("cell", ["-5", "12-3", "1.5", "12 of 15"])
def test_a_cell_in_which_the_package_would_find_another_number_is_refused(cell: str) -> None:
    with pytest.raises(InputError, match="duplicates"):
        from_prisma2020_csv(table(duplicates=cell))


def test_the_number_of_a_reason_stands_last_and_a_comma_before_it_is_warned_of() -> None:
    read = from_prisma2020_csv(table(dbr_excluded="Adults, over 18, 5; Review, 1,234; Case report; 5"))
    assert read.counts.dbr_excluded == {"Adults, over 18": 5, "Review": 1234, "Case report": None, "5": None}
    assert len(read.warnings) == 1
    assert '"Adults, over 18"' in read.warnings[0]


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "data,n\nduplicates,1\nduplicates,2\n", table(dbr_excluded="review, 1; review, 2")]
)
def test_what_is_no_csv_of_the_package_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        from_prisma2020_csv(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_counts_or_an_error_in_words(text: str) -> None:
    for given_text in (text, f"data,n\nduplicates,{text}\n", table(dbr_excluded=text.replace('"', ""))):
        try:
            assert from_prisma2020_csv(given_text).counts.from_print
        except InputError as error:
            assert error.what  # noqa: PT017  # the law is that nothing else is raised


def test_mermaid_has_a_node_for_each_box_and_an_edge_for_each_arrow() -> None:
    diagram = boxes(replace(COUNTS, open_undecided=2), schema_toml("flow", "updated-v2.toml"), note="Invented numbers")
    text = to_mermaid(diagram)
    assert all(f"    {box.key}[" in text for box in diagram.boxes)
    assert all(f"  {arrow.start} --> {arrow.end}\n" in text for arrow in diagram.arrows)
    assert "DRAFT: 2 undecided" in text
    assert '"Invented numbers"' in text


def test_mermaid_finds_no_markup_in_a_label() -> None:
    counts = replace(COUNTS, dbr_excluded={'<b>"a" & #b': 1, "c": 2})
    text = to_mermaid(boxes(counts, schema_toml("flow", "updated-v2.toml")))
    assert "#lt;b#gt;#quot;a#quot; #amp; #35;b (n = 1)" in text

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reviewflow.domain.flow.checks import check_flow
from reviewflow.domain.flow.counts import COUNT_KEYS, LIST_KEYS, FlowCounts
from reviewflow.domain.flow.prisma2009 import COUNT_KEYS as COUNT_KEYS_2009
from reviewflow.domain.flow.prisma2009 import LIST_KEYS as LIST_KEYS_2009
from reviewflow.domain.flow.prisma2009 import Flow2009, from_2009, read_counts, to_2009
from reviewflow.errors import InputError
from reviewflow.resources import schema_json

SEED: dict[str, Any] = {
    "database_specific_results": {"PubMed": 135, "Embase": 485, "Web of Science": 199, "Cochrane Library": 27},
    "database_results": 846,
    "register_results": 0,
    "duplicates": 323,
    "excluded_automatic": 0,
    "excluded_other": 0,
    "records_screened": 523,
    "records_excluded": 261,
    "dbr_sought_reports": 262,
    "dbr_notretrieved_reports": 0,
    "dbr_assessed": 262,
    "dbr_excluded": {"wrong population": 250},
    "new_studies": 12,
    "new_reports": 12,
}
SEED_2009: dict[str, Any] = {
    "template": "2009",
    "db_identified": 846,
    "other_identified": 4,
    "after_duplicates": 527,
    "screened": 527,
    "excluded": 265,
    "fulltext_assessed": 262,
    "n_fulltext_excluded": 250,
    "qualitative": 12,
}


def test_every_count_is_a_field_and_every_number_of_a_field_is_a_count() -> None:
    named = {f.name for f in fields(FlowCounts)} - {"template", "title", "from_print"}
    assert {name for name in named if not name.startswith("open_")} == {*COUNT_KEYS, *LIST_KEYS}


def test_what_was_printed_as_json_reads_as_the_same_counts() -> None:
    counts = replace(FlowCounts.from_mapping(SEED), title="A review", open_conflicts=2, from_print=False)
    assert FlowCounts.from_mapping(json.loads(json.dumps(counts.to_json(check_flow(counts))))) == counts


def test_the_json_has_the_keys_that_others_rely_on() -> None:
    counts = FlowCounts.from_mapping(SEED)
    printed = counts.to_json(check_flow(counts))
    assert printed["schema"] == 1
    assert printed["identified"] == 846
    assert printed["template"] == "new-v1"
    assert printed["open"] == {"undecided": 0, "conflicts": 0, "retrieval": 0, "unlinked": 0}
    assert printed["draft"] is False
    assert {*SEED, *COUNT_KEYS, *LIST_KEYS} <= set(printed)
    assert printed["checks"][2] == {
        "id": "P3",
        "ok": True,
        "level": "error",
        "words": "846 identified - 323 duplicates = 523, and 523 are screened",
    }


def test_a_number_left_out_is_not_reported_and_so_is_nr() -> None:
    assert FlowCounts.from_mapping({}).duplicates is None
    assert FlowCounts.from_mapping({"duplicates": "NR"}).duplicates is None
    assert FlowCounts.from_mapping({"duplicates": 0}).duplicates == 0


@pytest.mark.parametrize("open_key", ["undecided", "conflicts", "retrieval", "unlinked"])
def test_anything_open_makes_a_draft(open_key: str) -> None:
    assert not FlowCounts.from_mapping({"open": {open_key: 0}}).draft
    assert FlowCounts.from_mapping({"open": {open_key: 1}}).draft


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"duplicates": -1}, "duplicates = -1"),
        ({"duplicates": 1.5}, "duplicates = 1.5"),
        ({"duplicates": True}, "duplicates = True"),
        ({"duplicates": "many"}, "duplicates = 'many'"),
        ({"duplicate": 1}, "duplicate is no count"),
        ({"dbr_excluded": 250}, "dbr_excluded is no table"),
        ({"dbr_excluded": {"wrong population": -2}}, "dbr_excluded.wrong population = -2"),
        ({"dbr_excluded": {" ": 2}}, "dbr_excluded has a blank label"),
        ({"dbr_excluded": {"a b": 2, "a  b": 3}}, 'dbr_excluded names "a b" twice'),
        ({"template": "new-v3"}, "template = 'new-v3'"),
        ({"title": 3}, "title = 3"),
        ({"from_print": "yes"}, "from_print = 'yes'"),
        ({"open": {"votes": 3}}, "votes"),
        ({"identified": 850, "database_results": 846, "register_results": 0}, "identified = 850"),
        ({"template": "2009", "screen": 3}, "screen is no count"),
        ({"template": "2009", "screened": -3}, "screened = -3"),
    ],
)
def test_an_error_names_the_key(table: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError) as raised:
        read_counts(table)
    assert named in raised.value.what
    assert raised.value.remedy


def test_a_misspelt_key_is_told_what_it_may_have_meant() -> None:
    with pytest.raises(InputError) as raised:
        FlowCounts.from_mapping({"record_screened": 3})
    assert "records_screened" in raised.value.remedy


def test_the_shipped_schema_names_the_keys_that_are_read() -> None:
    defined = schema_json("flow", "counts.schema.json")["$defs"]
    heading = {"template", "title", "from_print", "open", "schema", "identified", "draft", "checks"}
    assert set(defined["prisma2020"]["properties"]) == {*heading, *COUNT_KEYS, *LIST_KEYS}
    read = {"template", "title", "n_fulltext_excluded", *COUNT_KEYS_2009, *LIST_KEYS_2009}
    assert set(defined["prisma2009"]["properties"]) == read


@pytest.mark.parametrize("table", [SEED, SEED_2009, {"duplicates": "NR"}, {"open": {"conflicts": 1}}])
def test_what_the_schema_allows_is_read(table: dict[str, Any]) -> None:
    Draft202012Validator(schema_json("flow", "counts.schema.json")).validate(table)
    assert isinstance(read_counts(table), FlowCounts)


@pytest.mark.parametrize("table", [{"duplicates": -1}, {"screened": 3}, {"template": "2009", "duplicates": 3}])
def test_what_the_schema_forbids_is_refused(table: dict[str, Any]) -> None:
    assert list(Draft202012Validator(schema_json("flow", "counts.schema.json")).iter_errors(table))
    with pytest.raises(InputError):
        read_counts(table)


def test_a_2009_diagram_keeps_its_numbers_on_the_way_to_2020_and_back() -> None:
    flow = Flow2009.from_mapping(SEED_2009)
    back = to_2009(from_2009(flow))
    assert replace(back, fulltext_excluded={}) == flow
    assert back.n_fulltext_excluded == 250


def test_records_from_other_sources_stay_among_those_screened() -> None:
    counts = read_counts(SEED_2009)
    assert counts.database_specific_results == {"Databases": 846, "Other sources": 4}
    checks = {check.id: check.ok for check in check_flow(counts)}
    assert (checks["P1"], checks["P3"], checks["P4"], checks["P5"]) == (True, True, None, None)


def test_other_methods_are_counted_as_screened_in_the_2009_diagram() -> None:
    counts = replace(
        FlowCounts.from_mapping(SEED),
        template="new-v2", website_results=3, organisation_results=0, citations_results=5, other_sought_reports=6,
        other_notretrieved_reports=0, other_assessed=6, other_excluded={"wrong population": 5}, new_reports=13,
    )  # fmt: skip
    flow = to_2009(counts)
    assert (flow.other_identified, flow.after_duplicates, flow.screened) == (8, 531, 531)
    assert (flow.excluded, flow.fulltext_assessed) == (263, 268)
    assert flow.fulltext_excluded == {"wrong population": 255}

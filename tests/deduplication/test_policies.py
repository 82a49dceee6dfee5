"""Policies of the protocol: what some reviews count as one report, each switched both ways."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reviewflow.domain.deduplication import Candidate, find_duplicates, under
from reviewflow.errors import InputError
from reviewflow.storage import project

if TYPE_CHECKING:
    from reviewflow.domain.record import Record

Tables = dict[str, dict[str, Any]]
NO_IDS = {"doi": "", "pmid": ""}
# What the second record changes of the first, and how the two belong together where they stay apart.
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "conference_abstracts": (
        {},
        NO_IDS
        | {"kind": "conference", "journal": "Chest", "volume": "155", "issue": "4", "pages": "22A", "year": 2018},
        "abstract of",
    ),
    "review_versions": (
        {"doi": "10.1002/14651858.cd009999.pub2", "issue": "", "pages": "CD009999"},
        {
            "doi": "10.1002/14651858.cd009999.pub3",
            "pmid": "",
            "issue": "",
            "pages": "CD009999",
            "year": 2023,
            "volume": "55",
            "abstract": "",
        },
        "update of",
    ),
    "preprints": (
        {},
        {
            "doi": "10.1101/2018.01.01.1",
            "pmid": "",
            "kind": "preprint",
            "journal": "medRxiv",
            "volume": "",
            "issue": "",
            "pages": "",
            "year": 2018,
        },
        "preprint of",
    ),
}


def _pair(policy: str, base: Record) -> list[Candidate]:
    first, second, _ = PAIRS[policy]
    return [Candidate(1, replace(base, **first), "PubMed"), Candidate(2, replace(base, **second), "Embase")]


@pytest.mark.parametrize("policy", PAIRS)
@pytest.mark.parametrize("said", [None, "apart"])
def test_two_reports_stay_apart_and_related_unless_the_protocol_merges_them(
    policy: str, said: str | None, base: Record, tables: Tables
) -> None:
    found = find_duplicates(_pair(policy, base), [], under(tables, {} if said is None else {policy: said}))
    assert found.clusters == {1: 1, 2: 2}
    assert [(r.record, r.of, r.kind) for r in found.relations] == [(2, 1, PAIRS[policy][2])]


@pytest.mark.parametrize("policy", PAIRS)
def test_two_reports_are_one_where_the_protocol_merges_them(policy: str, base: Record, tables: Tables) -> None:
    found = find_duplicates(_pair(policy, base), [], under(tables, {policy: "merge"}))
    assert found.clusters == {1: 1, 2: 1}
    assert "the protocol merges these" in found.links[0].why
    assert found.relations == ()


@pytest.mark.parametrize("policy", PAIRS)
def test_a_policy_merges_nothing_but_what_it_names(policy: str, base: Record, tables: Tables) -> None:
    others = {name: "merge" for name in PAIRS if name != policy}
    assert find_duplicates(_pair(policy, base), [], under(tables, others)).clusters == {1: 1, 2: 2}


@pytest.mark.parametrize("policy", PAIRS)
def test_a_merging_policy_leaves_part_one_and_part_two_apart(policy: str, base: Record, tables: Tables) -> None:
    a, b = _pair(policy, base)
    parted = [
        replace(a, record=replace(a.record, title=f"{a.record.title} Part 1")),
        replace(b, record=replace(b.record, title=f"{b.record.title} Part 2")),
    ]
    assert find_duplicates(parted, [], under(tables, {policy: "merge"})).clusters == {1: 1, 2: 2}


def test_a_protocol_that_decides_nothing_leaves_the_tables_as_they_are(base: Record, tables: Tables) -> None:
    records = [candidate for policy in PAIRS for candidate in _pair(policy, base)]
    numbered = [replace(candidate, id=id_) for id_, candidate in enumerate(records)]
    assert find_duplicates(numbered, [], under(tables, None)) == find_duplicates(numbered, [], tables)


@pytest.mark.parametrize(("name", "value", "words"), [("weather", "merge", "weather"), ("preprints", "yes", "yes")])
def test_a_policy_that_is_not_known_is_refused(name: str, value: str, words: str, tables: Tables) -> None:
    with pytest.raises(InputError, match=words) as refused:
        under(tables, {name: value})
    assert refused.value.remedy


def test_every_policy_of_the_rules_can_be_said_in_the_protocol(tables: Tables) -> None:
    said = {policy["name"]: "merge" for policy in tables["rules"]["policy"]}
    lines = "".join(f'{name} = "{value}"\n' for name, value in said.items())
    protocol = project.parse(f'[review]\ntitle = "x"\n[deduplication]\n{lines}')
    assert protocol.deduplication == said
    assert under(tables, protocol.deduplication)["rules"]["merged"] == list(said)


@pytest.mark.parametrize("line", ['preprints = "yes"', 'weather = "merge"'])
def test_a_protocol_with_an_unknown_policy_or_value_is_refused_by_place(line: str) -> None:
    with pytest.raises(InputError, match="deduplication") as refused:
        project.parse(f'[review]\ntitle = "x"\n[deduplication]\n{line}\n')
    assert refused.value.remedy


def test_every_switched_line_names_a_policy_of_the_table(tables: Tables) -> None:
    rules = tables["rules"]
    known = {policy["name"] for policy in rules["policy"]}
    switched = [line["policy"] for kind in ("automatic", "veto") for line in rules[kind] if "policy" in line]
    assert set(switched) == known

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from reviewflow.resources import data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Command, Demo


@pytest.fixture(scope="session")
def flow(demo_review: Demo) -> dict[str, Any]:
    return demo_review("flow", "show", "--json").value


@pytest.fixture(scope="session")
def truth() -> dict[tuple[str, str], str]:
    """The work that each record was made from."""
    with data("reference_review", "provenance.csv").open(encoding="utf-8") as stream:
        return {(row["source"], row["accession"]): row["work_id"] for row in csv.DictReader(stream)}


@pytest.fixture(scope="session")
def exported(demo_review: Demo) -> list[dict[str, str]]:
    return list(csv.DictReader(demo_review("export", "records", "--all-records").out.splitlines()))


def test_the_demo_answers_with_the_keys_of_the_contract(demo_review: Demo) -> None:
    answer = demo_review.answer
    assert {"schema", "flow", "syntheses", "figures", "seconds"} <= answer.keys()
    for synthesis in answer["syntheses"]:
        assert {"outcome", "measure", "estimate", "ci", "reported", "agrees"} <= synthesis.keys()
    assert 0 < answer["seconds"] < 120


def test_the_demo_prints_the_flow_that_flow_show_prints(demo_review: Demo, flow: dict[str, Any]) -> None:
    assert {**demo_review.answer["flow"], "schema": 1} == flow


def test_the_flow_has_the_keys_of_the_contract(flow: dict[str, Any]) -> None:
    wanted = """schema template identified database_results database_specific_results register_results duplicates
        excluded_automatic excluded_other records_screened records_excluded dbr_sought_reports dbr_notretrieved_reports
        dbr_assessed dbr_excluded new_studies new_reports draft open checks"""
    assert set(wanted.split()) <= flow.keys()
    assert {"undecided", "conflicts"} <= flow["open"].keys()
    assert all({"id", "ok", "level", "words"} <= check.keys() for check in flow["checks"])


def test_the_counts_are_those_of_the_published_review(flow: dict[str, Any]) -> None:
    assert (flow["identified"], flow["database_results"], flow["register_results"]) == (846, 846, 0)
    by_source = {"PubMed": 135, "Embase": 485, "Web of Science": 199, "Cochrane Library": 27}
    assert flow["database_specific_results"] == by_source
    assert (flow["duplicates"], flow["excluded_automatic"], flow["excluded_other"]) == (323, 0, 0)
    assert (flow["records_screened"], flow["records_excluded"]) == (523, 261)
    assert (flow["dbr_sought_reports"], flow["dbr_notretrieved_reports"], flow["dbr_assessed"]) == (262, 0, 262)
    assert sum(flow["dbr_excluded"].values()) == 250
    assert (flow["new_studies"], flow["new_reports"]) == (12, 12)
    assert flow["draft"] is False
    assert (flow["open"]["undecided"], flow["open"]["conflicts"]) == (0, 0)


def test_every_check_of_the_flow_passes_or_does_not_apply(flow: dict[str, Any]) -> None:
    by_id = {check["id"]: check["ok"] for check in flow["checks"]}
    assert {f"P{i}" for i in range(1, 19)} <= by_id.keys()
    assert False not in by_id.values()


@pytest.mark.parametrize(
    ("outcome", "estimate", "ci"),
    [("allo-HSCT", 3.24, [1.96, 5.35]), ("MRD", 4.71, [2.84, 7.81]), ("relapse", 0.69, [0.43, 1.09])],
)
def test_a_pooled_result_is_the_printed_one(demo_review: Demo, outcome: str, estimate: float, ci: list[float]) -> None:
    found = [each for each in demo_review.answer["syntheses"] if each["outcome"] == outcome]
    assert [(each["measure"], each["estimate"], each["ci"]) for each in found] == [("OR", estimate, ci)]
    assert found[0]["agrees"] is True
    printed = [float(number) for number in re.findall(r"[\d.]+", found[0]["reported"])]
    assert printed == [estimate, *ci]


def test_no_other_outcome_is_pooled(demo_review: Demo) -> None:
    assert [each["outcome"] for each in demo_review.answer["syntheses"]] == ["allo-HSCT", "MRD", "relapse"]


def test_the_relapse_result_warns_that_the_rule_asked_for_random_effects(demo_review: Demo) -> None:
    (relapse,) = [each for each in demo_review.answer["syntheses"] if each["outcome"] == "relapse"]
    assert round(relapse["result"]["i2"], 1) == 86.6
    (warning,) = [words for words in relapse["warnings"] if "random effects" in words]
    assert "0.57 [0.14, 2.24]" in warning


def test_what_is_refused_names_its_unknown_cells_or_the_patients_counted_twice(demo_review: Demo) -> None:
    refused = demo_review.answer["refused"]
    assert len(refused) == 14
    for each in refused:
        assert each["estimate"] is None
        assert f"{each['n_unknown']} unknown cells" in each["refused"] or "same patients twice" in each["refused"]


def test_the_linter_finds_no_error_and_exits_0(demo_review: Demo) -> None:
    ran = demo_review("check", "--json")
    assert ran.code == 0
    assert ran.value["ok"] is True
    assert not [each for each in ran.value["findings"] if each["level"] == "error"]


def test_every_figure_is_drawn_and_bears_the_counts(demo_review: Demo) -> None:
    for name in demo_review.answer["figures"]:
        assert (demo_review.folder / name).read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert "flow.svg" in demo_review.answer["figures"]
    drawn = (demo_review.folder / "flow.svg").read_text(encoding="utf-8")
    assert all(count in drawn for count in ("846", "523", "262", "261", "250"))
    assert "DRAFT" not in drawn


def test_status_has_nothing_left_to_do(demo_review: Demo) -> None:
    found = demo_review("status", "--json").value
    assert [stage["n_open"] for stage in found["stages"]] == [0] * len(found["stages"])


def test_a_second_demo_in_the_same_folder_is_refused_and_changes_nothing(demo_review: Demo, rf: Command) -> None:
    before = demo_review("log", "--json").out
    ran = rf("demo", demo_review.folder)
    assert (ran.code, ran.out) == (4, "")
    assert demo_review("log", "--json").out == before


def merges(clusters: dict[str, str], works: dict[str, str]) -> tuple[int, int]:
    """(wrong, missed): records taken out that are no duplicate of what stays, and duplicates left in."""
    joint = Counter((clusters[record], works[record]) for record in works)
    wrong = len(joint) - len(set(clusters.values()))
    missed = len(joint) - len(set(works.values()))
    return wrong, missed


def works_of(exported: list[dict[str, str]], truth: dict[tuple[str, str], str]) -> dict[str, str]:
    return {row["record_id"]: truth[row["source_db"], row["accession"]] for row in exported}


def test_deduplication_merges_nothing_wrongly_and_misses_nothing(
    exported: list[dict[str, str]], truth: dict[tuple[str, str], str]
) -> None:
    works = works_of(exported, truth)
    clusters = {row["record_id"]: row["report_id"] for row in exported}
    assert len(clusters) == 846
    assert len(set(clusters.values())) == 523
    assert merges(clusters, works) == (0, 0)


def by_keys(rows: list[dict[str, str]], keys: dict[str, list[str]]) -> dict[str, str]:
    """The clusters of records that share a key, a plain union of what a spreadsheet would find."""
    home = {row["record_id"]: row["record_id"] for row in rows}
    sharing = defaultdict(list)
    for record, values in keys.items():
        for value in values:
            sharing[value].append(record)

    def root(record: str) -> str:
        while home[record] != record:
            record = home[record]
        return record

    for records in sharing.values():
        for other in records[1:]:
            home[root(other)] = root(records[0])
    return {record: root(record) for record in home}


def identifiers(row: dict[str, str]) -> Iterator[str]:
    if row["doi"]:
        yield f"doi {row['doi']}"
    if row["pmid"]:
        yield f"pmid {row['pmid']}"


def test_neither_naive_method_gets_523(exported: list[dict[str, str]], truth: dict[tuple[str, str], str]) -> None:
    works = works_of(exported, truth)
    naive = {
        "identifiers": {row["record_id"]: list(identifiers(row)) for row in exported},
        "title and year": {row["record_id"]: [f"{row['title'].casefold()} {row['year']}"] for row in exported},
    }
    for keys in naive.values():
        clusters = by_keys(exported, keys)
        wrong, missed = merges(clusters, works)
        assert missed > 50
        assert len(set(clusters.values())) == 523 + missed - wrong
        assert len(set(clusters.values())) > 523

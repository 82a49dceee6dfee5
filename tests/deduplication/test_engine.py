"""Runs over small sets of records: copies, clusters that must not grow, crowds under one title, new records."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reviewflow.domain.deduplication import Answer, Candidate, compare_records, decide, find_duplicates
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from reviewflow.domain.record import Record

    Tables = dict[str, dict[str, Any]]


def _candidates(*records: Record) -> list[Candidate]:
    return [Candidate(id_, record, "PubMed") for id_, record in enumerate(records, start=1)]


def test_a_file_imported_many_times_is_one_copy_of_each_record(base: Record, tables: Tables) -> None:
    found = find_duplicates(_candidates(*[base] * 80), [], tables)
    assert set(found.clusters.values()) == {1}
    assert {link.rule for link in found.links} == {"identical record"}


def test_equal_records_that_say_nothing_are_no_copies(base: Record, tables: Tables) -> None:
    editorial = type(base)(title="Editorial", year=2019)
    assert find_duplicates(_candidates(editorial, editorial), [], tables).links == ()


def test_a_person_can_part_two_copies(base: Record, tables: Tables) -> None:
    found = find_duplicates(_candidates(base, base), [Answer(1, 2, same=False)], tables)
    assert (found.clusters, found.links, found.review) == ({1: 1, 2: 2}, (), ())


def test_a_record_that_fits_two_others_joins_one_of_them_when_these_contradict(base: Record, tables: Tables) -> None:
    between = replace(base, doi="", pmid="")
    other = replace(base, doi="", pmid="90000002")
    found = find_duplicates(_candidates(base, between, other), [], tables)
    assert found.clusters[1] != found.clusters[3]
    assert found.clusters[2] in {found.clusters[1], found.clusters[3]}
    assert len(found.review) == 1


def test_an_answer_stands_over_a_contradiction(base: Record, tables: Tables) -> None:
    other = replace(base, pmid="90000002", doi="10.5555/other", pages="9")
    found = find_duplicates(_candidates(base, other), [Answer(1, 2, same=True)], tables)
    assert found.clusters == {1: 1, 2: 1}


def test_a_new_record_is_held_against_the_whole_cluster_that_stands(base: Record, tables: Tables) -> None:
    bare = replace(base, doi="", pmid="", abstract="")
    late = replace(bare, pmid="90000002")
    candidates = _candidates(base, bare, late)
    compared = compare_records(candidates, tables, new_ids={3})
    alone = decide(compared, [])
    assert alone.clusters[3] == 2
    earlier = find_duplicates(candidates[:2], [], tables).links
    found = decide(compared, [], earlier=earlier)
    assert found.clusters == {1: 1, 2: 1, 3: 3}
    assert found.review != ()


def test_a_title_that_a_hundred_columns_bear_hides_no_duplicate(base: Record, tables: Tables) -> None:
    column = replace(base, title="From the editor of the journal", doi="", pmid="", abstract="", issue="")
    columns = [replace(column, year=1900 + n, volume=str(n), pages=f"{n}-{n + 3}") for n in range(1, 101)]
    twin = replace(columns[40], journal="Eur Respir J")
    found = find_duplicates(_candidates(*columns, twin), [], tables)
    assert {k: v for k, v in found.clusters.items() if k != v} == {101: 41}


def test_progress_ends_at_all_pairs(base: Record, tables: Tables) -> None:
    told: list[tuple[int, int]] = []
    find_duplicates(
        _candidates(base, replace(base, doi="")), [], tables, progress=lambda done, of: told.append((done, of))
    )
    assert told == [(1, 1)]


def test_no_records_give_no_findings(tables: Tables) -> None:
    found = find_duplicates([], [], tables)
    assert (found.links, found.review, found.relations, found.clusters) == ((), (), (), {})


def test_an_id_given_twice_is_refused(base: Record, tables: Tables) -> None:
    with pytest.raises(InputError, match="two records have the id 1"):
        find_duplicates([Candidate(1, base, ""), Candidate(1, base, "")], [], tables)


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = "import sys, reviewflow.domain.deduplication; print({'numpy', 'rapidfuzz'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"

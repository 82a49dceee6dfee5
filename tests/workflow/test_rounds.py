"""A source searched again in the middle of a review, and records that come by other routes than databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.screening import Stage
from reviewflow.storage.records import Search
from reviewflow.workflow import deduplication, flow, history, identification, retrieval, screening
from reviewflow.workflow.check import check
from reviewflow.workflow.rounds import rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reviewflow.domain.flow.counts import FlowCounts
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Voting

    Searching = Callable[..., int]

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


@pytest.fixture
def searched(review: Review, act: Acting, ris: Callable[..., str]) -> Searching:
    """`searched("PubMed", range(3), "database")`: logs a search, imports its records, and gives its id."""

    def search(source: str, numbers: Iterable[int], kind: str = "database") -> int:
        logged = Search(0, source, kind, "", "", "", "", None, "")
        run = identification.add_search(review, act("L", f"search add {source}"), logged)
        content = ris(numbers, database=source).encode()
        name = f"{source}-{run.id}.ris"
        identification.import_file(review, act("L", f"import {name}"), name, content, search=run.id)
        deduplication.run(review, act("L", "dedup run"))
        return run.id

    return search


def counts(review: Review) -> FlowCounts:
    found = flow.compute(review, "X")
    assert [each for each in found.checks if each.ok is False] == []
    return found.counts


def passed(review: Review) -> set[str]:
    return {each.id for each in flow.compute(review, "X").checks if each.ok}


def both_vote(review: Review, act: Acting, cast_vote: Voting, record: int, *words: str, stage: Stage = TA) -> None:
    for name in ("A", "B"):
        cast_vote(review, act, name, record, *words, stage=stage)


def test_each_search_of_a_source_is_a_round_with_its_own_counts(review: Review, searched: Searching) -> None:
    searched("PubMed", range(4))
    searched("Embase", [0, 8])
    searched("PubMed", range(2, 7))
    found = [(r.search.source, r.number, r.search.n_records, r.n_new_reports) for r in rounds(review)]
    assert found == [("PubMed", 1, 4, 4), ("Embase", 1, 2, 1), ("PubMed", 2, 5, 3)]
    total = counts(review)
    assert total.database_specific_results == {"PubMed": 9, "Embase": 2}
    assert (total.identified, total.duplicates, total.records_screened) == (11, 3, 8)
    assert sum(r.n_new_reports for r in rounds(review)) == total.records_screened


def test_an_import_without_a_search_joins_the_latest_round(
    review: Review, act: Acting, searched: Searching, ris: Callable[..., str]
) -> None:
    searched("PubMed", range(2))
    second = searched("PubMed", range(2, 4))
    more = identification.import_file(review, act("L", "import"), "m.ris", ris([20]).encode(), source="pubmed")
    assert more.search == second
    first = identification.import_file(review, act("L", "import"), "f.ris", ris([21]).encode(), search=1)
    assert [r.search.n_records for r in rounds(review)] == [3, 3]
    assert (first.search, first.source) == (1, "PubMed")


def test_a_second_round_brings_only_what_is_new_to_screening(
    review: Review, act: Acting, searched: Searching, cast_vote: Voting
) -> None:
    searched("PubMed", range(4))
    both_vote(review, act, cast_vote, 1, "include")
    both_vote(review, act, cast_vote, 2, "exclude")
    cast_vote(review, act, "A", 3, "include")
    waiting = {name: [each.report for each in screening.to_screen(review, name, TA)] for name in "AB"}
    assert waiting == {"A": [4], "B": [3, 4]}
    searched("PubMed", [0, 1, 2, 9, 10])
    assert [each.report for each in screening.to_screen(review, "A", TA)] == [4, 8, 9]
    assert [each.report for each in screening.to_screen(review, "B", TA)] == [3, 4, 8, 9]


def test_a_settled_report_stays_settled_when_a_duplicate_joins_it(
    review: Review, act: Acting, searched: Searching, cast_vote: Voting
) -> None:
    searched("PubMed", range(3))
    for record, verdict in ((1, "include"), (2, "exclude"), (3, "include")):
        both_vote(review, act, cast_vote, record, verdict)
    retrieval.note_step(review, act("A", "fulltext add"), [1, 3], "retrieved")
    both_vote(review, act, cast_vote, 1, "include", stage=FT)
    both_vote(review, act, cast_vote, 3, "exclude", "wrong_design", stage=FT)
    before = counts(review)
    searched("Embase", range(3))
    searched("PubMed", [2, 1, 0])
    after = counts(review)
    same = ("records_screened", "records_excluded", "dbr_sought_reports", "dbr_assessed", "dbr_excluded", "new_reports")
    assert {key: getattr(after, key) for key in same} == {key: getattr(before, key) for key in same}
    assert (before.duplicates, after.duplicates) == (0, 6)
    assert (after.open_undecided, after.open_conflicts) == (0, 0)
    assert screening.to_screen(review, "A", TA) == []
    assert not [finding for finding in check(review).findings if finding.rule != "search-count"]


def test_taking_a_second_round_back_leaves_the_first_as_it_was(
    review: Review, act: Acting, searched: Searching, cast_vote: Voting
) -> None:
    searched("PubMed", range(3))
    both_vote(review, act, cast_vote, 2, "exclude")
    before = (counts(review), rounds(review))
    searched("PubMed", [1, 7])
    for _ in range(3):  # the deduplication, the import and the search
        history.undo(review, act("L", "undo"))
    assert (counts(review), rounds(review)) == before


OTHER = ("website", "organisation", "citation", "contact", "other")


def test_records_of_other_routes_have_a_column_of_their_own(review: Review, searched: Searching) -> None:
    searched("PubMed", range(4))
    for n, kind in enumerate(OTHER):
        searched(f"By {kind}", [20 + 2 * n, 21 + 2 * n], kind)
    found = counts(review)
    assert found.template == "new-v2"
    assert (found.identified, found.database_results, found.records_screened) == (4, 4, 4)
    assert (found.website_results, found.organisation_results, found.citations_results) == (2, 2, 2)
    assert found.other_specific_results == {"By contact": 2, "By other": 2}


def test_an_overlap_of_the_routes_counts_once_and_in_the_column_of_the_databases(
    review: Review, act: Acting, searched: Searching, cast_vote: Voting
) -> None:
    searched("Citations", [0, 1, 2], "citation")
    for record in (1, 2, 3):
        both_vote(review, act, cast_vote, record, "include")
    alone = counts(review)
    assert (alone.other_sought_reports, alone.records_screened, alone.citations_results) == (3, 0, 3)
    searched("PubMed", [2, 3])
    found = counts(review)
    assert (found.citations_results, found.database_results, found.duplicates) == (3, 2, 0)
    assert (found.records_screened, found.dbr_sought_reports, found.other_sought_reports) == (2, 1, 2)
    assert [r.n_new_reports for r in rounds(review)] == [3, 1]


def test_the_other_column_adds_up_from_what_was_sought_to_the_studies(
    review: Review, act: Acting, searched: Searching, cast_vote: Voting
) -> None:
    searched("PubMed", range(3))
    searched("Websites", [2, 11, 12, 13, 14], "website")
    for record in (1, 5, 6, 7):
        both_vote(review, act, cast_vote, record, "include")
    for record in (2, 3, 8):
        both_vote(review, act, cast_vote, record, "exclude")
    retrieval.note_step(review, act("A", "fulltext add"), [1, 5, 6], "retrieved")
    retrieval.note_step(review, act("A", "fulltext missing"), [7], "not_retrieved", "the site is gone")
    both_vote(review, act, cast_vote, 1, "include", stage=FT)
    both_vote(review, act, cast_vote, 5, "include", stage=FT)
    both_vote(review, act, cast_vote, 6, "exclude", "wrong_population", stage=FT)
    found = counts(review)
    assert (found.records_screened, found.records_excluded, found.dbr_sought_reports) == (3, 2, 1)
    assert (found.website_results, found.other_sought_reports, found.other_notretrieved_reports) == (5, 3, 1)
    assert (found.other_assessed, found.other_excluded) == (2, {"wrong population": 1})
    assert found.new_reports == 2
    assert (found.open_undecided, found.open_conflicts, found.open_retrieval) == (0, 0, 0)
    assert {"P7", "P8", "P9", "P10"} <= passed(review)

"""What becomes known of a search after it was logged stands beside what was said before, and an undo takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from reviewflow.errors import StateError, UsageError
from reviewflow.storage import ledger, records, runs
from reviewflow.storage.migrations import latest_version, version_of
from reviewflow.storage.records import Search, SearchDetail
from reviewflow.storage.review import open_review
from reviewflow.storage.tables import table
from reviewflow.workflow import flow, history, identification, search_report
from reviewflow.workflow.check import check
from tests.storage.early_versions import take_back

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh

WHOLE = SearchDetail("Ovid", "1. exp Oak/", "English", "2024-03-01", 3, "Peer review: PRESS")


def only(review: Review) -> Search:
    (found,) = identification.list_searches(review)
    return found


def states(review: Review) -> dict[int, str]:
    return {item.number: item.state for item in search_report.prisma_s(review)}


def test_a_search_that_an_import_made_gets_what_prisma_s_asks_for(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(3), source="MEDLINE")
    assert [states(review)[n] for n in (8, 9, 13, 14)] == ["no"] * 4
    made = identification.edit_search(review, act("A", "search edit 1"), 1, WHOLE)
    assert made == only(review)
    assert (made.source, made.kind, made.n_records) == ("MEDLINE", "database", 3)
    assert (
        SearchDetail(made.platform, made.strategy, made.limits, made.searched_on, made.n_expected, made.note) == WHOLE
    )
    assert [states(review)[n] for n in (1, 8, 9, 13, 14)] == ["yes"] * 5
    assert check(review).findings == ()
    assert flow.compute(review).counts.identified == 3


def test_what_was_told_last_counts_and_what_is_not_told_stays(review: Review, act: Acting) -> None:
    identification.add_search(review, act("A", "add"), Search(0, "Embase", "database", "", "oak", "", "", 7, "first"))
    identification.edit_search(review, act("A", "edit"), 1, SearchDetail(strategy="oak*", note=""))
    identification.edit_search(review, act("L", "edit"), 1, SearchDetail(strategy="oak* AND gall"))
    assert (only(review).strategy, only(review).note, only(review).n_expected) == ("oak* AND gall", "", 7)
    history.undo(review, act("L", "undo"))
    assert (only(review).strategy, only(review).note) == ("oak*", "")
    history.undo(review, act("A", "undo"))
    assert (only(review).strategy, only(review).note) == ("oak", "first")


def test_what_is_known_already_leaves_no_trace(review: Review, act: Acting) -> None:
    identification.add_search(review, act("A", "add"), Search(0, "Embase", "database", "", "oak", "", "", None, ""))
    identification.edit_search(review, act("A", "edit"), 1, SearchDetail(strategy="oak"))
    with review.reading() as connection:
        assert len(ledger.changes(connection)) == 1


def test_a_search_is_not_undone_while_something_told_of_it_stands(review: Review, act: Acting) -> None:
    identification.add_search(review, act("A", "add"), Search(0, "Embase", "database", "", "", "", "", None, ""))
    identification.edit_search(review, act("A", "search edit 1"), 1, WHOLE)
    with pytest.raises(StateError, match="search edit 1"):
        history.undo(review, act("A", "undo"), "1")


def test_nothing_told_and_no_such_search_are_said(review: Review, act: Acting) -> None:
    with pytest.raises(UsageError, match="there is no search 4"):
        identification.edit_search(review, act("A", "edit"), 4, WHOLE)
    identification.add_search(review, act("A", "add"), Search(0, "Embase", "database", "", "", "", "", None, ""))
    with pytest.raises(UsageError, match="nothing is told of search 1"):
        identification.edit_search(review, act("A", "edit"), 1, SearchDetail())


def test_what_the_program_sent_itself_stands_and_a_note_may_be_added(review: Review, act: Acting) -> None:
    with review.change(act("L", "search run")) as entry:
        made = records.add_search(entry, Search(0, "PubMed", "database", "", "oak", "", "2024-03-01", 3, ""))
        runs.add_run(entry, runs.Run(made, None, {"term": "oak"}))
    with pytest.raises(UsageError, match="strategy, date stand as they were sent"):
        identification.edit_search(review, act("L", "edit"), made, SearchDetail(strategy="x", searched_on="2024-03-02"))
    noted = identification.edit_search(
        review, act("L", "edit"), made, SearchDetail(strategy="oak", note="Prior work: none")
    )
    assert (noted.strategy, noted.note) == ("oak", "Prior work: none")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_review_of_the_third_version_takes_details_once_it_is_opened(
    fresh: Fresh, act: Acting, add_records: Adding, kind: str
) -> None:
    with fresh(kind) as old:
        add_records(old, act, range(2))
        take_back(old, 3)
        review = open_review(old.folder)
        assert identification.edit_search(review, act("A", "edit"), 1, WHOLE).strategy == "1. exp Oak/"
        with review.reading() as connection:
            assert version_of(connection) == latest_version()
            assert ledger.broken_chain(connection) == []
        with pytest.raises(sa.exc.DatabaseError, match="never altered or deleted"), review.engine.begin() as connection:
            connection.execute(sa.delete(table("search_detail")))
        review.engine.dispose()

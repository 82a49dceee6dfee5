"""What a merge or a split after screening alters is flagged, to those who may see the votes, until they vote anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.screening import Stage
from reviewflow.storage import ledger
from reviewflow.storage.regrouped import Regrouped, regrouped
from reviewflow.storage.views import viewer
from reviewflow.workflow import deduplication, history
from reviewflow.workflow.check import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting


@pytest.fixture(params=("memory", "postgresql"))
def three(request: pytest.FixtureRequest, fresh: Fresh, act: Acting, add_records: Adding) -> Iterator[Review]:
    """Three reports of one record each."""
    with fresh(request.param) as review:
        add_records(review, act, range(3))
        deduplication.run(review, act("L", "dedup run"))
        yield review


def flags(review: Review, name: str = "A") -> list[Regrouped]:
    return deduplication.altered(review, name, [1, 2, 3])


def warned(review: Review) -> list[str]:
    return [each.words for each in check(review).findings if each.rule == "regrouped"]


def test_votes_on_two_reports_that_are_counted_together_are_flagged_until_somebody_votes_anew(
    three: Review, act: Acting, cast_vote: Voting
) -> None:
    cast_vote(three, act, "A", 1, "include")
    cast_vote(three, act, "B", 2, "include")
    with three.reading() as connection:
        theirs = ledger.changes(connection)[-1]
    deduplication.merge(three, act("L", "dedup merge"), 1, 2)
    assert flags(three) == [Regrouped(1, Stage.TITLE_ABSTRACT, (1, 2), is_merged=True)]
    assert "r1 and on r2, which are one report by now" in warned(three)[0]
    history.undo(three, act("B", "undo"), str(theirs.sequence))
    cast_vote(three, act, "B", 1, "include")
    assert flags(three) == []
    assert warned(three) == []


def test_both_sides_of_a_report_that_was_taken_apart_after_votes_are_flagged(
    three: Review, act: Acting, cast_vote: Voting
) -> None:
    deduplication.merge(three, act("L", "dedup merge"), 1, 2)
    for name in ("A", "B"):
        cast_vote(three, act, name, 1, "include")
    assert flags(three) == []
    deduplication.split(three, act("L", "dedup split"), [2])
    apart = [Regrouped(1, Stage.TITLE_ABSTRACT, (1, 2), is_merged=False)]
    assert [one for one in flags(three) if one.report == 1] == apart
    assert "was voted on while r1 was one report with r2" in warned(three)[0]
    history.undo(three, act("L", "undo"))
    assert flags(three) == []


def test_undoing_a_merge_flags_what_was_voted_on_meanwhile(three: Review, act: Acting, cast_vote: Voting) -> None:
    deduplication.merge(three, act("L", "dedup merge"), 1, 2)
    with three.reading() as connection:
        merged = ledger.changes(connection)[-1]
    for name in ("A", "B"):
        cast_vote(three, act, name, 1, "include")
    history.undo(three, act("L", "undo"), str(merged.sequence))
    assert [one.is_merged for one in flags(three) if one.report == 1] == [False]


def test_a_reviewer_learns_nothing_from_the_flags_before_the_votes_are_open(
    three: Review, act: Acting, cast_vote: Voting
) -> None:
    deduplication.merge(three, act("L", "dedup merge"), 1, 2)
    cast_vote(three, act, "B", 1, "include")
    deduplication.split(three, act("L", "dedup split"), [2])
    assert flags(three, "A") == []
    assert flags(three, "X") == []
    assert warned(three) == []


def test_a_duplicate_that_nobody_voted_on_raises_no_flag(three: Review, act: Acting, cast_vote: Voting) -> None:
    for name in ("A", "B"):
        cast_vote(three, act, name, 1, "exclude")
    deduplication.merge(three, act("L", "dedup merge"), 1, 3)
    assert flags(three) == []


def test_asking_for_one_report_gives_of_it_what_asking_for_all_gives(
    three: Review, act: Acting, cast_vote: Voting
) -> None:
    deduplication.merge(three, act("L", "dedup merge"), 1, 2)
    deduplication.merge(three, act("L", "dedup merge"), 2, 3)
    for name in ("A", "B"):
        cast_vote(three, act, name, 1, "include")
    deduplication.split(three, act("L", "dedup split"), [2])
    with three.reading() as connection:
        who = viewer(three.protocol, "A")
        every = regrouped(connection, who)
        assert [one.report for one in every if not one.is_merged]
        for report in (1, 2, 3):
            alone = [one for one in regrouped(connection, who, [report]) if one.report == report]
            assert alone == [one for one in every if one.report == report]

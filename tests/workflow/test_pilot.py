"""Pilot rounds: everybody votes on one sample, apart from the main round, and sees the others' votes at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.errors import StateError, UsageError
from reviewflow.storage import ledger, pilots
from reviewflow.storage.review import open_review
from reviewflow.workflow import (
    agreement,
    assignment,
    deduplication,
    flow,
    history,
    pilot,
    protocol,
    queue,
    screening,
)
from tests.workflow.copies import Copy, everything, give

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

TA = Stage.TITLE_ABSTRACT
THIRD = '\n[[team]]\nname = "C"\nroles = ["reviewer"]\n'


def started(review: Review, act: Acting, n: int = 3, **choice: object) -> list[int]:
    """Start a pilot round; gives the reports of its sample."""
    made = pilot.start(review, act("L", "screen pilot start"), TA, n, **choice)  # type: ignore[arg-type]  # each test names its own
    with review.reading() as connection:
        return pilots.sample(connection, made.id)


def vote_all(review: Review, act: Acting, name: str, on: Iterable[int], verdict: str = "include") -> None:
    decisions = [screening.Decision(report, Verdict(verdict)) for report in on]
    screening.vote(review, act(name, "screen vote"), TA, decisions)


def test_the_same_seed_draws_the_same_sample_and_the_next_round_draws_others(
    fresh: Fresh, acts: type, add_records: Adding
) -> None:
    drawn = []
    for seed in (1, 1, 2):
        with fresh() as review:
            act = acts()
            add_records(review, act, range(20))
            drawn.append(started(review, act, 5, seed=seed))
            pilot.close(review, act("L", "close"), early=True)
            again = started(review, act, 20, seed=seed)
            assert len(again) == 15
            assert not set(again) & set(drawn[-1])
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_queue_gives_the_sample_and_the_main_round_waits(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(6))
    sample = started(review, act)
    assert screening.waiting(review, "A", TA) == [(report, False) for report in sample]
    assert queue.queue(review, "A", TA).waiting == tuple((report, False) for report in sample)
    other = next(report for report in range(1, 7) if report not in sample)
    with pytest.raises(StateError, match=f"p{other} is not in the pilot round calibration-1"):
        vote_all(review, act, "A", [other])
    vote_all(review, act, "A", sample)
    assert screening.waiting(review, "A", TA) == []
    assert queue.standing(review, "A", TA, sample[0]) is None
    laid = queue.laid(review, "A", TA, [(sample[0], False)])[0]
    assert laid.mine == queue.OwnVote(Verdict.INCLUDE)
    assert queue.queue(review, "A", TA).n_voted == 3


def test_votes_of_a_pilot_round_count_for_nothing_in_the_main_round(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(3))
    before = flow.compute(review, "A").to_json()
    sample = started(review, act)
    for name in ("A", "B"):
        vote_all(review, act, name, sample)
    pilot.close(review, act("L", "screen pilot close"))
    assert flow.compute(review, "A").to_json() == before
    assert [report for report, _ in screening.waiting(review, "A", TA)] == [1, 2, 3]


def test_agreement_is_shown_when_everybody_is_done_and_not_before(
    fresh: Fresh, act: Acting, add_records: Adding
) -> None:
    with fresh("memory", THIRD) as review:
        add_records(review, act, range(8))
        sample = started(review, act, 4, gate=0.75)
        vote_all(review, act, "A", sample)
        vote_all(review, act, "B", sample)
        vote_all(review, act, "C", sample[1:])
        found = pilot.shown(review)
        assert (found.progress.done, found.progress.missing) == (("A", "B"), ("C",))
        assert (found.agreement, found.lowest, found.passed) == (None, None, None)
        vote_all(review, act, "C", sample[:1], "exclude")
        found = pilot.shown(review)
        assert found.progress.is_complete
        assert found.agreement is not None
        assert found.agreement.together is not None
        assert [pair.n for pair in found.agreement.pairs] == [4, 4, 4]
        assert found.lowest == 0.75
        assert found.passed
        named = [diff.verdicts for pair in found.agreement.pairs for diff in pair.disagreements]
        assert named == [("include", "exclude"), ("include", "exclude")]


def test_the_pair_that_agrees_least_decides_on_the_gate(fresh: Fresh, act: Acting, add_records: Adding) -> None:
    with fresh("memory", THIRD) as review:
        add_records(review, act, range(4))
        sample = started(review, act, 4, gate=0.75)
        vote_all(review, act, "A", sample)
        vote_all(review, act, "B", sample)
        vote_all(review, act, "C", sample[:2])
        vote_all(review, act, "C", sample[2:], "exclude")
        found = pilot.shown(review)
        assert (found.lowest, found.passed) == (0.5, False)


def test_a_vote_may_be_replaced_only_while_nobody_can_see_it(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    sample = started(review, act, 2)
    vote_all(review, act, "A", sample)
    with pytest.raises(StateError, match="has voted on"):
        cast_vote(review, act, "A", sample[0], "exclude")
    cast_vote(review, act, "A", sample[0], "exclude", revise=True)
    assert cast_vote(review, act, "A", sample[0], "exclude").n_same == 1
    vote_all(review, act, "B", sample)
    assert pilot.shown(review).lowest == 0.5
    with pytest.raises(StateError, match="everybody may see its votes"):
        cast_vote(review, act, "A", sample[0], "include", revise=True)


def test_an_undo_of_a_vote_that_was_seen_ends_the_round(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(3))
    sample = started(review, act, 2)
    vote_all(review, act, "A", sample)
    history.undo(review, act("A", "undo"))
    assert not pilot.shown(review).progress.is_complete
    vote_all(review, act, "A", sample)
    vote_all(review, act, "B", sample)
    history.undo(review, act("A", "undo"))
    found = pilot.shown(review)
    assert not found.pilot.is_open
    assert found.agreement is not None
    cast_vote(review, act, "A", sample[0], "include")
    assert pilot.shown(review).progress == found.progress


def test_a_round_is_closed_by_who_is_patient_or_early(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(3))
    sample = started(review, act, 2)
    with pytest.raises(StateError, match="the pilot round calibration-1 goes on"):
        started(review, act)
    vote_all(review, act, "A", sample)
    with pytest.raises(StateError, match="waits for B"):
        pilot.close(review, act("L", "screen pilot close"))
    pilot.close(review, act("L", "screen pilot close"), early=True)
    with pytest.raises(StateError, match="is over already"):
        pilot.close(review, act("L", "screen pilot close"), "calibration-1")
    with pytest.raises(UsageError, match="there is a pilot round calibration-1 already"):
        started(review, act, name="calibration-1")


def test_each_adopts_the_own_votes_where_the_round_settled_the_report(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(4))
    sample = started(review, act, 3)
    vote_all(review, act, "A", sample)
    vote_all(review, act, "B", sample[:2])
    vote_all(review, act, "B", sample[2:], "exclude")
    with pytest.raises(StateError, match="goes on"):
        pilot.adopt(review, act("A", "screen pilot adopt"))
    pilot.close(review, act("L", "screen pilot close"))
    assert pilot.adopt(review, act("A", "screen pilot adopt")).n_new == 2
    assert flow.compute(review, "A").counts.dbr_sought_reports == 0
    assert pilot.adopt(review, act("B", "screen pilot adopt")).n_new == 2
    assert flow.compute(review, "A").counts.dbr_sought_reports == 2
    assert sample[2] in {report for report, _ in screening.waiting(review, "A", TA)}
    with pytest.raises(StateError, match="no vote of A in the pilot round"):
        pilot.adopt(review, act("A", "screen pilot adopt"))
    (found,) = agreement.agreement(review, "A", TA)
    assert (found.n_in_pilots, found.pairs[0].n) == (3, 0)


def test_only_the_own_part_of_what_is_assigned_is_adopted(fresh: Fresh, act: Acting, add_records: Adding) -> None:
    with fresh("memory", THIRD) as review:
        add_records(review, act, range(3))
        sample = started(review, act, 3)
        for name in "ABC":
            vote_all(review, act, name, sample)
        pilot.close(review, act("L", "screen pilot close"))
        done = assignment.assign(review, act("L", "screen assign"), TA, assignment.Wanted())
        for name in "ABC":
            assert pilot.adopt(review, act(name, "screen pilot adopt")).n_new == done.loads[name] == 2
        assert flow.compute(review, "X").counts.dbr_sought_reports == 3


def test_a_round_does_not_wait_for_who_has_left(fresh: Fresh, act: Acting, add_records: Adding) -> None:
    with fresh("sqlite", THIRD) as before:
        add_records(before, act, range(3))
        sample = started(before, act, 2)
        vote_all(before, act, "A", sample)
        vote_all(before, act, "B", sample)
        vote_all(before, act, "C", sample[:1])
        protocol.remove_member(before, "C")
        review = open_review(before.folder)
        found = pilot.shown(review)
        assert found.progress.is_complete
        assert found.agreement is not None
        review.engine.dispose()


def test_a_merge_or_removal_in_the_sample_leaves_the_rest_of_the_round(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(3))
    sample = started(review, act, 3)
    vote_all(review, act, "A", sample)
    deduplication.merge(review, act("L", "dedup merge"), 1, 2)
    screening.remove(review, act("L", "screen remove"), [3], "not a report")
    assert screening.waiting(review, "B", TA) == [(1, False)]
    vote_all(review, act, "B", [1])
    found = pilot.shown(review)
    assert found.progress.is_complete
    assert found.progress.n == 1


def test_status_and_next_tell_of_the_round(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(3))
    deduplication.run(review, act("L", "dedup run"))
    sample = started(review, act, 2)
    found = history.status(review, "A")
    assert "pilot round calibration-1 goes on, 2 wait for you" in found.stages[2].words
    assert found.next == ("reviewflow screen", "2 reports of the pilot round calibration-1 wait for A")
    vote_all(review, act, "A", sample)
    assert history.status(review, "A").next == (
        "reviewflow screen pilot show",
        "the pilot round calibration-1 waits for B",
    )
    vote_all(review, act, "B", sample)
    assert "is complete" in history.status(review, "A").next[1]


def test_a_round_travels_and_is_complete_when_the_votes_have_come_together(
    fresh: Fresh, act: Acting, add_records: Adding
) -> None:
    with fresh("memory") as one, fresh("memory") as other:
        add_records(one, act, range(4))
        sample = started(one, act, 3)
        apart = Copy(other, 1)
        give(one, other)
        vote_all(one, act, "A", sample)
        decisions = [screening.Decision(report, Verdict.INCLUDE) for report in sample]
        screening.vote(other, apart.act(act("B", "screen vote")), TA, decisions)
        assert b"include" not in next(content for name, content in everything(other) if name == "L.jsonl")
        give(other, one)
        assert pilot.shown(one).lowest == 1
        with one.reading() as connection:
            assert ledger.broken_chain(connection) == []


def test_a_pilot_needs_two_reviewers_and_something_to_draw(fresh: Fresh, act: Acting, add_records: Adding) -> None:
    with fresh("memory") as review:
        with pytest.raises(StateError, match="nothing is left"):
            started(review, act)
        with pytest.raises(UsageError, match="is no pilot round"):
            started(review, act, 0)
        with pytest.raises(StateError, match="there is no pilot round"):
            pilot.shown(review)
        add_records(review, act, range(2))
        assert len(started(review, act, 50)) == 2
        with pytest.raises(UsageError, match="there is no pilot round x"):
            pilot.shown(review, "x")

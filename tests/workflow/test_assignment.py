"""Assignment: reports are shared out evenly, wait for their reviewers, and nobody's leaving strands any."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.assignment import Sharing, handed_over, in_chance_order, shared_out
from reviewflow.domain.screening import Stage, State, Verdict
from reviewflow.errors import StateError, UsageError
from reviewflow.storage import derived
from reviewflow.storage.review import open_review
from reviewflow.workflow import adjudication, assignment, deduplication, flow, history, protocol, screening
from tests.workflow.copies import Copy, give, side_tables

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
TEAM = "".join(f'\n[[team]]\nname = "{name}"\nroles = ["reviewer"]\n' for name in "CD")
LIBERAL = '\n[screening.title_abstract]\nrule = "liberal-accelerated"\n'
SINGLE = '\n[screening.title_abstract]\nrule = "single"\n'
people = st.lists(st.sampled_from("ABCDEF"), min_size=1, max_size=6, unique=True)
ids = st.sets(st.integers(1, 500), max_size=60)


@given(ids, people, st.integers(1, 3), st.integers(0, 9))
def test_every_report_gets_its_number_of_reviewers_and_everybody_as_many_as_the_others(
    reports: set[int], names: list[str], votes: int, seed: int
) -> None:
    if len(names) < votes:
        with pytest.raises(UsageError, match="a report needs"):
            Sharing(names, votes, seed=seed)
        return
    found = shared_out(reports, Sharing(names, votes, seed=seed))
    assert set(found) == reports
    assert all(len(set(of)) == len(of) == votes for of in found.values())
    loads = Counter(name for of in found.values() for name in of)
    assert max((loads[name] for name in names), default=0) - min((loads[name] for name in names), default=0) <= 1


@given(st.lists(st.integers(1, 500), max_size=40), people, st.integers(0, 9))
def test_the_seed_alone_decides_and_not_the_order_in_which_anything_is_named(
    reports: list[int], names: list[str], seed: int
) -> None:
    one = shared_out(reports, Sharing(names, 1, seed=seed))
    assert shared_out(reports[::-1], Sharing(names[::-1], 1, seed=seed)) == one
    assert in_chance_order(reports, seed) == in_chance_order(reports[::-1], seed)


@given(ids, st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 30), min_size=2), st.integers(1, 2))
def test_nobody_gets_more_than_fits_and_none_is_left_that_would_fit(
    reports: set[int], capacity: dict[str, int], votes: int
) -> None:
    n_able = sum(n > 0 for n in capacity.values())
    if n_able < votes:
        return
    found = shared_out(reports, Sharing(tuple("ABCD"), votes, capacity=capacity))
    loads = Counter(name for of in found.values() for name in of)
    assert all(loads[name] <= capacity.get(name, 0) for name in loads)
    # n reports with distinct reviewers fit where the capacities, none counted above n, come to n times the votes.
    fits = max(n for n in range(len(reports) + 1) if sum(min(each, n) for each in capacity.values()) >= n * votes)
    assert len(found) == fits


@given(ids, st.integers(0, 100), st.integers(0, 5))
def test_an_overlap_is_that_share_of_the_reports(reports: set[int], overlap: int, seed: int) -> None:
    found = shared_out(reports, Sharing("ABC", 1, overlap=overlap, seed=seed))
    n_double = sum(len(of) == 2 for of in found.values())
    assert abs(n_double - len(reports) * overlap / 100) <= 0.5
    assert all(len(of) in {1, 2} for of in found.values())


@given(ids, st.integers(0, 5))
def test_what_is_handed_over_goes_to_somebody_who_has_it_not(reports: set[int], seed: int) -> None:
    before = shared_out(reports, Sharing("ABCD", 2, seed=seed))
    of_b = {report: of for report, of in before.items() if "B" in of}
    after = handed_over(of_b, "B", Sharing("ACD", 1, seed=seed))
    assert set(after) == set(of_b)
    for report, of in after.items():
        assert "B" not in of
        assert len(set(of)) == 2
        assert [name for name in of if name in before[report]] == [name for name in before[report] if name != "B"]


def shares(review: Review, act: Acting, **wanted: object) -> assignment.Assigned:
    return assignment.assign(review, act("L", "screen assign"), TA, assignment.Wanted(**wanted))  # type: ignore[arg-type]  # each test names its own


def test_an_assigned_report_waits_for_its_reviewers_only_and_takes_no_other_vote(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("memory", TEAM) as review:
        add_records(review, act, range(8))
        done = shares(review, act)
        assert done.loads == {"A": 4, "B": 4, "C": 4, "D": 4}
        for name in "ABCD":
            mine = [report for report, of in done.reviewers.items() if name in of]
            assert screening.waiting(review, name, TA) == [(report, False) for report in mine]
            assert "4 wait for you" in history.status(review, name).stages[2].words
        report, of = next(iter(done.reviewers.items()))
        stranger = next(name for name in "ABCD" if name not in of)
        with pytest.raises(StateError, match=f"p{report} is assigned to {of[0]} and {of[1]}, not to {stranger}"):
            cast_vote(review, act, stranger, report, "include")
        for name in of:
            cast_vote(review, act, name, report, "include")
        assert flow.compute(review, stranger).counts.dbr_sought_reports == 1
        assert flow.compute(review).counts.dbr_sought_reports == 1


def test_only_what_is_not_assigned_yet_is_and_a_dry_run_writes_nothing(
    fresh: Fresh, act: Acting, add_records: Adding
) -> None:
    with fresh("memory", TEAM) as review:
        add_records(review, act, range(3))
        first = shares(review, act, seed=3)
        add_records(review, act, range(3, 6))
        would = assignment.assign(review, act("L", "a"), TA, assignment.Wanted(seed=5), dry_run=True)
        assert assignment.assigned(review, TA) == first.reviewers
        again = shares(review, act, seed=5)
        assert again.reviewers == would.reviewers
        assert set(again.reviewers) == {4, 5, 6}
        assert shares(review, act).reviewers == {}
        assert {**first.reviewers, **again.reviewers} == assignment.assigned(review, TA)


def test_a_standing_vote_of_somebody_else_counts_and_may_be_gone_over_again(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("memory", TEAM) as review:
        add_records(review, act, range(1))
        cast_vote(review, act, "A", 1, "include")
        shares(review, act, to=("B", "C"))
        cast_vote(review, act, "B", 1, "exclude")
        (conflict,) = adjudication.conflicts(review, "A")
        assert conflict.waits_for_viewer
        for name in ("A", "B"):
            cast_vote(review, act, name, 1, "include")
        assert flow.compute(review, "A").counts.dbr_sought_reports == 1


def test_an_overlap_is_for_single_votes_and_its_second_reviewer_stays_blind(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("memory") as review:
        add_records(review, act, range(2))
        with pytest.raises(UsageError, match="there is nothing to overlap"):
            shares(review, act, overlap=10)
    with fresh("memory", SINGLE) as review:
        add_records(review, act, range(2))
        done = shares(review, act, overlap=50)
        double = next(report for report, of in done.reviewers.items() if len(of) == 2)
        cast_vote(review, act, "A", double, "include")
        assert flow.compute(review, "B").counts.dbr_sought_reports == 0
        assert flow.compute(review).counts.dbr_sought_reports == 0
        assert (double, False) in screening.waiting(review, "B", TA)


def test_the_second_gets_only_what_the_first_excluded(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("memory", LIBERAL) as review:
        add_records(review, act, range(6))
        done = shares(review, act)
        first = {name: [report for report, of in done.reviewers.items() if of[0] == name] for name in "AB"}
        assert [len(of) for of in first.values()] == [3, 3]
        assert screening.waiting(review, "B", TA) == [(report, False) for report in first["B"]]
        with pytest.raises(StateError, match="is first for A, and for B only where that is an exclusion"):
            cast_vote(review, act, "B", first["A"][0], "include")
        cast_vote(review, act, "A", first["A"][0], "exclude")
        cast_vote(review, act, "A", first["A"][1], "include")
        expected = sorted([*first["B"], first["A"][0]])
        assert screening.waiting(review, "B", TA) == [(report, False) for report in expected]


def test_an_assignment_survives_a_merge_and_a_split(fresh: Fresh, act: Acting, add_records: Adding) -> None:
    with fresh("memory", TEAM) as review:
        add_records(review, act, range(2))
        deduplication.merge(review, act("L", "dedup merge"), 1, 2)
        of = shares(review, act, to=("C", "D")).reviewers[1]
        deduplication.split(review, act("L", "dedup split"), [2])
        assert assignment.assigned(review, TA) == {1: of, 2: of}
        deduplication.merge(review, act("L", "dedup merge"), 1, 2)
        assert assignment.assigned(review, TA) == {1: of}
        with review.writing() as connection:
            assert derived.stale(connection) == {}


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 20))
def test_assignments_travel_and_mean_the_same_in_every_copy(
    fresh: Fresh, acts: type, add_records: Adding, seed: int
) -> None:
    act = acts()
    with fresh("memory", TEAM) as one, fresh("memory", TEAM) as other:
        add_records(one, act, range(4))
        Copy(other, 1)
        shares(one, act, seed=seed)
        deduplication.merge(one, act("L", "dedup merge"), 1, 2)
        give(one, other)
        assert side_tables(one) == side_tables(other)
        assert assignment.assigned(one, TA) == assignment.assigned(other, TA)


def test_full_texts_are_assigned_where_everybody_may_know_that_they_are_sought(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("memory", TEAM) as review:
        add_records(review, act, range(2))
        for report, of in shares(review, act).reviewers.items():
            for name in of:
                cast_vote(review, act, name, report, "include" if report == 1 else "exclude")
        done = assignment.assign(review, act("L", "screen assign"), FT, assignment.Wanted(to=("A", "B")))
        assert set(done.reviewers) == {1}
        assert screening.waiting(review, "A", FT) == [(1, False)]
        assert screening.waiting(review, "C", FT) == []


def left(review: Review, name: str) -> Review:
    """The review once a person has been taken out of its team."""
    assert not protocol.remove_member(review, name)
    return open_review(review.folder)


def test_what_waits_for_somebody_who_left_goes_to_others_and_standing_votes_count(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("sqlite", TEAM) as before:
        add_records(before, act, range(8))
        deduplication.run(before, act("L", "dedup run"))
        done = shares(before, act)
        of_b = [report for report, of in done.reviewers.items() if "B" in of]
        cast_vote(before, act, "B", of_b[0], "include")
        review = left(before, "B")
        command, why = history.status(review, "L").next
        assert (command, why) == ("reviewflow screen assign --from B", "3 reports assigned to B, who screens no more")
        handed = assignment.hand_over(review, act("L", "screen assign"), TA, "B", assignment.Wanted())
        assert set(handed.reviewers) == set(of_b[1:])
        partner = next(name for name in done.reviewers[of_b[0]] if name != "B")
        cast_vote(review, act, partner, of_b[0], "include")
        assert flow.compute(review, "X").counts.dbr_sought_reports == 1
        for report, of in assignment.assigned(review, TA).items():
            for name in of:
                if name != "B" and report != of_b[0]:
                    cast_vote(review, act, name, report, "exclude")
        assert flow.compute(review, "X").counts.open_undecided == 0
        review.engine.dispose()


def test_a_conflict_with_somebody_who_left_goes_to_the_adjudicator(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("sqlite", TEAM) as before:
        add_records(before, act, range(2))
        for report in (1, 2):
            cast_vote(before, act, "A", report, "include")
            cast_vote(before, act, "B", report, "exclude")
        cast_vote(before, act, "B", 2, "exclude")
        assert {each.state for each in adjudication.conflicts(before, "X")} == {State.CROSS_CHECK}
        review = left(before, "B")
        waits = adjudication.to_adjudicate(review, "X", TA)
        assert [each.report for each in waits] == [1, 2]
        decisions = [screening.Decision(report, Verdict.INCLUDE) for report in (1, 2)]
        adjudication.resolve(review, act("X", "screen resolve"), TA, decisions)
        assert flow.compute(review, "X").counts.dbr_sought_reports == 2
        review.engine.dispose()


def test_what_is_assigned_only_to_people_who_left_waits_for_everybody(
    fresh: Fresh, act: Acting, add_records: Adding
) -> None:
    with fresh("sqlite", TEAM + SINGLE) as before:
        add_records(before, act, range(3))
        shares(before, act, to=("B",))
        review = left(before, "B")
        assert len(screening.waiting(review, "A", TA)) == 3
        review.engine.dispose()


def test_a_hand_over_needs_somebody_to_take_over(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("sqlite") as before:
        add_records(before, act, range(2))
        shares(before, act)
        cast_vote(before, act, "B", 1, "include")
        review = left(before, "B")
        with pytest.raises(StateError, match="1 report of B can be given to nobody"):
            assignment.hand_over(review, act("L", "screen assign"), TA, "B", assignment.Wanted())
        review.engine.dispose()


def test_who_has_done_nothing_leaves_no_trace_in_the_team(fresh: Fresh) -> None:
    with fresh("sqlite", TEAM) as review:
        assert protocol.remove_member(review, "C")
        assert [member.name for member in open_review(review.folder).protocol.team] == ["A", "B", "X", "L", "D"]

"""Blindness where work is shared out, piloted, or screened by the liberal-accelerated rule.

As in `test_blindness`: two histories that differ only in what A may not know look the same to A.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.storage import changes_file, views
from reviewflow.workflow import (
    adjudication,
    agreement,
    assignment,
    check,
    flow,
    history,
    pilot,
    pilot_votes,
    queue,
    retrieval,
    screening,
)
from tests.workflow.copies import VERDICTS, exported

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh

TA = Stage.TITLE_ABSTRACT
THIRD = '\n[[team]]\nname = "C"\nroles = ["reviewer"]\n'
LIBERAL = '\n[screening.title_abstract]\nrule = "liberal-accelerated"\n'
SINGLE = '\n[screening.title_abstract]\nrule = "single"\n'
verdicts = st.sampled_from(VERDICTS)
some = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def readable(review: Review, name: str) -> dict[str, Any]:
    """What somebody, or with "" nobody in particular, can read."""
    who = views.viewer(review.protocol, name)
    with review.reading() as connection:
        seen: dict[str, Any] = {"views": [views.report_views(connection, who, stage) for stage in Stage]}
        seen["rounds"] = list(pilot_votes.standings(review, connection, who))
    return seen | {
        "status": history.status(review, name),
        "log": [history.to_json(line) for line in history.log(review, name)],
        "conflicts": adjudication.conflicts(review, name),
        "sought": retrieval.sought(review, name),
        "flow": flow.compute(review, name),
        "agreement": agreement.agreement(review, name),
        "to screen": [screening.waiting(review, name, stage) for stage in Stage] if name else [],
        "queue": [queue.queue(review, name, stage) for stage in Stage] if name else [],
        "assigned": [assignment.assigned(review, stage) for stage in Stage],
        "check": check.check(review),
        "handed on": exported(review, name)[1] if name == "L" else b"",
    }


def hidden_vote(review: Review, acting: Acting, report: int, verdict: Verdict, *, revise: bool = False) -> None:
    """A vote of B whose uuid is none of those that all see."""
    made = acting("B", "screen vote")
    decision = screening.Decision(report, verdict, note="B's own thought")
    screening.vote(review, replace(made, uuid="f" + made.uuid[1:]), TA, [decision], revise=revise)


def test_an_assignment_and_what_waits_for_others_tell_nothing_of_hidden_votes(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding
) -> None:
    @some
    @given(
        before=st.lists(st.tuples(st.integers(1, 6), verdicts), max_size=4, unique_by=lambda pair: pair[0]),
        after=st.lists(verdicts, max_size=4),
        seed=st.integers(0, 5),
    )
    def hold(before: list[tuple[int, Verdict]], after: list[Verdict], seed: int) -> None:
        seen = []
        for cast, then in ((before, after), ([], [])):
            with fresh("memory", THIRD) as review:
                act, behind = acts(), acts()
                add_records(review, act, range(6))
                for report, verdict in cast:
                    hidden_vote(review, behind, report, verdict)
                wanted = assignment.Wanted(seed=seed)
                done = assignment.assign(review, act("L", "screen assign"), TA, wanted)
                of_b = [report for report, of in done.reviewers.items() if "B" in of]
                for report, verdict in zip(of_b, then, strict=False):
                    hidden_vote(review, behind, report, verdict, revise=True)
                seen.append({name: readable(review, name) for name in ("A", "C", "X", "L", "")})
        assert seen[0] == seen[1]

    hold()


def test_a_pilot_round_tells_nothing_of_its_votes_before_everybody_is_done(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding
) -> None:
    @some
    @given(hidden=st.lists(st.tuples(st.integers(0, 2), verdicts), max_size=6))
    def hold(hidden: list[tuple[int, Verdict]]) -> None:
        seen = []
        for cast in (hidden, []):
            with fresh("memory", THIRD) as review:
                act, behind = acts(), acts()
                add_records(review, act, range(8))
                made = pilot.start(review, act("L", "screen pilot start"), TA, 4)
                sample = [report for report, _ in screening.waiting(review, "A", TA)]
                decisions = [screening.Decision(report, Verdict.INCLUDE) for report in sample]
                screening.vote(review, act("A", "screen vote"), TA, decisions)
                for place, verdict in cast:  # never on the last of the sample, so that B is not done
                    hidden_vote(review, behind, sample[place], verdict, revise=True)
                seen.append({name: readable(review, name) for name in ("A", "C", "X", "L", "")})
                seen[-1]["shown"] = asdict(pilot.shown(review, made.name))
        assert seen[0] == seen[1]

    hold()


def test_who_is_done_with_a_pilot_is_told_and_not_how_they_voted(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding
) -> None:
    @some
    @given(st.lists(verdicts, min_size=3, max_size=3), st.lists(verdicts, min_size=3, max_size=3))
    def hold(one: list[Verdict], other: list[Verdict]) -> None:
        seen = []
        for said in (one, other):
            with fresh("memory", THIRD) as review:
                act, behind = acts(), acts()
                add_records(review, act, range(5))
                pilot.start(review, act("L", "screen pilot start"), TA, 3)
                sample = [report for report, _ in screening.waiting(review, "A", TA)]
                for report, verdict in zip(sample, said, strict=True):
                    hidden_vote(review, behind, report, verdict)
                assert pilot.shown(review).progress.done == ("B",)
                seen.append({name: readable(review, name) for name in ("A", "C", "X", "L", "")})
        assert seen[0] == seen[1]

    hold()


@pytest.mark.parametrize("is_assigned", [False, True])
def test_liberal_accelerated_tells_of_an_exclusion_by_the_queue_alone(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding, *, is_assigned: bool
) -> None:
    @some
    @given(st.sets(st.integers(1, 6), max_size=4))
    def hold(excluded: set[int]) -> None:
        seen = []
        for cast in (excluded, set[int]()):
            with fresh("memory", LIBERAL) as review:
                act, behind = acts(), acts()
                add_records(review, act, range(6))
                first = set(range(1, 7))
                if is_assigned:
                    done = assignment.assign(review, act("L", "screen assign"), TA, assignment.Wanted())
                    first = {report for report, of in done.reviewers.items() if of[0] == "B"}
                for report in sorted(cast & first):
                    hidden_vote(review, behind, report, Verdict.EXCLUDE)
                seen.append({name: readable(review, name) for name in ("A", "X", "L", "")})
                waits = {report for report, _ in screening.waiting(review, "A", TA)}
                expected = (set(range(1, 7)) - first) | (cast & first) if is_assigned else first
                assert waits == expected
        for name in ("X", "L", ""):
            assert seen[0][name] == seen[1][name]
        exempt = {"views", "status", "to screen", "queue"} if is_assigned else set[str]()
        for what in seen[0]["A"].keys() - exempt:
            assert seen[0]["A"][what] == seen[1]["A"][what], what

    hold()


@some
@given(
    st.tuples(st.sampled_from((Verdict.EXCLUDE,)), st.just("first note")),
    st.tuples(st.sampled_from((Verdict.EXCLUDE,)), st.just("another note")),
)
def test_the_second_learns_that_the_first_excluded_and_not_why(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding, one: tuple[Verdict, str], other: tuple[Verdict, str]
) -> None:
    seen = []
    for (verdict, note), reason in ((one, "wrong_design"), (other, "")):
        with fresh("memory", LIBERAL) as review:
            act = acts()
            add_records(review, act, range(2))
            decision = screening.Decision(1, verdict, reason, note)
            screening.vote(review, act("B", "screen vote"), TA, [decision])
            seen.append({name: readable(review, name) for name in ("A", "X", "L", "")})
    assert seen[0] == seen[1]


def test_a_hand_over_tells_on_what_somebody_has_not_voted_and_not_how_on_the_rest(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding
) -> None:
    seen = []
    for verdict in VERDICTS:
        with fresh("memory", THIRD) as review:
            act, behind = acts(), acts()
            add_records(review, act, range(6))
            done = assignment.assign(review, act("L", "screen assign"), TA, assignment.Wanted())
            of_b = [report for report, of in done.reviewers.items() if "B" in of]
            for report in of_b[:2]:
                hidden_vote(review, behind, report, verdict)
            assignment.hand_over(review, act("L", "screen assign"), TA, "B", assignment.Wanted())
            seen.append({name: readable(review, name) for name in ("A", "C", "X", "L", "")})
    assert seen[0] == seen[1] == seen[2]


def test_the_second_of_an_overlap_sees_nothing_of_the_first(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding
) -> None:
    seen = []
    for verdict in (*VERDICTS, None):
        with fresh("memory", SINGLE) as review:
            act, behind = acts(), acts()
            add_records(review, act, range(2))
            done = assignment.assign(review, act("L", "screen assign"), TA, assignment.Wanted(overlap=100))
            assert set(done.reviewers.values()) <= {("A", "B"), ("B", "A")}
            if verdict is not None:
                hidden_vote(review, behind, 1, verdict)
            seen.append({name: readable(review, name) for name in ("A", "")})
    assert seen[0] == seen[1] == seen[2] == seen[3]


def test_what_is_handed_on_stops_before_the_first_vote_in_a_pilot_round(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding
) -> None:
    with fresh("memory") as review:
        act = acts()
        add_records(review, act, range(3))
        pilot.start(review, act("L", "screen pilot start"), TA, 2)
        (first, _), *_ = screening.waiting(review, "B", TA)
        hidden_vote(review, act, first, Verdict.INCLUDE)
        screening.remove(review, act("A", "screen remove"), [first], "not a report")
        read = changes_file.read(*exported(review, "A", shared=True))
        assert {change.reviewer for change in read.changes} == {"A", "L"}
        assert not any("pilot_vote" in change.holds for change in read.changes)

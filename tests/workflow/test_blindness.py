"""Nothing that a reviewer can read depends on another's vote that is not yet to be seen."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Phase, Stage, State, Verdict
from reviewflow.errors import ReviewflowError, StateError
from reviewflow.storage import views, votes
from reviewflow.workflow import (
    adjudication,
    agreement,
    check,
    decision_files,
    deduplication,
    export,
    flow,
    history,
    identification,
    ranking,
    retrieval,
    screening,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

WITHOUT_A = "two of three, settled without A"
PROTOCOLS = {
    "two of two": "",
    "three of three": '\n[[team]]\nname = "C"\nroles = ["reviewer"]\n[screening.title_abstract]\nvotes = 3\n',
    "two of three": '\n[[team]]\nname = "C"\nroles = ["reviewer"]\n',
    WITHOUT_A: '\n[[team]]\nname = "C"\nroles = ["reviewer"]\n',
}
OPEN, CLOSED = (1, 2, 3, 4), (5, 6, 7, 8)
"""A may vote on the first four records of a review, and never votes on the others, where B's votes are hidden."""

Step: TypeAlias = tuple[str, int, int]
hidden_steps = st.lists(
    st.tuples(st.sampled_from(("vote", "vote", "many", "undo")), st.sampled_from(CLOSED), st.integers(0, 2)), max_size=5
)
open_steps = st.lists(
    st.tuples(
        st.sampled_from(("A", "A", "B", "X", "C", "merge", "retrieve", "full text")),
        st.sampled_from(OPEN),
        st.integers(0, 2),
    ),
    min_size=2,
    max_size=8,
)
VERDICTS = (Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.UNSURE)


def of_all(review: Review) -> dict[str, Any]:
    """What the program tells everybody alike."""
    return {
        "records": identification.records_csv(review),
        "duplicates": deduplication.report(review),
        "queue": deduplication.review_queue(review),
        "check": check.check(review),
    }


def readable(review: Review, name: str) -> dict[str, Any]:
    """What somebody of the team, or with "" nobody in particular, can read."""
    seen: dict[str, Any] = {
        "status": history.status(review, name),
        "log": [history.to_json(line) for line in history.log(review, name)],
        "conflicts": adjudication.conflicts(review, name),
        "sought": retrieval.sought(review, name),
        "agreement": [agreement.agreement(review, name, phase=each) for each in (Phase.BLIND, Phase.CROSS_CHECK)],
        "records handed on": [
            export.records_text(review, export.Wanted(stage=stage, state=state), name)
            for stage in Stage
            for state in (State.PENDING, State.CROSS_CHECK, State.EXCLUDED, State.INCLUDED)
        ],
    }
    who = views.viewer(review.protocol, name)
    with review.reading() as connection:
        seen["views, which every query reads"] = [views.report_views(connection, who, stage) for stage in Stage]
    if name == "A":
        seen["own votes"] = decision_files.write(review, name)
        seen["to screen"] = [screening.to_screen(review, name, stage) for stage in Stage]
        ranked = ranking.Ranked(review, name)
        ranked.read()
        seen["order"] = [ranked.order(), [ranking.waiting(review, name, stage) for stage in Stage]]
    return seen


class Hidden:
    """B's votes on reports whose votes nobody may see yet, and their undoing."""

    def __init__(self, review: Review, act: Acting, *, everywhere: bool) -> None:
        self._review, self._act, self._everywhere = review, act, everywhere
        self._codes: list[str] = []

    def take(self, step: Step) -> None:
        kind, record, n = step
        made = self._act("B", f"screen vote {step}")
        # The acts that everybody sees are named alike in both histories, so these need names of their own.
        act = replace(made, uuid="f" + made.uuid[1:])
        if kind == "undo":
            if self._codes:
                history.undo(self._review, act, self._codes[n % len(self._codes)])
        else:
            on = CLOSED if kind == "many" else (record,)
            if self._everywhere:
                on = tuple(sorted({*on, OPEN[n]}))
            decisions = [screening.Decision(each, VERDICTS[n], note="B's own thought") for each in on]
            screening.vote(self._review, act, Stage.TITLE_ABSTRACT, decisions, revise=True)
        self._codes.append(act.uuid[:8])


def take_open(review: Review, act: Acting, step: Step) -> None:
    """What is done for all to see, or on reports on which A may vote."""
    kind, record, n = step
    decision = screening.Decision(record, VERDICTS[n], note=f"{kind} thinks so")
    if kind == "merge":
        deduplication.merge(review, act("L", "dedup merge"), CLOSED[n], CLOSED[n + 1])
    elif kind == "retrieve":
        retrieval.note_step(review, act("A", "fulltext add"), [record], "retrieved")
    elif kind == "full text":
        included = screening.Decision(record, Verdict.INCLUDE)
        screening.vote(review, act("A", "screen vote"), Stage.FULL_TEXT, [included])
    elif kind == "X":
        adjudication.resolve(review, act("X", "screen resolve"), Stage.TITLE_ABSTRACT, [decision])
    else:
        screening.vote(review, act(kind, "screen vote"), Stage.TITLE_ABSTRACT, [decision])


def phases(review: Review, report: int) -> dict[str, Phase]:
    """Reviewer -> the phase of the vote on a report."""
    with review.reading() as connection:
        return {each.reviewer: each.phase for _, each in votes.ballots(connection, Stage.TITLE_ABSTRACT)[report]}


def attempt(take: Callable[[], None]) -> str:
    """Do it; gives what it is refused with."""
    try:
        take()
    except ReviewflowError as error:
        return error.what
    return ""


def seen_of_history(
    review: Review, acts: Callable[[], Acting], add_records: Adding, steps: tuple[list[Step], list[Step]], rule: str
) -> dict[str, Any]:
    """Build a history of the open steps with the hidden ones among them; gives all that is told of it."""
    opened, closed = steps
    act = acts()
    everywhere = rule == "three of three"
    hidden = Hidden(review, acts(), everywhere=everywhere)
    add_records(review, act, range(8))
    for name in ("A", "B"):
        ranking.choose(review, act(name, "screen rank"), model="rf1", otherwise="random")
    said = []
    for i in range(max(len(opened), len(closed))):
        if i < len(closed):
            attempt(partial(hidden.take, closed[i]))
        if i < len(opened):
            kind, record, n = opened[i]
            if everywhere and kind in {"B", "C"}:
                kind = "A"  # so that the third vote never comes, and B's are hidden wherever they are
            if kind == "C" and rule == WITHOUT_A:
                # With B's hidden vote this settles a report, and C is told so: A is not.
                attempt(partial(take_open, review, act, (kind, record + len(OPEN), n)))
            elif kind != "C" or "three" in rule:
                said.append(attempt(partial(take_open, review, act, (kind, record, n))))
    readers = ("A", "") if rule == WITHOUT_A else ("A", "", "X", "L")
    seen: dict[str, Any] = {"what was refused": said, "what all are told": of_all(review)}
    return seen | {f"what {name or 'anybody'} reads": readable(review, name) for name in readers}


def hold_side_by_side(
    fresh: Fresh,
    acts: Callable[[], Acting],
    add_records: Adding,
    steps: tuple[list[Step], list[Step], list[Step]],
    kind: str,
    rule: str,
) -> None:
    """Two histories that differ in the hidden steps only look the same to everybody but B."""
    opened, one, other = steps
    seen = []
    for hidden in (one, other):
        with fresh(kind, PROTOCOLS[rule]) as review:
            seen.append(seen_of_history(review, acts, add_records, (opened, hidden), rule))
    for what, told in seen[0].items():
        assert told == seen[1][what], what


@pytest.mark.parametrize("rule", PROTOCOLS)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.tuples(open_steps, hidden_steps, hidden_steps))
def test_histories_that_differ_only_in_votes_not_to_be_seen_yet_look_the_same(
    fresh: Fresh,
    acts: Callable[[], Acting],
    add_records: Adding,
    rule: str,
    steps: tuple[list[Step], list[Step], list[Step]],
) -> None:
    hold_side_by_side(fresh, acts, add_records, steps, "memory", rule)


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.tuples(open_steps, hidden_steps, hidden_steps))
def test_they_look_the_same_on_postgresql(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding, steps: tuple[list[Step], list[Step], list[Step]]
) -> None:
    hold_side_by_side(fresh, acts, add_records, steps, "postgresql", "two of two")


def test_votes_that_merging_brings_into_conflict_with_themselves_are_told_to_their_voter_only(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding
) -> None:
    hidden: list[Step] = [("vote", 5, 0), ("vote", 6, 1)]
    steps: tuple[list[Step], list[Step], list[Step]] = ([("A", 1, 0), ("A", 2, 0), ("merge", 1, 0)], hidden, [])
    hold_side_by_side(fresh, acts, add_records, steps, "memory", "two of two")
    with fresh("memory") as review:
        seen_of_history(review, acts, add_records, (steps[0], hidden), "two of two")
        assert history.contradictions(review, "B") == [(5, Stage.TITLE_ABSTRACT, "B")]
        assert "votes on merged records differ" in history.status(review, "B").stages[2].words


def test_a_refused_undo_does_not_tell_another_reviewers_verdict(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2), by="A")
    cast_vote(review, act, "B", 1, "exclude")
    cast_vote(review, act, "B", 2, "include")
    with pytest.raises(StateError) as refused:
        history.undo(review, act("A", "undo"), "1")
    assert refused.value.what.endswith("later changes stand on it: votes of another reviewer")


def test_at_the_cross_check_a_reviewer_sees_that_there_is_a_conflict_and_not_what_the_other_thinks(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    cast_vote(review, act, "A", 1, "include", note="A's note")
    assert adjudication.conflicts(review, "A") == []
    cast_vote(review, act, "B", 1, "exclude", "wrong_design", "B's note")
    for name, verdict in (("A", "include"), ("B", "exclude")):
        (conflict,) = adjudication.conflicts(review, name)
        assert (conflict.state, conflict.mine, conflict.opinions) == (State.CROSS_CHECK, verdict, ())
        assert "B's note" not in repr(conflict)
        assert "wrong_design" not in repr(conflict)


def test_one_second_thought_does_not_tell_the_other_reviewer_anything(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    cast_vote(review, act, "A", 1, "include")
    cast_vote(review, act, "B", 1, "exclude")
    before = adjudication.conflicts(review, "B"), screening.to_screen(review, "B", Stage.TITLE_ABSTRACT)
    cast_vote(review, act, "A", 1, "exclude")
    assert (adjudication.conflicts(review, "B"), screening.to_screen(review, "B", Stage.TITLE_ABSTRACT)) == before
    assert flow.compute(review, "B").counts.open_conflicts == 1


def test_the_adjudicator_sees_the_votes_without_names(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    for _ in range(2):
        cast_vote(review, act, "A", 1, "include", note="fits")
        cast_vote(review, act, "B", 1, "exclude", "wrong_design", "does not fit")
    (conflict,) = adjudication.conflicts(review, "X")
    assert conflict.state is State.ADJUDICATION
    assert [(each.verdict, each.reason, each.note, each.who) for each in conflict.opinions] == [
        (Verdict.EXCLUDE, "wrong_design", "does not fit", ""),
        (Verdict.INCLUDE, "", "fits", ""),
    ]


def test_an_undo_does_not_make_a_reviewer_blind_again(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    cast_vote(review, act, "A", 1, "include")
    cast_vote(review, act, "B", 1, "exclude")
    history.undo(review, act("A", "undo"))
    assert adjudication.conflicts(review, "B") == []
    cast_vote(review, act, "A", 1, "exclude")
    assert phases(review, 1) == {"A": Phase.CROSS_CHECK, "B": Phase.BLIND}


def test_a_vote_that_nobody_has_seen_stays_blind_when_it_is_cast_again(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    cast_vote(review, act, "A", 1, "include")
    history.undo(review, act("A", "undo"))
    cast_vote(review, act, "A", 1, "exclude")
    assert phases(review, 1) == {"A": Phase.BLIND}


def test_the_log_tells_of_a_vote_once_both_have_voted(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(3))
    for record in (2, 1):
        cast_vote(review, act, "B", record, "exclude", note="secret")
    assert [line.words for line in history.log(review, "A") if line.change.reviewer == "B"] == []
    cast_vote(review, act, "A", 1, "exclude")
    (line,) = [line for line in history.log(review, "A") if line.change.reviewer == "B"]
    told = history.to_json(line)
    assert (told["words"], told["number"]) == ("screen: 1 vote", None)

"""Votes that were cast in copies apart stay as blind as they were when they come together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Phase, Stage, State, Verdict
from reviewflow.storage import changes_file, views, votes
from reviewflow.workflow import (
    adjudication,
    check,
    deduplication,
    history,
    screening,
    sync,
)
from tests.workflow.copies import VERDICTS, Copy, exported, give

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting


def test_two_votes_that_were_cast_apart_are_blind_and_settle_when_they_come_together(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting
) -> None:
    one, other = two
    cast_vote(one, act, "A", 1, "include")
    cast_vote(other, act, "B", 1, "exclude")
    give(other, one)
    with one.reading() as connection:
        cast = votes.ballots(connection, Stage.TITLE_ABSTRACT)[1]
    assert {ballot.reviewer: ballot.phase for _, ballot in cast} == {"A": Phase.BLIND, "B": Phase.BLIND}
    assert [each.state for each in adjudication.conflicts(one, "A")] == [State.CROSS_CHECK]


def test_who_saw_votes_that_came_together_is_not_blind_again_after_an_undo(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting
) -> None:
    one, other = two
    cast_vote(one, act, "A", 1, "include")
    cast_vote(other, act, "B", 1, "exclude")
    give(other, one)
    history.undo(one, act("A", "undo"))
    cast_vote(one, act, "A", 1, "exclude")
    with one.reading() as connection:
        cast = votes.ballots(connection, Stage.TITLE_ABSTRACT)[1]
    assert {ballot.reviewer: ballot.phase for _, ballot in cast} == {"A": Phase.CROSS_CHECK, "B": Phase.BLIND}


def readable(review: Review, name: str, taken: sync.Synced) -> dict[str, Any]:
    """What a person can read after a sync, the answer of the sync itself included."""
    who = views.viewer(review.protocol, name)
    with review.reading() as connection:
        seen: dict[str, Any] = {"views": [views.report_views(connection, who, stage) for stage in Stage]}
    return seen | {
        "sync": taken,
        "status": history.status(review, name),
        "log": [history.to_json(line) for line in history.log(review, name)],
        "conflicts": adjudication.conflicts(review, name),
        "to screen": [screening.to_screen(review, "A", stage) for stage in Stage],
        "check": check.check(review),
    }


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hidden=st.lists(st.tuples(st.integers(2, 4), st.sampled_from(VERDICTS), st.booleans()), max_size=4))
def test_nothing_that_others_read_after_a_sync_depends_on_votes_not_to_be_seen_yet(
    fresh: Fresh,
    acts: Callable[[], Acting],
    add_records: Adding,
    cast_vote: Voting,
    hidden: list[tuple[int, Verdict, bool]],
) -> None:
    seen = []
    for cast in (hidden, []):
        with fresh() as one, fresh() as other:
            act, apart = acts(), Copy(other, 1)
            add_records(one, act, range(4))
            deduplication.run(one, act("L", "dedup run"))
            cast_vote(one, act, "A", 1, "include")
            give(one, other)
            there, behind = acts(), acts()
            open_vote = screening.Decision(1, Verdict.EXCLUDE)
            screening.vote(other, apart.act(there("B", "vote")), Stage.TITLE_ABSTRACT, [open_vote])
            for record, verdict, undone in cast:
                decision = screening.Decision(record, verdict, note="B's own thought")
                late = timedelta(hours=1)  # so that what all see keeps its time
                base = behind("B", "hidden")
                made = replace(apart.act(base), uuid="f" + base.uuid[1:], at_utc=base.at_utc + late)
                screening.vote(other, made, Stage.TITLE_ABSTRACT, [decision], revise=True)
                if undone:
                    base = behind("B", "hidden")
                    history.undo(other, replace(apart.act(base), uuid="e" + base.uuid[1:], at_utc=base.at_utc + late))
            taken = sync.sync(one, [exported(other, "B")], "A")
            seen.append({name: readable(one, name, taken) for name in ("A", "", "X", "L")})
    assert seen[0] == seen[1]


def test_own_changes_hold_no_vote_of_another_and_shared_ones_stop_before_the_first(
    two: tuple[Review, Review], act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    one, _ = two
    add_records(one, act, [7], source="Embase", by="B")
    cast_vote(one, act, "B", 1, "include", note="B's own thought")
    add_records(one, act, [8], source="Scopus", by="B")
    cast_vote(one, act, "A", 2, "include")
    for shared in (False, True):
        name, content = exported(one, "A", shared=shared)
        read = changes_file.read(name, content)
        voting = {change.reviewer for change in read.changes if "vote" in change.holds}
        assert voting == {"A"}
        assert b"B's own thought" not in content
        assert {change.reviewer for change in read.changes} == ({"A", "B", "L"} if shared else {"A"})
    assert [change.header["sequence"] for change in read.changes if change.reviewer == "B"] == [1]

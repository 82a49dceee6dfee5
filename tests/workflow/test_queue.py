from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.errors import StateError
from reviewflow.storage import views
from reviewflow.workflow import history, queue, screening

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Filling, Fresh, Voting

N = 5
CAST = st.tuples(st.sampled_from("AB"), st.integers(1, N), st.sampled_from(["include", "exclude", "unsure"]))


def naive(review: Review, name: str, stage: Stage) -> list[tuple[int, bool]]:
    """What waits, asked of every report by itself."""
    who = views.viewer(review.protocol, name)
    with review.reading() as connection:
        every = views.report_views(connection, who, stage)
    wanted = [(view.id, screening.waits_for(review, view, stage)) for view in every]
    return sorted(((id_, again) for id_, again in wanted if again is not None), key=lambda pair: (pair[1], pair[0]))


@settings(max_examples=8, deadline=None)
@given(casts=st.lists(CAST, max_size=14))
def test_the_queue_is_what_every_report_says_by_itself(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding, cast_vote: Voting, casts: list[tuple[str, int, str]]
) -> None:
    with fresh() as review:
        act = acts()
        add_records(review, act, range(N))
        for name, record, verdict in casts:
            try:
                cast_vote(review, act, name, record, verdict)
            except StateError:
                continue
        for name in "AB":
            found = queue.queue(review, name, Stage.TITLE_ABSTRACT)
            assert list(found.waiting) == naive(review, name, Stage.TITLE_ABSTRACT)
            assert list(found.waiting) == screening.waiting(review, name, Stage.TITLE_ABSTRACT)
            one_by_one = [(id_, queue.standing(review, name, Stage.TITLE_ABSTRACT, id_)) for id_ in range(1, N + 1)]
            assert {(id_, again) for id_, again in one_by_one if again is not None} == set(found.waiting)
            own = dict(screening.own_votes(review, name, Stage.TITLE_ABSTRACT))
            assert found.n_voted == len(own)
            assert found.n_included == sum(vote.verdict is Verdict.INCLUDE for vote in own.values())


def test_only_the_own_votes_and_notes_are_laid_beside_a_report(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    cast_vote(review, act, "A", 1, "include", note="mine")
    cast_vote(review, act, "B", 1, "exclude", note="a secret")
    (seen,) = queue.laid(review, "A", Stage.TITLE_ABSTRACT, [(1, True)])
    assert seen.mine == queue.OwnVote(Verdict.INCLUDE, "", "mine")
    assert "secret" not in repr(seen)
    assert queue.laid(review, "X", Stage.TITLE_ABSTRACT, [(1, True)])[0].mine is None


def test_a_report_that_is_gone_is_left_out(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(2))
    assert [each.shown.report for each in queue.laid(review, "A", Stage.TITLE_ABSTRACT, [(2, False), (99, False)])] == [
        2
    ]
    assert queue.standing(review, "A", Stage.TITLE_ABSTRACT, 99) is None


def test_a_full_text_says_what_became_of_it(review: Review, act: Acting, fill: Filling) -> None:
    fill(review, act)
    first, other = queue.laid(review, "A", Stage.FULL_TEXT, [(1, False), (3, False)])
    assert first.full_text == queue.FullText("retrieved", "", "", None)
    assert other.full_text == queue.FullText("", "", "", None)


def test_words_are_found_in_any_record_of_a_report(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(4))
    every = range(1, 5)
    assert queue.with_words(review, every, "TRIAL number", lambda: True) == set(every)
    assert queue.with_words(review, every, "number trial 2", lambda: True) == {3}
    assert queue.with_words(review, [1, 2], "number 2", lambda: True) == set()
    assert queue.with_words(review, every, "trial", lambda: False) == set()


def test_a_verdict_that_is_not_meant_as_reconsidered_does_not_count_as_one(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(1))
    cast_vote(review, act, "A", 1, "include")
    cast_vote(review, act, "B", 1, "exclude")
    decision = [screening.Decision(1, Verdict.EXCLUDE)]
    refused = ""
    try:
        screening.vote(review, act("A", "screen"), Stage.TITLE_ABSTRACT, decision, revise=True, may_reconsider=False)
    except screening.TurnedError as error:
        refused = error.what
    assert "is a disagreement by now" in refused
    assert screening.vote(review, act("A", "screen"), Stage.TITLE_ABSTRACT, decision, revise=True).n_new == 1


def test_a_note_is_added_to_a_vote_that_nobody_has_seen(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(1))
    cast_vote(review, act, "A", 1, "include")
    assert cast_vote(review, act, "A", 1, "include", note="late").n_new == 0
    assert cast_vote(review, act, "A", 1, "include", note="late", revise=True).n_new == 1
    assert queue.laid(review, "A", Stage.TITLE_ABSTRACT, [(1, False)])[0].mine == queue.OwnVote(
        Verdict.INCLUDE, "", "late"
    )


def test_a_change_is_undone_by_its_uuid_without_the_log(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    cast = act("A", "screen p1")
    screening.vote(review, cast, Stage.TITLE_ABSTRACT, [screening.Decision(1, Verdict.INCLUDE)])
    cast_vote(review, act, "A", 2, "include")
    assert history.undo(review, act("A", "undo"), cast.uuid).uuid == cast.uuid
    assert set(dict(screening.own_votes(review, "A", Stage.TITLE_ABSTRACT))) == {2}

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.stopping import p_value
from reviewflow.errors import InputError, StateError
from reviewflow.workflow import flow, history, ranking, screening, stopping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.review import Review
    from reviewflow.workflow.stopping import Tested
    from tests.conftest import Acting, Adding, Fresh, Voting

RULE = '\n[screening.stopping]\nrule = "hypergeometric"\ntarget_recall = 0.9\nalpha = 0.1\n'
N = 12


@pytest.fixture(params=("memory", "postgresql"))
def ruled(request: pytest.FixtureRequest, fresh: Fresh, act: Acting, add_records: Adding) -> Iterator[Review]:
    """Twelve records, and a protocol with a stopping rule that nobody has declared yet."""
    with fresh(request.param, RULE) as review:
        add_records(review, act, range(N))
        yield review


def vote_on(review: Review, act: Acting, cast_vote: Voting, name: str, verdicts: dict[int, str]) -> None:
    for record, verdict in verdicts.items():
        cast_vote(review, act, name, record, verdict)


def test_without_a_rule_in_the_protocol_there_is_nothing_to_test(review: Review, act: Acting) -> None:
    for refused in (lambda: stopping.test(review, "A"), lambda: stopping.declare(review, act("A", stopping.COMMAND))):
        with pytest.raises(StateError, match="no stopping rule"):
            refused()


def test_a_rule_that_stands_in_the_file_alone_is_refused(ruled: Review) -> None:
    with pytest.raises(StateError, match="no declaration"):
        stopping.test(ruled, "A")


def test_the_rule_is_tested_on_the_own_votes_in_the_order_in_which_they_were_cast(
    ruled: Review, act: Acting, cast_vote: Voting
) -> None:
    assert stopping.declare(ruled, act("L", stopping.COMMAND))
    assert not stopping.declare(ruled, act("L", stopping.COMMAND))
    for name in ("A", "B"):
        act(name, "waits: later than the declaration")
        act(name, "likewise")
    vote_on(ruled, act, cast_vote, "A", {7: "include", 3: "unsure", 9: "exclude", 1: "exclude", 5: "exclude"})
    vote_on(ruled, act, cast_vote, "B", {1: "exclude", 7: "exclude"})
    at = stopping.test(ruled, "A").standing
    assert (at.n_records, at.n_screened, at.n_relevant, at.in_a_row) == (N, 5, 2, 3)
    assert at.p == p_value([True, True, False, False, False], N, 0.9)
    assert stopping.test(ruled, "B").standing.n_relevant == 0


def test_a_vote_that_is_revised_keeps_its_place(ruled: Review, act: Acting, cast_vote: Voting) -> None:
    stopping.declare(ruled, act("A", stopping.COMMAND))
    vote_on(ruled, act, cast_vote, "A", {2: "exclude", 4: "exclude", 6: "exclude"})
    cast_vote(ruled, act, "A", 2, "include", revise=True)
    at = stopping.test(ruled, "A").standing
    assert (at.n_relevant, at.in_a_row) == (1, 2)


def test_what_is_said_at_the_cross_check_does_not_count(ruled: Review, act: Acting, cast_vote: Voting) -> None:
    for name in ("A", "B"):
        act(name, "a minute")
    stopping.declare(ruled, act("A", stopping.COMMAND))
    act("B", "two minutes")
    act("B", "three minutes")
    cast_vote(ruled, act, "A", 1, "exclude")
    cast_vote(ruled, act, "B", 1, "include")
    cast_vote(ruled, act, "A", 1, "include")
    assert stopping.test(ruled, "A").standing.n_relevant == 0


def test_reports_removed_before_screening_are_not_among_those_to_screen(
    ruled: Review, act: Acting, cast_vote: Voting
) -> None:
    stopping.declare(ruled, act("A", stopping.COMMAND))
    vote_on(ruled, act, cast_vote, "A", {1: "include", 2: "exclude"})
    screening.remove(ruled, act("L", "screen remove"), [2, 3], "not in a language of the protocol")
    at = stopping.test(ruled, "A").standing
    assert (at.n_records, at.n_screened, at.in_a_row) == (N - 2, 1, 0)


def test_a_rule_cannot_be_declared_after_the_own_first_vote_even_if_that_is_undone(
    ruled: Review, act: Acting, cast_vote: Voting
) -> None:
    cast_vote(ruled, act, "A", 1, "include")
    history.undo(ruled, act("A", "undo"))
    with pytest.raises(StateError, match="chosen to fit"):
        stopping.declare(ruled, act("A", stopping.COMMAND))


def test_votes_that_are_older_than_the_declaration_are_refused(ruled: Review, act: Acting, cast_vote: Voting) -> None:
    cast_vote(ruled, act, "A", 1, "include")
    for _ in range(3):
        act("L", "later than the vote")
    stopping.declare(ruled, act("L", stopping.COMMAND))
    with pytest.raises(StateError, match="before the rule was declared"):
        stopping.test(ruled, "A")


def test_a_declaration_that_is_undone_declares_nothing(ruled: Review, act: Acting) -> None:
    stopping.declare(ruled, act("A", stopping.COMMAND))
    history.undo(ruled, act("A", "undo"))
    with pytest.raises(StateError, match="no declaration"):
        stopping.test(ruled, "A")


@pytest.mark.parametrize("more", [RULE.replace("0.9", "1.5"), RULE.replace("0.1", "0"), RULE.replace("alpha", "beta")])
def test_a_rule_that_is_none_is_refused_with_the_file(fresh: Fresh, more: str) -> None:
    with pytest.raises(InputError), fresh("memory", more):
        pass


def test_the_paragraph_says_what_was_declared_when_and_what_came_of_it(
    ruled: Review, act: Acting, cast_vote: Voting
) -> None:
    stopping.declare(ruled, act("A", stopping.COMMAND))
    vote_on(ruled, act, cast_vote, "A", {record: "include" if record == 1 else "exclude" for record in range(1, N)})
    found = stopping.test(ruled, "A")
    assert found.standing.holds
    for words in (
        "2026-01-05",
        "target recall of 0.9 at alpha = 0.1",
        "After 11 of 12 records with 1 relevant (included or unsure)",
        "1 record unscreened so far",
    ):
        assert words in found.methods


@pytest.fixture(params=("memory", "postgresql"))
def loose(request: pytest.FixtureRequest, fresh: Fresh, act: Acting, add_records: Adding) -> Iterator[Review]:
    """Twelve records, and a rule that allows to stop after nine with one find, and no longer after a late find."""
    with fresh(request.param, RULE.replace("alpha = 0.1", "alpha = 0.3")) as review:
        add_records(review, act, range(N))
        yield review


def both_may_stop(loose: Review, act: Acting, cast_vote: Voting, *, last: int = 9) -> dict[str, Tested]:
    """A and B have screened the first records, of which they include one; both may stop."""
    stopping.declare(loose, act("L", stopping.COMMAND))
    for name in ("A", "B"):
        act(name, "waits: later than the declaration")
        act(name, "likewise")
        vote_on(loose, act, cast_vote, name, {n: "include" if n == 1 else "exclude" for n in range(1, last + 1)})
    found = {name: stopping.test(loose, name) for name in ("A", "B")}
    assert all(each.standing.holds for each in found.values())
    return found


def decide_both(loose: Review, act: Acting) -> None:
    for name in ("A", "B"):
        assert stopping.decide(loose, act(name, stopping.DECIDE))


def test_what_nobody_has_begun_is_left_out_once_every_reviewer_has_decided(
    loose: Review, act: Acting, cast_vote: Voting
) -> None:
    before = both_may_stop(loose, act, cast_vote)
    screened = flow.compute(loose).counts.records_screened
    decide_both(loose, act)
    assert not stopping.decide(loose, act("A", stopping.DECIDE))
    assert stopping.apply(loose, act("L", stopping.APPLY)) == 3
    counts = flow.compute(loose).counts
    assert (counts.excluded_automatic, counts.excluded_other) == (3, 0)
    assert (screened, counts.records_screened) == (N, N - 3)
    for name in ("A", "B"):
        assert screening.waiting(loose, name, stopping._STAGE) == []
        after = stopping.test(loose, name)
        # What was left out counts as unscreened: the rule says what it said.
        assert after.standing == before[name].standing
        assert "3 records were left unscreened" in after.methods
        assert "as marked as ineligible by automation tools" in after.methods.replace("\n", " ")
    assert stopping.apply(loose, act("L", stopping.APPLY)) == 0


def test_one_undo_brings_back_what_was_left_out(loose: Review, act: Acting, cast_vote: Voting) -> None:
    both_may_stop(loose, act, cast_vote)
    decide_both(loose, act)
    before = flow.compute(loose).to_json()
    stopping.apply(loose, act("L", stopping.APPLY))
    history.undo(loose, act("L", "undo"))
    assert flow.compute(loose).to_json() == before
    assert len(screening.waiting(loose, "A", stopping._STAGE)) == 3


def test_a_reviewer_whom_the_rule_does_not_allow_cannot_decide(loose: Review, act: Acting, cast_vote: Voting) -> None:
    stopping.declare(loose, act("A", stopping.COMMAND))
    vote_on(loose, act, cast_vote, "A", {1: "include", 2: "exclude"})
    with pytest.raises(StateError, match="does not allow A to stop"):
        stopping.decide(loose, act("A", stopping.DECIDE))


def test_nothing_is_left_out_while_a_reviewer_has_not_decided(loose: Review, act: Acting, cast_vote: Voting) -> None:
    both_may_stop(loose, act, cast_vote)
    stopping.decide(loose, act("A", stopping.DECIDE))
    with pytest.raises(StateError, match="has decided to stop: B"):
        stopping.apply(loose, act("L", stopping.APPLY))
    stopping.decide(loose, act("B", stopping.DECIDE))
    history.undo(loose, act("B", "undo"))
    with pytest.raises(StateError, match="has decided to stop: B"):
        stopping.apply(loose, act("L", stopping.APPLY))


def test_both_finish_what_either_began(loose: Review, act: Acting, cast_vote: Voting) -> None:
    both_may_stop(loose, act, cast_vote)
    cast_vote(loose, act, "B", 12, "exclude")
    stopping.decide(loose, act("A", stopping.DECIDE))
    stage = stopping._STAGE
    # Until all have decided nobody is told what another has begun.
    assert [report for report, _ in ranking.waiting(loose, "A", stage)] == [10, 11, 12]
    stopping.decide(loose, act("B", stopping.DECIDE))
    with pytest.raises(StateError, match="both finish what either began"):
        stopping.apply(loose, act("L", stopping.APPLY))
    assert [report for report, _ in ranking.waiting(loose, "A", stage)] == [12, 10, 11]
    cast_vote(loose, act, "A", 12, "exclude")
    assert stopping.apply(loose, act("L", stopping.APPLY)) == 2


def test_a_find_among_what_was_begun_can_take_the_permission_back(
    loose: Review, act: Acting, cast_vote: Voting
) -> None:
    both_may_stop(loose, act, cast_vote)
    cast_vote(loose, act, "B", 12, "exclude")
    decide_both(loose, act)
    cast_vote(loose, act, "A", 12, "include")
    assert not stopping.test(loose, "A").standing.holds
    with pytest.raises(StateError, match="does not hold on the votes of every reviewer"):
        stopping.apply(loose, act("L", stopping.APPLY))

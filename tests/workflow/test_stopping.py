from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.stopping import p_value
from reviewflow.errors import InputError, StateError
from reviewflow.workflow import history, screening, stopping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.review import Review
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
        "After 11 of 12 records with 1 included",
        "1 rec",
    ):
        assert words in found.methods

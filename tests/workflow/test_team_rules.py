"""The rules of a team, each as a law: two votes, a single vote, one inclusion suffices, liberal-accelerated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewflow.domain.screening import (
    RULES,
    Ballot,
    Phase,
    Rule,
    Stage,
    State,
    Tally,
    Verdict,
    is_enough,
    named_rule,
    settle,
    tally_of,
)
from reviewflow.errors import InputError, StateError
from reviewflow.storage import project
from reviewflow.workflow import adjudication, flow, history, screening

if TYPE_CHECKING:
    from tests.conftest import Acting, Adding, Fresh, Voting

TA = Stage.TITLE_ABSTRACT
LIBERAL = '\n[screening.title_abstract]\nrule = "liberal-accelerated"\n'
SINGLE = '\n[screening.title_abstract]\nrule = "single"\n'


def rule_named(name: str) -> Rule:
    text = f'[review]\ntitle = "T"\n[screening.title_abstract]\nrule = "{name}"\n'
    return project.parse(text).rules[TA]


ballots = st.lists(
    st.tuples(
        st.sampled_from((Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.UNSURE)),
        st.sampled_from((Phase.BLIND, Phase.CROSS_CHECK)),
    ),
    max_size=4,
).map(lambda cast: [Ballot(f"R{n}", verdict, "", phase) for n, (verdict, phase) in enumerate(cast)])
names = st.sampled_from(sorted(RULES))


@given(ballots, names, st.randoms(use_true_random=False))
def test_under_every_rule_the_order_of_the_votes_does_not_matter(cast: list[Ballot], name: str, random: object) -> None:
    turned = list(cast)
    random.shuffle(turned)  # type: ignore[attr-defined]  # hypothesis draws a Random
    assert settle(tally_of(turned), rule_named(name)) == settle(tally_of(cast), rule_named(name))


@given(ballots, names)
def test_under_every_rule_a_report_is_open_before_enough_votes_and_not_pending_after(
    cast: list[Ballot], name: str
) -> None:
    tally, rule = tally_of(cast), rule_named(name)
    assert (settle(tally, rule).state is State.PENDING) == (not is_enough(tally, rule))


@given(ballots, names)
def test_under_every_rule_what_all_say_is_the_outcome(cast: list[Ballot], name: str) -> None:
    rule = rule_named(name)
    for verdict, state in ((Verdict.INCLUDE, State.INCLUDED), (Verdict.EXCLUDE, State.EXCLUDED)):
        alike = [replace(each, verdict=verdict, phase=Phase.BLIND) for each in cast]
        if len(alike) >= rule.votes:
            assert settle(tally_of(alike), rule).state is state


@given(ballots)
def test_liberal_accelerated_one_inclusion_settles_at_once_and_an_exclusion_needs_two(cast: list[Ballot]) -> None:
    state = settle(tally_of(cast), rule_named("liberal-accelerated")).state
    n_excluded = sum(each.verdict is Verdict.EXCLUDE for each in cast)
    if n_excluded < len(cast):
        assert state is State.INCLUDED
    else:
        assert (state is State.EXCLUDED) == (n_excluded >= 2 and len({each.phase for each in cast}) == 1)


@given(ballots)
def test_one_inclusion_suffices_only_once_two_have_voted(cast: list[Ballot]) -> None:
    cast = [replace(each, phase=Phase.BLIND) for each in cast]
    state = settle(tally_of(cast), rule_named("one-include-suffices")).state
    if len(cast) < 2:
        assert state is State.PENDING
    elif any(each.verdict is not Verdict.EXCLUDE for each in cast):
        assert state is State.INCLUDED
    else:
        assert state is State.EXCLUDED


@given(ballots, names, st.integers(1, 3))
def test_no_cross_check_waits_for_somebody_who_has_left(cast: list[Ballot], name: str, n_left: int) -> None:
    tally = replace(tally_of(cast), n_left=n_left)
    assert settle(tally, rule_named(name)).state is not State.CROSS_CHECK


@given(ballots, names)
def test_the_votes_of_who_has_left_count_as_before(cast: list[Ballot], name: str) -> None:
    before, after = (settle(replace(tally_of(cast), n_left=n), rule_named(name)).state for n in (0, 1))
    if before not in {State.CROSS_CHECK, State.ADJUDICATION}:
        assert after is before


def test_a_rule_by_its_name_says_the_votes_and_takes_the_other_keys() -> None:
    text = '[review]\ntitle = "T"\n[screening.title_abstract]\nrule = "liberal-accelerated"\nunsure = "open"\n'
    rule = project.parse(text).rules[TA]
    assert (rule.votes, rule.accelerated, rule.unsure, rule.cross_check) == (2, True, "open", True)
    assert rule_named("two") == Rule(TA)
    assert rule_named("single") == Rule(TA, votes=1)


@pytest.mark.parametrize("key", ["votes = 3", "one_include_suffices = true"])
def test_a_rule_by_its_name_is_not_contradicted_by_a_number(key: str) -> None:
    with pytest.raises(InputError, match="as well"):
        project.parse(f'[review]\ntitle = "T"\n[screening.title_abstract]\nrule = "two"\n{key}\n')


@pytest.mark.parametrize("name", ["one-include-suffices", "liberal-accelerated"])
def test_one_inclusion_does_not_decide_at_full_text(name: str) -> None:
    with pytest.raises(InputError, match="one person would include a study"):
        named_rule(Stage.FULL_TEXT, name)
    with pytest.raises(InputError, match="for titles and abstracts"):
        project.parse(f'[review]\ntitle = "T"\n[screening.full_text]\nrule = "{name}"\n')


def test_an_inclusion_takes_the_report_from_the_other_and_an_exclusion_does_not(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("memory", LIBERAL) as review:
        add_records(review, act, range(3))
        cast_vote(review, act, "A", 1, "include")
        cast_vote(review, act, "A", 2, "exclude")
        assert screening.waiting(review, "B", TA) == [(2, False), (3, False)]
        assert flow.compute(review, "B").counts.dbr_sought_reports == 1
        with pytest.raises(StateError, match="p1 needs no vote of B at title_abstract: it is included"):
            cast_vote(review, act, "B", 1, "exclude")
        cast_vote(review, act, "B", 2, "include")
        assert flow.compute(review, "A").counts.dbr_sought_reports == 2
        cast_vote(review, act, "A", 3, "exclude")
        cast_vote(review, act, "B", 3, "exclude")
        assert flow.compute(review).counts.records_excluded == 1
        assert adjudication.conflicts(review, "A") == []


def test_a_single_vote_settles_and_nobody_else_is_asked(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("memory", SINGLE) as review:
        add_records(review, act, range(2))
        cast_vote(review, act, "A", 1, "exclude")
        assert screening.waiting(review, "B", TA) == [(2, False)]
        assert flow.compute(review, "B").counts.records_excluded == 1
        assert "1 wait for you" in history.status(review, "B").stages[2].words


def test_an_unsure_vote_that_counts_as_inclusion_settles_at_once_and_an_open_one_does_not() -> None:
    rule = rule_named("liberal-accelerated")
    assert settle(Tally(unsure=1), rule).state is State.INCLUDED
    assert settle(Tally(unsure=1), replace(rule, unsure="open")).state is State.PENDING


def test_an_adjudicator_whose_own_votes_contradict_each_other_is_no_third_person(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    from reviewflow.workflow import deduplication  # noqa: PLC0415 only this test merges

    both = '\n[[team]]\nname = "C"\nroles = ["reviewer", "adjudicator"]\n'
    with fresh("memory", both) as review:
        add_records(review, act, range(2))
        cast_vote(review, act, "C", 1, "include")
        cast_vote(review, act, "C", 2, "exclude")
        for _ in range(2):
            cast_vote(review, act, "A", 1, "include")
            cast_vote(review, act, "B", 1, "exclude")
        deduplication.merge(review, act("L", "dedup merge"), 1, 2)
        decision = screening.Decision(1, Verdict.INCLUDE)
        with pytest.raises(StateError, match="C has voted on p1 and cannot adjudicate it"):
            adjudication.resolve(review, act("C", "screen resolve"), TA, [decision])
        assert adjudication.resolve(review, act("X", "screen resolve"), TA, [decision]).n_new == 1

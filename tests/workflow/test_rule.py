"""The rule of screening: how ballots become an outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import (
    CONFLICTS,
    Ballot,
    Outcome,
    Phase,
    Role,
    Rule,
    Stage,
    State,
    Tally,
    Verdict,
    settle,
    tally_of,
)
from reviewflow.errors import InputError
from reviewflow.storage.tables import table
from reviewflow.storage.votes import Vote, add_votes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Acting, Adding, Fresh

TA = Rule(Stage.TITLE_ABSTRACT)
FT = Rule(Stage.FULL_TEXT, unsure="open", reason_decides=True)
LIBERAL = Rule(Stage.TITLE_ABSTRACT, one_include_suffices=True)
NO_CHECK = Rule(Stage.TITLE_ABSTRACT, cross_check=False)
ALONE = Rule(Stage.TITLE_ABSTRACT, votes=1)
THREE = Rule(Stage.TITLE_ABSTRACT, votes=3)

TABLE = [
    # votes as i(nclude) e(xclude) u(nsure) a(waiting) o(ngoing), a capital where it is a second thought
    (TA, "", State.PENDING),
    (TA, "i", State.PENDING),
    (TA, "e", State.PENDING),
    (TA, "ii", State.INCLUDED),
    (TA, "ee", State.EXCLUDED),
    (TA, "iu", State.INCLUDED),
    (TA, "uu", State.INCLUDED),
    (TA, "ie", State.CROSS_CHECK),
    (TA, "ue", State.CROSS_CHECK),
    (TA, "Ie", State.CROSS_CHECK),
    (TA, "Ee", State.CROSS_CHECK),
    (TA, "IE", State.ADJUDICATION),
    (TA, "II", State.INCLUDED),
    (TA, "EE", State.EXCLUDED),
    (TA, "UE", State.ADJUDICATION),
    (LIBERAL, "ie", State.INCLUDED),
    (LIBERAL, "ue", State.INCLUDED),
    (LIBERAL, "i", State.PENDING),
    (LIBERAL, "ee", State.EXCLUDED),
    (NO_CHECK, "ie", State.ADJUDICATION),
    (NO_CHECK, "ii", State.INCLUDED),
    (ALONE, "i", State.INCLUDED),
    (ALONE, "e", State.EXCLUDED),
    (ALONE, "", State.PENDING),
    (THREE, "ii", State.PENDING),
    (THREE, "iii", State.INCLUDED),
    (THREE, "iie", State.CROSS_CHECK),
    (THREE, "IIe", State.CROSS_CHECK),
    (THREE, "IIE", State.ADJUDICATION),
    (FT, "ii", State.INCLUDED),
    (FT, "iu", State.CROSS_CHECK),
    (FT, "uu", State.CROSS_CHECK),
    (FT, "UU", State.ADJUDICATION),
    (FT, "ee", State.EXCLUDED),
    (FT, "aa", State.AWAITING),
    (FT, "oo", State.ONGOING),
    (FT, "ao", State.CROSS_CHECK),
    (FT, "AO", State.ADJUDICATION),
    (FT, "ia", State.CROSS_CHECK),
]
_LETTERS = dict(zip("ieuao", Verdict, strict=True))


def ballots(letters: str, reasons: str = "") -> list[Ballot]:
    cast = []
    for n, letter in enumerate(letters):
        verdict = _LETTERS[letter.lower()]
        phase = Phase.CROSS_CHECK if letter.isupper() else Phase.BLIND
        reason = (reasons[n] if reasons else "r") if verdict is Verdict.EXCLUDE else ""
        cast.append(Ballot(f"reviewer {n}", verdict, reason, phase))
    return cast


@pytest.mark.parametrize(("rule", "letters", "state"), TABLE)
def test_votes_settle_as_the_rule_says(rule: Rule, letters: str, state: State) -> None:
    assert settle(tally_of(ballots(letters)), rule).state is state


@pytest.mark.parametrize(
    ("letters", "reasons", "outcome"),
    [
        ("ee", "rr", Outcome(State.EXCLUDED, "r")),
        ("ee", "rs", Outcome(State.CROSS_CHECK)),
        ("EE", "rs", Outcome(State.ADJUDICATION)),
        ("EE", "ss", Outcome(State.EXCLUDED, "s")),
    ],
)
def test_exclusions_at_full_text_must_agree_on_the_reason(letters: str, reasons: str, outcome: Outcome) -> None:
    assert settle(tally_of(ballots(letters, reasons)), FT) == outcome


def test_exclusions_at_title_and_abstract_need_not_agree_on_a_reason() -> None:
    assert settle(tally_of(ballots("ee", "rs")), TA) == Outcome(State.EXCLUDED)


@pytest.mark.parametrize("verdict", [Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.AWAITING, Verdict.ONGOING])
def test_the_adjudicator_has_the_last_word_and_a_reason_only_for_an_exclusion(verdict: Verdict) -> None:
    settled = settle(Tally(included=1, excluded=1, adjudicated=verdict, adjudicated_reason="r"), FT)
    assert settled.state not in CONFLICTS
    assert settled.reason == ("r" if verdict is Verdict.EXCLUDE else "")


@pytest.mark.parametrize("votes", [0, 10, -1])
def test_a_number_of_votes_that_makes_no_sense_is_refused(votes: int) -> None:
    with pytest.raises(InputError, match="must be 1 to 9"):
        Rule(Stage.TITLE_ABSTRACT, votes=votes)


reasons = st.sampled_from(("", "wrong_design", "wrong-population", "R2"))
counts = st.integers(0, 9)
tallies = st.builds(
    Tally,
    included=counts,
    excluded=counts,
    unsure=counts,
    awaiting=counts,
    ongoing=counts,
    n_reasons=counts,
    reason=reasons,
    reconsidered=counts,
    adjudicated=st.sampled_from(("", *Verdict)).map(str),
    adjudicated_reason=reasons,
)
rules = st.builds(
    Rule,
    st.sampled_from(Stage),
    votes=st.integers(1, 3),
    cross_check=st.booleans(),
    one_include_suffices=st.booleans(),
    unsure=st.sampled_from(get_args(Rule.__annotations__["unsure"]) or ("include", "open")),
    reason_decides=st.booleans(),
)
cast_ballots = st.lists(
    st.builds(
        lambda verdict, reason, phase: Ballot("", verdict, reason if verdict is Verdict.EXCLUDE else "", phase),
        st.sampled_from(Verdict),
        reasons,
        st.sampled_from((Phase.BLIND, Phase.CROSS_CHECK)),
    ),
    max_size=4,
).map(lambda found: [Ballot(f"R{n}", b.verdict, b.reason, b.phase) for n, b in enumerate(found)])


@given(tallies)
def test_a_tally_reads_back_from_its_code(tally: Tally) -> None:
    expected = tally if tally.voters or tally.adjudicated else Tally()
    assert Tally.from_code(tally.code) == expected


@given(cast_ballots, rules)
def test_an_outcome_does_not_depend_on_the_order_of_the_votes(found: list[Ballot], rule: Rule) -> None:
    assert settle(tally_of(found), rule) == settle(tally_of(found[::-1]), rule)


@given(cast_ballots, rules)
def test_a_report_is_settled_only_by_enough_votes_and_a_reason_stands_only_with_an_exclusion(
    found: list[Ballot], rule: Rule
) -> None:
    settled = settle(tally_of(found), rule)
    assert (settled.state is State.PENDING) == (len(found) < rule.votes)
    assert not settled.reason or settled.state is State.EXCLUDED


@pytest.mark.parametrize("kind", ["memory", "postgresql"])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(cast_ballots, cast_ballots), min_size=5, max_size=20))
def test_the_database_tallies_as_the_domain_does(
    fresh: Fresh,
    acts: Callable[[], Acting],
    add_records: Adding,
    kind: str,
    of_records: list[tuple[list[Ballot], list[Ballot]]],
) -> None:
    act = acts()
    with fresh(kind) as review:
        records = add_records(review, act, range(len(of_records)))
        with review.change(act("L", "votes")) as entry:
            for record, both in zip(records, of_records, strict=True):
                for stage, cast in zip(Stage, both, strict=True):
                    rows = [Vote(record, stage, b.reviewer, Role.REVIEWER, b.phase, b.verdict, b.reason) for b in cast]
                    add_votes(entry, rows)
        with review.reading() as connection:
            report = table("report")
            stored = {row.id: (row.title_abstract, row.full_text) for row in connection.execute(report.select())}
    assert [stored[record] for record in records] == [
        tuple(tally_of(cast).code for cast in both) for both in of_records
    ]

"""Agreement is that of the first, blind votes, and tells nobody what is not to be known yet."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.agreement.compared import On
from reviewflow.domain.screening import Phase, Stage, Verdict
from reviewflow.errors import UsageError
from reviewflow.workflow import adjudication, history, screening
from reviewflow.workflow.agreement import OfPair, OfStage, agreement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

FIRST = Stage.TITLE_ABSTRACT
THIRD = '\n[[team]]\nname = "C"\nroles = ["reviewer"]\n'
THREE_VOTES = THIRD + "[screening.title_abstract]\nvotes = 3\n"
SHORT = {"i": Verdict.INCLUDE, "e": Verdict.EXCLUDE, "m": Verdict.UNSURE}


def vote_all(review: Review, act: Acting, votes: dict[str, str], stage: Stage = FIRST) -> None:
    """`{"A": "ie."}`: A includes the first report, excludes the second, and does not vote on the third."""
    for name, said in votes.items():
        decisions = [screening.Decision(i, SHORT[each]) for i, each in enumerate(said, 1) if each != "."]
        screening.vote(review, act(name, "screen"), stage, decisions)


def resolve(review: Review, act: Acting, *reports: int) -> None:
    decisions = [screening.Decision(report, Verdict.INCLUDE) for report in reports]
    adjudication.resolve(review, act("X", "screen resolve"), FIRST, decisions)


def at(review: Review, viewer: str, stage: Stage = FIRST, phase: Phase = Phase.BLIND) -> OfStage:
    (found,) = agreement(review, viewer, stage, phase=phase)
    return found


def of_pair(review: Review, viewer: str, stage: Stage = FIRST, phase: Phase = Phase.BLIND) -> OfPair:
    return at(review, viewer, stage, phase).pairs[0]


def counts(of: OfPair) -> dict[On, tuple[tuple[int, ...], ...]]:
    return {each.on: each.agreement.table.counts for each in of.comparisons}


def test_the_first_votes_count_and_not_those_of_the_cross_check(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(4))
    vote_all(review, act, {"A": "iiee", "B": "ieee"})
    vote_all(review, act, {"A": ".i", "B": ".i"})
    blind, after = of_pair(review, "A"), of_pair(review, "A", phase=Phase.CROSS_CHECK)
    assert counts(blind) == {On.DECISION: ((1, 1), (0, 2))}
    assert counts(after) == {On.DECISION: ((2, 0), (0, 2))}
    assert [(each.report, each.verdicts) for each in blind.disagreements] == [(2, ("include", "exclude"))]
    assert after.disagreements == ()
    assert blind.sentence.startswith("Two reviewers agreed on 3 of 4 records (75.0 %; Cohen's kappa 0.50, 95 % CI ")


def test_a_slip_that_was_replaced_while_nobody_could_see_it_does_not_count(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    cast_vote(review, act, "A", 1, "exclude")
    cast_vote(review, act, "A", 1, "include", revise=True)
    cast_vote(review, act, "B", 1, "include")
    assert counts(of_pair(review, "A")) == {On.DECISION: ((1, 0), (0, 0))}


def test_a_vote_cast_after_the_others_could_be_seen_leaves_the_report_out_and_is_counted(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(3))
    vote_all(review, act, {"A": "ie", "B": "ii"})
    history.undo(review, act("A", "undo"))
    vote_all(review, act, {"A": "iii"})
    vote_all(review, act, {"B": "iii"})
    found = of_pair(review, "B")
    assert (found.n, found.n_not_blind) == (1, 2)
    assert of_pair(review, "B", phase=Phase.CROSS_CHECK).n == 3


def test_reports_that_are_not_open_to_the_viewer_are_left_out_and_counted(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(5))
    vote_all(review, act, {"A": "ie.ii", "B": "iee"})
    screening.remove(review, act("L", "remove"), [5], "a letter")
    found = at(review, "A")
    assert (found.n_reports, found.n_left_out, found.pairs[0].n) == (4, 2, 2)


def test_at_the_cross_check_the_decision_that_follows_from_the_own_vote_counts_and_the_others_verdict_is_not_shown(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(4))
    vote_all(review, act, {"A": "ieem", "B": "imei"})
    found = of_pair(review, "A")
    assert counts(found) == {On.DECISION: ((2, 0), (1, 1))}
    assert [(each.report, each.verdicts) for each in found.disagreements] == [(2, ("exclude", ""))]
    assert (found.n_agreed, found.n_waiting) == (3, 0)


def test_others_than_the_two_wait_for_the_coefficients_until_the_conflict_is_resolved(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(3))
    vote_all(review, act, {"A": "iee", "B": "iem"})
    waiting = [of_pair(review, viewer) for viewer in ("X", "L", "")]
    vote_all(review, act, {"A": "..e", "B": "..i"})
    waiting += [of_pair(review, viewer) for viewer in ("X", "L", "")]
    for found in waiting:
        assert (found.n, found.n_agreed, found.n_waiting, found.comparisons) == (3, 2, 1, ())
        assert [each.verdicts for each in found.disagreements] == [("", "")]
    # The two themselves have both gone over it again, so each may know what the other said first.
    assert [each.verdicts for each in of_pair(review, "A").disagreements] == [("exclude", "unsure")]
    resolve(review, act, 3)
    found = of_pair(review, "X")
    assert counts(found) == {On.DECISION: ((1, 0), (1, 1)), On.VERDICT: ((1, 0, 0), (0, 1, 1), (0, 0, 0))}
    assert [each.verdicts for each in found.disagreements] == [("exclude", "unsure")]


@pytest.mark.parametrize("viewer", ["A", "X", ""])
def test_at_the_cross_check_nobody_else_learns_which_verdict_it_is(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding, viewer: str
) -> None:
    seen = []
    for said in ("m", "i"):
        with fresh("memory") as review:
            act = acts()
            add_records(review, act, range(3))
            vote_all(review, act, {"A": "iee", "B": f"ie{said}"})
            seen.append([agreement(review, viewer, phase=phase) for phase in (Phase.BLIND, Phase.CROSS_CHECK)])
    assert seen[0] == seen[1]


@pytest.mark.parametrize("thoughts", [{}, {"A": "..e", "B": "..i"}, {"A": "..i", "B": "..e"}])
def test_the_adjudicator_does_not_learn_whose_vote_is_whose(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding, thoughts: dict[str, str]
) -> None:
    seen = []
    for first, second in (("iee", "iei"), ("iei", "iee")):
        with fresh("memory") as review:
            act = acts()
            add_records(review, act, range(3))
            vote_all(review, act, {"A": first, "B": second})
            vote_all(review, act, thoughts)
            seen.append([agreement(review, "X", phase=phase) for phase in (Phase.BLIND, Phase.CROSS_CHECK)])
    assert seen[0] == seen[1]


def test_a_second_thought_of_one_does_not_tell_the_other_anything(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(3))
    vote_all(review, act, {"A": "iei", "B": "iee"})
    before = [agreement(review, "B", phase=phase) for phase in (Phase.BLIND, Phase.CROSS_CHECK)]
    vote_all(review, act, {"A": "..e"})
    assert [agreement(review, "B", phase=phase) for phase in (Phase.BLIND, Phase.CROSS_CHECK)] == before


def test_of_three_voters_in_conflict_no_two_are_told_of_until_it_is_resolved(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding
) -> None:
    seen = []
    for b, c in (("ii", "ie"), ("ie", "ii")):
        with fresh("memory", THREE_VOTES) as review:
            act = acts()
            add_records(review, act, range(2))
            vote_all(review, act, {"A": "ii", "B": b, "C": c})
            seen.append(agreement(review, "A", FIRST))
            for pair in seen[-1][0].pairs:
                assert (pair.n, pair.n_agreed, pair.n_waiting, pair.comparisons) == (2, None, 1, ())
            assert seen[-1][0].together is None
            vote_all(review, act, {"A": ".i", "B": "." + b[1], "C": "." + c[1]})
            seen.append(agreement(review, "A", FIRST))
            resolve(review, act, 2)
            together = at(review, "A").together
            assert together is not None
            assert (together.n, together.n_complete) == (2, 2)
    assert seen[:2] == seen[2:]


def test_pairs_and_all_together_are_told_of_where_two_of_three_screen_each_report(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding
) -> None:
    with fresh("memory", THIRD) as review:
        act = acts()
        add_records(review, act, range(6))
        vote_all(review, act, {"A": "iiee..", "B": "ii..ie", "C": "..eeie"})
        found = at(review, "L")
        told = {each.reviewers: (each.n, each.n_agreed) for each in found.pairs}
        assert told == {("A", "B"): (2, 2), ("A", "C"): (2, 2), ("B", "C"): (2, 2)}
        assert found.together is not None
        assert (found.together.n, found.together.n_complete, found.together.observed) == (6, 0, 1)
        # A has not voted on the last two: their votes are nothing to A.
        assert [each.n for each in at(review, "A").pairs] == [2, 2, 0]
        (only,) = agreement(review, "L", FIRST, ("C", "A"))
        assert [each.reviewers for each in only.pairs] == [("C", "A")]
        assert only.together is None


def full_texts(review: Review, act: Acting, add_records: Adding, said: dict[str, Sequence[str]]) -> None:
    """Full texts on which people say "include", "unsure", or give a reason to exclude."""
    n = len(said["A"])
    add_records(review, act, range(n))
    vote_all(review, act, {"A": "i" * n, "B": "i" * n})
    for name, words in said.items():
        decisions = [
            screening.Decision(i, Verdict(word))
            if word in set(Verdict)
            else screening.Decision(i, Verdict.EXCLUDE, word)
            for i, word in enumerate(words, 1)
        ]
        screening.vote(review, act(name, "screen"), Stage.FULL_TEXT, decisions)


def test_full_texts_are_compared_on_the_decision_and_on_the_reason_where_both_exclude(
    review: Review, act: Acting, add_records: Adding
) -> None:
    design, population = "wrong_design", "wrong_population"
    said: dict[str, Sequence[str]] = {
        "A": ["include", design, design, population, "awaiting_classification"],
        "B": ["include", design, population, population, "include"],
    }
    full_texts(review, act, add_records, said)
    waiting = of_pair(review, "A", Stage.FULL_TEXT)
    # A conflict at full text may be on the decision or on the reason: A may not know which.
    assert (waiting.n, waiting.n_agreed, waiting.n_waiting, waiting.comparisons) == (5, None, 2, ())
    assert [each.verdicts for each in waiting.disagreements] == [("exclude", ""), ("awaiting_classification", "")]
    for name in ("A", "B"):
        again = [screening.Decision(3, Verdict.EXCLUDE, design), screening.Decision(5, Verdict.INCLUDE)]
        screening.vote(review, act(name, "screen"), Stage.FULL_TEXT, again)
    found = of_pair(review, "B", Stage.FULL_TEXT)
    assert counts(found) == {
        On.DECISION: ((1, 0), (0, 3)),
        On.VERDICT: ((1, 0, 0), (0, 3, 0), (1, 0, 0)),
        On.REASON: ((1, 0), (1, 1)),
    }
    assert [each.agreement.table.categories for each in found.comparisons][2] == (population, design)
    assert [each.n_undecided for each in found.comparisons] == [1, 0, 0]
    assert [(each.report, each.reasons) for each in found.disagreements] == [(3, (design, population)), (5, ("", ""))]
    assert found.n_agreed == 4
    # Where the decision leaves reports out, the sentence is on all of them.
    assert found.sentence.startswith("Two reviewers agreed on 4 of 5 reports (80.0 %; ")


def test_a_full_text_counts_only_while_title_and_abstract_settle_on_inclusion(
    review: Review, act: Acting, add_records: Adding
) -> None:
    full_texts(review, act, add_records, {"A": ["include", "include"], "B": ["include", "include"]})
    assert at(review, "A", Stage.FULL_TEXT).n_reports == 2
    add_records(review, act, [7])
    assert [(each.stage, each.n_reports) for each in agreement(review, "A")] == [(FIRST, 3), (Stage.FULL_TEXT, 2)]


def test_unsure_is_a_verdict_of_its_own_where_the_rule_leaves_it_open(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding
) -> None:
    with fresh("memory", '\n[screening.title_abstract]\nunsure = "open"\ncross_check = false\n') as review:
        act = acts()
        add_records(review, act, range(3))
        vote_all(review, act, {"A": "imm", "B": "iim"})
        found = of_pair(review, "A")
        assert counts(found) == {On.DECISION: ((1, 0), (0, 0)), On.VERDICT: ((1, 0, 0), (0, 0, 0), (1, 0, 1))}
        assert (found.n_agreed, [each.report for each in found.disagreements]) == (2, [2])
        assert of_pair(review, "X").n_agreed is None


def test_a_review_without_votes_has_nothing_to_compare(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(2))
    found = at(review, "A")
    assert (found.n_left_out, found.pairs[0].n, found.pairs[0].comparisons, found.pairs[0].sentence) == (2, 0, (), "")


def test_what_is_asked_wrongly_is_refused(review: Review) -> None:
    wrong = {
        ("A",): "names no two reviewers",
        ("A", "A"): "names no two reviewers",
        ("A", "X"): "X does not screen",
        ("A", "Q"): "Q is not in the team",
    }
    for pair, words in wrong.items():
        with pytest.raises(UsageError, match=words):
            agreement(review, "", pair=pair)
    with pytest.raises(UsageError, match="one person's"):
        agreement(review, "", phase=Phase.ADJUDICATION)
    assert asdict(at(review, ""))["pairs"]

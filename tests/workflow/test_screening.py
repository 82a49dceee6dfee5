from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from reviewflow.domain.screening import Stage, State, Verdict
from reviewflow.errors import InputError, StateError, UsageError
from reviewflow.storage.retrieval import retrievals
from reviewflow.workflow import adjudication, decision_files, deduplication, flow, history, retrieval, screening
from reviewflow.workflow.screening import Decision

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review

    Cast: TypeAlias = Callable[..., screening.Cast]
    from tests.conftest import Acting, Adding, Fresh, Voting

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


@pytest.fixture
def vote(review: Review, act: Acting, cast_vote: Voting) -> Cast:
    """`vote("A", 1, "include")` in the review of the test."""

    def cast(name: str, record: int, verdict: str, reason: str = "", **more: object) -> screening.Cast:
        return cast_vote(review, act, name, record, verdict, reason, **more)

    return cast


@pytest.fixture
def records(review: Review, act: Acting, add_records: Adding) -> list[int]:
    """Four records, 1 to 4."""
    return add_records(review, act, range(4))


def waiting(review: Review, name: str, stage: Stage = TA) -> list[int]:
    return [each.report for each in screening.to_screen(review, name, stage)]


def n_screened(review: Review) -> tuple[int | None, int | None, int]:
    """Included and excluded at title and abstract, and open conflicts."""
    counts = flow.compute(review).counts
    return counts.dbr_sought_reports, counts.records_excluded, counts.open_conflicts


@pytest.mark.usefixtures("records")
def test_only_reviewers_of_the_team_vote(vote: Cast) -> None:
    for name in ("Q", "X", "L"):
        with pytest.raises(UsageError) as refused:
            vote(name, 1, "include")
        assert refused.value.exit_code == 2
        assert name in refused.value.what


@pytest.mark.usefixtures("records")
def test_two_votes_that_agree_settle_a_report(review: Review, vote: Cast) -> None:
    for name in ("A", "B"):
        vote(name, 1, "include")
        vote(name, 2, "exclude")
    assert n_screened(review) == (1, 1, 0)
    assert waiting(review, "A") == waiting(review, "B") == [3, 4]
    with pytest.raises(StateError, match="is settled"):
        vote("A", 1, "exclude")


@pytest.mark.usefixtures("records")
def test_the_same_vote_again_writes_nothing_and_another_one_needs_to_be_a_revision(review: Review, vote: Cast) -> None:
    assert vote("A", 1, "include") == screening.Cast(1, 0)
    n = len(history.log(review, "A"))
    assert vote("A", 1, "include") == screening.Cast(0, 1)
    assert len(history.log(review, "A")) == n
    with pytest.raises(StateError, match="has voted on p1 already: include"):
        vote("A", 1, "exclude")
    assert vote("A", 1, "exclude", revise=True) == screening.Cast(1, 0)
    vote("B", 1, "exclude")
    assert n_screened(review) == (0, 1, 0)


@pytest.mark.usefixtures("records")
def test_votes_are_cast_all_together_or_not_at_all(review: Review, act: Acting) -> None:
    wrong = [Decision(1, Verdict.INCLUDE), Decision(99, Verdict.INCLUDE, where="line 3 of votes.csv")]
    with pytest.raises(InputError, match=r"no record r99 in this review \(line 3 of votes.csv\)"):
        screening.vote(review, act("A", "screen import"), TA, wrong)
    assert screening.own_votes(review, "A", TA) == []


@pytest.mark.usefixtures("records")
def test_one_report_cannot_be_given_two_verdicts_at_once(review: Review, act: Acting) -> None:
    deduplication.merge(review, act("L", "dedup merge"), 1, 2)
    both = [Decision(1, Verdict.INCLUDE), Decision(2, Verdict.EXCLUDE)]
    with pytest.raises(InputError, match="are records of one report"):
        screening.vote(review, act("A", "screen import"), TA, both)
    same = [Decision(1, Verdict.INCLUDE), Decision(2, Verdict.INCLUDE)]
    assert screening.vote(review, act("A", "screen import"), TA, same) == screening.Cast(1, 0)


@pytest.mark.usefixtures("records")
def test_a_vote_on_a_duplicate_counts_for_the_report(review: Review, act: Acting, vote: Cast) -> None:
    deduplication.merge(review, act("L", "dedup merge"), 1, 3)
    vote("A", 3, "include")
    vote("B", 1, "include")
    assert n_screened(review) == (1, 0, 0)
    assert waiting(review, "A") == [2, 4]
    with pytest.raises(StateError, match="p1"):
        vote("A", 1, "exclude")


@pytest.mark.usefixtures("records")
def test_merging_two_verdicts_of_one_reviewer_opens_the_report_for_that_reviewer_only(
    review: Review, act: Acting, vote: Cast
) -> None:
    vote("A", 1, "include")
    vote("A", 2, "exclude")
    vote("B", 3, "include")
    deduplication.merge(review, act("L", "dedup merge"), 1, 2)
    deduplication.merge(review, act("L", "dedup merge"), 1, 3)
    assert waiting(review, "A") == [1, 4]
    assert waiting(review, "B") == [4]
    assert history.contradictions(review, "A") == [(1, TA, "A")]
    assert n_screened(review) == (0, 0, 0)
    vote("A", 2, "include")
    assert history.contradictions(review, "A") == []
    assert n_screened(review) == (1, 0, 0)
    assert waiting(review, "A") == [4]


@pytest.mark.usefixtures("records")
def test_a_second_vote_of_a_reviewer_who_has_seen_the_others_is_for_the_other_to_confirm(
    review: Review, act: Acting, vote: Cast
) -> None:
    for name in ("A", "B"):
        vote(name, 1, "include")
    vote("A", 2, "exclude")
    deduplication.merge(review, act("L", "dedup merge"), 1, 2)
    vote("A", 1, "include")
    assert (waiting(review, "A"), waiting(review, "B")) == ([3, 4], [3, 4, 1])
    vote("B", 1, "include")
    assert n_screened(review) == (1, 0, 0)


@pytest.mark.usefixtures("records")
def test_a_split_gives_each_part_its_own_votes_back(review: Review, act: Acting, vote: Cast) -> None:
    for name in ("A", "B"):
        vote(name, 1, "include")
        vote(name, 2, "exclude")
    before = n_screened(review)
    deduplication.merge(review, act("L", "dedup merge"), 1, 2)
    assert n_screened(review) == (0, 0, 0)
    deduplication.split(review, act("L", "dedup split"), [2])
    assert n_screened(review) == before == (1, 1, 0)


@pytest.mark.usefixtures("records")
def test_a_vote_on_a_merged_report_stands_for_both_parts_that_bore_one(review: Review, act: Acting, vote: Cast) -> None:
    vote("A", 1, "include")
    vote("A", 2, "exclude")
    deduplication.merge(review, act("L", "dedup merge"), 1, 2)
    vote("A", 1, "include")
    deduplication.split(review, act("L", "dedup split"), [2])
    votes = {report: vote_.verdict for report, vote_ in screening.own_votes(review, "A", TA)}
    assert votes == {1: Verdict.INCLUDE, 2: Verdict.INCLUDE}


@pytest.mark.usefixtures("records")
def test_a_full_text_is_voted_on_only_where_title_and_abstract_settled_on_inclusion(review: Review, vote: Cast) -> None:
    for verdicts in ({}, {"A": "include"}, {"B": "exclude"}):
        for name, verdict in verdicts.items():
            vote(name, 1, verdict)
        with pytest.raises(StateError, match="is not sought"):
            vote("A", 1, "include", stage=FT)
    assert waiting(review, "A", FT) == []


@pytest.mark.usefixtures("records")
def test_full_text_votes_count_only_while_title_and_abstract_include(review: Review, act: Acting, vote: Cast) -> None:
    for stage in Stage:
        for name in ("A", "B"):
            vote(name, 1, "include", stage=stage)
    assert flow.compute(review).counts.new_reports == 1
    history.undo(review, act("B", "undo"), "1")
    counts = flow.compute(review).counts
    assert (counts.new_reports, counts.dbr_sought_reports) == (0, 0)
    history.undo(review, act("B", "undo"), "3")
    assert flow.compute(review).counts.new_reports == 1


@pytest.mark.usefixtures("records")
def test_an_exclusion_at_full_text_needs_a_reason_of_the_protocol(vote: Cast) -> None:
    for name in ("A", "B"):
        vote(name, 1, "include")
    for reason, words in (("", "needs its primary reason"), ("boring", "is no exclusion reason")):
        with pytest.raises(InputError, match=words):
            vote("A", 1, "exclude", reason, stage=FT)
    with pytest.raises(InputError, match="a reason goes with exclude"):
        vote("A", 1, "include", "wrong_design", stage=FT)
    with pytest.raises(InputError, match="on full texts only"):
        vote("A", 1, "ongoing")


@pytest.mark.usefixtures("records")
def test_awaiting_and_ongoing_and_reasons_are_shown_by_the_flow(review: Review, vote: Cast) -> None:
    verdicts = {1: "awaiting_classification", 2: "ongoing", 3: "exclude", 4: "include"}
    for record, verdict in verdicts.items():
        for name in ("A", "B"):
            vote(name, record, "include")
        for name in ("A", "B"):
            vote(name, record, verdict, "wrong_design" if verdict == "exclude" else "", stage=FT)
    counts = flow.compute(review).counts
    assert (counts.awaiting_classification, counts.ongoing, counts.new_reports) == (1, 1, 1)
    assert counts.dbr_excluded == {"wrong study design": 1}


@pytest.mark.usefixtures("records")
def test_different_reasons_at_full_text_are_a_conflict(review: Review, act: Acting, vote: Cast) -> None:
    for name in ("A", "B"):
        vote(name, 1, "include")
    for _ in range(2):
        vote("A", 1, "exclude", "wrong_design", stage=FT)
        vote("B", 1, "exclude", "wrong_population", stage=FT)
    assert [each.state for each in adjudication.conflicts(review, "X", FT)] == [State.ADJUDICATION]
    adjudication.resolve(review, act("X", "resolve"), FT, [Decision(1, Verdict.EXCLUDE, "wrong_population")])
    assert flow.compute(review).counts.dbr_excluded == {"wrong population": 1}


@pytest.mark.usefixtures("records")
def test_what_was_not_retrieved_is_not_assessed(review: Review, act: Acting, vote: Cast) -> None:
    for record in (1, 2):
        for name in ("A", "B"):
            vote(name, record, "include")
    with pytest.raises(UsageError, match="needs to say why"):
        retrieval.note_step(review, act("A", "fulltext"), [1], "not_retrieved")
    retrieval.note_step(review, act("A", "fulltext"), [1], "not_retrieved", "no answer from the authors")
    assert waiting(review, "A", FT) == [2]
    with pytest.raises(StateError, match="was not retrieved"):
        vote("A", 1, "include", stage=FT)
    counts = flow.compute(review).counts
    assert (counts.dbr_sought_reports, counts.dbr_notretrieved_reports, counts.dbr_assessed) == (2, 1, 1)
    vote("A", 2, "include", stage=FT)
    with pytest.raises(StateError, match="has votes on its full text"):
        retrieval.note_step(review, act("A", "fulltext"), [2], "not_retrieved", "lost")


@pytest.mark.usefixtures("records")
def test_a_full_text_that_is_not_sought_cannot_be_retrieved(review: Review, act: Acting, vote: Cast) -> None:
    vote("A", 1, "include")
    with pytest.raises(StateError, match="is not sought"):
        retrieval.note_step(review, act("A", "fulltext"), [1], "retrieved")


@pytest.mark.usefixtures("records")
def test_the_latest_step_of_a_retrieval_counts(review: Review, act: Acting, vote: Cast) -> None:
    for name in ("A", "B"):
        vote(name, 1, "include")
    retrieval.note_step(review, act("A", "fulltext"), [1], "not_retrieved", "no answer")
    retrieval.note_step(review, act("A", "fulltext"), [1], "retrieved")
    assert retrieval.note_step(review, act("A", "fulltext"), [1], "retrieved") == 0
    assert waiting(review, "A", FT) == [1]
    assert flow.compute(review).counts.dbr_notretrieved_reports == 0
    history.undo(review, act("A", "undo"))
    assert flow.compute(review).counts.dbr_notretrieved_reports == 1


@pytest.mark.usefixtures("records")
def test_a_full_text_is_kept_under_its_hash(review: Review, act: Acting, vote: Cast) -> None:
    for name in ("A", "B"):
        vote(name, 1, "include")
    retrieval.note_step(review, act("A", "fulltext"), [1], "retrieved", attachment=("trial.pdf", b"%PDF-1.7"))
    (sought,) = retrieval.sought(review, "A")
    assert (sought.state, sought.name) == ("retrieved", "trial.pdf")
    with review.reading() as connection:
        step = retrievals(connection)[1]
    assert review.blobs.read(step.sha256) == b"%PDF-1.7"


@pytest.mark.usefixtures("records")
def test_a_conflict_is_resolved_by_an_adjudicator_after_the_cross_check(
    review: Review, act: Acting, vote: Cast
) -> None:
    vote("A", 1, "include")
    with pytest.raises(StateError, match="is not in conflict"):
        adjudication.resolve(review, act("X", "resolve"), TA, [Decision(1, Verdict.INCLUDE)])
    vote("B", 1, "exclude")
    with pytest.raises(StateError, match="is at the cross-check"):
        adjudication.resolve(review, act("X", "resolve"), TA, [Decision(1, Verdict.INCLUDE)])
    assert [each.reconsider for each in screening.to_screen(review, "A", TA) if each.report == 1] == [True]
    vote("A", 1, "include")
    vote("B", 1, "exclude")
    with pytest.raises(UsageError, match="is no adjudicator"):
        adjudication.resolve(review, act("A", "resolve"), TA, [Decision(1, Verdict.INCLUDE)])
    with pytest.raises(InputError, match="unsure does not"):
        adjudication.resolve(review, act("X", "resolve"), TA, [Decision(1, Verdict.UNSURE)])
    with pytest.raises(StateError, match="waits for the adjudicator"):
        vote("A", 1, "exclude")
    adjudication.resolve(review, act("X", "resolve"), TA, [Decision(1, Verdict.INCLUDE)])
    assert n_screened(review) == (1, 0, 0)


@pytest.mark.usefixtures("records")
def test_agreement_at_the_cross_check_settles_without_an_adjudicator(review: Review, vote: Cast) -> None:
    vote("A", 1, "include")
    vote("B", 1, "exclude")
    vote("A", 1, "exclude")
    vote("B", 1, "exclude")
    assert n_screened(review) == (0, 1, 0)


def test_the_adjudicator_is_a_third_person(fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting) -> None:
    with fresh("memory", '\n[[team]]\nname = "Y"\nroles = ["reviewer", "adjudicator"]\n') as review:
        add_records(review, act, range(2))
        for _ in range(2):
            cast_vote(review, act, "A", 1, "include")
            cast_vote(review, act, "Y", 1, "exclude")
        with pytest.raises(StateError, match="Y has voted on p1 and cannot adjudicate it"):
            adjudication.resolve(review, act("Y", "resolve"), TA, [Decision(1, Verdict.EXCLUDE)])
        adjudication.resolve(review, act("X", "resolve"), TA, [Decision(1, Verdict.EXCLUDE)])
        assert [each.report for each in adjudication.conflicts(review, "Y")] == []


@pytest.mark.usefixtures("records")
def test_what_was_removed_before_screening_is_neither_screened_nor_voted_on(
    review: Review, act: Acting, vote: Cast
) -> None:
    screening.remove(review, act("L", "remove"), [2], "marked by a tool", automatic=True)
    assert waiting(review, "A") == [1, 3, 4]
    with pytest.raises(StateError, match="was removed before screening"):
        vote("A", 2, "include")
    counts = flow.compute(review).counts
    assert (counts.excluded_automatic, counts.records_screened) == (1, 3)
    history.undo(review, act("L", "undo"))
    assert waiting(review, "A") == [1, 2, 3, 4]


@pytest.mark.usefixtures("records")
def test_own_votes_go_out_as_a_table_and_come_in_again(review: Review, act: Acting, vote: Cast) -> None:
    vote("A", 1, "include")
    vote("A", 2, "exclude", "wrong_design", note='says "no"; twice')
    vote("B", 3, "include")
    text, n = decision_files.write(review, "A")
    assert n == 2
    found = decision_files.read(review, "votes.csv", text)
    assert screening.vote(review, act("A", "screen import"), TA, found[TA]) == screening.Cast(0, 2)
    assert screening.vote(review, act("B", "screen import"), TA, found[TA]) == screening.Cast(2, 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("record,verdict\n", "holds no decision"),
        ("record\nr1\n", "lacks the column 'verdict'"),
        ("record,verdict\nr1,include\nr2,perhaps\n", "votes.csv, line 3, column verdict: 'perhaps' is no verdict"),
        ("record,verdict\nr1,include\n17,include\n", "votes.csv, line 3, column record: '17' is no id"),
        (
            "source,accession,verdict\nPubMed,ACC000000,include\nPubMed,none,include\n",
            "votes.csv, line 3: no record of",
        ),
        ("record,stage,verdict\nr1,abstract,include\n", "votes.csv, line 2, column stage: 'abstract' is no stage"),
    ],
)
@pytest.mark.usefixtures("records")
def test_a_table_of_votes_that_cannot_be_understood_is_refused_by_its_line(
    review: Review, text: str, words: str
) -> None:
    with pytest.raises(InputError, match=r"votes\.csv") as refused:
        decision_files.read(review, "votes.csv", text, None if "stage" in text else TA)
    assert words in refused.value.what


@pytest.mark.usefixtures("records", "short_fields")
def test_a_quotation_mark_that_is_not_closed_is_refused_by_its_line(review: Review) -> None:
    with pytest.raises(InputError, match=r"votes\.csv, line 3: field larger than field limit"):
        decision_files.read(review, "votes.csv", 'record,verdict\nr1,include\nr2,"' + "x" * 2000, TA)


@pytest.mark.usefixtures("records")
def test_a_note_with_a_nul_is_kept_without_it(review: Review, vote: Cast) -> None:
    vote("A", 1, "include", note="fi\0ts")
    assert [vote_.note for _, vote_ in screening.own_votes(review, "A", TA)] == ["fits"]

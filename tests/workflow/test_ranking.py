from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.errors import ReviewflowError, UsageError
from reviewflow.storage import rankings
from reviewflow.workflow import deduplication, history, identification, ranking, screening
from reviewflow.workflow.check import check
from tests.workflow.copies import give

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

STAGE = Stage.TITLE_ABSTRACT
N = 10


def order(review: Review, name: str) -> ranking.Order:
    """The order of a reviewer, with the texts read anew."""
    ranked = ranking.Ranked(review, name)
    ranked.read()
    return ranked.order()


def waiting(review: Review, name: str) -> list[int]:
    """What waits for a reviewer in the order without a model."""
    return [report for report, _ in ranking.waiting(review, name, STAGE)]


def test_without_a_choice_the_order_is_that_of_the_records(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(N))
    assert ranking.chosen(review, "A") == ranking.Ranking("A")
    assert waiting(review, "A") == list(range(1, N + 1))
    assert not order(review, "A").is_ranked


def test_the_model_its_version_its_libraries_and_the_seed_are_in_the_ledger(review: Review, act: Acting) -> None:
    chosen, is_new = ranking.choose(review, act("A", "screen rank"), model="rf1", seed=7)
    assert is_new
    assert (chosen.model, chosen.version, chosen.seed) == ("rf1", 1, 7)
    assert f"scipy {version('scipy')}" in chosen.library
    assert ranking.chosen(review, "A") == chosen
    assert ranking.choose(review, act("A", "screen rank")) == (chosen, False)
    (line,) = history.log(review, "A")
    assert "ranked by rf1 version 1 (seed 7; scipy" in line.words
    off, _ = ranking.choose(review, act("A", "screen rank"), model="")
    assert (off.model, off.version, off.library) == ("", 0, "")
    history.undo(review, act("A", "undo"))
    assert ranking.chosen(review, "A") == chosen
    assert ranking.chosen(review, "B").model == ""


def test_what_was_chosen_is_written_anew_when_the_program_computes_it_otherwise(
    review: Review, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = ranking.choose(review, act("A", "screen rank"), model="elas_u4")
    assert ranking.keep_current(review, act("A", "screen rank"), STAGE) == before
    monkeypatch.setattr(ranking, "version", lambda name: f"0.0 of {name}")
    assert ranking.keep_current(review, act("A", "screen rank"), Stage.FULL_TEXT) == before
    after = ranking.keep_current(review, act("A", "screen rank"), STAGE)
    assert after.library.startswith("scipy 0.0 of scipy")
    assert (after.model, after.seed) == (before.model, before.seed)
    assert ranking.chosen(review, "A") == after


@pytest.mark.parametrize(("model", "otherwise"), [("svm", None), (None, "title")])
def test_a_model_or_an_order_that_there_is_not_is_refused(
    review: Review, act: Acting, model: str | None, otherwise: str | None
) -> None:
    with pytest.raises(UsageError):
        ranking.choose(review, act("A", "screen rank"), model=model, otherwise=otherwise)
    assert history.log(review, "A") == []


def test_who_does_not_screen_has_no_order(review: Review, act: Acting) -> None:
    with pytest.raises(UsageError, match="does not screen"):
        ranking.choose(review, act("L", "screen rank"), model="rf1")


def test_a_random_order_is_another_for_each_reviewer_and_seed_and_keeps_when_records_are_added(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(N))
    seen = []
    for name, seed in (("A", 1), ("A", 2), ("B", 1)):
        ranking.choose(review, act(name, "screen rank"), otherwise="random", seed=seed)
        seen.append(tuple(waiting(review, name)))
        assert sorted(seen[-1]) == list(range(1, N + 1))
    assert len(set(seen)) == 3
    add_records(review, act, range(N, 2 * N), source="Embase")
    assert [report for report in waiting(review, "B") if report <= N] == list(seen[-1])


def test_the_latest_year_comes_first_and_no_year_last(review: Review, act: Acting) -> None:
    years = {1: 1999, 2: None, 3: 2020, 4: 2020}
    entries = (
        f"TY  - JOUR\nTI  - Number {n}\n" + (f"PY  - {year}\n" if year else "") + "ER  - \n"
        for n, year in years.items()
    )
    content = "\n".join(entries).encode()
    identification.import_file(review, act("L", "import"), "years.ris", content, source="PubMed")
    ranking.choose(review, act("A", "screen rank"), otherwise="year")
    assert waiting(review, "A") == [3, 4, 1, 2]


def test_nothing_is_ranked_before_one_is_included_and_one_excluded(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(N))
    ranking.choose(review, act("A", "screen rank"), model="rf1", otherwise="random")
    assert not order(review, "A").is_ranked
    without = waiting(review, "A")
    cast_vote(review, act, "A", 1, "unsure")
    found = order(review, "A")
    assert (found.is_ranked, list(found.reports)) == (False, [report for report in without if report != 1])
    cast_vote(review, act, "A", 2, "exclude")
    found = order(review, "A")
    assert (found.is_ranked, found.n_labels) == (True, 2)
    assert sorted(found.reports) == list(range(3, N + 1))
    history.undo(review, act("A", "undo"))
    assert not order(review, "A").is_ranked


def test_a_session_sees_new_votes_and_records_and_gives_the_order_that_a_fresh_one_gives(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(N))
    ranking.choose(review, act("A", "screen rank"), model="rf1")
    ranked = ranking.Ranked(review, "A")
    ranked.read()
    for record, verdict in ((1, "include"), (2, "exclude"), (5, "include"), (7, "exclude")):
        cast_vote(review, act, "A", record, verdict)
        assert ranked.order() == order(review, "A")
    deduplication.merge(review, act("L", "dedup merge"), 3, 4)
    assert 4 not in ranked.order().reports
    add_records(review, act, range(N, N + 2), source="Embase")
    # What came after the texts were read comes last, until they are read anew.
    assert list(ranked.order().reports)[-2:] == [N + 1, N + 2]


def test_a_report_on_which_the_own_votes_differ_since_a_merge_teaches_nothing(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(N))
    ranking.choose(review, act("A", "screen rank"), model="rf1")
    for record, verdict in ((1, "include"), (2, "exclude"), (3, "include"), (4, "exclude")):
        cast_vote(review, act, "A", record, verdict)
    deduplication.merge(review, act("L", "dedup merge"), 3, 4)
    found = order(review, "A")
    assert found.n_labels == 2
    assert 3 in found.reports


def test_disagreements_to_reconsider_stay_at_the_end(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(4))
    cast_vote(review, act, "A", 1, "include")
    cast_vote(review, act, "B", 1, "exclude")
    for otherwise in ranking.ORDERS:
        ranking.choose(review, act("A", "screen rank"), otherwise=otherwise)
        assert ranking.waiting(review, "A", STAGE)[-1] == (1, True)


def test_what_is_listed_is_in_the_order_of_the_model(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(N))
    ranking.choose(review, act("A", "screen rank"), model="rf1")
    cast_vote(review, act, "A", 1, "include")
    cast_vote(review, act, "A", 2, "exclude")
    n, shown = ranking.each_to_screen(review, "A", STAGE, learns=False)
    assert (n, [each.report for each in shown]) == (N - 2, list(order(review, "A").reports))
    n, each_ = ranking.each_to_screen(review, "A", STAGE, learns=True)
    given_ = []
    for each in each_:
        expected = next(report for report in order(review, "A").reports if report not in given_)
        given_.append(each.report)
        assert each.report == expected
        if len(given_) % 2:  # the others are skipped
            cast_vote(review, act, "A", each.report, "exclude")
    assert len(given_) == n


VOTES = st.lists(st.tuples(st.integers(1, N), st.sampled_from(["include", "exclude", "unsure", "undo"])), max_size=8)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mine=VOTES, theirs=VOTES, others=VOTES)
def test_votes_of_another_that_are_not_settled_leave_the_order_alone(
    fresh: Fresh,
    acts: Callable[[], Acting],
    add_records: Adding,
    mine: list[tuple[int, str]],
    theirs: list[tuple[int, str]],
    others: list[tuple[int, str]],
) -> None:
    more = '\n[[team]]\nname = "C"\nroles = ["reviewer"]\n[screening.title_abstract]\nvotes = 3\n'
    found = []
    for hidden in (theirs, others):
        act = acts()
        with fresh("memory", more) as review:  # three votes are needed, so that B's are never to be seen
            add_records(review, act, range(N))
            for name in ("A", "B"):
                ranking.choose(review, act(name, "screen rank"), model="rf1", otherwise="random")
            for n in range(max(len(mine), len(hidden))):
                for name, steps in (("B", hidden), ("A", mine)):
                    if n < len(steps):
                        _take(review, act, name, *steps[n])
            ranked = order(review, "A")
            found.append((list(ranked.reports), ranked.n_labels, ranked.is_ranked, waiting(review, "A")))
    assert found[0] == found[1]


def _take(review: Review, act: Acting, name: str, record: int, verdict: str) -> None:
    try:
        if verdict == "undo":
            history.undo(review, act(name, "undo"))
        else:
            decision = screening.Decision(record, Verdict(verdict))
            screening.vote(review, act(name, "screen vote"), STAGE, [decision], revise=True)
    except ReviewflowError:
        return


def test_a_choice_travels_to_another_copy_and_the_later_one_counts(two: tuple[Review, Review], act: Acting) -> None:
    one, other = two
    ranking.choose(one, act("A", "screen rank"), model="rf1", otherwise="year")
    give(one, other)
    assert ranking.chosen(other, "A") == ranking.chosen(one, "A")
    ranking.choose(other, act("A", "screen rank"), model="")
    give(other, one)
    assert ranking.chosen(one, "A") == ranking.Ranking("A", otherwise="year")
    assert not [finding for finding in check(one).findings if finding.level == "error"]


def test_the_methods_sentence_names_the_model_and_that_people_decided(review: Review, act: Acting) -> None:
    chosen, _ = ranking.choose(review, act("A", "screen rank"), model="elas_u4")
    for words in ("elas_u4 version 1", "seed 1", "class weight ratio 9.8", "every decision was made by a person"):
        assert words in ranking.methods(chosen)
    assert ranking.methods(ranking.Ranking("A")) == ""


def test_the_row_is_what_is_read(review: Review, act: Acting) -> None:
    wanted = rankings.Ranking("A", "rf1", 1, "scipy 1", "year", 3)
    with review.change(act("A", "screen rank")) as entry:
        rankings.add_ranking(entry, wanted)
    assert ranking.chosen(review, "A") == wanted

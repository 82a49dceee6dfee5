"""Tags: put on, taken off, found again; no vote is touched by one, and nobody else learns of one."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Stage
from reviewflow.errors import InputError, UsageError
from reviewflow.storage import changes_file
from reviewflow.workflow import check, decision_files, deduplication, history, queue, screening, tags
from tests.workflow.copies import exported, give
from tests.workflow.test_blindness import readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting


@pytest.fixture
def four(review: Review, act: Acting, add_records: Adding) -> Review:
    """A review with records 1 to 4, each a report of its own."""
    add_records(review, act, range(4))
    return review


def of(review: Review, name: str) -> dict[int, tuple[str, ...]]:
    return {each.report: each.tags for each in tags.tagged(review, name)}


def test_tags_are_put_on_and_taken_off(four: Review, act: Acting) -> None:
    assert tags.tag(four, act("A", "test"), [1, 2], ["RCT", "later"]) == 4
    assert tags.tag(four, act("A", "test"), [1], ["dose"], ["later"]) == 2
    assert of(four, "A") == {1: ("dose", "rct"), 2: ("later", "rct")}
    assert tags.counts(four, "A") == {"dose": 1, "later": 1, "rct": 2}


def test_what_is_on_already_or_not_on_writes_nothing(four: Review, act: Acting) -> None:
    tags.tag(four, act("A", "test"), [1], ["rct"])
    n = len(history.log(four, "A"))
    assert tags.tag(four, act("A", "test"), [1], ["rct"], ["dose"]) == 0
    assert len(history.log(four, "A")) == n


@pytest.mark.parametrize("word", ["", " ", "two words", "a,b", "a;b", "a*", "x" * 41, "a\u202eb", "a\x00"])
def test_what_is_no_tag_is_refused(four: Review, act: Acting, word: str) -> None:
    with pytest.raises(UsageError, match="is no tag"):
        tags.tag(four, act("A", "test"), [1], [word])


def test_what_cannot_be_done_is_refused(four: Review, act: Acting) -> None:
    with pytest.raises(UsageError, match="put on and taken off at once"):
        tags.tag(four, act("A", "test"), [1], ["rct"], ["RCT"])
    with pytest.raises(InputError):
        tags.tag(four, act("A", "test"), [99], ["rct"])
    with pytest.raises(UsageError):
        tags.tag(four, act("nobody", "test"), [1], ["rct"])
    with pytest.raises(UsageError):
        tags.tagged(four, "nobody")


def test_a_tag_leaves_votes_and_notes_alone_and_they_leave_it_alone(
    four: Review, act: Acting, cast_vote: Voting
) -> None:
    cast_vote(four, act, "A", 1, "include", note="fits")
    tags.tag(four, act("A", "test"), [1], ["rct"])
    assert [vote.note for _, vote in screening.own_votes(four, "A", Stage.TITLE_ABSTRACT)] == ["fits"]
    cast_vote(four, act, "A", 1, "exclude", note="not so", revise=True)
    history.undo(four, act("A", "undo"))
    tags.tag(four, act("A", "test"), [1], ["dose"], ["rct"])
    laid = queue.laid(four, "A", Stage.TITLE_ABSTRACT, [(1, False)])[0]
    assert laid.tags == ("dose",)
    assert laid.mine is not None
    assert (str(laid.mine.verdict), laid.mine.note) == ("include", "fits")


def test_an_undo_brings_back_what_was_there(four: Review, act: Acting) -> None:
    tags.tag(four, act("A", "test"), [1], ["rct"])
    tags.tag(four, act("A", "test"), [1], ["dose"], ["rct"])
    history.undo(four, act("A", "undo"))
    assert of(four, "A") == {1: ("rct",)}
    assert not [each for each in check.check(four).findings if each.level == "error"]


def test_merged_records_bear_the_tags_of_both_and_lose_one_together(four: Review, act: Acting) -> None:
    tags.tag(four, act("A", "test"), [1], ["rct", "later"])
    tags.tag(four, act("A", "test"), [2], ["rct", "dose"])
    deduplication.merge(four, act("L", "test"), 1, 2)
    assert of(four, "A") == {1: ("dose", "later", "rct")}
    assert tags.tag(four, act("A", "test"), [2], [], ["rct"]) == 1
    assert of(four, "A") == {1: ("dose", "later")}


def test_tags_are_found_by_search_alone_and_with_words(four: Review, act: Acting) -> None:
    tags.tag(four, act("A", "test"), [1, 2, 3], ["rct"])
    tags.tag(four, act("A", "test"), [2], ["dose-low"])
    tags.tag(four, act("B", "test"), [4], ["rct"])

    def found(words: str) -> set[int]:
        return set(tags.with_words(four, "A", [1, 2, 3, 4], words, lambda: True))

    assert found("tag:rct") == {1, 2, 3}
    assert found("TAG:RCT tag:dose*") == {2}
    assert found("tag:dose") == set()
    assert found("tag:*") == {1, 2, 3}
    assert found("tag:rct number") == {1, 2, 3}
    assert found("tag:rct number 1") == {2}
    assert found("number") == {1, 2, 3, 4}
    assert [each.report for each in tags.tagged(four, "A", ["rct", "dose*"])] == [2]


def test_own_tags_stand_beside_own_votes_in_the_table_and_reading_it_leaves_them_alone(
    four: Review, act: Acting, cast_vote: Voting
) -> None:
    cast_vote(four, act, "A", 1, "include")
    tags.tag(four, act("A", "test"), [1, 2], ["rct", "dose"])
    tags.tag(four, act("B", "test"), [1], ["secret"])
    text, n = decision_files.write(four, "A")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["record"], row["tags"], n) == ("r1", "dose rct", 1)
    decisions = decision_files.read(four, "votes.csv", text)[Stage.TITLE_ABSTRACT]
    screening.vote(four, act("B", "test"), Stage.TITLE_ABSTRACT, decisions)
    assert of(four, "B") == {1: ("secret",)}


def test_an_import_is_undone_whoever_has_tags_on_its_records(four: Review, act: Acting) -> None:
    tags.tag(four, act("B", "test"), [1], ["include?"])
    history.undo(four, act("L", "undo"))
    assert of(four, "B") == {}


moves = st.lists(
    st.tuples(st.sampled_from(("A", "B")), st.integers(1, 4), st.sampled_from(("x", "y")), st.booleans()), max_size=12
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(made=moves)
def test_each_has_what_he_or_she_put_on_last_and_the_others_learn_nothing(
    fresh: Fresh,
    acts: Callable[[], Acting],
    add_records: Adding,
    cast_vote: Voting,
    made: list[tuple[str, int, str, bool]],
) -> None:
    seen: list[dict[str, Any]] = []
    for only in ("AB", "A"):
        with fresh() as review:
            act = acts()
            add_records(review, act, range(4))
            cast_vote(review, act, "A", 1, "include")
            expected: dict[str, set[tuple[int, str]]] = {"A": set(), "B": set()}
            for name, record, word, put in made:
                if name in only:
                    tags.tag(review, act(name, "screen tag"), [record], *([[word]] if put else [[], [word]]))
                    (expected[name].add if put else expected[name].discard)((record, word))
            for name, tagged in expected.items():
                assert {(report, each) for report, has in of(review, name).items() for each in has} == tagged
            deduplication.merge(review, act("L", "dedup merge"), 3, 4)
            history.undo(review, act("L", "undo"))
            seen.append({name: (of(review, name), readable(review, name)) for name in ("A", "X", "L")})
            seen[-1][""] = readable(review, "")
            assert not [each for each in check.check(review).findings if each.level == "error"]
    assert seen[0] == seen[1]


def test_tags_go_to_ones_other_copy_and_to_nobody_who_could_read_them(
    fresh: Fresh, act: Acting, acts: Callable[[], Acting], add_records: Adding
) -> None:
    with fresh() as one, fresh() as other:
        add_records(one, act, range(2))
        give(one, other)
        tags.tag(one, act("A", "test"), [1], ["include?"])
        before = readable(other, "B")
        assert b"include?" in exported(one, "A")[1]
        assert b"include?" not in exported(one, "L", shared=True)[1]
        give(one, other)
        assert of(other, "A") == {1: ("include?",)}
        assert of(other, "B") == {}
        assert readable(other, "B") == before
        there = acts()
        for _ in range(4):
            there("B", "")
        tags.tag(other, there("B", "test"), [2], ["mine"])
        read = changes_file.read(*exported(other, "A"))
        assert {change.reviewer for change in read.changes} == {"A"}

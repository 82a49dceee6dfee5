"""Votes that went out come back as they were, in every format; nobody else's go out or come in."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.errors import InputError, UsageError
from reviewflow.formats.workbook import cell_name, is_workbook, read_workbook, write_workbook
from reviewflow.storage.rows import storable
from reviewflow.workflow import decision_files, foreign_votes, screening, vote_export
from reviewflow.workflow.foreign_decisions import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

TA = Stage.TITLE_ABSTRACT
STRANGE = 'said "no"; \\twice | {a}=>[b], \r\n  two   spaces\t_x0041_ =1+1 \u2028 é 007'
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


def decided(rows: list[tuple[Verdict, str, str]]) -> list[screening.Decision]:
    """A decision on each of the first records."""
    return [
        screening.Decision(n, verdict, reason if verdict is Verdict.EXCLUDE else "", note)
        for n, (verdict, reason, note) in enumerate(rows, 1)
    ]


verdicts = st.sampled_from((Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.UNSURE))
reasons = st.sampled_from(("", "wrong_design", "wrong_population"))
casts = st.lists(st.tuples(verdicts, reasons, texts), min_size=1, max_size=4).map(decided)


def back(review: Review, format_: str, content: bytes, reviewer: str) -> list[screening.Decision]:
    table = decision_files.table_of_votes(f"votes.{format_}", content)
    if table is not None:
        found = decision_files.votes(review, table, TA, reviewer)
        assert found.unmatched == ()
        return list(found.by_stage[TA])
    said = foreign_votes.read(review, "votes.ris", content, reviewer)
    assert (said.unmatched, said.n_undecided) == ((), 0)
    return list(said.decisions)


@pytest.mark.parametrize("format_", vote_export.FORMATS)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(cast=[screening.Decision(1, Verdict.EXCLUDE, "wrong_design", STRANGE)])
@given(cast=casts)
def test_votes_that_went_out_come_back_as_they_were(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding, format_: str, cast: list[screening.Decision]
) -> None:
    keeps_all = format_ != "asreview"
    if not keeps_all:  # it has two labels, and no place for reasons and notes
        cast = [replace(each, verdict=Verdict.INCLUDE) if each.verdict is Verdict.UNSURE else each for each in cast]
    with fresh("memory") as review:
        act = acts()
        add_records(review, act, range(4))
        screening.vote(review, act("A", "screen"), TA, cast)
        made = vote_export.written(review, "A", format_)
        assert (made.n_votes, made.n_unsaid) == (len(cast), 0)
        found = back(review, format_, made.content, "A")
        assert screening.vote(review, act("A", "import"), TA, found, of_file=True) == screening.Cast(0, len(cast))
    with fresh("memory") as other:  # another copy, in which the same records bear other numbers
        act = acts()
        add_records(other, act, [7])
        add_records(other, act, range(4))
        screening.vote(other, act("A", "import"), TA, back(other, format_, made.content, "A"))
        voted = [vote for _, vote in screening.own_votes(other, "A", TA)]
    came = [(vote.record - 1, vote.verdict, vote.reason, vote.note) for vote in voted]
    sent = [(each.record, each.verdict, each.reason, storable(each.note)) for each in cast]
    assert came == (sent if keeps_all else [(record, verdict, "", "") for record, verdict, _, _ in sent])


@pytest.mark.parametrize("format_", ["csv", "xlsx", "ris", "covidence"])
def test_every_verdict_on_a_full_text_comes_back(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting, format_: str
) -> None:
    add_records(review, act, range(5))
    for record in range(1, 6):
        for name in ("A", "B"):
            cast_vote(review, act, name, record, "include")
    for record, verdict in enumerate(Verdict, 1):
        reason = "wrong_design" if verdict is Verdict.EXCLUDE else ""
        cast_vote(review, act, "A", record, verdict, reason, "why", Stage.FULL_TEXT)
    made = vote_export.written(review, "A", format_, Stage.FULL_TEXT)
    assert (made.n_votes, made.n_unsaid) == (5, 0)
    table = decision_files.table_of_votes("votes", made.content)
    if table is None:
        found = list(foreign_votes.read(review, "votes.ris", made.content, "A", stage=Stage.FULL_TEXT).decisions)
    else:
        found = list(decision_files.votes(review, table, None, "A").by_stage[Stage.FULL_TEXT])
    assert [each.verdict for each in found] == list(Verdict)
    done = screening.vote(review, act("A", "import"), Stage.FULL_TEXT, found, of_file=True)
    assert (done.n_new, done.n_same) == (0, 5)
    assert vote_export.written(review, "A", "rayyan", Stage.FULL_TEXT).n_unsaid == 2


def test_only_own_votes_go_out(review: Review, act: Acting, add_records: Adding, cast_vote: Voting) -> None:
    add_records(review, act, range(3))
    cast_vote(review, act, "A", 1, "include")
    before = [
        vote_export.written(review, "A", each, waiting=w).content for each in ("csv", "rayyan") for w in (False, True)
    ]
    cast_vote(review, act, "B", 2, "exclude", note="B's own thought")
    after = [
        vote_export.written(review, "A", each, waiting=w).content for each in ("csv", "rayyan") for w in (False, True)
    ]
    assert before == after


@pytest.mark.parametrize("format_", vote_export.FORMATS)
def test_what_waits_goes_out_without_a_verdict_and_is_passed_over_until_it_has_one(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting, format_: str
) -> None:
    add_records(review, act, range(3))
    cast_vote(review, act, "A", 1, "include")
    made = vote_export.written(review, "A", format_, waiting=True)
    assert (made.n_votes, made.n_waiting) == (1, 2)
    table = decision_files.table_of_votes("votes", made.content)
    found = (
        foreign_votes.read(review, "votes.ris", made.content, "A")
        if table is None
        else decision_files.votes(review, table, TA, "A")
    )
    assert found.n_undecided == 2
    if format_ == "csv":
        rows = list(csv.DictReader(io.StringIO(made.content.decode())))
        rows[1]["verdict"] = "Exclude"
        stream = io.StringIO()
        writer = csv.DictWriter(stream, rows[0], delimiter=";")  # as Excel writes it in half of Europe
        writer.writeheader()
        writer.writerows(rows)
        filled = decision_files.table_of_votes("votes.csv", b"\xef\xbb\xbf" + stream.getvalue().encode())
        assert filled is not None
        new = decision_files.votes(review, filled, None, "A").by_stage[TA]
        assert screening.vote(review, act("A", "import"), TA, new, of_file=True) == screening.Cast(1, 1)


def test_a_file_that_is_imported_again_changes_nothing_wherever_the_reports_have_come_to(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(3))
    mine = [screening.Decision(n, Verdict.INCLUDE) for n in (1, 2, 3)]
    screening.vote(review, act("A", "import"), TA, mine, of_file=True)
    cast_vote(review, act, "B", 1, "include")  # settled
    cast_vote(review, act, "B", 2, "exclude")  # a disagreement
    assert screening.vote(review, act("A", "import"), TA, mine, of_file=True) == screening.Cast(0, 3)
    same = [screening.Decision(2, Verdict.INCLUDE)]  # a file of the disagreements: A stands by the vote
    assert screening.vote(review, act("A", "import"), TA, same, of_file=True) == screening.Cast(1, 0)
    assert screening.vote(review, act("A", "import"), TA, same, of_file=True) == screening.Cast(0, 1)
    assert screening.vote(review, act("A", "import"), TA, mine, of_file=True) == screening.Cast(0, 3)


def test_a_file_of_one_vote_that_is_imported_again_is_no_second_thought(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(1))
    mine = [screening.Decision(1, Verdict.INCLUDE)]
    screening.vote(review, act("A", "import"), TA, mine, of_file=True)
    cast_vote(review, act, "B", 1, "exclude")
    assert screening.vote(review, act("A", "import"), TA, mine, of_file=True) == screening.Cast(0, 1)


def test_votes_of_somebody_else_need_to_be_taken_in_as_that_person(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    cast_vote(review, act, "A", 1, "include")
    for format_ in ("csv", "xlsx", "ris", "rayyan", "covidence"):
        content = vote_export.written(review, "A", format_).content
        with pytest.raises(UsageError, match=r"of '?A"):
            back(review, format_, content, "B")
    table = decision_files.table_of_votes("votes.csv", vote_export.written(review, "A", "csv").content)
    assert table is not None
    assert len(decision_files.votes(review, table, None, "B", person="A").by_stage[TA]) == 1


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["record", "verdict"], ["r1", "include"], ["r2", "perhaps"]], "v.xlsx, cell B3: 'perhaps' is no verdict"),
        ([[""], ["verdict", "", "record"], ["include", "", "17"]], "v.xlsx, cell C3: '17' is no id"),
        ([["record", "stage", "verdict"], ["r1", "abstract", "no"]], "v.xlsx, cell B2: 'abstract' is no stage"),
        ([["record"], ["r1"]], "v.xlsx lacks the column 'verdict'"),
        ([["record", "verdict"], ["r1", ""]], "v.xlsx holds no decision"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_cell(
    review: Review, act: Acting, add_records: Adding, rows: list[list[str]], words: str
) -> None:
    add_records(review, act, range(2))
    table = decision_files.table_of_votes("v.xlsx", write_workbook("Votes", rows))
    assert table is not None
    with pytest.raises(InputError) as refused:
        decision_files.votes(review, table, TA, "A")
    assert refused.value.what == words or words in refused.value.what


def test_votes_on_records_that_are_not_in_the_review_are_listed(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(2))
    text = "record,id,verdict,title\nr1,,include,One\nr9,,include,Nine\nr1,reviewflow-0123456789ab-1,exclude,Ten\n"
    table = decision_files.table_of_votes("v.csv", text.encode())
    assert table is not None
    found = decision_files.votes(review, table, TA, "A")
    assert [each.record for each in found.by_stage[TA]] == [1]
    assert foreign_votes.listed(found.unmatched) == [
        "v.csv, line 3: Nine: there is no record r9 in this review",
        "v.csv, line 4: Ten: there is no record reviewflow-0123456789ab-1 in this review",
    ]


def test_a_workbook_of_asreview_is_read_like_its_csv(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(2))
    rows = [["title", "doi", "included"], ["Whatever\nit is", "10.1000/000000", "1"], ["x", "10.1000/000001", "0"]]
    content = decision_files.as_export("a.xlsx", write_workbook("data", rows))
    found = foreign_votes.read(review, "a.xlsx", content, "A")
    assert [(each.record, str(each.verdict)) for each in found.decisions] == [(1, "include"), (2, "exclude")]


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.lists(texts, min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_workbook_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    content = write_workbook("Any", [["x"], *rows])
    assert is_workbook(content)
    width = max(len(row) for row in [["x"], *rows])
    padded = [row + [""] * (width - len(row)) for row in [["x"], *rows]]
    read = [row + [""] * (width - len(row)) for row in read_workbook("any.xlsx", content)]
    assert read + [[""] * width] * (len(padded) - len(read)) == padded


@given(texts)
def test_a_quoted_text_keeps_on_one_line_whatever_white_space_becomes(text: str) -> None:
    written = quoted(text)
    assert " ".join(written.split()) == written


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x03\x04" + bytes(99), b"record,verdict\n"])
def test_what_is_no_workbook_is_not_taken_for_one(content: bytes) -> None:
    assert not is_workbook(content)
    with pytest.raises(InputError, match="no workbook"):
        read_workbook("x.xlsx", content)


def test_a_cell_is_named_as_excel_names_it() -> None:
    assert [cell_name(*at) for at in ((1, 1), (3, 26), (4, 27), (5, 703))] == ["A1", "Z3", "AA4", "AAA5"]

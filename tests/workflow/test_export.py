"""Records go out so that other programs read them, and are known when they come back."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.screening import Stage, State, Verdict
from reviewflow.errors import UsageError
from reviewflow.formats import WRITERS, canonical, open_export
from reviewflow.storage import records
from reviewflow.workflow import deduplication, flow, foreign_votes, identification
from reviewflow.workflow.export import TARGETS, Wanted, records_text, verbatim

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.record import Record
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

TA = Stage.TITLE_ABSTRACT
EVERY = [(target, name) for target, names in TARGETS.items() for name in names] + [("", name) for name in WRITERS]


@pytest.fixture
def four(review: Review, act: Acting, add_records: Adding) -> Review:
    """Records 1 to 4 from PubMed and 5, 6 from Embase: 5 is a duplicate of 1."""
    add_records(review, act, range(4))
    add_records(review, act, [0, 9], source="Embase")
    deduplication.run(review, act("L", "dedup run"))
    return review


def read(text: str) -> list[Record]:
    export = open_export(text.encode(), "exported")
    return [canonical(raw, export.format) for raw in export.records()]


def titles(review: Review, wanted: Wanted, viewer: str = "") -> list[str]:
    return [row["title"] for row in csv.DictReader(io.StringIO(records_text(review, wanted, viewer).text))]


@pytest.mark.parametrize(("target", "name"), EVERY, ids=lambda each: each or "any")
def test_every_record_that_went_out_is_known_when_it_comes_back(
    four: Review, act: Acting, target: str, name: str
) -> None:
    made = records_text(four, Wanted(name, target, all_records=True))
    content = made.text.encode()
    assert (made.format, made.n_records) == (name, 6)
    assert not content.startswith(b"\xef\xbb\xbf")
    back = identification.import_file(four, act("L", "import"), f"back.{name}", content, source="elsewhere")
    assert (back.n_records, back.n_new) == (6, 0)
    assert "this review's own" in back.notes[0]
    assert flow.compute(four).counts.identified == 6
    found = foreign_votes.read(four, f"back.{name}", content, "A", otherwise=Verdict.INCLUDE)
    assert [decision.record for decision in found.decisions] == [1, 2, 3, 4, 5, 6]
    assert found.unmatched == ()


@pytest.mark.parametrize("name", WRITERS)
def test_what_goes_out_are_the_fields_of_the_review(four: Review, name: str) -> None:
    with four.reading() as connection:
        known = {id_: record for id_, _, record in records.records(connection)}
    back = read(records_text(four, Wanted(name, all_records=True)).text)
    fields = [(record.title, record.authors, record.year, record.doi) for record in back]
    assert fields == [(record.title, record.authors, record.year, record.doi) for record in known.values()]


def test_one_record_goes_out_for_each_report_unless_all_are_asked_for(four: Review) -> None:
    whole = list(csv.DictReader(io.StringIO(records_text(four, Wanted(all_records=True)).text)))
    each = list(csv.DictReader(io.StringIO(records_text(four, Wanted()).text)))
    assert [row["record_id"] for row in whole] == ["r1", "r2", "r3", "r4", "r5", "r6"]
    assert [row["record_id"] for row in each] == ["r1", "r2", "r3", "r4", "r6"]
    assert len({row["reviewflow_id"] for row in whole}) == 6


def test_an_id_is_the_same_in_another_copy_of_the_review_and_of_no_other_file(
    four: Review, fresh: Fresh, act: Acting, acts: Callable[[], Acting], ris: Callable[..., str]
) -> None:
    def ids(review: Review) -> dict[str, str]:
        rows = csv.DictReader(io.StringIO(records_text(review, Wanted(all_records=True)).text))
        return {row["reviewflow_id"]: row["title"] for row in rows}

    first = ids(four)
    with fresh("memory") as other:
        acting = acts()
        for numbers, source in (([0, 9], "Embase"), (range(4), "PubMed")):
            content = ris(numbers).encode()
            identification.import_file(other, acting("L", f"import {source}"), "x.ris", content, source=source)
        assert ids(other) == first
    identification.import_file(four, act("L", "import"), "more.ris", ris(range(20, 24)).encode(), source="Scopus")
    assert first.items() <= ids(four).items()
    assert len(ids(four)) == 10


def test_only_reports_at_a_stage_and_in_a_state_go_out(four: Review, act: Acting, cast_vote: Voting) -> None:
    for name in ("A", "B"):
        cast_vote(four, act, name, 1, "include")
        cast_vote(four, act, name, 2, "exclude")
    cast_vote(four, act, "A", 3, "include")
    every = titles(four, Wanted())
    assert titles(four, Wanted(stage=TA, state=State.INCLUDED), "A") == every[:1]
    assert titles(four, Wanted(stage=TA, state=State.EXCLUDED), "A") == every[1:2]
    assert titles(four, Wanted(stage=TA, state=State.PENDING), "A") == every[2:]
    assert titles(four, Wanted(stage=TA), "A") == every
    assert titles(four, Wanted(stage=Stage.FULL_TEXT, state=State.PENDING), "A") == every[:1]


def test_what_goes_out_tells_nothing_of_votes_that_the_viewer_may_not_see(
    four: Review, act: Acting, cast_vote: Voting
) -> None:
    cast_vote(four, act, "A", 1, "include")
    wanted = [Wanted(stage=TA, state=state) for state in State] + [Wanted("ris", "asreview", votes_of="A")]
    before = [records_text(four, each, "A").text for each in wanted]
    cast_vote(four, act, "B", 2, "exclude")
    assert [records_text(four, each, "A").text for each in wanted] == before


def test_own_votes_go_to_asreview_as_its_labels(four: Review, act: Acting, cast_vote: Voting) -> None:
    cast_vote(four, act, "A", 1, "include")
    cast_vote(four, act, "A", 2, "exclude")
    cast_vote(four, act, "A", 3, "unsure")
    cast_vote(four, act, "B", 4, "include")
    text = records_text(four, Wanted("", "asreview", votes_of="A"), "A").text
    labels = [line for line in text.splitlines() if "ASReview_" in line]
    assert labels == [f"N1  - ASReview_{word}" for word in ("relevant", "irrelevant", *["not_seen"] * 3)]
    entries = text.strip().split("\n\n")
    assert all(
        entry.startswith("TY  - ") and entry.endswith("\nER  - ") for entry in [*entries[:-1], entries[-1] + " "]
    )
    rows = csv.DictReader(io.StringIO(records_text(four, Wanted("csv", "asreview", votes_of="A"), "A").text))
    assert [row["included"] for row in rows] == ["1", "0", "", "", ""]
    assert "ASReview_" not in records_text(four, Wanted("", "asreview")).text


@pytest.mark.parametrize(("target", "name"), [pair for pair in EVERY if pair not in {("", "csv"), ("srdr", "csv")}])
def test_own_votes_that_went_out_come_back_as_they_were(
    four: Review, act: Acting, cast_vote: Voting, target: str, name: str
) -> None:
    cast_vote(four, act, "A", 1, "include")
    cast_vote(four, act, "A", 2, "exclude", "wrong_design")
    content = records_text(four, Wanted(name, target, votes_of="A"), "A").text.encode()
    found = foreign_votes.read(four, f"votes.{name}", content, "A")
    keeps_reason = target != "asreview"
    assert [(each.record, str(each.verdict), each.reason) for each in found.decisions] == [
        (1, "include", ""),
        (2, "exclude", "wrong_design" if keeps_reason else ""),
    ]
    assert (found.unmatched, found.n_undecided) == ((), 3)


def test_covidence_gets_one_number_of_a_record_and_the_sources_own_in_a_note(four: Review) -> None:
    entry = records_text(four, Wanted("", "covidence")).text.split("\n\n")[0].splitlines()
    (number,) = [line for line in entry if line.startswith("AN  - ")]
    assert number.startswith("AN  - reviewflow-")
    assert "N1  - Accession Number: ACC000000" in entry
    assert any(line.startswith("JO  - Journal") for line in entry)


def test_the_tables_of_rayyan_and_srdr_have_the_columns_that_they_ask_for(four: Review) -> None:
    rayyan = records_text(four, Wanted("csv", "rayyan")).text.splitlines()[0]
    assert rayyan.startswith("key,title,year,month,day,journal,issn,volume,issue,pages,authors,url,language,")
    (srdr, first, *_) = csv.reader(io.StringIO(records_text(four, Wanted("", "srdr")).text))
    assert srdr[:4] == ["RefID", "Authors", "Title", "Abstract"]
    assert first[0].startswith("reviewflow-")
    assert first[1] == "Author0 N"


def test_a_program_or_format_that_is_not_known_is_refused(four: Review) -> None:
    for wanted in (Wanted("wibble"), Wanted("", "wibble"), Wanted("bibtex", "covidence"), Wanted(votes_of="A")):
        with pytest.raises(UsageError) as refused:
            records_text(four, wanted)
        assert refused.value.remedy


def test_an_untouched_record_goes_out_with_the_bytes_that_it_came_with(
    four: Review, act: Acting, cast_vote: Voting, ris: Callable[..., str]
) -> None:
    pubmed, embase = (ris(numbers).encode() for numbers in (range(4), [0, 9]))
    whole = verbatim(four, Wanted(all_records=True))
    assert [(each.content, each.n_records) for each in whole] == [(pubmed, 4), (embase, 2)]
    for name in ("A", "B"):
        cast_vote(four, act, name, 2, "include")
        cast_vote(four, act, name, 6, "include")
    some = verbatim(four, Wanted(stage=TA, state=State.INCLUDED), "A")
    assert [each.n_records for each in some] == [1, 1]
    assert some[0].content.strip() == ris([1]).encode().strip()
    assert some[1].content.strip() == ris([9]).encode().strip()
    assert verbatim(four, Wanted(stage=TA, state=State.EXCLUDED), "A") == []


def test_files_of_one_name_stay_apart(review: Review, act: Acting, ris: Callable[..., str]) -> None:
    for numbers, source in ((range(2), "PubMed"), (range(2, 4), "Embase")):
        content = ris(numbers).encode()
        identification.import_file(review, act("L", "import"), "export.ris", content, source=source)
    assert [each.name for each in verbatim(review, Wanted())] == ["1-export.ris", "2-export.ris"]


def test_new_records_among_own_ones_are_imported_and_the_own_are_not(
    four: Review, act: Acting, ris: Callable[..., str]
) -> None:
    content = records_text(four, Wanted("ris")).text + ris([30, 31])
    done = identification.import_file(four, act("L", "import"), "mixed.ris", content.encode(), source="elsewhere")
    assert (done.n_new, flow.compute(four).counts.identified) == (2, 8)
    assert any("5 records are this review's own" in note for note in done.notes)

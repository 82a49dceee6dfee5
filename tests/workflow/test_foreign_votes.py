"""Decisions made in other programs become the votes of one person, on records that are known for certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.record import RawRecord, Record
from reviewflow.domain.screening import Stage, Verdict
from reviewflow.errors import InputError, UsageError
from reviewflow.storage import votes
from reviewflow.workflow import flow, foreign_votes, history, identification, screening
from reviewflow.workflow.export import Wanted, records_text
from reviewflow.workflow.foreign_decisions import said_in
from reviewflow.workflow.matching import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding

TA = Stage.TITLE_ABSTRACT
ENTRY = "TY  - JOUR\nTI  - {title}\nPY  - {year}\nDO  - {doi}\nN1  - {note}\nER  - \n\n"


def said(value: str, tag: str = "N1", format_name: str = "ris") -> dict[str, str]:
    raw = RawRecord(1, 1, 0, 0, ((tag, value),))
    return {name: str(verdict) for name, verdict in said_in(raw, format_name, "here").by_person.items()}


def rayyan(note: str, n: int = 0) -> str:
    return ENTRY.format(title=f"Title of a record, number {n}", year=1980 + n, doi=f"10.1000/{n:06d}", note=note)


def test_rayyans_decisions_are_read_person_by_person() -> None:
    note = 'RAYYAN-INCLUSION: {"Ann"=>"Included", "Bo O\'Neill"=>"Excluded","C. D."=>"Maybe"} | RAYYAN-LABELS: x,y'
    assert said(note) == {"Ann": "include", "Bo O'Neill": "exclude", "C. D.": "unsure"}
    assert said(f"An older note. | {note}") == said(note)
    assert said(note.removeprefix("RAYYAN-INCLUSION: "), "RAYYAN-INCLUSION", "csv") == said(note)
    assert said(r"RAYYAN-INCLUSION: \{\"Ann\"=\>\"Included\"\}", "note", "bibtex") == {"Ann": "include"}
    assert said("RAYYAN-LABELS: x,y") == {}
    with pytest.raises(InputError, match="'Perhaps' is no decision"):
        said('RAYYAN-INCLUSION: {"Ann"=>"Perhaps"}')


def test_rayyans_reasons_and_notes_are_read() -> None:
    note = (
        'RAYYAN-INCLUSION: {"Ann"=>"Excluded"} | RAYYAN-EXCLUSION-REASONS: wrong population,foreign language | '
        'USER-NOTES: {"Ann"=>["see table 2", "odd"], "Bo"=>["no"]}'
    )
    found = said_in(RawRecord(1, 1, 0, 0, (("N1", note),)), "ris", "here")
    assert found.reasons == ("wrong population", "foreign language")
    assert found.notes == {"Ann": "see table 2; odd", "Bo": "no"}


@pytest.mark.parametrize(
    ("value", "tag", "format_name", "verdict"),
    [
        ("ASReview_relevant", "N1", "ris", "include"),
        ("ASReview_irrelevant. More notes.", "N1", "ris", "exclude"),
        ("ASReview_not_seen", "N1", "ris", None),
        ("1", "included", "csv", "include"),
        ("0", "asreview_label", "csv", "exclude"),
        ("0.0", "Label Included", "csv", "exclude"),
        ("", "included", "csv", None),
        ("-1", "label", "csv", None),
        ("1", "label", "endnote_xml", None),
        ("Exclusion reason: Wrong study design; ", "Notes", "csv", "exclude"),
        ("reviewflow:exclude:wrong_design", "KW", "ris", "exclude"),
        ("reviewflow: Embase", "DP", "ris", None),
        ("nothing at all", "N1", "ris", None),
    ],
)
def test_a_label_is_read_in_whatever_way_it_is_written(
    value: str, tag: str, format_name: str, verdict: str | None
) -> None:
    assert said(value, tag, format_name) == ({} if verdict is None else {"": verdict})


def test_a_label_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="'perhaps' in the column included is no label"):
        said("perhaps", "included", "csv")


def test_the_decisions_of_one_person_of_several_become_votes(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(4))
    notes = [
        'RAYYAN-INCLUSION: {"Ann"=>"Included", "Bo"=>"Excluded"}',
        'RAYYAN-INCLUSION: {"Bo"=>"Excluded", "Ann"=>"Excluded"} | RAYYAN-EXCLUSION-REASONS: Wrong study design,old',
        'RAYYAN-INCLUSION: {"Ann"=>"Maybe"} | USER-NOTES: {"Ann"=>["ask"]}',
        'RAYYAN-INCLUSION: {"Bo"=>"Included"}',
    ]
    content = "".join(rayyan(note, n) for n, note in enumerate(notes)).encode()
    found = foreign_votes.read(review, "rayyan.ris", content, "A", person="Ann")
    assert (found.unmatched, found.n_undecided) == ((), 1)
    cast = screening.vote(review, act("A", "screen import"), TA, found.decisions)
    assert (cast.n_new, cast.n_same) == (3, 0)
    with review.reading() as connection:
        given = [
            (v.record, v.reviewer, str(v.verdict), v.reason, v.note) for _, v in votes.standing_votes(connection, TA)
        ]
    assert given == [
        (1, "A", "include", "", ""),
        (2, "A", "exclude", "wrong_design", "old"),
        (3, "A", "unsure", "", "ask"),
    ]
    again = foreign_votes.read(review, "rayyan.ris", content, "A", person="Ann")
    assert screening.vote(review, act("A", "screen import"), TA, again.decisions).n_new == 0
    assert len(foreign_votes.read(review, "rayyan.ris", content, "B", person="Bo").decisions) == 3


def test_nobodys_decisions_are_taken_for_somebody_elses(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(2))
    named = rayyan('RAYYAN-INCLUSION: {"Ann"=>"Included", "Bo"=>"Excluded"}').encode()
    for person in ("", "Cy"):
        with pytest.raises(UsageError, match="those of Ann, Bo"):
            foreign_votes.read(review, "rayyan.ris", named, "A", person=person)
    own = rayyan('RAYYAN-INCLUSION: {"A"=>"Included", "Bo"=>"Excluded"}').encode()
    assert [d.verdict for d in foreign_votes.read(review, "rayyan.ris", own, "A").decisions] == [Verdict.INCLUDE]
    unnamed = rayyan("ASReview_relevant").encode()
    with pytest.raises(UsageError, match="does not say whose"):
        foreign_votes.read(review, "asreview.ris", unnamed, "A", person="Ann")
    assert len(foreign_votes.read(review, "asreview.ris", unnamed, "A").decisions) == 1


def test_a_file_without_decisions_needs_a_word_on_what_it_lists(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(3))
    header = "Title,Authors,Published Year,DOI,Covidence #,Notes\n"
    rows = "".join(f"Title of a record number {n},A B,{1980 + n},10.1000/{n:06d},#{n},\n" for n in range(2))
    reason = "Title of a record number 2,A B,1982,10.1000/000002,#2,Exclusion reason: Wrong population; \n"
    with pytest.raises(InputError, match="no decision"):
        foreign_votes.read(review, "list.csv", (header + rows).encode(), "A")
    found = foreign_votes.read(review, "list.csv", (header + rows).encode(), "A", otherwise=Verdict.INCLUDE)
    assert [(d.record, d.verdict) for d in found.decisions] == [(1, Verdict.INCLUDE), (2, Verdict.INCLUDE)]
    excluded = foreign_votes.read(review, "list.csv", (header + reason).encode(), "A", stage=Stage.FULL_TEXT)
    assert [(d.record, d.verdict, d.reason) for d in excluded.decisions] == [(3, Verdict.EXCLUDE, "wrong_population")]


def test_a_reason_that_the_protocol_does_not_know_is_refused_at_full_text_and_noted_before(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, [0])
    content = rayyan('RAYYAN-INCLUSION: {"A"=>"Excluded"} | RAYYAN-EXCLUSION-REASONS: too dull').encode()
    with pytest.raises(InputError, match=r"line 1: too dull is no exclusion reason"):
        foreign_votes.read(review, "rayyan.ris", content, "A", stage=Stage.FULL_TEXT)
    (decision,) = foreign_votes.read(review, "rayyan.ris", content, "A").decisions
    assert (decision.reason, decision.note) == ("", "too dull")


def test_what_is_not_known_for_certain_is_listed(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(2))
    stranger = rayyan("ASReview_relevant", 77)
    two_at_once = ENTRY.format(title="Whatever", year=1980, doi="10.1000/000000", note="ASReview_relevant").replace(
        "ER  -", "AN  - ACC000001\nER  -"
    )
    content = (rayyan("ASReview_irrelevant", 1) + stranger + two_at_once).encode()
    found = foreign_votes.read(review, "asreview.ris", content, "A")
    assert [decision.record for decision in found.decisions] == [2]
    assert [each.where for each in found.unmatched] == ["asreview.ris, line 8", "asreview.ris, line 15"]
    assert "no record of the review" in found.unmatched[0].why
    assert "lead to p1, p2" in found.unmatched[1].why
    assert foreign_votes.listed(found.unmatched)[0].startswith("asreview.ris, line 8: Title of a record, number 77: ")


def test_our_id_counts_for_more_than_what_another_program_made_of_the_record(
    review: Review, act: Acting, add_records: Adding
) -> None:
    add_records(review, act, range(3))
    text = records_text(review, Wanted("", "rayyan")).text
    spoilt = text.replace("10.1000/000000", "10.1000/000001").replace("PY  - 1982", "PY  - 1900")
    marked = spoilt.replace("ER  - ", 'N1  - RAYYAN-INCLUSION: {"A"=>"Excluded"}\nER  - ')
    found = foreign_votes.read(review, "back.ris", marked.encode(), "A")
    assert [decision.record for decision in found.decisions] == [1, 2, 3]


RECORDS = {
    1: Record(title="Oak galls of the northern woods", year=2001, doi="10.5555/oak.1", pmid="111"),
    2: Record(title="Oak galls of the southern woods", year=2002, accession="WOS:2"),
    3: Record(title="Reply", year=2003),
    4: Record(title="Oak galls of the eastern woods", year=2004),
    5: Record(title="Oak galls of the eastern woods", year=2005),
    6: Record(title="A supplement, first abstract in it", year=2006, doi="10.5555/supplement"),
}


@pytest.mark.parametrize(
    ("other", "record"),
    [
        (Record(title="Spoilt", doi="10.5555/oak.1"), 1),
        (Record(title="Spoilt", pmid="111"), 1),
        (Record(title="Spoilt", accession="WOS:2"), 2),
        (Record(title="OAK GALLS of the “Southern” woods.", year=2002), 2),
        (Record(title="Oak galls of the southern woods"), 2),
        (Record(title="Oak galls of the southern woods", year=1999), None),
        (Record(title="Oak galls of the northern woods", year=2001, doi="10.5555/another"), None),
        (Record(title="Reply", year=2003), None),
        (Record(title="Oak galls of the eastern woods", year=2005), 5),
        (Record(title="Oak galls of the eastern woods"), None),
        (Record(title="Oak galls of the northern woods", doi="10.5555/oak.1", accession="WOS:2"), None),
        (Record(), None),
    ],
)
def test_a_record_is_known_only_where_all_that_it_tells_leads_to_one_report(other: Record, record: int | None) -> None:
    (match,) = Matcher((id_, id_, each) for id_, each in RECORDS.items()).matches([other])
    assert match.record == record
    assert (match.why == "") == (record is not None)


def test_of_several_abstracts_under_one_doi_only_that_with_our_title_is_known() -> None:
    inside = [Record(title=f"A supplement, {n} abstract in it", doi="10.5555/supplement") for n in ("first", "second")]
    first, second = Matcher((id_, id_, each) for id_, each in RECORDS.items()).matches(inside)
    assert (first.record, second.record) == (6, None)
    assert "its title is another" in second.why


def test_records_are_imported_together_with_the_decisions_on_them(review: Review, act: Acting) -> None:
    notes = ['RAYYAN-INCLUSION: {"Ann"=>"Included"}', 'RAYYAN-INCLUSION: {"Ann"=>"Excluded"}', "no decision"]
    content = "".join(rayyan(note, n) for n, note in enumerate(notes)).encode()
    acts = (act("A", "import"), act("A", "import"))
    done, cast = foreign_votes.import_with_votes(review, acts, "rayyan.ris", content, "Ann", source="PubMed")
    assert (done.n_new, cast.n_new) == (3, 2)
    counts = flow.compute(review, "A").counts
    assert (counts.identified, counts.open_undecided) == (3, 3)
    assert [str(v.verdict) for _, v in screening.own_votes(review, "A", TA)] == ["include", "exclude"]


@pytest.mark.parametrize(("name", "person"), [("A", "Bo"), ("L", "Ann")])
def test_nothing_is_imported_when_the_votes_cannot_be(review: Review, act: Acting, name: str, person: str) -> None:
    content = rayyan('RAYYAN-INCLUSION: {"Ann"=>"Included"}').encode()
    with pytest.raises(UsageError):
        foreign_votes.import_with_votes(
            review, (act(name, "import"), act(name, "import")), "rayyan.ris", content, person, source="PubMed"
        )
    assert history.log(review, "A") == []


def test_votes_on_a_file_that_was_imported_are_on_its_own_records(
    review: Review, act: Acting, ris: Callable[..., str]
) -> None:
    content = (ris([3]) + ris([3])).replace("ER  - ", "N1  - ASReview_relevant\nER  - ").encode()
    identification.import_file(review, act("L", "import"), "a.ris", content, source="PubMed")
    found = foreign_votes.read(review, "a.ris", content, "A")
    assert [decision.record for decision in found.decisions] == [1, 2]

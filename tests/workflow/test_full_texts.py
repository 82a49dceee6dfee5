"""Full texts are asked for, come, or do not; files are attached where it is certain whose they are."""

from __future__ import annotations

import csv
import io
import zlib
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.full_text.asking import addresses, link
from reviewflow.domain.full_text.content import kind_of
from reviewflow.domain.record import Record
from reviewflow.domain.screening import Stage, Verdict
from reviewflow.errors import InputError, StateError, UsageError
from reviewflow.formats import open_export
from reviewflow.formats.pdf import dois_inside, own_dois
from reviewflow.formats.workbook import read_workbook
from reviewflow.workflow import (
    check,
    deduplication,
    flow,
    full_text_lists,
    full_texts,
    history,
    identification,
    retrieval,
    screening,
)
from reviewflow.workflow.full_texts import Offered
from reviewflow.workflow.retrieval import Manner

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

FT = Stage.FULL_TEXT


def pdf(words: str = "", *, metadata: str = "") -> bytes:
    """A PDF with one page of words, packed as PDFs are."""
    page = zlib.compress(f"BT /F1 12 Tf 20 700 Td ({words}) Tj ET".encode())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 %s >> >> >>"
        % b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Producer (made by hand) %s >>" % metadata.encode(),
    ]
    out = b"%PDF-1.5\n"
    places = []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )


def offered(**files: bytes) -> list[Offered]:
    """PDFs by their names without the ending."""
    return [Offered(f"{name}.pdf", partial(bytes, content)) for name, content in files.items()]


def attach(
    review: Review, act: Acting, files: list[Offered], *, dry_run: bool = False
) -> dict[str, tuple[str, int | None]]:
    found = full_texts.attach(review, act("A", "fulltext add"), files, Manner("library"), dry_run=dry_run)
    return {each.file: (each.state, each.report) for each in found}


@pytest.fixture
def five(review: Review, act: Acting, add_records: Adding, cast_vote: Voting) -> Review:
    """Records 1 to 5; the full texts of 1, 2 and 3 are sought."""
    add_records(review, act, range(5))
    for record in (1, 2, 3):
        for name in ("A", "B"):
            cast_vote(review, act, name, record, "include")
    return review


def states(review: Review) -> dict[int, str]:
    return {each.report: each.state for each in retrieval.sought(review, "A")}


def test_every_step_is_kept_with_who_when_and_which_way(five: Review, act: Acting) -> None:
    retrieval.note_step(five, act("A", "request"), [1, 2], "requested", manner=Manner("library", "Main", "2025-12-01"))
    retrieval.note_letter(five, act("B", "contact"), 1, Manner("author", "n@example.org", "2025-12-20"))
    retrieval.note_letter(five, act("B", "contact"), 1, Manner("author", "n@example.org", "2026-01-02"), "sent it")
    retrieval.note_step(
        five, act("A", "add"), [1], "retrieved", attachment=("one.pdf", pdf("one")), manner=Manner("author")
    )
    each, steps = retrieval.history(five, "A", 1)
    assert [(s.kind, s.way, s.whom, s.day, s.noted_by, s.words, s.name) for s in steps] == [
        ("requested", "library", "Main", "2025-12-01", "A", "", ""),
        ("asked", "author", "n@example.org", "2025-12-20", "B", "", ""),
        ("answered", "author", "n@example.org", "2026-01-02", "B", "sent it", ""),
        ("retrieved", "author", "", "2026-01-05", "A", "", "one.pdf"),
    ]
    assert (each.state, each.way, each.asked_on, each.days_waiting(date(2026, 1, 9))) == (
        "retrieved", "author", "2025-12-01", None,
    )  # fmt: skip
    other = next(each for each in retrieval.sought(five, "A") if each.report == 2)
    assert other.days_waiting(date(2026, 1, 9)) == 39
    assert check.check(five).findings == ()


def test_the_same_step_and_the_same_letter_again_are_nothing_new(five: Review, act: Acting) -> None:
    manner = Manner("library", "", "2025-12-01")
    assert retrieval.note_step(five, act("A", "request"), [1], "requested", manner=manner) == 1
    assert retrieval.note_step(five, act("A", "request"), [1, 1], "requested", manner=manner) == 0
    assert retrieval.note_step(five, act("A", "request"), [1], "requested") == 0
    assert retrieval.note_step(five, act("A", "request"), [1], "requested", manner=Manner("author")) == 1
    asked = Manner("author", "N", "2025-12-02")
    assert retrieval.note_letter(five, act("A", "contact"), 2, asked)
    assert not retrieval.note_letter(five, act("A", "contact"), 2, asked)
    assert states(five)[2] == "requested"


def test_a_file_stays_where_it_is_said_again_without_it_that_it_came(five: Review, act: Acting) -> None:
    retrieval.note_step(five, act("A", "add"), [1], "retrieved", attachment=("one.pdf", pdf("one")))
    assert retrieval.note_step(five, act("A", "add"), [1], "retrieved") == 0
    assert retrieval.note_step(five, act("A", "add"), [1], "retrieved", manner=Manner("open_access")) == 1
    (each, *_) = retrieval.sought(five, "A")
    assert (each.name, each.way) == ("one.pdf", "open_access")
    assert five.blobs.read(each.sha256) == pdf("one")


@pytest.mark.parametrize(
    "manner", [Manner("pigeon"), Manner(on="yesterday"), Manner(on="2126-01-01"), Manner(on="20251201")]
)
def test_a_way_or_day_that_is_none_is_refused(five: Review, act: Acting, manner: Manner) -> None:
    with pytest.raises(UsageError):
        retrieval.note_step(five, act("A", "request"), [1], "requested", manner=manner)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", ""),
        (b" \n", ""),
        (b"%PDF-1.7", "a PDF"),
        (b"junk before\n%PDF-1.4\n", "a PDF"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\xef\xbb\xbf<html><title>Log in", "a web page"),
        (b"PK\x03\x04rest", "a zip archive, or a Word or EPUB document"),
        (b"An abstract.\n", "text"),
        (bytes(range(200)), "a binary file of no known kind"),
    ],
)
def test_what_is_no_pdf_is_kept_only_where_that_was_said(five: Review, act: Acting, content: bytes, kind: str) -> None:
    assert kind_of(content) == kind
    if kind != "a PDF":
        with pytest.raises(InputError, match=r"one\.pdf is (no PDF|empty)"):
            retrieval.note_step(five, act("A", "add"), [1], "retrieved", attachment=("one.pdf", content))
        assert states(five)[1] == ""
    if kind:
        assert (
            retrieval.note_step(five, act("A", "add"), [1], "retrieved", attachment=("one.pdf", content), any_kind=True)
            == 1
        )


def test_files_are_attached_by_name_or_by_the_doi_inside_and_the_rest_is_listed(five: Review, act: Acting) -> None:
    files = offered(
        p1=pdf("one"),
        scan=pdf("Published as doi:10.1000/000001 in a journal"),
        Author2_1982=pdf("nothing to be told"),
        strange=pdf("doi:10.9999/strange"),
        p5=pdf("not sought"),
        login=b"<html>Log in",
        empty=b"",
    )
    expected = {
        "p1.pdf": ("matched", 1),
        "scan.pdf": ("matched", 2),
        "Author2_1982.pdf": ("ambiguous", None),
        "strange.pdf": ("unmatched", None),
        "p5.pdf": ("unmatched", None),
        "login.pdf": ("refused", None),
        "empty.pdf": ("refused", None),
    }
    assert attach(five, act, files, dry_run=True) == expected
    assert set(states(five).values()) == {""}
    assert attach(five, act, files) == expected
    assert states(five) == {1: "retrieved", 2: "retrieved", 3: ""}
    again = attach(five, act, files)
    assert (again["p1.pdf"], again["scan.pdf"]) == (("same", 1), ("same", 2))
    n_changes = len(history.log(five, "A"))
    attach(five, act, files)
    assert len(history.log(five, "A")) == n_changes
    history.undo(five, act("A", "undo"))
    assert set(states(five).values()) == {""}


def test_two_files_for_one_report_are_left_to_a_person_and_a_file_is_not_replaced(five: Review, act: Acting) -> None:
    both = [*offered(p1=pdf("one")), Offered("r1.pdf", partial(bytes, pdf("another")))]
    assert attach(five, act, both) == {"p1.pdf": ("ambiguous", None), "r1.pdf": ("ambiguous", None)}
    assert attach(five, act, both[:1]) == {"p1.pdf": ("matched", 1)}
    assert attach(five, act, both[1:]) == {"r1.pdf": ("has another", 1)}
    assert retrieval.sought(five, "A")[0].name == "p1.pdf"


def test_the_same_file_for_two_reports_is_warned_of(five: Review, act: Acting) -> None:
    found = full_texts.attach(five, act("A", "add"), offered(p1=pdf("x"), p2=pdf("x")), Manner())
    assert [(each.state, bool(each.warning)) for each in found] == [("matched", False), ("matched", True)]
    assert retrieval.attached_elsewhere(five, "A", 2, pdf("x")) == [1]


@pytest.mark.parametrize(
    ("content", "own", "printed"),
    [
        (pdf("doi:10.1000/aB.1"), (), ("10.1000/ab.1",)),
        (pdf("https://doi.org/ 10.1000/x; see 10.2000/y."), (), ("10.1000/x", "10.2000/y")),
        (pdf(metadata="/doi (10.1000/S1\\(9\\))"), ("10.1000/s1(9)",), ()),
        (pdf(metadata="/Subject (J 2001. doi:10.1000/x)"), ("10.1000/x",), ()),
        (pdf(metadata="/Title (Without)") + b"<prism:doi>10.1000/x</prism:doi>", ("10.1000/x",), ()),
        (b'%PDF-1.4 prism:doi="10.1000/x"', ("10.1000/x",), ()),
        (b"%PDF-1.4 damaged", (), ()),
        (pdf("no number"), (), ()),
    ],
)
def test_the_dois_in_a_pdf_are_found(content: bytes, own: tuple[str, ...], printed: tuple[str, ...]) -> None:
    assert own_dois(content) == own
    assert dois_inside(content) == (own, printed)


@settings(max_examples=15, deadline=None)
@given(start=st.integers(0, 700), cut=st.binary(max_size=12))
def test_a_damaged_pdf_gives_no_more_than_no_doi(start: int, cut: bytes) -> None:
    whole = pdf("doi:10.1000/x", metadata="/doi (10.1000/x)")
    own, printed = dois_inside(whole[:start] + cut + whole[start + len(cut) :])
    assert all(doi.startswith("10.") for doi in (*own, *printed))


@pytest.mark.parametrize("format_", full_text_lists.FORMATS)
def test_the_list_for_a_library_holds_what_has_not_come(five: Review, act: Acting, format_: str) -> None:
    retrieval.note_step(five, act("A", "add"), [1], "retrieved")
    retrieval.note_step(five, act("A", "missing"), [2], "not_retrieved", "withdrawn")
    made = full_text_lists.written(five, "A", format_, resolver="https://resolver.example.org/?a=b")
    assert made.n == 2
    if format_ == "xlsx":
        header, *rows = read_workbook("list.xlsx", made.content)
        assert [row[0] for row in rows] == ["p2", "p3"]
        assert (rows[0][header.index("why")], rows[0][header.index("doi")]) == ("withdrawn", "10.1000/000001")
        assert "a=b&url_ver=Z39.88-2004" in rows[0][header.index("link")]
    elif format_ == "csv":
        found = list(csv.DictReader(io.StringIO(made.content.decode())))
        assert [(row["report"], row["state"], row["volume"]) for row in found] == [
            ("p2", "not_retrieved", ""), ("p3", "", ""),
        ]  # fmt: skip
    elif format_ == "md":
        assert made.content.decode().count("- **p") == 2
    else:
        export = open_export(made.content, "list")
        assert len(list(export.records())) == 2
        back = identification.import_file(five, act("L", "import"), "list", made.content, source="elsewhere")
        assert back.n_new == 0


@given(
    st.builds(Record, kind=st.sampled_from(("journal", "book", "thesis", "chapter")), title=st.text(), doi=st.text())
)
def test_a_link_is_an_address_whatever_the_record_holds(record: Record) -> None:
    made = link(record, "https://resolver.example.org")
    assert made.startswith("https://resolver.example.org?url_ver=Z39.88-2004&")
    assert made.isascii()
    assert not set(made) & set(' \n<>"')


def test_a_letter_goes_to_the_addresses_that_the_records_give(review: Review, act: Acting, cast_vote: Voting) -> None:
    text = (
        "TY  - JOUR\nTI  - Doxofylline at night\nAU  - Neskwood, K\nPY  - 2019\n"
        "AD  - Oslo. Electronic address: k.neskwood@uni.example.org.\nER  - \n"
    )
    identification.import_file(review, act("L", "import"), "one.ris", text.encode(), source="PubMed")
    for name in ("A", "B"):
        cast_vote(review, act, name, 1, "include")
    (letter,) = full_text_lists.letters(review, "A", [1], "A")
    assert letter.to == ("k.neskwood@uni.example.org",)
    for words in ("To: k.neskwood@uni.example.org\n", "Dear Neskwood,", "Doxofylline at night", "A small review"):
        assert words in letter.text
    assert addresses(["no address", "a@b", "x@y.org; x@y.org"]) == ("x@y.org",)


def test_awaiting_and_ongoing_stand_in_flow_status_and_checks(five: Review, act: Acting) -> None:
    retrieval.note_step(five, act("A", "add"), [1, 2, 3], "retrieved")
    for record, verdict in ((1, Verdict.AWAITING), (2, Verdict.ONGOING), (3, Verdict.ONGOING)):
        for name in ("A", "B"):
            screening.vote(five, act(name, "screen"), FT, [screening.Decision(record, verdict)])
    found = flow.compute(five, "A")
    told = found.to_json()
    assert (told["awaiting_classification"], told["ongoing"], told["new_reports"]) == (1, 2, 0)
    assert {check_.id: check_.ok for check_ in found.checks}["P10"] is True
    lines = [line.words for line in flow.diagram(found).box("included").lines]
    assert lines[-2:] == ["Reports awaiting classification (n = 1)", "Reports of ongoing studies (n = 2)"]
    assert "1 awaiting classification, 2 ongoing" in history.status(five, "A").stages[4].done


THIRD = '\n[[team]]\nname = "C"\nroles = ["reviewer"]\n'


def test_nothing_tells_of_a_settlement_that_a_reviewer_may_not_see(
    fresh: Fresh, acts: Callable[[], Acting], add_records: Adding, cast_vote: Voting
) -> None:
    """B and C settle on 1 without A; whatever they do with its full text, A reads the same."""
    told = []
    for is_sought in (False, True):
        act = acts()
        with fresh("memory", THIRD) as review:
            add_records(review, act, range(3))
            for name in ("A", "B"):
                cast_vote(review, act, name, 2, "include")
            if is_sought:
                for name in ("B", "C"):
                    cast_vote(review, act, name, 1, "include")
                full_texts.attach(review, act("B", "fulltext add p1"), offered(p1=pdf("x")), Manner())
                retrieval.note_letter(review, act("C", "fulltext contact p1"), 1, Manner("author", "N"))
            said = []
            for attempt in (
                partial(retrieval.history, review, "A", 1),
                partial(retrieval.note_step, review, act("A", "add"), [1], "retrieved"),
                partial(retrieval.note_letter, review, act("A", "contact"), 1, Manner("author")),
                partial(full_text_lists.letters, review, "A", [1], "A"),
            ):
                with pytest.raises(StateError, match="is not sought") as refused:
                    attempt()
                said.append(refused.value.what)
            said.append(repr(attach(review, act, offered(p1=pdf("x"), p2=pdf("x")))))
            said.append(repr(retrieval.attached_elsewhere(review, "A", 2, pdf("x"))))
            said.append(repr([history.to_json(line)["words"] for line in history.log(review, "A")]))
            said += [
                full_text_lists.written(review, "A", each, "all").content.decode() for each in ("csv", "md", "ris")
            ]
            said.append(repr(retrieval.sought(review, "A")))
            told.append(said)
    assert told[0] == told[1]


def test_that_a_full_text_did_not_come_is_not_refused_because_of_a_vote_that_is_hidden(
    five: Review, act: Acting, cast_vote: Voting
) -> None:
    retrieval.note_step(five, act("A", "add"), [1], "retrieved")
    cast_vote(five, act, "B", 1, "include", stage=FT)
    assert retrieval.note_step(five, act("A", "missing"), [1], "not_retrieved", "the wrong file") == 1
    with pytest.raises(StateError, match="has votes on its full text"):
        retrieval.note_step(five, act("B", "missing"), [1], "not_retrieved", "lost")


def test_steps_stay_with_their_report_when_records_are_merged(five: Review, act: Acting) -> None:
    retrieval.note_step(five, act("A", "request"), [2], "requested", manner=Manner("library", "", "2025-12-01"))
    retrieval.note_letter(five, act("A", "contact"), 3, Manner("author", "N"))
    deduplication.merge(five, act("L", "dedup merge"), 2, 3)
    _, steps = retrieval.history(five, "A", 3)
    assert [step.kind for step in steps] == ["requested", "requested", "asked"]

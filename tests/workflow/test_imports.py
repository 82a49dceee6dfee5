from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.errors import InputError, UsageError
from reviewflow.storage import ledger, records
from reviewflow.storage.blobs import sha256_of
from reviewflow.storage.records import Search
from reviewflow.workflow import flow, history, identification
from reviewflow.workflow.check import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting

HTML = b"<!doctype html>\n<html><body>Your session has expired</body></html>\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"


@pytest.fixture
def bring(review: Review, act: Acting) -> Callable[..., identification.Imported]:
    """`bring("a.ris", content, source=...)` imports into the review of the test."""

    def imported(
        name: str, content: bytes, source: str = "PubMed", n_expected: int | None = None
    ) -> identification.Imported:
        act_ = act("A", f"import {name}")
        return identification.import_file(review, act_, name, content, source=source, n_expected=n_expected)

    return imported


def n_changes(review: Review) -> int:
    with review.reading() as connection:
        return len(ledger.changes(connection))


def test_the_same_file_twice_adds_nothing_whatever_it_is_called(
    review: Review, bring: Callable[..., identification.Imported], ris: Callable[..., str]
) -> None:
    content = ris(range(3)).encode()
    assert (bring("a.ris", content).n_new, n_changes(review)) == (3, 1)
    again = bring("b.ris", content, source="Embase")
    assert (again.n_records, again.n_new, again.source) == (3, 0, "PubMed")
    assert "imported before as a.ris" in again.notes[0]
    assert n_changes(review) == 1
    assert flow.compute(review).counts.identified == 3


def test_records_are_counted_under_their_source(
    review: Review, bring: Callable[..., identification.Imported], ris: Callable[..., str]
) -> None:
    bring("a.ris", ris(range(3)).encode(), source="PubMed")
    bring("b.ris", ris(range(3, 5)).encode(), source="Embase")
    bring("c.ris", ris(range(5, 6)).encode(), source="pubmed")
    counts = flow.compute(review).counts
    assert counts.database_specific_results == {"PubMed": 4, "Embase": 2}
    assert [(run.source, run.n_records) for run in identification.list_searches(review)] == [
        ("PubMed", 4),
        ("Embase", 2),
    ]


def test_a_register_and_a_website_are_counted_as_what_they_are(
    review: Review, act: Acting, ris: Callable[..., str]
) -> None:
    for n, (source, kind) in enumerate((("CENTRAL", "register"), ("WHO", "website"))):
        search = Search(0, source, kind, "", "", "", "", None, "")
        run = identification.add_search(review, act("A", "search add"), search)
        content = ris([n]).encode()
        identification.import_file(review, act("A", "import"), f"{n}.ris", content, search=run.id)
    counts = flow.compute(review).counts
    assert (counts.register_results, counts.website_results, counts.database_results) == (1, 1, 0)
    with pytest.raises(UsageError, match="is no kind of source"):
        identification.add_search(review, act("A", "search add"), Search(0, "?", "rumour", "", "", "", "", None, ""))
    with pytest.raises(UsageError, match="there is no search 99"):
        identification.import_file(review, act("A", "import"), "x.ris", ris([9]).encode(), search=99)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.ris", b""),
        ("blank.ris", b"\n\n  \n"),
        ("login.ris", HTML),
        ("login.nbib", HTML),
        ("picture.ris", PNG),
        ("picture.png", PNG),
        ("header.csv", b"title,year,doi\n"),
    ],
)
def test_a_file_without_records_is_refused_and_leaves_no_trace(
    review: Review, bring: Callable[..., identification.Imported], name: str, content: bytes
) -> None:
    with pytest.raises(InputError) as refused:
        bring(name, content)
    assert name in refused.value.what
    assert refused.value.remedy
    assert n_changes(review) == 0
    assert flow.compute(review).counts.identified == 0
    assert not review.blobs.path(sha256_of(content)).exists()


def test_a_record_without_its_end_is_still_counted(
    review: Review, bring: Callable[..., identification.Imported], ris: Callable[..., str]
) -> None:
    whole = ris(range(3))
    without = whole.replace("ER  - \n", "", 1)
    assert without != whole
    found = bring("a.ris", without.encode())
    assert (found.n_records, found.n_new) == (3, 3)
    assert flow.compute(review).counts.identified == 3


def test_another_number_than_expected_is_told_and_stays_told(
    review: Review, bring: Callable[..., identification.Imported], act: Acting, ris: Callable[..., str]
) -> None:
    found = bring("a.ris", ris(range(3)).encode(), n_expected=5)
    assert not found.is_clean
    assert "5 records were expected and 3 were read" in found.notes[0]
    assert bring("b.ris", ris(range(3, 5)).encode(), source="Embase", n_expected=2).is_clean
    search = Search(0, "Scopus", "database", "", "", "", "", 7, "")
    run = identification.add_search(review, act("A", "search add"), search)
    identification.import_file(review, act("A", "import"), "s.ris", ris([9]).encode(), search=run.id)
    words = [finding.words for finding in check(review).findings if finding.rule == "search-count"]
    assert words == ["Scopus showed 7 records and 1 were imported"]


def test_an_undone_import_can_be_made_again(
    review: Review, bring: Callable[..., identification.Imported], act: Acting, ris: Callable[..., str]
) -> None:
    content = ris(range(3)).encode()
    bring("a.ris", content)
    history.undo(review, act("A", "undo"))
    assert flow.compute(review).counts.identified == 0
    assert bring("a.ris", content).n_new == 3
    counts = flow.compute(review).counts
    assert (counts.identified, counts.records_screened) == (3, 3)
    assert check(review).findings == ()


def test_an_import_under_a_search_stands_on_it(
    review: Review, bring: Callable[..., identification.Imported], act: Acting, ris: Callable[..., str]
) -> None:
    bring("a.ris", ris(range(3)).encode())
    bring("b.ris", ris(range(3, 5)).encode())
    with pytest.raises(Exception, match="later changes stand on it") as refused:
        history.undo(review, act("A", "undo"), "1")
    assert refused.type.__name__ == "StateError"


def test_a_file_is_kept_under_its_hash_and_its_damage_is_found(
    review: Review, bring: Callable[..., identification.Imported], ris: Callable[..., str]
) -> None:
    content = ris(range(3)).encode()
    bring("a.ris", content)
    path = review.blobs.path(sha256_of(content))
    assert path.read_bytes() == content
    assert path.name == sha256_of(content)
    path.write_bytes(content.replace(b"aspirin", b"placebo"))
    assert [f.words for f in check(review).findings if f.rule == "file"] == [
        f"the stored copy of a.ris (SHA-256 {path.name[:12]}...) was altered"
    ]
    path.unlink()
    assert ["is missing" in f.words for f in check(review).findings if f.rule == "file"] == [True]


def test_every_tag_is_kept_as_it_was_and_fields_are_read_from_it(
    review: Review, bring: Callable[..., identification.Imported], ris: Callable[..., str]
) -> None:
    content = ris(range(2)).encode()
    bring("a.ris", content)
    with review.reading() as connection:
        for _, format_, raw, _ in records.raw_records(connection):
            assert format_ == "ris"
            assert content[raw.start : raw.end].startswith(b"TY  - JOUR")
            assert dict(raw.tags)["AN"] == f"ACC{raw.ordinal - 1:06d}"


def test_a_file_with_half_a_character_in_its_name_and_in_a_title_is_imported(
    review: Review, bring: Callable[..., identification.Imported]
) -> None:
    content = b'[{"id": "1", "type": "article-journal", "title": "A trial of \\ud800 and \\u0000 nothing"}]'
    assert bring("caf\udce9.json", content).n_new == 1
    assert check(review).findings == ()


@pytest.mark.parametrize(
    ("source", "more", "kind"),
    [
        ("ICTRP", "", "register"),
        ("clinicaltrials.gov", "", "register"),
        ("EU Clinical Trials Register", "", "register"),
        ("the registers", "ClinicalTrials.gov", "register"),
        ("Embase", "", "database"),
        ("Embase", "Scopus", "database"),
    ],
)
def test_a_register_that_nobody_logged_counts_as_one(
    review: Review, bring: Callable[..., identification.Imported], source: str, more: str, kind: str
) -> None:
    bring("a.csv", f"title,year,source_db\nOak,2019,{more}\n".encode(), source=source)
    assert [run.kind for run in identification.list_searches(review)] == [kind]

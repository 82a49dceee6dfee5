"""The database of a record and the program that wrote the file are two facts; a person knows better than both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.errors import InputError, UsageError
from reviewflow.storage.records import Search
from reviewflow.workflow import identification

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting

ENTRY = "TY  - JOUR\nTI  - Oak galls {n}\nAU  - Rossi, Anna\nST  - Oak\n{lines}\nER  - \n\n"
ENDNOTE = "ID  - 1\nER  - "


def export(*lines: str) -> bytes:
    return "".join(ENTRY.format(n=n, lines=each) for n, each in enumerate(lines)).encode()


def bring(review: Review, act: Acting, content: bytes, **more: str | int) -> identification.Imported:
    return identification.import_file(review, act("A", "import"), "a.ris", content, **more)  # type: ignore[arg-type] # passed on


def test_the_program_that_wrote_a_file_is_no_database(review: Review, act: Acting) -> None:
    mixed = export("UR  - https://www.embase.com/search?id=1\nID  - 1", "DB  - Scopus\nID  - 2", "ID  - 3")
    with pytest.raises(UsageError, match="its records name Embase, Scopus"):
        bring(review, act, mixed)
    with pytest.raises(UsageError, match="does not tell which database it comes from"):
        bring(review, act, export("ID  - 1"))
    assert identification.list_searches(review) == []


def test_a_source_that_only_some_records_tell_is_taken_with_a_word(review: Review, act: Acting) -> None:
    done = bring(review, act, export("DB  - Scopus", "KW  - oak"))
    assert (done.source, done.notes) == ("Scopus", ("only 1 of 2 records say Scopus: --source NAME says otherwise",))


def test_a_platform_is_named_as_none_of_the_databases(review: Review, act: Acting) -> None:
    lines = "UR  - https://search.ebscohost.com/login.aspx?db=x&AN=1"
    assert bring(review, act, export(lines)).notes == (
        "EBSCOhost is a platform: name the database that was searched there, with --source",
    )
    assert bring(review, act, export(lines, lines), source="EconLit").notes == ()


def test_a_source_against_what_the_records_say_is_told_and_counts(review: Review, act: Acting) -> None:
    done = bring(review, act, export("DB  - Scopus", "DB  - Scopus"), source="Embase")
    assert done.source == "Embase"
    assert done.notes == ("the records say that they come from Scopus (2); they count under Embase",)
    again = bring(review, act, export("DB  - Scopus", "DB  - Scopus"), source="Scopus")
    assert again.notes[-1] == "its records count under Embase: --source Scopus changes nothing"


def test_records_found_by_citations_may_come_from_any_database(review: Review, act: Acting) -> None:
    chased = Search(0, "Citation searching", "citation", "", "", "", "", None, "")
    run = identification.add_search(review, act("A", "search add"), chased)
    assert bring(review, act, export("DB  - Scopus"), search=run.id).notes == ()
    with pytest.raises(UsageError, match="search 1 is of Citation searching, not of Embase"):
        bring(review, act, export("DB  - Embase"), search=run.id, source="Embase")


def test_a_file_that_cannot_be_imported_stops_the_others(review: Review) -> None:
    good, silent = ("a.ris", export("DB  - Scopus")), ("b.ris", export("KW  - oak"))
    identification.refuse_unready(review, [good])
    identification.refuse_unready(review, [good, silent], "Scopus")
    with pytest.raises(UsageError, match=r"b\.ris does not tell"):
        identification.refuse_unready(review, [good, silent])
    with pytest.raises(InputError):
        identification.refuse_unready(review, [good, ("c.ris", b"<html></html>")], "Scopus")


def test_retracted_reports_are_told_when_they_are_imported(review: Review, act: Acting) -> None:
    content = export("M3  - Retracted Article\nDB  - Scopus", "KW  - retracted\nDB  - Scopus")
    titled = b"TY  - JOUR\nTI  - RETRACTED: Oak galls\nDB  - Scopus\nER  - \n"
    assert bring(review, act, content + titled).notes == ("2 records marked as retracted or withdrawn",)

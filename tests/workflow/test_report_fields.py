"""A report shows the best fields of its records wherever it is shown as one; votes hang on the record that names it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.screening import Stage, State
from reviewflow.errors import InputError
from reviewflow.formats import canonical, open_export
from reviewflow.storage import records, votes
from reviewflow.workflow import adjudication, deduplication, identification, report_fields, retrieval, screening
from reviewflow.workflow.export import Wanted, records_text

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Voting

TA = Stage.TITLE_ABSTRACT
POOR = """TY  - JOUR
TI  - DOXOFYLLINE IN ADULTS WITH ASTHMA: A RANDOMISED TRIAL
AU  - Neskwood, K.
PY  - 2019
JO  - Synth J Asthma
AB  - Adults were assigned...
DO  - 10.5555/sja.12.101
AN  - 111
ER  -{0}
TY  - JOUR
TI  - Heparin in dialysis: a cohort study
AU  - Jones, Ben
PY  - 2002
DO  - 10.5555/two
ER  -{0}
""".format(" \n")
RICH = """TY  - JOUR
TI  - Doxofylline in adults with asthma: a randomised trial
AU  - Neskwood, Karin
PY  - 2019
JO  - Synthetic Journal of Asthma
VL  - 12
SP  - 101
EP  - 109
AB  - Adults were assigned to doxofylline or placebo. Fewer had exacerbations. Copyright (C) 2019 Elsevier
DO  - 10.5555/sja.12.101
AN  - L2
ER  -{}
""".format(" \n")
TITLE = "Doxofylline in adults with asthma: a randomised trial"
ABSTRACT = "Adults were assigned to doxofylline or placebo. Fewer had exacerbations."


@pytest.fixture
def two(review: Review, act: Acting) -> Review:
    """Report p1 of r1 (capitals, cut short) and r3 (as printed), and report p2 of r2."""
    for text, source in ((POOR, "PubMed"), (RICH, "Embase")):
        identification.import_file(review, act("L", "import"), f"{source}.ris", text.encode(), source=source)
    assert deduplication.run(review, act("L", "dedup run")).n_reports == 2
    return review


def test_screening_shows_the_surviving_fields_and_the_vote_hangs_on_the_record_that_names_the_report(
    two: Review, act: Acting, cast_vote: Voting
) -> None:
    first, second = screening.to_screen(two, "A", TA)
    assert (first.report, first.record.title, first.record.abstract) == (1, TITLE, ABSTRACT)
    assert first.source == "PubMed, Embase"
    assert (second.report, second.source) == (2, "PubMed")
    cast_vote(two, act, "A", first.report, "include")
    with two.reading() as connection:
        assert [vote.record for _, vote in votes.standing_votes(connection, TA)] == [1]


def test_what_waits_is_read_a_page_at_a_time_in_one_order(two: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = screening.to_screen(two, "A", TA)
    monkeypatch.setattr(screening, "_PAGE", 1)
    queue = screening.waiting(two, "A", TA)
    assert list(screening.shown_to_screen(two, queue)) == whole
    assert [report for report, _ in queue] == [each.report for each in whole]
    assert list(screening.shown_to_screen(two, [(99, False), *queue])) == whole


def test_conflicts_and_full_texts_are_listed_with_the_surviving_title(
    two: Review, act: Acting, cast_vote: Voting
) -> None:
    cast_vote(two, act, "A", 1, "include")
    cast_vote(two, act, "B", 1, "exclude")
    assert [each.title for each in adjudication.conflicts(two, "A")] == [TITLE]
    for name in ("A", "B"):
        cast_vote(two, act, name, 1, "include")
    assert [each.record.title for each in retrieval.sought(two, "A")] == [TITLE]


def test_a_table_of_reports_says_of_each_field_from_which_record_it_is(two: Review) -> None:
    first, second = csv.DictReader(io.StringIO(records_text(two, Wanted()).text))
    assert (first["record_id"], first["title"], first["volume"], first["abstract"]) == ("r1", TITLE, "12", ABSTRACT)
    assert first["record_ids"] == "r1; r3"
    assert first["source_ids"] == "PubMed 111 (r1); Embase L2 (r3)"
    assert {first[f"{name}_from"] for name in ("title", "authors", "volume", "pages", "abstract")} == {"r3"}
    assert (first["doi_from"], first["issue_from"], first["source_db"]) == ("r1", "", "PubMed; Embase")
    assert (second["record_ids"], second["title_from"], second["volume_from"]) == ("r2", "r2", "")


def test_a_table_of_records_is_as_the_sources_gave_them(two: Review) -> None:
    rows = list(csv.DictReader(io.StringIO(records_text(two, Wanted(all_records=True)).text)))
    assert [row["title"] for row in rows][0::2] == [TITLE.upper(), TITLE]
    assert "title_from" not in rows[0]


@pytest.mark.parametrize("name", ["ris", "nbib", "bibtex", "csl_json", "endnote_xml", "csv"])
def test_reports_go_out_with_their_surviving_fields_in_every_format(two: Review, name: str) -> None:
    export = open_export(records_text(two, Wanted(name)).text.encode(), "x")
    first, _ = (canonical(raw, export.format) for raw in export.records())
    assert (first.title, first.abstract, first.volume) == (TITLE, ABSTRACT, "12")


def test_reports_that_went_out_are_known_when_they_come_back(two: Review, act: Acting) -> None:
    content = records_text(two, Wanted("ris")).text.encode()
    back = identification.import_file(two, act("L", "import"), "back.ris", content, source="elsewhere")
    assert (back.n_records, back.n_new) == (2, 0)


def test_what_a_report_shows_does_not_depend_on_votes(two: Review, act: Acting, cast_vote: Voting) -> None:
    def seen() -> tuple[object, ...]:
        pending = records_text(two, Wanted(stage=TA, state=State.PENDING), "A")
        return screening.to_screen(two, "A", TA), pending, records_text(two, Wanted()), report_fields.show(two, 1)

    before = seen()
    cast_vote(two, act, "B", 1, "exclude")
    cast_vote(two, act, "B", 2, "exclude")
    assert seen() == before


def test_a_report_is_shown_with_its_records_fields_and_links(two: Review, act: Acting) -> None:
    found = report_fields.show(two, 3)
    assert (found.report, [each.id for each in found.candidates]) == (1, [1, 3])
    assert found.sides()["title"] == (TITLE.upper(), TITLE)
    assert found.surviving.chosen["title"].record_id == 3
    assert [(link.record_a, link.record_b, link.by_person) for link in found.links] == [(1, 3, False)]
    deduplication.answer(two, act("L", "dedup review"), [(1, 3, True)])
    assert [link.by_person for link in report_fields.show(two, 1).links] == [False, True]


def test_a_split_leaves_each_report_its_own_fields(two: Review, act: Acting) -> None:
    deduplication.split(two, act("L", "dedup split"), [3])
    with two.reading() as connection:
        known = {id_: record for id_, _, record in records.records(connection)}
        assert report_fields.shown_records(connection, [1, 2, 3]) == known
    assert report_fields.show(two, 1).links == ()


def test_a_record_that_is_not_there_is_no_report(two: Review) -> None:
    with pytest.raises(InputError, match="r99"):
        report_fields.show(two, 99)

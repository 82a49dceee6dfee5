"""What a report shows is chosen field by field from its records, and says from which and why."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.deduplication import Candidate
from reviewflow.domain.deduplication.survivor import (
    FIELDS,
    SURVIVOR_TABLES,
    Other,
    Surviving,
    as_text,
    read_signs,
    surviving,
)
from reviewflow.domain.deduplication.survivor_place import PLACE
from reviewflow.domain.deduplication.survivor_text import without_tail
from reviewflow.domain.record import Record
from reviewflow.errors import InputError
from reviewflow.resources import schema_toml

TABLES = {name: schema_toml("deduplication", f"{name}.toml") for name in SURVIVOR_TABLES}
SIGNS = read_signs(TABLES)
WHOLE = "Children were assigned to doxofylline or placebo. Exacerbations fell by a third."


def of(*records: Record) -> Surviving:
    """The report of records r1, r2, ..."""
    return surviving([Candidate(id_, record, f"S{id_}") for id_, record in enumerate(records, 1)], SIGNS)


def title_of(*titles: str) -> str:
    return of(*(Record(title=title) for title in titles)).record.title


def doi_of(*dois: str) -> str:
    return of(*(Record(doi=doi) for doi in dois)).record.doi


def abstract_of(*abstracts: str) -> str:
    return of(*(Record(abstract=abstract) for abstract in abstracts)).record.abstract


def authors_of(*lists: tuple[str, ...]) -> tuple[str, ...]:
    return of(*(Record(authors=authors) for authors in lists)).record.authors


def test_a_report_of_one_record_shows_it_as_it_is(base: Record) -> None:
    odd = replace(base, title="[ASTHMA.]", abstract="Text. Copyright (C) 2020 Elsevier", keywords=("a", "A"))
    shown = of(odd)
    assert shown.record == odd
    assert {chosen.why for chosen in shown.chosen.values()} == {"the only record"}
    assert shown.record_ids == (1,)


def test_an_abbreviation_that_one_record_of_several_gives_is_not_said_to_be_of_the_only_record(base: Record) -> None:
    shown = of(base, replace(base, journal_abbreviation="Eur Respir J"), base)
    assert shown.record.journal_abbreviation == "Eur Respir J"
    assert shown.chosen["journal_abbreviation"].why == "no other record has it: 1 of 3"


def test_the_doi_that_most_records_have_survives() -> None:
    shown = of(Record(doi="10.1000/b"), Record(doi="10.1000/a"), Record(doi="10.1000/a"))
    assert shown.record.doi == "10.1000/a"
    assert shown.chosen["doi"].record_id == 2
    assert shown.chosen["doi"].why == "2 of 3 records have it"
    assert shown.chosen["doi"].others == (Other(1, "10.1000/b"),)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "10.1002/central/cn-01234567",
        "10.1111/bjh.2018.180.issue-s1",
        "10.1002/ajh.v95.s1",
        "10.1002/(issn)1097-0142",
        "10.1186/1745-6215-16-s2",
        "10.1000/journal.suppl_1",
        "10.1371/journal.pone.0012345.s001",
        "not a doi",
    ],
)
def test_a_doi_that_leads_elsewhere_does_not_win_by_votes(elsewhere: str) -> None:
    assert doi_of(elsewhere, elsewhere, "10.1000/own") == "10.1000/own"
    assert doi_of(elsewhere, elsewhere) == elsewhere


@pytest.mark.parametrize("own", ["10.1186/1745-6215-16-s2-o1", "10.1002/ajh.25000", "10.1182/blood-2018-99-110740"])
def test_the_doi_of_a_contribution_to_a_supplement_is_its_own(own: str) -> None:
    assert doi_of("10.1002/central/cn-1", own) == own


def test_of_two_dois_with_as_many_votes_that_of_the_place_survives() -> None:
    preprint = Record(kind="preprint", journal="medRxiv", year=2019, doi="10.1101/19000001")
    printed = Record(journal="Lung", year=2020, volume="3", pages="1-9", doi="10.1000/lung")
    assert of(preprint, printed).record.doi == "10.1000/lung"
    assert of(preprint, printed).record.kind == "journal"


def test_the_place_is_that_of_the_printed_issue_and_whole() -> None:
    early = Record(
        journal="Lung", year=2019, issue="(no pagination)", pages="1-9", publication_types=("Article in Press",)
    )
    printed = Record(journal="Lung", year=2020, volume="12", issue="3", pages="201-209")
    shown = of(early, early, printed)
    assert [getattr(shown.record, name) for name in PLACE] == ["Lung", "", 2020, "12", "3", "201-209"]
    assert {shown.chosen[name].record_id for name in ("year", "volume", "issue", "pages")} == {3}
    assert shown.chosen["volume"].why == "printed issue over article in press"
    assert shown.chosen["year"].others == (Other(1, "2019"),)


def test_what_a_place_lacks_comes_only_from_a_record_that_agrees_with_it() -> None:
    best = Record(journal="Lung", year=2020, volume="12", pages="201-209")
    assert of(best, Record(journal="Lung", volume="12", issue="3")).record.issue == "3"
    assert of(best, Record(journal="Lung", volume="13", issue="3")).record.issue == ""
    assert of(best, Record(journal="Lung", year=2019, volume="12", issue="3")).record.issue == ""
    assert of(best, Record(journal="Kidneys", volume="12", issue="3")).record.issue == ""
    assert of(best, Record(issue="3")).record.issue == ""


def test_a_filled_field_says_where_it_is_from() -> None:
    chosen = of(Record(year=2020, volume="12", pages="201"), Record(volume="12", issue="3")).chosen["issue"]
    assert (chosen.record_id, chosen.why) == (2, "not in r1, whose place agrees; no other record has it: 1 of 2")


def test_the_full_name_of_the_journal_survives_and_none_of_another_journal() -> None:
    short = Record(journal="Eur Respir J", year=2020, volume="12", issue="3", pages="201-209")
    full = replace(short, journal="European Respiratory Journal", issue="")
    shown = of(short, full)
    assert (shown.record.journal, shown.record.issue) == ("European Respiratory Journal", "3")
    assert shown.chosen["journal"].why == "full name over abbreviation"
    other = Record(journal="Proceedings of the Congress of Lung Doctors", year=2020)
    assert of(short, other).record.journal == "Eur Respir J"
    capitals = replace(full, journal="EUROPEAN RESPIRATORY JOURNAL")
    assert of(capitals, full).record.journal == "European Respiratory Journal"


@pytest.mark.parametrize(
    "tail",
    [
        " Copyright (C) 2020 Elsevier Ltd. All rights reserved.",
        " (c) 2019 Elsevier",
        " [Abstract from author]",
        " Copyright \u00a9 2018, The Authors.",
        " \u00a9 The Author(s) 2021. Published by Springer.",
        "\nCopyright of Lung is the property of a press and its content may not be copied.",
        " Copyright Copyright (C) 2010 Elsevier",
        " (PsycINFO Database Record (c) 2012 APA, all rights reserved)",
        " This article is protected by copyright. All rights reserved.",
    ],
)
def test_a_copyright_line_is_cut_off_and_counts_for_nothing(tail: str) -> None:
    longer = WHOLE + " Nobody left the trial."
    assert without_tail(WHOLE + tail, SIGNS) == WHOLE
    assert abstract_of(WHOLE + tail, longer) == longer
    assert abstract_of(WHOLE + tail, "Short.") == WHOLE


@pytest.mark.parametrize(
    "text",
    [
        "We studied copyright in software markets. Copyright law matters for prices.",
        "Group (c) 20 patients did well.",
        WHOLE + " Copyright 2020 Elsevier. Trial registration: NCT01234567",
        "Copyright (C) 2020 Elsevier",
    ],
)
def test_what_is_part_of_an_abstract_or_all_of_it_is_not_cut_off(text: str) -> None:
    assert without_tail(text, SIGNS) == text


def test_a_truncated_abstract_and_a_word_for_none_lose_against_a_whole_one() -> None:
    assert abstract_of(WHOLE * 2 + " (ABSTRACT TRUNCATED AT 250 WORDS)", WHOLE) == WHOLE
    assert abstract_of(WHOLE * 2 + "...", WHOLE) == WHOLE
    assert abstract_of("No abstract available, sorry...", "No abstract available", "Fell.") == "Fell."
    assert abstract_of("", "No abstract available.") == "No abstract available."


def test_the_longest_list_of_authors_survives_with_full_given_names() -> None:
    initials = ("Okonjo, A.", "Lindqvist, P.", "Marchetti, G.")
    named = ("Okonjo, Adaeze", "Lindqvist, Per", "Marchetti, G.")
    assert authors_of(initials, named) == named
    assert authors_of(named[:2], initials) == initials
    assert authors_of((*named, "Ek, Bo", "et al."), initials) == initials
    assert authors_of(("Le, Clerc M.", "Ek, Bo"), ("Le Clerc, Marie", "Ek, Bo")) == ("Le Clerc, Marie", "Ek, Bo")
    assert authors_of(("Anonymous",), ("Ek, B.",)) == ("Ek, B.",)
    assert authors_of((*initials, "ALTS Study Group"), named) == named
    assert authors_of(tuple(name.upper() for name in named), initials) == initials


@pytest.mark.parametrize(
    "worse",
    [
        "DOXOFYLLINE IN CHILDREN WITH ASTHMA",
        "[Doxofylline in children with asthma]",
        "[Doxofylline in children with asthma].",
        "Doxofylline in children with asthma [Erratum appears in Lung. 2020;1:2]",
        "Doxofylline in children with asthma [Review]",
        "Doxofylline in children with asthma.[Erratum appears in Lung. 2020;1:2 Note: Ek, Bo [added]]",
        "Doxofylline in children with asthma (vol 36, pg 542, 2009)",
        "Doxofylline in children with...",
        "[No title available]",
        "Doxofylline in <i>children</i> with asthma",
    ],
)
def test_the_title_as_it_was_printed_survives(worse: str) -> None:
    better = "Doxofylline in children with asthma"
    assert title_of(worse, worse, better) == better
    assert title_of(better, worse) == better


def test_a_full_stop_behind_a_title_or_a_journal_is_left_out_where_a_record_has_none() -> None:
    assert title_of("Doxofylline in asthma.", "Doxofylline in asthma") == "Doxofylline in asthma"
    assert of(Record(journal="Lung.", volume="3"), Record(journal="Lung", volume="3")).record.journal == "Lung"


def test_a_doi_that_is_encoded_for_a_link_counts_as_the_same() -> None:
    assert doi_of("10.1000/a", "10.1000/s%281%29", "10.1000/s(1)") == "10.1000/s(1)"


def test_a_whole_title_wins_over_its_beginning() -> None:
    whole = "Doxofylline in children with asthma: a randomised trial"
    assert title_of(whole[:35], whole[:35], whole) == whole


def test_the_news_that_a_report_was_retracted_is_not_lost() -> None:
    retracted = "RETRACTED: Doxofylline in children with asthma"
    shown = of(Record(title="Doxofylline in children with asthma"), Record(title=retracted))
    assert shown.record.title == retracted
    assert shown.chosen["title"].why == "says that the report was retracted"


def test_lists_are_united_in_order_and_every_number_of_a_source_is_kept() -> None:
    shown = of(
        Record(keywords=("Asthma", "child"), issn=("1234-5678",), accession="111", database="PubMed"),
        Record(keywords=("asthma", "Doxofylline"), issn=("8765-4321",), accession="L2", database="Embase"),
    )
    assert shown.record.keywords == ("Asthma", "child", "Doxofylline")
    assert shown.record.issn == ("1234-5678", "8765-4321")
    assert shown.source_ids == (("S1", "111", 1), ("S2", "L2", 2))
    assert (shown.record.accession, shown.record.database) == ("111", "PubMed")


def test_a_number_is_never_put_beside_the_name_of_another_database() -> None:
    shown = of(Record(database="PubMed"), Record(accession="L2")).record
    assert (shown.accession, shown.database) == ("L2", "")


def test_a_kind_that_says_something_wins_over_other() -> None:
    assert of(Record(kind="other"), Record(kind="other"), Record(kind="conference")).record.kind == "conference"


def test_most_records_decide_on_the_language() -> None:
    languages = ("German", "english", "English")
    assert of(*(Record(language=each) for each in languages)).record.language == "english"


@pytest.mark.parametrize("name", SURVIVOR_TABLES)
def test_a_missing_table_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        read_signs({key: table for key, table in TABLES.items() if key != name})


def test_a_sign_that_does_not_compile_is_refused() -> None:
    broken: dict[str, Any] = deepcopy(TABLES)
    broken["survivor"]["doi"]["elsewhere"] = ["(unclosed"]
    with pytest.raises(InputError, match="unclosed"):
        read_signs(broken)


TEXTS = {
    "title": (
        "",
        "Doxofylline in children with asthma",
        "Doxofylline in children with asthma: a randomised trial",
        "[Doxofylline in children with asthma]",
        "DOXOFYLLINE IN CHILDREN",
        "RETRACTED: Doxofylline in children with asthma",
        "Doxofylline in children with asthma [Review]",
        "Asthma...",
    ),
    "abstract": ("", WHOLE, WHOLE + " Copyright (C) 2020 Elsevier", "No abstract available", WHOLE * 2 + "..."),
    "journal": ("", "European Respiratory Journal", "Eur Respir J", "Lung", "LUNG", "Blood. Conference: 5th Meeting"),
    "journal_abbreviation": ("", "Eur Respir J", "Lung"),
    "volume": ("", "53", "54", "1)", "2019"),
    "issue": ("", "4", "5", "suppl 1", "in press"),
    "pages": ("", "1801-1809", "1801", "22", "e28922", "S12", "01-Jun"),
    "doi": ("", "10.1000/a", "10.1000/b", "10.1002/central/cn-1", "nonsense"),
    "pmid": ("", "1", "2"),
    "accession": ("", "1", "L2"),
    "database": ("", "PubMed", "Embase"),
    "language": ("", "English", "eng"),
    "kind": ("journal", "other", "conference"),
}
LISTS = {
    "authors": ((), ("Okonjo, Adaeze", "Lindqvist, P."), ("Okonjo, A.", "Lindqvist, P.", "et al"), ("Anonymous",)),
    "keywords": ((), ("a", "B"), ("b", "c")),
    "publication_types": ((), ("Journal Article",), ("Article in Press",)),
    "issn": ((), ("1234-5678",)),
    "registry_ids": ((), ("NCT01234567",)),
}
records = st.builds(
    Record,
    year=st.sampled_from((None, 2019, 2020)),
    **{name: st.sampled_from(values) for name, values in TEXTS.items()},
    **{name: st.sampled_from(values) for name, values in LISTS.items()},
)
reports = st.lists(records, min_size=1, max_size=5).map(
    lambda drawn: [Candidate(id_, record, "PubMed") for id_, record in enumerate(drawn, 10)]
)
law = settings(max_examples=150, deadline=None)
UNITED = {field.name for field in fields(Record) if field.name in LISTS and field.name != "authors"}


@law
@given(report=reports, data=st.data())
def test_the_order_of_the_records_does_not_matter(report: list[Candidate], data: st.DataObject) -> None:
    assert surviving(data.draw(st.permutations(report)), SIGNS) == surviving(report, SIGNS)


@law
@given(report=reports)
def test_what_survived_survives_alone_and_beside_itself(report: list[Candidate]) -> None:
    record = surviving(report, SIGNS).record
    assert surviving([Candidate(1, record, "x")], SIGNS).record == record
    if len(report) > 1:
        assert surviving([Candidate(id_, record, "x") for id_ in (1, 2)], SIGNS).record == record


@law
@given(report=reports)
def test_every_chosen_value_is_given_by_the_record_that_is_named(report: list[Candidate]) -> None:
    shown = surviving(report, SIGNS)
    by_id = {candidate.id: candidate.record for candidate in report}
    for name, chosen in shown.chosen.items():
        value, printed = getattr(shown.record, name), getattr(by_id[chosen.record_id], name)
        if name in UNITED:
            assert set(printed) <= {text for each in by_id.values() for text in getattr(each, name)}
            assert {text.casefold() for text in printed} <= {text.casefold() for text in value}
        elif name == "abstract" and len(report) > 1:
            assert value == without_tail(printed, SIGNS)
        else:
            assert value == printed
        assert chosen.why
        assert all(other.value == as_text(getattr(by_id[other.record_id], name)) for other in chosen.others)


@law
@given(report=reports)
def test_no_field_is_lost_but_one_that_contradicts_the_place_or_the_number(report: list[Candidate]) -> None:
    shown = surviving(report, SIGNS)
    for name in FIELDS:
        anywhere = any(getattr(each.record, name) not in {"", None, ()} for each in report)
        here = getattr(shown.record, name) not in {"", None, ()}
        assert here == (name in shown.chosen)
        if name not in {*PLACE, "database"}:
            assert here == anywhere
    for names in (PLACE, ("accession", "database")):
        some = any(getattr(each.record, name) not in {"", None} for each in report for name in names)
        assert some == any(name in shown.chosen for name in names)


@law
@given(report=reports)
def test_volume_issue_and_pages_are_those_of_one_record_or_of_records_that_agree(report: list[Candidate]) -> None:
    shown = surviving(report, SIGNS)
    record = shown.record
    for name in ("volume", "issue", "pages"):
        if name in shown.chosen:
            source = next(each.record for each in report if each.id == shown.chosen[name].record_id)
            assert source.volume in {record.volume, ""} or not record.volume
            assert source.year in {record.year, None}

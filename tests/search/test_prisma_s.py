from __future__ import annotations

from dataclasses import replace

from reviewflow.domain.search.prisma_s import Logged, checklist

OVID = Logged(1, "MEDLINE", "database", "Ovid", "1. cold\n2. cure", "English", "2022-07-16", 135, 135, "")
EMBASE = replace(OVID, id=2, source="Embase", n_records=480, n_expected=485)


def states(*searches: Logged, deduplication: str = "") -> dict[int, str]:
    return {item.number: item.state for item in checklist(searches, deduplication)}


def words(number: int, *searches: Logged) -> str:
    return next(item.words for item in checklist(searches, "") if item.number == number)


def test_an_empty_log_reports_nothing_but_that_no_databases_were_searched_together() -> None:
    assert {n for n, state in states().items() if state != "no"} == {2}


def test_databases_on_one_platform_are_named_together() -> None:
    assert words(2, OVID, EMBASE) == "MEDLINE, Embase on Ovid"


def test_a_database_without_platform_is_reported_in_part() -> None:
    assert states(OVID, replace(EMBASE, platform=""))[1] == "partly"
    assert "No platform for Embase" in words(1, OVID, replace(EMBASE, platform=""))


def test_each_other_kind_of_source_answers_its_own_item() -> None:
    kinds = {"register": 3, "website": 4, "organisation": 4, "citation": 5, "contact": 6, "other": 7}
    for kind, number in kinds.items():
        found = states(replace(OVID, kind=kind))
        assert [n for n in range(3, 8) if found[n] == "yes"] == [number]


def test_a_search_without_strategy_limits_or_date_is_named() -> None:
    bare = replace(EMBASE, strategy="", limits="", searched_on="")
    found = states(OVID, bare)
    assert [found[n] for n in (8, 9, 13)] == ["partly"] * 3
    assert "Not said: the strategy for Embase (search 2)" in words(8, OVID, bare)
    assert [states(bare)[n] for n in (8, 9, 13)] == ["no"] * 3


def test_a_search_run_here_without_a_limit_had_none() -> None:
    assert words(9, replace(OVID, limits="", ran_here=True)) == "MEDLINE (search 1): none"


def test_notes_answer_filters_prior_work_and_peer_review() -> None:
    noted = replace(OVID, note="Filter: Cochrane HSSS; peer review: PRESS, by CB\nPrior work: Smith 2019")
    assert [words(n, noted) for n in (10, 11, 14)] == [
        "MEDLINE: Cochrane HSSS",
        "MEDLINE: Smith 2019",
        "MEDLINE: PRESS, by CB",
    ]
    assert 'begin a search\'s note with "Peer review:"' in words(14, OVID)


def test_a_rerun_answers_updates() -> None:
    again = replace(OVID, id=3, rerun_of=1, searched_on="2026-01-05", n_records=7, n_expected=7)
    assert words(12, OVID, again) == "search 1 was run again on 2026-01-05, 7 new"


def test_a_count_other_than_the_source_showed_is_reported_in_part() -> None:
    assert states(OVID)[15] == "yes"
    assert words(15, OVID, EMBASE) == "MEDLINE (search 1): 135; Embase (search 2): 480. But Embase showed 485"

"""One pair for each veto: records that an automatic rule or a hasty eye would merge, and that stay apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.deduplication import Explanation
    from reviewflow.domain.record import Record

    Judge = Callable[[Record, Record], Explanation]

EDITORIAL = {"title": "From the editor", "doi": "", "pmid": "", "abstract": "", "pages": "5-6", "issue": ""}
OTHER_TEXT = (
    "Twelve goats were fed maize from three fields for one season. Milk was weighed twice a day and its fat was "
    "measured by a method that has been described before. The yield rose with the rain and fell with the price of hay."
)
# What record a and record b change of the full record, and whether a person is asked.
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "another kind of notice": ({}, {"title": "Corrigendum: {}", "doi": "", "pmid": "", "abstract": ""}, "no"),
    "notice with the report's abstract": (
        {},
        {"title": "Erratum to: {}", "doi": "", "pmid": "", "pages": "9"},
        "review",
    ),
    "registry entry and publication": ({}, {"kind": "registry", "journal": "ClinicalTrials.gov", "doi": ""}, "no"),
    "another trial number": (
        {"registry_ids": ("NCT90000001",), "doi": "", "pmid": "", "abstract": ""},
        {"registry_ids": ("NCT90000002",), "doi": "", "pmid": "", "abstract": "", "pages": ""},
        "no",
    ),
    "another pmid": ({}, {"pmid": "90000002"}, "review"),
    "another doi": ({}, {"doi": "10.5555/erj.9", "pmid": "", "pages": "", "abstract": ""}, "review"),
    "another edition": (
        {"doi": "10.5555/cd1.pub2", "issue": "", "pages": "CD1"},
        {"doi": "10.5555/cd1.pub3", "issue": "", "pages": "CD1", "year": 2020, "volume": "", "pmid": ""},
        "review",
    ),
    "same doi, other place": ({}, {"volume": "47", "pages": "22", "pmid": ""}, "review"),
    "same doi, other journal": (
        {"volume": "", "issue": "", "pages": "", "pmid": ""},
        {"journal": "Circulation", "volume": "", "issue": "Suppl 1", "pages": "S22", "pmid": "", "abstract": ""},
        "review",
    ),
    "supplement and article in press": (
        {"doi": "", "pmid": "", "abstract": "", "volume": "", "issue": "", "pages": ""},
        {"doi": "", "pmid": "", "abstract": "", "issue": "Suppl 1", "pages": "S22", "year": 2018},
        "review",
    ),
    "word of a sequel": (
        {},
        {"title": "{} revisited", "doi": "", "pmid": "", "abstract": "", "volume": "", "issue": "", "pages": ""},
        "review",
    ),
    "other numbers in the title": ({"title": "{}: FOCUS 1"}, {"title": "{}: FOCUS 2", "doi": "", "pmid": ""}, "review"),
    "another word in the title": (
        {"title": "Effect of doxofylline on mucus in guinea pigs", "pages": "S22"},
        {
            "title": "Effect of roflumilast on mucus in guinea pigs",
            "doi": "",
            "pmid": "",
            "abstract": "",
            "pages": "S22",
        },
        "review",
    ),
    "words that exclude each other": (
        {"title": "Doxofylline added to inhaled steroids in adults with asthma", "abstract": ""},
        {"title": "Doxofylline added to inhaled steroids in children with asthma", "doi": "", "pmid": ""},
        "review",
    ),
    "serial title": (
        EDITORIAL | {"doi": "10.5555/e.1", "issue": "3"},
        EDITORIAL | {"doi": "10.5555/e.2", "issue": "4"},
        "no",
    ),
    "serial title without doi": (EDITORIAL | {"issue": "3"}, EDITORIAL | {"issue": "4"}, "no"),
    "conference and journal": (
        {"doi": "", "pmid": "", "abstract": "", "journal": "Lung", "volume": "", "issue": "", "pages": ""},
        {"doi": "", "pmid": "", "abstract": "", "journal": "Lung", "kind": "conference", "volume": "9", "issue": "S1"},
        "review",
    ),
    "preprint and publication": (
        {"doi": "", "pmid": "", "volume": "", "issue": "", "pages": ""},
        {"doi": "", "pmid": "", "volume": "", "issue": "", "pages": "", "kind": "preprint"},
        "review",
    ),
    "another issue": ({"doi": "", "pmid": ""}, {"doi": "", "pmid": "", "issue": "9", "pages": ""}, "review"),
    "serial title of another volume": (
        EDITORIAL | {"issue": "1"},
        EDITORIAL | {"issue": "1", "year": 2020, "volume": "54"},
        "no",
    ),
    "years and places apart": (
        {"doi": "", "pmid": "", "abstract": ""},
        {"doi": "", "pmid": "", "abstract": "", "year": 2012, "volume": "46", "pages": "9"},
        "no",
    ),
    "short title that may return": (EDITORIAL, EDITORIAL | {"pages": "5-8"}, "review"),
    "short title of two years": (EDITORIAL, EDITORIAL | {"year": 2020}, "review"),
    "another abstract": (
        {"doi": "", "pmid": "", "issue": "", "pages": ""},
        {"doi": "", "pmid": "", "issue": "", "pages": "", "abstract": OTHER_TEXT},
        "review",
    ),
    "years apart": (
        {"doi": "", "pmid": "", "issue": "", "pages": ""},
        {"doi": "", "pmid": "", "issue": "", "pages": "", "year": 2022, "volume": ""},
        "review",
    ),
}


def _pair(veto: str, base: Record) -> tuple[Record, Record]:
    a, b = (
        replace(base, **changed | {"title": changed.get("title", "{}").format(base.title)})
        for changed in PAIRS[veto][:2]
    )
    return a, b


@pytest.mark.parametrize("veto", PAIRS)
def test_the_veto_is_hit_by_its_pair(veto: str, base: Record, judged: Judge) -> None:
    found = judged(*_pair(veto, base))
    assert veto in found.vetoes, (found.vetoes, found.evidence)


@pytest.mark.parametrize("veto", PAIRS)
def test_the_pair_of_a_veto_is_left_to_a_person_or_kept_apart(veto: str, base: Record, judged: Judge) -> None:
    found = judged(*_pair(veto, base))
    assert found.decision == PAIRS[veto][2], (found.decision, found.rule, found.vetoes, found.score)


@pytest.mark.parametrize("veto", PAIRS)
def test_the_reason_is_a_sentence_that_names_what_speaks_against_the_pair(
    veto: str, base: Record, judged: Judge, tables: dict[str, dict[str, Any]]
) -> None:
    words = next(line["words"] for line in tables["rules"]["veto"] if line["name"] == veto)
    assert words in judged(*_pair(veto, base)).why


def test_every_veto_of_the_table_has_its_pair(tables: dict[str, dict[str, Any]]) -> None:
    assert [veto["name"] for veto in tables["rules"]["veto"] if veto["name"] not in PAIRS] == []

"""Pairs that are easily got wrong: what must merge, what must not, and how the latter belong together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.deduplication import Explanation
    from reviewflow.domain.record import Record

    Judge = Callable[[Record, Record], Explanation]

PLACELESS = {"volume": "", "issue": "", "pages": ""}
NO_IDS = {"doi": "", "pmid": ""}
MUST_MERGE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Embase without DOI and PubMed, the year off by one": ({}, NO_IDS | {"year": 2020}),
    "the article in press and the article, both in Embase": ({}, NO_IDS | PLACELESS | {"year": 2018}),
    "the article in press without abstract": ({}, NO_IDS | PLACELESS | {"year": 2018, "abstract": ""}),
    "a title translated by each database": (
        NO_IDS | {"title": "[Xanthines for the asthmatic child]", "abstract": ""},
        NO_IDS | {"title": "Doxofylline therapy in childhood asthma", "abstract": ""},
    ),
    "a German title and its translation": (
        NO_IDS | {"title": "Doxofyllin bei der Behandlung von Kindern mit Asthma", "abstract": ""},
        NO_IDS | {"title": "Treating asthmatic children with a new xanthine", "abstract": ""},
    ),
    "a title given in two languages in one field": (
        NO_IDS | {"title": "Doxofylline for children [Doxofyllin als Zusatztherapie beim kindlichen Asthma]"},
        NO_IDS | {"title": "Doxofyllin als Zusatztherapie beim kindlichen Asthma"},
    ),
    "a family name with and without its prefix": (
        {"authors": ("von Okonjo, Adaeze", "Lindqvist, P.")},
        NO_IDS | {"authors": ("Okonjo A",), "abstract": ""},
    ),
    "given and family names exchanged": (
        {"authors": ("Wang, Xiaoguang", "Liang, Wusheng")},
        NO_IDS | {"authors": ("Xiaoguang W", "Wusheng L")},
    ),
    "authors without commas run together": (
        {"authors": ("Okonjo, Adaeze", "Lindqvist, P.")},
        NO_IDS | {"authors": ("Okonjo A.Lindqvist P.Marchetti G.",)},
    ),
    "umlauts written in three ways": (
        {"authors": ("Müller, K.", "Björk, S.")},
        NO_IDS | {"authors": ("Mueller K", "Bjoerk S")},
    ),
    "a group in place of the authors": ({}, NO_IDS | {"authors": ("DOXA Study Group",)}),
    "the title cut at the subtitle": (
        {},
        NO_IDS | {"title": "Doxofylline added to inhaled steroids in children with asthma", "abstract": ""},
    ),
    "British and American spelling": (
        {"title": "A randomised trial of oedema and haemoptysis in paediatric tumours"},
        NO_IDS | {"title": "A Randomized Trial of Edema and Hemoptysis in Pediatric Tumors", "abstract": ""},
    ),
    "a Greek letter and its name": (
        {"title": "TNF-\u03b1 and IFN-\u03b3 in children with asthma on steroids"},
        NO_IDS | {"title": "TNF-alpha and IFN-gamma in children with asthma on steroids"},
    ),
    "an article number and a range from 1": (
        NO_IDS | {"pages": "458", "abstract": ""},
        NO_IDS | {"pages": "1-12", "abstract": ""},
    ),
    "an article number with and without e": (
        NO_IDS | {"pages": "e28922", "abstract": ""},
        NO_IDS | {"pages": "28922", "abstract": ""},
    ),
    "pages that a spreadsheet read as a date": (
        NO_IDS | {"abstract": "", "pages": "1-6"},
        NO_IDS | {"abstract": "", "pages": "01-Jun"},
    ),
    "a last page shortened": (NO_IDS | {"abstract": ""}, NO_IDS | {"abstract": "", "pages": "1801\u20109"}),
    "a DOI typed as a URL": ({}, PLACELESS | {"doi": "https://doi.org/10.5555/ERJ.1801", "pmid": ""}),
    "digits of a DOI exchanged": ({}, {"doi": "10.5555/erj.1810", "pmid": ""}),
    "a wrong journal, and Greek capitals in the author": (
        {},
        {"pmid": "", "journal": "Leukemia", "authors": ("\u039fKONJO, A.", "LINDQVIST, P.")},
    ),
    "an abstract cut in the middle": (
        {},
        NO_IDS
        | PLACELESS
        | {
            "abstract": "Children whose asthma is not controlled by inhaled steroids are often given a "
            "second drug. We assigned 208 children"
        },
    ),
    "annotations of the database": (
        {},
        NO_IDS | {"title": "{} [Erratum appears in Eur Respir J. 2020;55:9] [29 refs]"},
    ),
    "an article that was retracted": ({}, NO_IDS | {"title": "RETRACTED: {}"}),
    "volume and supplement in one field": (
        NO_IDS | {"volume": "53 (1 Supplement 1)", "issue": "Suppl 1", "pages": "S259"},
        NO_IDS | {"volume": "53", "issue": "1 Supplement 1", "pages": "S259"},
    ),
    "an ampersand and the word": (
        {"title": "Doxofylline & inhaled steroids & nothing else in children with asthma"},
        NO_IDS | {"title": "Doxofylline and inhaled steroids and nothing else in children with asthma", "abstract": ""},
    ),
    "a rubric before the title": ({}, NO_IDS | {"title": "Original article: {}", "abstract": ""}),
    "volume and issue exchanged": ({}, NO_IDS | {"volume": "4", "issue": "53", "abstract": ""}),
    "capitals throughout": (
        {},
        NO_IDS | {"title": "DOXOFYLLINE ADDED TO INHALED STEROIDS IN CHILDREN WITH ASTHMA: A RANDOMISED TRIAL"},
    ),
}
ABSTRACT = NO_IDS | {"kind": "conference", "journal": "Chest", "volume": "155", "issue": "4 Suppl", "pages": "22A"}
MUST_STAY_APART: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a congress abstract and the article of its title": ({}, ABSTRACT | {"year": 2018}, "abstract of"),
    "an abstract in a supplement that no source marks": (
        {},
        ABSTRACT | {"year": 2018, "kind": "journal", "pages": "S22", "abstract": ""},
        "abstract of",
    ),
    "an abstract with the DOI of the article": ({}, ABSTRACT | {"doi": "10.5555/erj.1801"}, "abstract of"),
    "a congress abstract without pages in a supplement to the volume of its article": (
        NO_IDS | {"abstract": ""},
        NO_IDS | {"kind": "conference", "issue": "4 Suppl. 1", "pages": "", "abstract": ""},
        "abstract of",
    ),
    "an article in press and an abstract in a supplement of its journal": (
        PLACELESS,
        NO_IDS | {"issue": "Suppl 1", "pages": "S22", "year": 2018, "abstract": ""},
        "abstract of",
    ),
    "an article in press and the abstract in a supplement, of one year": (
        PLACELESS,
        NO_IDS | {"issue": "Suppl 1", "pages": "S22", "abstract": ""},
        "abstract of",
    ),
    "papers of one title at two conferences with like names, each from page 1": (
        NO_IDS
        | PLACELESS
        | {"kind": "conference", "journal": "European Conference on Airway Systems", "pages": "1-12", "abstract": ""},
        NO_IDS
        | PLACELESS
        | {"kind": "conference", "journal": "Americas Conference on Airway Systems", "pages": "1-12", "abstract": ""},
        "",
    ),
    "two editions of a review of which no source gives the DOI": (
        NO_IDS | {"journal": "Cochrane Database Syst Rev", "volume": "1", "issue": "", "pages": "CD009999"},
        NO_IDS
        | {"journal": "Cochrane Database Syst Rev", "volume": "4", "issue": "", "pages": "CD009999", "year": 2020},
        "",
    ),
    "a text printed twice in one volume": (
        NO_IDS,
        NO_IDS | {"issue": "6", "pages": "2801-2809"},
        "",
    ),
    "an article and its sequel, both in press": (
        PLACELESS,
        NO_IDS | PLACELESS | {"title": "{}: a follow-up", "abstract": ""},
        "",
    ),
    "interim and final results": (
        {"title": "Doxofylline in childhood asthma: interim results of the DOXA trial"},
        NO_IDS | PLACELESS | {"title": "Doxofylline in childhood asthma: final results of the DOXA trial"},
        "",
    ),
    "children and adults of one trial": (
        NO_IDS | PLACELESS | {"title": "Phase 1b study of doxofylline in Japanese children with asthma"},
        NO_IDS | PLACELESS | {"title": "Phase 1b study of doxofylline in Japanese adults with asthma"},
        "",
    ),
    "an article and its corrigendum": (
        {},
        NO_IDS | {"title": "Corrigendum: {}", "volume": "54", "pages": "9", "abstract": ""},
        "erratum of",
    ),
    "an article and the erratum that Web of Science marks at the end": (
        {},
        NO_IDS | {"title": "{} (vol 53, pg 1801, 2019)", "issue": "9", "pages": "2001", "abstract": ""},
        "erratum of",
    ),
    "an article and its retraction": (
        {},
        NO_IDS | {"title": "Retraction: {}", "volume": "54", "pages": "9", "abstract": ""},
        "retraction of",
    ),
    "one abstract at two congresses": (
        ABSTRACT,
        ABSTRACT | {"journal": "Thorax", "volume": "74", "issue": "Suppl 1", "pages": "S3"},
        "",
    ),
    "one abstract at the same congress a year later": (
        ABSTRACT,
        ABSTRACT | {"year": 2020, "volume": "157", "pages": "31A"},
        "",
    ),
    "a letter and the reply": (
        NO_IDS | {"title": "Doxofylline in asthma", "pages": "22", "abstract": ""},
        NO_IDS
        | {"title": "Doxofylline in asthma - Authors' reply", "pages": "22", "authors": ("Brook, T.",), "abstract": ""},
        "comment on",
    ),
    "a letter and the reply under one title on one page": (
        NO_IDS | {"title": "Doxofylline in asthma", "pages": "22", "abstract": ""},
        NO_IDS | {"title": "Doxofylline in asthma", "pages": "22", "authors": ("Brook, T.",), "abstract": ""},
        "",
    ),
    "part I and part II": (
        NO_IDS | {"title": "Doxofylline in the lung of the child: part I"},
        NO_IDS | {"title": "Doxofylline in the lung of the child: part II", "year": 2020, "pages": "1810-1822"},
        "part of",
    ),
    "equal year and first page in two journals with like names": (
        NO_IDS | {"journal": "Blood", "volume": "131", "issue": "14", "pages": "1522-1531", "abstract": ""},
        NO_IDS
        | {
            "title": "Adverse events of doxofylline in adults",
            "journal": "Blood Adv",
            "volume": "2",
            "issue": "13",
            "pages": "1522-1531",
        },
        "",
    ),
    "a row of a trial register and the article": (
        {},
        NO_IDS | PLACELESS | {"journal": "https://clinicaltrials.gov/show/NCT90000001", "authors": (), "abstract": ""},
        "registry entry of",
    ),
    "two abstracts on one page that share the supplement's DOI": (
        ABSTRACT | {"doi": "10.5555/s", "title": "Effect of sitagliptin on plaque in mice fed a rich diet"},
        ABSTRACT
        | {"doi": "10.5555/s", "title": "Effect of linagliptin on plaque in mice fed a rich diet", "abstract": ""},
        "",
    ),
    "a word and its opposite": (
        NO_IDS | {"title": "Pulmonary hypertension in children after transplantation", "abstract": ""},
        NO_IDS | {"title": "Pulmonary hypotension in children after transplantation", "abstract": ""},
        "",
    ),
    "a review and its update": (
        {"doi": "10.1002/14651858.cd009999.pub2", "journal": "Cochrane Database Syst Rev", "pages": "CD009999"},
        {
            "doi": "10.1002/14651858.cd009999.pub3",
            "journal": "Cochrane Database Syst Rev",
            "pages": "CD009999",
            "pmid": "",
            "year": 2021,
            "volume": "55",
        },
        "update of",
    ),
    "a preprint and the article": (
        {},
        NO_IDS | PLACELESS | {"kind": "preprint", "journal": "medRxiv", "doi": "10.1101/2018.01.01.1", "year": 2018},
        "preprint of",
    ),
}


def _pair(changes: tuple[dict[str, Any], dict[str, Any]], base: Record) -> tuple[Record, Record]:
    a, b = (replace(base, **c | {"title": c.get("title", "{}").format(base.title)}) for c in changes)
    return a, b


@pytest.mark.parametrize("case", MUST_MERGE)
def test_two_records_of_one_report_merge(case: str, base: Record, judged: Judge) -> None:
    found = judged(*_pair(MUST_MERGE[case], base))
    assert found.decision == "automatic", (found.rule, found.vetoes, found.evidence)
    assert found.shared_keys


@pytest.mark.parametrize("case", MUST_STAY_APART)
def test_records_of_two_reports_do_not_merge(case: str, base: Record, judged: Judge) -> None:
    found = judged(*_pair(MUST_STAY_APART[case][:2], base))
    assert found.decision != "automatic", (found.rule, found.evidence)


@pytest.mark.parametrize("case", [case for case, (_, _, relation) in MUST_STAY_APART.items() if relation])
def test_reports_that_belong_together_are_related(case: str, base: Record, judged: Judge) -> None:
    found = judged(*_pair(MUST_STAY_APART[case][:2], base))
    assert found.relation == MUST_STAY_APART[case][2], (found.decision, found.vetoes, found.evidence)


def test_a_record_without_a_title_is_asked_about_where_place_and_authors_agree(base: Record, judged: Judge) -> None:
    found = judged(base, replace(base, title="", doi="", pmid="", abstract=""))
    assert (found.decision, found.rule) == ("review", "same place, other title")


def test_a_record_without_a_title_is_compared_with_one_in_two_languages(base: Record, judged: Judge) -> None:
    two = replace(base, title="Doxofylline for children [Doxofyllin als Zusatztherapie beim kindlichen Asthma]")
    assert judged(two, replace(base, title="")).evidence["title"] == 0


def test_a_record_under_its_subtitle_alone_is_asked_about(base: Record, judged: Judge) -> None:
    bare = replace(base, doi="", pmid="", abstract="", pages="1801")
    assert judged(bare, replace(bare, title="Report of nine clinics")).decision == "review"


def test_an_abstract_under_another_title_is_asked_about(base: Record, judged: Judge) -> None:
    other = replace(base, title="Nine clinics", doi="", pmid="", volume="", issue="", pages="")
    assert (judged(base, other).decision, judged(base, other).rule) == ("review", "same abstract, other title")

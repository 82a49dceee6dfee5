"""One pair for each automatic rule: the rule that merges it, and what changes the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.deduplication import Explanation
    from reviewflow.domain.record import Record

    Judge = Callable[[Record, Record], Explanation]

# What record a and record b change of the record without identifiers and abstract.
LONG = (
    "We assigned 208 children aged 6 to 14 years to doxofylline or placebo for 24 weeks in nine clinics. "
    "Exacerbations fell by a third, and nobody left the trial for an adverse event that was held to be due to the drug."
)
TITLE = "Doxofylline added to inhaled steroids in children with asthma"
NOWHERE = {"volume": "", "issue": "", "pages": ""}
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "same doi and title": (
        {"doi": "10.5555/erj.1801"},
        {"doi": "https://doi.org/10.5555/ERJ.1801", "year": 2018, **NOWHERE},
    ),
    "same pmid and title": ({"pmid": "90000001"}, {"pmid": "90000001", "year": None, **NOWHERE}),
    "same doi and place": (
        {"doi": "10.5555/erj.1801"},
        {"doi": "10.5555/erj.1801", "title": "Doxofylline for asthma"},
    ),
    "same title and place": ({}, {"year": 2020, "authors": ("Okonjo A",)}),
    "same title and place, other journal name": (
        {"journal": "Zhonghua Xiaochuan Za Zhi"},
        {"journal": "Chinese Journal of Asthma"},
    ),
    "same title, journal and volume": ({}, {"pages": ""}),
    "same title, journal and page": ({}, {"volume": ""}),
    "same title, article in press": (
        {"abstract": LONG, "authors": ("Okonjo, A.",)},
        {"abstract": LONG, "authors": ("Okonjo, A.",), "year": 2018, **NOWHERE},
    ),
    "same title and abstract, place missing": (
        {"abstract": LONG, "authors": ("Okonjo, A.",)},
        {"abstract": LONG, "authors": ("Okonjo, A.",), "year": 2018, "journal": "", **NOWHERE},
    ),
    "same title and authors, place missing": ({}, NOWHERE),
    "same title and authors, in press": ({}, {"year": 2018, **NOWHERE}),
    "same place and abstract": (
        {"abstract": LONG},
        {"abstract": LONG, "title": "Does doxofylline help asthmatic children on inhaled steroids? A trial"},
    ),
    "same place, title cut": ({}, {"title": TITLE}),
    "same place and authors, title alike": (
        {"title": "Report of a trial: doxofylline as an addition to inhaled steroids in children"},
        {"title": "Trial: doxofylline as addition to inhaled steroids in children, a report"},
    ),
    "same title, place and abstract": (
        {"abstract": LONG, "authors": ("Okonjo, A.",)},
        {"abstract": LONG, "authors": ("Adaeze, J.",)},
    ),
    "same title, journal, issue and abstract": (
        {"title": "Abstracts of the congress", "authors": ("Anonymous",), "pages": "", "abstract": LONG},
        {"title": "Abstracts of the congress", "authors": (), "pages": "", "abstract": LONG},
    ),
    "same issue and abstract, page misprinted": ({"abstract": LONG}, {"abstract": LONG, "pages": "1081"}),
    "same journal and abstract, volume missing": (
        {"abstract": LONG, "volume": "7", "issue": ""},
        {"abstract": LONG, "volume": "8", "issue": "", "pages": ""},
    ),
    "same doi and page": (
        {"doi": "10.5555/erj.1801", "journal": "Proceedings of the Workshop on Airways", "volume": "", "issue": ""},
        {
            "doi": "10.5555/erj.1801",
            "title": "Doxofylline added to inhaled steroids in children with asthma: a trial that was randomised",
            "issue": "",
        },
    ),
    "same range of pages, title cut": ({"volume": "", "issue": ""}, {"volume": "", "issue": "", "title": TITLE}),
    "same range of pages, title alike": (
        {"volume": "", "issue": "", "title": f"{TITLE}: an enhanced monitoring of lungs"},
        {"volume": "", "issue": "", "title": f"{TITLE}: a guided monitoring of lungs"},
    ),
    "same volume and pages, title cut": (
        {"journal": "Revista de Pneumologia do Sul"},
        {"journal": "Southern Lung Journal", "title": TITLE, "authors": ("Okonjo, A.",)},
    ),
    "same title, volume, issue and abstract": (
        {"journal": "Kokyuki Gakkai Ronbunshi", "abstract": LONG},
        {"journal": "Transactions of the Society for Airways", "abstract": LONG, "pages": ""},
    ),
    "same title behind a rubric": (
        {"title": f"How we did it: {TITLE} and wheeze in nine clinics of three countries"},
        {"title": f"{TITLE} and wheeze in nine clinics of three countries", **NOWHERE},
    ),
    "same place, translated": (
        {"title": "[Doxofylline as an addition to steroids for the asthmatic child]"},
        {"title": "Treatment of childhood asthma with xanthines: results from nine clinics"},
    ),
    "same place, translated, nobody named": (
        {"title": "[Doxofylline added to inhaled steroids in children with asthma]"},
        {"title": "Doxofylline added to inhaled steroids in asthmatic children: a trial", "authors": ()},
    ),
    "same abstract, article number for a page": (
        {"abstract": LONG, "issue": ""},
        {"abstract": LONG, "pages": "e21801"},
    ),
    "same doi, title cut": ({"doi": "10.5555/erj.1801"}, {"doi": "10.5555/erj.1801", "title": TITLE, **NOWHERE}),
    "same issue and abstract, title alike": (
        {"abstract": LONG},
        {
            "abstract": LONG,
            "title": "Doxofylline added to steroids in children with asthma: a randomised trial",
            "pages": "",
        },
    ),
    "same title, volume and pages": ({}, {"journal": "Zhonghua Xiaochuan Za Zhi", "authors": ()}),
    "same title and pages": ({"volume": "", "issue": ""}, {"journal": "Zhonghua Xiaochuan Za Zhi", "issue": ""}),
    "same title, journal and pages, nobody named": ({"volume": ""}, {"authors": ()}),
    "same range of pages in a volume": ({}, {"title": "Xanthines for the wheezing child in nine clinics"}),
    "same title and abstract, nobody named": ({"abstract": LONG}, {"abstract": LONG, "authors": (), **NOWHERE}),
    "title cut, same abstract": ({"abstract": LONG}, {"abstract": LONG, "title": TITLE, **NOWHERE}),
    "same trial in registers": (
        {"kind": "registry", "journal": "ClinicalTrials.gov", "registry_ids": ("NCT90000001",), **NOWHERE},
        {
            "kind": "registry",
            "journal": "https://trialsearch.who.int/Trial2.aspx",
            "registry_ids": ("NCT90000001",),
            "authors": (),
            "year": 2012,
            **NOWHERE,
        },
    ),
}


@pytest.mark.parametrize("rule", PAIRS)
def test_the_rule_merges_its_pair(rule: str, bare: Record, judged: Judge) -> None:
    a, b = (replace(bare, **changed) for changed in PAIRS[rule])
    found = judged(a, b)
    assert (found.decision, found.rule) == ("automatic", rule), (
        found.decision,
        found.rule,
        found.vetoes,
        found.evidence,
    )


@pytest.mark.parametrize("rule", PAIRS)
def test_the_pair_of_a_rule_shares_a_key(rule: str, bare: Record, judged: Judge) -> None:
    a, b = (replace(bare, **changed) for changed in PAIRS[rule])
    assert judged(a, b).shared_keys


@pytest.mark.parametrize("rule", PAIRS)
def test_no_rule_merges_its_pair_when_one_title_says_part_two(rule: str, bare: Record, judged: Judge) -> None:
    a, b = (replace(bare, **changed) for changed in PAIRS[rule])
    parted = judged(replace(a, title=f"{a.title} Part 1"), replace(b, title=f"{b.title} Part 2", pmid=""))
    # In another language the number may be a word; there the place decides.
    assert parted.decision != "automatic" or "translated" in parted.rule


def test_every_automatic_rule_of_the_table_has_its_pair(tables: dict[str, dict[str, Any]]) -> None:
    lines = [rule for rule in tables["rules"]["automatic"] if "policy" not in rule]
    assert [rule["name"] for rule in lines if rule["name"] not in PAIRS] == []

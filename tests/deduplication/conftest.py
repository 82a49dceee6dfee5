"""What the tests of deduplication share: the shipped tables and a record to vary."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reviewflow.domain.deduplication import TABLES, Candidate, explain
from reviewflow.domain.record import Record
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.deduplication import Explanation

ABSTRACT = (
    "BACKGROUND: Children whose asthma is not controlled by inhaled steroids are often given a second drug. METHODS: "
    "We assigned 208 children aged 6 to 14 years to doxofylline or placebo for 24 weeks in nine clinics. RESULTS: "
    "Exacerbations fell by a third, and nobody left the trial for an adverse event. CONCLUSIONS: Doxofylline adds to "
    "inhaled steroids."
)
BASE = Record(
    title="Doxofylline added to inhaled steroids in children with asthma: a randomised trial",
    authors=("Okonjo, Adaeze", "Lindqvist, P.", "Marchetti, G."),
    year=2019,
    journal="European Respiratory Journal",
    volume="53",
    issue="4",
    pages="1801-1809",
    doi="10.5555/erj.1801",
    pmid="90000001",
    abstract=ABSTRACT,
)


@pytest.fixture(scope="session")
def tables() -> dict[str, dict[str, Any]]:
    return {name: schema_toml("deduplication", f"{name}.toml") for name in TABLES}


@pytest.fixture(scope="session")
def base() -> Record:
    return BASE


@pytest.fixture(scope="session")
def bare() -> Record:
    """The base without identifiers and abstract, so that only title, authors and place speak."""
    return replace(BASE, doi="", pmid="", abstract="")


@pytest.fixture(scope="session")
def judged(tables: dict[str, dict[str, Any]]) -> Callable[[Record, Record], Explanation]:
    def judge(a: Record, b: Record) -> Explanation:
        return explain(Candidate(1, a, "PubMed"), Candidate(2, b, "Embase"), tables)

    return judge

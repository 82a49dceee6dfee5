"""What is not worth comparing in full would not be merged if it were."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.deduplication import Candidate
from reviewflow.domain.deduplication.blocks import pairs
from reviewflow.domain.deduplication.pool import read_pool
from reviewflow.domain.deduplication.relations import tied
from reviewflow.domain.deduplication.rules import AUTOMATIC, NO, judge
from reviewflow.domain.record import Record
from tests.bench.made_records import made_records

if TYPE_CHECKING:
    from reviewflow.domain.deduplication.pool import Pool

    Tables = dict[str, dict[str, Any]]

# Titles that begin alike: that is what brings most pairs together that are not worth more.
TITLES = (
    "Risk factors for asthma in children under five",
    "Risk factors for asthma",
    "Risk factors for asthma in adults: a randomised trial",
    "Risk factors for asthma among welders and their answer to six weeks of doxofylline",
    "Corrigendum: Risk factors for asthma in children under five",
    "[Risikofaktoren des Asthmas bei Kindern unter fünf Jahren]",
    "Risk factors for asthma in children under six",
)
ABSTRACT = "Children whose asthma is not controlled were assigned to doxofylline or placebo for 24 weeks. " * 2
records = st.builds(
    Record,
    kind=st.sampled_from(("journal", "journal", "conference", "registry", "preprint")),
    title=st.sampled_from(TITLES),
    authors=st.sampled_from(((), ("Okonjo, Adaeze", "Lindqvist, P."), ("Lindqvist, P.", "Okonjo, A."), ("Brook, T.",))),
    year=st.sampled_from((2018, 2019, None)),
    journal=st.sampled_from(("European Respiratory Journal", "Eur Respir J", "Lung", "")),
    volume=st.sampled_from(("53", "54", "")),
    issue=st.sampled_from(("4", "5", "4 Suppl. 1", "")),
    pages=st.sampled_from(("1801-1809", "1801", "22", "")),
    doi=st.sampled_from(("10.5555/a", "10.5555/b", "", "")),
    pmid=st.sampled_from(("90000001", "90000002", "", "")),
    abstract=st.sampled_from(("", ABSTRACT, f"Background: {ABSTRACT}")),
)


def _dropped(pool: Pool, chosen: Any) -> Any:  # noqa: ANN401 - arrays of places
    """The pairs that are not worth comparing."""
    kept = {(a, b) for a, b in pool.worth_comparing(chosen)[0].tolist()}
    return np.array([pair for pair in chosen.tolist() if tuple(pair) not in kept], np.int64).reshape(-1, 2)


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(records, min_size=6, max_size=10))
def test_no_rule_merges_two_records_that_are_not_worth_comparing(drawn: list[Record], tables: Tables) -> None:
    pool = read_pool([Candidate(place, record, "PubMed") for place, record in enumerate(drawn)], tables)
    dropped = _dropped(pool, np.array(list(combinations(range(len(drawn)), 2)), np.int64))
    assert AUTOMATIC not in judge(pool.features(dropped), pool.rules).decision


def test_of_made_records_no_pair_is_dropped_that_would_be_merged_or_asked_or_belong_together(tables: Tables) -> None:
    made = made_records(3000)
    pool = read_pool([Candidate(place, one.record, one.source) for place, one in enumerate(made)], tables)
    dropped = _dropped(pool, pairs(pool.sketches))
    assert len(dropped) > 100
    features = pool.features(dropped)
    assert set(judge(features, pool.rules).decision.tolist()) == {NO}
    assert not tied(features, pool.ties).any()

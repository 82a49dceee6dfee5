"""What holds of deduplication whatever the records are."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.deduplication import (
    Answer,
    Candidate,
    cluster,
    compare_records,
    decide,
    explain,
    find_duplicates,
    keys,
    sketches_of,
    waiting,
)
from reviewflow.domain.record import Record

TITLES = (
    "Doxofylline added to inhaled steroids in children with asthma",
    "Doxofylline added to inhaled steroids in adults with asthma",
    "Doxofylline added to inhaled steroids in children with asthma: a randomised trial",
    "Corrigendum: Doxofylline added to inhaled steroids in children with asthma",
    "Doxofylline added to inhaled steroids in children with asthma: part II",
    "Editorial",
    "",
)
ABSTRACTS = ("", "Children whose asthma is not controlled were assigned to doxofylline or placebo for 24 weeks. " * 2)
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
records = st.builds(
    Record,
    kind=st.sampled_from(("journal", "journal", "conference", "registry")),
    title=st.sampled_from(TITLES),
    authors=st.sampled_from(((), ("Okonjo, Adaeze", "Lindqvist, P."), ("Okonjo A",), ("Brook, T.",))),
    year=st.sampled_from((2018, 2019, None)),
    journal=st.sampled_from(("European Respiratory Journal", "Eur Respir J", "Lung", "")),
    volume=st.sampled_from(("53", "54", "")),
    issue=st.sampled_from(("4", "5", "")),
    pages=st.sampled_from(("1801-1809", "1801", "22", "")),
    doi=st.sampled_from(("10.5555/a", "10.5555/b", "", "")),
    pmid=st.sampled_from(("90000001", "90000002", "", "")),
    abstract=st.sampled_from(ABSTRACTS),
)


@st.composite
def candidate_lists(draw: st.DrawFn) -> list[Candidate]:
    drawn = draw(st.lists(records, min_size=2, max_size=9))
    return [Candidate(id_, record, "PubMed") for id_, record in enumerate(drawn, start=10)]


@st.composite
def answered_lists(draw: st.DrawFn) -> tuple[list[Candidate], list[Answer]]:
    candidates = draw(candidate_lists())
    pairs = list(combinations([c.id for c in candidates], 2))
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=6, unique=True))
    return candidates, [Answer(a, b, draw(st.booleans())) for a, b in chosen]


@few
@given(given_=answered_lists(), data=st.data())
def test_the_order_of_records_and_answers_does_not_matter(
    given_: tuple[list[Candidate], list[Answer]], data: st.DataObject, tables: dict[str, dict[str, Any]]
) -> None:
    candidates, answers = given_
    shuffled = data.draw(st.permutations(candidates)), data.draw(st.permutations(answers))
    assert find_duplicates(*shuffled, tables) == find_duplicates(candidates, answers, tables)


@few
@given(given_=answered_lists())
def test_a_second_run_over_what_the_first_linked_finds_nothing_new(
    given_: tuple[list[Candidate], list[Answer]], tables: dict[str, dict[str, Any]]
) -> None:
    candidates, answers = given_
    first = find_duplicates(candidates, answers, tables)
    nothing = compare_records(candidates, tables, new_ids=set())
    again = decide(nothing, answers, earlier=(*first.links, *first.refused))
    assert (again.links, again.refused, again.clusters) == (first.links, first.refused, first.clusters)


@few
@given(given_=answered_lists(), data=st.data())
def test_records_that_come_later_give_what_one_run_over_all_gives(
    given_: tuple[list[Candidate], list[Answer]], data: st.DataObject, tables: dict[str, dict[str, Any]]
) -> None:
    candidates, answers = given_
    n = data.draw(st.integers(0, len(candidates)))
    first = find_duplicates(candidates[:n], answers, tables)
    late = {c.id for c in candidates[n:]}
    compared = compare_records(candidates, tables, new_ids=late)
    later = decide(compared, answers, earlier=(*first.links, *first.refused))
    whole = find_duplicates(candidates, answers, tables)
    assert (later.links, later.refused, later.clusters) == (whole.links, whole.refused, whole.clusters)
    assert sorted((*first.doubts, *later.doubts), key=lambda k: (k.record_a, k.record_b)) == list(whole.doubts)
    left = waiting((*first.doubts, *later.doubts, *later.refused), later.clusters, answers)
    assert left == list(whole.review)


@few
@given(given_=answered_lists())
def test_the_answers_of_a_person_bind(
    given_: tuple[list[Candidate], list[Answer]], tables: dict[str, dict[str, Any]]
) -> None:
    candidates, answers = given_
    found = find_duplicates(candidates, answers, tables)
    held = cluster([c.id for c in candidates], [], answers)
    for answer in answers:
        together = found.clusters[answer.record_a] == found.clusters[answer.record_b]
        if not answer.same:
            assert not together
        elif held[answer.record_a] == held[answer.record_b]:
            assert together
        assert (answer.record_a, answer.record_b) not in {(k.record_a, k.record_b) for k in found.review}


@few
@given(candidates=candidate_lists())
def test_no_cluster_holds_two_records_that_contradict_each_other(
    candidates: list[Candidate], tables: dict[str, dict[str, Any]]
) -> None:
    hard = {veto["name"] for veto in tables["rules"]["veto"] if veto.get("holds_in_clusters")}
    clusters = find_duplicates(candidates, [], tables).clusters
    for a, b in combinations(candidates, 2):
        if clusters[a.id] == clusters[b.id]:
            told = explain(a, b, tables)
            assert told.decision == "automatic" or hard.isdisjoint(told.vetoes)


@few
@given(given_=answered_lists())
def test_the_clusters_follow_from_the_links_and_the_answers_alone(
    given_: tuple[list[Candidate], list[Answer]], tables: dict[str, dict[str, Any]]
) -> None:
    candidates, answers = given_
    found = find_duplicates(candidates, answers, tables)
    links = [(link.record_a, link.record_b, link.score) for link in found.links]
    assert found.clusters == cluster([c.id for c in candidates], links, answers)


@few
@given(given_=answered_lists())
def test_review_asks_once_about_two_clusters_and_never_within_one(
    given_: tuple[list[Candidate], list[Answer]], tables: dict[str, dict[str, Any]]
) -> None:
    found = find_duplicates(*given_, tables)
    asked = [frozenset((found.clusters[k.record_a], found.clusters[k.record_b])) for k in found.review]
    assert all(len(pair) == 2 for pair in asked)
    assert len(set(asked)) == len(asked)


@few
@given(pair=st.tuples(records, records))
def test_an_explanation_does_not_depend_on_which_record_comes_first(
    pair: tuple[Record, Record], tables: dict[str, dict[str, Any]]
) -> None:
    a, b = Candidate(1, pair[0], "PubMed"), Candidate(2, pair[1], "Embase")
    assert explain(a, b, tables) == explain(b, a, tables)
    turned = explain(Candidate(1, pair[1], "Embase"), Candidate(2, pair[0], "PubMed"), tables)
    told = explain(a, b, tables)
    assert (told.decision, told.rule, told.vetoes, told.score) == (
        turned.decision,
        turned.rule,
        turned.vetoes,
        turned.score,
    )


@few
@given(candidates=candidate_lists(), data=st.data())
def test_only_pairs_with_a_new_record_are_compared_and_all_pairs_where_all_are_new(
    candidates: list[Candidate], data: st.DataObject, tables: dict[str, dict[str, Any]]
) -> None:
    new = set(data.draw(st.lists(st.sampled_from([c.id for c in candidates]), unique=True)))
    found = decide(compare_records(candidates, tables, new_ids=new), [])
    everything = find_duplicates(candidates, [], tables)
    assert all({k.record_a, k.record_b} & new for k in (*found.links, *found.review))
    assert everything == decide(compare_records(candidates, tables, new_ids={c.id for c in candidates}), [])


@few
@given(candidates=candidate_lists())
def test_every_link_joins_records_that_share_a_key(
    candidates: list[Candidate], tables: dict[str, dict[str, Any]]
) -> None:
    sketches = sketches_of(candidates, tables)
    for link in decide(compare_records(candidates, tables, sketches=sketches), []).links:
        assert set(keys(sketches[link.record_a])) & set(keys(sketches[link.record_b]))

"""Clusters follow from links and answers, and from nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.deduplication import Answer, cluster

IDS = range(1, 9)
ids = st.sampled_from(IDS)
links = st.lists(st.tuples(ids, ids, st.sampled_from((0.5, 0.9, 1.0))).filter(lambda k: k[0] != k[1]), max_size=12)
answers = st.lists(
    st.builds(Answer, record_a=ids, record_b=ids, same=st.booleans()).filter(lambda a: a.record_a != a.record_b),
    max_size=6,
)


@given(links=links, answers=answers, data=st.data())
@settings(max_examples=100, deadline=None)
def test_the_order_of_links_and_answers_does_not_matter(
    links: list[tuple[int, int, float]], answers: list[Answer], data: st.DataObject
) -> None:
    turned = [(b, a, score) for a, b, score in data.draw(st.permutations(links))]
    assert cluster(IDS, links, answers) == cluster(list(reversed(IDS)), turned, data.draw(st.permutations(answers)))


@given(links=links, answers=answers)
@settings(max_examples=100, deadline=None)
def test_a_cluster_never_holds_two_records_that_a_person_holds_apart(
    links: list[tuple[int, int, float]], answers: list[Answer]
) -> None:
    found = cluster(IDS, links, answers)
    assert all(found[a.record_a] != found[a.record_b] for a in answers if not a.same)


@given(links=links, answers=answers)
@settings(max_examples=100, deadline=None)
def test_a_cluster_is_named_by_its_lowest_record(links: list[tuple[int, int, float]], answers: list[Answer]) -> None:
    found = cluster(IDS, links, answers)
    assert all(name == min(r for r in IDS if found[r] == name) for name in found.values())


def test_an_answer_comes_before_the_best_link() -> None:
    apart = [Answer(1, 3, same=False)]
    assert cluster([1, 2, 3], [(1, 2, 1.0)], [*apart, Answer(2, 3, same=True)]) == {1: 1, 2: 2, 3: 2}


def test_the_better_link_wins_where_a_person_keeps_their_ends_apart() -> None:
    apart = [Answer(1, 3, same=False)]
    assert cluster([1, 2, 3], [(1, 2, 0.6), (2, 3, 0.9)], apart) == {1: 1, 2: 2, 3: 2}
    assert cluster([1, 2, 3], [(1, 2, 0.9), (2, 3, 0.6)], apart) == {1: 1, 2: 1, 3: 3}


def test_links_and_answers_on_records_that_are_not_there_are_passed_over() -> None:
    assert cluster([1, 2], [(1, 7, 1.0), (7, 2, 1.0)], [Answer(8, 2, same=True)]) == {1: 1, 2: 2}

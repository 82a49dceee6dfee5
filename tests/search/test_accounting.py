from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from reviewflow.domain.search.accounting import account, batches, compare, ids_sha256

if TYPE_CHECKING:
    from random import Random

IDS = st.lists(st.integers(1, 60).map(str), max_size=40)


@given(IDS, IDS)
def test_every_id_that_was_asked_for_came_or_is_listed_as_absent(asked: list[str], received: list[str]) -> None:
    found = account(asked, received)
    assert found.n_asked == len(set(asked)) == found.n_received + len(found.absent)
    assert set(found.absent) == set(asked) - set(received)
    assert set(found.unasked) == set(received) - set(asked)
    assert set(found.twice) == {id_ for id_ in received if received.count(id_) > 1}


@given(IDS, st.integers(1, 7))
def test_batches_are_the_ids_in_their_order(ids: list[str], size: int) -> None:
    cut = list(batches(ids, size))
    assert [id_ for batch in cut for id_ in batch] == ids
    assert all(len(batch) == size for batch in cut[:-1])


@given(IDS, st.randoms())
def test_the_hash_of_ids_depends_on_which_they_are_alone(ids: list[str], random: Random) -> None:
    mixed = ids + ids[:3]
    random.shuffle(mixed)
    assert ids_sha256(mixed) == ids_sha256(ids)
    assert ids_sha256([*ids, "99"]) != ids_sha256(ids)


@given(IDS, IDS, IDS, IDS)
def test_a_comparison_splits_what_is_found_and_what_is_known(
    found: list[str], known: list[str], retracted: list[str], told: list[str]
) -> None:
    compared = compare(found, known, retracted, told)
    assert set(compared.new) | (set(found) & set(known)) == set(found)
    assert set(compared.lost) == set(known) - set(found)
    assert set(compared.retracted) == (set(retracted) & set(known)) - set(told)
    assert compare(found, found, [], []).new == ()

"""A large export is gone through record by record, as often as needed, and never lies in memory as a whole."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.record import RawRecord
from reviewflow.storage import records
from reviewflow.workflow import identification, read_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting


@pytest.fixture
def three_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_file, "_HELD", 3)


@pytest.mark.usefixtures("three_held")
def test_a_file_read_anew_each_time_gives_the_records_of_one_that_is_held(ris: Callable[..., str]) -> None:
    small, large = (read_file.read_file("x.ris", ris(range(n)).encode()) for n in (3, 8))
    assert list(large.pairs())[:2] == list(small.pairs())[:2]
    assert list(large.pairs()) == list(large.pairs())
    assert (large.n_records, small.n_records) == (8, 3)


@pytest.mark.usefixtures("three_held")
def test_records_that_are_left_out_are_counted_nowhere(ris: Callable[..., str]) -> None:
    file = read_file.read_file("x.ris", ris(range(8), database="Embase").encode())
    assert file.told == {"Embase": 8}
    assert file.without({"no such key"}) is file


@pytest.mark.usefixtures("three_held")
def test_an_import_holds_no_more_records_than_it_writes_at_a_time(
    review: Review, act: Acting, ris: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewflow.storage.rows.CHUNK", 50)
    alive: list[int] = []

    def count(n: int, _: int) -> None:
        gc.collect()
        alive.append(sum(isinstance(each, RawRecord) for each in gc.get_objects()))
        assert n

    before = sum(isinstance(each, RawRecord) for each in gc.get_objects())
    done = identification.import_file(
        review, act("A", "import x.ris"), "x.ris", ris(range(2000)).encode(), source="Embase", progress=count
    )
    assert done.n_new == 2000
    assert max(alive) - before < 100
    with review.reading() as connection:
        assert sum(1 for _ in records.records(connection)) == 2000

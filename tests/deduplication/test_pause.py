from __future__ import annotations

import gc

import pytest

from reviewflow.domain.deduplication.pause import collection_paused


@collection_paused()
def failing() -> None:
    raise KeyError(gc.isenabled())


def test_the_search_for_cycles_goes_on_after_a_pause_that_failed() -> None:
    with pytest.raises(KeyError, match="False"):
        failing()
    assert gc.isenabled()


def test_a_pause_within_a_pause_does_not_end_it() -> None:
    with collection_paused():
        with collection_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()

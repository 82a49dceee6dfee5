"""Of two statements on a pair of records the later one counts, also among more records than are read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reviewflow.storage import reports
from reviewflow.storage.placement import regroup
from reviewflow.storage.rows import CHUNK

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh


def _say(review: Review, act: Acting, a: int, b: int, *, same: bool) -> None:
    """A person's statement as it is kept in a copy in which its first record got the higher id, or the lower one."""
    row: dict[str, Any] = {"record_a": a, "record_b": b, "same": same, "by_person": True, "rule": "person"}
    with review.change(act("L", "dedup review")) as entry:
        entry.add("same_report", [row | {"score": 1.0, "evidence": "{}"}])


@pytest.mark.parametrize("kind", ["memory", "postgresql"])
@pytest.mark.parametrize("later", ["same", "different"])
def test_the_later_statement_counts_whichever_end_stands_first(
    fresh: Fresh, act: Acting, add_records: Adding, kind: str, later: str
) -> None:
    same = later == "same"
    with fresh(kind) as review:
        records = set(add_records(review, act, range(CHUNK + 10)))
        low, high = min(records), max(records)
        _say(review, act, high, low, same=not same)
        _say(review, act, low, high, same=same)
        with review.writing() as connection:
            assert reports.links(connection, records)[low, high, True].same is same
            regroup(connection, records)
            home = reports.reports_of(connection, [low, high])
            assert (home[low] == home[high]) is same

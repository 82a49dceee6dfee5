"""Two copies of a review, for the tests of working apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.workflow import deduplication
from tests.workflow.copies import Copy, give

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh


@pytest.fixture
def two(fresh: Fresh, act: Acting, add_records: Adding) -> Iterator[tuple[Review, Review]]:
    """Two copies of a review with records 1 to 4, which L imported and compared."""
    with fresh("sqlite") as one, fresh("memory") as other:
        add_records(one, act, range(4))
        deduplication.run(one, act("L", "dedup run"))
        Copy(other, 1)
        give(one, other)
        yield one, other

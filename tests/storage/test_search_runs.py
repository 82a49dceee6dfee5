from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from reviewflow.storage import comparison, ledger, records, runs
from reviewflow.storage.migrations import latest_version, version_of
from reviewflow.storage.review import open_review
from reviewflow.storage.tables import table
from tests.storage.early_versions import take_back

if TYPE_CHECKING:
    from tests.conftest import Acting, Adding, Fresh


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_review_of_the_first_version_takes_runs_once_it_is_opened(
    fresh: Fresh, act: Acting, add_records: Adding, kind: str
) -> None:
    with fresh(kind) as old:
        add_records(old, act, range(3))
        take_back(old, 1)
        review = open_review(old.folder)
        with review.change(act("L", "search run")) as entry:
            again = records.add_search(entry, records.Search(0, "PubMed", "database", "", "cure", "", "", 0, ""))
            runs.add_run(entry, runs.Run(again, 1, {"term": "cure", "count": 3}))
        with review.reading() as connection:
            assert version_of(connection) == latest_version()
            assert runs.runs(connection) == [runs.Run(2, 1, {"term": "cure", "count": 3})]
            assert [id_ for id_, _ in runs.records_of(connection, [1])] == [1, 2, 3]
            assert ledger.broken_chain(connection) == []
            assert comparison.n_uncompared(connection) == 3
        with pytest.raises(sa.exc.DatabaseError, match="never altered or deleted"), review.engine.begin() as connection:
            connection.execute(sa.delete(table("search_run")))
        review.engine.dispose()

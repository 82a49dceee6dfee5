from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from reviewflow.domain.ledger import Act
from reviewflow.domain.screening import Stage, Verdict
from reviewflow.storage import derived, ledger
from reviewflow.storage.review import open_review
from reviewflow.workflow import screening

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Acting, Adding, Fresh

N_VOTES = 25
NAMES = ("A", "B", "C", "D")
MORE = "".join(f'\n[[team]]\nname = "{name}"\nroles = ["reviewer"]\n' for name in ("C", "D"))


def write_votes(folder: Path, name: str) -> int:
    """Open the review as a program of its own does, and vote on one record after the other."""
    review = open_review(folder)
    n = 0
    for record in range(1, N_VOTES + 1):
        act = Act(name, datetime.now(UTC), str(uuid4()), f"screen vote r{record} include")
        n += screening.vote(review, act, Stage.TITLE_ABSTRACT, [screening.Decision(record, Verdict.INCLUDE)]).n_new
    review.engine.dispose()
    return n


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_four_writers_at_once_lose_no_vote_and_none_fails(
    fresh: Fresh, act: Acting, add_records: Adding, kind: str
) -> None:
    with fresh(kind, MORE) as review:
        add_records(review, act, range(N_VOTES))
        start = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
        with ProcessPoolExecutor(len(NAMES), mp_context=start) as pool:
            written = list(pool.map(write_votes, [review.folder] * len(NAMES), NAMES))
        assert written == [N_VOTES] * len(NAMES)
        with review.writing() as connection:
            assert ledger.broken_chain(connection) == []
            assert derived.stale(connection) == {}
            changes = [change for change in ledger.changes(connection) if change.reviewer in NAMES]
        assert [[change.sequence for change in changes if change.reviewer == name] for name in NAMES] == [
            list(range(1, N_VOTES + 1))
        ] * len(NAMES)

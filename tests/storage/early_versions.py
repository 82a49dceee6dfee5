"""Takes the tables of a review back to what an earlier version of the program wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from reviewflow.storage.tables import FACTS, MEMORY, table

if TYPE_CHECKING:
    from reviewflow.storage.review import Review

_FIRST_FACTS = frozenset(
    (
        "search", "search_file", "raw_record", "same_report", "removal", "vote", "seen", "retrieval",
        "study", "arm", "of_study", "form", "answer", "analysis", "freeze",
    )
)  # fmt: skip
_FACTS = {1: _FIRST_FACTS, 3: _FIRST_FACTS | {"search_run"}}
_REMEMBERS_FROM = 3


def take_back(review: Review, version: int) -> None:
    """Take the tables back to a version, 1 or 3; what the tables held that it had not is lost."""
    newer = [name for name in FACTS if name not in _FACTS[version]]
    with review.engine.begin() as connection:
        for name in (*(MEMORY if version < _REMEMBERS_FROM else ()), *reversed(newer)):
            table(name).drop(connection)
        connection.exec_driver_sql("DROP TABLE report")
        connection.exec_driver_sql(
            "CREATE TABLE report (id INTEGER PRIMARY KEY, route VARCHAR, removed VARCHAR, retrieval VARCHAR, "
            "title_abstract VARCHAR, ta_voters VARCHAR, full_text VARCHAR, ft_voters VARCHAR)"
        )
        meta = table("meta")
        connection.execute(sa.update(meta).where(meta.c.key == "version").values(value=str(version)))

"""Deduplication of a file, without a review."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reviewflow.domain.deduplication import Candidate, find_duplicates
from reviewflow.errors import InputError
from reviewflow.formats import canonical, open_export
from reviewflow.workflow.deduplication.given import rule_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.deduplication import Findings


def find_in_file(
    content: bytes, name: str, progress: Callable[[int, int], None] | None = None
) -> tuple[list[str], Findings]:
    """Deduplicate a file without a review.

    Returns:
        The records' own names (the column record_id, or r1, r2, ... in the order of the file), and the findings, whose
        ids are places in that list.

    Raises:
        InputError: The file cannot be read, or two records bear one name.
    """
    export = open_export(content, name)
    names: list[str] = []
    candidates: list[Candidate] = []
    for place, raw in enumerate(export.records()):
        tags = dict(raw.tags)
        record = canonical(raw, export.format)
        names.append(tags.get("record_id") or f"r{place + 1}")
        candidates.append(Candidate(place, record, tags.get("source_db") or record.database))
    twice = [each for each, n in Counter(names).items() if n > 1]
    if twice:
        raise InputError(f"{name} names two records {twice[0]!r} in its column record_id", "give each its own name")
    return names, find_duplicates(candidates, [], rule_tables(), progress=progress)

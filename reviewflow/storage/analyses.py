"""Syntheses that were run, and counts that were published under a name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.storage.latest import dated, newest_first, oldest_first
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.storage.ledger import Entry


def add_analysis(
    entry: Entry, name: str, plan: Mapping[str, Any], choice: Mapping[str, Any], inputs: Sequence[int]
) -> None:
    """Write that a synthesis was run; the same run again writes nothing.

    Args:
        entry: The change.
        name: Name of the synthesis.
        plan: What the protocol plans for it.
        choice: The model, the rule that chose it and the branch that fired.
        inputs: Ids of the answers that went in.
    """
    row = {
        "name": name,
        "plan": json.dumps(plan, sort_keys=True),
        "choice": json.dumps(choice, sort_keys=True),
        "inputs": json.dumps(sorted(inputs)),
    }
    analysis = table("analysis")
    last = (
        entry.connection.execute(
            sa.select(analysis.c.name, analysis.c.plan, analysis.c.choice, analysis.c.inputs)
            .select_from(dated("analysis"))
            .where(analysis.c.name == name)
            .order_by(*newest_first("analysis"))
            .limit(1)
        )
        .mappings()
        .first()
    )
    if last is None or dict(last) != row:
        entry.add_one("analysis", row)


def analyses(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    """Name -> the latest standing run of each synthesis."""
    analysis = table("analysis")
    statement = sa.select(analysis).select_from(dated("analysis")).order_by(*oldest_first("analysis"))
    return {
        row.name: {key: json.loads(getattr(row, key)) for key in ("plan", "choice", "inputs")}
        for row in connection.execute(statement)
    }


def add_freeze(entry: Entry, name: str, counts: Mapping[str, Any]) -> None:
    """Write the counts of the flow as they were published."""
    entry.add_one("freeze", {"name": name, "counts": json.dumps(counts, sort_keys=True)})


def freezes(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    """Name -> the counts that were published under it, the latest standing."""
    freeze = table("freeze")
    statement = sa.select(freeze).select_from(dated("freeze")).order_by(*oldest_first("freeze"))
    return {row.name: json.loads(row.counts) for row in connection.execute(statement)}

"""Judgements on the certainty of evidence; the latest standing one of each synthesis counts, whoever made it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import sqlalchemy as sa

from reviewflow.domain.grade import Certainty, Judgement
from reviewflow.storage.latest import dated, oldest_first
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from reviewflow.storage.ledger import Entry

_NAMES = ("synthesis", "start", "robins_i", "randomised", "importance", "assumed_risk", "risk_source")


def add_certainty(entry: Entry, certainty: Certainty) -> None:
    """Write the judgements on the evidence of a synthesis."""
    judged = [[each.domain, each.levels, each.reason] for each in certainty.judgements]
    row = {name: getattr(certainty, name) for name in _NAMES}
    entry.add_one("certainty", {**row, "judgements": json.dumps(judged, ensure_ascii=False)})


def certainties(connection: sa.Connection) -> dict[str, Certainty]:
    """Synthesis -> the latest standing judgements on its evidence."""
    facts = table("certainty")
    statement = (
        sa.select(*(facts.c[name] for name in _NAMES), facts.c.judgements)
        .select_from(dated("certainty"))
        .order_by(*oldest_first("certainty"))
    )
    found = {}
    for row in connection.execute(statement).mappings():
        judged = tuple(Judgement(*each) for each in json.loads(row["judgements"]))
        found[row["synthesis"]] = Certainty(judgements=judged, **{name: row[name] for name in _NAMES})
    return found

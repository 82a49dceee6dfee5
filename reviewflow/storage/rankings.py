"""The order in which a reviewer screens: what was chosen, and the reviewer's own votes that a model learns from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import sqlalchemy as sa

from reviewflow.domain.screening import Phase, Role, Verdict
from reviewflow.storage.latest import dated, newest_first, oldest_first
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from reviewflow.domain.screening import Stage
    from reviewflow.storage.ledger import Entry

Otherwise: TypeAlias = Literal["record", "random", "year"]

BY_RECORD: Final[Otherwise] = "record"


@dataclass(frozen=True, slots=True)
class Ranking:
    """In which order a reviewer has titles and abstracts shown.

    Attributes:
        model: Name of the model that ranks; "" where none does, and then version and library are empty too.
        version: Of the model.
        library: What it is computed with: "scipy 1.17.0, numpy 2.4.0".
        otherwise: The order where no model ranks, or has nothing to learn from yet: "record", "random" or "year".
        seed: Of the random order; a part of the model's name as well.
    """

    reviewer: str
    model: str = ""
    version: int = 0
    library: str = ""
    otherwise: Otherwise = BY_RECORD
    seed: int = 1


def add_ranking(entry: Entry, ranking: Ranking) -> int:
    """Write what a reviewer chose; gives the id of the fact."""
    return entry.add_one("ranking", asdict(ranking))


def ranking(connection: sa.Connection, reviewer: str) -> Ranking:
    """What a reviewer chose last; the order of the records where nothing was chosen."""
    row_ = table("ranking")
    names = [name for name in Ranking.__dataclass_fields__ if name != "reviewer"]
    statement = sa.select(*(row_.c[name] for name in names)).select_from(dated("ranking"))
    statement = statement.where(row_.c.reviewer == reviewer).order_by(*newest_first("ranking")).limit(1)
    row = connection.execute(statement).mappings().first()
    return Ranking(reviewer, **row) if row else Ranking(reviewer)


def own_votes(connection: sa.Connection, stage: Stage, reviewer: str) -> dict[int, Verdict]:
    """Report -> a reviewer's own last blind verdict at a stage, in the order of the first one on each; nobody else's.

    What is said at the cross-check is left out: there the others' votes are known.
    """
    vote, placed = table("vote"), table("placement")
    statement = (
        sa.select(placed.c.report, vote.c.verdict)
        .select_from(dated("vote").join(placed, placed.c.record == vote.c.record))
        .where(vote.c.stage == stage, vote.c.reviewer == reviewer)
        .where(vote.c.role == Role.REVIEWER, vote.c.phase == Phase.BLIND)
        .order_by(*oldest_first("vote"))
    )
    return {row.report: Verdict(row.verdict) for row in connection.execute(statement)}


def to_rank(connection: sa.Connection) -> list[int]:
    """The reports that were not removed before screening, by number; depends on nobody's votes."""
    report = table("report")
    statement = sa.select(report.c.id).where(report.c.removed == "").order_by(report.c.id)
    return list(connection.execute(statement).scalars())


def years(connection: sa.Connection) -> dict[int, int | None]:
    """Report -> the year of the record that names it."""
    report, record = table("report"), table("record")
    statement = sa.select(report.c.id, record.c.year).join(record, record.c.id == report.c.id)
    return {row.id: row.year for row in connection.execute(statement)}

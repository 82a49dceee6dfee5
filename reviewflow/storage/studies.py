"""Studies, arms, and which report belongs to which study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from reviewflow.domain.study import Arm, Study
from reviewflow.storage.derived import standing_facts
from reviewflow.storage.latest import dated, oldest_first
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.storage.ledger import Entry


def add_study(entry: Entry, study: Study) -> int:
    """Write a study with its arms; gives its id."""
    row = {"label": study.label, "design": study.design, "country": study.country, "note": study.note}
    id_ = entry.add_one("study", row)
    entry.add("arm", ({"study": id_, "label": arm.label, "role": arm.role, "n": arm.n} for arm in study.arms))
    return id_


def add_links(entry: Entry, study: int, records: Iterable[int], role: str, *, linked: bool = True) -> int:
    """Write that reports belong to a study, or no longer do; gives how many."""
    rows = ({"record": record, "study": study, "role": role, "linked": linked} for record in records)
    return len(entry.add("of_study", rows))


def studies(connection: sa.Connection) -> list[Study]:
    """All standing studies with their arms."""
    study, arm = table("study"), table("arm")
    arms: dict[int, list[Arm]] = {}
    for row in connection.execute(sa.select(arm).select_from(standing_facts("arm")).order_by(arm.c.id)):
        arms.setdefault(row.study, []).append(Arm(row.id, row.study, row.label, row.role, row.n))
    return [
        Study(row.id, row.label, row.design, row.country, row.note, tuple(arms.get(row.id, ())))
        for row in connection.execute(sa.select(study).select_from(standing_facts("study")).order_by(study.c.id))
    ]


def reports_of_studies(connection: sa.Connection) -> dict[int, dict[int, str]]:
    """Study -> {report: role} by the latest standing link of each record."""
    link, placed, study = table("of_study"), table("placement"), table("study")
    statement = (
        sa.select(link.c.study, link.c.record, placed.c.report, link.c.role, link.c.linked)
        .select_from(dated("of_study").join(placed, placed.c.record == link.c.record))
        .order_by(*oldest_first("of_study"))
    )
    standing = set(connection.execute(sa.select(study.c.id).select_from(standing_facts("study"))).scalars())
    latest: dict[tuple[int, int], tuple[int, str, bool]] = {}
    for row in connection.execute(statement):
        latest[row.study, row.record] = (row.report, row.role, row.linked)
    found: dict[int, dict[int, str]] = {id_: {} for id_ in standing}
    for (study_id, _), (report, role, linked) in latest.items():
        if linked and study_id in found:
            found[study_id][report] = role
    return found

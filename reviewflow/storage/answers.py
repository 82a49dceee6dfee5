"""Extraction forms and the answers given to them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from reviewflow.domain.form import Answer
from reviewflow.storage.derived import standing_facts
from reviewflow.storage.latest import dated, oldest_first
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.storage.ledger import Entry


def form_id(entry: Entry, name: str, content: str) -> int:
    """The id of a form as it stands, written when it is new or has changed."""
    form = table("form")
    found = entry.connection.execute(
        sa.select(form.c.id)
        .select_from(standing_facts("form"))
        .where(form.c.name == name, form.c.content == content)
        .order_by(form.c.id.desc())
    ).scalar()
    return int(found) if found is not None else entry.add_one("form", {"name": name, "content": content})


def add_answers(entry: Entry, form: int, answers: Iterable[Answer]) -> int:
    """Write answers; gives how many."""
    rows = ({key: value for key, value in asdict(answer).items() if key != "id"} for answer in answers)
    return len(entry.add("answer", ({"form": form, **row} for row in rows)))


def answers(connection: sa.Connection) -> list[Answer]:
    """All standing answers, oldest first."""
    answer = table("answer")
    names = (
        "study", "arm", "endpoint", "timepoint", "field", "value", "denominator", "status", "source", "note",
        "reviewer", "id",
    )  # fmt: skip
    statement = (
        sa.select(*(answer.c[name] for name in names)).select_from(dated("answer")).order_by(*oldest_first("answer"))
    )
    return [Answer(**row) for row in connection.execute(statement).mappings()]


def form_names(connection: sa.Connection) -> dict[int, str]:
    """Answer -> the name of the form that it answers, of all standing answers."""
    answer, form = table("answer"), table("form")
    statement = sa.select(answer.c.id, form.c.name).select_from(
        standing_facts("answer").join(form, form.c.id == answer.c.form)
    )
    return {row.id: row.name for row in connection.execute(statement)}

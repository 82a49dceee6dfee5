"""Which copy of the review a database is: a folder that was copied becomes a copy of its own at its first change."""

from __future__ import annotations

from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from reviewflow.storage.tables import table

_COPY, _PLACE = "copy", "place"


def place_of(connection: sa.Connection) -> str:
    """What tells the file of the database from a copy of it; "" where a copy cannot be told.

    A file that is moved keeps its number on its disk, and a copy gets another. PostgreSQL does not tell.
    """
    file = connection.engine.url.database if connection.dialect.name == "sqlite" else ""
    try:
        return str(Path(file).stat().st_ino) if file else ""
    except OSError:
        return ""


def copy_id(connection: sa.Connection, act_uuid: str) -> tuple[str, bool]:
    """The uuid of this copy in the chains of changes, and whether it is kept already together with its place.

    It is a new one where the database was copied since its last change.

    Otherwise two computers would number the changes of one person alike, and neither could take in the other's.
    """
    meta = table("meta")
    rows = connection.execute(sa.select(meta.c.key, meta.c.value).where(meta.c.key.in_((_COPY, _PLACE))))
    stored = {row.key: row.value for row in rows}
    here, before = place_of(connection), stored.get(_PLACE, "")
    if here and before and here != before:
        return str(uuid5(NAMESPACE_URL, f"{stored[_COPY]}/{act_uuid}")), False
    return str(stored[_COPY]), here == before


def settle_in(connection: sa.Connection, copy: str) -> None:
    """Keep which copy this is, and where it lies."""
    meta = table("meta")
    wanted = {_COPY: copy, _PLACE: place_of(connection)}
    rows = connection.execute(sa.select(meta.c.key, meta.c.value).where(meta.c.key.in_(wanted)))
    stored = {row.key: row.value for row in rows}
    for key, value in wanted.items():
        if key not in stored:
            connection.execute(sa.insert(meta).values(key=key, value=value))
        elif stored[key] != value:
            connection.execute(sa.update(meta).where(meta.c.key == key).values(value=value))

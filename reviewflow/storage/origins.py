"""Where records came from: the file and the bytes of each, and which search was the first to find a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from reviewflow.storage.rows import select_in
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Origin:
    """The entry of a search export that a record is.

    Attributes:
        record: Id of the record.
        file: Id of the imported file.
        name: Its name.
        sha256: Of its content.
        format: As `import --check` names it.
        encoding: As Python names it.
        ordinal: Place in the file, from 1.
        line: Line on which the entry begins.
        start: First byte of the entry.
        end: One past its last byte.
    """

    record: int
    file: int
    name: str
    sha256: str
    format: str
    encoding: str
    ordinal: int
    line: int
    start: int
    end: int

    @property
    def key(self) -> str:
        """Names the record in every copy of the review, whatever its local id: what it was in which file."""
        return origin_key(self.sha256, self.ordinal)


def origin_key(sha256: str, ordinal: int) -> str:
    """The key of an entry of a file: 12 hexadecimal digits of the file's hash, and the entry's number."""
    return f"{sha256[:12]}-{ordinal}"


def origins(connection: sa.Connection, records: Iterable[int] | None = None) -> Iterator[Origin]:
    """The origins of standing records, by id: of all, or of those asked for."""
    placed, raw, file = table("placement"), table("raw_record"), table("search_file")
    of_file = [file.c[name].label(f"file_{name}") for name in ("id", "name", "sha256", "format", "encoding")]
    of_entry = [raw.c[name] for name in ("ordinal", "file_line", "start_byte", "end_byte")]
    columns = [placed.c.record, *of_file, *of_entry]
    statement = (
        sa.select(*columns)
        .select_from(placed.join(raw, raw.c.id == placed.c.record).join(file, file.c.id == raw.c.search_file))
        .order_by(placed.c.record)
    )
    for row in select_in(connection, statement.execution_options(yield_per=5000), placed.c.record, records):
        yield Origin(*tuple(row))


def by_key(connection: sa.Connection) -> dict[str, int]:
    """Key -> record, for all standing records."""
    return {origin.key: origin.record for origin in origins(connection)}


def n_first_found(connection: sa.Connection) -> dict[int, int]:
    """Search -> the reports that it found and no search before it: what was new in it after deduplication."""
    placed = table("placement")
    first = sa.select(sa.func.min(placed.c.search).label("search")).group_by(placed.c.report).subquery()
    statement = sa.select(first.c.search, sa.func.count().label("n")).group_by(first.c.search)
    return {row.search: row.n for row in connection.execute(statement)}

"""Searches, their files, and the records that came in them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.domain.record import RawRecord, Record
from reviewflow.storage.derived import standing_facts
from reviewflow.storage.latest import dated, oldest_first
from reviewflow.storage.placement import DATABASES
from reviewflow.storage.rows import chunks, count_by, insert_rows, select_in, storable
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reviewflow.domain.record import Tags
    from reviewflow.storage.ledger import Entry


@dataclass(frozen=True, slots=True)
class Search:
    """One execution of one strategy on one source, with the number of records that came of it."""

    id: int
    source: str
    kind: str
    platform: str
    strategy: str
    limits: str
    searched_on: str
    n_expected: int | None
    note: str
    n_records: int = 0

    @property
    def route(self) -> str:
        """The column of the flow: "database" or "other"."""
        return "database" if self.kind in DATABASES else "other"


@dataclass(frozen=True, slots=True)
class SearchDetail:
    """What is to be told of a search that is logged already; None leaves what was said before."""

    platform: str | None = None
    strategy: str | None = None
    limits: str | None = None
    searched_on: str | None = None
    n_expected: int | None = None
    note: str | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The fields that it tells."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class SearchFile:
    """An imported search export."""

    id: int
    search: int
    sha256: str
    name: str
    format: str
    n_records: int
    change: int


_TUPLES = frozenset(field.name for field in fields(Record) if str(field.type).startswith("tuple"))


def record_json(record: Record) -> str:
    """The canonical fields as they are stored: those that are given, in a fixed order."""
    given = {key: value for key, value in asdict(record).items() if value not in {"", None} and value != ()}
    # PostgreSQL's text cannot hold NUL; the tags keep it.
    return storable(json.dumps(given, ensure_ascii=False, sort_keys=True).replace("\\u0000", ""))


def record_from_json(text: str) -> Record:
    """The record that was stored."""
    given: dict[str, Any] = json.loads(text)
    for key in _TUPLES & given.keys():
        given[key] = tuple(given[key])
    return Record(**given)


def add_search(entry: Entry, search: Search) -> int:
    """Write a search; gives its id."""
    row = {key: value for key, value in asdict(search).items() if key not in {"id", "n_records"}}
    return entry.add_one("search", row)


def add_detail(entry: Entry, search: int, detail: SearchDetail) -> int:
    """Write what became known of a search; gives the id of the fact."""
    return entry.add_one("search_detail", {"search": search, **asdict(detail)})


def add_file(entry: Entry, row: dict[str, Any], raws: Iterable[tuple[RawRecord, Record]]) -> int:
    """Write an imported file with its records, which are taken in one after the other.

    Args:
        entry: The change.
        row: Columns of search_file.
        raws: Each raw record with its canonical fields, in the order of the file.

    Returns:
        How many records were written.

    Raises:
        AssertionError: They are not as many as the row says.
    """
    file_id, n = entry.add_one("search_file", row), 0
    for pairs in chunks(raws):
        ids = entry.add("raw_record", (_raw_row(raw, row["search"], file_id) for raw, _ in pairs))
        own = (record_row(id_, record) for id_, (_, record) in zip(ids, pairs, strict=True))
        insert_rows(entry.connection, table("record"), own)
        n += len(pairs)
    if n != row["n_records"]:
        raise AssertionError(f"{row['n_records']} records were counted and {n} written")
    return n


def _raw_row(raw: RawRecord, search: int, file_id: int) -> dict[str, Any]:
    return {
        "search": search,
        "search_file": file_id,
        "ordinal": raw.ordinal,
        "file_line": raw.line,
        "start_byte": raw.start,
        "end_byte": raw.end,
        "tags": json.dumps(raw.tags),
    }


def record_row(id_: int, record: Record) -> dict[str, Any]:
    """The row of the side table that holds a record's canonical fields."""
    return {
        "id": id_,
        "title": storable(record.title),
        "year": record.year,
        "doi": storable(record.doi),
        "pmid": storable(record.pmid),
        "accession": storable(record.accession),
        "fields": record_json(record),
    }


def searches(connection: sa.Connection) -> list[Search]:
    """All standing searches as they are known now, with the number of standing records of each."""
    search, placed = table("search"), table("placement")
    counts = count_by(connection, placed.c.search)
    names = [field.name for field in fields(Search) if field.name != "n_records"]
    statement = (
        sa.select(*(search.c[name] for name in names)).select_from(standing_facts("search")).order_by(search.c.id)
    )
    later = _told_later(connection)
    rows = connection.execute(statement).mappings()
    return [Search(**{**row, **later.get(row["id"], {})}, n_records=counts.get(row["id"], 0)) for row in rows]


def _told_later(connection: sa.Connection) -> dict[int, dict[str, Any]]:
    """Search -> the fields that were told after it was logged, each as it was told last."""
    detail = table("search_detail")
    names = [field.name for field in fields(SearchDetail)]
    columns = (detail.c.search, *(detail.c[name] for name in names))
    found: dict[int, dict[str, Any]] = {}
    statement = sa.select(*columns).select_from(dated("search_detail")).order_by(*oldest_first("search_detail"))
    for row in connection.execute(statement).mappings():
        found.setdefault(row["search"], {}).update(SearchDetail(**{name: row[name] for name in names}).told)
    return found


def files(connection: sa.Connection) -> list[SearchFile]:
    """All standing imported files."""
    file = table("search_file")
    names = [field.name for field in fields(SearchFile)]
    statement = (
        sa.select(*(file.c[name] for name in names)).select_from(standing_facts("search_file")).order_by(file.c.id)
    )
    return [SearchFile(**row) for row in connection.execute(statement).mappings()]


def records(connection: sa.Connection, ids: Iterable[int] | None = None) -> Iterator[tuple[int, str, Record]]:
    """(id, source, record) of standing records, by id: all, or those asked for."""
    placed, record, search = table("placement"), table("record"), table("search")
    source = placed.join(record, record.c.id == placed.c.record).join(search, search.c.id == placed.c.search)
    statement = sa.select(placed.c.record, search.c.source, record.c.fields).select_from(source)
    statement = statement.order_by(placed.c.record).execution_options(yield_per=5000)
    for row in select_in(connection, statement, placed.c.record, ids):
        yield row.record, row.source, record_from_json(row.fields)


def sources(connection: sa.Connection) -> dict[int, str]:
    """Id -> source of every standing record, by id."""
    placed, search = table("placement"), table("search")
    source = placed.join(search, search.c.id == placed.c.search)
    statement = sa.select(placed.c.record, search.c.source).select_from(source).order_by(placed.c.record)
    return {row.record: row.source for row in connection.execute(statement)}


def tags_of(connection: sa.Connection, ids: Iterable[int]) -> Iterator[tuple[int, Tags]]:
    """(id, tags as they stood in the file) of some records, by id."""
    raw = table("raw_record")
    statement = sa.select(raw.c.id, raw.c.tags).order_by(raw.c.id)
    for row in select_in(connection, statement, raw.c.id, ids):
        yield row.id, tuple((tag, value) for tag, value in json.loads(row.tags))


def by_accession(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """(source, accession) -> id of every standing record that has an accession number."""
    placed, record, search = table("placement"), table("record"), table("search")
    statement = sa.select(search.c.source, record.c.accession, placed.c.record).select_from(
        placed.join(record, record.c.id == placed.c.record).join(search, search.c.id == placed.c.search)
    )
    found = connection.execute(statement.where(record.c.accession != "").order_by(placed.c.record.desc()))
    return {(row.source, row.accession): row.record for row in found}


def raw_records(
    connection: sa.Connection, *, unread: bool = False
) -> Iterator[tuple[int, str, RawRecord, dict[str, Any]]]:
    """(id, format, raw record, row of its canonical fields as stored) of every record ever imported.

    Args:
        connection: A connection.
        unread: Only those whose canonical fields are not stored yet.
    """
    raw, file, record = table("raw_record"), table("search_file"), table("record")
    statement = (
        sa.select(raw, file.c.format, *(column.label(f"stored_{column.name}") for column in record.columns))
        .select_from(raw.join(file, file.c.id == raw.c.search_file).outerjoin(record, record.c.id == raw.c.id))
        .order_by(raw.c.id)
    )
    if unread:
        statement = statement.where(record.c.id.is_(None))
    for row in connection.execute(statement).yield_per(5000):
        tags = tuple((tag, value) for tag, value in json.loads(row.tags))
        stored = {column.name: getattr(row, f"stored_{column.name}") for column in record.columns}
        yield row.id, row.format, RawRecord(row.ordinal, row.file_line, row.start_byte, row.end_byte, tags), stored


def add_canonical(connection: sa.Connection, read: Iterable[tuple[int, Record]]) -> int:
    """Store the canonical fields of records that have none yet; gives how many."""
    return insert_rows(connection, table("record"), (record_row(id_, record) for id_, record in read))


def replace_record(connection: sa.Connection, id_: int, record: Record) -> None:
    """Store canonical fields anew, as a newer reader gives them."""
    rows, fresh = table("record"), table("uncompared")
    connection.execute(sa.delete(rows).where(rows.c.id == id_))
    connection.execute(sa.delete(fresh).where(fresh.c.record == id_))
    connection.execute(sa.insert(fresh).values(record=id_))
    connection.execute(sa.insert(rows).values(**record_row(id_, record)))

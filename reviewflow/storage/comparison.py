"""What deduplication remembers between runs: keys, the records it has yet to compare, doubtful pairs, relations.

All of it can be computed again from the records, so it is no fact: a run in doubt compares everything anew.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import sqlalchemy as sa

from reviewflow.domain.deduplication import Link, Relation
from reviewflow.storage.placement import closure, neighbours
from reviewflow.storage.rows import chunks, delete_in, insert_rows, select_in
from reviewflow.storage.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

_MARK = "deduplication"
"""Key of `meta`: by which rules records were compared, and the last statement on two records that was heeded."""


def key_number(key: str) -> int:
    """A key as a signed number of 64 bits: two keys with one number only cost a needless comparison."""
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


@dataclass(frozen=True, slots=True)
class Work:
    """What a run has to do.

    Attributes:
        new: Standing records that were not compared yet.
        spoken_of: Records of the reports on which a person spoke since the last run: their links are weighed again.
        n_standing: How many records stand in all.
    """

    new: frozenset[int]
    spoken_of: frozenset[int]
    n_standing: int


def begin(connection: sa.Connection, rules: str) -> Work:
    """What a run has to do, by these rules.

    Args:
        connection: A connection in a transaction.
        rules: Digest of the rules in force; where others were used before, everything is forgotten.
    """
    meta, placed, fresh = table("meta"), table("placement"), table("uncompared")
    mark = connection.execute(sa.select(meta.c.value).where(meta.c.key == _MARK)).scalar()
    before = json.loads(mark) if mark else {}
    if before.get("rules") != rules:
        for name in ("block_key", "doubt", "related"):
            connection.execute(sa.delete(table(name)))
        take_nothing_for_compared(connection)
    statement = sa.select(placed.c.record).select_from(placed.join(fresh, fresh.c.record == placed.c.record))
    new = frozenset(connection.execute(statement).scalars())
    n_standing = int(connection.execute(sa.select(sa.func.count()).select_from(placed)).scalar_one())
    return Work(new, _spoken_of(connection, int(before.get("heeded", 0))), n_standing)


def _spoken_of(connection: sa.Connection, heeded: int) -> frozenset[int]:
    """The standing records of the reports that a person's statements after `heeded` are about."""
    link = table("same_report")
    of = link.c.record_a, link.c.record_b
    rows = connection.execute(sa.select(*of).where(link.c.id > heeded, link.c.by_person))
    return frozenset(neighbours(connection, {record for row in rows for record in row}))


def end(connection: sa.Connection, rules: str) -> None:
    """Note that every standing record is compared, by these rules and under all statements so far."""
    meta, link = table("meta"), table("same_report")
    connection.execute(sa.delete(table("uncompared")))
    heeded = connection.execute(sa.select(sa.func.coalesce(sa.func.max(link.c.id), 0))).scalar_one()
    connection.execute(sa.delete(meta).where(meta.c.key == _MARK))
    value = json.dumps({"rules": rules, "heeded": int(heeded)}, sort_keys=True)
    connection.execute(sa.insert(meta).values(key=_MARK, value=value))


def take_nothing_for_compared(connection: sa.Connection) -> None:
    """Have the next run compare every standing record anew."""
    placed, fresh = table("placement"), table("uncompared")
    connection.execute(sa.delete(fresh))
    connection.execute(sa.insert(fresh).from_select(["record"], sa.select(placed.c.record)))


def n_uncompared(connection: sa.Connection) -> int:
    """How many standing records no run of deduplication has compared."""
    placed, fresh = table("placement"), table("uncompared")
    joined = fresh.join(placed, fresh.c.record == placed.c.record)
    return int(connection.execute(sa.select(sa.func.count()).select_from(joined)).scalar_one())


def add_keys(connection: sa.Connection, keys: Iterable[tuple[int, Iterable[int]]]) -> None:
    """Store the keys of records, by their numbers; earlier ones of these records are replaced."""
    numbers, owners, records = array("q"), array("q"), []
    for record, own in keys:
        records.append(record)
        for key in set(own):
            numbers.append(key)
            owners.append(record)
    stored = table("block_key")
    if connection.execute(sa.select(stored.c.record).limit(1)).first() is not None:
        delete_in(connection, stored, stored.c.record, sorted(records))
    # In the order of the table, so that it grows at its end; a million records have twelve million rows.
    order = np.lexsort((owners, numbers))
    rows = zip(np.array(numbers)[order], np.array(owners)[order], strict=True)
    insert_rows(connection, stored, ({"key": int(key), "record": int(record)} for key, record in rows))


def sharing(connection: sa.Connection, keys: AbstractSet[int]) -> set[int]:
    """The records that have one of these keys, also those that stand no longer."""
    stored = table("block_key")
    statement = sa.select(stored.c.record).distinct()
    return {row.record for row in select_in(connection, statement, stored.c.key, keys)}


def add_doubts(connection: sa.Connection, doubts: Iterable[Link], *, refused: bool) -> None:
    """Store pairs that wait, or waited, for a person; `refused` those that a rule would have merged."""
    rows = (
        {
            "record_a": one.record_a,
            "record_b": one.record_b,
            "refused": refused,
            "rule": one.rule,
            "score": one.score,
            "evidence": json.dumps({**one.evidence, "why": one.why}, sort_keys=True),
        }
        for one in doubts
    )
    insert_rows(connection, table("doubt"), rows)


def forget_doubts(connection: sa.Connection, new: AbstractSet[int], among: AbstractSet[int]) -> None:
    """Drop the pairs of new records, and the refused ones that lie among records that are decided upon again."""
    doubt = table("doubt")
    for column in (doubt.c.record_a, doubt.c.record_b):
        delete_in(connection, doubt, column, sorted(new))
    for chunk in chunks(sorted(among)):
        connection.execute(sa.delete(doubt).where(doubt.c.refused, doubt.c.record_a.in_(chunk)))


def doubts(connection: sa.Connection, *, refused_only: bool = False) -> Iterator[Link]:
    """The stored pairs, whether or not they still wait for a person."""
    doubt = table("doubt")
    statement = sa.select(doubt).order_by(doubt.c.record_a, doubt.c.record_b, doubt.c.refused)
    for row in connection.execute(statement.where(doubt.c.refused) if refused_only else statement):
        evidence = json.loads(row.evidence)
        why = evidence.pop("why")
        yield Link(row.record_a, row.record_b, row.rule, row.score, evidence, why)


def replace_relations(connection: sa.Connection, new: AbstractSet[int], found: Iterable[Relation]) -> None:
    """Store relations between records of different reports; earlier ones of new records are replaced."""
    related = table("related")
    for column in (related.c.record, related.c.of):
        delete_in(connection, related, column, sorted(new))
    rows = ({"record": r.record, "of": r.of, "kind": r.kind, "score": r.score, "why": r.why} for r in found)
    insert_rows(connection, related, rows)


def relations(connection: sa.Connection) -> list[Relation]:
    """The relations between standing records of different reports."""
    related, here, there = table("related"), table("placement").alias("here"), table("placement").alias("there")
    statement = (
        sa.select(related)
        .select_from(related.join(here, here.c.record == related.c.record).join(there, there.c.record == related.c.of))
        .where(here.c.report != there.c.report)
        .order_by(related.c.record, related.c.of, related.c.kind)
    )
    return [Relation(row.record, row.of, row.kind, row.score, row.why) for row in connection.execute(statement)]


def reach(connection: sa.Connection, records: AbstractSet[int], refused: Mapping[int, AbstractSet[int]]) -> set[int]:
    """The standing records whose reports may change when these are decided upon: whole reports, links, refusals."""
    found: set[int] = set()
    frontier = set(records)
    while frontier:
        reached = set(closure(connection, frontier))
        found |= reached
        frontier = {other for record in reached for other in refused.get(record, ())} - found
    return found

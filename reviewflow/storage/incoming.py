"""Takes changes of other copies into this one: what is known is skipped, the rest verified, ordered and inserted."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.domain.ledger import GENESIS
from reviewflow.errors import InputError, StateError
from reviewflow.storage.derived import standing_facts
from reviewflow.storage.latest import dated
from reviewflow.storage.rows import CHUNK, insert_rows, select_in
from reviewflow.storage.tables import FACTS, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reviewflow.storage.changes_file import Arriving, ChangesFile

_ON_RECORDS = ("raw_record", "same_report")


@dataclass(frozen=True, slots=True)
class SortedOut:
    """What is to be done with the changes of some files.

    Attributes:
        new: Those that are not here, in an order in which they can be inserted.
        local: uuid -> local id of the known changes that are named.
    """

    new: tuple[Arriving, ...]
    local: dict[str, int]


def sort_out(connection: sa.Connection, files: Sequence[ChangesFile]) -> SortedOut:
    """Find what is new in some files, and refuse what does not fit.

    Raises:
        InputError: A change is not the one of that uuid that is here, or does not follow on its chain.
        StateError: A chain went on in two ways, or what the changes refer to is not here.
    """
    arriving = _by_uuid(files)
    named = set(arriving).union(*(change.refers_to for change in arriving.values()))
    here = _here(connection, named)
    for change in arriving.values():
        if change.uuid in here and here[change.uuid].sha256 != change.sha256:
            raise _other_than_known(change)
    new = {uuid: change for uuid, change in arriving.items() if uuid not in here}
    before = _check_chains(connection, new)
    missing = {uuid for change in new.values() for uuid in change.refers_to if uuid not in here and uuid not in new}
    if missing:
        raise _missing(files, missing)
    local = {uuid: int(row.id) for uuid, row in here.items()}
    return SortedOut(tuple(_in_order(new, before)), local)


def _by_uuid(files: Sequence[ChangesFile]) -> dict[str, Arriving]:
    found: dict[str, Arriving] = {}
    for file in files:
        for change in file.changes:
            if found.setdefault(change.uuid, change).sha256 != change.sha256:
                raise _other_than_known(change)
    return found


def _other_than_known(change: Arriving) -> InputError:
    return InputError(
        f"{change.file.name}: change {change.uuid[:8]} of {change.reviewer} is another here: "
        "one of the two was altered",
        "reviewflow check, in both copies, says which",
    )


def _here(connection: sa.Connection, uuids: Iterable[str]) -> dict[str, sa.Row[Any]]:
    journal = table("change")
    rows = select_in(connection, sa.select(journal.c.id, journal.c.uuid, journal.c.sha256), journal.c.uuid, uuids)
    return {row.uuid: row for row in rows}


def _check_chains(connection: sa.Connection, new: dict[str, Arriving]) -> dict[str, str]:
    """Hold that each chain goes on where it ends here; gives new change -> new change before it."""
    chains: dict[tuple[str, str], list[Arriving]] = defaultdict(list)
    for change in new.values():
        chains[change.chain].append(change)
    before: dict[str, str] = {}
    for chain, links in chains.items():
        sequence, sha256 = _head(connection, chain)
        last = None
        for change in sorted(links, key=lambda each: (each.header["sequence"], each.uuid)):
            if change.header["sequence"] <= sequence:
                raise _forked(change)
            if (change.header["sequence"], change.header["previous_sha256"]) != (sequence + 1, sha256):
                raise InputError(
                    f"{change.file.name}: change {change.uuid[:8]} is number {change.header['sequence']} of "
                    f"{change.reviewer} and does not follow on number {sequence}, the last one here",
                    f"have all of them exported: reviewflow export changes --as {change.reviewer} -o FILE",
                )
            if last is not None:
                before[change.uuid] = last
            sequence, sha256, last = sequence + 1, change.sha256, change.uuid
    return before


def _head(connection: sa.Connection, chain: tuple[str, str]) -> tuple[int, str]:
    """Number and hash of the last change of a chain that is here."""
    journal = table("change")
    copy_id, reviewer = chain
    own = sa.select(journal.c.sequence, journal.c.sha256).where(
        journal.c.copy_id == copy_id, journal.c.reviewer == reviewer
    )
    row = connection.execute(own.order_by(journal.c.sequence.desc()).limit(1)).first()
    return (int(row.sequence), str(row.sha256)) if row else (0, GENESIS)


def _forked(change: Arriving) -> StateError:
    return StateError(
        f"{change.file.name}: {change.reviewer} made two changes number {change.header['sequence']} in one copy of the "
        "review: a backup was put back, or a database was copied, and both went on",
        f"go on with one of the two; hand over the votes of the other: reviewflow screen export --as {change.reviewer}",
    )


def _missing(files: Sequence[ChangesFile], missing: set[str]) -> StateError:
    makers = {name for file in files for uuid, name in file.needs.items() if uuid in missing}
    whose = " and ".join(sorted(makers)) or "somebody else"
    which = ", ".join(sorted(uuid[:8] for uuid in missing)[:5])
    names = " ".join(file.name for file in files)
    return StateError(
        f"{names}: these changes refer to changes of {whose} that are not here ({which}); nothing was taken in",
        f"ask {whose} for a file of changes, and take in all at once: reviewflow sync FILE {names}",
    )


def _in_order(new: dict[str, Arriving], before: dict[str, str]) -> Iterator[Arriving]:
    """Every change after those that it refers to and the one before it in its chain; else by time."""
    waits = {uuid: {each for each in change.refers_to if each in new} for uuid, change in new.items()}
    for uuid, earlier in before.items():
        waits[uuid].add(earlier)
    then: dict[str, list[str]] = defaultdict(list)
    for uuid, others in waits.items():
        for other in others:
            then[other].append(uuid)
    ready = [_key(change) for uuid, change in new.items() if not waits[uuid]]
    heapq.heapify(ready)
    n = 0
    while ready:
        uuid = heapq.heappop(ready)[-1]
        n += 1
        yield new[uuid]
        for later in then[uuid]:
            waits[later].discard(uuid)
            if not waits[later]:
                heapq.heappush(ready, _key(new[later]))
    if n < len(new):
        raise InputError(
            f"{len(new) - n} changes refer to one another in a circle: no program wrote these files",
            "have them exported again: reviewflow export changes -o FILE",
        )


def _key(change: Arriving) -> tuple[str, str, int, str]:
    header = change.header
    return str(header["at_utc"]), str(header["copy_id"]), int(header["sequence"]), change.uuid


class Inserting:
    """Writes new changes with their facts, under local ids.

    Attributes:
        imported: SHA-256 of the search exports that the new facts name -> the change.
        attached: SHA-256 of every other file that they name.
    """

    def __init__(self, connection: sa.Connection, sorted_out: SortedOut) -> None:
        self._connection = connection
        self._local = dict(sorted_out.local)
        self._next = {name: self._last(name) + 1 for name in ("change", *FACTS)}
        self._buffer: dict[str, list[dict[str, Any]]] = {name: [] for name in ("change", *FACTS)}
        self._ids: dict[tuple[str, str], range] = {}
        self._known_ids: dict[tuple[str, str], dict[int, int]] = {}
        self.imported: dict[str, Arriving] = {}
        self.attached: set[str] = set()
        for change in sorted_out.new:
            self._write(change)
        self._flush()

    def _last(self, name: str) -> int:
        statement = sa.select(sa.func.coalesce(sa.func.max(table(name).c.id), 0))
        return int(self._connection.execute(statement).scalar_one())

    def _write(self, change: Arriving) -> None:
        undoes = self._local[change.undoes] if change.undoes else None
        id_ = self._add("change", {**change.header, "undoes": undoes, "sha256": change.sha256})
        self._local[change.uuid] = id_
        for name, row in change.facts():
            resolved = {key: self._resolved(change, name, key, value) for key, value in row.items()}
            fact = self._add(name, {"change": id_, **resolved})
            first = self._ids.get((change.uuid, name), range(fact, fact)).start
            self._ids[change.uuid, name] = range(first, fact + 1)
            if name == "search_file":
                self.imported[row["sha256"]] = change
            elif row.get("sha256"):
                self.attached.add(row["sha256"])
        if any(len(rows) >= CHUNK for rows in self._buffer.values()):
            self._flush()

    def _add(self, name: str, row: dict[str, Any]) -> int:
        id_ = self._next[name]
        self._next[name] += 1
        self._buffer[name].append({"id": id_, **row})
        return id_

    def _flush(self) -> None:
        # A table refers only to those before it.
        for name, rows in self._buffer.items():
            insert_rows(self._connection, table(name), rows)
            rows.clear()

    def _resolved(self, change: Arriving, name: str, key: str, value: Any) -> Any:  # noqa: ANN401 a value of any column
        keys = table(name).columns[key].foreign_keys
        if not keys or value is None:
            return value
        uuid, _, line = value.partition("/")
        target = next(iter(keys)).column.table.name
        found = self._id_of(uuid, target, int(line))
        if found is None:
            raise InputError(
                f"{change.file.name}: change {change.uuid[:8]} of {change.reviewer} refers to line {line} of {target} "
                f"in change {uuid[:8]}, which has no such line",
                "have it exported again: reviewflow export changes -o FILE",
            )
        return found

    def _id_of(self, uuid: str, target: str, line: int) -> int | None:
        written = self._ids.get((uuid, target))
        if written is not None:
            return written[line - 1] if line <= len(written) else None
        if uuid not in self._local:
            return None
        if (uuid, target) not in self._known_ids:
            facts = table(target)
            statement = sa.select(facts.c.line, facts.c.id).where(facts.c.change == self._local[uuid])
            self._known_ids[uuid, target] = {row.line: row.id for row in self._connection.execute(statement)}
        return self._known_ids[uuid, target].get(line)


def standing_on_records(connection: sa.Connection) -> set[int]:
    """The standing changes that brought records, or said which are one report."""
    found: set[int] = set()
    for name in _ON_RECORDS:
        statement = sa.select(table(name).c.change).distinct().select_from(standing_facts(name))
        found.update(connection.execute(statement).scalars())
    return found


def imported_twice(connection: sa.Connection, hashes: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """(name of the file, [(uuid, reviewer) of each import]) of the search exports that two standing changes brought."""
    file, journal = table("search_file"), table("change")
    statement = sa.select(file.c.sha256, file.c.name, journal.c.uuid, journal.c.reviewer).select_from(
        dated("search_file")
    )
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for row in select_in(connection, statement, file.c.sha256, hashes):
        found.setdefault(row.sha256, (row.name, {}))[1][row.uuid] = row.reviewer
    return [(name, sorted(makers.items())) for name, makers in found.values() if len(makers) > 1]

"""Which changes a person may hand on to another copy of the review, and the file that they make."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.storage import ledger
from reviewflow.storage.changes_file import blob_line, change_line, columns_of, end_line, fact_line, header_line
from reviewflow.storage.tables import FACTS, table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from reviewflow.domain.ledger import Change
    from reviewflow.storage.blobs import Blobs

_OWN_ONLY = ("vote", "seen", "pilot_vote", "tag")


def own(connection: sa.Connection, reviewer: str) -> list[Change]:
    """Every change of a person, whatever the copy in which it was made."""
    return [change for change in ledger.changes(connection) if change.reviewer == reviewer]


def shared(connection: sa.Connection, reviewer: str) -> list[Change]:
    """A person's own changes, and of everybody else's chains what comes before the first vote or tag.

    What comes after it would be a chain with a gap, which nobody could verify; and others' votes are not handed on.
    """
    every = ledger.changes(connection)
    facts = [table(name) for name in _OWN_ONLY]
    voting = {change for each in facts for change in connection.execute(sa.select(each.c.change).distinct()).scalars()}
    voted: set[tuple[str, str]] = set()
    chosen = []
    for change in every:
        if change.undoes in voting:
            voting.add(change.id)
        chain = (change.copy_id, change.reviewer)
        if change.id in voting:
            voted.add(chain)
        if change.reviewer == reviewer or chain not in voted:
            chosen.append(change)
    return chosen


def lines(
    connection: sa.Connection,
    chosen: Sequence[Change],
    about: dict[str, Any],
    blobs: Blobs,
    with_bytes_of: Collection[str],
) -> Iterator[str]:
    """The lines of the file that hands on some changes.

    Args:
        connection: A connection.
        chosen: The changes, oldest first.
        about: What the first line says of the review.
        blobs: The files of the review.
        with_bytes_of: The tables whose files go along.

    Raises:
        StateError: A file is not there.
    """
    makers = {change.reviewer for change in chosen}
    only = next(iter(makers)) if len(makers) == 1 else ""
    streams = {name: ledger.Lines(connection, name, only) for name in FACTS}
    every = ledger.changes(connection)
    uuids = {change.id: change.uuid for change in every}
    yield header_line(about)
    named: set[str] = set()
    sent: set[str] = set()
    for change in chosen:
        undone = uuids[change.undoes] if change.undoes is not None else None
        header = {key: getattr(change, key) for key in ledger.HEADER}
        yield change_line({**header, "undoes": undone, "sha256": change.sha256})
        named |= {undone} if undone else set()
        files: list[str] = []
        for name, stream in streams.items():
            for _, values in stream.of(change.id):
                yield fact_line(name, values)
                row = dict(zip(columns_of(name), values, strict=True))
                named |= {row[key].partition("/")[0] for key in _references(name) if row[key]}
                files += [row["sha256"]] if name in with_bytes_of and row["sha256"] not in {"", *sent, *files} else []
        for sha256 in files:
            yield blob_line(sha256, blobs.read(sha256))
        sent.update(files)
    elsewhere = named - {change.uuid for change in chosen}
    yield end_line(len(chosen), {change.uuid: change.reviewer for change in every if change.uuid in elsewhere})


@cache
def _references(name: str) -> list[str]:
    return [column.name for column in table(name).columns if column.foreign_keys and column.name != "change"]

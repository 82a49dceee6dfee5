"""Working apart: changes are handed on in files, and what a colleague handed on is taken in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.words import counted
from reviewflow.errors import InputError, StateError
from reviewflow.formats import canonical
from reviewflow.storage import changes_file, comparison, derived, incoming, outgoing, project, records
from reviewflow.storage.blobs import sha256_of
from reviewflow.workflow import history

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reviewflow.storage.changes_file import ChangesFile
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review


@dataclass(frozen=True, slots=True)
class HandedOn:
    """What went into a file of changes.

    Attributes:
        n_changes: Changes in it, of which
        n_own: are the person's own.
        n_files: Files whose bytes went along.
    """

    n_changes: int
    n_own: int
    n_files: int


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of one file of changes, as the viewer may know it.

    Attributes:
        by: Who exported it.
        n_new: Changes that were new here and that the viewer's log shows.
        n_known: Changes that were here before and that the viewer's log shows.
    """

    file: str
    by: str
    n_new: int
    n_known: int


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did.

    Attributes:
        notes: What a person should know.
    """

    files: tuple[TakenIn, ...]
    notes: tuple[str, ...]


def export_changes(
    review: Review, reviewer: str, write: Callable[[str], object], *, shared: bool = False, full_texts: bool = False
) -> HandedOn:
    """Write the changes that a person hands on to colleagues who work in copies of their own.

    Args:
        review: The review.
        reviewer: Whose changes; nobody else's vote is ever among them.
        write: Takes the text, line by line.
        shared: Whether what others did before their first vote goes along.
        full_texts: Whether attached full texts go along; search exports always do.

    Raises:
        UsageError: Nobody of the team has that name.
        StateError: The person has changed nothing yet, or an imported file is not there.
    """
    review.protocol.member(reviewer)
    tables = ("search_file", "retrieval") if full_texts else ("search_file",)
    about = {
        "title": review.protocol.title,
        "by": reviewer,
        "protocol_sha256": _digest(review),
    }
    n_files = 0
    with review.reading() as connection:
        chosen = (outgoing.shared if shared else outgoing.own)(connection, reviewer)
        if not chosen:
            raise StateError(f"{reviewer} has changed nothing yet", "reviewflow log shows who did")
        for line in outgoing.lines(connection, chosen, about, review.blobs, tables):
            n_files += line.startswith('{"bytes"')
            write(line)
    return HandedOn(len(chosen), sum(change.reviewer == reviewer for change in chosen), n_files)


def _digest(review: Review) -> str:
    """Digest of what reviewflow.toml says, but for where this copy keeps its database."""
    said = project.tables(review.folder)
    said.get("review", {}).pop("database", None)
    return sha256_of(json.dumps(said, sort_keys=True, default=str).encode("ascii"))


def sync(review: Review, given: Sequence[tuple[str, bytes]], viewer: str = "") -> Synced:
    """Take in the changes that colleagues exported: all of them together, or none.

    Args:
        review: The review.
        given: (name, content) of each file.
        viewer: Who looks at what came of it.

    Raises:
        InputError: A file is none of changes, or something in it was altered.
        StateError: It belongs to another review, refers to changes that are not here, or does not fit what is here.
    """
    read = [changes_file.read(name, content) for name, content in given]
    for file in read:
        _refuse_strangers(review, file)
    with review.writing() as connection:
        sorted_out = incoming.sort_out(connection, read)
        if sorted_out.new:
            _take_in(review, connection, read, sorted_out)
    new = {change.uuid for change in sorted_out.new}
    shown = {line.change.uuid for line in history.log(review, viewer)}
    taken = []
    for file in read:
        uuids = {change.uuid for change in file.changes} & shown
        taken.append(TakenIn(file.name, file.by, len(uuids & new), len(uuids - new)))
    digest = _digest(review)
    notes = [
        f"{file.name} was made under another {project.FILE_NAME}: bring the two into line"
        for file in read
        if file.protocol_sha256 != digest
    ]
    return Synced(tuple(taken), tuple(notes))


def _refuse_strangers(review: Review, file: ChangesFile) -> None:
    """Raises StateError where a file is of another review, or of somebody who is not in the team."""
    if file.title != review.protocol.title:
        raise StateError(
            f"{file.name} is of the review {file.title!r}, and this one is {review.protocol.title!r}",
            f"if they are one review, give both the same {project.FILE_NAME}, and export again",
        )
    team = {member.name for member in review.protocol.team}
    strangers = sorted({change.reviewer for change in file.changes} - team)
    if strangers:
        raise StateError(
            f"{file.name} holds changes of {strangers[0]}, who is not in the team of this review",
            f"take over their {project.FILE_NAME}, or: reviewflow team add {strangers[0]} --role reviewer",
        )


def _take_in(
    review: Review, connection: Connection, read: Sequence[ChangesFile], sorted_out: incoming.SortedOut
) -> None:
    """Insert what is new, and compute from all facts what is computed from facts."""
    before = incoming.standing_on_records(connection)
    inserted = incoming.Inserting(connection, sorted_out)
    _keep_files(review, read, inserted)
    raw = records.raw_records(connection, unread=True)
    records.add_canonical(connection, ((id_, canonical(entry, format_)) for id_, format_, entry, _ in raw))
    derived.rebuild(connection)
    _refuse_twice_imported(connection, inserted)
    if incoming.standing_on_records(connection) != before:
        comparison.take_nothing_for_compared(connection)


def _keep_files(review: Review, read: Sequence[ChangesFile], inserted: incoming.Inserting) -> None:
    """Keep the bytes that the new facts name. What is kept of a sync that then fails is only a file too many."""
    held = {sha256: file for file in read for sha256 in file.blobs}
    for sha256 in sorted({*inserted.imported, *inserted.attached}):
        if review.blobs.path(sha256).exists():
            continue
        if sha256 in held:
            review.blobs.keep(held[sha256].blob(sha256))
        elif sha256 in inserted.imported:
            change = inserted.imported[sha256]
            raise InputError(
                f"{change.file.name}: the search export with SHA-256 {sha256[:12]}..., which {change.reviewer} "
                "imported, is not in it",
                f"have it exported again: reviewflow export changes --as {change.reviewer} -o FILE",
            )


def _refuse_twice_imported(connection: Connection, inserted: incoming.Inserting) -> None:
    """Raises StateError where one search export would count twice."""
    twice = incoming.imported_twice(connection, inserted.imported)
    if not twice:
        return
    name, makers = twice[0]
    by = " and ".join(f"{reviewer} ({uuid[:8]})" for uuid, reviewer in makers)
    more = f", and {counted(len(twice) - 1, 'more file')} too" if len(twice) > 1 else ""
    raise StateError(
        f"{name} was imported in both copies, by {by}{more}: its records would count twice; nothing was taken in",
        "undo one of the two imports where it was made, with reviewflow undo CODE, and go on from there",
    )

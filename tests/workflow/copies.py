"""What the tests of working apart share: copies of a review, what they hand on, and all that they hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from reviewflow.domain.screening import Verdict
from reviewflow.storage import derived, ledger
from reviewflow.storage.tables import FACTS, table
from reviewflow.workflow import sync

if TYPE_CHECKING:
    from reviewflow.domain.ledger import Act
    from reviewflow.storage.review import Review

    Moved: TypeAlias = tuple[str, bytes]

VERDICTS = (Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.UNSURE)


def exported(review: Review, name: str, **choice: bool) -> Moved:
    lines: list[str] = []
    sync.export_changes(review, name, lines.append, **choice)
    return f"{name}.jsonl", "".join(lines).encode()


def everything(review: Review) -> list[Moved]:
    """The own changes of everybody who has made any."""
    with review.reading() as connection:
        makers = sorted({change.reviewer for change in ledger.changes(connection)})
    return [exported(review, name) for name in makers]


def give(here: Review, there: Review) -> None:
    sync.sync(there, everything(here))


class Copy:
    """One copy of a review in which people act, by a clock and with uuids of its own."""

    def __init__(self, review: Review, number: int, skew: timedelta = timedelta()) -> None:
        self.review, self._number, self._skew = review, number, skew
        self._acts: dict[str, int] = {}
        if number:
            with review.writing() as connection:
                meta = table("meta")
                copy = str(uuid5(NAMESPACE_URL, f"copy {number}"))
                connection.execute(sa.update(meta).where(meta.c.key == "copy").values(value=copy))

    def act(self, base: Act) -> Act:
        uuid = str(uuid5(NAMESPACE_URL, f"{self._number} {base.uuid}"))
        return replace(base, uuid=uuid, at_utc=base.at_utc + self._skew)


def facts(review: Review) -> dict[str, set[tuple[Any, ...]]]:
    """Every change and fact in the form that is the same in every copy."""
    with review.reading() as connection:
        every = ledger.changes(connection)
        uuids = {change.id: change.uuid for change in every}
        found: dict[str, set[tuple[Any, ...]]] = {
            "change": {(change.uuid, change.sha256, uuids.get(change.undoes or 0), change.stands) for change in every}
        }
        for name in FACTS:
            stream = ledger.Lines(connection, name)
            found[name] = {(change.uuid, *values) for change in every for _, values in stream.of(change.id)}
    return found


def side_tables(review: Review) -> dict[str, set[tuple[Any, ...]]]:
    """The side tables with records and reports named as they are in every copy."""
    with review.reading() as connection:
        names = _portable_names(connection)
        members: dict[int, set[str]] = {}
        for row in connection.execute(sa.select(table("placement"))):
            members.setdefault(row.report, set()).add(names["raw_record", row.record])
        reports = {report: frozenset(records) for report, records in members.items()}
        found: dict[str, set[tuple[Any, ...]]] = {}
        for name, local in (("placement", ("search",)), ("ballot", ("vote",)), ("report", ())):
            rows = connection.execute(sa.select(table(name))).mappings()
            found[name] = {
                tuple(
                    names["raw_record", value] if key == "record"
                    else reports[value] if key in {"report", "id"}
                    else names[key, value] if key in local
                    else value
                    for key, value in row.items()
                )
                for row in rows
            }  # fmt: skip
        canonical = connection.execute(sa.select(table("record")).order_by("id")).mappings()
        found["record"] = {
            (names["raw_record", row["id"]], *(value for key, value in row.items() if key != "id")) for row in canonical
        }
    return found


def _portable_names(connection: sa.Connection) -> dict[tuple[str, int], str]:
    journal = table("change")
    return {
        (name, row.id): f"{row.uuid}/{row.line}"
        for name in FACTS
        for row in connection.execute(
            sa.select(table(name).c.id, table(name).c.line, journal.c.uuid).select_from(
                table(name).join(journal, journal.c.id == table(name).c.change)
            )
        )
    }


def assert_sound(review: Review) -> None:
    """Hashes hold and the side tables are what the facts give."""
    with review.reading() as connection:
        assert ledger.broken_chain(connection) == []
    with review.writing() as connection:
        assert derived.stale(connection) == {}

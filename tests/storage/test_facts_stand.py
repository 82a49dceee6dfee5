from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from reviewflow.domain.ledger import GENESIS
from reviewflow.storage import ledger
from reviewflow.storage.tables import FACTS, table
from reviewflow.workflow.check import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Filling, Fresh

JOURNAL = ("change", *FACTS)


@contextmanager
def behind_its_back(review: Review, of: str, statement: str) -> Iterator[sa.Connection]:
    """A connection that sees what somebody did who first took away what refuses it; it is not kept."""
    with review.engine.connect().execution_options(write=True) as connection, connection.begin() as altering:
        if review.engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
            connection.execute(sa.text(f'ALTER TABLE "{of}" DISABLE TRIGGER ALL'))
        else:
            connection.execute(sa.text(f'DROP TRIGGER "{of}_no_update"'))
            connection.execute(sa.text(f'DROP TRIGGER "{of}_no_delete"'))
        connection.execute(sa.text(statement))
        yield connection
        altering.rollback()


def broken(connection: sa.Connection) -> dict[str, str]:
    """The command of each change whose hash does not hold, and what is wrong with it."""
    return {change.command: words for change, words in ledger.broken_chain(connection)}


def n_rows(review: Review) -> dict[str, int]:
    with review.reading() as connection:
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(table(name))).scalar_one()
            for name in JOURNAL
        }


def test_the_database_refuses_to_alter_or_delete_any_fact(filled: Review) -> None:
    before = n_rows(filled)
    assert all(before.values()), "every table holds something to refuse"
    for name in JOURNAL:
        for statement in (sa.update(table(name)).values(id=table(name).c.id), sa.delete(table(name))):
            with (
                pytest.raises(sa.exc.DatabaseError, match="never altered or deleted"),
                filled.engine.begin() as connection,
            ):
                connection.execute(statement)
    assert n_rows(filled) == before


def test_postgresql_refuses_to_empty_a_table_of_facts(fresh: Fresh, act: Acting, fill: Filling) -> None:
    with fresh("postgresql") as review:
        fill(review, act)
        for name in JOURNAL:
            with (
                pytest.raises(sa.exc.DatabaseError, match="never altered or deleted"),
                review.engine.begin() as connection,
            ):
                connection.execute(sa.text(f'TRUNCATE "{name}" CASCADE'))


def test_an_untouched_review_has_whole_chains(filled: Review) -> None:
    with filled.reading() as connection:
        assert broken(connection) == {}


ALTERED = "is not as it was written"
ALTERATIONS = {
    "a verdict": ("vote", "UPDATE vote SET verdict = 'exclude' WHERE id = 1", "screen vote r1 include"),
    "a note on a vote": ("vote", "UPDATE vote SET note = '' WHERE id = 2", "screen vote r1 exclude"),
    "the reviewer of a vote": ("vote", "UPDATE vote SET reviewer = 'B' WHERE id = 1", "screen vote r1 include"),
    "the record of a vote": ("vote", "UPDATE vote SET record = 2 WHERE id = 1", "screen vote r1 include"),
    "the change of a vote": ("vote", "UPDATE vote SET change = 1 WHERE id = 1", "screen vote r1 include"),
    "a deleted vote": ("vote", "DELETE FROM vote WHERE id = 1", "screen vote r1 include"),
    "a vote more": (
        "vote",
        "INSERT INTO vote SELECT 99, change, 2, 3, stage, 'B', role, phase, verdict, '', '' FROM vote WHERE id = 1",
        "screen vote r1 include",
    ),
    "a deleted mark that votes were seen": ("seen", "DELETE FROM seen WHERE id = 1", "screen vote r1 exclude"),
    "a tag": (
        "raw_record",
        "UPDATE raw_record SET tags = replace(tags, 'Author0', 'Author9') WHERE id = 1",
        "import PubMed-0-1-2-3.ris",
    ),
    "a source": ("search", "UPDATE search SET source = 'Scopus' WHERE id = 2", "import Embase-0.ris"),
    "an answer on duplicates": ("same_report", "UPDATE same_report SET same = true WHERE by_person", "dedup review"),
    "a number extracted": ("answer", "UPDATE answer SET value = '11' WHERE id = 1", "extract import"),
    "the note of a change": ("change", "UPDATE change SET note = 'all removed' WHERE command = 'remove'", "remove"),
    "the time of a change": (
        "change",
        "UPDATE change SET at_utc = '2020-01-01T00:00:00.000+00:00' WHERE command = 'remove'",
        "remove",
    ),
    "a change that is said to undo another": (
        "change",
        "UPDATE change SET undoes = 1 WHERE command = 'remove'",
        "remove",
    ),
}


@pytest.mark.parametrize("altered", ALTERATIONS)
def test_what_is_altered_behind_its_back_is_found_and_the_change_is_named(filled: Review, altered: str) -> None:
    of, statement, command = ALTERATIONS[altered]
    with behind_its_back(filled, of, statement) as connection:
        found = broken(connection)
    assert found[command].startswith(ALTERED)
    assert found.keys() - {command} <= {"import PubMed-0-1-2-3.ris"}  # where a vote was moved to the first change


def test_sqlite_finds_a_fact_that_was_replaced_past_its_triggers(filled: Review) -> None:
    replaced = (
        "REPLACE INTO vote SELECT id, change, line, record, stage, reviewer, role, phase, 'exclude', reason, note"
    )
    with filled.engine.connect().execution_options(write=True) as connection, connection.begin() as altering:
        if filled.engine.dialect.name == "postgresql":
            replaced = "UPDATE vote SET verdict = 'exclude'"
            connection.execute(sa.text("ALTER TABLE vote DISABLE TRIGGER ALL"))
            connection.execute(sa.text(f"{replaced} WHERE id = 1"))
        else:
            connection.execute(sa.text(f"{replaced} FROM vote WHERE id = 1"))
        assert list(broken(connection)) == ["screen vote r1 include"]
        altering.rollback()


def test_a_change_out_of_its_place_breaks_the_chain_of_its_reviewer_only(filled: Review) -> None:
    moved = "UPDATE change SET sequence = 99 WHERE command = 'remove'"
    with behind_its_back(filled, "change", moved) as connection:
        found = ledger.broken_chain(connection)
    assert {change.reviewer for change, _ in found} == {"L"}
    assert any("does not follow" in words for _, words in found)


def test_check_names_the_broken_change_its_maker_and_the_remedy(review: Review, act: Acting, fill: Filling) -> None:
    fill(review, act)
    assert [finding for finding in check(review).findings if finding.level == "error"] == []
    with review.engine.begin() as connection:
        if review.engine.dialect.name == "postgresql":
            connection.execute(sa.text("ALTER TABLE vote DISABLE TRIGGER ALL"))
        else:
            connection.execute(sa.text("DROP TRIGGER vote_no_update"))
        connection.execute(sa.text("UPDATE vote SET note = 'other' WHERE id = 1"))
    (finding,) = [finding for finding in check(review).findings if finding.rule == "hash-chain"]
    assert "of A (screen vote r1 include, 2026-01-05T" in finding.words
    assert finding.remedy


def test_each_reviewer_in_each_copy_has_a_chain_of_its_own(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, [0], by="A")
    add_records(review, act, [1], by="B")
    with review.engine.begin() as connection:
        connection.execute(sa.text("UPDATE meta SET value = 'another copy' WHERE key = 'copy'"))
    add_records(review, act, [2], by="A")
    add_records(review, act, [3], by="A")
    with review.reading() as connection:
        changes = ledger.changes(connection)
        assert broken(connection) == {}
    chains = [(change.reviewer, change.copy_id == "another copy", change.sequence) for change in changes]
    assert chains == [("A", False, 1), ("B", False, 1), ("A", True, 1), ("A", True, 2)]
    previous = [change.previous_sha256 for change in changes]
    assert previous == [GENESIS, GENESIS, GENESIS, changes[2].sha256]


def test_the_same_acts_give_the_same_hashes_on_both_databases(fresh: Fresh, acts: type, fill: Filling) -> None:
    chains = []
    for kind in ("memory", "postgresql"):
        with fresh(kind) as review:
            fill(review, acts())
            with review.reading() as connection:
                chains.append([change.sha256 for change in ledger.changes(connection)])
    assert chains[0] == chains[1]

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from reviewflow.storage import ledger
from reviewflow.storage.tables import FACTS, table
from reviewflow.workflow.check import check

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Filling, Fresh

JOURNAL = ("change", *FACTS)


def behind_its_back(review: Review, of: str, statement: str) -> None:
    """Run a statement as somebody does who has first taken away what refuses it."""
    with review.engine.begin() as connection:
        if review.engine.dialect.name == "postgresql":
            connection.execute(sa.text(f'ALTER TABLE "{of}" DISABLE TRIGGER ALL'))
        else:
            connection.execute(sa.text(f'DROP TRIGGER "{of}_no_update"'))
            connection.execute(sa.text(f'DROP TRIGGER "{of}_no_delete"'))
        connection.execute(sa.text(statement))


def broken(review: Review) -> set[str]:
    """The commands of the changes whose hash does not hold."""
    with review.reading() as connection:
        return {change.command for change, _ in ledger.broken_chain(connection)}


def n_rows(review: Review) -> dict[str, int]:
    with review.reading() as connection:
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(table(name))).scalar_one()
            for name in JOURNAL
        }


def test_the_database_refuses_to_alter_or_delete_any_fact(review: Review, act: Acting, fill: Filling) -> None:
    fill(review, act)
    before = n_rows(review)
    assert all(before.values()), "every table holds something to refuse"
    for name in JOURNAL:
        for statement in (sa.update(table(name)).values(id=table(name).c.id), sa.delete(table(name))):
            with (
                pytest.raises(sa.exc.DatabaseError, match="never altered or deleted"),
                review.engine.begin() as connection,
            ):
                connection.execute(statement)
    assert n_rows(review) == before


def test_postgresql_refuses_to_empty_a_table_of_facts(fresh: Fresh, act: Acting, fill: Filling) -> None:
    with fresh("postgresql") as review:
        fill(review, act)
        for name in JOURNAL:
            with (
                pytest.raises(sa.exc.DatabaseError, match="never altered or deleted"),
                review.engine.begin() as connection,
            ):
                connection.execute(sa.text(f'TRUNCATE "{name}" CASCADE'))


def test_an_untouched_review_has_whole_chains_and_nothing_to_find(review: Review, act: Acting, fill: Filling) -> None:
    fill(review, act)
    assert broken(review) == set()
    assert [finding for finding in check(review).findings if finding.level == "error"] == []


ALTERATIONS = {
    "a verdict": ("vote", "UPDATE vote SET verdict = 'exclude' WHERE id = 1", "screen vote r1 include"),
    "a note on a vote": ("vote", "UPDATE vote SET note = '' WHERE id = 2", "screen vote r1 exclude"),
    "the reviewer of a vote": ("vote", "UPDATE vote SET reviewer = 'B' WHERE id = 1", "screen vote r1 include"),
    "the record of a vote": ("vote", "UPDATE vote SET record = 2 WHERE id = 1", "screen vote r1 include"),
    "a deleted vote": ("vote", "DELETE FROM vote WHERE id = 1", "screen vote r1 include"),
    "a deleted mark that votes were seen": ("seen", "DELETE FROM seen WHERE id = 1", "screen vote r1 exclude"),
    "a tag": (
        "raw_record",
        "UPDATE raw_record SET tags = replace(tags, 'Author0', 'Author9') WHERE id = 1",
        "import PubMed-0-1-2-3.ris",
    ),
    "a source": ("search", "UPDATE search SET source = 'Scopus' WHERE id = 2", "import Embase-0.ris"),
    "an answer on duplicates": ("same_report", "UPDATE same_report SET same = true WHERE by_person", "dedup review"),
    "a number extracted": ("answer", "UPDATE answer SET value = '11' WHERE id = 1", "extract import"),
    "the note of a change": ("change", "UPDATE change SET note = '1 removed' WHERE command = 'remove'", "remove"),
    "the time of a change": (
        "change",
        "UPDATE change SET at_utc = '2020-01-01T00:00:00.000+00:00' WHERE command = 'remove'",
        "remove",
    ),
    "the maker of a change": ("change", "UPDATE change SET reviewer = 'A', sequence = 99 WHERE command = 'remove'", ""),
}


@pytest.mark.parametrize("altered", ALTERATIONS)
def test_what_is_altered_behind_its_back_is_found_and_the_change_is_named(
    review: Review, act: Acting, fill: Filling, altered: str
) -> None:
    of, statement, command = ALTERATIONS[altered]
    fill(review, act)
    behind_its_back(review, of, statement)
    found = broken(review)
    assert (command or "remove") in found
    if command and altered != "the maker of a change":
        assert found == {command}
    words = [finding.words for finding in check(review).findings if finding.rule == "hash-chain"]
    assert any((command or "remove") in each for each in words)

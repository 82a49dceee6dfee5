"""What comes of a sync: what goes along, who has the last word, and what is left where it is killed."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from reviewflow.domain.screening import Stage
from reviewflow.errors import InputError
from reviewflow.storage import comparison, ledger
from reviewflow.storage.review import open_review
from reviewflow.storage.tables import table
from reviewflow.workflow import (
    check,
    deduplication,
    history,
    retrieval,
    screening,
    sync,
)
from tests.workflow.copies import Copy, assert_sound, exported, facts, give, side_tables

if TYPE_CHECKING:
    from pathlib import Path

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting


def test_what_is_shared_is_all_that_a_new_copy_needs(
    two: tuple[Review, Review], fresh: Fresh, act: Acting, cast_vote: Voting
) -> None:
    one, _ = two
    cast_vote(one, act, "A", 2, "include")
    with fresh() as new:
        sync.sync(new, [exported(one, "A", shared=True)])
        assert facts(new) == facts(one)
        assert side_tables(new) == side_tables(one)


def test_a_folder_that_was_copied_becomes_a_copy_of_its_own(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting, tmp_path: Path
) -> None:
    one, other = two
    cast_vote(one, act, "A", 1, "include")
    one.engine.dispose()
    shutil.copytree(one.folder, tmp_path / "copied")
    copied = open_review(tmp_path / "copied")
    cast_vote(copied, act, "A", 2, "include")
    cast_vote(one, act, "A", 3, "include")
    cast_vote(copied, act, "A", 4, "include")
    sync.sync(other, [exported(one, "A")])
    sync.sync(other, [exported(copied, "A")])
    with other.reading() as connection:
        copies = [change.copy_id for change in ledger.changes(connection) if change.reviewer == "A"]
        assert len(copies) == 4
        assert len(set(copies)) == 2
    assert_sound(other)
    assert [line.number for line in history.log(copied, "A") if line.change.reviewer == "A"] == [1, 2, 3]
    history.undo(copied, act("A", "undo"), "2")
    copied.engine.dispose()


def test_the_last_word_is_that_of_who_knew_of_the_other_whatever_their_clocks_say(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting
) -> None:
    one, other = two
    slow = Copy(other, 1, timedelta(days=-1))
    for name in ("A", "B"):
        cast_vote(one, act, name, 1, "include")
    retrieval.note_step(one, act("A", "fulltext"), [1], "requested")
    give(one, other)
    retrieval.note_step(other, slow.act(act("B", "fulltext")), [1], "retrieved")
    give(other, one)
    for review in (one, other):
        with review.reading() as connection:
            stored = connection.execute(sa.select(table("report").c.retrieval).where(table("report").c.id == 1))
            assert stored.scalar() == "retrieved"
        assert_sound(review)


def test_a_change_that_two_copies_undid_does_not_stand_while_one_of_the_undos_does(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting
) -> None:
    one, other = two
    cast_vote(one, act, "A", 1, "include")
    give(one, other)
    apart = Copy(other, 1)
    history.undo(one, act("A", "undo"))
    history.undo(other, apart.act(act("A", "undo")))
    give(one, other)
    assert screening.own_votes(other, "A", Stage.TITLE_ABSTRACT) == []
    undo = history.log(other, "A")[-1].change
    history.undo(other, apart.act(act("A", "undo")), undo.code)
    assert screening.own_votes(other, "A", Stage.TITLE_ABSTRACT) == []
    assert_sound(other)


def test_after_a_sync_that_brought_records_all_are_compared_anew_and_after_one_of_votes_none(
    two: tuple[Review, Review], act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    one, other = two
    with other.reading() as connection:
        assert comparison.n_uncompared(connection) == 4
    deduplication.run(other, Copy(other, 1).act(act("L", "dedup run")))
    cast_vote(one, act, "A", 1, "include")
    give(one, other)
    with other.reading() as connection:
        assert comparison.n_uncompared(connection) == 0
    add_records(one, act, [0], source="Embase")
    give(one, other)
    with other.reading() as connection:
        assert comparison.n_uncompared(connection) == 5


def test_files_of_imports_go_along_and_full_texts_when_asked(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting, fresh: Fresh
) -> None:
    one, other = two
    assert check.check(other).findings == ()
    for name in ("A", "B"):
        cast_vote(one, act, name, 1, "include")
    retrieval.note_step(one, act("L", "fulltext add"), [1], "retrieved", attachment=("one.pdf", b"%PDF"))
    with one.reading() as connection:
        (kept,) = (row.sha256 for row in connection.execute(sa.select(table("retrieval"))))
    give(one, other)
    assert not other.blobs.path(kept).exists()
    with fresh() as third:
        files = [exported(one, name, full_texts=True) for name in ("L", "A", "B")]
        sync.sync(third, files)
        assert third.blobs.read(kept) == b"%PDF"
        hollow = [(name, re.sub(rb'{"bytes":.*?}}\n', b"", content)) for name, content in files]
        with fresh() as fourth, pytest.raises(InputError, match="is not in it"):
            sync.sync(fourth, hollow)


def test_a_program_that_is_killed_in_the_middle_of_a_sync_leaves_the_review_as_it_was(
    fresh: Fresh, act: Acting, add_records: Adding, tmp_path: Path
) -> None:
    with fresh("sqlite") as one, fresh("sqlite") as other:
        add_records(one, act, range(4))
        name, content = exported(one, "L")
        (tmp_path / name).write_bytes(content)
        killed = (
            "import os, signal, sys; from reviewflow.storage import derived;"
            "derived.rebuild = lambda connection: os.kill(os.getpid(), signal.SIGKILL);"
            f"from reviewflow.cli.main import run; run(['sync', {str(tmp_path / name)!r}, '--review', sys.argv[1]])"
        )
        words = [sys.executable, "-c", killed, str(other.folder)]
        assert subprocess.run(words, check=False, timeout=60).returncode == -signal.SIGKILL
        with other.reading() as connection:
            assert ledger.changes(connection) == []
        assert_sound(other)
        sync.sync(other, [(name, content)])
        assert facts(other) == facts(one)

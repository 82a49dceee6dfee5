from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from reviewflow.errors import StateError, UsageError
from reviewflow.storage import migrations
from reviewflow.storage.engine import engine_for, file_system_of, sqlite_engine
from reviewflow.storage.migrations import latest_version, migrate, version_of
from reviewflow.storage.review import create_review, open_review
from reviewflow.workflow import flow
from reviewflow.workflow.check import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.migrations import Migration
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting


def _add_column(connection: sa.Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE search ADD COLUMN language VARCHAR NOT NULL DEFAULT ''")


def _fail(connection: sa.Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE search ADD COLUMN half VARCHAR NOT NULL DEFAULT ''")
    raise StateError("the step failed", "try again")


LATER: tuple[Migration, ...] = (
    *migrations.MIGRATIONS,
    (latest_version() + 1, "searches have a language", _add_column),
    (latest_version() + 2, "nothing that shows", lambda _: None),
)


@pytest.fixture(params=("sqlite", "postgresql"))
def kept(
    request: pytest.FixtureRequest, fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> Iterator[Review]:
    """A review that outlives its connection, with some records and a vote."""
    with fresh(request.param) as review:
        add_records(review, act, range(3))
        cast_vote(review, act, "A", 1, "include")
        yield review


def version(review: Review) -> int:
    with review.reading() as connection:
        return version_of(connection)


def has_language(review: Review) -> bool:
    with review.reading() as connection:
        return "language" in {column["name"] for column in sa.inspect(connection).get_columns("search")}


def set_version(review: Review, number: int) -> None:
    with review.engine.begin() as connection:
        connection.execute(sa.text("UPDATE meta SET value = :v WHERE key = 'version'"), {"v": str(number)})


def test_a_new_review_is_at_the_latest_version_and_nothing_is_to_do(kept: Review) -> None:
    assert version(kept) == latest_version()
    assert migrate(kept.engine) == ""


def test_tables_are_brought_up_to_date_after_a_backup(kept: Review) -> None:
    before = flow.compute(kept).to_json()
    backup = migrate(kept.engine, LATER)
    assert version(kept) == latest_version(LATER)
    assert has_language(kept)
    assert flow.compute(kept).to_json() == before
    assert [finding for finding in check(kept).findings if finding.level == "error"] == []
    assert migrate(kept.engine, LATER) == ""
    if kept.engine.dialect.name == "sqlite":
        old = sqlite_engine(Path(backup))
        with old.connect() as connection:
            n, at = connection.execute(
                sa.text("SELECT (SELECT count(*) FROM vote), value FROM meta ORDER BY key DESC")
            ).first() or (0, "")
        assert (n > 0, at) == (True, str(latest_version()))
        with pytest.raises(sa.exc.DatabaseError), old.connect() as connection:
            connection.execute(sa.text("SELECT language FROM search"))
        old.dispose()
    else:
        schema = backup.removeprefix("schema ")
        with kept.reading() as connection:
            n = connection.execute(sa.text(f"SELECT count(*) FROM {schema}.vote")).scalar_one()  # noqa: S608 a name that the program made
            assert n == connection.execute(sa.text("SELECT count(*) FROM vote")).scalar_one() > 0


def test_a_backup_holds_what_was_written_while_somebody_reads(fresh: Fresh, act: Acting, add_records: Adding) -> None:
    with fresh("sqlite") as review:
        with review.reading() as connection:
            assert version_of(connection) == latest_version()
            add_records(review, act, range(3))
            backup = migrate(review.engine, LATER)
        old = sqlite_engine(Path(backup))
        with old.connect() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM raw_record")).scalar_one() == 3
        old.dispose()


def test_a_second_backup_does_not_overwrite_the_first(kept: Review) -> None:
    first = migrate(kept.engine, LATER[:-1])
    set_version(kept, latest_version())
    second = migrate(kept.engine, (*LATER[:-2], (latest_version() + 1, "again", lambda _: None)))
    assert first != second


def test_a_step_that_fails_changes_nothing(kept: Review) -> None:
    steps: tuple[Migration, ...] = ((latest_version() + 1, "fails", _fail),)
    with pytest.raises(StateError, match="the step failed"):
        migrate(kept.engine, steps)
    assert version(kept) == latest_version()
    with kept.reading() as connection:
        assert "half" not in {column["name"] for column in sa.inspect(connection).get_columns("search")}


def test_a_review_of_a_newer_program_is_refused(kept: Review) -> None:
    set_version(kept, latest_version() + 1)
    with pytest.raises(StateError, match="written by a newer reviewflow"):
        open_review(kept.folder)


def test_a_review_is_opened_again_from_a_folder_below_it(kept: Review) -> None:
    below = kept.folder / "notes"
    below.mkdir()
    again = open_review(below)
    assert flow.compute(again).to_json() == flow.compute(kept).to_json()
    again.engine.dispose()


def test_a_database_without_a_review_and_one_with_a_review_are_told_apart(kept: Review) -> None:
    with pytest.raises(StateError, match="holds a review already"):
        migrations.create(kept.engine, "copy")
    empty = sqlite_engine(None)
    with pytest.raises(StateError, match="holds no review"):
        migrate(empty)
    empty.dispose()


@pytest.mark.parametrize("name", ["plain", "with space", "what?", "a#b", "100%41", "Größe 文献"])
def test_a_review_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    create_review(folder, '[review]\ntitle = "x"\n', "copy").engine.dispose()
    assert (folder / "review.db").is_file()
    open_review(folder).engine.dispose()


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    create_review(tmp_path / "r", '[review]\ntitle = "x"\n', "copy").engine.dispose()
    (tmp_path / "r" / "review.db").write_text("this is no database, but long enough to look at " * 50)
    with pytest.raises(StateError, match="is not a readable SQLite database"):
        open_review(tmp_path / "r")


def test_a_review_without_its_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reviewflow.toml").write_text('[review]\ntitle = "x"\n')
    with pytest.raises(StateError, match=r"no review\.db"):
        open_review(tmp_path)
    with pytest.raises(StateError, match="is not in a review"):
        open_review(Path("/"))


def test_only_sqlite_and_postgresql_are_known(tmp_path: Path) -> None:
    for wrong in ("mysql://localhost/x", "postgresql+nosuchdriver://x/y"):
        with pytest.raises(UsageError, match=r"reviewflow\.toml"):
            engine_for(wrong, tmp_path)


MOUNTS = """\
/dev/vda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/export /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/local ext4 rw 0 0
//nas/reviews /mnt/team\\040share cifs rw 0 0
someone@host:/ /mnt/ssh fuse.sshfs rw 0 0
tmpfs /tmp tmpfs rw 0 0

garbage
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/review", "ext4"),
        ("/home/cb/review", "nfs4"),
        ("/home", "nfs4"),
        ("/homes/review", "ext4"),
        ("/home/local/review", "ext4"),
        ("/mnt/team share/review", "cifs"),
        ("/mnt/ssh/review", "fuse.sshfs"),
        ("/tmp/review", "tmpfs"),  # noqa: S108 a path in a text
    ],
)
def test_the_file_system_of_a_path_is_that_of_the_nearest_mount_above(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


def test_a_network_file_system_is_refused_with_the_two_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/export {str(tmp_path.resolve()).replace(' ', chr(92) + '040')} nfs4 rw 0 0\n")
    monkeypatch.setattr("reviewflow.storage.engine._MOUNTS", mounts)
    with pytest.raises(StateError, match=r"network file system \(nfs4\)") as refused:
        sqlite_engine(tmp_path / "review.db")
    assert "local disk" in refused.value.remedy
    assert "PostgreSQL" in refused.value.remedy

"""Opens the database of a review: SQLite beside it, or PostgreSQL by URL; the same tables on both."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reviewflow.errors import ServiceError, StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

Connection = sa.Connection
"""A connection to the database of a review; the floors above know it by this name only."""

_MOUNTS = Path("/proc/mounts")
_NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "gpfs", "lustre", "ceph", "fuse.sshfs", "fuse.rclone", "9p"}
)
# Any number serves, as long as every copy of the program takes the same one: it names the lock "one writer at a time".
_WRITER_LOCK = 5_232_020


def file_system_of(path: Path, mounts: str) -> str:
    """The type of the file system that holds `path`, by the text of /proc/mounts; "" when not told."""
    best, kind = "", ""
    for line in mounts.split("\n"):
        words = line.split(" ")
        if len(words) < 3:
            continue
        point = words[1].replace("\\040", " ")
        if (path == Path(point) or Path(point) in path.parents) and len(point) >= len(best):
            best, kind = point, words[2]
    return kind


def _refuse_network_folder(path: Path) -> None:
    if not _MOUNTS.exists():
        return
    kind = file_system_of(path.resolve().parent, _MOUNTS.read_text(encoding="utf-8", errors="replace"))
    if kind in _NETWORK_FILE_SYSTEMS:
        raise StateError(
            f"{path} lies on a network file system ({kind}), where SQLite can lose votes when two people write",
            "move the review to a local disk, or set database in reviewflow.toml to a PostgreSQL URL",
        )


def _set_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401 the driver's own class
    connection.isolation_level = None  # transactions are begun by us, see _begin
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another writer came between.
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def sqlite_engine(path: Path | None) -> sa.Engine:
    """The engine for a SQLite file, or for a database in memory when no path is given.

    Raises:
        StateError: The file lies on a network file system.
    """
    if path is None:
        engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False})
    else:
        _refuse_network_folder(path)
        # Not as a text, where ? and # in the name of a folder would mean something.
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), poolclass=sa.pool.NullPool)
    return _with_pragmas(engine)


def _with_pragmas(engine: sa.Engine) -> sa.Engine:
    """The engine of SQLite, each of whose connections is set up, and each transaction begun, as the house wants it."""
    sa.event.listen(engine, "connect", _set_pragmas)
    sa.event.listen(engine, "begin", _begin)
    return engine


def postgres_engine(url: str) -> sa.Engine:
    """The engine for a PostgreSQL URL, `postgresql+psycopg://user@host/database`.

    Raises:
        UsageError: The URL is none, or the driver is not installed.
    """
    try:
        return sa.create_engine(url, pool_pre_ping=True)
    except sa.exc.ArgumentError as error:
        raise UsageError(f"database in reviewflow.toml is no database URL: {url!r}", _URL_REMEDY) from error
    except ModuleNotFoundError as error:
        raise UsageError("the driver for PostgreSQL is not installed", "pip install 'reviewflow[postgres]'") from error


_URL_REMEDY = 'write it as database = "postgresql+psycopg://user@host/name", or leave it out for SQLite'


def engine_for(database: str, folder: Path) -> sa.Engine:
    """The engine for the setting `database` of a review in `folder`: a URL, or empty for `review.db` in the folder."""
    if not database:
        return sqlite_engine(folder / "review.db")
    if database.startswith("postgresql"):
        return postgres_engine(database)
    raise UsageError(f"database in reviewflow.toml is not a PostgreSQL URL: {database!r}", _URL_REMEDY)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees one state of the review throughout."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with (
        _plain_words(engine),
        engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def kept_open(engine: sa.Engine) -> Iterator[sa.Engine]:
    """An engine that keeps its connections, for a session of many short changes; closed at the end.

    A new connection of SQLite compiles every statement anew, and the last to close moves the whole log into the file:
    together more than half of the time of a vote.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path:
        yield engine
        return
    kept = _with_pragmas(sa.create_engine(engine.url, poolclass=sa.pool.QueuePool))
    try:
        yield kept
    finally:
        kept.dispose()


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection in a transaction that no other writer can come between."""
    with _plain_words(engine), engine.connect().execution_options(write=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
        yield connection


@contextmanager
def _plain_words(engine: sa.Engine) -> Iterator[None]:
    """Turns a database that cannot be reached or is locked into an error that says what to do."""
    try:
        yield
    except sa.exc.OperationalError as error:
        said = str(error.orig).strip().split("\n")[0]
        if "locked" in said:
            raise StateError(
                "another program has been writing to this review for 15 seconds", "try again in a moment"
            ) from error
        if engine.dialect.name == "postgresql":
            where = engine.url.render_as_string(hide_password=True)
            raise ServiceError(f"the database {where} does not answer: {said}", "is the server running?") from error
        raise StateError(f"the database {engine.url.database} cannot be used: {said}", "reviewflow check") from error
    except sa.exc.DatabaseError as error:
        if "not a database" in str(error.orig) or "malformed" in str(error.orig):
            raise StateError(
                f"{engine.url.database} is not a readable SQLite database: {error.orig}",
                "restore it from a backup (review.db.backup-*), or from your own",
            ) from error
        raise

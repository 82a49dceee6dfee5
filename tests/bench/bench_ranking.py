"""Measures simulated screening beside ASReview: labels until the last relevant record, and CPU time for each label.

    python tests/bench/bench_ranking.py FOLDER [--label COLUMN] [--asreview ASREVIEW]

FOLDER holds one CSV for each labelled set, with the columns record_id, title, abstract and a label of 0 or 1. The first
relevant and the first irrelevant record are the priors of all. Each run is a process of its own, its start included.

--asreview names the program of an environment with ASReview 3, which is made outside of the project:

    python3 -m venv /tmp/asreview
    /tmp/asreview/bin/pip install asreview==3.0.8

It runs its default model, which `elas_u4` is held against: the same records must come in the same order.
"""

from __future__ import annotations

import argparse
import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_OF_ONE = 1000  # milliseconds in a second


@dataclass(frozen=True, slots=True)
class Course:
    """One simulation: the records in the order screened, to the last relevant one, and what that took."""

    order: tuple[str, ...]
    cpu_seconds: float


def course(command: list[str], folder: Path, order_of: Callable[[], list[tuple[str, bool]]]) -> Course:
    """Run a program in a folder, and read from its output (record, whether it is relevant) in the order screened."""
    before = os.times()
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    after = os.times()
    screened = order_of()
    last = max(place for place, (_, is_relevant) in enumerate(screened) if is_relevant)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Course(tuple(record for record, _ in screened[: last + 1]), cpu)


def ours(labelled: Path, label: str, model: str, priors: tuple[str, str], folder: Path) -> Course:
    """`screen simulate` on a set."""
    out = folder / f"{model}.csv"
    command = [sys.executable, "-m", "reviewflow", "screen", "simulate", str(labelled), "--label", label]
    command += ["--model", model, "--priors", ",".join(priors), "--order", str(out)]

    def order() -> list[tuple[str, bool]]:
        rows = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
        return [(row["record_id"], row["label"] == "1") for row in rows if row["prior"] in {"0", "false"}]

    return course(command, folder, order)


def asreview(program: str, labelled: Path, label: str, priors: tuple[str, str], folder: Path) -> Course:
    """ASReview's own simulation of a set; it names records by their row."""
    rows = list(csv.DictReader(labelled.read_text(encoding="utf-8").splitlines()))
    ids = [row["record_id"] for row in rows]
    renamed = folder / "asreview.csv"
    with renamed.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["title", "abstract", "included"])
        table.writerows([row["title"], row["abstract"], row[label]] for row in rows)
    project = folder / "out.asreview"
    chosen = [str(ids.index(prior)) for prior in priors]
    command = [program, "simulate", str(renamed), "--prior-idx", *chosen, "--seed", "1", "-o", str(project)]

    def order() -> list[tuple[str, bool]]:
        with zipfile.ZipFile(project) as parts:
            database = parts.extract("results.db", folder)
        with closing(sqlite3.connect(database)) as connection:
            found = connection.execute("SELECT record_id, label FROM results ORDER BY time").fetchall()
        return [(ids[row], bool(is_relevant)) for row, is_relevant in found if ids[row] not in priors]

    return course(command, folder, order)


def main() -> None:
    """Print a line for each set and program."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=lambda text: Path(text).resolve())
    words.add_argument("--label", default="label_included")
    words.add_argument("--asreview", default="", metavar="ASREVIEW")
    asked = words.parse_args()
    print(f"{'set':<24}{'records':>8}  {'program':<12}{'labels':>7}{'CPU s':>8}{'ms a label':>12}  as ASReview orders")
    for labelled in sorted(asked.folder.glob("*.csv")):
        rows = list(csv.DictReader(labelled.read_text(encoding="utf-8").splitlines()))
        relevant = next(row["record_id"] for row in rows if row[asked.label] == "1")
        irrelevant = next(row["record_id"] for row in rows if row[asked.label] == "0")
        priors = (relevant, irrelevant)
        with tempfile.TemporaryDirectory() as scratch:
            runs = {model: ours(labelled, asked.label, model, priors, Path(scratch)) for model in ("rf1", "elas_u4")}
            if asked.asreview:
                runs["ASReview"] = asreview(asked.asreview, labelled, asked.label, priors, Path(scratch))
        for program, run in runs.items():
            n, peer = len(run.order), runs.get("ASReview")
            alike = f"{_n_alike(run.order, peer.order)} of {len(peer.order)}" if peer and program == "elas_u4" else ""
            took = f"{n:>7}{run.cpu_seconds:>8.2f}{_OF_ONE * run.cpu_seconds / n:>12.1f}"
            print(f"{labelled.stem:<24}{len(rows):>8}  {program:<12}{took}  {alike}", flush=True)


def _n_alike(order: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many records from the start come in the same order."""
    return next((n for n, (a, b) in enumerate(zip(order, other, strict=False)) if a != b), min(len(order), len(other)))


if __name__ == "__main__":
    main()

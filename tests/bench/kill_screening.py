"""Kills a person who screens, again and again, and looks whether every verdict that was shown as saved is there.

A verdict is saved by the function that the screen calls, and printed after it; SIGKILL comes at any moment. Afterwards
every printed verdict stands in the database once, nothing else does but at most the one that was under way, and
`check` finds no error. `python -m tests.bench.kill_screening 1000` kills a thousand times.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from reviewflow.domain.ledger import Act
from reviewflow.domain.screening import Stage, Verdict
from reviewflow.storage import dependence, ledger
from reviewflow.storage.review import create_review, open_review
from reviewflow.tui.desk import Outside, ReviewersDesk
from reviewflow.workflow import identification
from reviewflow.workflow.check import check
from reviewflow.workflow.queue import OwnVote
from tests.conftest import PROTOCOL, ris_text

LONGEST = 0.6
"""Seconds at most from the first record to the kill; the first verdict takes longest."""
EVERY = 100
"""Kills after which the whole review is checked, and a new one is begun."""
VERDICTS = (OwnVote(Verdict.INCLUDE), OwnVote(Verdict.EXCLUDE), OwnVote(Verdict.UNSURE, note="look again"))


@dataclass(frozen=True, slots=True)
class Found:
    """What came of the kills.

    Attributes:
        n_kills: Processes that were killed.
        n_shown: Verdicts that were shown as saved.
        n_lost: Of these, those that are not there; and undos that were shown and do not count.
        n_twice: Verdicts that are there more than once.
        n_more: Verdicts that are there and were not shown: killed between the saving and the showing.
        errors: What `check` found.
    """

    n_kills: int
    n_shown: int
    n_lost: int
    n_twice: int
    n_more: int
    errors: tuple[str, ...]


def act(command: str) -> Act:
    """Who acts now."""
    return Act("A", datetime.now(UTC), str(uuid4()), command)


def screen_on(folder: Path, seed: int, shown: int) -> None:
    """Vote and undo as the screen does, until killed; print each saved change to a pipe."""
    chance = random.Random(seed)  # noqa: S311 a seed that can be told, no secret
    with open_review(folder).kept_open() as review:
        desk = ReviewersDesk(review, act, Stage.TITLE_ABSTRACT, Outside(time.monotonic, lambda *_: None))
        waiting = [report for report, _ in desk.queue().waiting]
        os.write(shown, b"ready\n")
        before: list[tuple[str, int]] = []
        for report in waiting:
            if before and chance.random() < 0.1:
                change, last = before.pop()
                desk.undo(change, last)
                os.write(shown, f"undone {change}\n".encode())
            written = desk.vote(report, chance.choice(VERDICTS), again=False)
            before.append((written.change, report))
            os.write(shown, f"saved {written.change}\n".encode())
    os._exit(0)


def killed_once(folder: Path, seed: int, delay: float) -> list[str]:
    """What a person was shown as saved or as undone before the kill, so many seconds after the first record came."""
    ours, theirs = os.pipe()
    person = os.fork()
    if person == 0:
        os.close(ours)
        try:
            screen_on(folder, seed, theirs)
        finally:
            os._exit(1)  # whatever went wrong must not run on as a second parent
    os.close(theirs)
    with os.fdopen(ours, "rb") as stream:
        stream.readline()
        time.sleep(delay)
        os.kill(person, signal.SIGKILL)
        os.waitpid(person, 0)
        return [line.decode().rstrip() for line in stream if line.endswith(b"\n")]


def kill(n_kills: int, n_records: int, seed: int, longest: float = LONGEST) -> Found:
    """Kill so often, on a review of so many records that is begun anew now and then."""
    chance = random.Random(seed)  # noqa: S311 as above
    total: Counter[str] = Counter()
    errors: list[str] = []
    left = n_kills
    while left:
        n = min(left, EVERY)
        left -= n
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "review"
            review = create_review(folder, PROTOCOL, str(uuid4()))
            content = ris_text(range(n_records)).encode()
            identification.import_file(review, act("import"), "PubMed.ris", content, source="PubMed")
            review.engine.dispose()
            shown: list[str] = []
            for _ in range(n):
                shown += killed_once(folder, chance.randrange(2**32), chance.uniform(0, longest))
            total += compared(folder, shown)
            errors += _errors(folder)
    return Found(n_kills, total["shown"], total["lost"], total["twice"], total["more"], tuple(errors))


def compared(folder: Path, shown: list[str]) -> Counter[str]:
    """How many verdicts were shown, are lost, are there twice, and are there without having been shown."""
    review = open_review(folder)
    with review.reading() as connection:
        every = ledger.changes(connection)
        voting = Counter(change for change, _, _, _ in dependence.votes_by_change(connection))
    review.engine.dispose()
    there = {change.uuid: change for change in every if change.id in voting}
    saved = [line.removeprefix("saved ") for line in shown if line.startswith("saved ")]
    undone = [line.removeprefix("undone ") for line in shown if line.startswith("undone ")]
    # Each change votes on one report, and no report is voted on again while its vote stands.
    cast = Counter(change.command for change in there.values() if change.stands)
    return Counter(
        {
            "shown": len(saved),
            "lost": sum(uuid not in there for uuid in saved)
            + sum(there[uuid].stands for uuid in undone if uuid in there),
            "twice": sum(n - 1 for n in voting.values()) + sum(n - 1 for n in cast.values()),
            "more": len(set(there) - set(saved)),
        }
    )


def _errors(folder: Path) -> list[str]:
    review = open_review(folder)
    found = [each.words for each in check(review).findings if each.level == "error"]
    review.engine.dispose()
    return found


def main() -> None:
    """Kill, and print what came of it; exit 1 where a verdict was lost or is there twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_kills", nargs="?", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=4000)
    given = parser.parse_args()
    began = time.perf_counter()
    found = kill(given.n_kills, given.records, given.seed)
    print(
        f"{found.n_kills} kills in {time.perf_counter() - began:.0f} s: {found.n_shown} verdicts shown as saved, "
        f"{found.n_lost} lost, {found.n_twice} there twice, {found.n_more} saved and killed before they were shown; "
        f"{len(found.errors)} errors found by check"
    )
    for words in found.errors:
        print(f"  {words}")
    sys.exit(bool(found.n_lost or found.n_twice or found.errors or found.n_more > found.n_kills))


if __name__ == "__main__":
    main()

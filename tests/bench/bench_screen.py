"""How long a key takes on the screening screen, and how long the screen takes to open, at 10,000 and 100,000 records.

`python -m tests.bench.bench_screen [N_RECORDS ...] [--verdicts N]`. A key is timed from the moment it is pressed until
the next record is drawn and the verdict is on the disk. The keys of the whole session are then read back.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from textual.events import Key

from reviewflow.domain.ledger import Act
from reviewflow.domain.record import RawRecord, Record
from reviewflow.domain.screening import Stage
from reviewflow.storage import records
from reviewflow.storage.review import create_review, open_review
from reviewflow.tui.app import ReviewflowApp
from reviewflow.tui.desk import Outside, ReviewersDesk
from reviewflow.tui.screen import ScreeningScreen
from reviewflow.tui.settings import Settings
from reviewflow.workflow import queue

if TYPE_CHECKING:
    from reviewflow.storage.review import Review

TEXT: Final = (
    "adults asthma randomised doxofylline placebo outcome forced expiratory volume week trial nausea improved lung "
    "function children cohort hospital treatment group baseline change symptom score inhaler dose daily"
)
PROTOCOL: Final = "\n".join(
    (
        "[review]",
        'title = "A made review"',
        *(f'[[reason]]\nid = "r{n}"\nlabel = "wrong thing {n}"' for n in range(1, 7)),
        *(f'[[team]]\nname = "{name}"\nroles = ["reviewer"]' for name in ("A", "B")),
        '[highlight]\ninclude = ["random*", "placebo"]\nexclude = ["cohort"]\npopulation = ["adults", "asthma"]',
    )
)
VERDICTS: Final = ("e", "e", "i", "1", "e", "m", "3", "e")
OTHERS: Final = {"undo": "u", "next": "right", "previous": "left", "highlights": "h"}


def act(name: str, command: str) -> Act:
    """A fresh act."""
    return Act(name, datetime.now(UTC), str(uuid.uuid4()), command)


def made(folder: Path, n: int) -> Review:
    """A review with so many records, each with an abstract of some 250 words, imported as one file."""
    review = create_review(folder, PROTOCOL, str(uuid.uuid4()))
    rng = np.random.default_rng(7)
    with review.change(act("A", "import")) as entry:
        search = records.add_search(entry, records.Search(0, "PubMed", "database", "", "", "", "2024-01-01", None, ""))
        file = {"search": search, "sha256": "", "name": "made.ris", "size_bytes": 0, "format": "ris", "exporter": ""}
        file |= {"encoding": "utf-8", "n_expected": None, "repairs": "[]", "leftovers": "[]", "n_records": n}
        records.add_file(entry, file, (_record(rng, number) for number in range(1, n + 1)))
    return review


def _record(rng: np.random.Generator, number: int) -> tuple[RawRecord, Record]:
    words = TEXT.split()
    abstract = " ".join(words[i] for i in rng.integers(len(words), size=250))
    title = f"Effects of treatment {number} in adults with disorder {number % 997}: a randomised trial"
    raw = RawRecord(number, number, number, number + 1, (("TI", title), ("AB", abstract)))
    people = ("Author, Ada", "Other, Ben", "Third, Cyd")
    return raw, Record(title=title, authors=people, year=2000 + number % 20, journal="Journal", abstract=abstract)


class Timed(ScreeningScreen, inherit_bindings=False):
    """Tells when it has shown what a key asked for."""

    BINDINGS = ScreeningScreen.BINDINGS

    def __init__(self, desk: ReviewersDesk) -> None:
        super().__init__(desk)
        self.is_shown = asyncio.Event()

    async def show(self, words: str = "") -> None:
        """Show, and tell when it is drawn."""
        await super().show(words)
        self.call_after_refresh(self.is_shown.set)


async def session(review: Review, n_verdicts: int) -> tuple[float, dict[str, list[float]]]:
    """Seconds until the first record is drawn, and for each key until what it asks for is drawn."""
    taken: dict[str, list[float]] = {"verdict": [], **{name: [] for name in OTHERS}}
    began = time.perf_counter()
    desk = ReviewersDesk(
        review, lambda command: act("A", command), Stage.TITLE_ABSTRACT, Outside(time.monotonic, lambda *_: None)
    )
    screen = Timed(desk)
    app = ReviewflowApp(screen, Settings())
    async with app.run_test(size=(120, 36)):
        await screen.is_shown.wait()
        opened = time.perf_counter() - began

        async def press(name: str, key: str) -> None:
            screen.is_shown.clear()
            start = time.perf_counter()
            app.post_message(Key(key, key if len(key) == 1 else None))
            await screen.is_shown.wait()
            taken[name].append(time.perf_counter() - start)
            await asyncio.sleep(0.05)  # a person reads meanwhile

        for number in range(n_verdicts):
            await press("verdict", VERDICTS[number % len(VERDICTS)])
            if number % 10 == 9:
                for name, key in OTHERS.items():
                    await press(name, key)
    return opened, taken


def main() -> None:
    """Make the reviews, time the keys, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_records", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--verdicts", type=int, default=200)
    given = parser.parse_args()
    for n in given.n_records:
        with tempfile.TemporaryDirectory() as folder:
            made(Path(folder) / "review", n).engine.dispose()
            review = open_review(Path(folder) / "review")
            used = time.process_time()
            with review.kept_open() as kept:
                opened, taken = asyncio.run(session(kept, given.verdicts))
            used = (time.process_time() - used) / sum(map(len, taken.values()))
            found = queue.queue(review, "A", Stage.TITLE_ABSTRACT)
            review.engine.dispose()
        print(f"{n} records: the first one is drawn after {opened:.2f} s; {found.n_voted} have a verdict at the end")
        print(f"  {1000 * used:.1f} ms of processor time for each key, the opening shared out among them")
        for name, seconds in taken.items():
            if seconds:
                p50, p95, p100 = (1000 * float(np.quantile(seconds, q)) for q in (0.5, 0.95, 1.0))
                print(f"  {name:<10} {len(seconds):>4} keys  p50 {p50:6.1f}  p95 {p95:6.1f}  longest {p100:6.1f} ms")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()

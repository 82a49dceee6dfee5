"""How long a key takes on the screening screen, and how long the screen takes to open, at 10,000 and 100,000 records.

`python -m tests.bench.bench_screen [N_RECORDS ...] [--verdicts N] [--ranked]`. A key is timed from the moment it is
pressed until the next record is drawn and the verdict is on the disk. The keys of the whole session are then read back.

With --ranked the model is on, 300 verdicts are there before the session, the keys are pressed while the process beside
the screen reads the texts and while it fits, and a second table says how long reading and fitting take by themselves.
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
from reviewflow.domain.screening import Stage, Verdict
from reviewflow.storage import rankings, records
from reviewflow.storage.review import create_review, open_review
from reviewflow.tui.app import ReviewflowApp
from reviewflow.tui.desk import Outside, ReviewersDesk
from reviewflow.tui.screen import ScreeningScreen
from reviewflow.tui.settings import Settings
from reviewflow.workflow import queue, ranking, screening

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def made(folder: Path, n: int, words: Sequence[str]) -> Review:
    """A review with so many records, imported as one file; each abstract is some 250 words, in pieces as they stand."""
    review = create_review(folder, PROTOCOL, str(uuid.uuid4()))
    rng = np.random.default_rng(7)
    with review.change(act("A", "import")) as entry:
        search = records.add_search(entry, records.Search(0, "PubMed", "database", "", "", "", "2024-01-01", None, ""))
        file = {"search": search, "sha256": "", "name": "made.ris", "size_bytes": 0, "format": "ris", "exporter": ""}
        file |= {"encoding": "utf-8", "n_expected": None, "repairs": "[]", "leftovers": "[]", "n_records": n}
        records.add_file(entry, file, (_record(rng, number, words) for number in range(1, n + 1)))
    return review


def _record(rng: np.random.Generator, number: int, words: Sequence[str]) -> tuple[RawRecord, Record]:
    starts = rng.integers(len(words), size=250 if len(words) < 1000 else 10)
    abstract = " ".join(word for i in starts for word in words[i : i + 250 // len(starts)])
    title = f"Effects of treatment {number} in adults with disorder {number % 997}: a randomised trial"
    raw = RawRecord(number, number, number, number + 1, (("TI", title), ("AB", abstract)))
    people = ("Author, Ada", "Other, Ben", "Third, Cyd")
    return raw, Record(title=title, authors=people, year=2000 + number % 20, journal="Journal", abstract=abstract)


class Timed(ScreeningScreen, inherit_bindings=False):
    """Tells when it has shown what a key asked for."""

    BINDINGS = ScreeningScreen.BINDINGS

    def __init__(self, desk: ReviewersDesk) -> None:
        super().__init__(desk)
        self.is_shown, self.is_ordered = asyncio.Event(), asyncio.Event()
        self.n_orders = 0

    def take_order(self, reports: Sequence[int]) -> None:
        """Take the order, and count it."""
        super().take_order(reports)
        self.n_orders += 1
        self.is_ordered.set()

    async def show(self, words: str = "") -> None:
        """Show, and tell when it is drawn."""
        await super().show(words)
        self.call_after_refresh(self.is_shown.set)


async def session(
    review: Review, n_verdicts: int, *, ranked: bool = False
) -> tuple[float, dict[str, list[float]], list[str]]:
    """Seconds until the first record is drawn, and for each key until what it asks for is drawn; and more in words.

    Of a ranked session the verdicts are given while the texts are read, and again as many when the order is there.
    """
    more: list[str] = []
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

        if ranked:
            for number in range(n_verdicts):
                await press("verdict", VERDICTS[number % len(VERDICTS)])
            began_to_wait = time.perf_counter()
            await screen.is_ordered.wait()
            waited = time.perf_counter() - began_to_wait
            more.append(f"{n_verdicts} verdicts while the texts were read ({_quantiles(taken['verdict'])})")
            more.append(f"the first order came {waited:.1f} s after these, {time.perf_counter() - began:.1f} s in all")
            taken["verdict"].clear()
            screen.n_orders = 0
        used = time.process_time()
        for number in range(n_verdicts):
            await press("verdict", VERDICTS[number % len(VERDICTS)])
            if number % 10 == 9:
                for name, key in OTHERS.items():
                    await press(name, key)
        used = (time.process_time() - used) / sum(map(len, taken.values()))
        more.append(f"{1000 * used:.1f} ms of processor time for each key, and what goes on beside the keys")
        if ranked:
            more.append(f"{screen.n_orders} orders came during the {n_verdicts} verdicts of the table")
    return opened, taken, more


def _quantiles(seconds: list[float]) -> str:
    p50, p95, p100 = (1000 * float(np.quantile(seconds, q)) for q in (0.5, 0.95, 1.0))
    return f"p50 {p50:6.1f}  p95 {p95:6.1f}  longest {p100:6.1f} ms"


def rank_for(review: Review) -> None:
    """Turn the ranking on, and give 300 verdicts."""
    ranking.choose(review, act("A", "screen rank"), model="rf1")
    rng = np.random.default_rng(11)
    with review.reading() as connection:
        n = sum(1 for _ in rankings.to_rank(connection))
    chosen = rng.choice(np.arange(1, n + 1), 300, replace=False).tolist()
    verdicts = (Verdict.INCLUDE if rng.random() < 0.1 else Verdict.EXCLUDE for _ in chosen)
    decisions = [screening.Decision(report, verdict) for report, verdict in zip(chosen, verdicts, strict=True)]
    screening.vote(review, act("A", "screen import"), Stage.TITLE_ABSTRACT, decisions)


def fits(folder: Path) -> list[str]:
    """What the process beside the screen does, by itself in this one: seconds and memory."""
    with ranking.refitting(folder, "A") as refit:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start, used = time.perf_counter(), time.process_time()
        refit(True)
        took, used = time.perf_counter() - start, time.process_time() - used
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        lines = [f"texts read and a first order: {took:.1f} s, {used:.1f} s of processor time"]
        lines.append(f"peak memory of that {peak:.0f} MB, {before:.0f} MB before")
        again, used_again = [], []
        for _ in range(20):
            start, used = time.perf_counter(), time.process_time()
            refit(True)
            again.append(time.perf_counter() - start)
            used_again.append(time.process_time() - used)
    lines.append(f"an order by 300 labels or more: {_quantiles(again)}")
    return [*lines, f"  of processor time:            {_quantiles(used_again)}"]


def main() -> None:
    """Make the reviews, time the keys, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_records", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--verdicts", type=int, default=200)
    parser.add_argument("--ranked", action="store_true")
    parser.add_argument("--words", type=Path, help="a text from which the words of the abstracts are taken")
    given = parser.parse_args()
    for n in given.n_records:
        with tempfile.TemporaryDirectory() as folder:
            made(Path(folder) / "review", n, _words(given.words)).engine.dispose()
            review = open_review(Path(folder) / "review")
            if given.ranked:
                rank_for(review)
            with review.kept_open() as kept:
                opened, taken, more = asyncio.run(session(kept, given.verdicts, ranked=given.ranked))
            found = queue.queue(review, "A", Stage.TITLE_ABSTRACT)
            review.engine.dispose()
            session_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            more += fits(review.folder) if given.ranked else []
        print(f"{n} records: the first one is drawn after {opened:.2f} s; {found.n_voted} have a verdict at the end")
        for name, seconds in taken.items():
            if seconds:
                print(f"  {name:<10} {len(seconds):>4} keys  {_quantiles(seconds)}")
        print(f"  peak memory of the session {session_peak:.0f} MB")
        for line in more:
            print(f"  {line}")


def _words(path: Path | None) -> list[str]:
    return TEXT.split() if path is None else path.read_text(encoding="utf-8").split()


if __name__ == "__main__":
    main()

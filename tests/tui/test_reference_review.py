"""The reference review screened on the screens: 523 records, one key for each verdict, by two people and a third."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest
from textual.events import Key

from reviewflow.domain.ledger import Act
from reviewflow.domain.screening import Stage, Verdict
from reviewflow.storage import reports
from reviewflow.tui.adjudicate import AdjudicationScreen
from reviewflow.tui.app import ReviewflowApp
from reviewflow.tui.desk import AdjudicatorsDesk, Outside, ReviewersDesk
from reviewflow.tui.screen import ScreeningScreen
from reviewflow.tui.settings import Settings
from reviewflow.workflow import adjudication, check, demo, demo_files, flow, protocol
from reviewflow.workflow.decision_files import read as read_decisions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.storage.review import Review
    from reviewflow.tui.verdicts import VerdictScreen

KEYS: Final = {Verdict.INCLUDE: "i", Verdict.EXCLUDE: "e", Verdict.UNSURE: "m"}
SECONDS: Final = 60.0


def acts(name: str, command: str) -> Act:
    """Who acts now, as the command line says it."""
    return Act(name, datetime.now(UTC), str(uuid4()), command)


@pytest.fixture(scope="module")
def deduplicated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Review]:
    """The reference review before anybody has screened."""
    folder = tmp_path_factory.mktemp("reference") / "review"
    review = protocol.create(folder, demo_files.text("protocol.toml"), str(uuid4()))
    demo._identify(review, acts, lambda *_: None)
    demo._deduplicate(review, acts, lambda *_: None)
    with review.kept_open() as kept:
        yield kept
    review.engine.dispose()


def keys_of(review: Review, name: str, stage: Stage) -> dict[int, str]:
    """Report -> the key of the decision on it in one of the shipped files."""
    reasons = {each.id: str(n) for n, each in enumerate(review.protocol.reasons, 1)}
    decisions = read_decisions(review, name, demo_files.text("decisions", name), stage)[stage]
    with review.reading() as connection:
        home = reports.reports_of(connection, (each.record for each in decisions))
    return {home[each.record]: reasons[each.reason] if each.reason else KEYS[each.verdict] for each in decisions}


class Watched:
    """Presses the key for each report that a screen shows, and takes the time until the next one is shown."""

    def __init__(self, screen: VerdictScreen[Any], keys: Sequence[Mapping[int, str]]) -> None:
        self._screen, self._keys = screen, keys
        self.taken: list[float] = []
        self._is_shown = asyncio.Event()
        self._show, screen.show = screen.show, self._shown  # type: ignore[method-assign] # to learn when it is done

    async def _shown(self, words: str = "") -> None:
        await self._show(words)
        self._is_shown.set()

    def _key(self) -> str | None:
        """The key for what is shown: of the first file, and where it comes again of the second."""
        report = self._screen.voting.shown
        if report is None:
            return None
        return self._keys[min(report in self._screen.voting.again, len(self._keys) - 1)].get(report)

    async def screened(self) -> int:
        """Go through everything that waits; gives how many keys it took."""
        app = ReviewflowApp(self._screen, Settings())
        async with app.run_test(size=(80, 24)) as pilot:
            await app.workers.wait_for_complete()
            while (key := self._key()) is not None:
                self._is_shown.clear()
                start = time.perf_counter()
                app.post_message(Key(key, key))
                await asyncio.wait_for(self._is_shown.wait(), SECONDS)
                self.taken.append(time.perf_counter() - start)
            await pilot.press("q")
        return len(self.taken)


def by_hand(review: Review, name: str, stage: Stage, files: list[str]) -> Watched:
    """A person goes through what waits, as the shipped files say."""
    clock = Outside(time.monotonic, lambda *_: None)
    keys = [keys_of(review, each, stage) for each in files]
    if name == demo.THIRD:
        return Watched(AdjudicationScreen(AdjudicatorsDesk(review, partial(acts, name), stage, clock)), keys)
    return Watched(ScreeningScreen(ReviewersDesk(review, partial(acts, name), stage, clock)), keys)


def carried(review: Review, stage: Stage) -> tuple[list[int], list[float]]:
    """Both screen, the second goes over the disagreements at the end, then the first does, then the adjudicator."""
    sessions = (
        (demo.FIRST, [f"screen_{demo.FIRST}.csv"]),
        (demo.SECOND, [f"screen_{demo.SECOND}.csv", f"crosscheck_{demo.SECOND}.csv"]),
        (demo.FIRST, [f"crosscheck_{demo.FIRST}.csv"]),
        (demo.THIRD, [f"adjudicate_{demo.THIRD}.csv"]),
    )
    n_keys, taken = [], []
    for name, files in sessions:
        watched = by_hand(review, name, stage, files)
        n_keys.append(asyncio.run(watched.screened()))
        taken += watched.taken
    return n_keys, taken


def test_the_reference_review_is_carried_on_the_screens_by_one_key_for_each_verdict(deduplicated: Review) -> None:
    review = deduplicated
    began = time.perf_counter()
    n_keys, taken = carried(review, Stage.TITLE_ABSTRACT)
    assert n_keys == [523, 523 + 72, 72, 40]
    counts = flow.compute(review).counts
    assert (counts.records_screened, counts.dbr_sought_reports, counts.open_conflicts) == (523, 262, 0)
    demo._retrieve(review, acts, lambda *_: None)
    n_keys, more = carried(review, Stage.FULL_TEXT)
    assert n_keys == [262, 262 + 26, 26, 12]
    found = flow.compute(review)
    assert (found.counts.new_reports, found.counts.exclusions("dbr")) == (12, 250)
    assert not [each for each in check.check(review).findings if each.level == "error"]
    assert adjudication.conflicts(review, demo.FIRST) == []
    every = sorted([*taken, *more])
    p50, p95 = every[len(every) // 2], every[len(every) * 95 // 100]
    print(f"{len(every)} keys in {time.perf_counter() - began:.0f} s: p50 {1000 * p50:.0f}, p95 {1000 * p95:.0f} ms")  # noqa: T201 shown with -s

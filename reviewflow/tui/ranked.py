"""The order of a model on the screen: asked for after each verdict, taken over when it is there, never waited for."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from textual.content import Content
from textual.widgets import Static

from reviewflow.domain.screening import Stage
from reviewflow.tui.ranking_process import NUMBER, ORDER, RULE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reviewflow.tui.desk import ReviewersDesk
    from reviewflow.tui.screen import ScreeningScreen

_MODULE: Final = "reviewflow.tui.ranking_process"
_WITHOUT: Final = {"record": "by record", "random": "at random", "year": "by year"}


class RankingEndedError(Exception):
    """The process that ranks has ended; says why, as far as it is known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process says of the own votes as they stand.

    Attributes:
        reports: The front of the order; empty where it was not asked for.
        n_labels: Own verdicts that it was learned from.
        is_ranked: Whether a model made it.
        rule: What the stopping rule says; None where it says nothing.
        refused: Why the rule cannot be tested, "" where it can.
    """

    reports: Sequence[int]
    n_labels: int
    is_ranked: bool
    rule: dict[str, Any] | None
    refused: str


class RankingProcess:
    """The process that ranks, as seen from the screen: asked one thing at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._is_read = asyncio.Lock()

    @classmethod
    async def start(cls, folder: Path, reviewer: str) -> RankingProcess:
        """Start it; it begins to read when it is first asked."""
        # A file in the folder of the review must not be taken for a module of ours.
        environment = {**os.environ, "PYTHONSAFEPATH": "1"}
        pipe = asyncio.subprocess.PIPE
        arguments = (sys.executable, "-m", _MODULE, str(folder), reviewer)
        return cls(
            await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
        )

    async def ask(self, question: bytes) -> Answer:
        """What it says to a question.

        Raises:
            RankingEndedError: It has ended.
        """
        out, into = self._process.stdout, self._process.stdin
        if out is None or into is None:
            raise AssertionError("it was started with pipes")
        async with self._is_read:
            try:
                into.write(question)
                await into.drain()
                head = json.loads(await out.readuntil(b"\n"))
                if "error" in head:
                    raise RankingEndedError(head["error"])
                numbers = array(NUMBER)
                numbers.frombytes(await out.readexactly(head["n"] * numbers.itemsize))
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise RankingEndedError(await self._last_words()) from error
        return Answer(numbers, head["n_labels"], head["is_ranked"], head["rule"], head["refused"])

    async def _last_words(self) -> str:
        said = b"" if self._process.stderr is None else await self._process.stderr.read()
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it was ended"

    async def close(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.kill()
        async with self._is_read:  # whoever still reads meets the end of the pipe and lets go
            await self._process.communicate()


class Follower:
    """Keeps a screen in the order of the model and tells of the rule; one question at a time, the newest votes win."""

    def __init__(self, screen: ScreeningScreen, desk: ReviewersDesk) -> None:
        self._screen = screen
        self._desk = desk
        self._process: RankingProcess | None = None
        self._answer: Answer | None = None
        self._ended = ""
        self._known: tuple[int, str] | None = None
        self._is_asked = self._is_asking = False

    def follow(self) -> None:
        """Ask anew where a verdict was given or taken back since, and say how the order came about."""
        self._say()
        steps = self._screen.voting.steps
        now = (len(steps), steps[-1].change if steps else "")
        if now == self._known or self._ended or not self._desk.is_followed:
            return
        self._known, self._is_asked = now, True
        if not self._is_asking:
            self._screen.run_worker(self._ask_until_settled(), group="ranking")

    async def close(self) -> None:
        """End the process."""
        self._ended = self._ended or "closed"
        if self._process is not None:
            await self._process.close()
            self._process = None

    async def _ask_until_settled(self) -> None:
        self._is_asking = True
        try:
            if self._process is None:
                self._process = await self._desk.start_ranking()
                self._take(await self._process.ask(RULE))
            while self._is_asked and not self._ended:
                self._is_asked = False
                self._take(await self._process.ask(ORDER))
        except RankingEndedError as error:
            self._ended = str(error)
            self._say()
        finally:
            self._is_asking = False

    def _take(self, answer: Answer) -> None:
        had_order = self._answer is not None and self._answer.is_ranked
        self._answer = answer
        if answer.is_ranked or (answer.reports and had_order):
            self._screen.take_order(answer.reports)
        self._say()

    def _say(self) -> None:
        if not self._screen.is_attached:
            return
        text = Content("\n").join([*self._order_words(), *self._rule_words()])
        if self._screen.query("#order"):
            self._screen.write_if("order", text)
        elif text.plain:
            self._screen.mount(Static(text, id="order"), after="#tally")

    def _order_words(self) -> list[Content]:
        if self._desk.stage is not Stage.TITLE_ABSTRACT:
            return []  # only titles and abstracts have another order than that of the records
        choice, answer = self._desk.choice, self._answer
        without = _WITHOUT[choice.otherwise]
        if not choice.model:
            return [] if choice.otherwise == "record" else [Content(f"In order {without}.")]
        if self._ended:
            return [Content(f"The ranking has ended ({self._ended}); the order stays as it is.")]
        if answer is None or not answer.reports:
            return [Content(f"{choice.model} reads the records; {without} meanwhile.")]
        if not answer.is_ranked:
            return [
                Content(f"In order {without}; ranked by {choice.model} once you have included one and excluded one.")
            ]
        return [Content(f"Ranked by {choice.model} version {choice.version}, from your verdicts.")]

    def _rule_words(self) -> list[Content]:
        if self._answer is None:
            return []
        if self._answer.refused:
            return [Content(f"Stopping rule: {self._answer.refused}.")]
        rule = self._answer.rule
        if rule is None:
            return []
        words = f"Stopping rule, for information: p {rule['p']:.3g}, recall at least {rule['recall']:.3f}"
        allowed = ["It allows you to stop: reviewflow screen stop."] if rule["holds"] else []
        warnings = [f"Warning: {each}." for each in rule["warnings"]]
        return [Content(line) for line in (f"{words} (alpha {rule['alpha']:g}).", *allowed, *warnings)]

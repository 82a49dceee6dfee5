"""The screen of `screen`: a reviewer reads report after report and says a verdict by one key."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING, Final

from textual.content import Content

from reviewflow.domain.words import counted
from reviewflow.errors import ReviewflowError
from reviewflow.tui.keymap import LIVE_TOGETHER, bindings
from reviewflow.tui.line_dialog import LineDialog
from reviewflow.tui.ranked import Follower
from reviewflow.tui.verdicts import VerdictScreen
from reviewflow.workflow.tags import seeks_tags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.tui.desk import ReviewersDesk

_LEGEND: Final = (
    ("1 to 9", "exclude for that reason, at title and abstract too"),
    ("done, left", "records with and without your verdict at this stage; nobody else's are counted"),
    ("ranked by", "the next records are those that a model learned from your own verdicts holds most likely"),
    ("p", "how likely so few finds would be of late had the recall of the stopping rule been missed; own verdicts"),
    ("/h", "your verdicts an hour, over the last 20 of this session"),
)


class ScreeningScreen(VerdictScreen["ReviewersDesk"], inherit_bindings=False):
    """Title and abstract, or full text, of what waits for a reviewer; disagreements to reconsider come last."""

    ACTIONS = LIVE_TOGETHER["the records"]
    BINDINGS = bindings(ACTIONS)
    LEGEND = _LEGEND
    INCLUDES = "included by you"

    def __init__(self, desk: ReviewersDesk) -> None:
        super().__init__(desk)
        self._gave_up = Event()
        self._follower = Follower(self, desk)

    async def show(self, words: str = "") -> None:
        """Show what the state says, and have the order follow it."""
        await super().show(words)
        self._follower.follow()

    def take_order(self, reports: Sequence[int]) -> None:
        """Let the records that come next come in this order; the one that is shown stays."""
        if not self.is_attached:
            return  # the screen was left while the model was fitted
        self.n_read_at_once = 4
        self.voting.reorder(reports)
        self.show_place()
        self.run_worker(self._prefetch(), exclusive=True, group="ahead")

    async def on_unmount(self) -> None:
        """End what runs beside the screen."""
        await self._follower.close()

    def action_search(self) -> None:
        """Ask for words, and show only the records that have them."""
        body = Content("All of the words, in title or abstract; tag:word for a tag of yours; none for all records.")

        def typed(line: str | None) -> None:
            if line is not None:
                self._gave_up.set()
                self._gave_up = Event()
                self.run_worker(self._search(" ".join(line.split()), self._gave_up), exclusive=True, group="search")

        self.app.push_screen(LineDialog("Search", body, self._words), typed)

    async def _search(self, words: str, gave_up: Event) -> None:
        if not words:
            await self.action_clear()
            return
        self.write("said", f"Searching for {words!r} ...")
        # A tag is put on to find a report again, voted on or not.
        said = {} if seeks_tags(words) else self.voting.said
        of = [report for report in self.voting.order if report not in said]
        try:
            found = await asyncio.to_thread(self.desk.with_words, of, words, lambda: not gave_up.is_set())
        except ReviewflowError as error:
            self.refused(error)
            return
        if gave_up.is_set():
            return
        self._words = words
        self.voting.search(found)
        await self.show(f"{counted(len(found), 'record')} with {words!r}; {self.key_of('screen.clear')} shows all.")

    async def action_clear(self) -> None:
        """Show all records again."""
        self._gave_up.set()
        if self.voting.only is not None:
            self._words = ""
            self.voting.search(None)
            await self.show("All records again.")

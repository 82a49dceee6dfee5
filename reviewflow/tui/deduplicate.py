"""The screen of `dedup review`: two records, what differs between them, and one key for an answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from reviewflow.domain.words import counted
from reviewflow.errors import ReviewflowError
from reviewflow.tui.app import KeyedScreen
from reviewflow.tui.comparison import Comparison, Shown
from reviewflow.tui.dialog import Dialog, Question, help_text
from reviewflow.tui.fields import Mark, fields
from reviewflow.tui.judging import Judged, Judging
from reviewflow.tui.key_line import KeyLine
from reviewflow.tui.keymap import LIVE_TOGETHER, QUIT, bindings
from reviewflow.tui.pair_texts import ANSWERS, batch_text, explanation_text, name_of, progress_line, reason_of
from reviewflow.tui.printable import printable

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from reviewflow.tui.pairs import Pairs
    from reviewflow.workflow.deduplication import Pair

_LEGEND: Final = (
    (Mark.DIFFERS.value, "the two values differ, in the words that are marked"),
    (Mark.ALMOST.value, "they differ in capitals, punctuation or spaces only"),
    (Mark.ONE_SIDE.value, "only one record gives it"),
    ("score", "from 0 unlike to 1 alike; near 0.5 is the most doubtful"),
)
_BAR: Final = 20


class PairScreen(KeyedScreen[Judged | ReviewflowError], inherit_bindings=False):
    """Shows pair after pair; an answer is written before the next pair is shown.

    Dismissed with what the person did, or with the error that kept the pairs from being read.
    """

    ACTIONS = LIVE_TOGETHER["the pairs"]
    BINDINGS = bindings(ACTIONS)

    def __init__(self, pairs: Pairs) -> None:
        super().__init__()
        self._pairs = pairs
        self._judging = Judging(())
        self._is_loaded = False

    def compose(self) -> ComposeResult:
        """The head, the two records, the last thing done, and the keys."""
        with Horizontal(id="head"):
            yield Static(Content(printable(self._pairs.title)), id="title")
            yield Static("", id="place")
        yield Static("", id="why")
        yield Static("", id="progress")
        yield Comparison(id="records")
        yield Static("Reading the pairs ...", id="page")
        yield Static("", id="said")
        yield KeyLine(self.ACTIONS, self.keys)

    @property
    def scrolled(self) -> Widget:
        """The two records."""
        return self.query_one(Comparison)

    def on_mount(self) -> None:
        """Read the pairs beside the screen, which can be left meanwhile."""
        self.query_one(Comparison).display = False
        self.run_worker(self._load(), exclusive=True)

    async def _load(self) -> None:
        try:
            found = await asyncio.to_thread(self._pairs.waiting)
        except ReviewflowError as error:
            self.dismiss(error)
            return
        self._judging = Judging(found)
        self._is_loaded = True
        if found:
            self._show()
        else:
            self.dismiss(self._judging.judged)

    def _show(self, said: str = "") -> None:
        """Show what the state says, and in a line what was done last."""
        judging = self._judging
        place = judging.place
        records = self.query_one(Comparison)
        records.display = place is not None
        self.query_one("#page").display = place is None
        where = "end" if place is None else f"{judging.at + 1} of {len(judging.order)}"
        self.write("place", where)
        self.write("progress", progress_line(judging, _BAR))
        self.write("said", said)
        if place is None:
            self._show_end()
            return
        pair = judging.pairs[place]
        self.write("why", reason_of(pair, judging.said[place], postponed=place in judging.skipped))
        names = (name_of(pair.a), name_of(pair.b))
        records.show(Shown(names, (printable(pair.a.source), printable(pair.b.source)), tuple(fields(pair))))

    def _show_end(self) -> None:
        done = self._judging.judged
        undo, leave = self.key_of("pair.undo"), self.key_of(QUIT.name)
        lines = (
            f"All {counted(done.n_pairs, 'pair')} are answered: {done.n_same} the same report, {done.n_not} not.",
            f"{undo} takes the last answer back, {leave} leaves. Everything is written.",
        )
        self.write("why", "Nothing is left.")
        self.write("page", "\n\n".join(lines))

    @property
    def _shown_pair(self) -> Pair | None:
        place = self._judging.place
        return None if place is None else self._judging.pairs[place]

    async def action_answer(self, same: bool) -> None:  # noqa: FBT001 an action of a key has no keyword
        """Write the answer on the pair that is shown."""
        place = self._judging.place
        if place is not None:
            await self._answer([place], same=same)

    async def _answer(self, places: list[int], *, same: bool) -> None:
        pairs = [self._judging.pairs[place] for place in places]
        self.write("said", "Writing ...")  # seen only where another program holds the database
        try:
            change = await asyncio.to_thread(self._pairs.answer, pairs, same=same)
        except ReviewflowError as error:
            self._refused(error)
            return
        self._judging.answered(places, change, same=same)
        if len(pairs) == 1:
            what = f"{name_of(pairs[0].a)} and {name_of(pairs[0].b)}: {ANSWERS[same]}"
        else:
            what = f"{counted(len(pairs), 'pair')}: {ANSWERS[same]}"
        self._show(f"{what}. Written." if change else f"{what}. That had been answered already.")

    def _refused(self, error: ReviewflowError) -> None:
        self.write("said", f"Not written: {error.what}" + (f" ({error.remedy})" if error.remedy else ""))

    def action_skip(self) -> None:
        """Put the pair off to the end."""
        if self._shown_pair is not None:
            self._judging.skip()
            self._show("Put off: it comes back at the end.")

    async def action_undo(self) -> None:
        """Take the last answer of this session back."""
        if not self._judging.steps:
            self.write("said", "No answer of this session is left to take back.")
            return
        self.write("said", "Writing ...")
        try:
            await asyncio.to_thread(self._pairs.undo, self._judging.steps[-1].change)
        except ReviewflowError as error:
            self._refused(error)
            return
        n = len(self._judging.steps[-1].before)
        self._judging.undone()
        self._show(f"Taken back: {'the answer on this pair' if n == 1 else f'the answers on {n} pairs'}.")

    def action_step(self, by: int) -> None:
        """Show the pair before or after."""
        if self._is_loaded and self._judging.step(by):
            self._show()
        elif self._is_loaded:
            self.write("said", "There is no pair before this one." if by < 0 else "There is no pair after this one.")

    def action_batch(self) -> None:
        """Ask whether all pairs of this pair's rule are the same report each."""
        pair = self._shown_pair
        if pair is None:
            return
        places = self._judging.of_rule(pair.link.rule)
        if not places:
            self.write("said", "Every pair of this rule is answered.")
            return
        text = batch_text([self._judging.pairs[place] for place in places])
        title = f"{counted(len(places), 'pair')} of the rule {pair.link.rule!r}: the same report, each of them?"

        async def answered(yes: bool | None) -> None:  # noqa: FBT001 what the question is dismissed with
            if yes:
                await self._answer(places, same=True)

        # Awaited before the next key is looked at, as every answer is: two are never written at a time.
        self.app.push_screen(Question(title, text), answered)

    async def action_explain(self) -> None:
        """Show what speaks for and against."""
        pair = self._shown_pair
        if pair is None:
            return
        try:
            found = await asyncio.to_thread(self._pairs.explain, pair)
        except ReviewflowError as error:
            self._refused(error)
            return
        title = f"{name_of(pair.a)} and {name_of(pair.b)}"
        self.app.push_screen(Dialog(title, explanation_text(found), self.keys_of("pair.explain")))

    def action_help(self) -> None:
        """Show every key, and what the signs mean."""
        self.app.push_screen(Dialog("Keys", help_text(self.ACTIONS, self.keys, _LEGEND), self.keys_of("screen.help")))

    def action_leave(self) -> None:
        """Leave; what was answered is written."""
        self.dismiss(self._judging.judged if self._is_loaded else Judged(0, 0, 0, was_read=False))

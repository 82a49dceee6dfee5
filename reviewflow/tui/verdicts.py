"""What the screens of verdicts share: one report, one key for a verdict, saved before the next report is shown."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.errors import ReviewflowError
from reviewflow.tui.app import KeyedScreen
from reviewflow.tui.desk import Desk
from reviewflow.tui.dialog import Dialog, help_text
from reviewflow.tui.highlights import highlights
from reviewflow.tui.key_line import KeyLine, Pieces
from reviewflow.tui.line_dialog import LineDialog
from reviewflow.tui.printable import printable
from reviewflow.tui.report_text import Reading, ReportText
from reviewflow.tui.tagging import ask_tags, tags_line
from reviewflow.tui.verdict_texts import (
    conflicts_text,
    criteria_text,
    end_text,
    full_text_line,
    progress_line,
    reason_pieces,
    reasons_rows,
    said_line,
    stood_words,
    verdict_words,
)
from reviewflow.tui.voting import Screened, Voting
from reviewflow.workflow.queue import Laid, OwnVote, Queue
from reviewflow.workflow.screening import TurnedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.events import Resize
    from textual.timer import Timer
    from textual.widget import Widget

AnyDesk = TypeVar("AnyDesk", bound=Desk)

WIDE: Final = 140
"""Columns of the terminal from which criteria and reasons stand beside the report."""
_AHEAD: Final = 4
"""Reports that are read before they are asked for: the next key finds them there."""
_PAGE: Final = 16
_WONDERS: Final = 0.4
"""Seconds after which a person wonders whether a key was felt."""
_KEPT: Final = 500


class VerdictScreen(KeyedScreen[Screened | ReviewflowError], Generic[AnyDesk], inherit_bindings=False):
    """Shows report after report; a verdict is written before the next one is shown.

    Dismissed with what the person did, or with the error that kept the queue from being read.
    """

    INCLUDES = "included"
    LEGEND: Iterable[tuple[str, str]] = ()
    n_read_at_once = _PAGE
    """Reports that are read together; fewer where their order may change before they are shown."""

    def __init__(self, desk: AnyDesk) -> None:
        super().__init__()
        self.desk = desk
        self.voting = Voting(Queue(()))
        self._is_loaded = False
        self._read: dict[int, Laid] = {}
        self._notes: dict[int, str] = {}
        self._words = ""
        self._highlights = highlights(desk.protocol.highlight)
        self._highlighted = True
        self._criteria = True

    def compose(self) -> ComposeResult:
        """The head, the report, what is beside it, what was said, how far it is, and the keys."""
        with Horizontal(id="head"):
            yield Static(Content(printable(self.desk.protocol.title)), id="title")
            yield Static(Content(self.desk.stage.words), id="stage")
            yield Static("", id="place")
        with Horizontal(id="desk"):
            with Vertical(id="left"):
                yield ReportText(id="report")
                yield Static("Reading what waits ...", id="page")
            with VerticalScroll(id="beside", can_focus=False):
                yield Static("", id="criteria")
        yield Static("", id="opinions")
        yield Static("", id="retrieved")
        yield Pieces(reason_pieces(self.desk.protocol.reasons), id="reasons")
        yield Static("", id="own")
        yield Static("", id="tags")
        yield Static("", id="tally")
        yield Static("", id="said")
        yield KeyLine(self.ACTIONS, self.keys)

    @property
    def scrolled(self) -> Widget:
        """The report."""
        return self.query_one(ReportText)

    @property
    def laid(self) -> Laid | None:
        """The report that is shown, None at the end."""
        report = self.voting.shown
        return None if report is None else self._read.get(report)

    def on_mount(self) -> None:
        """Read the queue beside the screen, which can be left meanwhile."""
        for name in ("report", "beside", "opinions", "retrieved", "reasons", "own", "tags"):
            self.query_one(f"#{name}").display = False
        self.run_worker(self._load(), exclusive=True)

    def on_resize(self, _event: Resize) -> None:
        """Put the criteria beside the report where there is room."""
        if self._is_loaded:
            self.show_beside()

    async def _load(self) -> None:
        try:
            queue = await asyncio.to_thread(self.desk.queue)
            self.voting = Voting(queue)
            await self._read_ahead()
        except ReviewflowError as error:
            self.dismiss(error)
            return
        self._is_loaded = True
        if queue.pilot:
            self.write("stage", printable(f"pilot round {queue.pilot}, {self.desk.stage.words}"))
        if not queue.waiting:
            self.dismiss(self.voting.screened)
            return
        self.write("criteria", criteria_text(self.desk.protocol, self.query_one(ReportText).look()))
        await self.show()

    async def _read_ahead(self) -> None:
        """Read the next reports unless they are there."""
        wanted = self.voting.next_open(self.n_read_at_once)
        if all(report in self._read for report in wanted[:_AHEAD]):
            return
        await self._read_these(wanted)

    async def _read_these(self, wanted: list[int]) -> None:
        of = [(report, report in self.voting.again) for report in wanted if report not in self._read]
        found = await asyncio.to_thread(self.desk.laid, of)
        if len(self._read) > _KEPT:  # all but what is on the screen or comes next
            near = {*wanted, self.voting.shown}
            self._read = {report: each for report, each in self._read.items() if report in near}
        self._read.update((each.shown.report, each) for each in found)

    async def _prefetch(self) -> None:
        with suppress(ReviewflowError):  # the key that needs the report meets the error and shows it
            await self._read_ahead()

    async def show(self, words: str = "") -> None:
        """Show what the state says, and in a line what was done last."""
        voting = self.voting
        if voting.shown is not None and self.laid is None:
            await self._read_these([voting.shown])
        laid = self.laid
        self.query_one("#report").display = laid is not None
        self.query_one("#page").display = laid is None
        self.show_place()
        self.write("tally", progress_line(voting, includes=self.INCLUDES))
        self.write("said", words)
        if laid is None:
            self._show_end()
        else:
            reading = Reading(laid.shown, self._highlights if self._highlighted else None)
            self.query_one(ReportText).show(reading)
            self.run_worker(self._prefetch(), exclusive=True, group="ahead")
        self.show_beside()

    def show_place(self) -> None:
        """Show which of how many reports is shown."""
        voting = self.voting
        self.write("place", "end" if voting.shown is None else f"{voting.at + 1} of {len(voting.order)}")

    def _show_end(self) -> None:
        keys = {name: self.key_of(name) for name in ("verdict.undo", "screen.clear", "screen.quit")}
        gone = self.voting.shown is not None
        text = (
            Content("This report is gone: it was merged or taken back.")
            if gone
            else end_text(self.voting, self._words, keys)
        )
        self.write("page", text)

    def show_beside(self) -> None:
        """What was said, the reasons, and where there is room the criteria."""
        laid, wide = self.laid, self.app.size.width >= WIDE
        self.query_one("#beside").display = wide and self._criteria
        retrieved = own = tags = Content("")
        if laid is not None:
            report = laid.shown.report
            own = said_line(self.voting.said.get(report), laid.mine, self._notes.get(report, ""), self.desk.protocol)
            retrieved = full_text_line(laid.full_text, self.key_of("fulltext.open"))
            tags = tags_line(laid.tags)
        self.write_if("retrieved", retrieved)
        self.write_if("own", own)
        self.write_if("tags", tags)
        is_listed = wide and self._criteria
        self.query_one("#reasons").display = laid is not None and self.desk.stage is Stage.FULL_TEXT and not is_listed

    def write_if(self, where: str, text: Content) -> None:
        """Put a text where it belongs, or take no room for it where it is empty."""
        self.write(where, text)
        self.query_one(f"#{where}").display = bool(text.plain)

    def refused(self, error: ReviewflowError) -> None:
        """Say what kept a key from doing what it does."""
        self.write("said", f"Not saved: {error.what}" + (f" ({error.remedy})" if error.remedy else ""))

    async def action_vote(self, verdict: str) -> None:
        """Write a verdict on the report that is shown."""
        if self.laid is None:
            return
        if verdict == Verdict.EXCLUDE and self.desk.stage is Stage.FULL_TEXT:
            self._ask_reason()
        else:
            await self._vote(Verdict(verdict))

    async def action_reason(self, n: int) -> None:
        """Exclude the report that is shown, for a reason of the list."""
        reasons = self.desk.protocol.reasons
        if self.laid is None:
            return
        if n > len(reasons):
            self.write("said", f"There is no reason {n} in reviewflow.toml: {len(reasons)} are there.")
            return
        await self._vote(Verdict.EXCLUDE, reasons[n - 1].id)

    def _ask_reason(self) -> None:
        reasons = self.desk.protocol.reasons

        async def typed(line: str | None) -> None:
            if line is None:
                return
            if line.strip().isdecimal() and 1 <= int(line) <= len(reasons):
                await self._vote(Verdict.EXCLUDE, reasons[int(line) - 1].id)
            else:
                self.write(
                    "said", f"Not saved: an exclusion at full text needs the number of a reason, 1 to {len(reasons)}."
                )

        title = "The primary reason: the number of the first that applies"
        self.app.push_screen(LineDialog(title, reasons_rows(reasons)), typed)

    async def _vote(self, verdict: Verdict, reason: str = "") -> None:
        laid = self.laid
        if laid is None:
            return
        report = laid.shown.report
        said = OwnVote(verdict, reason, self._notes.get(report, ""))
        slow = self._say_when_slow()
        try:
            written = await asyncio.to_thread(self.desk.vote, report, said, again=report in self.voting.again)
        except TurnedError as error:
            self.voting.again.add(report)
            self.voting.said.pop(report, None)
            self._read.pop(report, None)
            await self.show(f"Not saved: {error.what} ({error.remedy}).")
            return
        except ReviewflowError as error:
            self.refused(error)
            return
        finally:
            slow.stop()
        self._notes.pop(report, None)
        self._read.pop(report, None)
        other = written.stood if self.voting.take_over(written.stood) and written.change else None
        self.voting.voted(written.change, said, written.waits, self.desk.outside.clock())
        words = f"p{report}: {verdict_words(verdict, reason, self.desk.protocol)}"
        more = stood_words(other, self.desk.protocol)
        more += " It is a disagreement now, and comes again." if written.waits else ""
        await self.show(f"Saved. {words}.{more}" if written.change else f"{words}: that had been said already.{more}")

    def _say_when_slow(self) -> Timer:
        """Say that it is being saved, where it takes so long that a person wonders: another program writes."""
        return self.set_timer(_WONDERS, lambda: self.write("said", "Saving ..."))

    async def action_undo(self) -> None:
        """Take the last verdict of this session back."""
        if not self.voting.steps:
            self.write("said", "No verdict of this session is left to take back.")
            return
        step = self.voting.steps[-1]
        slow = self._say_when_slow()
        try:
            waits = await asyncio.to_thread(self.desk.undo, step.change, step.report)
        except ReviewflowError as error:
            self.refused(error)
            return
        finally:
            slow.stop()
        self._read.pop(step.report, None)
        self.voting.undone(waits)
        await self.show(f"Taken back: the verdict on p{step.report}.")

    def action_note(self) -> None:
        """Write a note on the report that is shown."""
        laid = self.laid
        if laid is None:
            return
        report = laid.shown.report
        known = self.voting.said.get(report) or laid.mine
        value = self._notes.get(report, known.note if known else "")

        def typed(line: str | None) -> None:
            if line is not None:
                self._notes[report] = line.strip()
                self.show_beside()

        self.app.push_screen(LineDialog(f"Note on p{report}", Content("Saved with your verdict."), value), typed)

    async def action_tags(self) -> None:
        """Put tags of the person's own on the report that is shown, or take them off."""
        await ask_tags(self)

    def read_anew(self, report: int) -> None:
        """Have a report read again when it is next shown."""
        self._read.pop(report, None)

    async def action_step(self, by: int) -> None:
        """Show the report before or after."""
        if not self._is_loaded:
            return
        if self.voting.step(by):
            await self.show()
        else:
            self.write(
                "said", "There is no record before this one." if by < 0 else "There is no record after this one."
            )

    def action_criteria(self) -> None:
        """Show the criteria, or hide them where they are beside the report."""
        if self.app.size.width >= WIDE:
            self._criteria = not self._criteria
            self.show_beside()
            return
        text = criteria_text(self.desk.protocol, self.query_one(ReportText).look())
        self.app.push_screen(Dialog("Criteria and reasons", text, self.keys_of("screen.criteria")))

    async def action_highlights(self) -> None:
        """Highlight the words of the protocol, or not."""
        if not self._highlights.patterns:
            self.write("said", "reviewflow.toml names no words to highlight: [highlight].")
            return
        self._highlighted = not self._highlighted
        if self.laid is not None:
            await self.show("Words are highlighted." if self._highlighted else "Nothing is highlighted.")

    async def action_open(self) -> None:
        """Open the attached full text."""
        text = self.laid.full_text if self.laid else None
        if text is None or text.path is None:
            self.write("said", "No full text is attached.")
            return
        try:
            await asyncio.to_thread(self.desk.outside.open_file, text.path, text.name)
        except ReviewflowError as error:
            self.write("said", f"{error.what} ({error.remedy})")
            return
        self.write("said", f"Opened: {printable(text.name)}")

    async def action_conflicts(self) -> None:
        """Show the disagreements that may be seen."""
        try:
            found = await asyncio.to_thread(self.desk.conflicts)
        except ReviewflowError as error:
            self.refused(error)
            return
        text = conflicts_text(found, self.desk.protocol)
        self.app.push_screen(Dialog("Conflicts", text, self.keys_of("screen.conflicts", "conflict.list")))

    def action_help(self) -> None:
        """Show every key, and what the signs mean."""
        self.app.push_screen(
            Dialog("Keys", help_text(self.ACTIONS, self.keys, self.LEGEND), self.keys_of("screen.help"))
        )

    def action_leave(self) -> None:
        """Leave; what was said is saved."""
        done = self.voting.screened
        self.dismiss(done if self._is_loaded else Screened(0, 0, 0, was_read=False))

"""The screen of `screen adjudicate`: a report, the votes on it side by side without names, and one key to settle it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from reviewflow.errors import ReviewflowError
from reviewflow.tui.keymap import LIVE_TOGETHER, bindings
from reviewflow.tui.verdict_texts import opinions_text
from reviewflow.tui.verdicts import VerdictScreen

if TYPE_CHECKING:
    from reviewflow.tui.desk import AdjudicatorsDesk
    from reviewflow.workflow.adjudication import Opinion

_LEGEND: Final = (("vote 1, vote 2", "the reviewers, in an order that does not tell who is who"),)
_MARGIN: Final = 2


class AdjudicationScreen(VerdictScreen["AdjudicatorsDesk"], inherit_bindings=False):
    """What waits for an adjudicator at a stage."""

    ACTIONS = LIVE_TOGETHER["the conflicts"]
    BINDINGS = bindings(ACTIONS)
    LEGEND = _LEGEND
    INCLUDES = "settled on inclusion"

    def __init__(self, desk: AdjudicatorsDesk) -> None:
        super().__init__(desk)
        self._named: tuple[int, tuple[Opinion, ...]] | None = None

    def show_beside(self) -> None:
        """The votes, below the report."""
        super().show_beside()
        if self.laid is None:
            self.query_one("#opinions").display = False
            return
        report = self.laid.shown.report
        is_named = self._named is not None and self._named[0] == report
        opinions = self._named[1] if self._named and is_named else self.desk.opinions(report)
        self.write_if("opinions", opinions_text(opinions, self.desk.protocol, self.app.size.width - _MARGIN))

    async def action_reveal(self) -> None:
        """Show who voted, or hide it again; another report hides it too."""
        if self.laid is None:
            return
        report = self.laid.shown.report
        if self._named is not None and self._named[0] == report:
            self._named = None
        else:
            try:
                self._named = (report, await asyncio.to_thread(self.desk.revealed, report))
            except ReviewflowError as error:
                self.write("said", f"{error.what} ({error.remedy})")
                return
        self.show_beside()

"""Any keys, with undo, notes, tags and searches among them, leave what a replay of the ledger gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Stage
from reviewflow.storage import ledger
from reviewflow.storage.tables import table
from reviewflow.workflow import queue, tags
from reviewflow.workflow.check import check
from tests.tui.screen import play_on, screening_screen
from tests.tui.test_screen_keys import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting

MOVES = st.sampled_from(
    [
        *(["i"], ["e"], ["m"], ["1"], ["2"], ["u"], ["u"], ["left"], ["right"]),
        *(["n", "x", "enter"], ["n", "y", "escape"], ["t", "x", "enter"], ["t", "backspace", "backspace", "enter"]),
        *(["/", *"asthma", "enter"], ["/", *"tag:x", "enter"], ["escape"], ["h"]),
    ]
)


def replayed(review: Review) -> tuple[dict[int, tuple[str, str, str]], set[tuple[int, str]]]:
    """What A says and has tagged, by going through the ledger from its beginning: nothing but facts is read."""
    with review.reading() as connection:
        every = ledger.changes(connection)
        facts = {name: connection.execute(sa.select(table(name))).mappings().all() for name in ("vote", "tag")}
    undone: set[int] = set()
    for change in reversed(every):  # an undo that was undone itself takes nothing back
        if change.undoes is not None and change.id not in undone:
            undone.add(change.undoes)
    votes: dict[int, tuple[str, str, str]] = {}
    on: set[tuple[int, str]] = set()
    for change in every:
        if change.id in undone or change.reviewer != "A":
            continue
        for row in facts["vote"]:
            if row["change"] == change.id:
                votes[row["record"]] = (row["verdict"], row["reason"], row["note"])
        for row in facts["tag"]:
            if row["change"] == change.id:
                (on.add if row["put"] else on.discard)((row["record"], row["tag"]))
    return votes, on


@settings(max_examples=3, deadline=None)
@given(moves=st.lists(MOVES, min_size=6, max_size=16))
def test_any_keys_leave_what_a_replay_of_the_ledger_gives(
    unscreened: Callable[[], Review], acts: Callable[[], Acting], moves: list[list[str]]
) -> None:
    review = unscreened()
    shown = play_on(screening_screen(review, acts()), [key for move in moves for key in move])
    votes, on = replayed(review)
    assert said(review) == votes
    assert {(each.report, tag) for each in tags.tagged(review, "A") for tag in each.tags} == on
    included = sum(verdict == "include" for verdict, _, _ in votes.values())
    assert f"{len(votes)} done, {8 - len(votes)} left, {included} included by you" in shown.text
    again = queue.queue(review, "A", Stage.TITLE_ABSTRACT)
    assert {report for report, _ in again.waiting} == set(range(1, 9)) - set(votes)
    assert not [finding for finding in check(review).findings if finding.level == "error"]
    review.engine.dispose()

"""Retrieval: which full texts are sought, which came, and why the others did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.screening import Stage, State, settle
from reviewflow.errors import StateError, UsageError
from reviewflow.storage import reports, retrieval, views, votes
from reviewflow.storage.retrieval import Retrieval
from reviewflow.workflow import report_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.record import Record
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review

STATES = ("requested", "retrieved", "not_retrieved")


@dataclass(frozen=True, slots=True)
class Sought:
    """A report whose full text is sought, with the surviving fields of its records."""

    report: int
    record: Record
    state: str
    reason: str
    name: str


def sought(review: Review, viewer_name: str) -> list[Sought]:
    """The reports that title and abstract settled on including, as a viewer may see them."""
    who = views.viewer(review.protocol, viewer_name)
    rule = review.protocol.rules[Stage.TITLE_ABSTRACT]
    with review.reading() as connection:
        wanted = [
            view.id
            for view in views.report_views(connection, who, Stage.TITLE_ABSTRACT)
            if not view.removed and settle(view.title_abstract, rule).state is State.INCLUDED
        ]
        latest = retrieval.retrievals(connection)
        shown = report_fields.shown_records(connection, wanted)
    none = Retrieval(0, "")
    return [
        Sought(id_, shown[id_], step.state, step.reason, step.name)
        for id_ in wanted
        for step in (latest.get(id_, none),)
    ]


def note_step(
    review: Review,
    act: Act,
    on: Sequence[int],
    state: str,
    reason: str = "",
    attachment: tuple[str, bytes] | None = None,
) -> int:
    """Write what became of the full texts of some reports.

    Args:
        review: The review.
        act: Who acts.
        on: Any record of each report.
        state: "requested", "retrieved" or "not_retrieved".
        reason: Why it was not retrieved; needed for that.
        attachment: (name, content) of the file, kept under its SHA-256.

    Returns:
        Reports on which something was written.

    Raises:
        UsageError: The state is not known, or a reason is missing.
        StateError: A report is not sought, or full texts said to be missing have been voted on.
    """
    if state not in STATES:
        raise UsageError(f"{state!r} is no state of retrieval", f"one of: {', '.join(STATES)}")
    if state == "not_retrieved" and not reason:
        raise UsageError("a report that was not retrieved needs to say why", '--why "no answer from the authors"')
    with review.change(act) as entry:
        _check_sought(review, entry.connection, on, state)
        sha256 = review.blobs.keep(attachment[1]) if attachment else ""
        name = attachment[0] if attachment else ""
        known = retrieval.retrievals(entry.connection)
        homes = reports.reports_of(entry.connection, on)
        step = [
            Retrieval(record, state, reason, sha256, name)
            for record in on
            if (old := known.get(homes[record])) is None
            or (old.state, old.reason, old.sha256) != (state, reason, sha256)
        ]
        retrieval.add_retrievals(entry, step)
        entry.note = f"{len(step)} full texts {state.replace('_', ' ')}"
        return len(step)


def _check_sought(review: Review, connection: Connection, on: Sequence[int], state: str) -> None:
    wanted = {reports.report_of(connection, record) for record in on}
    everyone = views.viewer_of_all(review.protocol)
    rule = review.protocol.rules[Stage.TITLE_ABSTRACT]
    for view in views.report_views(connection, everyone, Stage.TITLE_ABSTRACT, wanted):
        if view.removed or settle(view.title_abstract, rule).state is not State.INCLUDED:
            raise StateError(
                f"the full text of p{view.id} is not sought: title and abstract have not settled on including it",
                "reviewflow fulltext list shows the reports that are",
            )
    voted = votes.ballots(connection, Stage.FULL_TEXT, wanted)
    if state == "not_retrieved" and voted:
        raise StateError(
            f"p{min(voted)} has votes on its full text, so it was retrieved", "undo those votes first: reviewflow undo"
        )

"""Retrieval: which full texts are sought, which came, which way, and why the others did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from reviewflow.domain.full_text.content import check_content
from reviewflow.domain.screening import Stage, State, settle
from reviewflow.domain.words import counted
from reviewflow.errors import StateError, UsageError
from reviewflow.storage import reports, retrieval, views
from reviewflow.storage.blobs import sha256_of
from reviewflow.storage.retrieval import Detail, Retrieval, Step
from reviewflow.workflow import report_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.record import Record
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review

STATES = ("requested", "retrieved", "not_retrieved")
WAITING = ("", "requested")
WAYS = ("library", "author", "open_access", "publisher", "repository", "other")
"""Where a full text can be asked for, and where it can come from."""

_ASKING = frozenset({"requested", "asked"})


@dataclass(frozen=True, slots=True)
class Sought:
    """A report whose full text is sought, with the surviving fields of its records.

    Attributes:
        state: "requested", "retrieved", "not_retrieved", or "" while nothing was noted.
        reason: Why it was not retrieved.
        name: Name of the file that is kept.
        sha256: Its hash.
        way: Where it was asked for or came from, as it was told last.
        asked_on: The day on which it was first asked for, as YYYY-MM-DD; "" where that was not noted.
        letters: The latest letter to the authors or their latest answer, in words; "" where there is none.
    """

    report: int
    record: Record
    state: str
    reason: str
    name: str
    sha256: str = ""
    way: str = ""
    asked_on: str = ""
    letters: str = ""

    def days_waiting(self, today: date) -> int | None:
        """Days since it was first asked for; None where it has come, was given up, or was not asked for."""
        if self.state not in WAITING or not self.asked_on:
            return None
        return (today - date.fromisoformat(self.asked_on)).days


@dataclass(frozen=True, slots=True)
class Manner:
    """In which way a full text was asked for or came.

    Attributes:
        way: One of `WAYS`, "" when it is not said.
        whom: Who was asked.
        on: The day, as YYYY-MM-DD; "" for today.
        words: A remark.
    """

    way: str = ""
    whom: str = ""
    on: str = ""
    words: str = ""


def sought(review: Review, viewer_name: str) -> list[Sought]:
    """The reports that title and abstract settled on including, as a viewer may see them."""
    with review.reading() as connection:
        wanted = _sought(review, connection, viewer_name)
        history = retrieval.steps(connection, wanted)
        latest = retrieval.retrievals(connection, wanted)
        shown = report_fields.shown_records(connection, wanted)
    none = Retrieval(0, "")
    return [_told(id_, shown[id_], latest.get(id_, none), history.get(id_, ())) for id_ in wanted]


def _sought(review: Review, connection: Connection, viewer_name: str) -> list[int]:
    """The reports that are sought, as a viewer may see them, by id."""
    who = views.viewer(review.protocol, viewer_name)
    return [view.id for view in views.report_views(connection, who, Stage.TITLE_ABSTRACT) if _is_sought(review, view)]


def _is_sought(review: Review, view: views.ReportView) -> bool:
    rule = review.protocol.rules[Stage.TITLE_ABSTRACT]
    return not view.removed and settle(view.title_abstract, rule).state is State.INCLUDED


def _told(report: int, record: Record, latest: Retrieval, history: Sequence[Step]) -> Sought:
    asked = [step.day for step in history if step.kind in _ASKING]
    ways = [step.way for step in history if step.way]
    letters = [step for step in history if step.kind in {"asked", "answered"}]
    return Sought(
        report,
        record,
        latest.state,
        latest.reason,
        latest.name,
        latest.sha256,
        ways[-1] if ways else "",
        min(asked, default=""),
        _letter_words(letters[-1]) if letters else "",
    )


def _letter_words(step: Step) -> str:
    whom = f" {step.whom}" if step.whom else ""
    if step.kind == "asked":
        return f"asked{whom} on {step.day}"
    return f"answer of{whom or ' the authors'} on {step.day}: {step.words}"


def history(review: Review, viewer_name: str, record: int) -> tuple[Sought, list[Step]]:
    """Where the full text of a report stands, and every step, letter and answer, oldest first.

    Raises:
        InputError: There is no such record.
        StateError: The report is not sought, as far as the viewer may know.
    """
    with review.reading() as connection:
        report = reports.report_of(connection, record)
        _check_sought(review, connection, viewer_name, {report})
        found = retrieval.steps(connection, [report]).get(report, [])
        latest = retrieval.retrievals(connection, [report]).get(report, Retrieval(0, ""))
        shown = report_fields.shown_records(connection, [report])[report]
    return _told(report, shown, latest, found), found


def note_step(
    review: Review,
    act: Act,
    on: Sequence[int],
    state: str,
    reason: str = "",
    attachment: tuple[str, bytes] | None = None,
    *,
    manner: Manner | None = None,
    any_kind: bool = False,
) -> int:
    """Write what became of the full texts of some reports.

    Args:
        review: The review.
        act: Who acts.
        on: Any record of each report.
        state: "requested", "retrieved" or "not_retrieved".
        reason: Why it was not retrieved; needed for that.
        attachment: (name, content) of the file, kept under its SHA-256.
        manner: The way, and the day.
        any_kind: Whether a file that is no PDF may be kept.

    Returns:
        Reports on which something was written.

    Raises:
        UsageError: The state or the way is not known, a day is none, or a reason is missing.
        InputError: The file is empty, or no PDF.
        StateError: A report is not sought, or full texts said to be missing have been voted on.
    """
    if state not in STATES:
        raise UsageError(f"{state!r} is no state of retrieval", f"one of: {', '.join(STATES)}")
    if state == "not_retrieved" and not reason:
        raise UsageError("a report that was not retrieved needs to say why", '--why "no answer from the authors"')
    manner = manner or Manner()
    check_manner(act, manner)
    if attachment:
        check_content(*attachment, any_kind=any_kind)
    with review.change(act) as entry:
        homes = reports.reports_of(entry.connection, on)
        for record in on:
            if record not in homes:
                reports.report_of(entry.connection, record)  # says that there is none
        wanted = set(homes.values())
        _check_sought(review, entry.connection, act.reviewer, wanted)
        if state == "not_retrieved":
            _refuse_voted(review, entry.connection, act.reviewer, wanted)
        kept = (review.blobs.keep(attachment[1]), attachment[0]) if attachment else ("", "")
        new = [Retrieval(record, state, reason, *kept) for record in _one_each(homes, on)]
        n = write_steps(entry, new, homes, manner)
        entry.note = f"{counted(n, 'full text')} {state.replace('_', ' ')}"
        return n


def check_manner(act: Act, manner: Manner) -> None:
    """Raises UsageError where the way is not known, or the day is none or still to come."""
    if manner.way and manner.way not in WAYS:
        raise UsageError(f"{manner.way!r} is no way of retrieval", f"one of: {', '.join(WAYS)}")
    if not manner.on:
        return
    try:
        day = date.fromisoformat(manner.on)
    except ValueError as error:
        raise UsageError(f"{manner.on!r} is no day", "write it as 2026-11-23") from error
    # Where the sun is ahead of UTC it may be tomorrow already.
    if day > act.at_utc.date() + timedelta(days=1) or manner.on != day.isoformat():
        wrong = "is still to come" if manner.on == day.isoformat() else "is not written as a day is"
        raise UsageError(f"{manner.on} {wrong}", "write the day on which it happened: 2026-11-23")


def _one_each(homes: dict[int, int], on: Iterable[int]) -> list[int]:
    """The first record given of each report."""
    first: dict[int, int] = {}
    for record in on:
        first.setdefault(homes[record], record)
    return list(first.values())


def write_steps(entry: Entry, steps: Iterable[Retrieval], homes: dict[int, int], manner: Manner) -> int:
    """Write those steps that say something new, each with its way; gives how many."""
    known = retrieval.steps(entry.connection, set(homes.values()))
    latest = retrieval.retrievals(entry.connection, set(homes.values()))
    new = []
    for step in steps:
        before = [each for each in known.get(homes[step.record], ()) if each.kind in STATES]
        whole = _with_file(step, latest.get(homes[step.record]))
        if not before or _says(whole, manner) != _said(before[-1], manner):
            new.append(whole)
    retrieval.add_retrievals(entry, new)
    if manner != Manner():
        how = (manner.way, manner.whom, manner.on, manner.words)
        retrieval.add_details(entry, (Detail(step.record, "step", *how) for step in new))
    return len(new)


def _with_file(step: Retrieval, before: Retrieval | None) -> Retrieval:
    """The step; where it says that a full text came, and not with which file, with the file that is there."""
    if before is None or step.sha256 or (step.state, before.state) != ("retrieved", "retrieved"):
        return step
    return Retrieval(step.record, step.state, step.reason, before.sha256, before.name)


def _says(step: Retrieval, manner: Manner) -> tuple[str, ...]:
    return (step.state, step.reason, step.sha256, manner.way, manner.whom, manner.on, manner.words)


def _said(before: Step, manner: Manner) -> tuple[str, ...]:
    """What the step before says, in so far as the new one says anything of it."""
    reason = before.words if before.kind == "not_retrieved" else ""
    pairs = ((manner.way, before.way), (manner.whom, before.whom), (manner.on, before.happened_on))
    words = (manner.words, before.words if before.kind != "not_retrieved" else "")
    return (before.kind, reason, before.sha256, *(old if new else "" for new, old in (*pairs, words)))


def note_letter(review: Review, act: Act, record: int, manner: Manner, answer: str = "") -> bool:
    """Write that the authors of a report were asked for its full text, or what they answered.

    Args:
        review: The review.
        act: Who acts.
        record: Any record of the report.
        manner: Who was asked or answered, and when.
        answer: What they answered; "" when they were asked.

    Returns:
        Whether anything was new.

    Raises:
        UsageError: The day is none.
        InputError: There is no such record.
        StateError: The report is not sought.
    """
    check_manner(act, manner)
    with review.change(act) as entry:
        report = reports.report_of(entry.connection, record)
        _check_sought(review, entry.connection, act.reviewer, {report})
        known = retrieval.steps(entry.connection, [report]).get(report, [])
        detail = Detail(record, "answered" if answer else "asked", "author", manner.whom, manner.on, answer)
        day = manner.on or act.at_utc.date().isoformat()
        said = {(step.kind, step.whom, step.day, step.words) for step in known}
        if (detail.kind, detail.whom, day, detail.words) in said:
            return False
        retrieval.add_details(entry, [detail])
        if not any(step.kind in STATES for step in known):
            retrieval.add_retrievals(entry, [Retrieval(record, "requested")])
        entry.note = f"authors of p{report} {detail.kind}"
        return True


def attached_elsewhere(review: Review, viewer_name: str, report: int, content: bytes) -> list[int]:
    """The other reports, of those that the viewer may know to be sought, that have the same file as full text."""
    with review.reading() as connection:
        of_file = {each for each, _ in retrieval.attached(connection).get(sha256_of(content), ())}
        return sorted(of_file & set(_sought(review, connection, viewer_name)) - {reports.report_of(connection, report)})


def _check_sought(review: Review, connection: Connection, viewer_name: str, wanted: Collection[int]) -> None:
    """Raises StateError where a report is not sought as far as that person may know: the answer tells nobody's vote."""
    who = views.viewer(review.protocol, viewer_name)
    for view in views.report_views(connection, who, Stage.TITLE_ABSTRACT, wanted):
        if not _is_sought(review, view):
            raise StateError(
                f"the full text of p{view.id} is not sought: title and abstract have not settled on including it",
                "reviewflow fulltext list shows the reports that are",
            )


def _refuse_voted(review: Review, connection: Connection, name: str, wanted: Collection[int]) -> None:
    """Raises StateError where votes that the person may see stand on a full text.

    Others' votes that nobody may see yet must not show in a refusal: the flow counts such a report as not retrieved
    until it is.
    """
    who = views.viewer(review.protocol, name)
    for view in views.report_views(connection, who, Stage.FULL_TEXT, wanted):
        if view.full_text.voters or view.mine is not None:
            raise StateError(
                f"p{view.id} has votes on its full text, so it was retrieved",
                "undo those votes first: reviewflow undo",
            )

"""What waits for a reviewer and what is read beside a report; after a vote only the report that it touched is read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reviewflow.domain.screening import Role, Stage, Verdict
from reviewflow.storage import pilots, records, reports, retrieval, tags, views, votes
from reviewflow.workflow import pilot_votes
from reviewflow.workflow.screening import shown_to_screen, waits_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review
    from reviewflow.workflow.screening import ToScreen

_BATCH = 2000
"""Reports whose words are read at a time, so that a search can be left."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for a reviewer at a stage, and how far the reviewer is.

    Attributes:
        waiting: (report, whether it is to be reconsidered), disagreements last, otherwise by report.
        mine: The reviewer's verdicts on those that are to be reconsidered.
        n_voted: Reports on which the reviewer has voted, those to be reconsidered among them.
        n_included: How many of these the reviewer includes.
        pilot: The name of the pilot round that goes on; "" where the main round does.
    """

    waiting: tuple[tuple[int, bool], ...]
    mine: Mapping[int, Verdict] = field(default_factory=dict)
    n_voted: int = 0
    n_included: int = 0
    pilot: str = ""


@dataclass(frozen=True, slots=True)
class OwnVote:
    """The viewer's own latest vote on a report."""

    verdict: Verdict
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class FullText:
    """What became of a full text.

    Attributes:
        state: "requested", "retrieved", "not_retrieved", or "" where nothing was noted.
        name: The name of the attached file, "" where there is none.
        path: Where it is kept; None where there is none.
    """

    state: str
    reason: str
    name: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Laid:
    """A report as it is laid before a person.

    Attributes:
        shown: Its fields and sources.
        mine: The viewer's own vote; None where there is none.
        full_text: What became of its full text; None at title and abstract.
        tags: The viewer's own tags on it.
    """

    shown: ToScreen
    mine: OwnVote | None
    full_text: FullText | None
    tags: tuple[str, ...] = ()


def queue(review: Review, reviewer: str, stage: Stage) -> Queue:
    """What waits for a reviewer, in the order of `screening.waiting`; depends on nobody else's open votes."""
    who = views.viewer(review.protocol, reviewer)
    with review.reading() as connection:
        pilot = pilots.open_at(connection, stage)
        if pilot is not None:
            cast = pilot_votes.own(connection, pilot, reviewer)
            n_included = sum(vote.verdict is Verdict.INCLUDE for vote in cast.values())
            waiting_ = tuple((report, False) for report in pilot_votes.waiting(connection, pilot, who))
            return Queue(waiting_, {}, len(cast), n_included, pilot.name)

    def judge(view: views.ReportView) -> tuple[bool | None, Verdict | None]:
        return waits_for(review, view, stage), None if view.removed or view.mine is None else view.mine.verdict

    waiting: list[tuple[int, bool]] = []
    mine: dict[int, Verdict] = {}
    n_voted = n_included = 0
    with review.reading() as connection:
        for report, (again, verdict) in views.each_judged(connection, who, stage, judge):
            if again is not None:
                waiting.append((report, again))
            if verdict is not None:
                n_voted += 1
                n_included += verdict is Verdict.INCLUDE
                if again:
                    mine[report] = verdict
    waiting.sort(key=lambda pair: (pair[1], pair[0]))
    return Queue(tuple(waiting), mine, n_voted, n_included)


def standing(review: Review, reviewer: str, stage: Stage, report: int) -> bool | None:
    """Whether one report waits for a reviewer, True where it is to be reconsidered; None where it does not wait."""
    who = views.viewer(review.protocol, reviewer)
    with review.reading() as connection:
        pilot = pilots.open_at(connection, stage)
        if pilot is not None:
            return False if report in pilot_votes.waiting(connection, pilot, who) else None
        seen = views.report_views(connection, who, stage, [report])
    return waits_for(review, seen[0], stage) if seen else None


def own_vote(review: Review, reviewer: str, stage: Stage, report: int) -> OwnVote | None:
    """The reviewer's own latest vote on a report, given on whatever screen; None where there is none."""
    with review.reading() as connection:
        return _own(connection, reviewer, stage, [report]).get(report)


def laid(review: Review, reviewer: str, stage: Stage, of: Sequence[tuple[int, bool]]) -> list[Laid]:
    """Some reports of a queue with all that is shown beside them; one that is gone by now is left out.

    Args:
        review: The review.
        reviewer: Who looks; only that person's own votes are given.
        stage: The stage.
        of: (report, whether it is to be reconsidered).
    """
    shown = list(shown_to_screen(review, of))
    ids = [each.report for each in shown]
    with review.reading() as connection:
        own = _own(connection, reviewer, stage, ids)
        steps = retrieval.retrievals(connection, ids) if stage is Stage.FULL_TEXT else {}
        tagged = tags.tags(connection, reviewer, ids)
    texts = {report: _full_text(review, step) for report, step in steps.items()}
    absent = FullText("", "", "", None) if stage is Stage.FULL_TEXT else None
    return [
        Laid(each, own.get(each.report), texts.get(each.report, absent), tagged.get(each.report, ())) for each in shown
    ]


def _own(connection: Connection, reviewer: str, stage: Stage, of: Sequence[int]) -> dict[int, OwnVote]:
    """Report -> the reviewer's own latest vote: in the pilot round while one goes on, else in the main round."""
    pilot = pilots.open_at(connection, stage)
    if pilot is not None:
        cast = pilot_votes.own(connection, pilot, reviewer)
        return {report: OwnVote(vote.verdict, vote.reason, vote.note) for report, vote in cast.items()}
    return {
        report: OwnVote(vote.verdict, vote.reason, vote.note)
        for report, vote in votes.standing_votes(connection, stage, of)
        if vote.reviewer == reviewer and vote.role is Role.REVIEWER
    }


def _full_text(review: Review, step: retrieval.Retrieval) -> FullText:
    path = review.blobs.path(step.sha256) if step.sha256 else None
    return FullText(step.state, step.reason, step.name, path)


def with_words(review: Review, of: Iterable[int], words: str, is_wanted: Callable[[], bool]) -> frozenset[int]:
    """Those of the reports in whose title or abstract all of the words stand, in capitals or not.

    Args:
        review: The review.
        of: Reports.
        words: Words with spaces between them.
        is_wanted: Asked between batches; where it says no, what was found so far is given.
    """
    wanted = sorted(set(of))
    sought = [_folded(word) for word in words.split()]
    found: set[int] = set()
    for start in range(0, len(wanted), _BATCH):
        if not is_wanted():
            break
        with review.reading() as connection:
            whole = reports.members(connection, wanted[start : start + _BATCH])
            home = {record: report for report, same in whole.items() for record in same}
            for id_, _, record in records.records(connection, list(home)):
                text = _folded(f"{record.title}\n{record.abstract}")
                if all(word in text for word in sought):
                    found.add(home[id_])
    return frozenset(found)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()

"""Writes a planned review through the storage layer: a few large changes, as imports of files make them."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.ledger import Act
from reviewflow.domain.record import RawRecord, Record
from reviewflow.domain.screening import Phase, Role, Stage, Verdict
from reviewflow.domain.study import Study
from reviewflow.storage import records, reports, retrieval, studies, votes
from reviewflow.storage.reports import StoredLink
from reviewflow.storage.retrieval import Retrieval
from reviewflow.storage.review import create_review
from reviewflow.storage.votes import Vote
from tests.bench.courses import COURSES, REASONS, REMOVED, RETRIEVAL, SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reviewflow.storage.review import Review
    from tests.bench.courses import Integers, Plan

PEOPLE = {"A": "Ada", "B": "Ben", "C": "Cyd", "J": "Jo", "": ""}
_VERDICTS = {
    "i": Verdict.INCLUDE,
    "x": Verdict.EXCLUDE,
    "u": Verdict.UNSURE,
    "w": Verdict.AWAITING,
    "o": Verdict.ONGOING,
}
_ROLES = {"Ada": "reviewer", "Ben": "reviewer", "Cyd": "lead", "Jo": "adjudicator"}


def act(person: str, command: str) -> Act:
    """A fresh act of a person."""
    return Act(PEOPLE[person], datetime.now(UTC), str(uuid.uuid4()), command)


def protocol_text(database: str) -> str:
    """The reviewflow.toml of a made review."""
    lines = ["[review]", 'title = "A made review"', f"database = {json.dumps(database)}"]
    for reason in REASONS:
        lines += ["[[reason]]", f'id = "{reason}"', f'label = "{reason}"']
    for name, role in _ROLES.items():
        lines += ["[[team]]", f'name = "{name}"', f'roles = ["{role}"]']
    return "\n".join(lines)


def write(folder: Path, database: str, made: Plan, tell: Callable[[str], None]) -> Review:
    """Write a planned review in a folder.

    Args:
        folder: A folder that does not exist.
        database: A PostgreSQL URL, "" for SQLite.
        made: The plan.
        tell: Called with each step that is done.
    """
    review = create_review(folder, protocol_text(database), str(uuid.uuid4()))
    names = np.where(made.records > 0, made.records, made.records.max() + 1).min(axis=1)
    for source in range(len(SOURCES)):
        _import(review, made, source)
        tell(f"imported {SOURCES[source][0]}")
    with review.change(act("A", "dedup run")) as entry:
        reports.add_links(entry, _links(made, names))
    tell("linked duplicates")
    for kind in (1, 2):
        with review.change(act("A", "remove")) as entry:
            reports.add_removals(entry, map(int, names[made.removed == kind]), REMOVED[kind], "")
    for stage in Stage:
        _screen(review, made, stage, names)
        tell(f"screened at {stage}")
        if stage is Stage.TITLE_ABSTRACT:
            _retrieve(review, made, names)
    with review.change(act("A", "study link")) as entry:
        for number, of_study in enumerate(made.studies):
            study = studies.add_study(entry, Study(0, f"Study {number}"))
            studies.add_links(entry, study, (int(names[report]) for report in of_study), "primary")
    tell("linked studies")
    return review


def _import(review: Review, made: Plan, source: int) -> None:
    name, kind = SOURCES[source]
    with review.change(act("A", f'import --source "{name}"')) as entry:
        search = records.add_search(entry, records.Search(0, name, kind, "", "", "", "2024-01-01", None, ""))
        file = {"search": search, "sha256": "", "name": name, "size_bytes": 0, "format": "ris", "exporter": ""}
        file |= {"encoding": "utf-8", "n_expected": None, "repairs": "[]", "leftovers": "[]"}
        of_source = np.flatnonzero(made.records[:, source])
        file |= {"n_records": len(of_source)}
        records.add_file(entry, file, (_record(int(report), line) for line, report in enumerate(of_source, 1)))


def _record(report: int, line: int) -> tuple[RawRecord, Record]:
    """A record of moderate size without an abstract: no count reads it, so abstracts would only fill the disk."""
    title = f"Effects of treatment {report} in children and adults with disorder {report % 997}: a randomised trial"
    doi, author, year = f"10.1000/made.{report}", f"Author, {report % 7919}", 1990 + report % 35
    tags = (("TY", "JOUR"), ("TI", title), ("AU", author), ("PY", str(year)), ("DO", doi), ("AN", f"M{report}"))
    raw = RawRecord(line, 10 * line, 300 * line, 300 * line + 299, tags)
    return raw, Record(title=title, authors=(author,), year=year, doi=doi, accession=f"M{report}")


def _links(made: Plan, names: Integers) -> Iterator[StoredLink]:
    for source in range(1, len(SOURCES)):
        others = made.records[:, source]
        for report in np.flatnonzero((others > 0) & (others != names)):
            yield StoredLink(int(names[report]), int(others[report]), True, False, "doi", 1.0, {"doi": "equal"})


def _screen(review: Review, made: Plan, stage: Stage, names: Integers) -> None:
    """One change for each person and round of voting; the second round also writes who may have seen what."""
    for person, is_second in (("A", False), ("B", False), ("C", False), ("A", True), ("B", True), ("J", True)):
        with review.change(act(person, "screen")) as entry:
            for number, course in enumerate(COURSES[stage]):
                mine = [
                    vote for vote in course.votes if vote[0] == person and ("+" in vote or person == "J") == is_second
                ]
                concerned = np.flatnonzero(made.courses(stage) == number) if mine else ()
                for said in mine:
                    votes.add_votes(entry, (_vote(made, names, int(report), stage, said) for report in concerned))
                if mine and person in {"B", "C"} and not is_second:
                    voters = sorted({PEOPLE[vote[0]] for vote in course.votes if vote[0] != "J"})
                    votes.add_seen(entry, ((int(names[r]), stage, who) for r in concerned for who in voters[-2:]))


def _vote(made: Plan, names: Integers, report: int, stage: Stage, said: str) -> Vote:
    """The vote that a word of a course says."""
    word, _, on_second = said.partition("@")
    record = int(names[report])
    if on_second:
        record = int(min(made.records[report][made.records[report] > record]))
    letters = word.replace("+", "")
    phase = Phase.CROSS_CHECK if "+" in word else Phase.ADJUDICATION if letters[0] == "J" else Phase.BLIND
    role = Role.ADJUDICATOR if letters[0] == "J" else Role.REVIEWER
    reason = REASONS[int(letters[2])] if len(letters) > 2 else ""
    return Vote(record, stage, PEOPLE[letters[0]], role, phase, _VERDICTS[letters[1]], reason)


def _retrieve(review: Review, made: Plan, names: Integers) -> None:
    with review.change(act("A", "fulltext")) as entry:
        for number, state in enumerate(RETRIEVAL):
            if state:
                concerned = names[made.retrieval == number]
                retrieval.add_retrievals(entry, (Retrieval(int(record), state) for record in concerned))

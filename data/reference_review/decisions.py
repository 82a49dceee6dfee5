"""The invented decisions of two reviewers and an adjudicator: first votes, cross-check of conflicts, adjudication."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from data.reference_review.works import INCLUDED, TITLE_ABSTRACT, Work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from data.reference_review.records import SourceRecord

COLUMNS = ("source", "accession", "stage", "verdict", "reason", "note", "assigned_by")
FULL_TEXT = "full_text"
_REVIEWERS = ("CB", "CKX")
_ADJUDICATOR = "XDQ"

# How many reports the reviewers disagree on, and how many of these the cross-check leaves to the adjudicator.
_TITLE_CONFLICTS, _TITLE_DISPUTES = 72, 40
_VERDICT_CONFLICTS, _VERDICT_DISPUTES = 9, 5
_REASON_CONFLICTS, _REASON_DISPUTES = 17, 7
_N_UNSURE, _N_BOTH_UNSURE = 14, 2

# Disputed on purpose: an included study that an eager reader takes for a review of practice, two whose patients were
# partly older than 18, and a case report that is a conference abstract too.
_TITLE_DISPUTED = {"R011"}
_VERDICT_DISPUTED = {"R002", "R008"}
_REASON_DISPUTED = {"R061"}

_OTHER_REASON = {
    "wrong_population": "no_outcome_data",
    "wrong_intervention": "wrong_population",
    "review": "no_outcome_data",
    "meta_analysis": "review",
    "case_report": "conference_abstract",
    "conference_abstract": "wrong_population",
    "in_vitro_or_animal": "no_outcome_data",
    "no_outcome_data": "wrong_population",
    "duplicate_report": "conference_abstract",
}
_DOUBTS = (
    "age range not clear from the abstract",
    "population mixed",
    "design not stated",
    "blinatumomab perhaps only mentioned",
    "outcomes not clear",
)

Row = tuple[str, str, str, str, str, str, str]


@dataclass(slots=True)
class _Ballots:
    """The rows of each decision file, and the records that may be shown for a work."""

    rng: Random
    shown: dict[str, list[SourceRecord]]
    files: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def cast(self, file: str, work: Work, stage: str, verdict: str, reason: str = "", note: str = "") -> None:
        """Add a vote on one of the work's records: reviewers may have been shown different ones."""
        record = self.rng.choice(self.shown[work.work_id])
        self.files[file].append((record.source, record.accession, stage, verdict, reason, note, "reconstruction"))

    def agree(self, work: Work, stage: str, verdict: str, reason: str = "") -> None:
        """Both reviewers vote alike."""
        for reviewer in _REVIEWERS:
            self.cast(f"screen_{reviewer}", work, stage, verdict, reason)

    def conflict(
        self, work: Work, stage: str, right: tuple[str, str], wrong: tuple[str, str], *, disputed: bool
    ) -> None:
        """One reviewer is right and the other wrong; both reconsider; what stays disputed is adjudicated."""
        erring = self.rng.choice(_REVIEWERS)
        for reviewer in _REVIEWERS:
            errs = reviewer == erring
            verdict, reason = wrong if errs else right
            self.cast(f"screen_{reviewer}", work, stage, verdict, reason, self.rng.choice(_DOUBTS) if errs else "")
            verdict, reason = wrong if errs and disputed else right
            verdict = "include" if verdict == "unsure" else verdict
            note = "kept after cross-check" if disputed else "changed at the cross-check" if errs else "agreed on"
            self.cast(f"crosscheck_{reviewer}", work, stage, verdict, reason, note)
        if disputed:
            self.cast(f"adjudicate_{_ADJUDICATOR}", work, stage, *right, "settled by adjudication")


def _draw(rng: Random, works: Sequence[Work], n_wanted: int, fixed: set[str]) -> list[Work]:
    """Works drawn by lot, the fixed ones first."""
    first = [work for work in works if work.work_id in fixed]
    others = [work for work in works if work.work_id not in fixed and work.fate != INCLUDED]
    return first + rng.sample(others, n_wanted - len(first))


def _screen_titles(ballots: _Ballots, works: Sequence[Work]) -> None:
    """523 reports: 262 go on, 261 do not."""
    rng = ballots.rng
    disputes = _draw(rng, works, _TITLE_CONFLICTS, _TITLE_DISPUTED)
    disputed = {work.work_id for work in disputes[:_TITLE_DISPUTES]}
    conflicting = {work.work_id for work in disputes}
    forwarded = [work for work in works if work.fate != TITLE_ABSTRACT and work.work_id not in conflicting]
    unsure = [work.work_id for work in rng.sample(forwarded, _N_UNSURE + _N_BOTH_UNSURE)]
    for work in rng.sample(list(works), len(works)):
        right = "exclude" if work.fate == TITLE_ABSTRACT else "include"
        if work.work_id in conflicting:
            wrong = "include" if right == "exclude" else "exclude"
            if wrong == "include" and rng.random() < 0.2:
                wrong = "unsure"
            ballots.conflict(work, TITLE_ABSTRACT, (right, ""), (wrong, ""), disputed=work.work_id in disputed)
        elif work.work_id in unsure[:_N_BOTH_UNSURE]:
            ballots.agree(work, TITLE_ABSTRACT, "unsure")
        elif work.work_id in unsure:
            doubting = rng.choice(_REVIEWERS)
            for reviewer in _REVIEWERS:
                verdict = "unsure" if reviewer == doubting else "include"
                ballots.cast(f"screen_{reviewer}", work, TITLE_ABSTRACT, verdict)
        else:
            ballots.agree(work, TITLE_ABSTRACT, right)


def _screen_full_texts(ballots: _Ballots, works: Sequence[Work]) -> None:
    """262 reports: 12 are included, 250 excluded with one primary reason each."""
    rng = ballots.rng
    verdicts = _draw(rng, works, _VERDICT_CONFLICTS, _VERDICT_DISPUTED)
    others = [work for work in works if work not in verdicts]
    reasons = _draw(rng, others, _REASON_CONFLICTS, _REASON_DISPUTED)
    disputed = {work.work_id for work in verdicts[:_VERDICT_DISPUTES] + reasons[:_REASON_DISPUTES]}
    for work in rng.sample(list(works), len(works)):
        right = ("include", "") if work.fate == INCLUDED else ("exclude", work.fate)
        if work in verdicts:
            wrong = ("exclude", "wrong_population") if work.fate == INCLUDED else ("include", "")
            ballots.conflict(work, FULL_TEXT, right, wrong, disputed=work.work_id in disputed)
        elif work in reasons:
            wrong = ("exclude", _OTHER_REASON[work.fate])
            ballots.conflict(work, FULL_TEXT, right, wrong, disputed=work.work_id in disputed)
        else:
            ballots.agree(work, FULL_TEXT, *right)


def decision_tables(rng: Random, records: Sequence[SourceRecord]) -> dict[str, list[Row]]:
    """The rows of each decision file by its name."""
    shown: dict[str, list[SourceRecord]] = defaultdict(list)
    for record in records:
        shown[record.work.work_id].append(record)
    works = [held[0].work for _, held in sorted(shown.items())]
    ballots = _Ballots(rng, shown)
    _screen_titles(ballots, works)
    _screen_full_texts(ballots, [work for work in works if work.fate != TITLE_ABSTRACT])
    return dict(ballots.files)

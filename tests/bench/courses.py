"""What happens to the reports of a made review, and what its flow must therefore be.

Every report follows a course that is written down with its outcome, so that the expected counts come from the courses
alone: neither the rule of screening nor any SQL takes part in them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from reviewflow.domain.screening import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Integers: TypeAlias = NDArray[np.int64]
    Booleans: TypeAlias = NDArray[np.bool_]

REASONS = ("wrong_population", "wrong_intervention", "review", "no_outcome_data")
SOURCES = (
    ("PubMed", "database"),
    ("Embase", "database"),
    ("Web of Science", "database"),
    ("Cochrane Library", "database"),
    ("reference lists", "citation"),
)
IS_DATABASE: Booleans = np.asarray([kind == "database" for _, kind in SOURCES])
# (share of the reports, sources in which they are found): 1.55 records for each report, so 35 % are duplicates.
_FOUND_IN = (
    (0.160, (0,)),
    (0.310, (1,)),
    (0.110, (2,)),
    (0.017, (3,)),
    (0.003, (4,)),
    (0.150, (0, 1)),
    (0.050, (0, 2)),
    (0.060, (1, 2)),
    (0.008, (0, 3)),
    (0.002, (1, 4)),
    (0.095, (0, 1, 2)),
    (0.015, (0, 1, 3)),
    (0.020, (0, 1, 2, 3)),
)
# (share, votes in the order in which they are cast, where they leave the report). A vote is a person, "+" at the
# cross-check, a verdict (include, exclude, unsure, w: awaiting, ongoing), the number of a reason, and "@2" when it is
# on the second record. Cyd has left the team: Ben has not voted where she has.
_TITLE_ABSTRACT = (
    (0.030, "", "pending"),
    (0.020, "Ai", "pending"),
    (0.020, "Bx", "pending"),
    (0.842, "Ax Bx", "excluded"),
    (0.018, "Ax Cx", "excluded"),
    (0.002, "Ai Ci", "included"),
    (0.030, "Ai Bi", "included"),
    (0.008, "Ai Bu", "included"),
    (0.010, "Ai Bx", "conflict"),
    (0.003, "Ax Bi A+i", "conflict"),
    (0.006, "Ai Bx A+i B+i", "included"),
    (0.004, "Ai Bx A+x B+x", "excluded"),
    (0.002, "Ai Bx A+i B+x", "conflict"),
    (0.003, "Ai Bx A+i B+x Ji", "included"),
    (0.001, "Ai Bx A+i B+x Jx", "excluded"),
    (0.001, "Ai Ax@2 Bx", "pending"),
)
_FULL_TEXT = (
    (0.05, "", "pending"),
    (0.05, "Ai", "pending"),
    (0.50, "Ax0 Bx0", "excluded 0"),
    (0.10, "Ax1 Bx1", "excluded 1"),
    (0.08, "Ax2 Bx2", "excluded 2"),
    (0.03, "Ax3 Cx3", "excluded 3"),
    (0.04, "Ax0 Bx1", "conflict"),
    (0.02, "Ax0 Bx1 A+x1 B+x1", "excluded 1"),
    (0.08, "Ai Bi", "included"),
    (0.02, "Ai Ci", "included"),
    (0.01, "Aw Bw", "awaiting"),
    (0.01, "Ao Bo", "ongoing"),
    (0.01, "Ai Bu A+i B+u Ji", "included"),
)
_RETRIEVAL = ((0.03, ""), (0.03, "requested"), (0.05, "not_retrieved"), (0.89, "retrieved"))
_REMOVED = ((0.975, ""), (0.020, "automatic"), (0.005, "other"))
RETRIEVAL = tuple(state for _, state in _RETRIEVAL)
REMOVED = tuple(kind for _, kind in _REMOVED)
_NONE = -1


@dataclass(frozen=True, slots=True)
class Course:
    """What happens to a report at one stage: votes, and where they leave it."""

    votes: tuple[str, ...]
    outcome: str

    def known_to(self, person: str) -> str:
        """The outcome as a person knows it: who screens and has not voted knows nothing of the report."""
        hidden = person in {"A", "B"} and not any(vote.startswith(person) for vote in self.votes)
        return "pending" if hidden else self.outcome


COURSES = {
    stage: tuple(Course(tuple(said.split()), outcome) for _, said, outcome in table)
    for stage, table in ((Stage.TITLE_ABSTRACT, _TITLE_ABSTRACT), (Stage.FULL_TEXT, _FULL_TEXT))
}


@dataclass(frozen=True)
class Plan:
    """What is to happen to every report; one array entry for each, -1 where the report does not get that far.

    Attributes:
        records: Record ids by source, shape (reports, sources); 0 where the source does not have the report.
        removed: Index into REMOVED.
        first: Index of the course at title and abstract.
        retrieval: Index into RETRIEVAL.
        second: Index of the course at full text.
        studies: For each study its reports, by number.
    """

    records: Integers
    removed: Integers
    first: Integers
    retrieval: Integers
    second: Integers
    studies: tuple[tuple[int, ...], ...]

    def courses(self, stage: Stage) -> Integers:
        """Index of each report's course at a stage."""
        return self.first if stage is Stage.TITLE_ABSTRACT else self.second


def plan(n_records: int, seed: int) -> Plan:
    """Draw a review with exactly that many records."""
    rng = np.random.default_rng(seed)
    kinds = _drawn(rng, [share for share, _ in _FOUND_IN], n_records)
    sizes = np.asarray([len(found) for _, found in _FOUND_IN])[kinds]
    n_whole = int(np.searchsorted(np.cumsum(sizes), n_records, side="right"))
    short = n_records - int(sizes[:n_whole].sum())
    kinds = np.concatenate([kinds[:n_whole], np.ones(short, dtype=np.int64)])
    is_in = np.zeros((len(kinds), len(SOURCES)), dtype=np.int64)
    for kind, (_, found) in enumerate(_FOUND_IN):
        is_in[np.ix_(kinds == kind, found)] = 1
    # Ids are given file by file, as imports give them.
    ids = np.cumsum(is_in.T.ravel()).reshape(is_in.T.shape).T * is_in
    return _with_courses(rng, ids)


def _drawn(rng: np.random.Generator, shares: Sequence[float], n: int) -> Integers:
    return rng.choice(len(shares), size=n, p=np.asarray(shares) / np.sum(shares)).astype(np.int64)


def _with_courses(rng: np.random.Generator, ids: Integers) -> Plan:
    n = len(ids)
    removed = _drawn(rng, [share for share, _ in _REMOVED], n)
    first = _drawn(rng, [share for share, *_ in _TITLE_ABSTRACT], n)
    on_two = np.asarray(["@2" in said for _, said, _ in _TITLE_ABSTRACT])
    first[on_two[first] & ((ids > 0).sum(axis=1) < 2)] = 0
    first[removed > 0] = _NONE
    sought = _ends_in("included", first, Stage.TITLE_ABSTRACT, "")
    state = np.where(sought, _drawn(rng, [share for share, _ in _RETRIEVAL], n), _NONE)
    at_hand = state == RETRIEVAL.index("retrieved")
    second = np.where(at_hand, _drawn(rng, [share for share, *_ in _FULL_TEXT], n), _NONE)
    linked = np.flatnonzero(_ends_in("included", second, Stage.FULL_TEXT, ""))
    linked = linked[rng.random(len(linked)) < 0.9]
    n_pairs = len(linked) // 6
    pairs = [(int(a), int(b)) for a, b in linked[: 2 * n_pairs].reshape(-1, 2)]
    return Plan(ids, removed, first, state, second, (*pairs, *((int(a),) for a in linked[2 * n_pairs :])))


def _ends_in(outcome: str, courses: Integers, stage: Stage, person: str) -> Booleans:
    """Which reports have that outcome at a stage, as a person knows it."""
    fits = np.asarray([course.known_to(person) == outcome for course in COURSES[stage]] + [False])
    chosen: Booleans = fits[courses]
    return chosen


def expected(made: Plan, person: str) -> dict[str, Any]:
    """The counts of the flow as a person must see them: "A", "B", "J", or "" for nobody in particular."""
    of_databases = np.asarray((made.records[:, IS_DATABASE] > 0).any(axis=1))
    n_found = (made.records > 0).sum(axis=0)

    def first(outcome: str) -> Booleans:
        return _ends_in(outcome, made.first, Stage.TITLE_ABSTRACT, person)

    def second(outcome: str) -> Booleans:
        return first("included") & _ends_in(outcome, made.second, Stage.FULL_TEXT, person)

    included = second("included")
    unresolved = first("included") & (made.retrieval >= 0) & (made.retrieval < RETRIEVAL.index("not_retrieved"))
    counts = Counter(
        database_results=n_found[IS_DATABASE].sum(),
        citations_results=n_found[~IS_DATABASE].sum(),
        duplicates=n_found[IS_DATABASE].sum() - of_databases.sum(),
        excluded_automatic=(of_databases & (made.removed == REMOVED.index("automatic"))).sum(),
        excluded_other=(of_databases & (made.removed == REMOVED.index("other"))).sum(),
        records_screened=(of_databases & (made.removed == 0)).sum(),
        records_excluded=(of_databases & first("excluded")).sum(),
        new_studies=sum(bool(included[list(study)].any()) for study in made.studies),
        new_reports=included.sum(),
        awaiting_classification=second("awaiting").sum(),
        ongoing=second("ongoing").sum(),
        open_undecided=first("pending").sum() + second("pending").sum(),
        open_conflicts=first("conflict").sum() + second("conflict").sum(),
        open_retrieval=unresolved.sum(),
        open_unlinked=included.sum() - sum(included[report] for study in made.studies for report in study),
    )
    for column, in_column in (("dbr", of_databases), ("other", ~of_databases)):
        lost = in_column & first("included") & (made.retrieval == RETRIEVAL.index("not_retrieved"))
        counts[f"{column}_sought_reports"] = (in_column & first("included")).sum()
        counts[f"{column}_notretrieved_reports"] = lost.sum()
        counts[f"{column}_assessed"] = counts[f"{column}_sought_reports"] - lost.sum()
        for i, reason in enumerate(REASONS):
            counts[f"{column}_excluded.{reason}"] = (in_column & second(f"excluded {i}")).sum()
    return {key: int(n) for key, n in counts.items()}

"""The order in which a reviewer screens titles and abstracts; it depends on the records and on the own votes alone."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, get_args

from reviewflow.domain.screening import Stage
from reviewflow.errors import StateError, UsageError
from reviewflow.storage import declarations, rankings
from reviewflow.storage.rankings import BY_RECORD, Otherwise, Ranking
from reviewflow.storage.review import open_review
from reviewflow.version import __version__
from reviewflow.workflow import report_fields, screening, stopping

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.ranking import Ranker
    from reviewflow.domain.screening import Verdict
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review
    from reviewflow.workflow.screening import ToScreen

__all__ = [
    "ORDERS",
    "Order",
    "Ranked",
    "Ranking",
    "Refit",
    "choose",
    "chosen",
    "each_to_screen",
    "in_order",
    "keep_current",
    "methods",
    "refitting",
    "waiting",
    "words_of",
]

ORDERS: Final[tuple[Otherwise, ...]] = get_args(Otherwise)
_STAGE: Final = Stage.TITLE_ABSTRACT
_LIBRARIES: Final = ("scipy", "numpy")


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the reports that a reviewer has given no verdict.

    Attributes:
        reports: The most likely relevant first; the order without a model where there is nothing to learn from.
        n_labels: Own verdicts that it was learned from.
        is_ranked: Whether a model made it.
    """

    reports: Sequence[int]
    n_labels: int
    is_ranked: bool


def chosen(review: Review, reviewer: str) -> Ranking:
    """The order that a reviewer chose."""
    with review.reading() as connection:
        return rankings.ranking(connection, reviewer)


def choose(
    review: Review, act: Act, *, model: str | None = None, otherwise: str | None = None, seed: int | None = None
) -> tuple[Ranking, bool]:
    """Write into the ledger in which order the acting reviewer screens titles and abstracts from now on.

    Args:
        review: The review.
        act: The reviewer.
        model: Name of the model that ranks, "" for none; None leaves what was chosen.
        otherwise: The order without a model; None leaves what was chosen.
        seed: Of the random order; None leaves what was chosen.

    Returns:
        What is chosen now, and whether that is new.

    Raises:
        UsageError: There is no such model or order, or the person does not screen.
    """
    screening.check_screens(review, act.reviewer)
    if otherwise is not None and otherwise not in ORDERS:
        raise UsageError(f"{otherwise!r} is no order", f"one of: {', '.join(ORDERS)}")
    with review.change(act) as entry:
        before = rankings.ranking(entry.connection, act.reviewer)
        order = next((each for each in ORDERS if each == otherwise), before.otherwise)
        wanted = replace(before, otherwise=order, seed=before.seed if seed is None else seed)
        wanted = _with_model(wanted, before.model if model is None else model)
        if wanted == before:
            return before, False
        rankings.add_ranking(entry, wanted)
        entry.note = words_of(wanted)
    return wanted, True


def _with_model(ranking: Ranking, name: str) -> Ranking:
    """The same with the model of that name, as this program and its libraries compute it."""
    if not name:
        return replace(ranking, model="", version=0, library="")
    from reviewflow.domain.ranking import model_named  # noqa: PLC0415 numpy takes a while to load

    library = ", ".join(f"{each} {version(each)}" for each in _LIBRARIES)
    return replace(ranking, model=name, version=model_named(name).version, library=library)


def keep_current(review: Review, act: Act, stage: Stage) -> Ranking:
    """The order that the acting reviewer chose; written anew where this program computes its model otherwise by now.

    So the ledger says with which versions each part of the screening was ranked.
    """
    before = chosen(review, act.reviewer)
    if stage is not _STAGE or not before.model or before == _with_model(before, before.model):
        return before
    return choose(review, act)[0]


def words_of(ranking: Ranking) -> str:
    """The order in words."""
    without = {
        "record": "by record",
        "random": f"random, seed {ranking.seed}",
        "year": "the latest year first",
    }[ranking.otherwise]
    if not ranking.model:
        return without
    return (
        f"ranked by {ranking.model} version {ranking.version} (seed {ranking.seed}; {ranking.library}); "
        f"without a model {without}"
    )


def methods(ranking: Ranking) -> str:
    """The sentence for the methods section; "" where nothing is ranked."""
    if not ranking.model:
        return ""
    from reviewflow.domain.ranking import model_named  # noqa: PLC0415 as above

    return (
        f"Titles and abstracts were shown to {ranking.reviewer} in the order of a ranking that was refitted after each "
        f"of this reviewer's own decisions and knew nobody else's (reviewflow {__version__}, "
        f"{model_named(ranking.model).words}; seed {ranking.seed}; {ranking.library}). The ranking decided on the "
        f"order only: every decision was made by a person."
    )


def waiting(review: Review, reviewer: str, stage: Stage) -> list[tuple[int, bool]]:
    """What waits for a reviewer, as `screening.waiting` gives it, in the reviewer's order without a model."""
    return in_order(review, reviewer, stage, screening.waiting(review, reviewer, stage))


def in_order(
    review: Review, reviewer: str, stage: Stage, found: Iterable[tuple[int, bool]], by: Order | None = None
) -> list[tuple[int, bool]]:
    """The same reports in the reviewer's order: disagreements to reconsider last.

    Args:
        review: The review.
        reviewer: The reviewer.
        stage: The stage; only titles and abstracts have another order than that of the records.
        found: (report, whether it is to be reconsidered).
        by: The order of a model; None for the order without one.
    """
    every = sorted(found, key=lambda pair: (pair[1], pair[0]))
    if stage is not _STAGE:
        return every
    with review.reading() as connection:
        choice = rankings.ranking(connection, reviewer)
        reports = by.reports if by else _without_model(connection, choice, [report for report, _ in every])
        first = stopping.to_finish(review, connection)
    if by is None and not first and choice.otherwise == BY_RECORD:
        return every
    place = {report: n for n, report in enumerate(_first(reports, first))}
    return sorted(every, key=lambda pair: (pair[1], place.get(pair[0], len(place)), pair[0]))


def _first(reports: Sequence[int], first: Collection[int]) -> list[int]:
    """The reports with some of them at the front; otherwise in the same order."""
    if not first:
        return list(reports)
    return [each for each in reports if each in first] + [each for each in reports if each not in first]


def _without_model(connection: Connection, choice: Ranking, reports: Iterable[int]) -> list[int]:
    """Reports in the order that was chosen for where no model ranks."""
    if choice.otherwise == "random":
        # Not a permutation of all: records that come later fall in between, and the others keep their order.
        return sorted(reports, key=lambda report: _digest(choice, report))
    if choice.otherwise == "year":
        year = rankings.years(connection)
        return sorted(reports, key=lambda report: (-(year.get(report) or 0), report))
    return sorted(reports)


def _digest(choice: Ranking, report: int) -> bytes:
    """A number for a report, as if drawn; another for each reviewer and seed."""
    return hashlib.sha256(f"{choice.seed}/{choice.reviewer}/{report}".encode()).digest()


class Ranked:
    """Ranks what a reviewer has not judged yet, again and again; reads the texts once.

    Reads through connections of its own and writes nothing. Between two rankings it keeps the texts as vectors.

    Args:
        review: The review.
        reviewer: Whose own votes it learns from.
    """

    def __init__(self, review: Review, reviewer: str) -> None:
        self.choice = chosen(review, reviewer)
        self._review = review
        self._ranker: Ranker | None = None
        self._reports: list[int] = []

    def read(self) -> None:
        """Read the texts of all reports that were not removed; nothing to do where nothing is ranked."""
        if not self.choice.model or self._ranker is not None:
            return
        from reviewflow.domain.ranking import Ranker, model_named  # noqa: PLC0415 numpy takes a while to load

        with self._review.reading() as connection:
            texts = self._texts(connection)
            self._ranker = Ranker(texts, model_named(self.choice.model), self.choice.seed)

    def _texts(self, connection: Connection) -> Iterator[str]:
        """The texts of the reports, one after the other; notes which reports they are of."""
        from reviewflow.domain.ranking import text_of  # noqa: PLC0415 as said above

        for report, each in report_fields.each_shown(connection, rankings.to_rank(connection)):
            self._reports.append(report)
            yield text_of(each.record.title, each.record.abstract)

    def order(self) -> Order:
        """The order by the own votes as they stand now."""
        with self._review.reading() as connection:
            said = rankings.own_votes(connection, _STAGE, self.choice.reviewer)
            for report in declarations.torn(connection, _STAGE, self.choice.reviewer):
                said.pop(report, None)  # it waits again
            first = stopping.to_finish(self._review, connection)
            left = [report for report in rankings.to_rank(connection) if report not in said]
            known = self._known(said)
            if known is None:
                return Order(_first(_without_model(connection, self.choice, left), first), 0, is_ranked=False)
        ranker, labels = known
        ranked = [self._reports[place] for place in ranker.rank(labels).tolist()]
        there = set(left)
        new = there.difference(self._reports)  # imported or split off since the texts were read
        ranked = [each for each in ranked if each in there] + sorted(new)
        return Order(_first(ranked, first), len(labels), is_ranked=True)

    def _known(self, said: dict[int, Verdict]) -> tuple[Ranker, dict[int, bool]] | None:
        """The ranker and the labels by place; None where there is no model, or nothing to learn from."""
        if self._ranker is None:
            return None
        place_of = {report: place for place, report in enumerate(self._reports)}
        labels = {
            place_of[report]: verdict in stopping.RELEVANT for report, verdict in said.items() if report in place_of
        }
        return (self._ranker, labels) if len(set(labels.values())) == 2 else None


@dataclass(frozen=True, slots=True)
class Refit:
    """What a reviewer's own votes say as they stand: in which order to read on, and whether the rule allows to stop.

    Attributes:
        order: None where only the rule was asked for.
        tested: The stopping rule; None where the protocol has none, or it cannot be tested.
        refused: Why it cannot be tested, "" where it can.
    """

    order: Order | None
    tested: stopping.Tested | None
    refused: str


@contextmanager
def refitting(folder: Path, reviewer: str) -> Iterator[Callable[[bool], Refit]]:
    """Gives what fits anew each time it is called, on a database of its own; True asks for the order as well.

    The first order takes long, since all texts are read for it.
    """
    review = open_review(folder)
    review.engine.dispose()
    with review.kept_open() as kept:
        ranked = Ranked(kept, reviewer)

        def refit(with_order: bool) -> Refit:  # noqa: FBT001 it is all that is asked
            order = None
            if with_order and ranked.choice.model:
                ranked.read()
                order = ranked.order()
            return Refit(order, *_rule_tested(kept, reviewer))

        yield refit


def _rule_tested(review: Review, reviewer: str) -> tuple[stopping.Tested | None, str]:
    if review.protocol.stopping is None:
        return None, ""
    try:
        return stopping.test(review, reviewer), ""
    except StateError as error:
        return None, error.what


def each_to_screen(review: Review, reviewer: str, stage: Stage, *, learns: bool) -> tuple[int, Iterator[ToScreen]]:
    """How many reports wait for a reviewer, and these one after the other in the reviewer's order.

    Where a model ranks, the first takes as long as reading all texts.

    Args:
        review: The review.
        reviewer: The reviewer.
        stage: The stage.
        learns: Whether a model is fitted anew before each report, since the reviewer votes meanwhile.
    """
    ranked = Ranked(review, reviewer)
    if stage is not _STAGE or not ranked.choice.model:
        found = waiting(review, reviewer, stage)
        return len(found), screening.shown_to_screen(review, found)
    left = dict(screening.waiting(review, reviewer, stage))
    if learns:
        return len(left), _each_ranked(review, ranked, left)
    ranked.read()
    order = in_order(review, reviewer, stage, left.items(), ranked.order())
    return len(order), screening.shown_to_screen(review, order)


def _each_ranked(review: Review, ranked: Ranked, left: dict[int, bool]) -> Iterator[ToScreen]:
    ranked.read()
    while left:
        now = in_order(review, ranked.choice.reviewer, _STAGE, left.items(), ranked.order())
        del left[now[0][0]]
        yield from screening.shown_to_screen(review, now[:1])

"""The order in which records are screened: most likely relevant first, learned from the labels so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.support import scores
from reviewflow.domain.terms import vectors
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reviewflow.domain.support import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Model:
    """A classifier of texts, as data.

    Attributes:
        name: How it is asked for.
        version: Goes up whenever the same labels could give another order.
        penalty: C of the support vector machine.
        ratio: How much all relevant records together weigh against all others together.
        singular: Share of each text that is read with plurals as singulars; 0 for as written only.
        late: How much the relevant record found last weighs above the mean of them, and the first below it, the others
            evenly between: those still to be found are more like the late ones. At least 0 and below 1.
    """

    name: str
    version: int
    penalty: float
    ratio: float
    singular: float = 0.0
    late: float = 0.0

    @property
    def words(self) -> str:
        """The model as a methods section names it."""
        read = ", as written and with plurals as singulars" if self.singular else ""
        late = f", relevant records weighted from {1 - self.late:g} to {1 + self.late:g} as found" if self.late else ""
        return (
            f"model {self.name} version {self.version}: a linear support vector machine (squared hinge, "
            f"C = {self.penalty:g}, class weight ratio {self.ratio:g}{late}) on TF-IDF of words "
            f"and pairs of words{read}"
        )


MODELS = {
    each.name: each
    for each in (
        Model("rf1", 1, penalty=0.11, ratio=30, singular=0.5, late=0.7),
        # ASReview 3's default model; its parameters, so that an order can be compared with its order.
        Model("elas_u4", 1, penalty=0.11, ratio=9.8),
    )
}
DEFAULT = "rf1"


def model_named(name: str) -> Model:
    """The model of that name.

    Raises:
        UsageError: There is none.
    """
    if name not in MODELS:
        raise UsageError(f"{name!r} is no model of ranking", f"one of: {', '.join(MODELS)}")
    return MODELS[name]


def text_of(title: str, abstract: str) -> str:
    """What a model reads of a record."""
    return f"{title} {abstract}"


class Ranker:
    """Ranks one set of records, again and again; reads their texts once.

    Name and version of the model and the seed are its identity: with them, the same texts and labels give the same
    order. It keeps nothing from one ranking to the next.

    Args:
        texts: One for each record, in the order of the file, read once and not kept; `text_of` makes them.
        model: The classifier.
        seed: Decides the order while there is nothing to learn from.
    """

    def __init__(self, texts: Iterable[str], model: Model, seed: int) -> None:
        self.model = model
        self.seed = seed
        self._texts = vectors(texts, model.singular)
        self._n = len(self._texts.alone)

    def rank(self, labels: Mapping[int, bool]) -> IntArray:
        """The places of the records without a label, most likely relevant first, ties in the order of the file.

        Until a relevant and an irrelevant record are known, the order is random, by the seed.

        Args:
            labels: Whether the record at a place (from 0) is relevant, for those screened so far, in that order.
        """
        left = np.ones(self._n, dtype=bool)
        left[list(labels)] = False
        if len(set(labels.values())) < 2:
            shuffled = np.random.default_rng(self.seed).permutation(self._n)
            return shuffled[left[shuffled]]
        places = np.flatnonzero(left)
        return places[np.argsort(-self.scores(labels)[places], kind="stable")]

    def scores(self, labels: Mapping[int, bool], near: FloatArray | None = None) -> FloatArray:
        """How relevant each record looks, shape (n,), on a scale that means nothing by itself.

        Args:
            labels: As for `rank`; both kinds are among them.
            near: Scores from fewer labels, which save work; the answer is the same but for rounding.
        """
        screened = np.fromiter(labels, dtype=np.intp, count=len(labels))
        signs = np.where(np.fromiter(labels.values(), dtype=bool, count=len(labels)), 1.0, -1.0)
        cost = self.model.penalty * label_weights(signs, self.model.ratio, self.model.late)
        # In the order of the file, so that rounding does not depend on the order of screening.
        order = np.argsort(screened)
        return scores(self._texts, screened[order], signs[order], cost[order], near)


def label_weights(signs: FloatArray, ratio: float, late: float = 0.0) -> FloatArray:
    """The weight of each label, mean 1: the relevant together weigh `ratio` times the others together.

    Args:
        signs: +1 relevant, -1 not, in the order screened; both occur.
        ratio: As in `Model`.
        late: As in `Model`.
    """
    relevant = signs > 0
    n_relevant, n_other = np.count_nonzero(relevant), np.count_nonzero(~relevant)
    weights: FloatArray = np.where(relevant, 1.0, n_relevant / (ratio * n_other))
    if n_relevant > 2:  # of two nobody can say which is typical
        weights[relevant] = np.linspace(1 - late, 1 + late, n_relevant)
    weights /= weights.mean()
    return weights


def priors(relevant: Sequence[bool], seed: int) -> tuple[int, int]:
    """Places of one relevant and one other record, chosen at random.

    Raises:
        InputError: All are relevant, or none is.
    """
    labels = np.asarray(relevant, dtype=bool)
    if labels.all() or not labels.any():
        kind = "relevant" if len(labels) and labels.all() else "irrelevant"
        raise InputError(f"all {len(labels)} records are {kind}: there is nothing to rank", "label both kinds")
    random = np.random.default_rng(seed)
    return int(random.choice(np.flatnonzero(labels))), int(random.choice(np.flatnonzero(~labels)))


def screened(ranker: Ranker, relevant: Sequence[bool], known: Sequence[int]) -> Iterator[int]:
    """The places in the order in which a reviewer who always takes the first of the ranking would screen them.

    The ranking is made anew after every label until the last relevant record is found; the others follow in the order
    of the last ranking.

    Args:
        ranker: Of these records.
        relevant: What the reviewer would say of each, shape (n,).
        known: Places labelled beforehand; both kinds are among them. They are not given again.
    """
    labels = {place: relevant[place] for place in known}
    n_left = sum(relevant) - sum(labels.values())
    current: FloatArray | None = None
    while n_left:
        current = ranker.scores(labels, current)
        waiting = current.copy()
        waiting[list(labels)] = -np.inf
        place = int(np.argmax(waiting))
        yield place
        labels[place] = relevant[place]
        n_left -= relevant[place]
    yield from ranker.rank(labels).tolist()


def wss(labels: Sequence[bool], recall: float) -> float | None:
    """Work saved over sampling at this recall: 1 - (share screened until it is reached) - (1 - recall).

    None without a relevant record.
    """
    found = np.flatnonzero(labels)
    if not len(found):
        return None
    # In whole hundredths: 0.95 * 20 is 19.000000000000004 in some orders of multiplication.
    needed = -(-round(100 * recall) * len(found) // 100)
    return float(recall - (found[needed - 1] + 1) / len(labels))


def recall_after(labels: Sequence[bool], share: float) -> float | None:
    """The recall when this share of the records is screened. None without a relevant record."""
    found = np.flatnonzero(labels)
    return float(np.mean(found + 1 <= share * len(labels))) if len(found) else None


def loss(labels: Sequence[bool]) -> float | None:
    """The area above the recall curve, between that of the best order (0) and of the worst (1).

    None unless there are relevant and other records.
    """
    n, n_relevant = len(labels), int(np.sum(labels))
    if not 0 < n_relevant < n:
        return None
    best = n_relevant * (n - (n_relevant - 1) / 2)
    return float((best - np.cumsum(labels).sum()) / (n_relevant * (n - n_relevant)))

"""Choosing among the values that the records of a report give for a field, and saying why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Other:
    """A value that was not chosen, as text, with the lowest record that gives it."""

    record_id: int
    value: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where the value of a field was taken from.

    Attributes:
        record_id: The record; of a union, the lowest that adds to it.
        why: The reason in a short phrase.
        others: The other values that records of the report give.
    """

    record_id: int
    why: str
    others: tuple[Other, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer(Generic[T]):
    """A value that a record gives."""

    record_id: int
    value: T


@dataclass(frozen=True, slots=True)
class Criterion(Generic[T]):
    """Something in which values can be better or worse.

    Attributes:
        why: What is said where it decides; {} stands for the score.
        score: How good an offer is, the more the better.
    """

    why: str
    score: Callable[[Offer[T]], float]


def choose(offers: Sequence[Offer[T]], n_records: int, criteria: Iterable[Criterion[T]]) -> tuple[Offer[T], str]:
    """The best offer and why: each criterion in turn leaves the best by it; of equals the lowest record wins.

    Args:
        offers: At least one, by record.
        n_records: How many records the report has, those that give nothing included.
        criteria: The weightiest first.
    """
    if all(offer.value == offers[0].value for offer in offers[1:]):
        return offers[0], _agreed(offers, n_records)
    left, reasons = list(offers), []
    for criterion in criteria:
        scores = [criterion.score(offer) for offer in left]
        best = max(scores)
        if best > min(scores):
            left = [offer for offer, score in zip(left, scores, strict=True) if score == best]
            reasons.append(criterion.why.format(f"{best:.0f}"))
        if len(left) == 1:
            break
    return left[0], ", ".join(reasons) or "no better than the others: the lowest record"


def _agreed(offers: Sequence[Offer[T]], n_records: int) -> str:
    if n_records == 1:
        return "the only record"
    if len(offers) == n_records:
        return "all records agree"
    return f"no other record has it: {len(offers)} of {n_records}"


def majority(
    offers: Sequence[Offer[T]], n_records: int, key: Callable[[T], Hashable] = lambda value: value
) -> Criterion[T]:
    """That most records give the value; counted only where it is asked for."""
    votes: Counter[Hashable] = Counter()

    def score(offer: Offer[T]) -> float:
        if not votes:
            votes.update(key(each.value) for each in offers)
        return votes[key(offer.value)]

    return Criterion(f"{{}} of {n_records} records have it", score)


def from_record(record_id: int) -> Criterion[T]:
    """That a certain record gives the value."""
    return Criterion(f"from the record of the place, r{record_id}", lambda offer: offer.record_id == record_id)


def _ends_without_stop(offer: Offer[str]) -> bool:
    return not offer.value.endswith(".")


without_stop: Final[Criterion[str]] = Criterion("no full stop behind it", _ends_without_stop)
"""That no source put a full stop behind a title or a name."""


def as_text(value: object) -> str:
    """The value of a field on one line."""
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def not_chosen(offers: Iterable[Offer[T]], chosen: T) -> tuple[Other, ...]:
    """The other values, each once."""
    seen = {as_text(chosen)}
    found = []
    for offer in offers:
        text = as_text(offer.value)
        if text not in seen:
            seen.add(text)
            found.append(Other(offer.record_id, text))
    return tuple(found)

"""Printed results against the plan and against one another: what is wrong with them before anything is pooled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import combinations
from math import inf, log
from typing import TYPE_CHECKING

from reviewflow.domain.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reviewflow.domain.protocol import PlannedSynthesis, Reported

LABEL, RANGE, COUNT, TWICE = RULES = ("printed-label", "printed-range", "printed-count", "printed-twice")
"""The rules, by the names of their findings."""

_PROPORTION, _RATIO, _DIFFERENCE = "proportion", "ratio", "difference"
_KINDS = {
    **dict.fromkeys(("PR", "PLO", "PFT", "PAS"), _PROPORTION),
    **dict.fromkeys(("OR", "RR", "HR", "IRR", "ROM", "PETO"), _RATIO),
    **dict.fromkeys(("RD", "MD", "SMD"), _DIFFERENCE),
}
# What a label may call the measure: the abbreviation or the words, and the kind of number that it is.
_PHRASES = {
    "odds ratio": "OR",
    "risk ratio": "RR",
    "relative risk": "RR",
    "hazard ratio": "HR",
    "rate ratio": "IRR",
    "risk difference": "RD",
    "standardised mean difference": "SMD",
    "standardized mean difference": "SMD",
    "mean difference": "MD",
}
_WORDS = {
    **dict.fromkeys(("ratio", "ratios"), _RATIO),
    **dict.fromkeys(("rate", "rates", "proportion", "proportions", "percentage", "prevalence"), _PROPORTION),
    **dict.fromkeys(("difference", "differences"), _DIFFERENCE),
}
# What a synthesis of a measure may also be called.
_ALIKE = {"PETO": "OR", "PLO": "PR", "PFT": "PR", "PAS": "PR"}
_FIELDS = {
    "estimate": "the estimate",
    "ci_lower": "the lower limit",
    "ci_upper": "the upper limit",
    "i2": "I2",
    "p": "p",
}
# A logit and a log are symmetrical where a raw number is not; other measures have intervals of other shapes.
_SYMMETRICAL: dict[str, Callable[[float], float]] = {
    **dict.fromkeys(("PR", "RD", "MD", "SMD"), lambda x: x),
    **dict.fromkeys(("OR", "RR", "HR", "IRR", "ROM", "PETO"), lambda x: log(x) if x > 0 else -inf),
    "PLO": lambda x: log(x / (1 - x)) if 0 < x < 1 else (-inf if x <= 0 else inf),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that cannot be right in a printed result.

    Attributes:
        rule: Short name of the rule.
        words: What and where.
    """

    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class People:
    """How many participants there are; None where the size of an arm is not known.

    Attributes:
        planned: In the arms that the plan takes.
        included: In all arms of the included studies.
        n_studies: Studies that the plan takes.
    """

    planned: int | None
    included: int | None
    n_studies: int


def faults(plan: PlannedSynthesis, people: People) -> tuple[Fault, ...]:
    """What is wrong with the printed results of a synthesis, whether it can be pooled or not."""
    found = [Fault(rule, words) for each in plan.reported for rule, words in _of_one(plan, each, people)]
    twice = (words for one, other in combinations(plan.reported, 2) for words in _twice(one, other))
    return (*found, *(Fault(TWICE, words) for words in twice))


def _of_one(plan: PlannedSynthesis, printed: Reported, people: People) -> Iterator[tuple[str, str]]:
    where = printed.where or "in print"
    yield from ((LABEL, f"{where}: {words}") for words in _label(plan, printed))
    yield from ((RANGE, f"{where}: {words}") for words in _range(plan, printed))
    yield from ((COUNT, f"{where}: {words}") for words in _counts(printed, people))


def _label(plan: PlannedSynthesis, printed: Reported) -> Iterator[str]:
    """Whether it is called by the name of another measure."""
    measure, kind = _named(printed.label)
    planned = _KINDS.get(plan.measure)
    if kind is None or planned is None:
        return
    if kind != planned:
        yield f"{printed.label!r} stands for a {kind}, and the synthesis is of {plan.measure}, a {planned}"
    elif measure and measure not in {plan.measure, _ALIKE.get(plan.measure)}:
        yield f"{printed.label!r} stands for {measure}, and the synthesis is of {plan.measure}"


def _named(label: str) -> tuple[str, str | None]:
    """The measure that a label names, "" where it names a kind alone, and the kind; None where it names neither."""
    for words, measure in _PHRASES.items():
        if words in label.casefold():
            return measure, _KINDS.get(measure)
    # The last word that names a measure counts: an "OS rate ratio" is a ratio.
    for word in reversed(re.findall(r"[A-Za-z]+", label)):
        if word in _KINDS:
            return word, _KINDS[word]
        if word.casefold() in _WORDS:
            return "", _WORDS[word.casefold()]
    return "", None


def _range(plan: PlannedSynthesis, printed: Reported) -> Iterator[str]:
    """Whether the numbers can be those of a result: on their scale, in order, and with an interval of its shape."""
    kind = _named(printed.label)[1] or _KINDS.get(plan.measure)
    read = {name: _number(getattr(printed, name)) for name in ("estimate", "ci_lower", "ci_upper")}
    numbers = {name: x for name, x in read.items() if x is not None}
    low, high = {_PROPORTION: (0.0, 1.0), _RATIO: (0.0, inf)}.get(kind or "", (-inf, inf))
    outside = [f"{_FIELDS[name]} {x}" for name, x in numbers.items() if not low <= x <= high]
    if outside:
        yield f"{' and '.join(outside)} cannot be a {kind}"
    if len(numbers) < 3:
        return
    estimate, lower, upper = numbers.values()
    if not lower <= estimate <= upper:
        yield f"{estimate} does not lie between {lower} and {upper}"
    elif not outside and (kind == _KINDS.get(plan.measure)) and not _symmetrical(plan.measure, *numbers.values()):
        yield (
            f"an interval of {lower} to {upper} does not fit {estimate}: that of a {plan.measure} reaches equally far "
            f"to both sides{' on the log scale' if kind == _RATIO else ''}"
        )


def _symmetrical(measure: str, estimate: Decimal, lower: Decimal, upper: Decimal) -> bool:
    """Whether some numbers that round to those printed make an interval with the estimate in the middle."""
    scale = _SYMMETRICAL.get(measure)
    if scale is None:
        return True
    (e0, e1), (l0, l1), (u0, u1) = (map(float, _ends(x)) for x in (estimate, lower, upper))
    least = scale(l0) + scale(u0) - 2 * scale(e1)
    most = scale(l1) + scale(u1) - 2 * scale(e0)
    # An end at the edge of the scale has no finite logarithm, and says nothing.
    return not (least > 0 or most < 0)


def _counts(printed: Reported, people: People) -> Iterator[str]:
    """Whether more people, events or studies are counted than there are."""
    n, events, k = printed.n_participants, printed.n_events, printed.n_studies
    if n is not None and people.planned is not None and n > people.planned:
        of_all = f", all arms of the review {people.included}" if people.included is not None else ""
        yield f"counts {counted(n, 'participant')}; the arms that are planned for it hold {people.planned}{of_all}"
    most = n if n is not None else people.planned
    if events is not None and most is not None and events > most:
        yield f"counts {counted(events, 'event')} among {counted(most, 'participant')}"
    if k is not None and k > people.n_studies:
        yield f"counts {counted(k, 'study', 'studies')}; {people.n_studies} are planned for it"


def _twice(one: Reported, other: Reported) -> Iterator[str]:
    """Whether two places print different numbers for one result."""
    differ = []
    for name, words in _FIELDS.items():
        a, b = _number(getattr(one, name)), _number(getattr(other, name))
        if a is None or b is None:
            continue
        (a0, a1), (b0, b1) = _ends(a), _ends(b)
        if a1 <= b0 or b1 <= a0:
            differ.append(f"{words} is {getattr(one, name)} and {getattr(other, name)}")
    if differ:
        places = f"{one.where or 'one place'} and {other.where or 'another'}"
        yield f"{places} print different numbers for it: {', '.join(differ)}"


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _ends(x: Decimal) -> tuple[Decimal, Decimal]:
    """The least number that rounds to this, and the least that no longer does."""
    half = Decimal(1).scaleb(int(x.as_tuple().exponent)) / 2
    return x - half, x + half

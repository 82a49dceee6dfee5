"""Cuts a search that finds more than a source hands out into slices by date that can each be handed out whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    Counting = Callable[["DateRange"], int]
    CountingPart = Callable[["Part"], int]

_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
SHOWN = 9_999
"""How many records of one search PubMed hands out, whatever is asked for."""
AT_MOST = 9_000
"""How many a slice may hold: below `SHOWN`, since records are added while a search runs."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first.isoformat()}:{self.last.isoformat()}"

    @property
    def is_one_day(self) -> bool:
        """Whether it cannot be halved."""
        return self.first == self.last

    def halves(self) -> tuple[DateRange, DateRange]:
        """The two halves; they share no day and leave none out."""
        middle = self.first + (self.last - self.first) // 2
        return DateRange(self.first, middle), DateRange(middle + timedelta(days=1), self.last)


EVER = DateRange(date(1800, 1, 1), date(3000, 12, 31))
"""Every date on which a record can have been entered."""


def split(whole: DateRange, n_found: int, n_in: Counting, at_most: int = AT_MOST) -> list[tuple[DateRange, int]]:
    """Halve a range of dates until every slice holds few enough records, or is one day.

    Args:
        whole: Holds all records.
        n_found: How many records it holds.
        n_in: Counts the records of a slice. Asked for one half only: what the other holds follows.
        at_most: The size of a slice.

    Returns:
        (slice, number of records) in the order of time, without empty slices. The numbers sum to `n_found`, unless
        `n_in` contradicts itself.
    """
    if n_found <= 0:
        return []
    if n_found <= at_most or whole.is_one_day:
        return [(whole, n_found)]
    early, late = whole.halves()
    n_early = n_in(early)
    return split(early, n_early, n_in, at_most) + split(late, n_found - n_early, n_in, at_most)


@dataclass(frozen=True, slots=True)
class Part:
    """The records that were entered on some days, and of these those that meet every condition.

    Attributes:
        days: The days of entry.
        conditions: Of each the operator and what it holds against: 'AND english[la]', 'NOT english[la]'.
    """

    days: DateRange
    conditions: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((str(self.days), *self.conditions))

    def narrowed(self, query: str) -> str:
        """The query with the conditions, which PubMed reads from left to right."""
        return " ".join((f"({query})", *self.conditions)) if self.conditions else query

    def halves(self, condition: str) -> tuple[Part, Part]:
        """The records that meet a condition and those that do not: whatever it says, each is in one of the two."""
        met, unmet = ((*self.conditions, f"{operator} {condition}") for operator in ("AND", "NOT"))
        return Part(self.days, met), Part(self.days, unmet)


CONDITIONS = ("english[la]", '"journal article"[pt]', "humans[mh]")
"""By these a day is parted first; none has to do with the order in which PubMed hands records out."""
PRINTED = DateRange(date(1900, 1, 1), date(2099, 12, 31))
"""Days of publication by which a day of entry is parted; what was published at another time is in a part, too."""


def split_day(
    part: Part,
    n_found: int,
    n_in: CountingPart,
    at_most: int = AT_MOST,
    conditions: tuple[str, ...] = CONDITIONS,
    printed: DateRange = PRINTED,
) -> list[tuple[Part, int]]:
    """Part a day that holds more than a source hands out by condition after condition, then by dates of publication.

    A date of publication alone would not do: ranges of it overlap and miss. A range and all that is outside it do not.

    Args:
        part: The day.
        n_found: How many records it holds.
        n_in: Counts the records of a part. Asked for one half only: what the other holds follows.
        at_most: The size of a part.
        conditions: Those that are left to try.
        printed: The range of dates of publication that is left to halve.

    Returns:
        (part, number of records), without empty parts; a part that nothing divides further may be too large. The
        numbers sum to `n_found`, unless `n_in` contradicts itself.
    """
    if n_found <= 0:
        return []
    if n_found <= at_most or (not conditions and printed.is_one_day):
        return [(part, n_found)]
    if conditions:
        met, unmet = part.halves(conditions[0])
        rest, early, late = conditions[1:], printed, printed
    else:
        early, late = printed.halves()
        first, last = (f'"{day:%Y/%m/%d}"[dp]' for day in (early.first, early.last))
        met, unmet = part.halves(f"({first} : {last})")
        rest = ()
    n_met = n_in(met)
    return split_day(met, n_met, n_in, at_most, rest, early) + split_day(
        unmet, n_found - n_met, n_in, at_most, rest, late
    )


@dataclass(frozen=True, slots=True)
class Published:
    """A limit by date of publication; "" leaves a side open.

    Attributes:
        first: "2000", "2000-01" or "2000-01-31".
        last: The same.
    """

    first: str = ""
    last: str = ""

    @property
    def words(self) -> str:
        """The limit as a search log says it; "" for none."""
        if not self.first and not self.last:
            return ""
        since = f"from {self.first} " if self.first else ""
        return f"published {since}{f'to {self.last}' if self.last else 'onwards'}"

    def narrowed(self, query: str) -> str:
        """The query with the limit in PubMed's syntax."""
        if not self.words:
            return query
        first, last = (side.replace("-", "/") for side in (self.first or "1000", self.last or "3000"))
        return f'({query}) AND ("{first}"[Date - Publication] : "{last}"[Date - Publication])'


def published_from(text: str) -> Published:
    """The limit that FROM:TO says.

    Raises:
        UsageError: It is none, or ends before it begins.
    """
    if not text:
        return Published()
    first, colon, last = (side.strip() for side in text.partition(":"))
    if not colon or not (first or last):
        raise UsageError(f"{text!r} is no range of dates", "write it as 2000:2022-07-16, or 2000: for an open end")
    for side in filter(None, (first, last)):
        _check_date(side)
    if first and last and first > last[: len(first)] and first[: len(last)] > last:
        raise UsageError(f"{text!r} ends before it begins", "write the earlier date first")
    return Published(first, last)


def _check_date(text: str) -> None:
    whole = text + "-01-01"[len(text) - 4 :] if _DATE.fullmatch(text) else ""
    try:
        date.fromisoformat(whole)
    except ValueError as error:
        raise UsageError(f"{text!r} is no date", "write it as 2022, 2022-07 or 2022-07-16") from error

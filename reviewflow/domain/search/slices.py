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

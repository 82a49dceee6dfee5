"""When a request that failed is tried again, and after how long."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message

MAY_PASS = frozenset({429, 500, 502, 503, 504})
"""The states of HTTP that say "not now" and not "never"."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a request did not succeed.

    Attributes:
        what: In words.
        may_pass: Whether the same request may succeed later.
        retry_after: Seconds that the service asks us to wait, None when it asks for nothing.
    """

    what: str
    may_pass: bool
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is tried, and how long is waited in between.

    Attributes:
        n_tries: At most so many times.
        first_s: Seconds before the second try; doubled for each one after.
        longest_s: No wait of our own is longer, in seconds.
        longest_asked_s: A service that asks for a longer wait is left alone, in seconds.
    """

    n_tries: int = 6
    first_s: float = 1.0
    longest_s: float = 30.0
    longest_asked_s: float = 300.0

    def delay(self, n_tried: int, chance: float, retry_after: float | None) -> float:
        """Seconds to wait after the n-th try, never less than the service asks for.

        Args:
            n_tried: Tries so far, from 1.
            chance: 0 to 1; spreads the tries of several programs, which else would meet again.
            retry_after: Seconds that the service asks for.
        """
        doubled = self.first_s * (1 << (n_tried - 1))
        own = min(doubled, self.longest_s) * (0.5 + chance / 2)
        return max(own, retry_after or 0.0)

    def gives_up(self, trouble: Trouble, n_tried: int) -> bool:
        """Whether there is no further try."""
        too_long = (trouble.retry_after or 0.0) > self.longest_asked_s
        return not trouble.may_pass or too_long or n_tried >= self.n_tries


def retry_after(headers: Message) -> float | None:
    """The seconds that a Retry-After header asks for, given as seconds or as a date.

    A date is held against the service's own Date header: its clock need not be ours.
    """
    said = str(headers.get("Retry-After", "")).strip()
    if said.isdecimal():
        return float(said)
    try:
        return (parsedate_to_datetime(said) - parsedate_to_datetime(str(headers.get("Date", "")))).total_seconds()
    except (TypeError, ValueError):
        return None

"""The time as a source sees it, and the distance that it keeps between two requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, handed in by the front end.

    Attributes:
        now: Seconds since any moment, never going back.
        sleep: Waits for so many seconds.
        chance: A number from 0 to 1, another each time.
    """

    now: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[], float]


class Rate:
    """Lets requests through at most so often.

    Args:
        gap: Seconds between two requests.
        clock: Tells and passes the time.
    """

    def __init__(self, gap: float, clock: Clock) -> None:
        self._gap = gap
        self._clock = clock
        self._next = clock.now()

    def wait(self) -> None:
        """Wait until the next request may go."""
        early = self._next - self._clock.now()
        if early > 0:
            self._clock.sleep(early)
        self._next = max(self._next, self._clock.now()) + self._gap

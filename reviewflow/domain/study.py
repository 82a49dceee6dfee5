"""Studies, their arms, and the reports that tell of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arm:
    """A group of participants.

    Attributes:
        role: "experimental" or "control".
        n: Participants, None when not reported.
    """

    id: int
    study: int
    label: str
    role: str
    n: int | None


@dataclass(frozen=True, slots=True)
class Study:
    """An investigation; the unit of extraction and pooling."""

    id: int
    label: str
    design: str = ""
    country: str = ""
    note: str = ""
    arms: tuple[Arm, ...] = ()

"""What a check of a review finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found.

    Attributes:
        rule: Short name of the rule.
        level: An error makes the numbers wrong; a warning may.
        words: What was found, where, with the numbers.
        remedy: What to do about it.
    """

    rule: str
    level: Literal["error", "warning"]
    words: str
    remedy: str = ""

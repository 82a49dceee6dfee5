"""Values as R source."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def r_number(value: object) -> str:
    """A number to full precision; NA where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return "NA"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def r_text(text: str) -> str:
    """A text in quotation marks."""
    return json.dumps(text, ensure_ascii=False)


def r_vector(parts: Iterable[str]) -> str:
    """Pieces of source as one vector."""
    return f"c({', '.join(parts)})"


def column(name: str, table: str = "dat") -> str:
    """A column of a data frame, whatever its name."""
    return f"{table}[[{r_text(name)}]]"


def beside(name: str, ours: object, source: str, tolerance: str = "EIGHT") -> list[str]:
    """The line that sets a number of ours beside one of R's; none where we have no number."""
    number = r_number(ours)
    return [] if number == "NA" else [f"beside({r_text(name)}, {number}, {source}, {tolerance})"]


def all_beside(name: str, ours: Sequence[object], source: str, tolerance: str = "EIGHT") -> list[str]:
    """The line that sets a whole column of ours beside one of R's; the worst of them is shown."""
    numbers = [r_number(each) for each in ours]
    if not numbers or all(each == "NA" for each in numbers):
        return []
    return [f"all_beside({r_text(name)}, {r_vector(numbers)}, {source}, {tolerance})"]

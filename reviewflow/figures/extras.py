"""Blocks of a result that were asked for with it, as figures read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.pooling import Pooled
    from reviewflow.domain.pooling.result import Json


def block(result: Pooled, name: str) -> list[Mapping[str, Json]]:
    """The rows of a block.

    Raises:
        UsageError: It was not asked for.
    """
    found = result.extras.get(name)
    if not isinstance(found, list):
        words = name.replace("_", "-")
        raise UsageError(f"this result was computed without {words}", f"ask for it: --{words}")
    return [each for each in found if isinstance(each, dict)]


def number(row: Mapping[str, Json], name: str) -> float | None:
    """A number of a row; None where there is none."""
    found = row.get(name)
    return float(found) if isinstance(found, int | float) else None

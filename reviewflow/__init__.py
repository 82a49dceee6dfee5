"""Carry a systematic review from the search exports to the PRISMA flow diagram.

From Python: `records`, `searches`, `answers`, `flow` and `syntheses` give a review as data frames (reviewflow.frames).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reviewflow.version import __version__

if TYPE_CHECKING:
    from reviewflow.frames import answers, flow, records, searches, syntheses

__all__ = ["__version__", "answers", "flow", "records", "searches", "syntheses"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 a module's attributes have no common type
    """The public functions, loaded on first use: pandas takes half a second, which the command line need not pay."""
    if name in __all__:
        return getattr(import_module("reviewflow.frames"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

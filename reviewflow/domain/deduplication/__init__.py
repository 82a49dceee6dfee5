"""Deduplication: which records are records of the same report.

The names below are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from reviewflow.domain.deduplication.blocks import keys
    from reviewflow.domain.deduplication.clusters import cluster, waiting
    from reviewflow.domain.deduplication.decisions import decide
    from reviewflow.domain.deduplication.engine import compare_records, explain, find_duplicates, sketches_of
    from reviewflow.domain.deduplication.model import Answer, Candidate, Explanation, Findings, Link, Relation
    from reviewflow.domain.deduplication.policies import under

TABLES: Final = ("rules", "words", "relations")
"""The tables that deduplication is handed: the names of the files in schemas/deduplication."""

_HOMES: Final = {
    "cluster": "clusters",
    "compare_records": "engine",
    "decide": "decisions",
    "explain": "engine",
    "find_duplicates": "engine",
    "keys": "blocks",
    "sketches_of": "engine",
    "under": "policies",
    "waiting": "clusters",
    "Answer": "model",
    "Candidate": "model",
    "Explanation": "model",
    "Findings": "model",
    "Link": "model",
    "Relation": "model",
}

__all__ = [
    "TABLES",
    "Answer",
    "Candidate",
    "Explanation",
    "Findings",
    "Link",
    "Relation",
    "cluster",
    "compare_records",
    "decide",
    "explain",
    "find_duplicates",
    "keys",
    "sketches_of",
    "under",
    "waiting",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes have no common type
    """The public name, from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

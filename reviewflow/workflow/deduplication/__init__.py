"""Deduplication: rules link records, people answer what the rules leave open, and their answers bind.

The names below are loaded on first use: a run needs nothing of what shows a pair, and what counts needs no rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from reviewflow.workflow.deduplication.answers import (
        BY_PERSON,
        Pair,
        altered,
        answer,
        explain_pair,
        merge,
        n_waiting,
        review_queue,
        split,
    )
    from reviewflow.workflow.deduplication.file import find_in_file
    from reviewflow.workflow.deduplication.given import rule_tables
    from reviewflow.workflow.deduplication.runs import Run, run, was_run
    from reviewflow.workflow.deduplication.summary import Report, SourceShare, report

_HOMES: Final = {
    "BY_PERSON": "answers",
    "Pair": "answers",
    "altered": "answers",
    "answer": "answers",
    "explain_pair": "answers",
    "merge": "answers",
    "n_waiting": "answers",
    "review_queue": "answers",
    "split": "answers",
    "find_in_file": "file",
    "rule_tables": "given",
    "Run": "runs",
    "run": "runs",
    "was_run": "runs",
    "Report": "summary",
    "SourceShare": "summary",
    "report": "summary",
}

__all__ = [
    "BY_PERSON",
    "Pair",
    "Report",
    "Run",
    "SourceShare",
    "altered",
    "answer",
    "explain_pair",
    "find_in_file",
    "merge",
    "n_waiting",
    "report",
    "review_queue",
    "rule_tables",
    "run",
    "split",
    "was_run",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes have no common type
    """The public name, from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

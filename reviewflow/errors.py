"""The errors a person can meet, each with the exit code of the command line.

```
ReviewflowError            something the person can mend; never shown with a traceback
├── UsageError        2    the command was called wrongly
├── InputError        3    an input file, or a value in it
├── StateError        4    the review is not at that point
└── ServiceError      5    an outside service did not answer as it should
```

Anything else that is raised is a bug of ours: it keeps its traceback and exits 70.
"""

from __future__ import annotations

from typing import ClassVar


class ReviewflowError(Exception):
    """What happened and where, and what to do about it.

    Args:
        what: One line: what happened, and where.
        remedy: One line: what to do. Shown after "try:".
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class UsageError(ReviewflowError):
    """The command was called wrongly."""

    exit_code = 2


class InputError(ReviewflowError):
    """An input file, or a value in it, cannot be used."""

    exit_code = 3


class StateError(ReviewflowError):
    """The review is not at the point that the command needs."""

    exit_code = 4


class ServiceError(ReviewflowError):
    """An outside service did not answer as it should."""

    exit_code = 5

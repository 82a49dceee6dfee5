"""The process beside the screen that ranks: `python -m reviewflow.tui.ranking_process FOLDER REVIEWER`.

A process and not a thread, since fitting would hold the interpreter while a key waits. It opens the review for itself,
writes nothing to it, and ends with the screen. Asked by a line on its standard input, it answers with a line of JSON;
after that come the first reports of the order as whole numbers of eight bytes, as many as the line says.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reviewflow.errors import ReviewflowError
from reviewflow.workflow.ranking import refitting

if TYPE_CHECKING:
    from reviewflow.workflow.ranking import Refit

ORDER: Final = b"order\n"
RULE: Final = b"rule\n"
FRONT: Final = 1000
"""Reports of an order that are sent: the next order comes long before so many are read."""
NUMBER: Final = "q"
"""How `array` names whole numbers of eight bytes."""


def main() -> None:
    """Answer until the input ends."""
    if hasattr(os, "nice"):
        os.nice(5)  # a key comes first
    folder, reviewer = Path(sys.argv[1]), sys.argv[2]
    try:
        with refitting(folder, reviewer) as refit:
            for line in sys.stdin.buffer:
                _answer(refit(line == ORDER))
    except ReviewflowError as error:
        _write({"error": error.what})


def _answer(found: Refit) -> None:
    order, tested = found.order, found.tested
    head: dict[str, Any] = {"n": 0, "n_labels": 0, "is_ranked": False, "rule": None, "refused": found.refused}
    numbers = b""
    if order is not None:
        front = array(NUMBER, order.reports[:FRONT])
        numbers = front.tobytes()
        head |= {"n": len(front), "n_labels": order.n_labels, "is_ranked": order.is_ranked}
    if tested is not None:
        at = tested.standing
        head["rule"] = {"p": at.p, "recall": at.recall_at_least, "holds": at.holds, "alpha": tested.rule.alpha}
        head["rule"] |= {"target": tested.rule.target_recall, "warnings": at.warnings}
    _write(head, numbers)


def _write(head: dict[str, Any], numbers: bytes = b"") -> None:
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n" + numbers)
    out.flush()


if __name__ == "__main__":
    main()

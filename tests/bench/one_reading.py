"""Reads or imports one file in a process of its own, and prints as JSON what that took.

    python tests/bench/one_reading.py tags|whole|held|rispy|import FILE

`tags` and `whole` let each record go when it was read, `held` and `rispy` hold all to the end.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.memory import peak_mib

if TYPE_CHECKING:
    from collections.abc import Callable


# Each imports what it reads with before the clock starts, and no more: the memory is that of one reader.


def tags() -> Callable[[Path], int]:
    """reviewflow without canonical records."""
    from reviewflow.formats import open_export  # noqa: PLC0415 - only what is measured is loaded

    return lambda path: sum(1 for _ in open_export(path.read_bytes(), path.name).records())


def whole() -> Callable[[Path], int]:
    """reviewflow with canonical records."""
    from reviewflow.formats import canonical, open_export  # noqa: PLC0415 - as above

    def read(path: Path) -> int:
        export = open_export(path.read_bytes(), path.name)
        return sum(canonical(raw, export.format) is not None for raw in export.records())

    return read


def held() -> Callable[[Path], int]:
    """reviewflow with canonical records, all of them in a list."""
    from reviewflow.formats import canonical, open_export  # noqa: PLC0415 - as above

    def read(path: Path) -> int:
        export = open_export(path.read_bytes(), path.name)
        return len([(raw, canonical(raw, export.format)) for raw in export.records()])

    return read


def rispy() -> Callable[[Path], int]:
    """The peer, which reads line by line and gives a list."""
    from rispy import load  # noqa: PLC0415 - as above

    return lambda path: len(load(path, encoding="utf-8"))


def import_() -> Callable[[Path], int]:
    """reviewflow, into a new review."""
    from reviewflow.domain.ledger import Act  # noqa: PLC0415 - as above
    from reviewflow.storage.review import create_review  # noqa: PLC0415 - as above
    from reviewflow.workflow.identification import import_file  # noqa: PLC0415 - as above

    folder = Path(tempfile.mkdtemp(dir=Path(sys.argv[2]).parent))
    protocol = '[review]\ntitle = "A made review"\n[[team]]\nname = "Ada"\nroles = ["lead"]\n'
    review = create_review(folder, protocol, str(uuid.uuid4()))
    act = Act("Ada", datetime.now(UTC), str(uuid.uuid4()), "import")

    def read(path: Path) -> int:
        return import_file(review, act, path.name, path.read_bytes(), source="Made").n_records

    return read


def main() -> None:
    """Read once, print."""
    ways = {"tags": tags, "whole": whole, "held": held, "rispy": rispy, "import": import_}
    read = ways[sys.argv[1]]()
    began, of_cpu = time.perf_counter(), time.process_time()
    n_records = read(Path(sys.argv[2]))
    seconds, cpu = time.perf_counter() - began, time.process_time() - of_cpu
    print(json.dumps({"n_records": n_records, "seconds": seconds, "cpu": cpu, "peak_mib": peak_mib()}))


if __name__ == "__main__":
    main()

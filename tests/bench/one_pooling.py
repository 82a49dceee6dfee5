"""Runs one command of reviewflow in this process, and prints as JSON how long that took and the most memory it held.

python one_pooling.py ARGUMENTS...
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time

from tests.bench.memory import peak_mib


def main() -> None:
    """Run, print."""
    start = time.perf_counter()
    from reviewflow.cli.main import run  # noqa: PLC0415 - importing it is part of what is measured

    with contextlib.redirect_stdout(io.StringIO()):
        code = run(sys.argv[1:])
    print(json.dumps({"code": code, "seconds": time.perf_counter() - start, "peak_mib": peak_mib()}))


if __name__ == "__main__":
    main()

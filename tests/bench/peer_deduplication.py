"""Deduplicates a table once by bib-dedupe, in an environment of its own, and prints as JSON what that took and found.

    PYTHON tests/bench/peer_deduplication.py CSV

Runs without reviewflow. All calls are those of bib-dedupe's own documentation, with its own defaults: it uses every
processor. Peak memory is that of the main process, so without its worker processes.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path


# As in memory.py, which cannot be imported here: the peer's environment does not know this project.
def peak_mib() -> float:
    """The most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage tells of a child the peak of the parent that it was forked from
        held = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(held.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Deduplicate once, print."""
    import pandas as pd  # noqa: PLC0415 - the project's own checks run where bib-dedupe is not
    from bib_dedupe.bib_dedupe import (  # type: ignore[import-not-found]  # noqa: PLC0415 - as above
        block,
        cluster,
        match,
        prep,
    )

    began, before = time.perf_counter(), os.times()
    table = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
    named = table.rename(columns={"record_id": "ID", "issue": "number"}).assign(ENTRYTYPE="article")
    clusters = cluster(match(block(prep(named, verbosity_level=0))))
    after = os.times()
    figures = {
        "seconds": time.perf_counter() - began,
        "cpu": sum(after[:4]) - sum(before[:4]),
        "peak_mib": peak_mib(),
        "worker_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }
    place = {name: n for n, name in enumerate(table["record_id"])}
    named_as = {n: n for n in place.values()}
    for members in clusters:
        lowest = min(place[name] for name in members)
        named_as |= {place[name]: lowest for name in members}
    print("\n" + json.dumps(figures | {"records": len(place), "clusters": list(named_as.values())}))


if __name__ == "__main__":
    main()

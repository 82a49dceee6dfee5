"""How much memory a process has held. Imports next to nothing, since what imports it is measured."""

from __future__ import annotations

import resource
from pathlib import Path


def peak_mib() -> float:
    """The most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage tells of a child the peak of the parent that it was forked from
        held = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(held.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

"""Measures how long pooling takes: many analyses at once, one by one, without each study, and the command from cold.

    python tests/bench/bench_pooling.py [--analyses 10000] [--studies 20] [--peer PYTHON]

--peer names the Python of an environment with statsmodels, PyMARE and pimeta, which get the same numbers. Such an
environment is made outside of the project:

    python3 -m venv /tmp/pooling
    /tmp/pooling/bin/pip install statsmodels==0.15.0 pymare==0.0.13 pimeta==1.1.0

Each time is the median of several; "CPU" is the processor's, which another load on the machine does not lengthen.
"not at the maximum" counts analyses of which some tau2 on a fine scan has a higher restricted likelihood.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from reviewflow.domain.pooling import pool, pool_batch
from reviewflow.domain.pooling.weighted import at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_HERE = Path(__file__).parent
_SEED = 1
_HIGHER = 1e-9  # of a log-likelihood: rounding of sums of k terms


def made(n: int, k: int) -> tuple[Floats, Floats]:
    """Effects and variances of n analyses of k studies, some without heterogeneity and some with much."""
    rng = np.random.default_rng(_SEED)
    v = rng.uniform(0.05, 0.5, (n, k)) * np.exp(rng.normal(0, 0.5, (n, k)))
    between = rng.choice([0.0, 0.02, 0.1, 0.5, 5.0], (n, 1))
    return rng.normal(0.3, np.sqrt(v + between)), v


def timed(task: Callable[[], object], times: int) -> tuple[float, float]:
    """Seconds and processor seconds of a task: the medians, after a first time that does not count."""
    task()
    walls, works = [], []
    for _ in range(times):
        wall, work = time.perf_counter(), time.process_time()
        task()
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    return median(walls), median(works)


def not_at_the_maximum(y: Floats, v: Floats, tau2: Floats) -> int:
    """How many of the tau2 some other tau2 on a scan of the restricted likelihood beats."""
    best = at(y, v, tau2).log_likelihood(restricted=True)
    beaten = np.zeros(len(y), dtype=np.bool_)
    for elsewhere in (0.0, *np.geomspace(1e-5, 100, 120)):
        there = at(y, v, np.full(len(y), elsewhere)).log_likelihood(restricted=True)
        beaten |= there > best + _HIGHER
    return int(beaten.sum())


def show(lines: Sequence[Sequence[str]]) -> None:
    """Print lines under each other."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        print("  " + "  ".join((line[0].ljust(widths[0]), *cells)).rstrip(), flush=True)


def milliseconds(times: tuple[float, float]) -> tuple[str, str]:
    """Seconds and processor seconds as two cells."""
    return f"{1000 * times[0]:.2f}", f"{1000 * times[1]:.2f}"


def show_ours(y: Floats, v: Floats) -> None:
    """The table of reviewflow in this process."""
    rows: list[dict[str, object]] = [
        {"study": f"s{i}", "yi": float(e), "vi": float(f)} for i, (e, f) in enumerate(zip(y[0], v[0], strict=True))
    ]
    tasks: dict[str, tuple[Callable[[], object], int]] = {
        f"{len(y)} analyses at once, REML": (lambda: pool_batch(y, v), 5),
        f"{len(y)} analyses at once, PM": (lambda: pool_batch(y, v, tau2="PM"), 5),
        f"{len(y)} analyses at once, DL": (lambda: pool_batch(y, v, tau2="DL"), 5),
        "one analysis, REML, from rows to the result": (lambda: pool("GEN", rows), 50),
        "one analysis, DL": (lambda: pool("GEN", rows, tau2="DL"), 50),
        "and leave-one-out": (lambda: pool("GEN", rows, leave_one_out=True), 30),
        "and influence": (lambda: pool("GEN", rows, influence=True), 30),
    }
    lines = [(words, *milliseconds(timed(task, times))) for words, (task, times) in tasks.items()]
    show([(f"reviewflow, k = {y.shape[1]}", "ms", "CPU ms"), *lines])
    found = pool_batch(y, v).tau2
    print(f"  {len(y)} fits by REML: {not_at_the_maximum(y, v, found)} not at the maximum, {(found == 0).sum()} at 0")


def show_cold(y: Floats, v: Floats, folder: Path) -> None:
    """The command in fresh processes."""
    table = folder / "table.csv"
    lines = [f"s{i},{e:.6f},{f:.6f}" for i, (e, f) in enumerate(zip(y[0], v[0], strict=True))]
    table.write_text("\n".join(["study,yi,vi", *lines, ""]), encoding="utf-8")
    arguments = ["pool", "file", str(table), "--measure", "GEN"]
    walls, works = [], []
    for _ in range(5):
        start, before = time.perf_counter(), os.times()
        subprocess.run(
            [sys.executable, "-c", "from reviewflow.cli.main import main; main()", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        walls.append(time.perf_counter() - start)
        after = os.times()
        works.append(after.children_user + after.children_system - before.children_user - before.children_system)
    found = answer([sys.executable, str(_HERE / "one_pooling.py"), *arguments])
    times = f"{median(walls):.2f} s by the clock, {median(works):.2f} s of CPU"
    print(f"\npool file, cold: {times}, peak {found['peak_mib']:.0f} MiB")


def answer(command: Sequence[str]) -> dict[str, Any]:
    """The JSON that a command prints as its last line."""
    said = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=dict(os.environ, PYTHONWARNINGS="ignore")
    ).stdout
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return found


def show_peers(python: str, y: Floats, v: Floats, folder: Path) -> None:
    """The same analyses by other programs."""
    effects = folder / "effects.npz"
    np.savez(effects, y=y, v=v)
    found = answer([python, str(_HERE / "peer_pooling.py"), str(effects)])
    tasks = ("dl", "reml", "leave_one_out", "dl_batch", "reml_batch")
    lines = [
        (f"{name} {each.get('version', each.get('missing'))}", *(_cell(each.get(task)) for task in tasks))
        for name, each in found.items()
    ]
    print("\nother programs, CPU ms")
    show([("", "one DL", "one REML", "leave-one-out", f"{len(y)} DL", f"{len(y)} REML"), *lines])
    ours = {"tau2": pool_batch(y[:1], v[:1]).tau2[0], "tau2_dl": pool_batch(y[:1], v[:1], tau2="DL").tau2[0]}
    for name, each in found.items():
        apart = ", ".join(f"{key} {abs(each[key] / value - 1):.0e}" for key, value in ours.items() if key in each)
        print(f"  {name} differs from reviewflow, relative: {apart}")
    theirs = folder / "pymare.npy"
    if theirs.exists():
        print(f"  pymare by REML: {not_at_the_maximum(y, v, np.load(theirs))} of {len(y)} not at the maximum")


def _cell(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.2f}"


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--analyses", type=int, default=10_000)
    parser.add_argument("--studies", type=int, default=20)
    parser.add_argument("--peer", help="the Python of an environment with statsmodels, PyMARE and pimeta")
    chosen = parser.parse_args()
    y, v = made(chosen.analyses, chosen.studies)
    show_ours(y, v)
    with tempfile.TemporaryDirectory(prefix="reviewflow-bench-") as temporary:
        show_cold(y, v, Path(temporary))
        if chosen.peer:
            show_peers(chosen.peer, y, v, Path(temporary))


if __name__ == "__main__":
    main()

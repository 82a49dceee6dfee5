"""How long statsmodels, PyMARE and pimeta take for the analyses of bench_pooling.py; run by their own Python.

    python peer_pooling.py EFFECTS.npz

Prints one JSON object: for each program and task the seconds of the processor, and the tau2 it found for the first
analysis. Beside the effects it writes PyMARE's tau2 of all analyses by REML, as pymare.npy.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMES = 15


def seconds(task: Callable[[], object], times: int = _TIMES) -> float:
    """The processor time of a task: the median, after a first time that does not count."""
    task()
    taken = []
    for _ in range(times):
        start = time.process_time()
        task()
        taken.append(time.process_time() - start)
    return median(taken)


def statsmodels(y: Any, v: Any) -> dict[str, Any]:  # noqa: ANN401 - arrays; this file knows no numpy types
    """DL of one analysis; it has no REML."""
    from statsmodels.stats.meta_analysis import combine_effects  # noqa: PLC0415 - only this measurement needs it

    found = combine_effects(y[0], v[0], method_re="dl")
    return {"dl": seconds(lambda: combine_effects(y[0], v[0], method_re="dl")), "tau2_dl": float(found.tau2)}


def pymare(y: Any, v: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """DL and REML of one analysis, and of all in one call."""
    from pymare import Dataset  # type: ignore[import-not-found]  # noqa: PLC0415 - not in this environment
    from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator  # type: ignore[import-not-found]  # noqa: PLC0415 - not in this environment

    one, many = Dataset(y[0], v[0]), Dataset(y.T.copy(), v.T.copy())

    def reml(data: Any) -> Any:  # noqa: ANN401 - as above
        return VarianceBasedLikelihoodEstimator(method="REML").fit_dataset(data).summary()

    def dl(data: Any) -> Any:  # noqa: ANN401 - as above
        return DerSimonianLaird().fit_dataset(data).summary()

    np.save(Path(sys.argv[1]).with_name("pymare.npy"), np.ravel(reml(many).tau2))
    return {
        "dl": seconds(lambda: dl(one)),
        "reml": seconds(lambda: reml(one)),
        "dl_batch": seconds(lambda: dl(many), 3),
        "reml_batch": seconds(lambda: reml(many), 1),
        "tau2_dl": float(np.ravel(dl(one).tau2)[0]),
        "tau2": float(np.ravel(reml(one).tau2)[0]),
    }


def pimeta(y: Any, v: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """DL and REML of one analysis, and leave-one-out."""
    from pimeta import leave1out, rma  # type: ignore[import-not-found]  # noqa: PLC0415 - not in this environment

    def fitted(method: str) -> Any:  # noqa: ANN401 - as above
        return rma(yi=y[0], vi=v[0], method=method)

    found = fitted("REML")
    return {
        "dl": seconds(lambda: fitted("DL")),
        "reml": seconds(lambda: fitted("REML")),
        "leave_one_out": seconds(lambda: leave1out(y[0], v[0], method="REML"), 5),
        "tau2": float(found.tau2),
        "tau2_dl": float(fitted("DL").tau2),
    }


def main() -> None:
    """Measure those that are there."""
    warnings.simplefilter("ignore")
    held = np.load(sys.argv[1])
    found: dict[str, Any] = {}
    for program in (statsmodels, pymare, pimeta):
        name = program.__name__
        try:
            found[name] = program(held["y"], held["v"]) | {"version": version(name)}
        except ImportError as error:
            found[name] = {"missing": str(error)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()

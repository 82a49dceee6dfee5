"""Draws how time and memory of deduplication grow with the number of records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reviewflow.figures.text import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

_INK: Final = "#1f4e79"
_FAINT: Final = "#8a8a8a"


def draw(runs: Sequence[tuple[int, float, float]], target: Path) -> None:
    """Two panels on logarithmic axes, the measured points beside what growth in step with the records would give.

    Args:
        runs: (records, seconds of CPU, peak memory in MiB), by records.
        target: An SVG or PNG file.
    """
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "reviewflow", "font.family": list(FAMILIES)}):
        figure = Figure(figsize=(8.4, 3.7), facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        n_records = [n for n, _, _ in runs]
        _panel(left, n_records, [cpu for _, cpu, _ in runs], "seconds of CPU", "{:.1f} s")
        _panel(right, n_records, [peak for _, _, peak in runs], "peak memory, MiB", "{:.0f} MiB")
        metadata = {"Date": None, "Creator": None} if target.suffix == ".svg" else None
        figure.savefig(target, dpi=110, metadata=metadata)


def _panel(axes: Axes, n_records: Sequence[int], values: Sequence[float], name: str, label: str) -> None:
    in_step = [values[0] * n / n_records[0] for n in n_records]
    axes.loglog(n_records, in_step, color=_FAINT, linestyle=(0, (4, 3)), linewidth=1, label="in step with the records")
    axes.loglog(n_records, values, color=_INK, marker="o", markersize=5, linewidth=1.5, label="measured")
    for n, value in zip(n_records, values, strict=True):
        axes.annotate(label.format(value), (n, value), (7, -11), textcoords="offset points", fontsize=9)
    axes.set_xticks(list(n_records), [_short(n) for n in n_records], minor=False)
    axes.minorticks_off()
    axes.set_xlim(n_records[0] / 1.4, n_records[-1] * 2.2)
    axes.set_ylim(min(*values, *in_step) / 2, max(*values, *in_step) * 2)
    axes.set_xlabel("records", fontsize=10)
    axes.set_ylabel(name, fontsize=10)
    axes.tick_params(labelsize=9)
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)


def _short(n: int) -> str:
    """A number of records that leaves room for its neighbours: 50 k, 1 M."""
    million, thousand = 1_000_000, 1_000
    return f"{n / million:g} M" if n >= million else f"{n / thousand:g} k"

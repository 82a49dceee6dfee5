"""The same input gives the same bytes: twice in a process, and in two processes with other hash seeds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from reviewflow.domain.pooling import pool
from reviewflow.workflow import pool_figures
from reviewflow.workflow.pool_figures import FIGURES, Figure, Format, Look
from tests.figures.test_forest import BIAS, many

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = [{**row, "year": 1960 + i} for i, row in enumerate(many(12))]


def drawn(folder: Path) -> Iterator[Path]:
    """Every figure as SVG, and one in every format: all are written by one function."""
    whole = pool("OR", ROWS, leave_one_out=True, cumulative="year", influence=True, trim_and_fill=["L0"], swim=True)
    regressed = pool("OR", ROWS, moderators=["year"])
    for figure in FIGURES:
        for form in get_args(Format) if figure == "labbe" else ("svg",):
            target = folder / f"{figure}.{form}"
            result = regressed if figure == "bubble" else whole
            pool_figures.draw(figure, result, target, Look(bias=BIAS), ROWS, ["year"])
            yield target


def test_two_processes_draw_the_same_bytes(tmp_path: Path) -> None:
    imports = "import sys; from pathlib import Path; from tests.figures.test_same_bytes import drawn"
    words = f"{imports}; list(drawn(Path(sys.argv[1])))"
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        root = Path(__file__).resolve().parents[2]
        subprocess.run([sys.executable, "-c", words, str(tmp_path / seed)], check=True, env=environment, cwd=root)
    names = sorted(path.name for path in (tmp_path / "1").iterdir())
    assert len(names) == len(FIGURES) + len(get_args(Format)) - 1
    for name in names:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


@pytest.mark.parametrize("layout", ["reviewflow", "revman", "jama"])
def test_the_same_result_gives_the_same_bytes_twice(layout: str, tmp_path: Path) -> None:
    forest: Figure = "forest"
    for name in ("one.svg", "two.svg"):
        pool_figures.draw(forest, pool("OR", ROWS), tmp_path / name, Look(layout=layout))
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_a_browser_is_told_not_to_round_the_widths_of_letters(tmp_path: Path) -> None:
    for target in drawn(tmp_path):
        if target.suffix == ".svg":
            assert "text-rendering: geometricPrecision" in target.read_text(encoding="utf-8"), target

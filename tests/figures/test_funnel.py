from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

import pytest

from reviewflow.domain.pooling import Pooled, pool
from reviewflow.figures.drawing import Format
from reviewflow.figures.funnel import draw_funnel
from tests.figures import drawn
from tests.figures.drawn import assert_legible, texts_of

if TYPE_CHECKING:
    from pathlib import Path

TRIALS: list[dict[str, object]] = [
    {"study": f"T{i}", "ai": 2 + i, "n1i": 30 + 20 * i, "ci": 4 + 2 * i, "n2i": 31 + 19 * i} for i in range(11)
]


def svg_of(pooled: Pooled, filled: list[tuple[float, float]] | None = None) -> str:
    return drawn.svg_of(draw_funnel, pooled, filled=filled or [])


def dots(svg: str) -> list[str]:
    """The fill of each circle: only circles are drawn with curves and the blue of the studies."""
    return re.findall(r'<path d="[^"]*C[^"]*"[^>]*style="fill: (#\w+); stroke: #2b5c8a', svg) + re.findall(
        r'<path d="[^"]*C[^"]*"[^>]*style="fill: (#2b5c8a)"', svg
    )


@pytest.mark.parametrize("form", get_args(Format))
def test_the_same_result_gives_the_same_bytes(form: Format, tmp_path: Path) -> None:
    for name in ("one", "two"):
        draw_funnel(pool("OR", TRIALS), tmp_path / name, format=form, title="Funnel")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_there_is_a_dot_for_each_study_and_an_open_one_for_each_that_was_filled_in() -> None:
    svg = svg_of(pool("OR", TRIALS), [(0.5, 0.2), (0.7, 0.4)])
    assert dots(svg).count("#2b5c8a") == len(TRIALS)
    assert dots(svg).count("#ffffff") == 2


def test_below_ten_studies_the_figure_says_that_it_says_little() -> None:
    words = "9 studies: below ten a funnel plot says little."
    assert words in texts_of(svg_of(pool("OR", TRIALS[:9])))
    assert not any("says little" in text for text in texts_of(svg_of(pool("OR", TRIALS))))


def test_only_a_measure_with_a_value_of_no_effect_is_shaded_by_significance() -> None:
    assert "p > 0.10" in texts_of(svg_of(pool("OR", TRIALS)))
    texts = texts_of(svg_of(pool("PLO", [{"xi": 3 + i, "ni": 30} for i in range(10)])))
    assert "p > 0.10" not in texts
    assert "Logit of the proportion" in texts


def test_no_dot_lies_outside_the_page() -> None:
    rows = [*TRIALS, {"study": "far", "ai": 29, "n1i": 30, "ci": 1, "n2i": 30}]
    svg = svg_of(pool("OR", rows))
    width, height = (float(x) for x in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0])
    for path in re.findall(r'<path d="([^"]*C[^"]*)"', svg):
        numbers = [float(x) for x in re.findall(r"-?[\d.]+", path)]
        assert min(numbers[::2]) >= 0
        assert max(numbers[::2]) <= width
        assert max(numbers[1::2]) <= height


@pytest.mark.parametrize("k", [1, 2, 11])
def test_no_text_of_a_funnel_is_cut_off_or_covered(k: int) -> None:
    svg = drawn.svg_of(
        draw_funnel, pool("OR", TRIALS[:k]), title="A title that is longer than the plot is wide " * 3,
        filled=[(0.5, 0.2)],
    )  # fmt: skip
    assert_legible(svg)
    assert "Open circles: 1 study that trim and fill adds." in texts_of(svg)

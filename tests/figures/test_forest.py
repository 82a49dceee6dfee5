from __future__ import annotations

import re
import subprocess
import sys
from io import BytesIO
from itertools import combinations
from typing import TYPE_CHECKING, Any, get_args
from xml.etree import ElementTree as ET

import pytest

from reviewflow.domain.pooling import Pooled, pool
from reviewflow.errors import UsageError
from reviewflow.figures.drawing import Format
from reviewflow.figures.forest import draw_forest
from reviewflow.figures.forest_text import forest_text
from reviewflow.figures.text import text_width

if TYPE_CHECKING:
    from pathlib import Path

RELAPSE: list[dict[str, object]] = [
    {"study": "Locatelli 2021", "ai": 13, "n1i": 54, "ci": 29, "n2i": 54},
    {"study": "Brown 2021", "ai": 35, "n1i": 105, "ci": 32, "n2i": 103},
]
SVG = "{http://www.w3.org/2000/svg}"


def many(k: int) -> list[dict[str, object]]:
    return [
        {
            "study": f"Investigator {i} and others {1960 + i}",
            "ai": 1 + i % 9,
            "n1i": 20 + 15 * (i % 7),
            "ci": 2 + i % 11,
            "n2i": 22 + 13 * (i % 8),
            "region": "north" if i % 3 else "south",
        }
        for i in range(k)
    ]


def svg_of(pooled: Pooled, **options: Any) -> str:  # noqa: ANN401 - the options of draw_forest, checked there
    stream = BytesIO()
    draw_forest(pooled, stream, format="svg", **options)
    return stream.getvalue().decode("utf-8")


def texts_of(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own file


def boxes_of(svg: str) -> list[tuple[str, float, float, float, float]]:
    """Each text with its left, top, right and bottom, from its anchor, place and measured width."""
    boxes = []
    for node in ET.fromstring(svg).iter(f"{SVG}text"):  # noqa: S314 - our own file
        style, words = node.get("style", ""), "".join(node.itertext())
        size = float(re.findall(r"([\d.]+)px", style)[0])
        place = re.findall(r"-?[\d.]+(?:e-?\d+)?", node.get("transform", ""))
        x, y = (float(node.get("x", place[0] if place else 0)), float(node.get("y", place[1] if place else 0)))
        width = text_width(words, size, bold="bold" in style or "700" in style)
        left = {"middle": x - width / 2, "end": x - width}.get(
            (re.findall(r"text-anchor: (\w+)", style) or ["start"])[0], x
        )
        boxes.append((words, left, y - 0.75 * size, left + width, y + 0.1 * size))
    return boxes


@pytest.mark.parametrize("form", get_args(Format))
def test_the_same_result_gives_the_same_bytes(form: Format, tmp_path: Path) -> None:
    for name in ("one", "two"):
        draw_forest(pool("OR", RELAPSE), tmp_path / name, format=form, title="Relapse")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_numbers_in_the_figure_are_those_of_the_result() -> None:
    texts = texts_of(svg_of(pool("OR", RELAPSE, model="mh"), title="Relapse", arms=("Blinatumomab", "Chemotherapy")))
    for expected in (
        "Relapse",
        "Blinatumomab",
        "Locatelli 2021",
        "13/54",
        "29/54",
        "0.27 [0.12, 0.62]",
        "50.6",
        "Common effect (Mantel-Haenszel)",
        "48/159",
        "61/157",
        "0.69 [0.43, 1.09]",
        "100.0",
        "Heterogeneity: Q = 7.44, df = 1, p = 0.006; I² = 86.6 %",
    ):
        assert expected in texts


def test_tau2_and_prediction_interval_are_printed_for_random_effects_only() -> None:
    random = " ".join(texts_of(svg_of(pool("OR", many(12), ci="z"))))
    common = " ".join(texts_of(svg_of(pool("OR", many(12), model="common"))))
    assert "τ²" in random
    assert "Prediction interval" in random
    assert "τ²" not in common
    assert "Prediction interval" not in common


CASES: dict[str, tuple[Pooled, dict[str, Any]]] = {
    "two": (pool("OR", RELAPSE, model="mh"), {"title": "Relapse", "favours": ("Favours one", "Favours the other")}),
    "twelve": (pool("RR", many(12)), {"favours": ("Favours a treatment with a long name", "Favours the usual care")}),
    "sixty": (pool("OR", many(60)), {"title": "A title that is a good deal longer than the table is wide " * 3}),
    "subgroups": (pool("OR", many(20), subgroup="region"), {}),
    "proportions": (pool("PLO", [{"study": f"S{i}", "xi": 5 + i, "ni": 30} for i in range(9)], subgroup="study"), {}),
    "difference": (pool("RD", many(9), model="mh"), {"decimals": 3}),
    "no counts": (pool("HR", [{"study": "A", "estimate": 0.7, "ci_lower": 0.5, "ci_upper": 0.98}]), {}),
    "nothing": (pool("OR", [{"ai": 0, "n1i": 9, "ci": 0, "n2i": 9}]), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_no_text_is_cut_off_and_no_two_overlap(name: str) -> None:
    pooled, options = CASES[name]
    svg = svg_of(pooled, **options)
    width, height = (float(x) for x in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0])
    boxes = boxes_of(svg)
    for words, left, top, right, bottom in boxes:
        assert left >= 0, words
        assert right <= width + 0.5, words  # widths are rounded to the font's hinting
        assert top >= 0, words
        assert bottom <= height, words
    for one, other in combinations(boxes, 2):
        apart = one[3] <= other[1] or other[3] <= one[1] or one[4] <= other[2] or other[4] <= one[2]
        assert apart, (one, other)


def test_the_area_of_a_square_is_in_proportion_to_the_weight() -> None:
    rows: list[dict[str, object]] = [{"yi": 0.0, "vi": 1.0}, {"yi": 0.4, "vi": 4.0}]
    sides = square_sides(svg_of(pool("GEN", rows, model="common")))
    assert (sides[1] / sides[0]) ** 2 == pytest.approx(1 / 4, rel=1e-3)  # coordinates are written to six digits


def square_sides(svg: str) -> list[float]:
    paths = re.findall(r'<path d="([^"]+)"[^>]*style="fill: #2b5c8a', svg)
    found = []
    for path in paths:
        xs = [float(x) for x in re.findall(r"[ML] ([\d.]+) ", path)]
        found.append(max(xs) - min(xs))
    return found


def test_a_study_that_is_not_in_the_analysis_is_in_the_figure_with_the_reason() -> None:
    rows = [*RELAPSE, {"study": "Nobody 2020", "ai": 0, "n1i": 10, "ci": 0, "n2i": 11}]
    texts = texts_of(svg_of(pool("OR", rows)))
    assert "Nobody 2020" in texts
    assert "no event in either arm" in texts


def test_a_subgroup_of_one_study_has_no_subtotal() -> None:
    rows = [*({**row, "drug": "a"} for row in RELAPSE), {**RELAPSE[0], "study": "Third 2022", "drug": "b"}]
    assert texts_of(svg_of(pool("OR", rows, subgroup="drug"))).count("Subtotal") == 1


def test_a_ratio_has_its_ticks_at_round_ratios_and_a_proportion_from_0_to_1() -> None:
    assert {"0.2", "0.5", "1", "2"} <= set(texts_of(svg_of(pool("OR", RELAPSE, model="mh"))))
    assert {"0.0", "0.2", "1.0"} <= set(texts_of(svg_of(pool("PLO", [{"xi": 5, "ni": 9}, {"xi": 3, "ni": 9}]))))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [40, 100, 200])
def test_the_terminal_shows_the_same_rows_as_the_figure_one_to_a_line(name: str, width: int) -> None:
    pooled, options = CASES[name]
    lines = forest_text(pooled, width=width, decimals=options.get("decimals", 2)).splitlines()
    for study in pooled.studies:
        assert sum(line.startswith(study.study) for line in lines) >= 1
    assert sum(pooled.text(options.get("decimals", 2)) in line for line in lines) >= 1
    assert any(line.startswith("Heterogeneity") for line in lines)


def test_the_terminal_plot_keeps_to_its_width_and_marks_what_goes_on_beyond_it() -> None:
    rows: list[dict[str, object]] = [{"study": f"S{i}", "yi": i / 10, "vi": 0.01} for i in range(6)]
    rows.append({"study": "Wide", "yi": 0.2, "vi": 25.0})
    text = forest_text(pool("GEN", rows), width=100)
    assert max(map(len, text.splitlines())) <= 100
    (wide,) = [line for line in text.splitlines() if line.startswith("Wide")]
    assert "◄" in wide
    assert "►" in wide


def test_the_terminal_plot_needs_no_drawing_library() -> None:
    words = "import sys, reviewflow.figures.forest_text; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


def test_a_meta_regression_has_no_forest_plot() -> None:
    with pytest.raises(UsageError, match="meta-regression"):
        forest_text(pool("OR", many(12), moderators=["region:categorical"]))

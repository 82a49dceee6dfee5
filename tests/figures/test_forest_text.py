from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.pooling import pool
from reviewflow.figures.characters import n_columns, shortened, shortened_study
from reviewflow.figures.forest_text import forest_text
from tests.figures.test_forest import CASES, LONG, many

WIDTHS = (80, 120)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [40, *WIDTHS, 200])
def test_the_terminal_shows_the_rows_of_the_figure_one_to_a_line(name: str, width: int) -> None:
    pooled, options = CASES[name]
    lines = forest_text(pooled, width=width, decimals=options.get("decimals", 2)).splitlines()
    for study in pooled.studies:
        assert any(line.startswith(study.study[:6]) for line in lines)
    assert any(pooled.text(options.get("decimals", 2)) in line for line in lines)
    assert any(line.startswith("Heterogeneity") for line in lines)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    pooled, options = CASES[name]
    text = forest_text(
        pooled, width=width, arms=options.get("arms", ("Treatment", "Control")), bias=options.get("bias")
    )
    assert max(n_columns(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("k", [2, 12, 60])
def test_the_columns_stand_below_one_another(k: int) -> None:
    lines = forest_text(pool("OR", many(k)), width=120).splitlines()
    ends = {line.rindex("]") for line in lines if line.startswith("Investigator")}
    assert len(ends) == 1


def test_wide_characters_do_not_push_the_plot_aside() -> None:
    rows = [
        {"study": name, "yi": 0.2, "vi": 0.1} for name in ("山田太郎 二〇二一年", "Müller 2020", "e\u0301tude 2019")
    ]
    lines = [line for line in forest_text(pool("GEN", rows), width=100).splitlines() if "[-0.42, 0.82]" in line]
    assert len({n_columns(line.partition("[")[0]) for line in lines}) == 1


def test_where_the_terminal_is_narrow_counts_give_way_before_effects() -> None:
    pooled = pool("OR", [{**row, "study": f"{LONG} {i}"} for i, row in enumerate(many(4))])
    wide, narrow = (forest_text(pooled, width=width) for width in (200, 60))
    assert "1/20" in wide
    assert "1/20" not in narrow
    assert pooled.text() in narrow


def test_an_interval_beyond_the_axis_is_marked_at_both_ends() -> None:
    rows: list[dict[str, object]] = [{"study": f"S{i}", "yi": i / 10, "vi": 0.01} for i in range(6)]
    text = forest_text(pool("GEN", [*rows, {"study": "Wide", "yi": 0.2, "vi": 25.0}]), width=100)
    (wide,) = [line for line in text.splitlines() if line.startswith("Wide")]
    assert "◄" in wide
    assert "►" in wide


def test_the_terminal_plot_needs_no_drawing_library() -> None:
    words = "import sys, reviewflow.figures.forest_text; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.integers(1, 30))
def test_a_shortened_label_fits_and_stands_on_one_line(label: str, most: int) -> None:
    short = shortened(label, most)
    assert n_columns(short) <= most
    assert len(short.splitlines()) <= 1


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-7, 10), st.floats(1e-4, 1e3)), min_size=1, max_size=8),
    st.booleans(),
    st.sampled_from(WIDTHS),
)
def test_any_effects_can_be_shown(effects: list[tuple[float, float]], ratio: bool, width: int) -> None:  # noqa: FBT001 drawn
    pooled = pool("GEN", [{"yi": y, "vi": v} for y, v in effects], ratio=ratio, model="common")
    lines = forest_text(pooled, width=width).splitlines()
    assert max(n_columns(line) for line in lines) <= width


def test_long_names_give_way_to_the_plot() -> None:
    rows = [{**row, "study": f"{LONG} {2000 + i}"} for i, row in enumerate(many(12))]
    lines = forest_text(pool("OR", rows), width=140).splitlines()
    axis = next(line.strip() for line in lines if "┼" in line)
    assert len(axis) >= 40
    assert all(any(str(2000 + i) in line for line in lines) for i in range(12))


@given(st.text(max_size=80), st.integers(1000, 2999), st.sampled_from(["", "a", ")"]), st.integers(22, 70))
def test_a_shortened_name_fits_and_keeps_its_year(name: str, year: int, after: str, most: int) -> None:
    short = shortened_study(f"{name} {year}{after}", most)
    assert n_columns(short) <= most
    assert short.endswith(f"{year}{after}")


def test_a_line_that_goes_on_is_set_in() -> None:
    text = forest_text(pool("OR", many(12), subgroup="region"), width=60)
    assert any(line.startswith("  ") for line in text.splitlines()[-4:])

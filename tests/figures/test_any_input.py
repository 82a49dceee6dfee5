from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.pooling import pool
from reviewflow.figures.forest import draw_forest
from reviewflow.figures.forest_layouts import LAYOUTS
from reviewflow.figures.funnel import draw_funnel
from reviewflow.figures.radial import draw_radial
from tests.figures.drawn import assert_legible, svg_of, texts_of

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z", "M"]), min_size=1, max_size=70)
STUDIES = st.lists(
    st.fixed_dictionaries({"study": WORDS, "yi": st.floats(-8, 10), "vi": st.floats(1e-4, 1e3)}), min_size=1, max_size=8
)
TITLES = st.lists(WORDS, max_size=12).map(" ".join)


@settings(max_examples=20, deadline=None)
@given(STUDIES, st.booleans(), st.sampled_from(list(LAYOUTS)), TITLES, st.tuples(WORDS, WORDS))
def test_no_text_of_any_forest_plot_is_cut_off_or_covered(
    rows: list[dict[str, object]],
    ratio: bool,  # noqa: FBT001 drawn by hypothesis
    layout: str,
    title: str,
    favours: tuple[str, str],
) -> None:
    pooled = pool("GEN", rows, ratio=ratio, tau2="DL")
    svg = svg_of(draw_forest, pooled, layout=layout, title=title, favours=favours)
    assert_legible(svg)
    assert {pooled.text().split()[0]} <= {text.split()[0] for text in texts_of(svg) if text.split()}


@settings(max_examples=15, deadline=None)
@given(STUDIES, st.booleans(), TITLES)
def test_no_text_of_any_funnel_or_radial_plot_is_cut_off_or_covered(
    rows: list[dict[str, object]],
    ratio: bool,  # noqa: FBT001 drawn by hypothesis
    title: str,
) -> None:
    pooled = pool("GEN", rows, ratio=ratio, tau2="DL")
    for draw in (draw_funnel, draw_radial):
        assert_legible(svg_of(draw, pooled, title=title))

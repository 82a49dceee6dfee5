from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

import pytest

from reviewflow.domain.pooling import Pooled, pool
from reviewflow.errors import UsageError
from reviewflow.figures.drawing import Format
from reviewflow.figures.forest import draw_forest
from reviewflow.figures.forest_layouts import LAYOUTS
from reviewflow.figures.judgements import risk_of_bias
from tests.figures import drawn
from tests.figures.drawn import assert_legible, texts_of

if TYPE_CHECKING:
    from pathlib import Path

RELAPSE: list[dict[str, object]] = [
    {"study": "Locatelli 2021", "ai": 13, "n1i": 54, "ci": 29, "n2i": 54},
    {"study": "Brown 2021", "ai": 35, "n1i": 105, "ci": 32, "n2i": 103},
]
BIAS = risk_of_bias(
    ["Random sequence generation", "Allocation concealment", "Selective reporting"],
    {f"Investigator {i} and others {1960 + i}": ["low", "some concerns", "high" if i % 2 else ""] for i in range(12)},
)
LONG = "Großmann-Übelhör, Đặng Thị Ngọc, Çağlayan and the Collaborative Group of Very Long Trials 2019 (NCT01234567)"
EXTREME: list[dict[str, object]] = [
    {"study": LONG, "yi": -6.9, "vi": 0.5},
    {
        "study": "山田太郎 無作為化比較試験 二〇二一年 東京都医学総合研究所と共同研究者による多施設試験",
        "yi": 9.2,
        "vi": 0.3,
    },
    {"study": "No width", "yi": 0.2, "vi": 1e-9},
    {"study": "Beyond both ends", "yi": 0.1, "vi": 900.0},
    {"study": "Nothing known", "yi": "", "vi": 0.2},
]


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
    return drawn.svg_of(draw_forest, pooled, **options)


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
    "means": (
        pool("MD", [{"m1i": 12 + i, "sd1i": 3, "n1i": 40, "m2i": 9.25, "sd2i": 2.5, "n2i": 41} for i in range(5)]),
        {"arms": ("A drug with a name that goes on for long", "An equally long name of the usual care")},
    ),
    "bias": (pool("RR", many(12)), {"bias": BIAS}),
    "extreme": (pool("GEN", EXTREME, ratio=True), {"title": "Extreme", "favours": ("Favours A", "Favours B")}),
    "no weights": (pool("PLO", [{"xi": 1 + i, "ni": 300} for i in range(9)], model="glmm"), {}),
    "nothing": (pool("OR", [{"ai": 0, "n1i": 9, "ci": 0, "n2i": 9}]), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_no_text_is_cut_off_and_no_two_overlap(name: str) -> None:
    pooled, options = CASES[name]
    for layout in LAYOUTS:
        assert_legible(svg_of(pooled, layout=layout, **options))


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


def test_a_meta_regression_has_no_forest_plot() -> None:
    with pytest.raises(UsageError, match="meta-regression"):
        svg_of(pool("OR", many(12), moderators=["region:categorical"]))


def test_each_layout_writes_intervals_and_tests_in_its_own_way() -> None:
    pooled = pool("OR", RELAPSE, model="mh")
    texts = {layout: texts_of(svg_of(pooled, layout=layout)) for layout in LAYOUTS}
    assert {"0.69 [0.43, 1.09]", "Heterogeneity: Q = 7.44, df = 1, p = 0.006; I² = 86.6 %"} <= set(texts["reviewflow"])
    assert {"0.69 [0.43, 1.09]", "Total (95% CI)", "Total events:", "50.6%"} <= set(texts["revman"])
    assert "Heterogeneity: Chi² = 7.44, df = 1 (P = 0.006); I² = 87%" in texts["revman"]
    assert {"0.69 (0.43-1.09)", "Source", "No. of events/total", "OR (95% CI)"} <= set(texts["jama"])
    assert "Heterogeneity: χ² = 7.44, df = 1; P = .006; I² = 87%" in texts["jama"]


def test_an_interval_with_a_negative_end_is_not_written_with_a_dash() -> None:
    texts = texts_of(svg_of(pool("RD", RELAPSE, model="mh"), layout="jama"))
    assert any(re.fullmatch(r"-0\.\d\d \(-0\.\d\d to 0\.\d\d\)", text) for text in texts)


def test_events_and_totals_stand_in_columns_of_their_own_and_are_summed() -> None:
    texts = texts_of(svg_of(pool("OR", RELAPSE, model="mh"), layout="revman"))
    assert texts.count("Events") == texts.count("Total") == 2
    assert {"13", "54", "29", "48", "61", "159", "157"} <= set(texts)


def test_a_layout_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="lancet") as caught:
        svg_of(pool("OR", RELAPSE), layout="lancet")
    assert all(layout in caught.value.remedy for layout in LAYOUTS)


def test_a_glmm_has_no_column_of_weights() -> None:
    texts = texts_of(svg_of(CASES["no weights"][0]))
    assert "Weight" not in texts
    assert "Random effects (GLMM)" in texts


def test_risk_of_bias_is_drawn_as_symbols_with_a_key_of_those_that_occur() -> None:
    texts = texts_of(svg_of(pool("RR", many(12)), bias=BIAS))
    assert texts.count("+") == 13  # twelve studies and the key
    assert texts.count("!") == 7
    assert {
        "A",
        "B",
        "C",
        "A Random sequence generation",
        "low",
        "some concerns or moderate",
        "high or serious",
    } <= set(texts)
    assert "critical" not in texts


def test_an_interval_beyond_the_axis_ends_in_an_arrow_on_that_side() -> None:
    one_way = [{"yi": i / 10, "vi": 0.01} for i in range(6)] + [{"yi": 2.0, "vi": 9.0}]
    closed = re.compile(r'<path d="M [^"]*z[^"]*" [^>]*style="fill: #1a1a1a')
    plain = len(closed.findall(svg_of(pool("GEN", one_way[:6], model="common"))))
    assert len(closed.findall(svg_of(pool("GEN", one_way, model="common")))) == plain + 2


def test_a_count_is_written_whole_however_large() -> None:
    rows = [{"ai": 12, "n1i": 1234567, "ci": 15, "n2i": 1234570}] * 2
    assert "24/2469134" in texts_of(svg_of(pool("OR", rows, model="mh")))


def test_a_note_that_is_longer_than_the_page_is_wide_goes_on_in_the_next_line() -> None:
    svg = svg_of(pool("OR", RELAPSE, model="mh"), title="A title of many words " * 12)
    assert drawn.page_of(svg)[0] < 700
    assert_legible(svg)


def test_a_character_that_no_font_has_is_refused_where_letters_are_drawn_and_kept_where_text_stays_text(
    tmp_path: Path,
) -> None:
    pooled = pool("OR", [{**RELAPSE[0], "study": "Nobody's \U000f0000 2020"}, RELAPSE[1]])
    for form in ("png", "pdf"):
        with pytest.raises(UsageError, match="no font of this machine") as caught:
            draw_forest(pooled, tmp_path / f"forest.{form}", format=form)
        assert ".svg" in caught.value.remedy
        assert not (tmp_path / f"forest.{form}").exists()
    assert "Nobody's \U000f0000 2020" in texts_of(svg_of(pooled))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_long_name_goes_on_in_the_next_line_and_no_word_of_it_is_lost(layout: str) -> None:
    svg = svg_of(pool("GEN", EXTREME, ratio=True), layout=layout)
    assert_legible(svg)
    drawn_words = " ".join(texts_of(svg))
    assert all(word in drawn_words for word in LONG.split())
    assert "…" not in drawn_words


def test_what_is_written_in_place_of_a_drawing_covers_the_lines_behind_it() -> None:
    svg = svg_of(pool("GEN", EXTREME, ratio=True))
    page, dashes, words = (svg.index(mark) for mark in ("<svg", "stroke-dasharray", "no value for yi"))
    boxes = [match.start() for match in re.finditer("fill: #ffffff", svg)]
    assert page < dashes < boxes[-1] < words


def test_the_heading_over_the_risk_of_bias_stands_on_its_letters_in_every_layout() -> None:
    for layout in LAYOUTS:
        boxes = drawn.boxes_of(svg_of(pool("OR", many(12)), layout=layout, bias=BIAS))
        over, letter = (next(box for box in boxes if box.words == words) for words in ("Risk of bias", "A"))
        assert 0 < letter.top - over.bottom < over.bottom - over.top

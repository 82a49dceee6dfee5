from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.pooling import pool
from reviewflow.domain.pooling.line import regression_line
from reviewflow.errors import InputError, UsageError
from reviewflow.figures.baujat import draw_baujat
from reviewflow.figures.bubble import draw_bubble
from reviewflow.figures.forest import draw_table
from reviewflow.figures.forest_layouts import LAYOUTS
from reviewflow.figures.forest_steps import cumulative_table, leave_one_out_table
from reviewflow.figures.judgements import JUDGEMENTS, risk_of_bias
from reviewflow.figures.labbe import draw_labbe
from reviewflow.figures.radial import draw_radial
from tests.figures.drawn import assert_legible, page_of, svg_of, texts_of
from tests.figures.test_forest import EXTREME, LONG, RELAPSE, many

if TYPE_CHECKING:
    from reviewflow.domain.pooling import Pooled

SIZES = (3, 12, 60)
TITLE = "A title that is longer than the plot is wide, and so goes on in the next line " * 2


def whole(k: int) -> Pooled:
    """A result with everything that a figure may show."""
    rows = [{**row, "study": f"{LONG[: 10 + 7 * (i % 9)]} {i}", "year": 1960 + i % 40} for i, row in enumerate(many(k))]
    return pool("OR", rows, leave_one_out=True, cumulative="year", influence=True)


RESULTS = {k: whole(k) for k in SIZES}


def dots(svg: str) -> list[tuple[float, float]]:
    """The middles of the circles in the blue of the studies."""
    found = []
    for path in re.findall(r'<path d="([^"]*C[^"]*)"[^>]*style="fill: #2b5c8a', svg):
        numbers = [float(x) for x in re.findall(r"-?[\d.]+", path)]
        xs, ys = numbers[::2], numbers[1::2]
        found.append(((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2))
    return found


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("draw", [draw_baujat, draw_labbe, draw_radial])
def test_a_plot_has_a_dot_for_each_study_and_nothing_is_cut_off_or_covered(draw: object, k: int) -> None:
    assert callable(draw)
    svg = svg_of(draw, RESULTS[k], title=TITLE)
    assert_legible(svg)
    width, height = page_of(svg)
    places = dots(svg)
    assert len(places) == k
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_forest_plot_of_steps_has_a_row_for_each_analysis(layout: str, k: int) -> None:
    result = RESULTS[k]
    for table, block in ((leave_one_out_table, "leave_one_out"), (cumulative_table, "cumulative")):
        made = table(result, LAYOUTS[layout])
        svg = svg_of(draw_table, made, title=TITLE)
        assert_legible(svg)
        steps = result.extras[block]
        assert isinstance(steps, list)
        assert [row.kind for row in made.rows] == ["study"] * len(steps) + ["total"]


def test_the_last_step_of_a_cumulative_plot_says_what_the_diamond_says() -> None:
    *_, last, total = cumulative_table(RESULTS[12]).rows
    assert last.cells[1:] == total.cells[1:]
    assert last.values == pytest.approx(total.values)


def test_the_numbers_of_leave_one_out_are_those_of_the_pool_without_the_study() -> None:
    rows = many(6)
    table = leave_one_out_table(pool("RR", rows, leave_one_out=True))
    texts = texts_of(svg_of(draw_table, table))
    for i in range(6):
        assert pool("RR", rows[:i] + rows[i + 1 :]).text() in texts


def test_what_was_not_computed_is_not_drawn() -> None:
    plain = pool("OR", many(5))
    for draw in (leave_one_out_table, cumulative_table):
        with pytest.raises(UsageError, match="computed without"):
            draw(plain)
    with pytest.raises(UsageError, match="computed without influence"):
        svg_of(draw_baujat, plain)
    with pytest.raises(UsageError, match="three studies"):
        svg_of(draw_baujat, pool("OR", RELAPSE, influence=True))


def test_baujats_plot_says_how_many_studies_it_does_not_name() -> None:
    texts = texts_of(svg_of(draw_baujat, RESULTS[60]))
    (words,) = [text for text in texts if "not named" in text]
    named = sum(text.startswith("Großmann"[:4]) for text in texts)
    assert words.startswith(f"{60 - named} of 60 ")


def test_a_study_on_the_line_of_labbes_plot_has_the_same_risk_in_both_arms() -> None:
    rows = [{"ai": 10 * i, "n1i": 100, "ci": 10 * i, "n2i": 100} for i in range(1, 6)]
    places = dots(svg_of(draw_labbe, pool("RR", rows, model="common")))
    (x0, y0), *rest = places
    assert all(x - x0 == pytest.approx(-(y - y0), abs=0.01) for x, y in rest)


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_the_effect_in_labbes_plot_is_named(measure: str) -> None:
    pooled = pool(measure, RELAPSE)
    (words,) = [text for text in texts_of(svg_of(draw_labbe, pooled)) if text.startswith("Dashed")]
    assert words == f"Dashed: the pooled effect, {measure} {pooled.text().split()[0]}."


def test_labbes_plot_needs_the_events_of_two_arms() -> None:
    for pooled in (pool("GEN", EXTREME[:3]), pool("PLO", [{"xi": 3, "ni": 9}, {"xi": 4, "ni": 9}])):
        with pytest.raises(UsageError, match="events of two arms"):
            svg_of(draw_labbe, pooled)


def test_a_radial_plot_needs_a_pooled_effect_and_stands_extremes() -> None:
    assert_legible(svg_of(draw_radial, pool("GEN", EXTREME, ratio=True)))
    with pytest.raises(UsageError, match="there is none"):
        svg_of(draw_radial, pool("OR", [{"ai": 0, "n1i": 9, "ci": 0, "n2i": 9}]))


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("measure", ["OR", "RD"])
def test_a_bubble_plot_has_a_bubble_for_each_study(measure: str, k: int) -> None:
    rows = [{**row, "dose of the drug": 5.0 * (i % 13)} for i, row in enumerate(many(k))]
    pooled = pool(measure, rows, moderators=["dose of the drug"])
    svg = svg_of(draw_bubble, pooled, regression_line(pooled, rows, ["dose of the drug"]), title=TITLE)
    assert_legible(svg)
    assert len(dots(svg)) == pooled.k
    assert "dose of the drug" in texts_of(svg)


def test_the_words_and_letters_of_every_tool_are_judgements() -> None:
    said = ["Low", "some concerns", "HIGH", "critical", "No information", "NI", "u", "serious", "+", ""]
    assert risk_of_bias([str(i) for i in range(10)], {"A": said}).of("A") == "+-!x???!+ "
    assert risk_of_bias(["one", "two"], {}).of("unknown") == "  "


def test_a_word_that_is_no_judgement_is_refused_with_its_place() -> None:
    with pytest.raises(InputError, match="Study 1, Blinding: 'maybe'"):
        risk_of_bias(["Blinding"], {"Study 1": ["maybe"]})


def test_judgements_differ_in_lightness_so_that_they_can_be_told_apart_in_grey() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    greys = [lightness(each.fill) for each in JUDGEMENTS]
    assert all(abs(one - other) >= 0.1 for i, one in enumerate(greys) for other in greys[:i])
    assert all(abs(lightness(each.fill) - lightness(each.ink)) >= 0.4 for each in JUDGEMENTS)

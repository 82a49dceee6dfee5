from __future__ import annotations

import re
from typing import Any

import pytest

from reviewflow.domain.pooling import pool
from reviewflow.errors import UsageError
from reviewflow.figures.effect_direction import draw_effect_direction
from tests.figures.drawn import assert_legible, svg_of, texts_of
from tests.figures.test_forest import BIAS, LONG, many

UP, DOWN = "#a03434", "#2b5c8a"


def heads(svg: str, colour: str) -> list[float]:
    """The heights of the arrows of a colour, in the order of the studies."""
    found = []
    for path in re.findall(rf'<path d="([^"]*)"[^>]*style="fill: {colour}', svg):
        ys = [float(y) for y in re.findall(r"-?[\d.]+", path)][1::2]
        found.append(max(ys) - min(ys))
    return found


def trial(study: str, events: int, total: int, other: int) -> dict[str, object]:
    return {"study": study, "ai": events, "n1i": total, "ci": other, "n2i": total}


@pytest.mark.parametrize("k", [2, 12, 60])
def test_each_study_has_an_arrow_and_nothing_is_cut_off(k: int) -> None:
    rows = [{**row, "study": f"{LONG[: 10 + 7 * (i % 9)]} {i}"} for i, row in enumerate(many(k))]
    result = pool("OR", rows, swim=True)
    svg = svg_of(draw_effect_direction, result, title=LONG, favours=("Favours this", "Favours that"), bias=BIAS)
    assert_legible(svg)
    swim: Any = result.extras["swim"]
    directions = [each["direction"] for each in swim["directions"]]
    assert len(directions) == k
    assert len(heads(svg, UP)) == directions.count("above")
    assert len(heads(svg, DOWN)) == directions.count("below")


def test_an_arrow_points_to_the_side_of_the_effect_and_grows_with_the_participants() -> None:
    rows = [trial("A", 2, 20, 5), trial("B", 9, 100, 4), trial("C", 20, 400, 10), trial("D", 5, 20, 5)]
    svg = svg_of(draw_effect_direction, pool("RR", rows, swim=True))
    assert heads(svg, DOWN) == pytest.approx([7], abs=0.01)
    assert heads(svg, UP) == pytest.approx([10, 13], abs=0.01)
    assert "Sign test: 1 of 3 below no effect (share 0.33 [0.06, 0.79]), p 1.000." in texts_of(svg)


def test_a_study_without_an_effect_has_no_row_and_none_at_all_is_refused() -> None:
    nothing = trial("Nothing", 0, 9, 0)
    assert "Nothing" not in texts_of(
        svg_of(draw_effect_direction, pool("OR", [trial("A", 2, 20, 5), nothing], swim=True))
    )
    with pytest.raises(UsageError, match="no study has an effect"):
        svg_of(draw_effect_direction, pool("OR", [nothing], swim=True))

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewflow.domain.pooling.wording import p_text, rounded


@pytest.mark.parametrize(
    ("x", "decimals", "text"),
    [
        (0.125, 2, "0.13"),
        (-0.125, 2, "-0.13"),
        (2.675, 2, "2.68"),
        (33.85, 1, "33.9"),
        (-0.001, 2, "0.00"),
        (1.0, 2, "1.00"),
        (None, 2, "-"),
        (float("nan"), 2, "-"),
        (3e12, 2, "3.00e+12"),
    ],
)
def test_halves_are_rounded_away_from_zero_as_on_paper(x: float | None, decimals: int, text: str) -> None:
    assert rounded(x, decimals) == text


@given(st.floats(0, 1))
def test_a_p_value_is_never_printed_as_zero(p: float) -> None:
    text = p_text(p)
    assert float(text.removeprefix("<")) > 0
    assert text.startswith("<") == (p < 0.001)


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_rounding_moves_a_number_by_at_most_half_a_unit(x: float, decimals: int) -> None:
    assert abs(float(rounded(x, decimals)) - x) <= 0.5 * 10.0**-decimals + 1e-9

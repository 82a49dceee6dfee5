from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.pooling import pool
from reviewflow.domain.pooling.line import regression_line
from reviewflow.errors import UsageError

TRIALS = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2), st.integers(0, 20)), min_size=4, max_size=9).filter(
    lambda trials: len({x for _, _, x in trials}) > 2
)


@settings(max_examples=40, deadline=None)
@given(TRIALS, st.floats(-10, 30), st.sampled_from(["z", "hk"]))
def test_the_band_at_a_value_is_the_interval_of_the_intercept_when_that_value_is_0(
    trials: list[tuple[float, float, int]], at: float, ci: str
) -> None:
    rows = [{"yi": y, "vi": v, "x": x, "moved": x - at} for y, v, x in trials]
    fitted, moved = (pool("GEN", rows, moderators=[name], ci=ci, tau2="DL") for name in ("x", "moved"))
    intercept = moved.coefficients[0]
    expected = (intercept.estimate, intercept.ci_lower, intercept.ci_upper)
    # The squares of two standard errors are subtracted, which costs half of the digits where they cancel.
    assert regression_line(fitted, rows, ["x"]).at(at) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_line_needs_one_moderator_of_numbers() -> None:
    rows = [{"yi": 0.1 * i, "vi": 0.1, "x": i, "z": i * i, "group": "ab"[i % 2]} for i in range(8)]
    for moderators in (["x", "z"], ["group:categorical"]):
        fitted = pool("GEN", rows, moderators=moderators)
        with pytest.raises(UsageError, match="one moderator whose values are numbers"):
            regression_line(fitted, rows, moderators)


def test_a_study_without_a_value_of_the_moderator_is_not_on_the_line() -> None:
    rows: list[dict[str, object]] = [{"yi": 0.1 * i, "vi": 0.1, "x": i} for i in range(6)]
    rows[2]["x"] = ""
    fitted = pool("GEN", rows, moderators=["x"])
    assert set(regression_line(fitted, rows, ["x"]).values) == {0, 1, 3, 4, 5}

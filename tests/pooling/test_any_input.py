from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviewflow.domain.effect import MEASURES
from reviewflow.domain.effect.columns import forms
from reviewflow.domain.pooling import Pooled, pool
from reviewflow.domain.pooling.heterogeneity import typical_variance
from reviewflow.domain.pooling.tau2 import METHODS
from reviewflow.errors import InputError, ReviewflowError

odd = st.sampled_from([None, "", "NA", "x", "1,5", -1, 0, 1, 1e-9, 1e9, float("nan"), float("inf")])
usual = st.sampled_from([0, 1, 2, 5, 10]) | st.sampled_from([20, 50, 0.3])
values = st.one_of(*[usual] * 9, odd)


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, list[dict[str, object]]]:
    measure = draw(st.sampled_from(MEASURES))
    form = draw(st.sampled_from(forms(measure)))
    row = st.fixed_dictionaries({**dict.fromkeys(form, values), "g": st.sampled_from("ab")})
    rows = draw(st.lists(row, max_size=5))
    if draw(st.booleans()):
        rows = rows[:1] * len(rows)  # the same study again and again
    return measure, [dict(one) for one in rows]


@given(
    questions(),
    st.sampled_from([None, "common", "mh", "peto", "random"]),
    st.sampled_from([None, *METHODS]),
    st.sampled_from([None, "z", "hk", "hk-adhoc"]),
    st.sampled_from([None, "only0", "all", "none"]),
    st.booleans(),
)
@example(("OR", [{"yi": 0, "sei": s, "g": "a"} for s in (1, 1, 1e-9)]), None, None, None, None, False)
@example(("HR", [{"yi": 0, "sei": s, "g": "a"} for s in (1, 1, 1e-9)]), None, None, None, None, True)
@settings(max_examples=300, deadline=None)
def test_any_rows_give_a_result_without_nan_or_an_error_in_words(
    question: tuple[str, list[dict[str, object]]],
    model: str | None,
    tau2: str | None,
    ci: str | None,
    correct: str | None,
    more: bool,  # noqa: FBT001 - hypothesis hands its values over by place
) -> None:
    measure, rows = question
    options: dict[str, Any] = {"model": model, "tau2": tau2, "ci": ci, "correct": correct}
    if more:
        options |= {"subgroup": "g", "leave_one_out": True, "small_study": ["egger", "begg", "fail-safe"]}
    found = answered(measure, rows, options)
    if isinstance(found, ReviewflowError):
        assert found.what
        assert found.remedy
    else:
        json.dumps(found.to_json(), allow_nan=False)
        assert (found.estimate is None) == ("not estimable" in found.words())


BLOCKS: list[dict[str, Any]] = [
    {"small_study": ["egger-mixed", "harbord", "peters", "macaskill"]},
    {"influence": True, "cumulative": "g", "trim_and_fill": ["L0", "R0"]},
    {"subgroup": "g", "subgroup_tau2": "common"},
    {"swim": True, "risk_of_bias": "risk"},
    {"multi_arm": "split", "icc": 0.02},
    {"multi_arm": "combine", "correlation": 0.5},
    {"moderators": ["cluster_size"], "like": "revman"},
]


@given(questions(), st.sampled_from(BLOCKS), st.data())
@settings(max_examples=300, deadline=None)
def test_any_designs_and_blocks_give_a_result_without_nan_or_an_error_in_words(
    question: tuple[str, list[dict[str, object]]], options: dict[str, Any], data: st.DataObject
) -> None:
    measure, rows = question
    for row in rows:
        row["design"] = data.draw(st.sampled_from(["", "cluster", "crossover"]))
        row["cluster_size"] = data.draw(st.sampled_from(["", 1, 20, "NR", 0.3]))
        row["risk"] = data.draw(st.sampled_from(["low", "High risk", "Some concerns", ""]))
        row["trial"] = "T"
    found = answered(measure, rows, options)
    if isinstance(found, ReviewflowError):
        assert found.what
        assert found.remedy
    else:
        json.dumps(found.to_json(), allow_nan=False)


def answered(measure: str, rows: list[dict[str, object]], options: dict[str, Any]) -> Pooled | ReviewflowError:
    try:
        return pool(measure, rows, **options)
    except ReviewflowError as error:
        return error


@pytest.mark.parametrize("model", ["common", "random", "mh"])
def test_no_rows_are_an_error_and_rows_without_numbers_are_not_estimable(model: str) -> None:
    with pytest.raises(ReviewflowError):
        pool("OR", [], model=model)
    pooled = pool("OR", [{"ai": "", "n1i": 10, "ci": 1, "n2i": 10}], model=model)
    assert pooled.to_json()["estimate"] is None
    assert pooled.excluded == (("row 1", "no value for ai"),)


def test_the_typical_variance_stands_where_one_weight_dwarfs_the_rest() -> None:
    v = np.array([1.0, 1.0, 1e-18])
    assert typical_variance(v) == pytest.approx(2 / 4, rel=1e-12)  # the trace tends to 2 (w1 + w2) as w3 grows


def test_moderators_are_refused_where_nothing_is_left_of_the_smaller_weights() -> None:
    design = np.column_stack([np.ones(4), [0.0, 1.0, 0.0, 1.0]])
    with pytest.raises(InputError, match="times the smallest"):
        typical_variance(np.array([1.0, 1.0, 1e-40, 1e-40]), design)

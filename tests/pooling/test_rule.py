from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewflow.domain.pooling import RULES, ModelRule, pool_by_rule
from reviewflow.errors import InputError

RULE = ModelRule("ours", when_high="random:DL", when_low="common:mh", when_they_disagree="common:iv")


@pytest.mark.parametrize(
    ("i2", "p", "branch", "model"),
    [
        (86.6, 0.006, "high", "random:DL"),
        (0.0, 0.932, "low", "common:mh"),
        (60.0, 0.15, "disagree", "common:iv"),
        (40.0, 0.05, "disagree", "common:iv"),
        (50.0, 0.10, "low", "common:mh"),
        (50.0, 0.05, "disagree", "common:iv"),
        (None, None, "single", "common:mh"),
    ],
)
def test_a_rule_decides_its_gaps_and_equalities_too(i2: float | None, p: float | None, branch: str, model: str) -> None:
    choice = RULE.choose(i2, p)
    assert (choice.branch, choice.model) == (branch, model)


def test_equality_counts_on_the_side_that_the_rule_names() -> None:
    assert ModelRule("high", at_equality="high").choose(50.0, 0.10).branch == "high"
    assert ModelRule("low", at_equality="low").choose(50.0, 0.10).branch == "low"


@given(
    st.sampled_from(list(RULES.values())),
    st.none() | st.floats(0, 100, allow_nan=False),
    st.none() | st.floats(0, 1, allow_nan=False),
)
def test_every_rule_decides_every_case_and_says_why(rule: ModelRule, i2: float | None, p: float | None) -> None:
    choice = rule.choose(i2, p)
    assert choice.options["model"] in {"random", "common", "mh", "peto"}
    assert choice.words


def test_the_log_names_the_numbers_the_thresholds_and_the_model() -> None:
    words = "I2 86.6 % > 50 % and p 0.006 < 0.1 (high): random effects (DL)"
    assert RULE.choose(86.552, 0.006394).words == words


@pytest.mark.parametrize(
    "wrong",
    [{"when_high": "best"}, {"i2_threshold": 150.0}, {"p_threshold": -1.0}, {"at_equality": "both"}],
)
def test_a_rule_that_cannot_be_followed_is_refused_when_it_is_made(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        ModelRule("wrong", **wrong)  # type: ignore[arg-type]  # what a protocol file may say


def test_a_proportion_has_inverse_variance_as_the_common_effect_of_a_mantel_haenszel_rule() -> None:
    rows = [{"xi": 10, "ni": 40}, {"xi": 12, "ni": 45}]
    assert pool_by_rule(RULE, "PLO", rows).chosen.model == "common"

"""What `--like` takes from other programs; docs/reference/conventions.md says the same in a table."""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from reviewflow.domain.pooling import PRESETS, choices, pool

Rows = list[dict[str, object]]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "conventions.md"
EIGHT = 1e-8  # metafor's numbers are written to more digits

EMPTY: Rows = [
    {"study": "A", "ai": 12, "n1i": 54, "ci": 21, "n2i": 52},
    {"study": "B", "ai": 30, "n1i": 105, "ci": 41, "n2i": 103},
    {"study": "C", "ai": 9, "n1i": 80, "ci": 30, "n2i": 82},
    {"study": "none", "ai": 0, "n1i": 20, "ci": 0, "n2i": 20},
]


def chosen(measure: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - the options of `choices`
    return dict(choices(measure, **options).named())


@pytest.mark.parametrize(
    ("like", "measure", "expected"),
    [
        (None, "OR", {"model": "random", "tau2": "REML", "pi": "hts", "double_zero": "drop"}),
        (None, "RD", {"model": "random", "double_zero": "keep"}),
        ("revman", "OR", {"model": "random", "tau2": "REML", "pi": "hts", "double_zero": "drop"}),
        ("revman5", "OR", {"model": "mh"}),
        ("revman5", "MD", {"model": "common"}),
        ("stata", "RR", {"model": "mh"}),
        ("stata", "PR", {"model": "common"}),
        ("metafor", "OR", {"model": "random", "tau2": "REML", "ci": "z", "pi": "z", "double_zero": "keep"}),
    ],
)
def test_a_preset_says_what_nobody_said(like: str | None, measure: str, expected: dict[str, Any]) -> None:
    assert expected.items() <= chosen(measure, like=like).items()


@pytest.mark.parametrize("like", PRESETS)
def test_what_is_said_goes_before_the_preset(like: str) -> None:
    said = {"model": "random", "tau2": "PM", "ci": "hk-adhoc", "double_zero": "keep", "pi": "t"}
    assert said.items() <= chosen("OR", like=like, **said).items()


@pytest.mark.parametrize("like", ["revman5", "stata"])
def test_random_effects_of_revman_5_and_metan_take_tau2_from_q_around_mantel_haenszel(like: str) -> None:
    found, centre = pool("OR", EMPTY, like=like, model="random"), pool("OR", EMPTY, model="mh")
    v = [study.vi for study in found.studies if study.vi is not None]
    w = [1 / each for each in v]
    scale = sum(w) - sum(each**2 for each in w) / sum(w)
    assert found.choices.tau2 == "DL"
    assert centre.q is not None
    assert found.tau2 == pytest.approx((centre.q - (len(v) - 1)) / scale, rel=1e-12)
    assert found.summary.se == pytest.approx(sqrt(1 / sum(1 / (each + (found.tau2 or 0)) for each in v)), rel=1e-12)
    assert (found.i2, found.i2_ci) == (centre.i2, None)


@pytest.mark.parametrize("like", PRESETS)
def test_no_preset_leaves_out_a_risk_difference_of_two_arms_without_events(like: str) -> None:
    assert pool("RD", EMPTY, like=like, model="random").k == 4


def test_metafors_preset_is_metafor_with_nothing_said(bcg: Rows) -> None:
    found = pool("RR", bcg, like="metafor")
    assert found.estimate == pytest.approx(-0.7145323421581394, rel=EIGHT)
    assert found.prediction_interval == pytest.approx((-1.8666922179028864, 0.43762753358660766), rel=EIGHT)


def test_metafors_prediction_interval_has_the_quantile_of_its_confidence_interval(bcg: Rows) -> None:
    with_t = pool("RR", bcg, like="metafor", ci="hk").choices.pi
    assert (with_t, pool("RR", bcg, like="metafor").choices.pi) == ("t", "z")
    assert pool("RR", bcg, like="metafor", ci="hk", pi="hts").choices.pi == "hts"


def test_the_page_of_conventions_has_a_column_for_every_preset() -> None:
    text = PAGE.read_text(encoding="utf-8")
    header = next(line for line in text.splitlines() if line.startswith("| choice |"))
    assert [f"`{like}`" for like in PRESETS if f"`{like}`" not in header] == []
    for like, preset in PRESETS.items():
        column = header.split("|").index(f" `{like}` ")
        for name, value in preset.items():
            cell = next(line for line in text.splitlines() if line.startswith(f"| {name} |")).split("|")[column]
            assert value in cell, f"{like}, {name}: {cell}"

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewflow.domain.findings import corresponding_risk, difference_text, letter, per_thousand, risk_text, risks
from reviewflow.domain.grade import Certainty, Judgement, is_randomised, rate, read_judgement, starting_level
from reviewflow.domain.pooling import pool
from reviewflow.errors import UsageError
from reviewflow.resources import schema_toml

TABLE: dict[str, Any] = schema_toml("grade.toml")
DOMAINS = {each["name"]: each for each in TABLE["domain"]}
SHARES = st.floats(0.001, 0.999)
RATIOS = st.floats(0.01, 50)


def rated(start: str, *steps: tuple[str, int], robins_i: bool = False, randomised: bool = True) -> str:
    judged = tuple(Judgement(domain, levels, "a reason") for domain, levels in steps)
    return rate(Certainty("s", start, judged, robins_i, randomised), TABLE).level


@given(
    st.sampled_from(["high", "low"]),
    st.fixed_dictionaries({name: st.integers(0, each["most"]) for name, each in DOMAINS.items()}),
)
def test_certainty_is_the_start_moved_by_the_steps_within_the_scale(start: str, steps: dict[str, int]) -> None:
    levels = TABLE["levels"]
    moved = levels.index(start) + sum(DOMAINS[name]["sign"] * n for name, n in steps.items())
    signed = [(name, DOMAINS[name]["sign"] * n) for name, n in steps.items()]
    assert rated(start, *signed) == levels[min(max(moved, 0), 3)]


def test_randomised_trials_start_high_and_others_low_unless_robins_i_judged_them() -> None:
    assert starting_level(randomised=True) == "high"
    assert starting_level(randomised=False) == "low"
    assert starting_level(randomised=False, robins_i=True) == "high"


@pytest.mark.parametrize(
    ("design", "is_one"),
    [
        ("RCT", True), ("cluster RCT", True), ("Randomized controlled trial", True), ("randomised trial", True),
        ("single-arm", False), ("cohort", False), ("non-randomised", False), ("quasi-RCT", False), ("", False),
        ("not randomized", False), ("arctic survey", False), ("unrandomised", False),
    ],
)  # fmt: skip
def test_a_design_is_that_of_a_randomised_trial_or_not(design: str, *, is_one: bool) -> None:
    assert is_randomised(design) is is_one


@pytest.mark.parametrize(
    ("certainty", "warning"),
    [
        (
            Certainty("s", "low", (Judgement("imprecision", -1, "r"), Judgement("large_effect", 1, "r"))),
            "although rated",
        ),
        (Certainty("s", "high", (Judgement("dose_response", 1, "r"),), randomised=True), "are randomised"),
        (Certainty("s", "high"), "needs an appraisal by ROBINS-I"),
        (Certainty("s", "high", robins_i=True, randomised=True), "ROBINS-I is for"),
        (Certainty("s", "low", (Judgement("imprecision", -2, "r"),)), "never below very low"),
    ],
)  # fmt: skip
def test_what_is_against_the_rules_is_warned_of(certainty: Certainty, warning: str) -> None:
    assert any(warning in each for each in rate(certainty, TABLE).warnings)


def test_a_plain_rating_warns_of_nothing_and_names_what_is_open() -> None:
    found = rate(Certainty("s", "high", (Judgement("imprecision", -1, "r"),), randomised=True), TABLE)
    assert found.warnings == ()
    assert found.symbol == "⊕⊕⊕⊝"
    assert found.open == ("risk of bias", "inconsistency", "indirectness", "publication bias")


@pytest.mark.parametrize(
    ("text", "judgement"),
    [
        ("imprecision=serious: few events", Judgement("imprecision", -1, "few events")),
        ("risk of bias=-2: open label: no concealment", Judgement("risk_of_bias", -2, "open label: no concealment")),
        ("inconsistency=0", Judgement("inconsistency", 0)),
        ("indirectness = not serious : same people", Judgement("indirectness", 0, "same people")),
        ("publication-bias=strongly suspected: funnel", Judgement("publication_bias", -1, "funnel")),
        ("large_effect=very large: OR 0.1", Judgement("large_effect", 2, "OR 0.1")),
    ],
)
def test_a_judgement_is_read_in_words_or_steps(text: str, judgement: Judgement) -> None:
    assert read_judgement(text, TABLE) == judgement


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("imprecision=serious", "without a reason"),
        ("imprecision", "is no judgement"),
        ("novelty=1: new", "is no domain"),
        ("risk_of_bias=+1: good", "is no judgement on risk of bias"),
        ("large_effect=-1: small", "is no judgement on large effect"),
        ("publication_bias=-2: much", "is no judgement on publication bias"),
        ("risk_of_bias=extremely serious: all", "at most 2, not 3"),
        ("inconsistency=much: yes", "is no judgement on inconsistency"),
    ],
)
def test_a_judgement_that_grade_does_not_know_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_judgement(text, TABLE)


def test_only_with_robins_i_does_risk_of_bias_take_three_steps() -> None:
    text = "risk_of_bias=extremely serious: critical in all"
    assert read_judgement(text, TABLE, robins_i=True).levels == -3


# Handbook 5.1, 12.5.4.2 and 12.5.4.3: RR 0.92 and OR 0.73 at an assumed risk of 0.3.
@pytest.mark.parametrize(
    ("measure", "effect", "fewer"), [("RR", 0.92, "24"), ("OR", 0.73, "62"), ("RD", -0.133, "133")]
)
def test_the_handbooks_worked_examples(measure: str, effect: float, fewer: str) -> None:
    difference = corresponding_risk(measure, effect, 0.3) - 0.3
    assert difference_text((difference, difference, difference)).startswith(f"{fewer} fewer per 1000")


@given(RATIOS, SHARES)
def test_an_odds_ratio_gives_a_risk_whose_odds_are_that_many_times_the_assumed_odds(ratio: float, share: float) -> None:
    risk = corresponding_risk("OR", ratio, share)
    assert 0 < risk < 1
    assert risk / (1 - risk) == pytest.approx(ratio * share / (1 - share), rel=1e-9)


@given(SHARES, st.sampled_from(["OR", "RR", "HR"]))
def test_no_relative_effect_is_no_difference(share: float, measure: str) -> None:
    assert corresponding_risk(measure, 1.0, share) == pytest.approx(share, rel=1e-12)


@given(RATIOS, SHARES)
def test_a_hazard_ratio_takes_the_survival_to_its_power(ratio: float, share: float) -> None:
    assert 1 - corresponding_risk("HR", ratio, share) == pytest.approx((1 - share) ** ratio, rel=1e-9, abs=1e-12)


ROWS = [
    {"study": "a", "ai": 10, "n1i": 50, "ci": 20, "n2i": 50},
    {"study": "b", "ai": 12, "n1i": 60, "ci": 18, "n2i": 60},
    {"study": "c", "ai": 8, "n1i": 40, "ci": 4, "n2i": 40},
]


def test_the_assumed_risk_is_the_median_of_the_control_groups_where_none_is_given() -> None:
    found = risks(pool("RR", ROWS, model="mh"))
    assert found is not None
    assert (found.assumed, found.assumed_from) == (0.3, "median of 3 control groups")
    given_ = risks(pool("RR", ROWS, model="mh"), 0.1, "a registry")
    assert given_ is not None
    assert (given_.assumed, given_.assumed_from) == (0.1, "a registry")


def test_a_risk_beyond_all_is_cut_and_said_to_be() -> None:
    found = risks(pool("RR", [{"study": "a", "ai": 30, "n1i": 50, "ci": 3, "n2i": 50}]), 0.5)
    assert found is not None
    assert found.clipped
    assert found.corresponding[0] == 1.0


def test_a_single_arm_has_a_risk_and_no_difference() -> None:
    found = risks(pool("PLO", [{"study": "a", "xi": 5, "ni": 20}]))
    assert found is not None
    assert (found.assumed, found.difference) == (None, None)
    assert risk_text(found.corresponding).startswith("250 per 1000 [")


def test_a_mean_difference_has_no_risks() -> None:
    row = {"study": "a", "m1i": 1, "sd1i": 1, "n1i": 9, "m2i": 2, "sd2i": 1, "n2i": 9}
    assert risks(pool("MD", [row])) is None


def test_numbers_of_people_are_rounded_half_up_and_the_direction_is_a_word() -> None:
    assert per_thousand(0.0125) == "13"
    assert difference_text((0.0215, -0.001, 0.1)) == "22 more per 1000 (from 1 fewer to 100 more)"


def test_footnotes_go_on_after_z() -> None:
    assert [letter(n) for n in (0, 25, 26, 51, 52)] == ["a", "z", "aa", "az", "ba"]

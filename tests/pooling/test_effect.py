from __future__ import annotations

from math import asin, atanh, isclose, log, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.effect import MEASURES, effect_sizes, scale_of
from reviewflow.domain.effect.columns import forms
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.effect import DoubleZero

TWO = {"study": "A", "ai": 4, "n1i": 123, "ci": 11, "n2i": 139}


@pytest.mark.parametrize(
    ("measure", "row", "y", "v"),
    [
        ("OR", TWO, log(4 * 128 / (119 * 11)), 1 / 4 + 1 / 119 + 1 / 11 + 1 / 128),
        ("RR", TWO, log(4 / 123 / (11 / 139)), 1 / 4 - 1 / 123 + 1 / 11 - 1 / 139),
        ("RD", TWO, 4 / 123 - 11 / 139, 4 * 119 / 123**3 + 11 * 128 / 139**3),
        ("PR", {"xi": 3, "ni": 10}, 0.3, 0.021),
        ("PLO", {"xi": 3, "ni": 10}, log(3 / 7), 1 / 3 + 1 / 7),
        ("PAS", {"xi": 3, "ni": 10}, asin(sqrt(0.3)), 1 / 40),
        ("PFT", {"xi": 3, "ni": 10}, (asin(sqrt(3 / 11)) + asin(sqrt(4 / 11))) / 2, 1 / 42),
        ("IRR", {"x1i": 3, "t1i": 20, "x2i": 8, "t2i": 25}, log(3 / 20 / (8 / 25)), 1 / 3 + 1 / 8),
        ("IR", {"xi": 3, "ti": 20}, 0.15, 3 / 400),
        ("IRLN", {"xi": 3, "ti": 20}, log(0.15), 1 / 3),
        ("COR", {"ri": 0.5, "ni": 28}, 0.5, 0.75**2 / 27),
        ("ZCOR", {"ri": 0.5, "ni": 28}, atanh(0.5), 1 / 25),
        ("MD", {"m1i": 5, "sd1i": 2, "n1i": 10, "m2i": 3, "sd2i": 1, "n2i": 20}, 2, 4 / 10 + 1 / 20),
        ("ROM", {"m1i": 5, "sd1i": 2, "n1i": 10, "m2i": 3, "sd2i": 1, "n2i": 20}, log(5 / 3), 4 / 250 + 1 / 180),
        ("GEN", {"yi": 0.3, "sei": 0.2}, 0.3, 0.04),
        ("HR", {"o_minus_e": -4, "v": 10}, -0.4, 0.1),
    ],
)
def test_an_effect_size_is_what_its_textbook_formula_gives(
    measure: str, row: Mapping[str, object], y: float, v: float
) -> None:
    effects = effect_sizes(measure, [row])
    assert (effects.y[0], effects.v[0]) == pytest.approx((y, v), rel=1e-12)


def test_hedges_g_has_the_exact_correction() -> None:
    row = {"m1i": 1, "sd1i": 1, "n1i": 2, "m2i": 0, "sd2i": 1, "n2i": 2}
    # With two degrees of freedom J is Gamma(1) / (1 * Gamma(1/2)) = 1 / sqrt(pi).
    assert effect_sizes("SMD", [row]).y[0] == pytest.approx(1 / sqrt(np.pi), rel=1e-12)


@pytest.mark.parametrize("measure", [m for m in MEASURES if m not in {"PFT", "GEN"}])
def test_the_way_back_from_the_analysis_scale_undoes_the_way_there(measure: str) -> None:
    scale = scale_of(measure)
    for value in (0.05, 0.3, 0.7, 0.95):
        assert scale.back(scale.into(value)) == pytest.approx(value, rel=1e-12)


@given(st.floats(0, 1), st.floats(1, 5000))
@settings(max_examples=200)
def test_double_arcsines_come_back_as_the_proportion_they_were(p: float, n: float) -> None:
    scale = scale_of("PFT", n=n)
    # Near 0 and 1 the transform is flat: half of the digits are lost.
    assert scale.back(scale.into(p)) == pytest.approx(p, abs=1e-7)


def test_double_arcsines_beyond_the_range_of_the_transform_are_clipped() -> None:
    scale = scale_of("PFT", n=20)
    assert (scale.back(-0.2), scale.back(0.0), scale.back(1.6)) == (0, 0, 1)


def test_the_continuity_correction_goes_where_it_is_asked_to_go() -> None:
    rows = [{**TWO, "ai": 0}, TWO]
    plain = effect_sizes("OR", [TWO]).y[0]
    assert list(effect_sizes("OR", rows).corrected) == [True, False]
    assert effect_sizes("OR", rows).y[1] == plain
    assert list(effect_sizes("OR", rows, to="all").corrected) == [True, True]
    assert list(effect_sizes("OR", rows, to="if0all").corrected) == [True, True]
    assert list(effect_sizes("OR", [TWO, TWO], to="if0all").corrected) == [False, False]
    assert effect_sizes("OR", rows).y[0] == pytest.approx(log(0.5 * 128.5 / (123.5 * 11.5)))


def test_a_zero_without_a_correction_is_excluded_with_the_reason() -> None:
    effects = effect_sizes("OR", [{**TWO, "study": "Z", "ai": 0}, TWO], to="none")
    assert effects.studies == ("A",)
    assert effects.excluded == (("Z", "no sampling variance: it is 0 or infinite"),)


@pytest.mark.parametrize("measure", ["PAS", "PFT"])
def test_arcsines_take_zero_and_all_events_uncorrected(measure: str) -> None:
    effects = effect_sizes(measure, [{"xi": 0, "ni": 9}, {"xi": 9, "ni": 9}])
    assert not effects.corrected.any()
    assert effects.k == 2


@pytest.mark.parametrize("missing", [None, "", " ", "NA", "nr", float("nan")])
def test_a_missing_value_excludes_the_row_by_name(missing: object) -> None:
    effects = effect_sizes("OR", [{**TWO, "study": "B", "ci": missing}, TWO])
    assert effects.studies == ("A",)
    assert effects.excluded == (("B", "no value for ci"),)


@pytest.mark.parametrize(
    ("measure", "wrong", "words"),
    [
        ("OR", {**TWO, "ai": 124}, r"row 2 \(A\): 124 events \(ai\) among 123 \(n1i\)"),
        ("OR", {**TWO, "ai": -1}, r"row 2 \(A\): ai is -1, a negative count"),
        ("RD", {**TWO, "ai": 0, "n1i": 0}, r"row 2 \(A\): n1i is 0"),
        ("OR", {**TWO, "ci": "4,5"}, r"row 2 \(A\): ci is '4,5', which is no number"),
        ("OR", {**TWO, "ci": float("inf")}, r"row 2 \(A\): ci is infinite"),
    ],
)
def test_a_number_that_cannot_be_right_names_its_row(measure: str, wrong: Mapping[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        effect_sizes(measure, [TWO, wrong])
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("measure", "row", "words"),
    [
        ("MD", {"m1i": 5, "sd1i": -2, "n1i": 10, "m2i": 3, "sd2i": 1, "n2i": 20}, "negative standard deviation"),
        ("ROM", {"m1i": 5, "sd1i": 2, "n1i": 10, "m2i": -3, "sd2i": 1, "n2i": 20}, "same sign"),
        ("ZCOR", {"ri": 1.2, "ni": 20}, "no correlation lies beyond 1"),
        ("IR", {"xi": 3, "ti": 0}, "person-time must be above 0"),
        ("GEN", {"yi": 1, "vi": 0}, "a variance must be above 0"),
        ("HR", {"estimate": 0.5, "ci_lower": 0.6, "ci_upper": 0.9}, "is not inside"),
        ("HR", {"estimate": -0.5, "ci_lower": -0.9, "ci_upper": -0.1}, "not lie inside the scale of a ratio"),
        ("PLO", {"estimate": 1.4, "ci_lower": 1.1, "ci_upper": 1.6}, "not lie inside the scale of a proportion"),
    ],
)
def test_what_no_study_can_report_is_refused(measure: str, row: Mapping[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        effect_sizes(measure, [row])


def test_a_perfect_correlation_is_excluded_with_the_reason() -> None:
    effects = effect_sizes("ZCOR", [{"study": "P", "ri": 1, "ni": 20}, {"study": "Q", "ri": 0.3, "ni": 20}])
    assert effects.studies == ("Q",)
    assert "correlation of 1" in effects.excluded[0][1]


def test_a_printed_ratio_with_its_interval_gives_the_log_and_its_variance() -> None:
    effects = effect_sizes("HR", [{"estimate": "0.70", "ci_lower": "0.50", "ci_upper": "0.98"}])
    assert effects.y[0] == pytest.approx(log(0.7))
    assert sqrt(effects.v[0]) == pytest.approx(log(0.98 / 0.5) / (2 * 1.959963984540054))


@pytest.mark.parametrize("measure", MEASURES)
def test_columns_that_do_not_suffice_are_answered_with_those_that_would(measure: str) -> None:
    with pytest.raises(InputError) as caught:
        effect_sizes(measure, [{"study": "A", "year": 1999}])
    for form in forms(measure):
        assert ",".join(form) in caught.value.remedy


def test_an_author_with_two_papers_is_two_studies_when_the_table_has_years() -> None:
    rows = [{"author": "Comstock", "year": year, "yi": 0, "vi": 1} for year in (1974, 1976)]
    assert effect_sizes("GEN", rows).studies == ("Comstock 1974", "Comstock 1976")


def test_a_count_that_is_not_whole_is_pointed_out_as_a_likely_percentage() -> None:
    effects = effect_sizes("PLO", [{"study": "A", "xi": 57.4, "ni": 100}])
    assert effects.warnings == ("row 1 (A): xi = 57.4 is not whole: is it a percentage?",)


def test_text_and_numbers_read_alike() -> None:
    text = effect_sizes("OR", [{name: str(value) for name, value in TWO.items()}])
    assert isclose(text.y[0], effect_sizes("OR", [TWO]).y[0])


@pytest.mark.parametrize("double_zero", ["drop", "blank"])
def test_a_study_without_an_effect_size_is_not_said_to_be_adjusted(double_zero: DoubleZero) -> None:
    none = {"study": "B", "ai": 0, "n1i": 40, "ci": 0, "n2i": 41}
    one = {"study": "C", "ai": 0, "n1i": 30, "ci": 2, "n2i": 33}
    found = effect_sizes("OR", [TWO, none, one], double_zero=double_zero)
    assert [each.study for each in found.adjustments] == ["C"]
    kept = effect_sizes("OR", [TWO, none, one], double_zero="keep")
    assert [each.study for each in kept.adjustments] == ["B", "C"]

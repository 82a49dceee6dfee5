"""Every coefficient as its source prints it, or as two independent programs compute it.

Programs: statsmodels 0.15.0 (`cohens_kappa`, `fleiss_kappa`) and irrCAC 0.4.4 (`CAC`, with its five categories named).
The numbers stand here; the programs are not needed.
"""

from __future__ import annotations

import numpy as np
import pytest

from reviewflow.domain.agreement import (
    PairTable,
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    counts_of,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    many_agreement,
    null_standard_error,
    observed_agreement,
    pair_agreement,
)

# Printed or computed with four decimals.
FOUR = 5e-5
THREE = 5e-4


def table(*rows: tuple[int, ...]) -> PairTable:
    return PairTable(tuple("abc"[: len(rows)]), rows)


# Sim and Wright 2005, doi:10.1093/ptj/85.3.257, from Kilpikoski 2002: two physiotherapists on directional preference.
SIM_WRIGHT = table((22, 2), (4, 11))
# Feinstein and Cicchetti 1990, doi:10.1016/0895-4356(90)90158-l: table 1, and the paradox of a prevailing category.
BALANCED = table((40, 9), (6, 45))
PARADOX = table((80, 10), (5, 5))
# Gwet 2008, doi:10.1348/000711006X126600: high agreement and a kappa below 0.
HIGH = table((118, 5), (2, 0))
# Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, 3rd edition, table 18.1.
DIAGNOSES = table((75, 1, 4), (5, 4, 1), (0, 0, 10))


@pytest.mark.parametrize(
    ("of", "observed", "kappa", "interval", "pabak"),
    [
        (SIM_WRIGHT, 0.8462, 0.6667, (0.424, 0.909), 0.6923),
        (BALANCED, 0.85, 0.6995, (0.560, 0.839), 0.70),
        (PARADOX, 0.85, 0.3182, (0.057, 0.580), 0.70),
        (HIGH, 0.944, -0.0234, (-0.048, 0.001), 0.888),
        (DIAGNOSES, 0.89, 0.6765, (0.505, 0.848), 0.835),
    ],
)
def test_kappa_and_its_interval_are_the_published_ones(
    of: PairTable, observed: float, kappa: float, interval: tuple[float, float], pabak: float
) -> None:
    found = pair_agreement(of)
    assert found.observed.value == pytest.approx(observed, abs=FOUR)
    assert found.kappa.value == pytest.approx(kappa, abs=FOUR)
    # -.0475 is printed as -.048: half a unit, and a little for how it was rounded.
    assert found.kappa.ci == pytest.approx(interval, abs=THREE + 1e-4)
    assert found.pabak.value == pytest.approx(pabak, abs=FOUR)


@pytest.mark.parametrize(
    ("of", "ac1", "interval"),
    [
        (SIM_WRIGHT, 0.7150, (0.486, 0.944)),
        (BALANCED, 0.7007, (0.558, 0.843)),
        (PARADOX, 0.8080, (0.704, 0.912)),
        (HIGH, 0.9408, (0.895, 0.986)),
    ],
)
def test_gwets_ac1_and_its_interval_are_the_published_ones(
    of: PairTable, ac1: float, interval: tuple[float, float]
) -> None:
    found = pair_agreement(of).ac1
    assert found.value == pytest.approx(ac1, abs=FOUR)
    assert found.ci == pytest.approx(interval, abs=THREE)


def test_the_indices_of_prevalence_and_bias_and_the_agreement_on_a_category_are_the_published_ones() -> None:
    kilpikoski, paradox = pair_agreement(SIM_WRIGHT), pair_agreement(PARADOX)
    assert kilpikoski.prevalence_index == pytest.approx(0.2821, abs=FOUR)
    assert kilpikoski.bias_index == pytest.approx(-0.0513, abs=FOUR)
    assert paradox.positive == pytest.approx(0.9143, abs=FOUR)
    assert paradox.negative == pytest.approx(0.40, abs=FOUR)
    assert pair_agreement(DIAGNOSES).prevalence_index is None


@pytest.mark.parametrize(
    ("of", "kappa", "se", "se_null"),
    [
        (SIM_WRIGHT, 0.6666666666666666, 0.12383607455045041, 0.15913663867542954),
        (BALANCED, 0.6995192307692307, 0.07139360269998822, 0.09981925927860312),
        (PARADOX, 0.318181818181818, 0.13345652122383617, 0.09738311493467529),
        (HIGH, -0.02339181286549608, 0.012286756672845256, 0.0803807498289193),
        (DIAGNOSES, 0.676470588235294, 0.08770295347521254, 0.07618725792346259),
        (table((3, 1, 0), (0, 4, 2), (2, 2, 7)), 0.475, 0.16193169856454911, 0.15605685341118036),
    ],
)
def test_kappa_and_both_standard_errors_equal_those_of_statsmodels(
    of: PairTable, kappa: float, se: float, se_null: float
) -> None:
    found = cohen_kappa(of)
    # The same arithmetic in another order: what is left is rounding, enlarged by 1 - expected in the denominator.
    assert (found.value, found.se) == pytest.approx((kappa, se), rel=1e-11)
    assert null_standard_error(of) == pytest.approx(se_null, rel=1e-11)


def test_the_test_of_kappa_in_fleiss_levin_and_paik_is_reproduced() -> None:
    se_null = null_standard_error(DIAGNOSES)
    kappa = cohen_kappa(DIAGNOSES).value
    assert se_null is not None
    assert kappa is not None
    assert kappa / se_null == pytest.approx(8.88, abs=5e-3)
    assert se_null == pytest.approx(0.0762, abs=FOUR)


# Fleiss 1971, doi:10.1037/h0031619: thirty patients, six psychiatrists, five diagnoses.
PSYCHIATRISTS = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 "
    "00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)
# Ten subjects, fourteen raters, five categories: the worked example that statsmodels and others test with.
FOURTEEN = (
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
)


def test_fleiss_kappa_of_more_than_two_raters_is_the_published_one() -> None:
    psychiatrists = np.array([[int(n) for n in row] for row in PSYCHIATRISTS.split()])
    assert fleiss_kappa(psychiatrists).value == pytest.approx(0.43024452006014074, rel=1e-12)
    assert fleiss_kappa(np.array(FOURTEEN)).value == pytest.approx(0.20993, abs=5e-6)


# Gwet 2014, Handbook of Inter-Rater Reliability, 4th edition, ISBN 978-0-9708062-8-4 (`raw_4raters` of irrCAC): twelve
# subjects, four raters, five categories; a dot is a missing rating.
TWELVE = "11.1 2232 3333 3333 2222 1234 4444 1121 2222 .555 ..11 ..3."
FOUR_RATERS = [[None if said == "." else said for said in row] for row in TWELVE.split()]
COUNTS = counts_of(FOUR_RATERS, "12345")


@pytest.mark.parametrize(
    ("name", "value", "se", "interval"),
    [
        ("fleiss", 0.76117, 0.15302, (0.42438, 1)),
        ("conger", 0.76282, 0.14917, (0.43450, 1)),
        ("alpha", 0.74342, 0.14557, (0.41906, 1)),
        ("brennan_prediger", 0.77273, 0.14472, (0.45421, 1)),
        ("ac1", 0.77544, 0.14295, (0.46081, 1)),
    ],
)
def test_coefficients_of_four_raters_with_missing_ratings_equal_those_of_irrcac(
    name: str, value: float, se: float, interval: tuple[float, float]
) -> None:
    found = getattr(many_agreement(FOUR_RATERS, "12345"), name)
    assert (found.value, found.se) == pytest.approx((value, se), abs=5.1e-6)  # five decimals
    assert found.ci == pytest.approx(interval, abs=5.1e-6)


def test_each_coefficient_alone_is_that_of_all_together() -> None:
    whole = many_agreement(FOUR_RATERS, "12345")
    alone = [f(COUNTS) for f in (fleiss_kappa, krippendorff_alpha, brennan_prediger, gwet_ac1)]
    assert alone == [whole.fleiss, whole.alpha, whole.brennan_prediger, whole.ac1]
    assert whole.conger == conger_kappa(FOUR_RATERS, "12345")
    assert (whole.n, whole.n_complete) == (11, 8)
    assert whole.observed == observed_agreement(COUNTS) == pytest.approx(0.81818, abs=5e-6)

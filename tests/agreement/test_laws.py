"""What holds of agreement whatever the ratings are."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reviewflow.domain.agreement import (
    NOT_STANDARD,
    Estimate,
    PairTable,
    band,
    conger_kappa,
    counts_of,
    fleiss_kappa,
    krippendorff_alpha,
    many_agreement,
    pair_agreement,
    remarks,
    sentence,
)
from reviewflow.domain.agreement.estimate import NO_RATINGS, NO_SPREAD, ONE_CATEGORY, TOO_FEW
from reviewflow.errors import InputError

EXAMPLES = settings(max_examples=60, deadline=None)
NAMES = ("include", "exclude", "unsure")
# What is added in another order differs by rounding only.
SAME = 1e-9


@st.composite
def tables(draw: st.DrawFn, least: int = 0) -> PairTable:
    q = draw(st.integers(2, 3))
    rows = st.tuples(*[st.tuples(*[st.integers(least, 40)] * q)] * q)
    return PairTable(NAMES[:q], draw(rows))


ratings = st.integers(2, 4).flatmap(
    lambda r: st.lists(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=r, max_size=r), max_size=12)
)


def estimates(of: object) -> list[Estimate]:
    return [each for name in of.__slots__ if isinstance(each := getattr(of, name), Estimate)]  # type: ignore[attr-defined]  # both results have slots


def two_columns(table: PairTable) -> list[list[str | None]]:
    cells = [(i, j, n) for i, row in enumerate(table.counts) for j, n in enumerate(row)]
    return [[table.categories[i], table.categories[j]] for i, j, n in cells for _ in range(n)]


@EXAMPLES
@given(table=tables())
def test_a_missing_number_says_why_and_an_interval_holds_its_value(table: PairTable) -> None:
    for each in estimates(pair_agreement(table)):
        assert (each.ci is None) == bool(each.why)
        if each.value is not None and each.ci is not None:
            assert -1 <= each.ci[0] <= each.value <= each.ci[1] <= 1


@EXAMPLES
@given(rows=ratings)
def test_many_raters_with_any_votes_missing_get_a_number_or_the_reason_why_not(rows: list[list[str | None]]) -> None:
    found = many_agreement(rows, "abc")
    assert (found.observed is None) == (found.n == 0)
    for each in estimates(found):
        assert (each.ci is None) == bool(each.why)
        assert -inf < (each.value or 0) <= 1 + SAME


@EXAMPLES
@given(table=tables())
def test_it_does_not_matter_who_is_the_first_reviewer(table: PairTable) -> None:
    turned = PairTable(table.categories, tuple(zip(*table.counts, strict=True)))
    one, other = pair_agreement(table), pair_agreement(turned)
    for a, b in zip(estimates(one), estimates(other), strict=True):
        assert a.value == pytest.approx(b.value, abs=SAME)
        assert a.ci == pytest.approx(b.ci, abs=SAME)
    assert one.prevalence_index == other.prevalence_index
    if one.bias_index is not None:
        assert other.bias_index == -one.bias_index


@EXAMPLES
@given(table=tables(least=1))
def test_congers_kappa_of_two_raters_is_cohens(table: PairTable) -> None:
    assert conger_kappa(two_columns(table), table.categories).value == pytest.approx(
        pair_agreement(table).kappa.value, abs=SAME
    )


@EXAMPLES
@given(table=tables(least=1))
def test_krippendorffs_alpha_of_complete_ratings_is_fleiss_kappa_corrected_for_a_small_sample(table: PairTable) -> None:
    counts = counts_of(two_columns(table), table.categories)
    kappa, alpha = fleiss_kappa(counts).value, krippendorff_alpha(counts).value
    assert kappa is not None
    assert alpha == pytest.approx(1 - (1 - 1 / (2 * table.n)) * (1 - kappa), abs=SAME)


@EXAMPLES
@given(a=st.integers(0, 50), b=st.integers(0, 50), c=st.integers(0, 50), d=st.integers(0, 50))
def test_pabak_is_twice_the_agreement_less_one(a: int, b: int, c: int, d: int) -> None:
    assume(a + b + c + d)
    found = pair_agreement(PairTable(NAMES[:2], ((a, b), (c, d))))
    assert found.pabak.value == pytest.approx(2 * (a + d) / (a + b + c + d) - 1, abs=SAME)


@EXAMPLES
@given(rows=ratings)
def test_the_order_of_reports_and_reviewers_does_not_matter(rows: list[list[str | None]]) -> None:
    turned = [row[::-1] for row in rows[::-1]]
    for a, b in zip(estimates(many_agreement(rows, "abc")), estimates(many_agreement(turned, "cab")), strict=True):
        assert a.value == pytest.approx(b.value, abs=SAME)
        assert a.ci == pytest.approx(b.ci, abs=SAME)


def test_where_nothing_was_rated_twice_there_is_no_number() -> None:
    empty = pair_agreement(PairTable(NAMES[:2], ((0, 0), (0, 0))))
    assert [(each.value, each.why) for each in estimates(empty)] == [(None, NO_RATINGS)] * 4
    assert (empty.kappa_se_null, empty.prevalence_index, empty.positive) == (None, None, None)
    for rows in ([], [[None, None, None]], [["a", None], [None, "a"]]):
        found = many_agreement(rows, "ab")
        assert [(each.value, each.why) for each in estimates(found)] == [(None, NO_RATINGS)] * 5


def test_where_all_votes_are_the_same_kappa_is_not_defined_and_pabak_and_ac1_are() -> None:
    found = pair_agreement(PairTable(NAMES[:2], ((0, 0), (0, 7))))
    assert (found.kappa.value, found.kappa.why) == (None, ONE_CATEGORY)
    assert (found.pabak.value, found.ac1.value) == (1, 1)
    assert (found.positive, found.negative) == (None, 1)
    together = many_agreement([["a", "a", "a"]] * 4, "ab")
    assert [each.why for each in (together.fleiss, together.conger, together.alpha)] == [ONE_CATEGORY] * 3


def test_perfect_agreement_has_no_interval_of_width_nothing() -> None:
    found = pair_agreement(PairTable(NAMES[:2], ((5, 0), (0, 5))))
    for each in (found.kappa, found.pabak, found.ac1):
        assert (each.value, each.ci, each.why) == (1, None, NO_SPREAD)
    # By hand: Wilson's lower end for 10 of 10 is 10 / (10 + 1.96^2).
    assert found.observed.ci == pytest.approx((10 / (10 + 1.959963984540054**2), 1))


def test_a_single_report_gives_no_interval() -> None:
    assert pair_agreement(PairTable(NAMES[:2], ((0, 1), (0, 0)))).ac1.why == TOO_FEW


def test_one_category_alone_gives_no_chance_and_no_ac1() -> None:
    found = pair_agreement(PairTable(("wrong_design",), ((4,),)))
    assert [each.value for each in estimates(found)] == [1, None, None, None]


def test_a_rating_that_is_no_category_is_refused_and_named() -> None:
    with pytest.raises(InputError, match="'maybe' is none of the categories"):
        PairTable.of(NAMES, [("include", "maybe")])
    with pytest.raises(InputError, match="'maybe' is none of the categories"):
        counts_of([["include", "maybe"]], NAMES)
    with pytest.raises(InputError, match="needs 2 rows of 2 counts"):
        PairTable(NAMES[:2], ((1, 2),))
    with pytest.raises(InputError, match="below 0"):
        PairTable(NAMES[:2], ((1, 2), (-1, 3)))


def test_a_million_ratings_are_counted_as_they_are() -> None:
    big = PairTable(NAMES[:2], ((400_000, 30_000), (20_000, 550_000)))
    small = PairTable(NAMES[:2], ((40, 3), (2, 55)))
    one, other = pair_agreement(big), pair_agreement(small)
    assert one.kappa.value == pytest.approx(other.kappa.value, abs=SAME)
    assert one.kappa.se == pytest.approx((other.kappa.se or 0) / 100, rel=1e-6)
    assert one.ac1.value == pytest.approx(other.ac1.value, abs=SAME)
    assert np.sum(big.ratings()) == 2_000_000


@pytest.mark.parametrize(
    ("kappa", "word"),
    [
        (1, "excellent"),
        (0.745, "excellent"),
        (0.744, "good"),
        (0.6, "good"),
        (0.594, "fair"),
        (0.395, "fair"),
        (0.394, "less than fair"),
        (-0.2, "less than fair"),
    ],
)
def test_a_band_is_chosen_by_the_two_decimals_that_are_shown(kappa: float, word: str) -> None:
    assert band(kappa) == word


def test_the_sentence_for_the_text_gives_counts_share_kappa_and_interval() -> None:
    found = pair_agreement(PairTable(NAMES[:2], ((22, 2), (4, 11))))
    assert sentence(found, "records") == (
        "Two reviewers agreed on 33 of 39 records (84.6 %; Cohen's kappa 0.67, 95 % CI 0.42 to 0.91)."
    )
    alike = pair_agreement(PairTable(NAMES[:2], ((0, 0), (0, 7))))
    assert sentence(alike, "reports") == (
        "Two reviewers agreed on 7 of 7 reports (100.0 %; Cohen's kappa is not defined, since all votes were the same)."
    )
    nobody = pair_agreement(PairTable(NAMES[:2], ((0, 0), (0, 0))))
    assert sentence(nobody, "records") == "No records were screened by both reviewers."
    assert "does not recommend kappa as standard" in NOT_STANDARD


def test_what_to_beware_of_is_said_of_a_prevailing_verdict_of_bias_and_of_few_reports_only() -> None:
    assert remarks(pair_agreement(PairTable(NAMES[:2], ((40, 9), (6, 45))))) == []
    (prevailing,) = remarks(pair_agreement(PairTable(NAMES[:2], ((80, 10), (5, 5)))))
    assert "prevalence index 0.75" in prevailing
    (biased,) = remarks(pair_agreement(PairTable(NAMES[:2], ((30, 2), (20, 30)))))
    assert biased.startswith("The second reviewer says include more often")
    (few,) = remarks(pair_agreement(PairTable(NAMES[:2], ((4, 1), (1, 4)))))
    assert "Fewer than 30" in few

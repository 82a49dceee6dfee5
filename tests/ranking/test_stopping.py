from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from reviewflow.domain.stopping import first_stop, p_value, recall_bound, standing
from reviewflow.errors import InputError

# The least that two ways of adding the same probabilities may differ.
ROUNDING = 1e-12


@st.composite
def screenings(draw: st.DrawFn) -> tuple[list[bool], int]:
    """Labels in the order screened, relevant ones mostly first; and how many records there are."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 120))
    fall = draw(st.floats(3, 100))
    labels = rng.random(n) < draw(st.floats(0, 1)) * np.exp(-np.arange(n) / fall)
    return [bool(each) for each in labels], n + draw(st.integers(0, 60))


TARGETS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 1.0])


def over_every_tail(labels: list[bool], n_records: int, target: float) -> float:
    """The smallest p by the definition, one tail after the other."""
    n_relevant = sum(labels)
    found = []
    for n in range(1, len(labels) + 1):
        k, population = sum(labels[-n:]), n_records - (len(labels) - n)
        wanted = np.floor(n_relevant / target + 1 - (n_relevant - k))
        found.append(0.0 if wanted > population else float(hypergeom.cdf(k, population, wanted, n)))
    return min(found)


def squares(n: int, n_relevant: int = 25) -> list[bool]:
    """Relevant are the first, the second, the fifth, the tenth...: one after each square."""
    places = {i * i for i in range(n_relevant)}
    return [place in places for place in range(n)]


@pytest.mark.parametrize(
    ("n", "n_records", "target", "p"),
    [
        (800, 1000, 0.95, 0.22296169316437542),
        (399, 400, 0.95, 0.0),
        (1500, 2000, 0.9, 0.043211696617202),
        (60_000, 100_000, 0.95, 0.1618600858607117),
    ],
)
def test_p_is_that_of_buscarpy(n: int, n_records: int, target: float, p: float) -> None:
    # calculate_h0 of buscarpy 0.0.2 on the same labels.
    assert p_value(squares(n), n_records, target) == pytest.approx(p, abs=ROUNDING)


@given(screenings(), TARGETS)
@settings(max_examples=60, deadline=None)
def test_p_is_the_smallest_over_every_tail(screening: tuple[list[bool], int], target: float) -> None:
    assert p_value(*screening, target) == pytest.approx(over_every_tail(*screening, target), abs=ROUNDING)


@given(screenings(), TARGETS)
@settings(max_examples=30, deadline=None)
def test_the_rule_stops_at_the_first_label_that_passes(screening: tuple[list[bool], int], target: float) -> None:
    labels, n_records = screening
    every = (n for n in range(1, len(labels) + 1) if p_value(labels[:n], n_records, target) < 0.05)
    assert first_stop(labels, n_records, target, 0.05) == next(every, None)


@given(screenings(), st.sampled_from([0.05, 0.2]))
@settings(max_examples=60, deadline=None)
def test_the_bound_is_the_largest_target_that_passes(screening: tuple[list[bool], int], alpha: float) -> None:
    labels, n_records = screening
    bound = recall_bound(labels, n_records, alpha)
    assert 0 <= bound <= 1
    if bound > 0:
        # At the bound itself R / target is a whole number but for rounding.
        assert p_value(labels, n_records, bound * (1 - 1e-9)) < alpha
    if 0 < bound < 1:
        assert p_value(labels, n_records, bound * (1 + 1e-6)) >= alpha


@given(screenings())
@settings(max_examples=30, deadline=None)
def test_one_more_irrelevant_record_never_raises_p(screening: tuple[list[bool], int]) -> None:
    labels, n_records = screening
    assert p_value([*labels, False], n_records + 1, 0.95) <= p_value(labels, n_records + 1, 0.95) + ROUNDING


def test_when_everything_is_screened_nothing_can_be_missing() -> None:
    at = standing(squares(300, 10), 300, 0.95, 0.05)
    assert (at.p, at.recall_at_least, at.holds) == (0.0, 1.0, True)


def test_nothing_screened_vouches_for_nothing() -> None:
    at = standing([], 300, 0.95, 0.05)
    assert (at.p, at.recall_at_least, at.holds, at.in_a_row) == (1.0, 0.0, False, 0)


def test_a_long_run_of_irrelevant_records_only_warns() -> None:
    at = standing([True, *[False] * 60], 5000, 0.95, 0.05)
    assert (at.in_a_row, at.holds) == (60, False)
    assert "60 irrelevant records in a row are no ground to stop" in at.warnings[0]


@pytest.mark.parametrize(("n_records", "target", "alpha"), [(2, 0.95, 0.05), (9, 0, 0.05), (9, 1.1, 0.05), (9, 0.9, 1)])
def test_what_is_no_count_or_probability_is_refused(n_records: int, target: float, alpha: float) -> None:
    with pytest.raises(InputError):
        standing([True, False, False], n_records, target, alpha)

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.search.slices import EVER, DateRange, Part, published_from, split, split_day
from reviewflow.errors import UsageError

DAYS = st.integers(0, 400).map(lambda n: date(2020, 1, 1) + timedelta(days=n))


@settings(max_examples=60)
@given(st.lists(DAYS, max_size=120), st.integers(1, 40))
def test_slices_cover_every_record_once_and_hold_few_enough_or_are_one_day(days: list[date], at_most: int) -> None:
    def n_in(part: DateRange) -> int:
        return sum(part.first <= day <= part.last for day in days)

    parts = split(EVER, len(days), n_in, at_most)
    assert sum(n for _, n in parts) == len(days)
    assert all(n_in(part) == n for part, n in parts)
    assert all(n <= at_most or part.is_one_day for part, n in parts)
    assert all(one.last < other.first for (one, _), (other, _) in pairwise(parts))


@given(DAYS, st.integers(1, 500))
def test_halves_share_no_day_and_leave_none_out(first: date, n: int) -> None:
    whole = DateRange(first, first + timedelta(days=n))
    early, late = whole.halves()
    assert (early.first, late.last) == (whole.first, whole.last)
    assert late.first - early.last == timedelta(days=1)


ONE_DAY = Part(DateRange(date(2020, 1, 1), date(2020, 1, 1)))


@settings(max_examples=60)
@given(st.lists(st.tuples(DAYS, st.booleans()), max_size=80), st.integers(1, 30))
def test_parts_of_a_day_hold_every_record_once_and_few_enough_or_records_that_are_alike(
    there: list[tuple[date, bool]], at_most: int
) -> None:
    def meets(record: tuple[date, bool], condition: str) -> bool:
        operator, _, what = condition.partition(" ")
        if what.startswith("("):
            first, last = (date.fromisoformat(side.replace("/", "-")) for side in re.findall(r'"([\d/]+)"', what))
            met = first <= record[0] <= last
        else:
            met = what == "english[la]" and record[1]
        return met is (operator == "AND")

    def those_in(part: Part) -> list[tuple[date, bool]]:
        return [record for record in there if all(meets(record, condition) for condition in part.conditions)]

    parts = split_day(ONE_DAY, len(there), lambda part: len(those_in(part)), at_most)
    held = [record for part, _ in parts for record in those_in(part)]
    assert sorted(held) == sorted(there)
    assert all(len(those_in(part)) == n for part, n in parts)
    assert all(n <= at_most or len(set(those_in(part))) == 1 for part, n in parts)


def test_a_part_of_a_day_is_asked_for_with_all_its_conditions_from_left_to_right() -> None:
    english, other = ONE_DAY.halves("english[la]")
    assert ONE_DAY.narrowed("a OR b") == "a OR b"
    assert english.narrowed("a OR b") == "(a OR b) AND english[la]"
    assert other.halves("humans[mh]")[1].narrowed("a OR b") == "(a OR b) NOT english[la] NOT humans[mh]"


def test_a_limit_by_publication_is_words_for_the_log_and_syntax_for_pubmed() -> None:
    limit = published_from("2000:2022-07-16")
    assert limit.words == "published from 2000 to 2022-07-16"
    assert limit.narrowed("a OR b") == '(a OR b) AND ("2000"[Date - Publication] : "2022/07/16"[Date - Publication])'
    assert published_from(":2022-07").words == "published to 2022-07"
    assert published_from("").narrowed("a OR b") == "a OR b"


@pytest.mark.parametrize("text", ["2000", ":", "2000-13:", "2022:2021", "20:21", "2000/01/01:", "a:b", "2022-02-30:"])
def test_what_is_no_range_of_dates_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"range of dates|no date|ends before"):
        published_from(text)

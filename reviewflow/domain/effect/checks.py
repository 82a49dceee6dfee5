"""What the numbers of a study must satisfy before an effect size is made of them; every refusal names the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.effect.columns import CORRELATIONS, MEANS, PROPORTIONS, RATES, TWO_ARMS, Table, require

if TYPE_CHECKING:
    from reviewflow.domain.effect.columns import BoolArray

_COUNTS = ("ai", "bi", "ci", "di", "n1i", "n2i", "xi", "ni", "x1i", "x2i")
_COUNT_REMEDY = "give counts of people or events, not percentages"


def check(measure: str, table: Table) -> None:
    """Refuse numbers that cannot be right.

    Raises:
        InputError: A count or spread is negative, a group is empty, events exceed the group, a correlation lies
            beyond 1, a variance is not above 0, an estimate lies outside its interval; names the row.
    """
    for column in _COUNTS:
        if column in table.columns:
            _at_least_zero(table, column)
    if "ai" in table.columns and measure in TWO_ARMS:
        _check_arms(table)
    elif "xi" in table.columns and measure in PROPORTIONS:
        _check_group(table, "xi", "ni")
    elif "m1i" in table.columns and measure in MEANS:
        _check_means(measure, table)
    elif "ri" in table.columns and measure in CORRELATIONS:
        _check_correlations(table)
    elif measure == "IRR" or measure in RATES:
        _check_person_time(table)
    _check_yielded(table)


def _say(table: Table, holds: BoolArray, words: list[str], remedy: str) -> None:
    require(holds, table.places, words, remedy)


def _at_least_zero(table: Table, column: str) -> None:
    x = table.columns[column]
    _say(table, x >= 0, [f"{column} is {n:g}, a negative count" for n in x], _COUNT_REMEDY)


def _above_zero(table: Table, column: str, what: str) -> None:
    x = table.columns[column]
    _say(table, x > 0, [f"{column} is {n:g}: {what} must be above 0" for n in x], "correct the row or leave it out")


def _check_group(table: Table, events: str, size: str) -> None:
    _above_zero(table, size, "the size of a group")
    x, n = table.columns[events], table.columns[size]
    words = [f"{a:g} events ({events}) among {b:g} ({size})" for a, b in zip(x, n, strict=True)]
    _say(table, x <= n, words, "events cannot exceed the group; check the two columns")


def _check_arms(table: Table) -> None:
    if "n1i" in table.columns:
        _check_group(table, "ai", "n1i")
        _check_group(table, "ci", "n2i")
        return
    for events, rest, arm in (("ai", "bi", "first"), ("ci", "di", "second")):
        n = table.columns[events] + table.columns[rest]
        _say(table, n > 0, [f"nobody in the {arm} arm ({events} + {rest} = 0)"] * len(n), "leave the row out")


def _check_means(measure: str, table: Table) -> None:
    for arm in "12":
        _above_zero(table, f"n{arm}i", "the size of a group")
        sd = table.columns[f"sd{arm}i"]
        _say(table, sd >= 0, [f"sd{arm}i is {s:g}, a negative standard deviation" for s in sd], "check the column")
    if measure == "SMD":
        n = table.columns["n1i"] + table.columns["n2i"]
        _say(table, n > 3, [f"{m:g} people in both groups: an SMD needs 4" for m in n], "leave the row out")
    if measure == "ROM":
        same_sign = table.columns["m1i"] * table.columns["m2i"] > 0
        words = ["a ratio of means needs two means of the same sign, not 0"] * len(same_sign)
        _say(table, same_sign, words, "use MD for means that may change sign")


def _check_correlations(table: Table) -> None:
    r = table.columns["ri"]
    _say(table, np.abs(r) <= 1, [f"ri is {x:g}: no correlation lies beyond 1" for x in r], "check the column")
    _above_zero(table, "ni", "the sample size")


def _check_person_time(table: Table) -> None:
    for column in ("ti", "t1i", "t2i"):
        if column in table.columns:
            _above_zero(table, column, "person-time")


def _check_yielded(table: Table) -> None:
    for column, what in (("vi", "a variance"), ("sei", "a standard error"), ("v", "a variance")):
        if column in table.columns:
            _above_zero(table, column, what)
    if "ci_lower" in table.columns:
        low, est, high = (table.columns[c] for c in ("ci_lower", "estimate", "ci_upper"))
        words = [f"estimate {e:g} is not inside {a:g} to {b:g}" for a, e, b in zip(low, est, high, strict=True)]
        _say(table, (low < high) & (low <= est) & (est <= high), words, "check the three columns")

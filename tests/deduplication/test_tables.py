"""The tables are data that people read and change: each line says why, and a line that cannot be used is refused."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from reviewflow.domain.deduplication import find_duplicates
from reviewflow.domain.deduplication.vocabulary import vocabulary
from reviewflow.errors import InputError

Tables = dict[str, dict[str, Any]]
LINES = ("automatic", "review", "veto")


def test_every_line_has_a_name_a_reason_an_example_and_words(tables: Tables) -> None:
    lines = [line for kind in LINES for line in tables["rules"][kind]] + tables["relations"]["relation"]
    assert all(line[key].strip() for line in lines for key in ("name", "reason", "example", "words"))


def test_every_rule_and_veto_has_a_name_of_its_own(tables: Tables) -> None:
    names = [line["name"] for kind in LINES for line in tables["rules"][kind]]
    assert len(set(names)) == len(names)


def test_every_title_that_names_a_kind_holds_one_of_the_words_that_are_looked_for_first(tables: Tables) -> None:
    known = vocabulary(tables["words"])
    titles = (
        "Erratum: x",
        "Corrections to x",
        "Retraction note to x",
        "Author's reply",
        "Comment on x",
        "x: a study protocol",
    )
    for title in titles:
        assert any(pattern.search(title) for _, pattern in known.kinds)
        assert not known.kind_words.isdisjoint(title.lower().replace(":", " ").split())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"doi": "equal"}, "doi cannot be 'equal'"),
        ({"colour": "same"}, "there is no feature colour"),
        ({"title": 95}, "title cannot be 95"),
        ({"title": {"least": 95}}, "title cannot be"),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused_by_name(
    change: dict[str, object], words: str, tables: Tables
) -> None:
    broken = deepcopy(tables)
    broken["rules"]["automatic"][0]["when"] = change
    with pytest.raises(InputError, match=words) as refused:
        find_duplicates([], [], broken)
    assert broken["rules"]["automatic"][0]["name"] in refused.value.what


def test_a_rule_that_stands_despite_no_veto_is_refused(tables: Tables) -> None:
    broken = deepcopy(tables)
    broken["rules"]["automatic"][0]["despite"] = ["bad weather"]
    with pytest.raises(InputError, match="bad weather"):
        find_duplicates([], [], broken)


def test_a_pattern_that_does_not_compile_is_refused(tables: Tables) -> None:
    broken = deepcopy(tables)
    broken["words"]["sections"]["patterns"] = ["(unclosed"]
    with pytest.raises(InputError, match="unclosed"):
        find_duplicates([], [], broken)


def test_a_relation_without_a_known_mark_is_refused(tables: Tables) -> None:
    broken = deepcopy(tables)
    broken["relations"]["relation"][0]["dependent"] = "taller"
    with pytest.raises(InputError, match="taller"):
        find_duplicates([], [], broken)


@pytest.mark.parametrize("name", ["rules", "words", "relations"])
def test_a_missing_table_or_part_is_refused(name: str, tables: Tables) -> None:
    with pytest.raises(InputError, match=name):
        find_duplicates([], [], {k: v for k, v in tables.items() if k != name})

"""`screen tag` and `screen tags`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command

pytestmark = pytest.mark.usefixtures("small_review")


def test_tags_are_put_on_listed_and_taken_off(rf: Command) -> None:
    put = rf("screen", "tag", "RCT", "p1", "r2", "--as", "A")
    assert (put.code, put.out, put.err) == (0, "rct put on 2 reports.\n", "Next: reviewflow screen tags rct\n")
    rf("screen", "tag", "later", "p2", "--as", "A")
    listed = rf("screen", "tags", "--as", "A", "--json").value
    assert [(each["report"], each["tags"]) for each in listed["reports"]] == [("p1", ["rct"]), ("p2", ["later", "rct"])]
    assert listed["counts"] == {"later": 1, "rct": 2}
    assert rf("screen", "tag", "rct", "p1", "--off", "--as", "A", "--json").value["n_changed"] == 1
    assert [each["report"] for each in rf("screen", "tags", "rct", "--as", "A", "--json").value["reports"]] == ["p2"]


def test_nobody_lists_anothers_tags(rf: Command) -> None:
    rf("screen", "tag", "include?", "p1", "--as", "A")
    assert rf("screen", "tags", "--as", "B").out == "You have no tags in this review.\n"
    assert "include?" not in rf("log", "--as", "B").out + rf("log").out + rf("log", "--as", "L").out
    assert "include?" in rf("log", "--as", "A").out


def test_a_word_that_is_no_tag_is_refused_with_what_to_do(rf: Command) -> None:
    ran = rf("screen", "tag", "two words", "p1", "--as", "A")
    assert ran.code == 2
    assert "is no tag" in ran.err
    assert "try: a tag is one word" in ran.err

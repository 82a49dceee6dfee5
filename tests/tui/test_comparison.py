from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewflow.domain.deduplication import Candidate, Link
from reviewflow.domain.record import Record
from reviewflow.tui.comparison import Look, Shown, one_above_the_other, side_by_side
from reviewflow.tui.fields import Mark, fields
from reviewflow.workflow.deduplication import Pair

LOOK = Look()
TEXTS = st.text(st.sampled_from("ab c[]/d\\老人\u0301\u0627-🙂"), max_size=120)


def shown(a: Record, b: Record) -> Shown:
    pair = Pair(Candidate(1, a, "PubMed"), Candidate(57, b, "Embase"), Link(1, 57, "", 0.5, {}, ""))
    return Shown(("r1", "r57"), ("PubMed", "Embase"), tuple(fields(pair)))


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("arrange", [side_by_side, one_above_the_other])
@given(title=TEXTS, abstract=TEXTS, width=st.integers(30, 200))
def test_no_line_is_wider_than_the_screen(arrange: type, title: str, abstract: str, width: int) -> None:
    records = Record(title=title, abstract=abstract), Record(title=abstract, abstract=title)
    lines = arrange(shown(*records), width, LOOK)
    assert max(line.cell_length for line in lines) <= width


@given(title=TEXTS, width=st.integers(40, 200))
def test_nothing_of_a_value_is_lost_and_nothing_is_read_as_markup(title: str, width: int) -> None:
    compared = shown(Record(title=title), Record(title="another"))
    lines = one_above_the_other(compared, width, LOOK)
    text = squeezed("".join(line.plain[11 + 4 :] for line in lines))
    assert squeezed(compared.fields[0].values[0]) in text


def test_brackets_stand_as_they_are() -> None:
    lines = side_by_side(shown(Record(title="[bold]A[/bold] trial [Abstract]"), Record(title="x")), 120, LOOK)
    assert "[bold]A[/bold] trial [Abstract]" in lines[1].plain


@pytest.mark.parametrize(
    ("a", "b", "mark"),
    [
        ("A trial", "A trial", Mark.SAME),
        ("A trial", "a  Trial.", Mark.ALMOST),
        ("A trial", "A study", Mark.DIFFERS),
        ("A trial", "", Mark.ONE_SIDE),
    ],
)
def test_a_sign_says_how_two_values_differ(a: str, b: str, mark: Mark) -> None:
    assert shown(Record(title=a), Record(title=b)).fields[0].mark is mark


def test_a_field_that_neither_record_gives_is_left_out() -> None:
    assert [field.name for field in shown(Record(title="A"), Record(title="A")).fields] == ["title", "kind", "source"]

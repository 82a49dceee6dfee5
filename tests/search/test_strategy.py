from __future__ import annotations

import pytest

from reviewflow.domain.search.strategy import errors, is_numbered, lint

SOUND = (
    '"common cold"[tiab] AND (cure OR remed*)',
    "Leukemia[MeSH Terms] NOT (animals[mh] NOT humans[mh])",
    '("head and neck"[tiab] OR larynx[tiab]) AND "2000/01/01"[Date - Publication] : "2022/07/16"[Date - Publication]',
    "blinatumomab\n  AND (child* OR\n paediatric*)",
    "1. leukemia[tiab]\n2. blinatumomab\n3. #1 AND #2",
    "#1 cold\n#2 cure\n#3 (1 OR 2) NOT 1",
    "covid 19 AND 2019-nCoV",
)
WRONG = {
    '"common cold AND cure': "a quotation mark is not closed",
    "(cold OR cure": "( at column 1 is not closed",
    "cold) AND cure": ") at column 5 closes nothing",
    "cold[tiab AND cure": "[ at column 5 is not closed",
    "(cold[tiab) AND cure]": ") at column 11 closes nothing",
    "cold AND () AND cure": "nothing between them",
    "cold AND OR cure": "two operators",
    "cold AND": "nothing on one of its sides",
    "OR cold": "nothing on one of its sides",
    "(cold OR ) AND cure": "nothing on one of its sides",
    "#1 AND #2": "it has no numbered lines",
    "1. cold\n2. cure\n3. #1 AND #7": "line 3 refers to line 7",
    "1. cold\n2. 1 AND 3\n3. cure": "line 2 refers to line 3",
}
DOUBTFUL = {
    "cold and cure": "'and' is read as an operator only in capitals",
    "cold AND cure OR remedy": "without brackets",
    "(cold OR cure AND remedy)": "without brackets",
    "cur* AND cold": "cur* is cut too short",
    "\u201ccommon cold\u201d AND cure": "typographic quotation marks",
    "cold.ti,ab. AND cure": "the syntax of Ovid",
    "exp Common Cold/ AND cure": "the syntax of Ovid",
    "cold adj3 cure": "the syntax of Ovid",
    "cold NEAR/3 cure": "the syntax of Embase.com",
    "TITLE-ABS-KEY(cold)": "the syntax of Scopus",
}


@pytest.mark.parametrize("strategy", SOUND)
def test_a_sound_strategy_passes_without_a_word(strategy: str) -> None:
    assert lint(strategy) == ()


@pytest.mark.parametrize("strategy", WRONG)
def test_what_no_database_can_read_as_meant_is_an_error(strategy: str) -> None:
    assert any(WRONG[strategy] in slip.words for slip in errors(lint(strategy)))


@pytest.mark.parametrize("strategy", DOUBTFUL)
def test_what_may_be_meant_otherwise_is_a_warning(strategy: str) -> None:
    slips = lint(strategy)
    assert any(DOUBTFUL[strategy] in slip.words for slip in slips)
    assert errors(slips) == ()


def test_a_slip_names_the_line_on_which_it_stands() -> None:
    assert [(slip.line, slip.level) for slip in lint("1. cold\n2. (cure\n\n3. #1 OR #9")] == [
        (2, "error"),
        (4, "error"),
    ]


def test_lines_are_numbered_when_all_are() -> None:
    assert is_numbered("1 cold\n2 cure")
    assert not is_numbered("1 cold\ncure")
    assert not is_numbered("1 cold")

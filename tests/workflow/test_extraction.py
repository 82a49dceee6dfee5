from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.screening import Stage
from reviewflow.domain.study import Arm, Study
from reviewflow.errors import InputError, StateError, UsageError
from reviewflow.workflow import extraction, history, studies, synthesis
from reviewflow.workflow.check import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

PLAN = """
[[synthesis]]
name = "cure"
endpoint = "cure"
measure = "RR"
"""
HEAD = "study,arm,endpoint,timepoint,events,total,denominator,status,source\n"
ROWS = {
    ("One", "drug"): "10,50,randomised,published,table 2",
    ("One", "placebo"): "5,50,randomised,published,table 2",
    ("Two", "drug"): "20,60,randomised,published,table 1",
    ("Two", "placebo"): "9,61,randomised,published,table 1",
}


def outcomes(**other: str) -> str:
    """The results as a long table; `One_drug="11,50"` begins that row's values otherwise."""
    lines = []
    for (study, arm), values in ROWS.items():
        given = other.get(f"{study}_{arm}", "")
        rest = values.split(",")[given.count(",") + 1 :] if given else values.split(",")
        lines.append(",".join([study, arm, "cure", "1 year", *([given] if given else []), *rest]))
    return HEAD + "\n".join(lines) + "\n"


@pytest.fixture
def engine() -> str:
    """The kind of database; a test may ask for another by a parameter of that name."""
    return "memory"


@pytest.fixture
def with_studies(engine: str, fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting) -> Iterator[Review]:
    """A review with two included trials of two arms, and one planned synthesis."""
    with fresh(engine, PLAN) as review:
        for record, label in zip(add_records(review, act, range(2)), ("One", "Two"), strict=True):
            for stage in Stage:
                for name in ("A", "B"):
                    cast_vote(review, act, name, record, "include", stage=stage)
            arms = (Arm(0, 0, "drug", "experimental", 60), Arm(0, 0, "placebo", "control", None))
            studies.add(review, act("A", "study link"), Study(0, label, "RCT", arms=arms), [(record, "primary")])
        yield review


@pytest.fixture
def extract(with_studies: Review, act: Acting) -> Callable[[str, str], extraction.Extracted]:
    """`extract("A", text)` takes in one extractor's table."""

    def taken(name: str, text: str) -> extraction.Extracted:
        return extraction.import_table(with_studies, act(name, "extract import"), "a.csv", text)

    return taken


@pytest.mark.parametrize("engine", ["memory", "postgresql"])
def test_two_extractors_who_agree_are_pooled(
    with_studies: Review, extract: Callable[[str, str], extraction.Extracted]
) -> None:
    assert extract("A", outcomes()) == extraction.Extracted(12, 0)
    assert extract("B", outcomes()) == extraction.Extracted(12, 0)
    (done,) = synthesis.run(with_studies)
    assert done.refusal == ""
    assert done.result is not None
    assert not any(agreed.differ for agreed in extraction.agreed_answers(with_studies).values())


def test_the_same_table_again_writes_nothing(
    with_studies: Review, extract: Callable[[str, str], extraction.Extracted]
) -> None:
    extract("A", outcomes())
    n = len(history.log(with_studies, "A"))
    assert extract("A", outcomes()) == extraction.Extracted(0, 12)
    assert len(history.log(with_studies, "A")) == n


@pytest.mark.parametrize("engine", ["memory", "postgresql"])
@pytest.mark.parametrize("other", ["11,50", "10,49", ",", "10,50,safety", "10,50,randomised,derived"])
def test_extractors_who_differ_stop_the_synthesis_which_names_the_cell(
    with_studies: Review, extract: Callable[[str, str], extraction.Extracted], other: str
) -> None:
    extract("A", outcomes())
    extract("B", outcomes(One_drug=other))
    (done,) = synthesis.run(with_studies)
    assert done.result is None
    assert done.refusal == "the extractors differ on One, drug"
    assert [row["conflict"] == "A, B" for row in extraction.table(with_studies)] == [True, False, False, False]
    words = [finding.words for finding in check(with_studies).findings if finding.rule == "extraction-conflict"]
    assert words
    assert all(each.startswith("A and B differ on ") and "(One)" in each for each in words)


def test_the_later_answer_of_an_extractor_counts_and_its_undo_brings_the_earlier_back(
    with_studies: Review, act: Acting, extract: Callable[[str, str], extraction.Extracted]
) -> None:
    extract("A", outcomes())
    extract("B", outcomes(One_drug="11,50"))
    assert extract("B", outcomes()) == extraction.Extracted(1, 11)
    assert synthesis.run(with_studies)[0].refusal == ""
    history.undo(with_studies, act("B", "undo"))
    assert synthesis.run(with_studies)[0].refusal == "the extractors differ on One, drug"


def test_a_cell_that_nobody_knows_stops_the_synthesis(
    with_studies: Review, extract: Callable[[str, str], extraction.Extracted]
) -> None:
    for name in ("A", "B"):
        extract(name, outcomes(Two_placebo=",,unknown,unknown"))
    assert synthesis.run(with_studies)[0].refusal == "incomplete: 1 unknown cell (Two, placebo)"


def test_a_study_under_answers_is_not_undone(
    with_studies: Review, act: Acting, extract: Callable[[str, str], extraction.Extracted]
) -> None:
    extract("A", outcomes())
    study = next(line for line in reversed(history.log(with_studies, "A")) if "study Two" in line.words)
    with pytest.raises(StateError, match="later changes stand on it"):
        history.undo(with_studies, act("A", "undo"), study.change.code)


ROW = "One,drug,cure,1 year,10,50,randomised,published,table 2\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a.csv lacks the column 'study'"),
        (HEAD, "a.csv holds no row"),
        ("study,arm,events\n", "a.csv lacks the column 'endpoint'"),
        ("study,arm,endpoint,evnts\n", "a.csv has the unknown column 'evnts'"),
        (HEAD + ROW + "Three" + ROW[3:], "a.csv, line 3: there is no study 'Three'"),
        (HEAD + ROW.replace("drug", "sugar"), "a.csv, line 2: One has no arm 'sugar' (its arms: drug, placebo)"),
        (HEAD + ROW.replace(",10,", ",ten,"), "a.csv, line 2: 'ten' is no number"),
        (HEAD + ROW.replace(",10,", ",nan,"), "a.csv, line 2: 'nan' is no number"),
        (HEAD + ROW.replace(",10,", ",1e999,"), "a.csv, line 2: '1e999' is no number"),
        (HEAD + ROW.replace(",10,", ",-1,"), "a.csv, line 2: -1 is no count"),
        (HEAD + ROW.replace(",10,", ",10.5,"), "a.csv, line 2: 10.5 is no count"),
        (HEAD + ROW.replace(",10,50,", ",51,50,"), "a.csv, line 2: 51 participants with the event among 50"),
        (HEAD + ROW.replace("published", "heard"), "a.csv, line 2: status is 'heard'"),
        (HEAD + '"One\n",' + ROW[4:] + "One,sugar," + ROW[9:], "a.csv, line 4: One has no arm"),
        (HEAD + ROW + ROW, "a.csv has two rows for cure, 1 year of one arm"),
    ],
)
def test_a_long_table_that_cannot_be_taken_in_is_refused_by_its_line_and_whole(
    with_studies: Review, extract: Callable[[str, str], extraction.Extracted], text: str, words: str
) -> None:
    with pytest.raises(InputError) as refused:
        extract("A", text)
    assert words in refused.value.what
    assert extraction.agreed_answers(with_studies) == {}


@pytest.mark.usefixtures("short_fields")
def test_a_quotation_mark_that_is_not_closed_is_refused_by_its_line(
    extract: Callable[[str, str], extraction.Extracted],
) -> None:
    with pytest.raises(InputError, match=r"a\.csv, line 3: field larger than field limit"):
        extract("A", HEAD + ROW + '"' + "x" * 2000)


def test_a_form_that_there_is_not_is_refused(with_studies: Review, act: Acting) -> None:
    with pytest.raises(UsageError, match="there is no form 'poem'"):
        extraction.import_table(with_studies, act("A", "extract"), "a.csv", HEAD, "poem")
    assert "outcomes" in extraction.form_names()
    assert extraction.columns("outcomes")[:3] == ["study", "arm", "endpoint"]

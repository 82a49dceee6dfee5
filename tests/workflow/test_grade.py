from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import docx
import pytest

from reviewflow.errors import UsageError
from reviewflow.workflow import history
from reviewflow.workflow.findings_files import WRITERS
from reviewflow.workflow.grade import Setting, graded, set_certainty
from reviewflow.workflow.summary_of_findings import HEADER, summary
from tests.workflow.two_trials import PLAN, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting


@pytest.fixture(params=["memory"])
def trials(
    request: pytest.FixtureRequest, fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> Iterator[Review]:
    with fresh(request.param, PLAN) as review:
        fill(review, act, add_records, cast_vote)
        yield review


def judge(review: Review, act: Acting, *judgements: str, by: str = "A", name: str = "cure-rr") -> str:
    """The level after these judgements."""
    return set_certainty(review, act(by, "grade set"), name, Setting(judgements=judgements)).rated.level


@pytest.mark.parametrize("trials", ["memory", "postgresql"], indirect=True)
def test_judgements_add_up_over_time_and_by_several_people(trials: Review, act: Acting) -> None:
    assert judge(trials, act, "imprecision=serious: few events") == "moderate"
    assert judge(trials, act, "risk_of_bias=serious: open label", by="B") == "low"
    assert judge(trials, act, "imprecision=not serious", by="B") == "moderate"
    (found,) = graded(trials)
    assert [(each.domain, each.levels) for each in found.certainty.judgements] == [
        ("risk_of_bias", -1),
        ("imprecision", 0),
    ]


def test_trials_start_high_and_single_arms_low(trials: Review, act: Acting) -> None:
    judge(trials, act, "imprecision=0")
    judge(trials, act, "imprecision=0", name="cure-drug")
    assert [each.certainty.start for each in graded(trials)] == ["high", "low"]


def test_robins_i_lets_studies_that_are_not_randomised_start_high(trials: Review, act: Acting) -> None:
    done = set_certainty(trials, act("A", "grade set"), "cure-drug", Setting(robins_i=True))
    assert (done.certainty.start, done.rated.level) == ("high", "high")
    again = set_certainty(trials, act("A", "grade set"), "cure-drug", Setting(robins_i=False))
    assert again.certainty.start == "low"


def test_an_endpoint_of_two_syntheses_does_not_name_one(trials: Review, act: Acting) -> None:
    with pytest.raises(UsageError, match="cure is the endpoint of 2 syntheses"):
        judge(trials, act, "imprecision=0", name="cure")


def test_what_cannot_be_is_refused_and_nothing_is_written(trials: Review, act: Acting) -> None:
    wrong = [
        Setting(),
        Setting(start="moderate"),
        Setting(importance="huge"),
        Setting(assumed_risk=20),
        Setting(judgements=("imprecision=0", "imprecision=-1: few")),
    ]
    for setting in wrong:
        with pytest.raises(UsageError):
            set_certainty(trials, act("A", "grade set"), "cure-rr", setting)
    assert graded(trials) == []


def test_a_judgement_is_undone(trials: Review, act: Acting) -> None:
    judge(trials, act, "imprecision=serious: few events")
    judge(trials, act, "imprecision=very serious: fewer still")
    history.undo(trials, act("A", "undo"))
    assert graded(trials)[0].rated.level == "moderate"


def test_the_summary_of_findings_computes_absolute_effects_from_the_pooled_one(trials: Review, act: Acting) -> None:
    judge(trials, act, "imprecision=serious: few events")
    (row,) = summary(trials).rows
    assert row.risks is not None
    assert row.risks.assumed is not None
    assert row.risks.assumed == pytest.approx((5 / 51 + 9 / 61) / 2)
    result = row.synthesis.result
    assert result is not None
    ratio = result.display["estimate"]
    assert isinstance(ratio, float)
    assert row.risks.corresponding[0] == pytest.approx(ratio * row.risks.assumed, rel=1e-12)
    assert row.cells[:3] == ("cure", "222 (2 studies)", f"RR {result.text()}")
    assert row.cells[6] == "⊕⊕⊕⊝ moderate"


def test_a_given_risk_takes_the_place_of_that_of_the_controls_and_is_named(trials: Review, act: Acting) -> None:
    setting = Setting(assumed_risk=0.25, risk_source="a register of 2020")
    set_certainty(trials, act("A", "grade set"), "cure-rr", setting)
    found = summary(trials)
    assert found.rows[0].cells[3] == "250 per 1000"
    assert ("a", "Risk without the intervention: a register of 2020.") in found.footnotes


def test_each_footnote_stands_once_and_every_mark_has_one(trials: Review, act: Acting) -> None:
    for name in ("cure-rr", "cure-drug"):
        judge(trials, act, "imprecision=serious: few events", name=name)
    found = summary(trials)
    marks = {letter for row in found.rows for cell in row.marks for letter in cell.split(",") if letter}
    assert marks == {letter for letter, _ in found.footnotes}
    words = [note for _, note in found.footnotes]
    assert len(set(words)) == len(words)


def test_every_format_holds_every_cell_and_footnote(trials: Review, act: Acting) -> None:
    judge(trials, act, "imprecision=serious: few <events> | none")
    found = summary(trials)
    (row,) = found.rows
    made = {name: write(found) for name, write in WRITERS.items()}
    rows = list(csv.reader(made["csv"].decode().splitlines()))
    assert rows[0] == [*HEADER, "Footnotes"]
    assert tuple(rows[1][:-1]) == row.cells
    assert "few <events> | none" in rows[1][-1]
    document = docx.Document(io.BytesIO(made["docx"]))
    cells = [cell.text for cell in document.tables[0].rows[1].cells]
    assert [cell.startswith(text) for cell, text in zip(cells, row.cells, strict=True)] == [True] * len(HEADER)
    html = made["html"].decode()
    assert "few &lt;events&gt; | none" in html
    assert not re.search(r"(src|href)=", html)
    assert made["md"].decode().count("\n| ") == 3


def test_nothing_graded_is_an_empty_table(trials: Review) -> None:
    assert summary(trials).rows == ()

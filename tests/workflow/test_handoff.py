from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.form import Answer
from reviewflow.errors import InputError, StateError, UsageError
from reviewflow.storage import answers, studies
from reviewflow.workflow.handoff import hand_on, layout_names, zipped
from tests.workflow.two_trials import PLAN, TABLE, extract, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.review import Review
    from reviewflow.workflow.handoff import HandedOn
    from tests.conftest import Acting, Adding, Fresh, Voting

# read.rm5 of R's meta looks these three up, and refuses a table whose lines differ in length.
MANDATORY = ["Comparison Number", "Outcome Number", "Subgroup Number"]
REVMAN5 = (
    "Comparison Number,Outcome Number,Subgroup Number,Name,Data Type,Statistical Method,Effect Measure,Analysis Model,"
    "Events 1,Mean 1,SD 1,Total 1,Events 2,Mean 2,SD 2,Total 2,Effect Estimate,SE,CI Start,CI End,Weight,Q,P(Q),I²(Q),"
    "Tau²,Z,P(Z),Qint,P(Qint),I²(Qint),df,Group Label 1,Group Label 2,Left Graph Label,Right Graph Label,Year of study,"
    "User defined order"
)
DATA_ROWS = (
    "Analysis group,Analysis number,Analysis name,Subgroup,Applicability,Study,Study year,GIV Mean,GIV SE,"
    "Experimental mean,Experimental SD,Experimental cases,Experimental N,Control mean,Control SD,Control cases,"
    "Control N,O-E,Variance,Weight,Mean,CI start,CI end,Footnotes"
)
SRDR = (
    "Extraction ID,Consolidated,Username,Citation ID,Citation Name,RefMan,PMID,Authors,Publication Date,Key Questions,"
    "Outcome,Outcome Description,Outcome Type,Population,Digest,Timepoint,Timepoint Unit,Arm,Arm Description,Measure,"
    "Value"
)


@pytest.fixture
def trials(fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting) -> Iterator[Review]:
    with fresh("memory", PLAN) as review:
        fill(review, act, add_records, cast_vote)
        yield review


def lines(made: HandedOn, name: str = "") -> list[str]:
    (file,) = (file for file in made.files if name in file.name)
    return file.content.decode().splitlines()


def rows(made: HandedOn, name: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(lines(made, name)))


@pytest.mark.parametrize(
    ("layout", "name", "table"),
    [
        (
            "metafor",
            "cure-rr",
            ["slab,year,ai,n1i,ci,n2i", "One,1980,10,50,5,51", "Two,1981,20,60,9,61"],
        ),
        ("metafor", "cure-drug", ["slab,year,xi,ni", "One,1980,10,50", "Two,1981,20,60"]),
        (
            "meta",
            "cure-rr",
            [
                "studlab,year,subgroup,outclab,event.e,n.e,event.c,n.c",
                "One,1980,RCT,cure,10,50,5,51",
                "Two,1981,RCT,cure,20,60,9,61",
            ],
        ),
        (
            "meta",
            "cure-drug",
            ["studlab,year,subgroup,outclab,event,n", "One,1980,RCT,cure,10,50", "Two,1981,RCT,cure,20,60"],
        ),
        (
            "stata",
            "cure-rr",
            ["study,year,t_event,t_noevent,c_event,c_noevent", "One,1980,10,40,5,46", "Two,1981,20,40,9,52"],
        ),
    ],
)
def test_a_synthesis_is_laid_out_under_the_names_that_the_program_knows(
    trials: Review, layout: str, name: str, table: list[str]
) -> None:
    made = hand_on(trials, layout, [name])
    assert lines(made) == table
    assert made.empty == ()
    assert name in made.notes[0]


def test_stata_is_told_the_measure_since_its_default_is_another(trials: Review) -> None:
    assert "metan t_event t_noevent c_event c_noevent, rr " in hand_on(trials, "stata", ["cure-rr"]).notes[0]


def test_a_layout_that_has_no_columns_for_a_measure_says_so(trials: Review) -> None:
    with pytest.raises(UsageError, match="cure-drug is a PLO"):
        hand_on(trials, "stata", ["cure-drug"])
    assert [file.name for file in hand_on(trials, "stata").files] == ["cure-rr.csv"]


def test_an_unknown_cell_and_one_on_which_extractors_differ_are_empty_and_named(trials: Review, act: Acting) -> None:
    extract(trials, act, "A", TABLE.replace("One,drug,cure,1 year,10,50", "One,drug,cure,1 year,11,50"))
    unknown = TABLE.replace("20,60,randomised,published", ",,randomised,unknown")
    for name in ("A", "B"):
        extract(trials, act, name, "\n".join([unknown.splitlines()[0], unknown.splitlines()[3]]) + "\n")
    made = hand_on(trials, "stata", ["cure-rr"])
    assert lines(made)[1:] == ["One,1980,,,5,46", "Two,1981,,,9,52"]
    assert [cell.words for cell in made.empty] == [
        "One, drug, cure at 1 year: events is open, the extractors differ: A, B",
        "Two, drug, cure at 1 year: events is unknown",
        "Two, drug, cure at 1 year: total is unknown",
    ]


def test_a_value_that_somebody_recalls_is_no_data(trials: Review, act: Acting) -> None:
    for name in ("A", "B"):
        extract(trials, act, name, TABLE.replace("9,61,randomised,published", "9,61,randomised,recalled"))
    made = hand_on(trials, "metafor", ["cure-rr"])
    assert lines(made)[2] == "Two,1981,20,60,,"
    assert {cell.why for cell in made.empty} == {"recalled, no data"}


def test_revman_5_has_a_row_for_the_comparison_each_outcome_and_each_study(trials: Review) -> None:
    made = hand_on(trials, "revman5")
    assert lines(made)[0] == REVMAN5
    found = rows(made)
    assert [[row[name] for name in MANDATORY] for row in found] == [list("100"), list("110"), list("110"), list("110")]
    assert [row["Name"] for row in found] == ["Drug versus Placebo", "cure", "One", "Two"]
    outcome, one = found[1:3]
    assert [outcome[key] for key in ("Data Type", "Statistical Method", "Effect Measure", "Analysis Model")] == [
        *("DIC", "MH", "RR", "Fixed")
    ]
    assert [outcome[key] for key in ("Events 1", "Total 1", "Events 2", "Total 2")] == ["30", "110", "14", "112"]
    assert float(one["Effect Estimate"]) == pytest.approx((10 / 50) / (5 / 51), rel=1e-12)
    assert float(one["SE"]) == pytest.approx((1 / 10 - 1 / 50 + 1 / 5 - 1 / 51) ** 0.5, rel=1e-12)
    assert {len(row) for row in csv.reader(lines(made))} == {37}
    assert any(note.startswith("cure-drug is left out") for note in made.notes)


def test_revman_web_is_a_zip_of_the_files_of_a_data_package(trials: Review) -> None:
    made = hand_on(trials, "revman-web", [], "CD1")
    assert made.archive
    assert zipped(made.files) == zipped(made.files)
    with zipfile.ZipFile(io.BytesIO(zipped(made.files))) as archive:
        names = archive.namelist()
    assert names == [
        "CD1-analysis-data/CD1-data-rows.csv",
        "CD1-analysis-data/CD1-overall-estimates-and-settings.csv",
        "CD1-analysis-data/CD1-subgroup-estimates.csv",
        "CD1-study-data/CD1-study-information.csv",
        "CD1-study-data/CD1-study-arms.csv",
        "CD1-study-data/CD1-study-results.csv",
        "CD1-study-data/CD1-included.ris",
    ]
    assert lines(made, "data-rows")[0] == DATA_ROWS
    assert lines(made, "study-arms")[0] == "Study,Arm,Description,Intervention"
    assert [row["Cases"] for row in rows(made, "study-results")] == ["10", "5", "20", "9"]
    (settings,) = rows(made, "settings")
    assert (settings["Effect measure"], settings["Analysis model"]) == ("Risk Ratio", "Fixed effect")
    assert lines(made, "included.ris").count("ER  - ") == 2


def test_srdr_and_the_long_table_have_a_row_for_each_value(trials: Review) -> None:
    srdr, long = hand_on(trials, "srdr"), hand_on(trials, "long")
    assert lines(srdr)[0] == SRDR
    assert len(rows(srdr)) == len(rows(long)) == 12
    assert [row["Value"] for row in rows(srdr)] == [row["value"] for row in rows(long)]
    named = [(cell.study, cell.arm, cell.field) for cell in long.empty]
    assert named == [(study, arm, "km_percent") for study in ("One", "Two") for arm in ("drug", "placebo")]


def test_the_long_table_of_a_synthesis_has_only_the_answers_that_it_needs(trials: Review) -> None:
    assert [row["arm"] for row in rows(hand_on(trials, "long", ["cure-drug"]))] == ["drug"] * 4


def test_a_control_group_that_stands_in_two_rows_is_named(trials: Review, act: Acting) -> None:
    with trials.change(act("A", "study link")) as entry:
        study = studies.studies(entry.connection)[0]
        entry.add("arm", [{"study": study.id, "label": "drug twice", "role": "experimental", "n": 9}])
    made = hand_on(trials, "metafor", ["cure-rr"])
    assert lines(made)[1:] == ["One,1980,10,50,5,51", "One,1980,,,5,51", "Two,1981,20,60,9,61"]
    assert "cure-rr counts one control group in several rows: One" in made.notes


def judge(review: Review, act: Acting, form: str, judged: dict[str, str]) -> None:
    """Let A answer an instrument for the first study."""
    with review.change(act("A", "appraise enter")) as entry:
        study = studies.studies(entry.connection)[0]
        given = [Answer(study.id, None, "", "", field, value, reviewer="A") for field, value in judged.items()]
        answers.add_answers(entry, answers.form_id(entry, form, "name = 'rob'"), given)


def test_robvis_gets_its_words_in_full(trials: Review, act: Acting) -> None:
    domains = {"D1": "low", "D2": "some_concerns", "D3": "High", "D4": "no information", "D5": "Low"}
    judge(trials, act, "rob2", {**domains, "Overall": "high"})
    made = hand_on(trials, "robvis")
    assert lines(made) == [
        "Study,D1,D2,D3,D4,D5,Overall",
        "One,Low,Some concerns,High,No information,Low,High",
    ]
    assert made.files[0].name == "ROB2.csv"


def test_robvis_has_no_unclear_for_quadas_and_names_what_was_not_judged(trials: Review, act: Acting) -> None:
    judge(trials, act, "quadas-2", {"D1": "unclear", "D2": "low", "D3": "low"})
    made = hand_on(trials, "robvis")
    assert lines(made)[1] == "One,Some concerns,Low,Low,,"
    assert [cell.field for cell in made.empty] == ["D4", "Overall"]


def test_a_judgement_that_the_tool_does_not_have_is_refused(trials: Review, act: Acting) -> None:
    judge(trials, act, "rob2", {"D1": "moderate"})
    with pytest.raises(InputError, match="D1 of One is judged 'moderate'"):
        hand_on(trials, "robvis")


def test_a_review_without_appraisal_says_so(trials: Review) -> None:
    with pytest.raises(StateError, match="the review holds no risk-of-bias answers"):
        hand_on(trials, "robvis")


def test_a_layout_that_is_not_there_is_refused_with_those_that_are(trials: Review) -> None:
    with pytest.raises(UsageError) as refused:
        hand_on(trials, "spss")
    assert refused.value.remedy == f"one of: {', '.join(layout_names())}"

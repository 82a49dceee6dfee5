from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.domain.form import Answer, agree
from reviewflow.domain.protocol import PlannedSynthesis
from reviewflow.domain.study import Arm, Study
from reviewflow.domain.synthesis import gather
from reviewflow.errors import InputError
from reviewflow.storage import analyses
from reviewflow.workflow import extraction, pool_report, synthesis
from reviewflow.workflow.check import check
from reviewflow.workflow.handoff import hand_on
from tests.workflow.two_trials import PLAN, TABLE, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from reviewflow.storage.review import Review
    from reviewflow.workflow.synthesis import Synthesis
    from tests.conftest import Acting, Adding, Fresh, Voting

PLANNED = PLAN.replace('measure = "RR"', 'measure = "RR"\nrisk_of_bias = ["rob2", "rob1"]\nswim = true')
HEAD = "study,endpoint,timepoint,Overall,source\n"
BOTH = HEAD + "One,,,low,page 3\nTwo,,,HIGH,page 9\n"


@pytest.fixture
def trials(fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting) -> Iterator[Review]:
    with fresh("memory", PLANNED) as review:
        fill(review, act, add_records, cast_vote)
        yield review


@pytest.fixture
def judge(trials: Review, act: Acting) -> Callable[..., extraction.Extracted]:
    """`judge(text, "A")` takes in one extractor's judgements."""

    def taken(text: str, *names: str, form: str = "rob2") -> extraction.Extracted:
        done = [extraction.import_table(trials, act(n, "extract import"), "rob.csv", text, form) for n in names]
        return done[-1]

    return taken


def run(review: Review) -> Synthesis:
    (found,) = synthesis.run(review, None, ["cure-rr"])
    return found


def by_bias(found: Synthesis) -> dict[str, tuple[int, list[str]]]:
    """Subset -> how many studies it keeps, and those it leaves out."""
    assert found.result is not None
    rows: Any = found.result.extras["risk_of_bias"]
    return {row["studies"]: (row["k"], row["left_out"]) for row in rows}


def test_the_pool_is_repeated_by_the_agreed_judgements(
    trials: Review, judge: Callable[..., extraction.Extracted]
) -> None:
    judge(BOTH, "A", "B")
    found = run(trials)
    assert by_bias(found) == {"all": (2, []), "without high": (1, ["Two"]), "low only": (1, ["Two"])}
    assert not found.not_done
    assert {study: answer.value for study, answer in found.judged.by_study.items()} == {"One": "Low", "Two": "High"}


def test_the_judgements_are_among_the_answers_of_the_result_and_of_the_analysis(
    trials: Review, act: Acting, judge: Callable[..., extraction.Extracted]
) -> None:
    judge(BOTH, "A", "B")
    found = run(trials)
    ids = set(found.judged.answers)
    assert len(ids) == 2
    assert set(found.answers) == ids | set(found.gathered.answers)
    assert found.to_json()["judgements"] == [
        {"study": study, "judgement": answer.value, "answer": f"a{answer.id}"}
        for study, answer in found.judged.by_study.items()
    ]
    _, explained = pool_report.explain(trials, "cure-rr")
    assert {one.answer.field for one in explained if one.answer.id in ids} == {"Overall"}
    synthesis.run(trials, act("A", "pool run"), ["cure-rr"])
    with trials.reading() as connection:
        written = analyses.analyses(connection)["cure-rr"]
    assert set(written["inputs"]) == set(found.answers)
    assert written["choice"]["risk_of_bias"] == {"One": "Low", "Two": "High"}


def test_without_judgements_the_pool_stands_and_says_what_to_do(trials: Review) -> None:
    found = run(trials)
    assert found.result is not None
    assert "risk_of_bias" not in found.result.extras
    (words,) = found.not_done
    assert "reviewflow extract import FILE --form rob2" in words
    assert any(words in finding.words for finding in check(trials).findings)


def test_extractors_who_differ_on_a_judgement_keep_it_from_being_used(
    trials: Review, judge: Callable[..., extraction.Extracted]
) -> None:
    judge(BOTH, "A")
    judge(BOTH.replace("HIGH", "Some concerns"), "B")
    found = run(trials)
    assert found.not_done == (
        "sensitivity to risk of bias is not done: the extractors differ on the overall judgement of Two",
    )
    assert not found.judged.answers
    (conflict,) = (each for each in check(trials).findings if each.rule == "extraction-conflict")
    assert conflict.words == "A and B differ on Overall (Two)"
    assert "--form rob2" in conflict.remedy


def test_a_study_that_is_not_judged_counts_as_unclear_and_is_named(
    trials: Review, judge: Callable[..., extraction.Extracted]
) -> None:
    judge(HEAD + "One,,,Low,\n", "A", "B")
    found = run(trials)
    assert by_bias(found)["without high"] == (2, [])
    assert by_bias(found)["low only"] == (1, ["Two"])
    assert "Risk of bias is not judged in Two, which counts as unclear." in found.warnings


def test_the_judgement_nearest_to_the_pooled_result_counts(
    trials: Review, judge: Callable[..., extraction.Extracted]
) -> None:
    judge(HEAD + "One,,,High,\nOne,cure,,Some concerns,\nOne,cure,1 year,Low,\nOne,pain,,High,\n", "A", "B")
    assert run(trials).judged.by_study["One"].value == "Low"


def test_a_judgement_of_another_outcome_is_none(trials: Review, judge: Callable[..., extraction.Extracted]) -> None:
    judge(HEAD + "One,pain,,Low,\nTwo,cure,2 years,Low,\n", "A", "B")
    assert run(trials).not_done


def test_the_form_named_first_goes_before_the_others(
    trials: Review, judge: Callable[..., extraction.Extracted]
) -> None:
    judge(HEAD + "One,,,Unclear,\nTwo,cure,,High,\n", "A", "B", form="rob1")
    judge(HEAD + "One,cure,,Low,\nTwo,,,Low,\n", "A", "B")
    found = {study: answer.value for study, answer in run(trials).judged.by_study.items()}
    assert found == {"One": "Low", "Two": "High"}


def test_a_plan_that_names_no_form_of_risk_of_bias_is_told_which_there_are(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("memory", PLANNED.replace('"rob2", "rob1"', '"rob3"')) as review:
        fill(review, act, add_records, cast_vote)
        (words,) = run(review).not_done
    assert words.endswith("there is no form 'rob3' of risk of bias; one of rob1, rob2, robins-i-2016")


def test_directions_are_those_of_the_pooled_studies(trials: Review) -> None:
    found = run(trials)
    assert found.result is not None
    swim: Any = found.result.extras["swim"]
    assert [each["study"] for each in swim["directions"]] == ["One", "Two"]
    assert swim["sign_test"]["above"] == 2
    said = next(item for item in pool_report.report(trials, ["cure-rr"]).items if item.number == "20b")
    assert "0 of 2 effects lie below no effect, sign test p 0.500" in said.paragraphs[-1]


def test_a_proportion_has_no_direction_and_is_pooled_without(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("memory", PLAN.replace('measure = "PLO"', 'measure = "PLO"\nswim = true')) as review:
        fill(review, act, add_records, cast_vote)
        (found,) = synthesis.run(review, None, ["cure-drug"])
    assert found.result is not None
    assert found.not_done[0].endswith("a proportion has no value of no effect, so no direction; compare two arms")


def test_the_report_tells_the_judgements_and_the_results_without_high_risk(
    trials: Review, judge: Callable[..., extraction.Extracted]
) -> None:
    judge(BOTH, "A", "B")
    items = {item.number: "\n".join(item.paragraphs) for item in pool_report.report(trials, ["cure-rr"]).items}
    assert "by the overall judgements of RoB 2 or RoB 1" in items["13f"]
    assert "without high risk of bias RR 2.04 [0.75, 5.55] (k = 1)" in items["20d"]
    assert "overall risk of bias: One low; Two high." in items["20d"]


def test_a_judgement_is_one_of_the_form_and_is_kept_in_its_words(judge: Callable[..., extraction.Extracted]) -> None:
    with pytest.raises(InputError, match="line 2: Overall is 'fine'") as refused:
        judge(HEAD + "One,,,fine,\n", "A")
    assert refused.value.remedy == "one of: Low, Some concerns, High"
    assert judge(HEAD + "One,,,SOME_concerns,\n", "A") == extraction.Extracted(1, 0)
    assert judge(HEAD + "One,,,Some Concerns,\n", "A") == extraction.Extracted(0, 1)
    with pytest.raises(InputError, match="two rows for no endpoint, no time point of one study"):
        judge(HEAD + "One,,,Low,\nOne,,,High,\n", "A")


def test_a_table_holds_the_answers_of_its_form_alone_and_robvis_lays_the_judgements_out(
    trials: Review, judge: Callable[..., extraction.Extracted]
) -> None:
    judge("study,D1,D2,D3,D4,D5,Overall\nOne,low,low,low,low,low,low\n", "A", "B")
    assert len(extraction.table(trials)) == TABLE.count("\n") - 1
    (row,) = extraction.table(trials, "rob2")
    assert (row["study"], row["D5"], row["Overall"]) == ("One", "Low", "Low")
    (file,) = hand_on(trials, "robvis").files
    assert file.content.decode() == "Study,D1,D2,D3,D4,D5,Overall\nOne,Low,Low,Low,Low,Low,Low\n"


@pytest.mark.parametrize(
    ("said", "instead", "words"),
    [
        ('measure = "RR"', 'measure = "MD"', "MD does not follow from the counts of two arms"),
        ('model = "mh"', 'model = "random:XX"', "model 'random:XX' is not known"),
        ('model = "mh"', 'model = "glmm"', "a GLMM does not pool RR"),
        ('model = "mh"', 'model = "rule"', "has no [model_rule]"),
        ('endpoint = "cure"', 'endpoint = "cures"', "no answer is on 'cures' (they are on: cure)"),
        ('model = "mh"', 'timepoints = ["2 years"]', "no answer on cure is at 2 years (they are at: 1 year)"),
        ('design = "RCT"', 'design = "rct"', "no included study has the design 'rct' (they have: RCT)"),
    ],
)
def test_a_plan_with_a_slip_is_refused_in_words_and_the_others_are_pooled(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting, said: str, instead: str, words: str
) -> None:
    with fresh("memory", PLAN.replace(said, instead, 1)) as review:
        fill(review, act, add_records, cast_vote)
        slipped, other = synthesis.run(review)
    assert words in slipped.refusal
    assert other.result is not None


def test_a_rule_that_gives_one_model_warns_of_no_choice(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    plan = PLAN.replace('model = "mh"', 'model = "rule"') + '[model_rule]\nname = "{}"\n'
    with fresh("memory", plan.format("random-always")) as review:
        fill(review, act, add_records, cast_vote)
        found = run(review)
        assert "Model rule random-always: random effects, always." in found.warnings
        assert not any("not advised" in words for words in found.warnings)
    with fresh("memory", plan.format("random-alwais")) as review:
        fill(review, act, add_records, cast_vote)
        assert "no model rule is known by the name 'random-alwais'" in run(review).refusal


def test_a_rule_with_a_case_left_open_is_found_by_the_check(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    plan = PLAN + '[model_rule]\nname = "ours"\nwhen_high = "random:DL"\nat_equality = "low"\n'
    with fresh("memory", plan) as review:
        fill(review, act, add_records, cast_vote)
        found = [each.words for each in check(review).findings if each.rule == "model-rule"]
    assert found == ["the model rule ours leaves open which model when I2 and p disagree: random effects is taken"]


def test_arms_of_trials_and_of_other_studies_in_one_pool_are_told_apart() -> None:
    plan = PlannedSynthesis("cure-drug", "cure", "PLO", arms="experimental")
    designs = ("RCT", "single-arm")
    trials = [
        Study(i, f"S{i}", design, arms=(Arm(i, i, "drug", "experimental", 50),)) for i, design in enumerate(designs)
    ]
    given = [
        Answer(i, i, "cure", "", field, value, "randomised")
        for i, counts in enumerate((("10", "50"), ("20", "40")))
        for field, value in zip(("events", "total"), counts, strict=True)
    ]
    words = "The pool mixes the arms of several designs: RCT 10/50 in 1 study, single-arm 20/40 in 1 study."
    assert words in gather(plan, trials, agree(given)).warnings
    assert words not in gather(plan, trials[:1], agree(given)).warnings

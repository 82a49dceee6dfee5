"""From agreed answers to rows: nobody counts twice, and what compares two arms has two."""

from __future__ import annotations

from reviewflow.domain.form import Answer, agree
from reviewflow.domain.protocol import PlannedSynthesis
from reviewflow.domain.study import Arm, Study
from reviewflow.domain.synthesis import Gathered, gather

TWO_ARMS = PlannedSynthesis("relapse", "relapse", "OR")
ONE_ARM = PlannedSynthesis("relapse", "relapse", "PLO", arms="experimental")


def made(label: str, number: int, arms: dict[tuple[str, str], tuple[int, int]]) -> tuple[Study, list[Answer]]:
    """A study whose arms, by label and role, have events and totals; ids follow from its number."""
    placed = [
        (Arm(10 * number + i, number, name, role, None), counts)
        for i, ((name, role), counts) in enumerate(arms.items())
    ]
    answers = [
        Answer(number, arm.id, "relapse", "", field, str(value), "randomised")
        for arm, counts in placed
        for field, value in zip(("events", "total"), counts, strict=True)
    ]
    return Study(number, label, arms=tuple(arm for arm, _ in placed)), answers


TRIAL = made("Neskwood 2019", 1, {("drug", "experimental"): (12, 54), ("usual care", "control"): (21, 52)})
THREE = made(
    "Lorvard 2020",
    2,
    {
        ("low dose", "experimental"): (30, 105),
        ("high dose", "experimental"): (20, 101),
        ("usual care", "control"): (41, 103),
    },
)
SINGLE = made("Brennwood 2021", 3, {("drug", "experimental"): (8, 61)})


def gathered(plan: PlannedSynthesis, *made_studies: tuple[Study, list[Answer]]) -> Gathered:
    answers = [answer for _, own in made_studies for answer in own]
    return gather(plan, [study for study, _ in made_studies], agree(answers))


def test_arms_of_the_same_role_are_one_group_and_the_answer_says_so() -> None:
    found = gathered(TWO_ARMS, TRIAL, THREE)
    assert found.refusal == ""
    assert found.rows[1] == {"study": "Lorvard 2020", "ai": 50.0, "n1i": 206.0, "ci": 41.0, "n2i": 103.0}
    assert any("low dose and high dose are combined" in words for words in found.warnings)
    assert not any("Neskwood" in words for words in found.warnings)


def test_a_single_arm_pool_has_one_row_for_each_study() -> None:
    found = gathered(ONE_ARM, TRIAL, THREE, SINGLE)
    assert [(row["xi"], row["ni"]) for row in found.rows] == [(12, 54), (50, 206), (8, 61)]


def test_a_comparison_of_two_arms_refuses_a_study_that_has_one() -> None:
    found = gathered(TWO_ARMS, TRIAL, SINGLE)
    assert found.rows == ()
    assert found.refusal == "it compares two arms, and of Brennwood 2021 there is one"

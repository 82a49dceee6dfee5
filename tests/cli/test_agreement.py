from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Command, Demo


def test_the_agreement_of_the_reference_review_is_shown_with_its_tables_and_disagreements(demo_review: Demo) -> None:
    ran = demo_review("screen", "agreement", "--as", "CB")
    assert (ran.code, ran.err) == (0, "")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    # The reference review has 72 conflicts at title and abstract among 523 reports, and 26 at full text.
    assert "agreement 451 of 523, 86.2 % (95 % CI 83.0 to 88.9)" in lines
    assert "Cohen's kappa 0.72 (95 % CI 0.67 to 0.78), good" in lines
    assert "1 wrong_population 45 0 0 0 0 3 0 3 0" in lines
    assert sum(line.startswith("p") and "CKX" in line for line in lines) == 72 + 26
    assert "Beware: Kappa is low for how often they agree" in ran.out
    assert lines[-1].startswith("The Cochrane Handbook (5.1, 7.2.6) does not recommend kappa as standard")


def test_json_has_one_stage_and_every_number_in_full(demo_review: Demo) -> None:
    value = demo_review("screen", "agreement", "--stage", "ft", "--pair", "CKX,CB", "--json").value
    (stage,) = value["stages"]
    (pair,) = stage["pairs"]
    assert (stage["stage"], pair["reviewers"], value["phase"]) == ("full_text", ["CKX", "CB"], "blind")
    assert [each["on"] for each in pair["comparisons"]] == ["decision", "reason"]
    assert pair["comparisons"][0]["agreement"]["table"]["counts"] == [[10, 5], [4, 243]]
    # By hand: po = 253/262 and pe = (15 x 14 + 247 x 248) / 262^2.
    expected = (15 * 14 + 247 * 248) / 262**2
    kappa = pair["comparisons"][0]["agreement"]["kappa"]["value"]
    assert kappa == pytest.approx((253 / 262 - expected) / (1 - expected))
    assert pair["disagreements"][0]["report"] == "p2"


def test_the_votes_after_the_cross_check_are_asked_for_by_name(demo_review: Demo) -> None:
    ran = demo_review("screen", "agreement", "--stage", "ta", "--phase", "cross-check")
    assert "votes after the cross-check" in ran.out
    assert "483 of 523" in ran.out  # the cross-check leaves 40 conflicts


@pytest.mark.usefixtures("small_review")
def test_an_open_conflict_makes_the_adjudicator_wait_and_says_where_to_look(rf: Command) -> None:
    for name, verdict in (("A", "include"), ("B", "exclude")):
        assert rf("screen", "vote", "p2", verdict, "--as", name).code == 0
    ran = rf("screen", "agreement", "--stage", "ta", "--as", "X")
    assert "1 open conflict: the coefficients wait until you may know these votes" in ran.out
    assert "agreed on 0 of 1" in ran.out
    assert ran.err == "Next: reviewflow screen conflicts\n"


@pytest.mark.usefixtures("small_review")
def test_all_reviewers_together_are_shown_from_three_on(rf: Command) -> None:
    assert rf("team", "add", "C", "--role", "reviewer").code == 0
    for name, on, verdict in (("A", "p1", "include"), ("B", "p1", "include"), ("C", "p2", "exclude")):
        assert rf("screen", "vote", on, verdict, "--as", name).code == 0
    assert rf("screen", "vote", "p2", "exclude", "--as", "A").code == 0
    ran = rf("screen", "agreement", "--stage", "ta", "--as", "A")
    assert "All reviewers: 2 reports screened by two or more, 0 by all" in ran.out
    assert "Krippendorff's alpha" in ran.out


@pytest.mark.usefixtures("small_review", "unchanged")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--pair", "A"), "names no two reviewers"),
        (("--pair", "A,X"), "X does not screen"),
        (("--phase", "later"), "no phase of screening"),
        (("--phase", "adjudication"), "one person's"),
        (("--stage", "abstract"), "no stage of screening"),
    ],
)
def test_what_is_asked_wrongly_is_refused(refused: Callable[..., str], words: tuple[str, str], said: str) -> None:
    assert said in refused(2, "screen", "agreement", *words)

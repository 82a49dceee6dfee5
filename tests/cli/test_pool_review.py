from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Demo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROB = "study,endpoint,timepoint,Overall\nLocatelli 2021,,,some concerns\nBrown 2021,,,high\n"


@pytest.fixture
def planned(demo_review: Demo, tmp_path: Path) -> Demo:
    """A copy of the reference review in which hsct-rct asks for risk of bias and for directions."""
    folder = tmp_path / "review"
    shutil.copytree(demo_review.folder, folder)
    protocol = folder / "reviewflow.toml"
    text = protocol.read_text(encoding="utf-8")
    more = 'name = "hsct-rct"\nrisk_of_bias = ["rob1"]\nswim = true\n'
    protocol.write_text(text.replace('name = "hsct-rct"\n', more, 1), encoding="utf-8")
    return Demo(folder, demo_review.answer)


def test_what_contradicts_itself_in_the_reference_review_is_found(demo_review: Demo) -> None:
    findings = demo_review("check", "--json").value["findings"]
    by_rule = {(each["rule"], each["words"].split()[0].rstrip(":")) for each in findings}
    assert by_rule >= {
        ("printed-count", "mrd-blinatumomab-arms"),  # 692 patients, of 652 in the review
        ("printed-range", "cr-single-arm"),  # .56 (.54-.68)
        ("printed-twice", "cr-single-arm"),  # .54 in the results, .45 in the abstract
        ("printed-twice", "os-all-time-rct"),  # 1.73 in the results, 0.12 in the abstract
        ("printed-label", "os-all-time-rct"),  # a rate for an odds ratio
        ("printed-label", "os-blinatumomab-arms"),  # odds ratios for proportions
        ("printed-label", "hsct-blinatumomab-arms"),
        ("synthesis", "os-all-time-rct"),  # two time points of the same trials
        ("synthesis", "efs-all-time-rct"),
        ("model-rule", "relapse-rct"),  # a common effect where the rule asks for random effects
        ("printed-twice", "efs-blinatumomab-arms"),  # .31 with the trials, .30 without
    }
    assert not any(rule.startswith("printed") and name in {"hsct-rct", "mrd-rct"} for rule, name in by_rule)


def test_a_pool_without_judgements_says_how_to_give_them_and_with_them_goes_by_them(planned: Demo) -> None:
    ran = planned("pool", "run", "hsct-rct", "--as", "CB")
    assert ran.code == 1
    assert "reviewflow extract template rob1 and reviewflow extract import FILE --form rob1." in ran.out
    assert "ready in part" in planned("pool", "plan").out
    (planned.folder / "rob.csv").write_text(ROB.replace("some concerns", "unclear"), encoding="utf-8")
    for name in ("CB", "CKX"):
        assert planned("extract", "import", planned.folder / "rob.csv", "--form", "rob1", "--as", name).code == 0
    ran = planned("pool", "run", "hsct-rct", "--as", "CB")
    assert ran.code == 0
    said = ran.out.splitlines()
    assert "    without high  1  3.37 [1.20, 9.44]  Brown 2021" in said
    assert "    low only      0  not estimable      Locatelli 2021, Brown 2021" in said
    assert "    Locatelli 2021  ^ above      0.021" in said
    value = planned("pool", "run", "hsct-rct", "--as", "CB", "--json").value["syntheses"][0]
    ids = {each["answer"] for each in value["judgements"]}
    assert len(ids) == 2
    assert ids < set(value["answers"])
    assert [each["answer"] for each in planned("pool", "explain", "hsct-rct", "--json").value["answers"]] == value[
        "answers"
    ]
    for figure in ("forest", "direction"):
        assert planned("pool", figure, "hsct-rct", "-o", planned.folder / f"{figure}.svg").code == 0
        assert "A Overall" in (planned.folder / f"{figure}.svg").read_text(encoding="utf-8")


def test_a_form_is_shown_by_its_own_columns(planned: Demo, refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "rob.csv").write_text(ROB, encoding="utf-8")
    review = ("--review", planned.folder)
    words = refused(3, "extract", "import", tmp_path / "rob.csv", "--form", "rob1", "--as", "CB", *review)
    assert "line 2: Overall is 'some concerns'" in words
    assert planned("extract", "import", tmp_path / "rob.csv", "--form", "rob2", "--as", "CB").code == 0
    assert planned("extract", "table", "--form", "rob2").out.splitlines()[0].split() == [
        "study", "endpoint", "timepoint", "D1", "D2", "D3", "D4", "D5", "Overall",
    ]  # fmt: skip

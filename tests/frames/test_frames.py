"""A review as data frames."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import reviewflow

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frames") / "review"
    export = folder.with_name("pubmed.ris")
    export.write_text(
        "TY  - JOUR\nTI  - One title about one thing\nAU  - Doe, Jane\nPY  - 2020\nER  - \n\n"
        "TY  - JOUR\nTI  - Another, on something else\nAU  - Roe, Jim\nPY  - 2021\nER  - \n",
        encoding="utf-8",
    )
    for words in (
        ["init", folder, "--title", "A review", "--reviewer", "A"],
        ["import", export, "--source", "PubMed", "--as", "A", "--review", folder],
    ):
        done = subprocess.run([sys.executable, "-m", "reviewflow", *map(str, words)], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    return folder


def test_records_come_as_a_frame_with_the_ids_that_votes_are_given_on(review: Path) -> None:
    frame = reviewflow.records(review)
    assert list(frame["record_id"]) == ["r1", "r2"]
    assert list(frame["report_id"]) == ["p1", "p2"]
    assert frame.loc[0, "title"] == "One title about one thing"


def test_searches_and_flow_count_the_same_records(review: Path) -> None:
    assert reviewflow.searches(review)["n_records"].sum() == reviewflow.flow(review)["identified"] == 2


def test_a_review_without_answers_or_syntheses_gives_empty_frames(review: Path) -> None:
    assert reviewflow.answers(review).empty
    assert reviewflow.syntheses(review).empty


def test_importing_the_package_loads_no_data_frames() -> None:
    code = "import reviewflow, sys; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = reviewflow.nonsense

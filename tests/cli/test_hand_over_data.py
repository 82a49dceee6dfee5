from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Demo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Command


@pytest.fixture
def own_demo(demo_review: Demo, tmp_path: Path) -> Demo:
    """A copy of the reference review that may be changed."""
    folder = tmp_path / "review"
    shutil.copytree(demo_review.folder, folder)
    return Demo(folder, demo_review.answer)


def test_a_layout_goes_to_stdout_and_how_it_is_read_to_stderr(demo_review: Demo) -> None:
    ran = demo_review("export", "data", "--layout", "meta", "--synthesis", "hsct-rct")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "studlab,year,subgroup,outclab,event.e,n.e,event.c,n.c",
        "Locatelli 2021,2021,RCT,allo-HSCT,48,54,38,54",
        "Brown 2021,2021,RCT,allo-HSCT,74,105,44,103",
    ]
    assert ran.err.startswith("hsct-rct: m <- metabin(")


def test_unknown_cells_of_the_reference_review_are_named(demo_review: Demo) -> None:
    ran = demo_review("export", "data", "--layout", "stata", "--synthesis", "cr-single-arm")
    assert "Beneduce 2022,2022,,\n" in ran.out
    assert "empty: Beneduce 2022, blinatumomab, CR at best: events is unknown\n" in ran.err
    named = demo_review("export", "data", "--layout", "stata", "--synthesis", "cr-single-arm", "--json").value["empty"]
    assert len(named) == 10


def test_several_files_go_into_a_folder_and_over_nothing(
    demo_review: Demo, refused: Callable[..., str], tmp_path: Path
) -> None:
    review = ("--review", demo_review.folder)
    assert "name where it goes" in refused(2, "export", "data", "--layout", "metafor", *review)
    out = tmp_path / "metafor"
    assert demo_review("export", "data", "--layout", "metafor", "-o", out).code == 0
    assert {path.name for path in out.iterdir()} >= {"hsct-rct.csv", "cr-single-arm.csv"}
    assert demo_review("export", "data", "--layout", "metafor", "-o", out).code == 0
    (out / "hsct-rct.csv").write_text("mine", encoding="utf-8")
    assert "holds something else" in refused(3, "export", "data", "--layout", "metafor", "-o", out, *review)
    assert (out / "hsct-rct.csv").read_text(encoding="utf-8") == "mine"


def test_revman_web_and_the_package_are_written_whole(demo_review: Demo, tmp_path: Path) -> None:
    assert demo_review("export", "data", "--layout", "revman-web", "-o", tmp_path / "CD9-data.zip").code == 0
    with zipfile.ZipFile(tmp_path / "CD9-data.zip") as archive:
        assert "CD9-study-data/CD9-included.ris" in archive.namelist()
    assert demo_review("export", "data", "--layout", "package", "-o", tmp_path / "package").code == 0
    reports = (tmp_path / "package" / "reports.csv").read_text(encoding="utf-8").splitlines()
    assert len(reports) == 1 + 523


def test_a_synthesis_becomes_an_r_script_with_its_table(
    demo_review: Demo, refused: Callable[..., str], tmp_path: Path
) -> None:
    ran = demo_review("pool", "export-r", "hsct-rct", "-o", tmp_path / "hsct.R", "--json")
    assert ran.value["files"] == [str(tmp_path / "hsct.R"), str(tmp_path / "hsct-data.csv")]
    assert 'rma.mh(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d)' in (
        tmp_path / "hsct.R"
    ).read_text(encoding="utf-8")
    review = ("--review", demo_review.folder)
    assert "unknown cells" in refused(4, "pool", "export-r", "os-1y-rct", *review)
    assert "no name of an R script" in refused(2, "pool", "export-r", "hsct-rct", "-o", "hsct.txt", *review)


def test_the_further_blocks_of_a_synthesis_go_into_its_script(demo_review: Demo, tmp_path: Path) -> None:
    plain, more = tmp_path / "plain.R", tmp_path / "more.R"
    assert demo_review("pool", "export-r", "mrd-rct", "-o", plain).code == 0
    words = ("--leave-one-out", "--small-study", "harbord", "-o", more)
    assert demo_review("pool", "export-r", "mrd-rct", *words).code == 0
    new = set(more.read_text(encoding="utf-8").splitlines()) - set(plain.read_text(encoding="utf-8").splitlines())
    assert any('"leave one out: estimate"' in line for line in new)


def test_a_script_is_written_anew_and_never_over_what_is_not_its_own(
    rf: Command, refused: Callable[..., str], tmp_path: Path
) -> None:
    table, script = tmp_path / "t.csv", tmp_path / "t.R"
    words = ("pool", "file", table, "--measure", "PLO", "--export-r", script)
    table.write_text("study,xi,ni\nOne,3,20\nTwo,4,30\n", encoding="utf-8")
    assert rf(*words).code == 0
    table.write_text("study,xi,ni\nOne,3,20\nTwo,5,30\n", encoding="utf-8")
    assert rf(*words).code == 0
    assert "Two,5,30" in (tmp_path / "t-data.csv").read_text(encoding="utf-8")
    script.write_text("my own script", encoding="utf-8")
    assert "holds something else" in refused(3, *words)
    assert script.read_text(encoding="utf-8") == "my own script"


def test_an_outcome_is_graded_and_goes_into_the_summary(own_demo: Demo, tmp_path: Path) -> None:
    reason = "imprecision=serious: 204 events"
    ran = own_demo("grade", "set", "hsct-rct", "--judge", reason, "--as", "CB", "--json")
    assert (ran.value["level"], ran.value["start"]) == ("moderate", "high")
    shown = own_demo("grade", "show", "hsct-rct")
    assert shown.out.startswith("hsct-rct (allo-HSCT): ⊕⊕⊕⊝ moderate; starts high, all randomised\n")
    for ending in ("csv", "md", "html", "docx"):
        target = tmp_path / f"findings.{ending}"
        assert own_demo("grade", "table", "-o", target).out == f"Wrote 1 outcome to {target}.\n"
        assert target.stat().st_size > 500
    assert "565 per 1000 ^a^" in (tmp_path / "findings.md").read_text(encoding="utf-8")


def test_a_summary_needs_a_format_that_there_is_and_an_outcome(
    demo_review: Demo, refused: Callable[..., str], tmp_path: Path
) -> None:
    review = ("--review", demo_review.folder)
    assert "'pdf' is no format" in refused(2, "grade", "table", "-o", tmp_path / "f.pdf", *review)
    assert "no outcome is graded yet" in refused(4, "grade", "table", *review)
    assert "does not go to a terminal" in refused(2, "grade", "table", "hsct-rct", "--format", "docx", *review)

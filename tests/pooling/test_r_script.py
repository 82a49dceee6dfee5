"""The script reproduces our numbers where R is there, and is whole where it is not."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from reviewflow.domain.csv_text import csv_text
from reviewflow.domain.metafor import Asked, r_script
from reviewflow.domain.pooling import pool
from reviewflow.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = [
    (4, 120, 11, 130), (6, 300, 29, 303), (3, 231, 11, 220), (0, 55, 4, 57), (33, 506, 47, 580), (0, 20, 0, 21),
    (18, 154, 37, 145), (8, 254, 10, 62), (5, 87, 9, 91), (29, 749, 45, 727), (17, 171, 65, 166), (2, 49, 3, 51),
]  # fmt: skip
TWO_ARMS = [
    {"study": f"T{i}", "ai": a, "n1i": n1, "ci": c, "n2i": n2, "year": 1990 + i, "site": "abc"[i % 3]}
    for i, (a, n1, c, n2) in enumerate(COUNTS)
]
ONE_ARM = [{"study": f"P{i}", "xi": x, "ni": n} for i, (x, n) in enumerate([(3, 20), (11, 30), (0, 12), (20, 41)])]
MEANS = [
    {"study": f"M{i}", "m1i": m, "sd1i": s, "n1i": n, "m2i": m + d, "sd2i": s + 1, "n2i": n + 3}
    for i, (m, s, n, d) in enumerate([(55, 47, 155, 20), (27, 7, 31, 2), (64, 17, 75, 55), (30, 12, 40, -3)])
]
# Two comparisons of T0 share its control group, and the later row is the earlier one by year.
SHARED = [*TWO_ARMS, {**TWO_ARMS[0], "ai": 7, "n1i": 110, "year": 1980}]
CLUSTERS = [{**row, "cluster_size": 10 if i < 3 else ""} for i, row in enumerate(TWO_ARMS)]
PAIRED = [{**row, "n2i": row["n1i"], "design": "crossover" if i < 2 else ""} for i, row in enumerate(MEANS)]
GIVEN = [
    {"study": f"G{i}", "estimate": e, "ci_lower": lo, "ci_upper": hi}
    for i, (e, lo, hi) in enumerate([(0.8, 0.5, 1.28), (1.4, 0.9, 2.2), (0.6, 0.3, 1.2), (2.1, 1.1, 4.0)])
]
PLAIN = [{"study": "a", "yi": 0.2, "sei": 0.1}, {"study": "b", "yi": 0.5, "sei": 0.2}]
ALL_TESTS = ("egger", "egger-mixed", "begg", "harbord", "peters", "macaskill", "fail-safe")
# (what it is called, measure, rows, options)
ANALYSES: dict[str, tuple[str, list[dict[str, Any]], dict[str, Any]]] = {
    "everything": (
        "OR",
        TWO_ARMS,
        {
            "tau2": "REML", "ci": "z", "double_zero": "keep", "leave_one_out": True, "cumulative": "year",
            "influence": True, "small_study": ALL_TESTS, "trim_and_fill": ("L0",), "subgroup": "site",
        },
    ),
    "defaults": ("RR", TWO_ARMS, {"leave_one_out": True, "subgroup": "site", "subgroup_tau2": "common"}),
    "mantel-haenszel": ("OR", TWO_ARMS, {"model": "mh", "leave_one_out": True, "small_study": ("harbord", "peters")}),
    "peto": ("PETO", TWO_ARMS, {"model": "peto"}),
    "like RevMan 5": ("OR", TWO_ARMS, {"like": "revman5", "model": "random"}),
    "risk differences": ("RD", TWO_ARMS, {"tau2": "PM", "ci": "hk", "correct": "all", "add": 0.25}),
    "regression": ("RR", TWO_ARMS, {"moderators": ("year", "site:categorical"), "reference": {"site": "b"}}),
    "logits": ("PLO", ONE_ARM, {"tau2": "ML", "ci": "hk-adhoc", "pi": "t"}),
    "double arcsines": ("PFT", ONE_ARM, {"tau2": "DL"}),
    "glmm": ("PLO", ONE_ARM, {"model": "glmm"}),
    "means": ("MD", MEANS, {"tau2": "EB", "pi": "z"}),
    "standardised means": ("SMD", MEANS, {"tau2": "SJ"}),
    "ratios of means": ("ROM", MEANS, {"tau2": "HE"}),
    "shared controls": ("OR", SHARED, {
        "ci": "z", "double_zero": "keep", "multi_arm": "split", "cumulative": "year", "small_study": ("macaskill",)
    }),
    "combined arms": ("OR", SHARED, {"multi_arm": "combine", "double_zero": "keep", "small_study": ("harbord",)}),
    "clusters": ("RR", CLUSTERS, {"icc": 0.05, "tau2": "DL", "small_study": ("macaskill",)}),
    "paired means": ("MD", PAIRED, {"correlation": 0.5, "tau2": "DL", "small_study": ("egger", "macaskill")}),
    "intervals": ("HR", GIVEN, {"tau2": "HS"}),
    "common": ("GEN", PLAIN, {"model": "common"}),
}  # fmt: skip


def script(name: str) -> tuple[str, str]:
    """The script and its table."""
    measure, rows, options = ANALYSES[name]
    found = pool(measure, rows, **options)
    asked = Asked("study", options.get("moderators", ()), options.get("subgroup"), options.get("cumulative"))
    made = r_script(found, rows, asked, title=f'of "{name}"\nquit()', stem="again", version="0")
    return made.text, csv_text(made.table)


@cache
def has_metafor(library: str = "metafor") -> bool:
    if shutil.which("Rscript") is None:
        return False
    asked = ["Rscript", "-e", f"quit(status = !requireNamespace('{library}', quietly = TRUE))"]
    return subprocess.run(asked, capture_output=True, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("name", ANALYSES)
def test_r_reproduces_our_numbers(name: str, tmp_path: Path) -> None:
    if not has_metafor() or (name == "glmm" and not has_metafor("lme4")):
        pytest.skip("R with metafor is not installed")
    text, table = script(name)
    (tmp_path / "again.R").write_text(text, encoding="utf-8")
    (tmp_path / "again-data.csv").write_text(table, encoding="utf-8")
    ran = subprocess.run(
        ["Rscript", str(tmp_path / "again.R")], capture_output=True, check=False, timeout=120, encoding="utf-8"
    )
    wrong = [line for line in ran.stdout.splitlines() if " FALSE" in line]
    assert (ran.returncode, wrong) == (0, []), ran.stdout + ran.stderr
    n, of = re.findall(r"(\d+) of (\d+) numbers agree", ran.stdout)[0]
    assert n == of
    assert int(of) >= 8


def test_a_number_that_is_not_ours_is_told_by_the_exit_status(tmp_path: Path) -> None:
    if not has_metafor():
        pytest.skip("R with metafor is not installed")
    text, table = script("common")
    wrong = re.sub(r'beside\("se", 0\.', 'beside("se", 1.', text)
    assert wrong != text
    (tmp_path / "again.R").write_text(wrong, encoding="utf-8")
    (tmp_path / "again-data.csv").write_text(table, encoding="utf-8")
    ran = subprocess.run(["Rscript", str(tmp_path / "again.R")], capture_output=True, check=False, timeout=120)
    assert ran.returncode == 1
    assert re.search(rb"se +1\..* FALSE", ran.stdout)


@pytest.mark.parametrize("name", ANALYSES)
def test_a_script_asks_metafor_for_the_choices_of_the_analysis(name: str) -> None:
    text, table = script(name)
    _, _, options = ANALYSES[name]
    called = {"mh": "rma.mh(", "peto": "rma.peto(", "glmm": "rma.glmm(", "common": 'method = "EE"'}
    assert called.get(options.get("model", ""), "rma_near(d" if name != "like RevMan 5" else "tau2 = tau2") in text
    if "tau2" in options:
        assert f'method = "{options["tau2"]}"' in text
    assert table.splitlines()[0].startswith("study,")


def test_rows_of_one_name_are_added_in_their_own_order() -> None:
    text, _ = script("shared controls")
    assert f"turn <- c({len(SHARED)}, 1, 2, " in text


def test_the_table_of_paired_effects_holds_the_sizes_that_a_test_asks_for() -> None:
    _, table = script("paired means")
    assert table.splitlines()[0] == "study,yi,vi,n1i,n2i"


def test_a_title_cannot_become_a_line_of_the_script() -> None:
    text, _ = script("common")
    assert text.splitlines()[0] == '# of "common" quit()'


def test_what_is_not_estimable_has_no_script() -> None:
    rows = [{"study": "a", "ai": 0, "n1i": 9, "ci": 0, "n2i": 9}]
    with pytest.raises(StateError, match="nothing is estimable"):
        r_script(pool("OR", rows), rows, Asked(), title="t", stem="s", version="0")

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Command

# Thirteen trials of BCG against tuberculosis: Colditz and others, JAMA 1994;271:698-702.
BCG = """study,ai,bi,ci,di,year,ablat,alloc
Aronson 1948,4,119,11,128,1948,44,random
Ferguson 1949,6,300,29,274,1949,55,random
Rosenthal 1960,3,228,11,209,1960,42,random
Hart 1977,62,13536,248,12619,1977,52,random
Frimodt-Moller 1973,33,5036,47,5761,1973,13,alternate
Stein 1953,180,1361,372,1079,1953,44,alternate
Vandiviere 1973,8,2537,10,619,1973,19,random
Madras 1980,505,87886,499,87892,1980,13,random
Coetzee 1968,29,7470,45,7232,1968,27,random
Rosenthal 1961,17,1699,65,1600,1961,42,systematic
Comstock 1974,186,50448,141,27197,1974,18,systematic
Comstock 1969,5,2493,3,2338,1969,33,systematic
Comstock 1976,27,16886,29,17825,1976,33,systematic
"""


@pytest.fixture
def bcg(tmp_path: Path) -> Path:
    path = tmp_path / "bcg.csv"
    path.write_text(BCG, encoding="utf-8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_answer_has_the_keys_of_the_contract(rf: Command, bcg: Path) -> None:
    found = rf("pool", "file", bcg, "--measure", "RR", "--json").value
    wanted = """measure model tau2_method ci_method k estimate se ci_lower ci_upper statistic df p_value tau2 tau2_ci i2
        h2 q q_df q_p prediction_interval display studies excluded warnings coefficients qm qm_p r2 subgroups"""
    assert set(wanted.split()) <= found.keys()
    assert {"estimate", "ci_lower", "ci_upper", "prediction_interval", "scale"} <= found["display"].keys()
    assert {"study", "yi", "vi", "weight"} <= found["studies"][0].keys()


def test_a_random_effects_result_is_metafors(rf: Command, bcg: Path) -> None:
    words = ("--measure", "RR", "--model", "random", "--tau2", "REML", "--ci", "z", "--double-zero", "keep")
    found = rf("pool", "file", bcg, *words, "--json").value
    # As metafor prints them in its documentation of rma(), to four decimals.
    expected = {"estimate": -0.7145, "se": 0.1798, "tau2": 0.3132, "i2": 92.22, "q": 152.2330}
    for name, number in expected.items():
        assert found[name] == pytest.approx(number, abs=0.5 * 10 ** -(2 if name == "i2" else 4))
    assert found["k"] == 13
    assert found["display"]["estimate"] == pytest.approx(exp(found["estimate"]))
    assert sum(study["weight"] for study in found["studies"]) == pytest.approx(100)
    assert found["defaults"] == ["pi", "correct"]


def test_what_is_not_said_takes_a_default_that_the_answer_names(rf: Command, bcg: Path) -> None:
    ran = rf("pool", "file", bcg, "--measure", "RR")
    assert "by default: model random, tau2 REML, ci hk, pi hts, correct only0, double_zero drop" in ran.out


def test_lower_case_measures_are_read(rf: Command, bcg: Path) -> None:
    found = [rf("pool", "file", bcg, "--measure", name, "--json").value for name in ("or", "OR")]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["--leave-one-out"], "leave_one_out"),
        (["--cumulative", "year"], "cumulative"),
        (["--influence"], "influence"),
        (["--small-study", "egger,begg,harbord,peters"], "small_study"),
        (["--swim"], "swim"),
        (["--trim-and-fill", "L0", "--trim-and-fill", "R0"], "trim_and_fill"),
        (["--subgroup", "alloc"], "subgroups"),
    ],
)
def test_a_block_that_is_asked_for_is_in_both_answers(rf: Command, bcg: Path, words: list[str], key: str) -> None:
    base = ("pool", "file", bcg, "--measure", "OR", "--model", "random", "--tau2", "DL", "--ci", "z")
    block: Any = rf(*base, *words, "--json").value[key]
    assert len(block) in {2, 3, 4, 6, 13}
    plain, with_block = rf(*base).out, rf(*base, *words).out
    assert len(with_block.splitlines()) > len(plain.splitlines())
    assert not rf(*base, "--json").value.get(key)


DESIGNS = """study,ai,n1i,ci,n2i,rob,trial,cluster_size,denominator
Neskwood 2019,12,54,21,52,low,,,randomised
Lorvard 2020 low,30,105,41,103,high,Lorvard,,randomised
Lorvard 2020 high,20,101,41,103,high,Lorvard,,evaluable
Brennwood 2021,8,61,11,60,some concerns,,20,randomised
"""


def test_what_was_done_to_a_study_is_listed_and_what_should_be_is_warned_about(
    rf: Command, table: Callable[[str], Path]
) -> None:
    path = table(DESIGNS)
    said = rf("pool", "file", path, "--measure", "OR").out
    assert "warning: Lorvard enters with 2 comparisons that share a control group" in said
    assert "warning: Brennwood 2021 randomised clusters" in said
    assert "warning: The pool mixes denominators: evaluable, randomised." in said
    words = ("--measure", "OR", "--multi-arm", "split", "--icc", "0.02")
    assert "adjusted: Lorvard 2020 low, shared control group divided by 2" in rf("pool", "file", path, *words).out
    found = rf("pool", "file", path, *words, "--json").value
    assert [each["method"] for each in found["adjusted"]] == ["split", "split", "design effect"]
    assert rf("pool", "file", path, "--measure", "OR", "--multi-arm", "combine", "--json").value["k"] == 3


def test_risk_of_bias_and_directions_are_in_both_answers(rf: Command, table: Callable[[str], Path]) -> None:
    words = ("pool", "file", table(DESIGNS), "--measure", "OR", "--risk-of-bias", "rob", "--swim")
    found = rf(*words, "--json").value
    assert [each["k"] for each in found["risk_of_bias"]] == [4, 2, 1]
    assert found["swim"]["sign_test"]["below"] == 4
    said = rf(*words).out
    assert "without high" in said
    assert "below no effect: 4 of 4, share 1.00 [0.51, 1.00], sign test p 0.125" in said


def test_subgroups_may_share_one_tau2(rf: Command, bcg: Path) -> None:
    words = ("pool", "file", bcg, "--measure", "RR", "--ci", "z", "--subgroup", "alloc", "--json")
    own, shared = rf(*words).value, rf(*words, "--subgroup-tau2", "common").value
    assert own["between"]["tau2"] is None
    assert {each["tau2"] for each in shared["subgroups"]} == {shared["between"]["tau2"]}


def test_a_moderator_gives_coefficients(rf: Command, bcg: Path) -> None:
    words = ("--measure", "RR", "--ci", "z", "--double-zero", "keep", "--moderator", "ablat")
    found = rf("pool", "file", bcg, *words, "--json").value
    assert [each["name"] for each in found["coefficients"]] == ["intercept", "ablat"]
    # As metafor prints them in its documentation of dat.bcg.
    assert found["coefficients"][1]["estimate"] == pytest.approx(-0.0291, abs=5e-5)
    # metafor stops its search for tau2 earlier by default, which moves the fourth figure of QM.
    assert found["qm"] == pytest.approx(16.3571, rel=2e-4)
    assert "ablat" in rf("pool", "file", bcg, *words).out


def test_a_categorical_moderator_is_compared_with_its_reference(rf: Command, bcg: Path) -> None:
    words = ("--measure", "RR", "--moderator", "alloc:categorical", "--reference", "alloc=random")
    names = [each["name"] for each in rf("pool", "file", bcg, *words, "--json").value["coefficients"]]
    assert names[0] == "intercept"
    assert all("random" not in name for name in names)
    assert len(names) == 3


def test_a_preset_chooses_what_is_not_said(rf: Command, bcg: Path) -> None:
    found = rf("pool", "file", bcg, "--measure", "OR", "--like", "revman5", "--json").value
    assert (found["model"], found["choices"]["like"]) == ("mh", "revman5")
    assert rf("pool", "file", bcg, "--measure", "OR", "--like", "revman5", "--model", "common", "--json").value[
        "model"
    ] == ("common")


def test_the_figures_are_drawn(rf: Command, bcg: Path, tmp_path: Path) -> None:
    forest, funnel = tmp_path / "forest.svg", tmp_path / "funnel.svg"
    words = ("--trim-and-fill", "L0", "--forest", forest, "--funnel", funnel, "--json")
    found = rf("pool", "file", bcg, "--measure", "RR", *words).value
    assert (found["forest"], found["funnel"]) == (str(forest), str(funnel))
    assert "Comstock 1974" in forest.read_text(encoding="utf-8")
    assert funnel.read_text(encoding="utf-8").rstrip().endswith("</svg>")


def test_every_figure_is_drawn_and_asks_for_what_it_needs(rf: Command, bcg: Path, tmp_path: Path) -> None:
    names = ["forest-leave-one-out", "forest-cumulative", "baujat", "labbe", "radial", "effect-direction"]
    words = [part for name in names for part in (f"--{name}", tmp_path / f"{name}.svg")]
    found = rf("pool", "file", bcg, "--measure", "RR", "--cumulative", "year", *words, "--json").value
    for name in names:
        assert found[name.replace("-", "_")] == str(tmp_path / f"{name}.svg")
        assert (tmp_path / f"{name}.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert len(found["leave_one_out"]) == len(found["influence"]) == found["swim"]["k"] == 13
    bubble = tmp_path / "bubble.svg"
    said = rf("pool", "file", bcg, "--measure", "RR", "--moderator", "ablat", "--bubble", bubble).out
    assert f"Drew {bubble}." in said
    assert "ablat" in bubble.read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [80, 120])
def test_the_plot_on_the_terminal_is_as_wide_as_the_terminal(
    rf: Command, bcg: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    plot, _, _ = rf("pool", "file", bcg, "--measure", "RR").out.partition("Heterogeneity")
    assert max(map(len, plot.splitlines())) == columns


def test_a_forest_plot_looks_as_it_is_told(rf: Command, bcg: Path, tmp_path: Path) -> None:
    forest, bias = tmp_path / "forest.svg", tmp_path / "bias.csv"
    bias.write_text("study,Sequence,Blinding\nAronson 1948,low,High\nHart 1977,NI,\n", encoding="utf-8")
    words = ("--layout", "revman", "--arms", "Vaccine", "No vaccine", "--favours", "Favours BCG", "Favours none")
    more = ("--decimals", "3", "--title", "Tuberculosis", "--judgements", bias, "--forest", forest)
    rf("pool", "file", bcg, "--measure", "RR", *words, *more)
    text = forest.read_text(encoding="utf-8")
    for expected in ("Vaccine<", "← Favours BCG", "0.489 [", "Tuberculosis", "B Blinding", "high or serious"):
        assert expected in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("study,Blinding\nAronson 1948,maybe\n", "Aronson 1948, Blinding: 'maybe'"),
        ("study,Blinding\nSomebody else,low\n", "judges no study of this analysis"),
        ("study\nAronson 1948\n", "no column of judgements"),
    ],
)
def test_judgements_that_cannot_be_drawn_are_refused(
    refused: Callable[..., str], bcg: Path, table: Callable[[str], Path], tmp_path: Path, text: str, words: str
) -> None:
    said = refused(
        3, "pool", "file", bcg, "--measure", "RR", "--forest", tmp_path / "f.svg", "--judgements", table(text)
    )
    assert words in said
    assert "table.csv" in said


def test_semicolons_a_byte_order_mark_and_empty_lines_are_read(rf: Command, bcg: Path) -> None:
    plain = rf("pool", "file", bcg, "--measure", "RR", "--json").out
    bcg.write_text("\ufeff" + BCG.replace(",", ";").replace("\n", "\r\n") + ";;;\r\n\r\n", encoding="utf-8")
    assert rf("pool", "file", bcg, "--measure", "RR", "--json").out == plain


def test_nothing_estimable_is_an_answer(rf: Command, table: Callable[[str], Path]) -> None:
    path = table("study,ai,n1i,ci,n2i\nOne,0,10,0,10\nTwo,0,20,0,20\n")
    ran = rf("pool", "file", path, "--measure", "OR", "--json")
    assert ran.code == 0
    assert ran.value["estimate"] is None
    assert ran.value["warnings"]


def test_a_study_without_a_value_is_left_out_by_name(rf: Command, table: Callable[[str], Path]) -> None:
    path = table("study,yi,vi\nOne,0.1,0.2\nTwo,,0.2\nThree,0.3,0.1\n")
    found = rf("pool", "file", path, "--measure", "GEN", "--json").value
    assert found["k"] == 2
    assert found["excluded"] == [{"study": "Two", "reason": "no value for yi"}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("study,yi,vi\n", "holds a header line and no study"),
        ("study,yi,vi\nOne,0.1,0.2\nTwo,x,0.2\n", "row 2 (Two): yi is 'x'"),
        ("study,yi,vi\nOne,0.1,0.2\nTwo,0.1,-0.2\n", "row 2 (Two)"),
        ("study,ai,n1i,ci,n2i\nOne,5,4,1,4\n", "row 1 (One): 5 events"),
        ("study,ai,n1i\nOne,5,4\n", "OR cannot be computed from the columns found: ai, n1i, study"),
        ("study,yi,yi\nOne,1,2\n", "two columns 'yi'"),
        ("study,yi,vi\nOne,0.1,0.2,0.3\n", "line 2: 4 values under 3 columns"),
        ('study,yi,vi\n"One,0.1,0.2\nTwo,0.1,0.2\n', "line 3"),
        ("<!doctype html>\n<html>log in</html>\n", "<!doctype html>"),
    ],
)
def test_a_table_that_cannot_be_pooled_is_refused_with_its_place(
    refused: Callable[..., str], table: Callable[[str], Path], text: str, words: str
) -> None:
    said = refused(3, "pool", "file", table(text), "--measure", "GEN" if "yi" in text else "OR")
    assert "table.csv" in said
    assert words in said


@pytest.mark.parametrize(
    "words",
    [
        ["--measure", "XX"],
        ["--measure", "OR", "--model", "wibble"],
        ["--measure", "OR", "--tau2", "wibble"],
        ["--measure", "OR", "--ci", "wibble"],
        ["--measure", "OR", "--correct", "wibble"],
        ["--measure", "OR", "--double-zero", "wibble"],
        ["--measure", "OR", "--pi", "wibble"],
        ["--measure", "OR", "--like", "wibble"],
        ["--measure", "OR", "--scale", "wibble"],
        ["--measure", "OR", "--scale", "ratio"],
        ["--measure", "OR", "--glmm", "UM.RS", "--model", "glmm"],
        ["--measure", "OR", "--glmm", "UM.FS"],
        ["--measure", "OR", "--small-study", "wibble"],
        ["--measure", "OR", "--subgroup", "alloc", "--subgroup-tau2", "wibble"],
        ["--measure", "OR", "--multi-arm", "wibble"],
        ["--measure", "OR", "--icc", "2"],
        ["--measure", "OR", "--correlation", "1"],
        ["--measure", "OR", "--trim-and-fill", "Q0"],
        ["--measure", "OR", "--moderator", "alloc:categorical", "--reference", "alloc"],
        ["--measure", "OR", "--forest", "forest.doc"],
        ["--measure", "OR", "--forest", "forest.svg", "--layout", "lancet"],
        ["--measure", "OR", "--forest-cumulative", "cumulative.svg"],
        ["--measure", "OR", "--bubble", "bubble.svg"],
        ["--measure", "OR", "--bubble", "bubble.svg", "--moderator", "alloc:categorical"],
        ["--measure", "OR", "--forest", "forest.svg", "--moderator", "year"],
        [],
    ],
)
def test_a_choice_that_there_is_not_is_a_wrong_call(refused: Callable[..., str], bcg: Path, words: list[str]) -> None:
    refused(2, "pool", "file", bcg, *words)


@pytest.mark.parametrize("option", ["--study", "--subgroup", "--cumulative", "--moderator", "--risk-of-bias"])
def test_a_column_that_is_not_there_is_refused_by_name(refused: Callable[..., str], bcg: Path, option: str) -> None:
    assert "wibble" in refused(3, "pool", "file", bcg, "--measure", "RR", option, "wibble")


def test_a_moderator_that_is_no_number_names_the_row(refused: Callable[..., str], bcg: Path) -> None:
    assert "row 1 (Aronson 1948)" in refused(3, "pool", "file", bcg, "--measure", "RR", "--moderator", "alloc")


def test_a_figure_that_cannot_be_written_is_said(refused: Callable[..., str], bcg: Path) -> None:
    refused(3, "pool", "file", bcg, "--measure", "RR", "--forest", bcg / "forest.svg")

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from reviewflow.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Command, Demo, Program

ANSWERS = "study,arm,endpoint,timepoint,events,total,denominator,status,source"
ESCAPE = "\x1b"


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 typer's own
    """Every group and command with its words."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(below, (*path, name))


TREE = dict(walk(typer.main.get_command(app)))
COMMANDS = {path: each for path, each in TREE.items() if not hasattr(each, "commands") or path == ("screen",)}

# One call of each command that reads the reference review, or needs no review at all.
READING = [
    "status",
    "status --as CB",
    "next",
    "log",
    "protocol show",
    "team list",
    "search list",
    "dedup review",
    "dedup explain r1 r2",
    "dedup show p1",
    "dedup report",
    "dedup related",
    "screen --as CB",
    "screen adjudicate --as XDQ",
    "screen conflicts",
    "screen agreement",
    "screen assigned",
    "screen export --as CB",
    "screen rank --as CB",
    "screen tags --as CB",
    "fulltext list",
    "fulltext show r41",
    "fulltext export",
    "study list",
    "study show s1",
    "extract table",
    "pool plan",
    "pool report",
    "pool explain hsct-rct",
    "grade show",
    "grade table hsct-rct",
    "pool bias hsct-rct",
    "pool sensitivity hsct-rct",
    "flow show",
    "check",
    "export records",
    "export flow",
]
# One call of each command that writes, in an order in which they follow from one another.
WRITING = [
    "init {new} --title T --reviewer A",
    "import {file} --check",
    "import {file} --source PubMed --as A",
    "search add Embase --as A",
    "search edit 2 --platform Embase.com --as A",
    "dedup run --as A",
    "dedup file {file}",
    "dedup merge r2 r3 --as A",
    "dedup split r3 --as A",
    "team add C --role lead",
    "team remove C",
    "protocol criterion I1 adults",
    "screen stop --declare --as A",
    "screen stop --as A",
    "screen rank --on --seed 3 --order year --as A",
    "screen pilot start --n 1 --as A",
    "screen pilot show",
    "screen pilot close --early --as A",
    "screen assign --as A",
    "screen remove p3 p5 p6 p7 --why letter --as A",
    "screen vote p2 include --as A",
    "screen vote p2 exclude --as B",
    "screen vote p2 include --as A",
    "screen vote p2 exclude --as B",
    "screen resolve p2 include --as X",
    "screen import {votes} --as A",
    "screen vote p1 include --as B",
    "screen tag later p1 p2 --as A",
    "screen tags later --as A",
    "fulltext request --all --from Library --as A",
    "fulltext contact p2 --to somebody --as A",
    "fulltext letter p2 --as A",
    "fulltext missing",
    "fulltext missing p2 --why lost --as A",
    "fulltext add p1 --as A",
    "screen vote p1 include --stage full_text --as A",
    "screen vote p1 include --stage full_text --as B",
    "study link One p1 --arm drug:experimental:20 --as A",
    "study link Two p1 --arm drug:experimental:20 --as A",
    "study split Two p1 --as A",
    "extract template",
    "extract import {answers} --as A",
    "pool run --as A",
    "pool file {table} --measure PR",
    "pool file {table} --measure PR --export-r {script}",
    "screen simulate {labelled} --label relevant --seed 1 --order {order}",
    "flow show --freeze first --as A",
    "flow compare first",
    "flow file {counts}",
    "export changes -o {changes} --as A",
    "sync {changes} --as A",
    "undo --as A",
]


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_a_command_answers_help(rf: Command, path: tuple[str, ...]) -> None:
    ran = rf(*path, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert " ".join(("Usage: reviewflow", *path)) in ran.out
    assert ESCAPE not in ran.out


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_a_command_says_what_it_does_and_its_group_says_it_uncut(path: tuple[str, ...]) -> None:
    words = TREE[path].help
    assert words
    if path:
        longest = max(len(name) for name in TREE[path[:-1]].commands)
        # Help is 80 columns wide where there is no terminal; typer keeps 8 of them for margins.
        assert not TREE[path].get_short_help_str(80 - 8 - longest).endswith("...")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_has_json(path: tuple[str, ...]) -> None:
    assert "--json" in {option for each in COMMANDS[path].params for option in each.opts}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_has_help(path: tuple[str, ...]) -> None:
    options = [each for each in COMMANDS[path].params if each.param_type_name == "option"]
    assert [each.name for each in options if not each.help] == []


@pytest.mark.parametrize("line", READING)
def test_a_reading_command_prints_one_json_object_and_words(demo_review: Demo, line: str) -> None:
    as_json, as_words = demo_review(*line.split(), "--json"), None
    assert (as_json.code, as_json.err) == (0, "")
    assert as_json.value
    if line.startswith(("screen --as", "dedup review")):
        return  # these two ask, which the tests of the plain screens answer
    as_words = demo_review(*line.split())
    assert as_words.code == 0
    assert as_words.out.strip()
    assert ESCAPE not in as_words.out + as_words.err
    assert not as_words.err or as_words.err.startswith("Next: ")


@pytest.fixture
def places(exports: Path) -> dict[str, Path]:
    """The files that the writing commands name."""
    more = (exports / "pubmed.ris").read_text(encoding="utf-8").replace("10.1000/", "10.1000/x")
    texts = {
        "file": ("more.ris", re.sub("(?m)^TI  - ", "TI  - Not the same: ", more)),
        "votes": ("votes.csv", "record,stage,verdict\nr1,title_abstract,include\n"),
        "answers": (
            "answers.csv",
            f"{ANSWERS}\nOne,drug,cure,1 year,3,20,randomised,published,table 2\n",
        ),
        "table": ("table.csv", "study,xi,ni\nOne,3,20\nTwo,4,30\n"),
        "counts": ("counts.toml", "database_results = 4\n"),
        "labelled": ("labelled.csv", "record_id,title,abstract,relevant\n1,one,a b,1\n2,two,c d,0\n3,three,a c,1\n"),
        "order": ("order.csv", ""),
        "script": ("table.R", "# Written by reviewflow "),
    }
    for name, text in texts.values():
        (exports / name).write_text(text, encoding="utf-8")
    with (exports / "review" / "reviewflow.toml").open("a", encoding="utf-8") as protocol:
        protocol.write('\n[screening.stopping]\nrule = "hypergeometric"\ntarget_recall = 0.95\nalpha = 0.05\n')
    return {key: exports / name for key, (name, _) in texts.items()} | {
        "new": exports / "new",
        "changes": exports / "A.jsonl",
    }


@pytest.mark.usefixtures("small_review")
def test_every_writing_command_prints_one_json_object(rf: Command, places: dict[str, Path]) -> None:
    for line in WRITING:
        words = [word.format(**places) for word in line.split()]
        ran = rf(*words, "--json")
        assert (ran.code, ran.err) == (0, ""), (line, ran)
        assert ran.value, line


def test_every_command_is_called_by_these_tests() -> None:
    called = {path for path in COMMANDS for line in [*READING, *WRITING] if tuple(line.split()[: len(path)]) == path}
    # These have tests of their own; PubMed is asked over the network.
    elsewhere = {
        ("demo",),
        ("serve",),
        ("screen", "pilot", "adopt"),
        ("pool", "forest"),
        ("pool", "direction"),
        ("pool", "funnel"),
        ("pool", "export-r"),
        ("grade", "set"),
        ("export", "data"),
        ("search", "run", "pubmed"),
        ("search", "rerun"),
        ("search", "report"),
    }
    assert set(COMMANDS) - called <= elsewhere


def test_the_forest_plot_of_a_planned_synthesis_is_drawn(demo_review: Demo, tmp_path: Path) -> None:
    ran = demo_review("pool", "forest", "hsct-rct", "-o", tmp_path / "forest.svg", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.value["synthesis"]["estimate"] == 3.24
    assert "Locatelli 2021" in (tmp_path / "forest.svg").read_text(encoding="utf-8")


def test_the_directions_of_a_planned_synthesis_are_drawn(demo_review: Demo, tmp_path: Path) -> None:
    ran = demo_review("pool", "direction", "hsct-rct", "-o", tmp_path / "direction.svg", "--json")
    assert (ran.code, ran.err) == (0, "")
    drawn = (tmp_path / "direction.svg").read_text(encoding="utf-8")
    assert all(words in drawn for words in ("Locatelli 2021", "Sign test: 0 of 2 below no effect"))


def test_the_figures_of_a_planned_synthesis_bear_its_endpoint_and_arms(demo_review: Demo, tmp_path: Path) -> None:
    forest, funnel = tmp_path / "forest.svg", tmp_path / "funnel.svg"
    demo_review("pool", "forest", "hsct-rct", "-o", forest, "--layout", "revman", "--favours", "less", "more")
    assert demo_review("pool", "funnel", "hsct-rct", "-o", funnel, "--json").value["file"] == str(funnel)
    drawn = forest.read_text(encoding="utf-8")
    assert all(words in drawn for words in ("Study or subgroup", "← less", "more →", "Blinatumomab"))
    assert "below ten a funnel plot says little" in funnel.read_text(encoding="utf-8")


def test_the_checks_of_a_planned_synthesis_keep_its_numbers(demo_review: Demo, tmp_path: Path) -> None:
    run = demo_review("pool", "forest", "hsct-rct", "-o", tmp_path / "forest.svg", "--json").value["synthesis"]
    files = {name: tmp_path / f"{name}.svg" for name in ("funnel", "radial", "labbe", "forest-leave-one-out")}
    options = {name: (f"--{name}", path) for name, path in files.items()}
    bias = demo_review("pool", "bias", "hsct-rct", *options["funnel"], *options["radial"], "--json").value
    words = (*options["labbe"], *options["forest-leave-one-out"], "--json")
    sensitivity = demo_review("pool", "sensitivity", "hsct-rct", *words).value
    assert bias["estimate"] == sensitivity["estimate"] == run["estimate"] == 3.24
    assert "egger" in bias["result"]["small_study"]
    assert len(sensitivity["result"]["leave_one_out"]) == len(run["result"]["studies"])
    assert all(path.read_text(encoding="utf-8").rstrip().endswith("</svg>") for path in files.values())


def test_a_synthesis_that_is_refused_exits_1_and_is_not_drawn(demo_review: Demo, tmp_path: Path) -> None:
    assert demo_review("pool", "run", "os-1y-rct", "--as", "CB", "--json").code == 1
    ran = demo_review("pool", "forest", "os-1y-rct", "-o", tmp_path / "forest.svg")
    assert (ran.code, ran.out) == (4, "")
    assert "unknown cells" in ran.err
    assert not (tmp_path / "forest.svg").exists()


@pytest.mark.parametrize("words", [[], ["flow"], ["search", "run"]])
def test_a_group_without_a_command_shows_its_commands(rf: Command, words: list[str]) -> None:
    ran = rf(*words)
    assert ran.code == 2
    assert "Usage: reviewflow" in ran.out + ran.err


def test_the_version_is_one_line(rf: Command) -> None:
    ran = rf("--version")
    assert re.fullmatch(r"reviewflow \d+\.\d+\.\d+\S*\n", ran.out)


def test_the_program_keeps_answer_and_remarks_apart(program: Program, small_review: Path) -> None:
    ran = program("status", "--review", small_review)
    assert ran.code == 0
    assert ran.out.startswith("Aches\n")
    assert ran.err.startswith("Next: ")
    assert "Next:" not in ran.out


def test_a_reader_that_goes_away_is_no_error(demo_review: Demo) -> None:
    words = [sys.executable, "-m", "reviewflow", "export", "records", "--review", str(demo_review.folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_help_loads_none_of_the_heavy_libraries() -> None:
    heavy = ["matplotlib", "numpy", "pandas", "scipy", "sklearn", "sqlalchemy", "rapidfuzz", "jsonschema"]
    code = (
        "import sys, json; from reviewflow.cli.main import run; run(['--help']);"
        f"json.dump([name for name in {heavy} if name in sys.modules], sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert json.loads(done.stderr) == []


def test_pooling_a_table_loads_neither_the_database_nor_a_drawing_library(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("study,yi,vi\nOne,0.1,0.2\nTwo,0.3,0.1\n", encoding="utf-8")
    heavy = ["matplotlib", "pandas", "sklearn", "sqlalchemy", "scipy.stats", "rapidfuzz"]
    code = (
        "import sys, json; from reviewflow.cli.main import run;"
        f"run(['pool', 'file', {str(tmp_path / 'table.csv')!r}, '--measure', 'GEN']);"
        f"json.dump([name for name in {heavy} if name in sys.modules], sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert json.loads(done.stderr) == []

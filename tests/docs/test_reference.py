"""The reference names what there is, and nothing that is not."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from docs import pages
from reviewflow.domain.effect import MEASURES
from reviewflow.domain.pooling.small_study import TESTS
from reviewflow.domain.pooling.tau2 import METHODS
from reviewflow.domain.printed import RULES as PRINTED
from reviewflow.storage.tables import FACTS, SIDE
from reviewflow.tui.keymap import LIVE_TOGETHER, PRESETS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CHECK_HEADING = "What `reviewflow check` looks at"
COMMANDS = pages.every_command()


@cache
def page(*parts: str) -> str:
    return pages.filled(DOCS.joinpath(*parts).read_text(encoding="utf-8"))


def section(text: str, heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no section {heading}"
    return found.group(1)


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_a_command_is_in_the_reference_with_help_for_each_option(path: tuple[str, ...], command: pages.Command) -> None:
    assert command.help
    text = section(page("reference", "commands.md"), " ".join(path))
    for parameter in command.params:
        if parameter.param_type_name == "option":
            assert parameter.help, f"{parameter.opts} has no help"
            assert all(f"`{name}`" in text for name in parameter.opts)


def test_every_table_of_the_database_is_in_the_reference() -> None:
    text = page("reference", "tables.md")
    for name in ("meta", "change", "record", *FACTS, *SIDE):
        section(text, name)


def test_every_key_of_the_review_file_is_in_the_reference() -> None:
    text = page("reference", "review-file.md")
    for name in ("[review]", "[[criterion]]", "[[reason]]", "[[team]]", "[[source]]", "[[synthesis]]"):
        section(text, name)
    assert "`override_reason`" in section(text, "[[synthesis]]")


def test_every_preset_and_action_of_the_screens_is_in_the_reference() -> None:
    text = page("reference", "keys.md")
    assert [name for name in PRESETS if f"| `{name}` |" not in text] == []
    for screen, actions in LIVE_TOGETHER.items():
        part = section(text, screen[0].upper() + screen[1:])
        assert [each.name for each in actions if f"| `{each.name}` | {each.words} |" not in part] == []


def test_every_check_is_in_the_reference() -> None:
    text = page("reference", "checks.md")
    named = [f"P{i}" for i in range(1, 19)] + [f"Q{i}" for i in range(1, 7)]
    assert [each for each in named if f"| {each} |" not in text] == []


def test_every_finding_of_check_is_in_the_reference_and_no_other() -> None:
    tree = ast.parse((ROOT / "reviewflow" / "workflow" / "check.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding"]
    names = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    listed = re.findall(r"^\| `([a-z-]+)` \| ", section(page("reference", "checks.md"), CHECK_HEADING), re.MULTILINE)
    assert names | set(PRINTED) == set(listed)


def test_every_measure_estimator_and_test_has_its_formula_in_the_reference() -> None:
    text = page("reference", "formulas.md")
    first_cells = {
        name for row in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE) for name in re.split(r"[, ]+", row)
    }
    assert [name for name in (*MEASURES, *METHODS, *TESTS) if name not in first_cells] == []


def test_the_glossary_has_its_27_terms() -> None:
    rows = re.findall(r"^\| .* \|$", page("reference", "glossary.md"), re.MULTILINE)
    assert len(rows) == 1 + 27


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[\[<>=~!]", each)[0] for each in project["dependencies"]]
    text = page("explanation", "dependencies.md")
    assert [name for name in names if f"| {name} |" not in text] == []
    listed = re.findall(r"^\| ([\w-]+) \| ", text, re.MULTILINE)
    assert sorted(listed[1:]) == sorted(names)


def test_nothing_generated_is_left_out() -> None:
    whole = "".join(path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md"))
    assert [name for name in pages.GENERATED if f"<!-- generated: {name} -->" not in whole] == []
    assert set(re.findall(r"<!-- generated: (.*?) -->", whole)) == set(pages.GENERATED)


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_a_file_that_is_linked_to_exists(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / name).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_commands_named_in_prose_exist() -> None:
    known = {" ".join(path) for path, _ in COMMANDS}
    groups = {" ".join(path[:-1]) for path, _ in COMMANDS}
    for path in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        if "_build" in path.parts:
            continue
        for words in re.findall(r"`reviewflow ((?:[a-z]+ ?){1,2})", path.read_text(encoding="utf-8")):
            called = f"reviewflow {words}".split()
            assert {" ".join(called[:n]) for n in (2, 3)} & (known | groups), f"{path.name}: {words}"

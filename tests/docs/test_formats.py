"""The pages of the formats say what the tables of the formats and the program itself say."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from docs import field_maps, pages
from reviewflow.domain.record import Record
from reviewflow.formats import canonical, open_export
from reviewflow.formats.registry import READERS, WRITERS
from reviewflow.resources import schema_toml

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
SOURCES = [(name, rule) for name in READERS for rule in schema_toml("formats", f"{name}.toml").get("source", ())]
NAMES = [field.name for field in fields(Record)]


def page(name: str) -> str:
    return (REFERENCE / "formats" / f"{name}.md").read_text(encoding="utf-8")


def test_every_format_has_a_page_and_there_is_no_other() -> None:
    assert {path.stem for path in (REFERENCE / "formats").glob("*.md")} == set(READERS)


@pytest.mark.parametrize("name", READERS)
def test_the_example_on_the_page_of_a_format_is_recognised_and_read_as_one_record(name: str) -> None:
    example = re.search(r"^```text\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)
    assert example is not None
    export = open_export(example.group(1).encode(), name)
    assert export.format == name
    (record,) = [canonical(raw, name) for raw in export.records()]
    assert record.title.startswith("Doxofylline in adults with asthma")
    assert record.year == 2019
    assert not export.leftovers
    assert not export.repairs


@pytest.mark.parametrize("name", READERS)
def test_the_page_of_a_format_holds_every_field_with_its_tags_and_every_source(name: str) -> None:
    layout = schema_toml("formats", f"{name}.toml")
    text = pages.filled(page(name))
    for field, tags in layout["fields"].items():
        assert field in NAMES or field in field_maps.PARTS
        row = field_maps.PARTS.get(field, f"`{field}`")
        assert f"| {row} | {field_maps.code(map(field_maps._tag, tags))} |" in text
    assert [
        each for each in layout.get("source", ()) if f"| {each.get('database', 'as the value says')} |" not in text
    ] == []
    assert ("## Written" in text) == (name in WRITERS)


@pytest.mark.parametrize(("name", "rule"), SOURCES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(SOURCES)])
def test_every_sign_of_a_source_has_an_example_that_shows_it(name: str, rule: dict[str, Any]) -> None:
    for key in ("pattern", "accession", "pmid"):
        assert not rule.get(key) or field_maps.examples(rule[key]), f"{name}: {rule[key]}"


@pytest.mark.parametrize(
    "pattern", [r"^L\d{6,12}\b|embase\.com/", r"(?!\A)\((?:aa|bb)", r"^[A-Z]x?$", r"\d{3}-\d{2}[\dX]"]
)
def test_an_example_of_a_pattern_is_found_by_it(pattern: str) -> None:
    found = field_maps.examples(pattern)
    assert len(found) == pattern.count("|") + 1
    assert all(re.search(pattern, text) for text in found)


def test_every_field_of_a_record_has_its_sentence() -> None:
    rows = re.findall(r"^\| `(\w+)` \| \S", (REFERENCE / "formats.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == NAMES


def test_every_kind_of_a_record_is_named_with_what_sources_call_it() -> None:
    known = schema_toml("formats", "kinds.toml")
    kinds = {*known["codes"].values(), *(each["kind"] for each in known["words"])}
    text = field_maps.kinds()
    assert [kind for kind in kinds if f"| `{kind}` |" not in text] == []
    assert [each for each in known["words"] if not field_maps.examples(each["pattern"])] == []


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_holds_the_fields_by_which_duplicates_are_found(name: str) -> None:
    text = field_maps.field_map(name).partition("## Written")[2]
    for field in ("title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "abstract"):
        assert f"| `{field}` | `" in text, field

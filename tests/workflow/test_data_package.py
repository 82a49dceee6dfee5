"""The rules of data packages and table schemas, version 1, held against what is written."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from reviewflow.workflow.data_package import slug
from reviewflow.workflow.handoff import hand_on
from tests.workflow.two_trials import PLAN, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh, Voting

NAME = re.compile(r"[a-z0-9]([-a-z0-9._/]*[a-z0-9])?")
# What a cell of each type may be.
TYPES = {
    "string": re.compile(r".*", re.DOTALL),
    "integer": re.compile(r"[+-]?\d+"),
    "number": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|NaN|INF|-INF"),
}


@pytest.fixture
def files(fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting) -> Iterator[dict[str, bytes]]:
    with fresh("memory", PLAN) as review:
        fill(review, act, add_records, cast_vote)
        yield written(review)


def written(review: Review) -> dict[str, bytes]:
    return {file.name: file.content for file in hand_on(review, "package").files}


def tables(files: dict[str, bytes]) -> Iterator[tuple[dict[str, Any], list[dict[str, str]], list[str]]]:
    """Each resource with its rows and its header."""
    for resource in json.loads(files["datapackage.json"])["resources"]:
        reader = csv.DictReader(files[resource["path"]].decode().splitlines())
        every = list(reader)
        yield resource, every, list(reader.fieldnames or [])


def test_a_package_names_itself_and_each_resource_once(files: dict[str, bytes]) -> None:
    package = json.loads(files["datapackage.json"])
    names = [resource["name"] for resource in package["resources"]]
    assert NAME.fullmatch(package["name"])
    assert package["profile"] == "tabular-data-package"
    assert all(NAME.fullmatch(name) for name in names)
    assert names == ["records", "reports", "studies", "arms", "answers", "syntheses"]


def test_every_file_of_the_folder_is_a_resource_with_its_size_and_hash(files: dict[str, bytes]) -> None:
    described = {resource["path"]: resource for resource, _, _ in tables(files)}
    assert set(files) == {"datapackage.json", *described}
    for path, resource in described.items():
        assert resource["bytes"] == len(files[path])
        assert resource["hash"] == f"sha256:{hashlib.sha256(files[path]).hexdigest()}"
        assert resource["encoding"] == "utf-8"
        assert ".." not in path


def test_the_header_is_the_schema_and_every_column_is_described(files: dict[str, bytes]) -> None:
    for resource, _, header in tables(files):
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == header
        assert all(field["description"] for field in fields)
        assert {field["type"] for field in fields} <= set(TYPES)


def test_every_cell_is_of_the_type_of_its_column(files: dict[str, bytes]) -> None:
    for resource, rows, _ in tables(files):
        types = {field["name"]: TYPES[field["type"]] for field in resource["schema"]["fields"]}
        wrong = [(name, cell) for row in rows for name, cell in row.items() if cell and not types[name].fullmatch(cell)]
        assert (resource["name"], wrong) == (resource["name"], [])


def test_keys_are_unique_and_references_lead_somewhere(files: dict[str, bytes]) -> None:
    keys = {}
    for resource, rows, _ in tables(files):
        key = [row[resource["schema"]["primaryKey"]] for row in rows]
        assert rows
        assert all(key)
        assert len(set(key)) == len(key)
        keys[resource["name"]] = set(key)
    for resource, rows, _ in tables(files):
        for foreign in resource["schema"].get("foreignKeys", []):
            target = keys[foreign["reference"]["resource"]]
            assert {row[foreign["fields"]] for row in rows} - {""} <= target


def test_the_answers_of_a_synthesis_are_in_the_package(files: dict[str, bytes]) -> None:
    by_name = {resource["name"]: rows for resource, rows, _ in tables(files)}
    known = {row["answer_id"]: row["value"] for row in by_name["answers"]}
    (pooled,) = (row for row in by_name["syntheses"] if row["synthesis"] == "cure-rr")
    assert [known[id_] for id_ in pooled["answers"].split("; ")] == ["10", "50", "5", "51", "20", "60", "9", "61"]


@pytest.mark.parametrize(
    ("title", "name"), [("Émile's review: 2 arms", "emile-s-review-2-arms"), ("///", "review"), ("x" * 99, "x" * 60)]
)
def test_a_title_becomes_a_name(title: str, name: str) -> None:
    assert slug(title) == name

"""The program answers to each damaged file as the page says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from docs.damaged import Damage, answer, damages
from reviewflow.cli.main import run
from reviewflow.errors import InputError
from reviewflow.formats import canonical, open_export
from reviewflow.formats.check import check_file

if TYPE_CHECKING:
    from pathlib import Path

DAMAGES = damages()
READ = [damage for damage in DAMAGES if damage.n_records is not None]


def ids(damage: Damage) -> str:
    return f"{damage.group}: {damage.what}"


@pytest.mark.parametrize("damage", DAMAGES, ids=ids)
def test_a_damaged_file_gives_the_number_the_words_and_the_exit_code(
    damage: Damage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "FILE"
    path.write_bytes(damage.content)
    code = run(["import", str(path), "--check", "--json"])
    shown = capsys.readouterr()
    assert code == damage.exit_code
    if damage.n_records is not None:
        assert json.loads(shown.out)["n_records"] == damage.n_records
    told = answer(damage)
    assert [words for words in damage.says if words not in told] == []


@pytest.mark.parametrize("damage", READ, ids=ids)
def test_a_damaged_file_is_reported_on_when_the_page_says_so_and_only_then(damage: Damage) -> None:
    found = check_file(damage.content, "FILE")
    reported = bool(found["repairs"] or found["leftovers"] or found["n_rejected"] or found["encoding"] != "utf-8")
    assert reported is not damage.silent


@pytest.mark.parametrize("damage", [each for each in READ if each.fields], ids=ids)
def test_the_first_record_of_a_damaged_file_has_the_fields_that_are_expected(damage: Damage) -> None:
    export = open_export(damage.content, "FILE")
    record = canonical(next(export.records()), export.format)
    for field, expected in damage.fields.items():
        value = getattr(record, field)
        assert (", ".join(value) if isinstance(value, tuple) else str(value)) == expected


@pytest.mark.parametrize("damage", [each for each in DAMAGES if each.n_records is None], ids=ids)
def test_a_file_that_is_refused_is_named_with_a_way_out(damage: Damage) -> None:
    with pytest.raises(InputError, match="FILE") as caught:
        check_file(damage.content, "FILE")
    assert caught.value.remedy


def test_a_damage_is_listed_once() -> None:
    named = [ids(damage) for damage in DAMAGES]
    assert len(named) == len(set(named)) > 40

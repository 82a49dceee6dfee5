"""Reads and amends `reviewflow.toml`, the text of a review that people write and keep under version control."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from reviewflow.domain.protocol import Protocol, protocol_from
from reviewflow.errors import InputError, StateError
from reviewflow.resources import schema_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME = "reviewflow.toml"


def find_folder(start: Path) -> Path:
    """The folder of the review that `start` lies in.

    Raises:
        StateError: Neither it nor a folder above it holds a review.
    """
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise StateError(
        f"{start} is not in a review: no {FILE_NAME} here or in a folder above",
        "reviewflow init, or name the folder: --review DIR",
    )


def parse(text: str, name: str = FILE_NAME) -> Protocol:
    """The protocol that a text says.

    Raises:
        InputError: It is no TOML, or does not satisfy schemas/review.schema.json; says where.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is no readable TOML: {error}", "mend that line") from error
    _validate(table, name)
    return protocol_from(table)


def _validate(table: Mapping[str, Any], name: str) -> None:
    import jsonschema  # noqa: PLC0415 it takes a tenth of a second to load

    validator = jsonschema.Draft202012Validator(schema_json("review.schema.json"))
    plain = {**table, "source": [_plain_dates(row) for row in table.get("source", [])]} if "source" in table else table
    errors = sorted(validator.iter_errors(plain), key=lambda error: [str(part) for part in error.absolute_path])
    if errors:
        error = errors[0]
        where = ".".join(str(part) for part in error.absolute_path) or "the top level"
        raise InputError(
            f"{name}, {where}: {error.message}", "docs: reference/review-file, or reviewflow protocol show"
        )


def _plain_dates(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: str(value) if key == "date" else value for key, value in row.items()}


def load(folder: Path) -> Protocol:
    """The protocol of the review in a folder."""
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: byte {error.start}", "save it as UTF-8") from error
    return parse(text, str(path))


def tables(folder: Path) -> dict[str, Any]:
    """What the file of a review says, table by table, as it was when the review was opened and found to be valid."""
    return tomllib.loads((folder / FILE_NAME).read_text(encoding="utf-8"))


def amend(folder: Path, section: str, row: Mapping[str, Any]) -> None:
    """Append a table to an array of tables, comments and order of the file kept.

    Args:
        folder: Folder of the review.
        section: "team", "criterion", "reason", "source" or "synthesis".
        row: Keys and values of the new table.

    Raises:
        InputError: The file would no longer be a valid review; it is left as it was.
    """
    import tomlkit  # noqa: PLC0415 only needed where the file is written

    path = folder / FILE_NAME
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    tables: Any = document.setdefault(section, tomlkit.aot())
    added = tomlkit.table()
    for key, value in row.items():
        added.add(key, value)
    tables.append(added)
    _write(path, tomlkit.dumps(document))


def remove(folder: Path, section: str, key: str, value: str) -> None:
    """Take the table whose `key` is `value` out of an array of tables."""
    import tomlkit  # noqa: PLC0415 only needed where the file is written

    path = folder / FILE_NAME
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    tables: Any = document.get(section, [])
    for place, each in enumerate(tables):
        if each.get(key) == value:
            del tables[place]
            break
    _write(path, tomlkit.dumps(document))


def replace(folder: Path, section: str, which: tuple[str, str], row: Mapping[str, Any]) -> None:
    """Write keys anew in a table of an array of tables, comments and order of the file kept.

    Args:
        folder: Folder of the review.
        section: The array.
        which: A key of the table and its value.
        row: The keys with their new values.
    """
    import tomlkit  # noqa: PLC0415 only needed where the file is written

    path = folder / FILE_NAME
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    tables: Any = document.get(section, [])
    key, value = which
    for each in tables:
        if each.get(key) == value:
            each.update(row)
            break
    _write(path, tomlkit.dumps(document))


def _write(path: Path, text: str) -> None:
    parse(text, str(path))
    aside = path.with_suffix(".toml.new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def create(folder: Path, text: str) -> None:
    """Write the file of a new review.

    Raises:
        StateError: There is one already.
    """
    path = folder / FILE_NAME
    if path.exists():
        raise StateError(f"{path} exists already", "choose another folder, or go on with the review that is there")
    parse(text)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

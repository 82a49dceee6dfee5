"""Finds what the program obeys (`schemas/`) and what it reads (`data/`), in a checkout and in a wheel alike."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


@cache
def _root() -> Traversable:
    """The folder that holds `schemas` and `data`."""
    shipped = files("reviewflow") / "_shipped"
    if shipped.is_dir():
        return shipped
    return Path(__file__).resolve().parent.parent


def schema(*parts: str) -> Traversable:
    """The file or folder `schemas/PARTS`."""
    return _root().joinpath("schemas", *parts)


def data(*parts: str) -> Traversable:
    """The file or folder `data/PARTS`."""
    return _root().joinpath("data", *parts)


@cache
def schema_toml(*parts: str) -> dict[str, Any]:
    """The table in the TOML file `schemas/PARTS`; shared, so not to be altered."""
    return tomllib.loads(schema(*parts).read_text(encoding="utf-8"))


@cache
def schema_json(*parts: str) -> dict[str, Any]:
    """The JSON Schema in `schemas/PARTS`; shared, so not to be altered."""
    loaded: dict[str, Any] = json.loads(schema(*parts).read_text(encoding="utf-8"))
    return loaded

"""Whole analyses beside R's metafor, number by number.

Each file of metafor-3.8-1/ holds a published data set (or a made-up one), what was asked of metafor 3.8-1 in our words,
and what it answered: lists of rows are kept as one list for each column.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reviewflow.domain.pooling import pool

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "metafor-3.8-1"
# Both programs search to convergence, and what they print has 15 digits: eight are left after the worst cancellation.
EIGHT = 1e-8
# A likelihood by seven points of quadrature, climbed by another optimiser that stops early.
FOUR = 1e-4
# Tails beyond 1e-20 lose digits in either program.
SIX = 1e-6


def questions() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for path in sorted(FOLDER.glob("*.json")):
        held = json.loads(path.read_text(encoding="utf-8"))
        for n, asked in enumerate(held["analyses"]):
            yield f"{path.stem}-{n}-{asked['measure']}-{asked['options']['model']}", held, asked


ALL = list(questions())


def differences(wanted: Any, found: Any, name: str, rel: float) -> Iterator[str]:  # noqa: ANN401 - values of JSON
    """Where what was found is not what was wanted; a list of rows is compared column by column."""
    if isinstance(wanted, dict):
        columns = found or {}
        if isinstance(found, list):
            columns = {column: [row.get(column) for row in found] for column in wanted}
        for key in wanted:
            yield from differences(wanted[key], columns.get(key), f"{name}.{key}", rel)
    elif isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            yield f"{name} is {found}"
            return
        for i, (a, b) in enumerate(zip(wanted, found, strict=True)):
            yield from differences(a, b, f"{name}[{i}]", rel)
    elif isinstance(wanted, int | float) and found is not None:
        if found != pytest.approx(wanted, rel=SIX if name.endswith("_p") else rel, abs=rel * 1e-3):
            yield f"{name} is {found}, not {wanted}"
    elif found != wanted:
        yield f"{name} is {found!r}, not {wanted!r}"


@pytest.mark.parametrize(("name", "held", "asked"), ALL, ids=[name for name, _, _ in ALL])
def test_an_analysis_is_metafors_in_every_number(name: str, held: dict[str, Any], asked: dict[str, Any]) -> None:
    rows = [dict(zip(held["columns"], row, strict=True)) for row in held["rows"]]
    found = json.loads(json.dumps(pool(asked["measure"], rows, **asked["options"]).to_json(), allow_nan=False))
    wanted = dict(asked["expected"])
    baujat = wanted.get("influence", {}).pop("baujat", None) if "influence" in wanted else None
    if baujat is not None:
        found["baujat"] = [each["baujat"] for each in found["influence"]]
        wanted = {**wanted, "baujat": baujat}
    rel = FOUR if asked["options"]["model"] == "glmm" else EIGHT
    assert not list(differences(wanted, found, name, rel))


def test_the_files_ask_for_every_block_of_the_answer() -> None:
    asked = {key for _, _, each in ALL for key in each["expected"]}
    blocks = "leave_one_out cumulative influence small_study trim_and_fill subgroups between coefficients"
    blocks += " tau2_ci i2_ci h2_ci h2 prediction_interval display studies"
    assert set(blocks.split()) <= asked
    tests = {name for _, _, each in ALL for name in each["expected"].get("small_study", {})}
    assert tests == {"egger", "egger_mixed", "begg", "harbord", "peters", "macaskill", "fail_safe"}

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

from data.reference_review import generate

FOLDER = Path(generate.__file__).resolve().parent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reference_review")
    generate.main(["--out", str(out)])
    return out


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_generator_makes_the_shipped_files_byte_for_byte(made: Path) -> None:
    files = [path.relative_to(made) for path in made.rglob("*") if path.is_file()]
    assert len(files) == 11
    assert [name for name in files if (made / name).read_bytes() != (FOLDER / name).read_bytes()] == []


def test_the_generator_leaves_no_shipped_export_or_decision_unmade(made: Path) -> None:
    shipped = {path.name for folder in ("exports", "decisions") for path in (FOLDER / folder).iterdir()}
    assert shipped == {path.name for folder in ("exports", "decisions") for path in (made / folder).iterdir()}


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.*") if path.suffix != ".pyc") < 2_500_000


def test_every_file_is_explained_in_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    names = [path.name for path in FOLDER.rglob("*") if path.is_file() and path.suffix not in {".pyc", ".md"}]
    assert [name for name in names if name not in readme] == []


@pytest.mark.parametrize(
    ("name", "sign", "n"),
    [
        ("pubmed.nbib", b"PMID- ", 135),
        ("embase.ris", b"TY  - ", 485),
        ("wos.ciw", b"PT ", 199),
        ("cochrane.ris", b"TY  -  ", 27),
    ],
)
def test_an_export_holds_as_many_records_as_the_review_reports(name: str, sign: bytes, n: int) -> None:
    lines = (FOLDER / "exports" / name).read_bytes().split(b"\n")
    assert sum(line.startswith(sign) for line in lines) == n


def test_the_protocol_expects_the_counts_of_the_exports_and_names_files_that_exist() -> None:
    protocol = tomllib.loads((FOLDER / "protocol.toml").read_text(encoding="utf-8"))
    assert [source["n_expected"] for source in protocol["source"]] == [135, 485, 199, 27]
    assert all((FOLDER / source["export"]).is_file() for source in protocol["source"])


def studies_of(synthesis: dict[str, list[str]]) -> list[str]:
    """The keys of the studies that a synthesis names by their labels."""
    keys = {row["label"]: row["study"] for row in rows("studies.csv")}
    return [keys[label] for label in synthesis["studies"]]


def test_a_synthesis_finds_one_row_of_outcomes_for_each_study_arm_and_time_point_it_names() -> None:
    protocol = tomllib.loads((FOLDER / "protocol.toml").read_text(encoding="utf-8"))
    arms = {(row["study"], row["role"]): row["arm"] for row in rows("studies.csv")}
    keys = {(row["study"], row["arm"], row["endpoint"], row["timepoint"]) for row in rows("outcomes.csv")}
    for synthesis in protocol["synthesis"]:
        roles = ("experimental", "control") if "vs" in synthesis["arms"] else ("experimental",)
        for study in studies_of(synthesis):
            for role in roles:
                found = [
                    t for t in synthesis["timepoints"] if (study, arms[study, role], synthesis["endpoint"], t) in keys
                ]
                assert found, (synthesis["name"], study, role)


def test_a_synthesis_with_published_inputs_has_no_unknown_cell() -> None:
    protocol = tomllib.loads((FOLDER / "protocol.toml").read_text(encoding="utf-8"))
    complete = [synthesis for synthesis in protocol["synthesis"] if synthesis["inputs"] == "published"]
    assert [synthesis["name"] for synthesis in complete] == ["hsct-rct", "mrd-rct", "relapse-rct"]
    for synthesis in complete:
        cells = [
            row
            for row in rows("outcomes.csv")
            if row["endpoint"] == synthesis["endpoint"]
            and row["timepoint"] in synthesis["timepoints"]
            and row["study"] in studies_of(synthesis)
        ]
        assert len(cells) == 4
        assert all(row["status"] == "published" and row["events"] for row in cells)


def test_an_unknown_cell_holds_no_number_and_says_why() -> None:
    cells = [row for row in rows("outcomes.csv") if row["status"] == "unknown"]
    assert cells
    assert all(not row["events"] and not row["km_percent"] and row["note"] for row in cells)


def test_a_cell_is_keyed_by_study_arm_endpoint_and_time_point() -> None:
    keys = [(row["study"], row["arm"], row["endpoint"], row["timepoint"]) for row in rows("outcomes.csv")]
    assert len(set(keys)) == len(keys)


def test_no_cell_counts_more_patients_than_its_arm_has() -> None:
    sizes = {(row["study"], row["arm"]): int(row["n"]) for row in rows("studies.csv")}
    for row in rows("outcomes.csv"):
        if row["total"] and "events" not in row["endpoint"]:
            assert int(row["events"] or 0) <= int(row["total"]) <= sizes[row["study"], row["arm"]]


def test_the_arms_add_up_to_the_participants_of_the_review() -> None:
    arms = rows("studies.csv")
    assert len(arms) == 14
    assert len({row["study"] for row in arms}) == 12
    assert sum(int(row["n"]) for row in arms) == 652
    assert sum(int(row["n"]) for row in arms if row["design"] == "single-arm") == 336

"""The wheel holds all it needs: it is built, installed into an empty environment and used from another folder."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*words: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_schemas_and_data_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "reviewflow/_shipped/schemas/review.schema.json" in names
    assert "reviewflow/_shipped/data/reference_review/exports/embase.ris" in names
    assert "reviewflow/py.typed" in names
    assert "reviewflow/tui/reviewflow.tcss" in names
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_the_wheel_runs_the_demo_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "empty"
    venv.create(home, with_pip=True)
    pip = (home / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    run(*pip, "--constraint", ROOT / "constraints.txt", wheel)
    printed = json.loads(run(home / "bin" / "rf", "demo", tmp_path / "review", "--json", cwd=tmp_path))
    flow = printed["flow"]
    counts = [flow["identified"], flow["records_screened"], flow["dbr_sought_reports"], flow["new_studies"]]
    assert counts == [846, 523, 262, 12]
    assert all((tmp_path / "review" / name).stat().st_size > 1000 for name in printed["figures"])


def test_constraints_name_packages_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") or len(line.split("==")) == 2 for line in lines if line)
    assert not [line for line in lines if "/" in line or "@" in line]


def test_every_dependency_is_pinned_and_has_its_reason_in_the_docs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = {
        spec.split(">")[0].split("[")[0].lower() for spec in (*project["dependencies"], *(s for e in extras for s in e))
    }
    pinned = {
        line.split("==")[0].lower()
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    assert wanted <= pinned
    reasons = (ROOT / "docs" / "explanation" / "dependencies.md").read_text(encoding="utf-8").lower()
    assert not [name for name in wanted if name not in reasons]

"""The documentation builds without a warning, and the command line starts without what it does not need."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_documentation_builds_without_a_warning_and_asks_no_server(tmp_path: Path) -> None:
    paths = map(str, (tmp_path / "trees", ROOT / "docs", tmp_path / "html"))
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", *paths]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    asked = r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="https?:'
    for page in (tmp_path / "html").rglob("*.html"):
        assert not re.search(asked, page.read_text(encoding="utf-8")), page.name


def test_help_loads_nothing_heavy() -> None:
    heavy = {"pandas", "scipy", "matplotlib", "sqlalchemy", "sqlmodel", "rich", "numpy", "jsonschema", "rapidfuzz"}
    heavy |= {"textual", "reviewflow.tui"}
    lines = (
        "import sys",
        "from reviewflow.cli.main import run",
        "run(['--help'])",
        "print(*sys.modules, file=sys.stderr)",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, encoding="utf-8", timeout=60, check=True
    )
    assert "demo" in done.stdout
    assert heavy & set(done.stderr.split()) == set()

"""The pictures of the page on plots, drawn by the commands that the page shows.

`python -m tests.figures.pictures` writes them anew.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from docs.console import Terminal, steps

DOCS: Final = Path(__file__).resolve().parents[2] / "docs" / "how-to"
PAGE: Final = DOCS / "draw-plots-of-a-pool.md"
FOLDER: Final = DOCS / "pictures"


def pictures() -> dict[str, str]:
    """Name -> SVG of each picture, as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(Path(folder))
        for step in steps(PAGE.read_text(encoding="utf-8")):
            terminal.run(step.command)
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.svg"))}


if __name__ == "__main__":
    for name, text in pictures().items():
        (FOLDER / name).write_text(text, encoding="utf-8")

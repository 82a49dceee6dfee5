"""The documentation: `sphinx-build -W docs docs/_build/html`, without a network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from docs.pages import filled
from reviewflow import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "reviewflow"
author = "The reviewflow authors"
copyright = f"2026 {author}"
version = release = __version__
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"reviewflow {version}"
html_show_sphinx = False
myst_heading_anchors = 3


def setup(app: Sphinx) -> None:
    """Fill in what the program writes itself."""
    app.connect("source-read", lambda _app, _name, source: source.__setitem__(0, filled(source[0])))

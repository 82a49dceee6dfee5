from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.tui.pictures import FOLDER, PICTURES, picture

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of_the_documentation_is_what_the_screen_shows(name: str, tmp_path: Path) -> None:
    shown = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert shown == picture(tmp_path / "review", name), "python -m tests.tui.pictures writes them anew"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_asks_no_server(name: str) -> None:
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|@import|@font-face", text)

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.tui.doubts import made
from tests.tui.pictures import FOLDER, PICTURES, TITLE, picture

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Acting


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of_the_documentation_is_what_the_screen_shows(name: str, act: Acting, tmp_path: Path) -> None:
    shown = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert shown == picture(made(tmp_path / "review", TITLE), act, name), (
        "python -m tests.tui.pictures writes them anew"
    )


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_asks_no_server(name: str) -> None:
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|@import|@font-face", text)

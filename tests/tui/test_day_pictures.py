from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.tui.day_pictures import FOLDER, NAMES, TUTORIAL, pictures

if TYPE_CHECKING:
    from pathlib import Path


def test_the_pictures_of_the_screening_day_are_what_the_screens_show(tmp_path: Path) -> None:
    drawn = pictures(tmp_path)
    assert set(drawn) == set(NAMES)
    other = [name for name in NAMES if (FOLDER / f"{name}.svg").read_text(encoding="utf-8") != drawn[name]]
    assert other == [], "python -m tests.tui.day_pictures writes them anew"


def test_the_page_shows_each_picture_and_none_asks_a_server() -> None:
    page = (TUTORIAL / "screening-day.md").read_text(encoding="utf-8")
    assert re.findall(r"\(pictures/([a-z-]+)\.svg\)", page) == list(NAMES)
    for name in NAMES:
        text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|@import|@font-face", text)

from __future__ import annotations

import re

from tests.figures.drawn import assert_legible
from tests.figures.pictures import FOLDER, PAGE, pictures


def test_the_pictures_of_the_page_are_what_its_commands_draw() -> None:
    drawn = pictures()
    shown = re.findall(r"\]\(pictures/([\w-]+\.svg)\)", PAGE.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(drawn)
    for name, text in drawn.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, "python -m tests.figures.pictures writes them anew"
        assert_legible(text)

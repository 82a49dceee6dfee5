"""The pictures of the documentation: the screens as SVG that asks no server for a font.

`python -m tests.tui.pictures` writes them anew.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.conftest import Acts
from tests.tui.doubts import made
from tests.tui.screen import opened, pair_screen, rest, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.storage.review import Review
    from tests.conftest import Acting

TITLE: Final = "Doxofylline in asthma"
FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "pictures"
PICTURES: Final[dict[str, tuple[Sequence[str], tuple[int, int]]]] = {
    "judge-wide": (["n", *["right"] * 3], (120, 30)),
    "judge-narrow": (["n", *["right"] * 3], (80, 24)),
}
_FONT: Final = re.compile(r"\s*@font-face \{.*?\n    \}", re.DOTALL)
_COMMENT: Final = re.compile(r"\s*<!--.*?-->", re.DOTALL)


def picture(review: Review, act: Acting, name: str) -> str:
    """One of the pictures, as it is now."""
    keys, size = PICTURES[name]

    async def go() -> str:
        async with opened(pair_screen(review, act), size) as (app, pilot):
            for key in keys:
                await pilot.press(key)
                await settle(app, pilot)
            await rest(app, pilot)
            return app.export_screenshot(title="reviewflow dedup review")

    drawn = _COMMENT.sub("", _FONT.sub("", asyncio.run(go())))
    return drawn.replace("font-family: Fira Code, monospace", 'font-family: "DejaVu Sans Mono", Menlo, monospace')


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            (FOLDER / f"{each}.svg").write_text(
                picture(made(Path(folder) / "r", TITLE), Acts(), each), encoding="utf-8"
            )

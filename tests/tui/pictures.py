"""The pictures of the documentation: the screens as SVG that asks no server for a font.

`python -m tests.tui.pictures` writes them anew.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reviewflow.domain.screening import Stage
from tests.conftest import Acts
from tests.tui import queue_made
from tests.tui.doubts import made
from tests.tui.queue_made import with_full_texts
from tests.tui.screen import opened, pair_screen, rest, screening_screen, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.screen import Screen

    from reviewflow.storage.review import Review
    from tests.conftest import Acting

TITLE: Final = "Doxofylline in asthma"
FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "pictures"


@dataclass(frozen=True)
class Picture:
    """A screen to draw: of which command, after which keys, at which size."""

    command: str
    keys: Sequence[str]
    size: tuple[int, int]


PICTURES: Final[dict[str, Picture]] = {
    "judge-wide": Picture("dedup review", ["n", *["right"] * 3], (120, 30)),
    "judge-narrow": Picture("dedup review", ["n", *["right"] * 3], (80, 24)),
    "screen-wide": Picture("screen", ["e", "1", "m", "e", "i", "left", "u", *["left"] * 4], (150, 28)),
    "screen-full-text": Picture("screen --stage full_text", [], (80, 24)),
}
_FONT: Final = re.compile(r"\s*@font-face \{.*?\n    \}", re.DOTALL)
_COMMENT: Final = re.compile(r"\s*<!--.*?-->", re.DOTALL)


def picture(folder: Path, name: str) -> str:
    """One of the pictures, as it is now; makes its review in a folder that does not exist."""
    drawn = PICTURES[name]
    review, act = (made if drawn.command == "dedup review" else queue_made.made)(folder, TITLE), Acts()

    async def go() -> str:
        async with opened(_screen(review, act, drawn.command), drawn.size) as (app, pilot):
            for key in drawn.keys:
                await pilot.press(key)
                await settle(app, pilot)
            await rest(app, pilot)
            return app.export_screenshot(title=f"reviewflow {drawn.command}")

    text = without_server(asyncio.run(go()))
    review.engine.dispose()
    return text


def without_server(text: str) -> str:
    """The picture with letters that every system has, and none that a server would be asked for."""
    bare = _COMMENT.sub("", _FONT.sub("", text))
    return bare.replace("font-family: Fira Code, monospace", 'font-family: "DejaVu Sans Mono", Menlo, monospace')


def _screen(review: Review, act: Acting, command: str) -> Screen[Any]:
    if command == "dedup review":
        return pair_screen(review, act)
    if command == "screen":
        return screening_screen(review, act)
    with_full_texts(review, act)
    review.blobs.path = lambda sha256: Path("blobs", sha256[:2], sha256[:8])  # type: ignore[method-assign] # the same in every folder
    return screening_screen(review, act, Stage.FULL_TEXT)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in PICTURES:
        with tempfile.TemporaryDirectory() as place:
            (FOLDER / f"{each}.svg").write_text(picture(Path(place) / "review", each), encoding="utf-8")

"""A page measured in points from its top left corner, and its file: the same drawing gives the same bytes."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, TypeAlias

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle
from matplotlib.transforms import Affine2D

from reviewflow.errors import UsageError
from reviewflow.figures.text import FAMILIES, drawn_families

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist

Format: TypeAlias = Literal["svg", "pdf", "png"]
Target: TypeAlias = Path | str | BinaryIO
Point: TypeAlias = tuple[float, float]

PNG_DPI: Final = 300
_MISSING: Final = r"Glyph \d+ .* missing"
_HEAD: Final = (5.5, 2.4)  # length and half width of an arrow's head, in points
_STYLE: Final = b"*{stroke-linejoin: round; stroke-linecap: butt}"
# Browsers round the width of each letter to whole pixels, and then a line is longer than was measured.
_PRECISE: Final = b"text{text-rendering: geometricPrecision}"
# No date and no random ids, so that a figure in version control changes only when its content does.
_METADATA: Final[dict[Format, dict[str, Any]]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}


class Page:
    """A white page of a size in points; x runs to the right, y down.

    Args:
        width: In points, 72 to the inch.
        height: In points.
    """

    def __init__(self, width: float, height: float) -> None:
        self.figure = Figure(figsize=(width / 72, height / 72), facecolor="white")
        FigureCanvasAgg(self.figure)
        flipped = Affine2D().scale(1 / 72, -1 / 72).translate(0, height / 72)
        self._points = flipped + self.figure.dpi_scale_trans
        self._drawn_so_far = 0

    def rectangle(
        self, x: float, y: float, width: float, height: float, *, fill: str, edge: str, radius: float = 0
    ) -> None:
        """Draw a rectangle, with round corners when the radius, in points, is above 0."""
        if radius:
            style = f"round,pad=0,rounding_size={radius}"
            self._add(FancyBboxPatch((x, y), width, height, boxstyle=style, facecolor=fill, edgecolor=edge, lw=0.8))
        else:
            self._add(Rectangle((x, y), width, height, facecolor=fill, edgecolor=edge, lw=0.8))

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        bold: bool = False,
        colour: str = "black",
        align: Literal["left", "center", "right"] = "left",
        rotation: float = 0,
        alpha: float = 1,
    ) -> None:
        """Draw one line of text on the baseline y, or, when rotated, centred on (x, y)."""
        text = self.figure.text(
            x, y, words, fontsize=size, fontweight="bold" if bold else "normal", fontfamily=list(FAMILIES),
            color=colour, alpha=alpha, rotation=rotation, horizontalalignment="center" if rotation else align,
            verticalalignment="center" if rotation else "baseline", transform=self._points, parse_math=False,
        )  # fmt: skip
        self._on_top(text)

    def arrow(self, path: Sequence[Point], colour: str = "black") -> None:
        """Draw a line through the points, of which the last leg is upright or level, with a head at its end."""
        (x0, y0), (x1, y1) = path[-2:]
        length, half = _HEAD
        dx, dy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
        neck = (x1 - dx * length, y1 - dy * length)
        wings = [(neck[0] - dy * half, neck[1] - dx * half), (neck[0] + dy * half, neck[1] + dx * half)]
        self._add(Polygon([*path[:-1], neck], closed=False, fill=False, edgecolor=colour, lw=0.9))
        self._add(Polygon([(x1, y1), *wings], closed=True, facecolor=colour, edgecolor=colour, lw=0.3))

    def save(self, target: Target, form: Format, title: str) -> None:
        """Write the page to a path or a binary stream.

        Raises:
            UsageError: The format draws its letters, and no font of this machine has one of them.
        """
        drawn = self._drawn(form, title)
        if isinstance(target, str | Path):
            Path(target).write_bytes(drawn)
        else:
            target.write(drawn)

    def _drawn(self, form: Format, title: str) -> bytes:
        metadata = {**_METADATA[form], "Title": title}
        stream = BytesIO()
        if form != "svg":  # the text of an SVG stays text: whoever shows it has the fonts, or has not
            for text in self.figure.texts:
                text.set_fontfamily(drawn_families(text.get_text()))
        with (
            rc_context({"svg.fonttype": "none", "svg.hashsalt": "reviewflow", "pdf.fonttype": 42}),
            warnings.catch_warnings(record=True) as caught,
        ):
            warnings.simplefilter("ignore")
            warnings.filterwarnings("always", message=_MISSING)
            self.figure.savefig(stream, format=form, dpi=PNG_DPI if form == "png" else 72, metadata=metadata)
        if caught and form != "svg":
            lacking = chr(int(str(caught[0].message).split()[1]))
            remedy = "draw it as .svg, or install a font that has it, such as Noto Sans CJK"
            raise UsageError(f"no font of this machine has the character {lacking!r}", remedy)
        return stream.getvalue().replace(_STYLE, _STYLE + _PRECISE, 1) if form == "svg" else stream.getvalue()

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self._points)
        self.figure.add_artist(artist)
        self._on_top(artist)

    def _on_top(self, artist: Artist) -> None:
        """What is drawn later covers what was drawn before; matplotlib would put every line above every shape."""
        self._drawn_so_far += 1
        artist.set_zorder(self._drawn_so_far)

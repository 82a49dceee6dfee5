"""Draws an effect direction plot: for each study an arrow that says on which side of no effect it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reviewflow.domain.pooling.wording import interval_text, label_of, p_text, rounded
from reviewflow.errors import UsageError
from reviewflow.figures.frame import BLUE, DARK, GREY, MARGIN, NOTE, RED, SIZE
from reviewflow.figures.judgements import judgement
from reviewflow.figures.plot_page import PlotPage
from reviewflow.figures.text import lines_of, text_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.drawing import Format, Target
    from reviewflow.figures.judgements import RiskOfBias

_TITLE: Final = 11.0
_LINE: Final = 11.0
_ROW: Final = 17.0
_GAP: Final = 18.0
_WIDEST_NAME: Final = 230.0
_NARROWEST: Final = 370.0
_FOOT: Final = 22.0
_DIRECTION: Final = "Direction"
_CIRCLE: Final = 5.2
_APART: Final = 13.0
_SIDES: Final = ((300.0, 13.0), (50.0, 10.0), (0.0, 7.0))
"""The side of an arrow for more participants than so many."""
_MIDDLE_SIDE: Final = 10.0
_BOTH_ARMS: Final = ("n1i", "n2i")


@dataclass(frozen=True, slots=True)
class _Row:
    """A study in the table.

    Attributes:
        name: Its name, in lines.
        participants: How many; "-" where that is not known.
        side: Of its arrow, in points.
        direction: "below", "above" or "none".
        effect: With its interval.
        p: Of its effect.
        judged: Its symbols of risk of bias.
    """

    name: tuple[str, ...]
    participants: str
    side: float
    direction: str
    effect: str
    p: str
    judged: str

    @property
    def height(self) -> float:
        """In points."""
        return _ROW + (len(self.name) - 1) * _LINE


class _Table(PlotPage):
    """The page with its columns, as wide as what is in them.

    Args:
        rows: The studies.
        effect: What the effect is called.
        bias: Judgements of risk of bias, None for none.
        title: Above the table; "" for none.
        notes: Under it.
    """

    def __init__(
        self, rows: Sequence[_Row], effect: str, bias: RiskOfBias | None, title: str, notes: Sequence[str]
    ) -> None:
        self.letters = bias.letters if bias else ""
        self.heads = ("Study", "Participants", _DIRECTION, effect, "p")
        head = [text_width(words, SIZE, bold=True) for words in self.heads]
        name = max(head[0], *(text_width(line, SIZE) for row in rows for line in row.name))
        number = max(head[1], *(text_width(row.participants, SIZE) for row in rows))
        self.participants = MARGIN + name + _GAP + number  # its right end, as of all numbers
        self.middle = self.participants + _GAP + head[2] / 2
        self.effect = self.middle + head[2] / 2 + _GAP
        self.p = self.effect + max(head[3], *(text_width(row.effect, SIZE) for row in rows)) + _GAP
        self.p += max(head[4], *(text_width(row.p, SIZE) for row in rows))
        self.bias = self.p + _GAP + _CIRCLE
        self.wide = max(self.p, self.bias + (len(self.letters) - 1) * _APART + _CIRCLE if bias else 0, _NARROWEST)
        self.title = lines_of(title, _TITLE, self.wide - MARGIN, bold=True)
        self.notes = [line for note in notes for line in lines_of(note, NOTE, self.wide - MARGIN)]
        self.top = MARGIN + len(self.title) * (_TITLE + 3) + (5 if title else 0) + SIZE
        foot = _FOOT + _LINE * len(self.notes)
        super().__init__(self.wide + MARGIN, self.top + 6 + sum(row.height for row in rows) + foot)

    def draw(self, rows: Sequence[_Row]) -> None:
        """Draw all of it."""
        for i, line in enumerate(self.title):
            self.text(MARGIN, MARGIN + _TITLE - 2 + i * (_TITLE + 3), line, _TITLE, bold=True)
        self._draw_heads()
        y = self.top + 6
        self.line((MARGIN, y), (self.wide, y), colour=DARK, lw=0.8)
        for row in rows:
            self._draw_row(row, y + _ROW - 5)
            y += row.height
        self.line((MARGIN, y + 3), (self.wide, y + 3), colour=DARK, lw=0.8)
        for i, line in enumerate(self.notes):
            self.text(MARGIN, y + 16 + i * _LINE, line, NOTE, colour=DARK)

    def _draw_heads(self) -> None:
        study, participants, direction, effect, p = self.heads
        self.text(MARGIN, self.top, study, SIZE, bold=True)
        self.text(self.participants, self.top, participants, SIZE, bold=True, align="right")
        self.text(self.middle, self.top, direction, SIZE, bold=True, align="center")
        self.text(self.effect, self.top, effect, SIZE, bold=True)
        self.text(self.p, self.top, p, SIZE, bold=True, align="right")
        for i, letter in enumerate(self.letters):
            self.text(self.bias + i * _APART, self.top, letter, SIZE, bold=True, align="center")

    def _draw_row(self, row: _Row, y: float) -> None:
        for i, line in enumerate(row.name):
            self.text(MARGIN, y + i * _LINE, line, SIZE)
        self.text(self.participants, y, row.participants, SIZE, align="right")
        self._draw_arrow(row, y - 3)
        self.text(self.effect, y, row.effect, SIZE)
        self.text(self.p, y, row.p, SIZE, align="right")
        for i, symbol in enumerate(row.judged):
            if symbol != " ":
                each, x = judgement(symbol), self.bias + i * _APART
                self.dot(x, y - 3, _CIRCLE, each.fill, filled=True, edge=GREY)
                self.text(x, y - 0.4, symbol, NOTE, colour=each.ink, bold=True, align="center")

    def _draw_arrow(self, row: _Row, y: float) -> None:
        """A head that points up or down, or a bar for no effect at all."""
        x, half = self.middle, row.side / 2
        if row.direction == "none":
            self.line((x - half, y), (x + half, y), colour=GREY, lw=2)
            return
        is_up = row.direction == "above"
        up = -half if is_up else half
        self.shape([(x - half, y - up), (x + half, y - up), (x, y + up)], RED if is_up else BLUE)


def draw_effect_direction(
    result: Pooled,
    target: Target,
    *,
    format: Format,  # noqa: A002  # the word that the command line and matplotlib use for it
    title: str = "",
    favours: tuple[str, str] = ("", ""),
    decimals: int = 2,
    bias: RiskOfBias | None = None,
) -> None:
    """Draw the direction of each study's effect to a path or a binary stream, with the sign test under it.

    Args:
        result: With the block `swim`.
        target: A path or a binary stream.
        format: svg, pdf or png.
        title: Above the table.
        favours: What lies below and above no effect; "" for nothing.
        decimals: Of effects and intervals.
        bias: Judgements of risk of bias.

    Raises:
        UsageError: The result has no directions, or no study has an effect.

    Source:
        Thomson and Thomas 2013, doi:10.1002/jrsm.1055; sizes of arrows: Boon and Thomson 2021, doi:10.1002/jrsm.1458.
    """
    swim: Any = result.extras.get("swim")
    if not swim or not swim["k"]:
        raise UsageError("no study has an effect with a direction", "leave the effect direction plot out")
    rows = list(_rows(result, swim["directions"], decimals, bias))
    label = label_of(result.measure, ratio=result.scale.is_ratio)
    notes = [*_notes(swim, favours), *_key(bias, [study.study for study in result.studies])]
    page = _Table(rows, f"{label[:1].upper()}{label[1:]} [95% CI]", bias, title, notes)
    page.draw(rows)
    page.save(target, format, title or "Effect direction plot")


def _rows(
    result: Pooled, directions: Sequence[Mapping[str, Any]], decimals: int, bias: RiskOfBias | None
) -> Iterator[_Row]:
    back = result.scale.back
    with_effect = [study for study in result.studies if study.yi is not None]
    for study, each in zip(with_effect, directions, strict=True):
        yi, low, high = (None if x is None else back(x) for x in (study.yi, study.ci_lower, study.ci_upper))
        n = _participants(study.counts)
        yield _Row(
            name=tuple(lines_of(study.study, SIZE, _WIDEST_NAME)),
            participants="-" if n is None else f"{n:,.10g}",
            side=_MIDDLE_SIDE if n is None else next(side for above, side in _SIDES if n > above or not above),
            direction=each["direction"],
            effect=f"{rounded(yi, decimals)} {interval_text(low, high, decimals)}",
            p=p_text(each["p_value"]),
            judged=bias.of(study.study) if bias else "",
        )


def _participants(counts: Mapping[str, float]) -> float | None:
    """How many people a study's effect is from; None where that is not known."""
    if all(name in counts for name in _BOTH_ARMS):
        return sum(counts[name] for name in _BOTH_ARMS)
    return counts.get("ni")


def _notes(swim: Mapping[str, Any], favours: tuple[str, str]) -> Iterator[str]:
    """What the arrows say, then the sign test and the p values combined."""
    below, above = (f" ({words})" if words else "" for words in favours)
    yield f"Down: the effect lies below no effect{below}. Up: above{above}."
    yield "The larger the arrow, the more participants: up to 50, up to 300, more."
    sign, fisher, stouffer = swim["sign_test"], swim["fisher"], swim["stouffer"]["weighted"]
    n = sign["below"] + sign["above"]
    share = f"{rounded(sign['share_below'])} {interval_text(sign['ci_lower'], sign['ci_upper'])}"
    yield f"Sign test: {sign['below']} of {n} below no effect (share {share}), p {p_text(sign['p_value'])}."
    lower, higher = (p_text(fisher[side]["p_value"]) for side in ("below", "above"))
    yield f"Fisher: below in some study p {lower}, above p {higher}."
    yield f"Stouffer, weighted: z {rounded(stouffer['z'])}, p {p_text(stouffer['p_value'])}."


def _key(bias: RiskOfBias | None, studies: Sequence[str]) -> Iterator[str]:
    """What the letters and symbols of risk of bias stand for."""
    levels = bias.levels(studies) if bias else []
    if bias and levels:
        yield f"Risk of bias: {'; '.join(bias.key())}."
        yield f"{'; '.join(f'{each.symbol} {each.meaning}' for each in levels)}."

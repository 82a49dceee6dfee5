"""The boxes of a flow diagram with their lines: what is drawn, whatever draws it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from reviewflow.domain.flow.prisma2009 import to_2009
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reviewflow.domain.flow.counts import FlowCounts, Numbers
    from reviewflow.domain.flow.prisma2009 import Flow2009

Edition: TypeAlias = Literal["2009", "2020"]
Style: TypeAlias = Literal["plain", "grey", "main"]

_TOKEN: Final = re.compile(r"\(n [^()]*\)|\S+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a box.

    Attributes:
        text: Its words.
        n: Its number; None when it is a heading, or when the number is not reported.
        counted: It has a number, reported or not.
        level: How far it is indented: 0, 1 or 2.
    """

    text: str
    n: int | None = None
    counted: bool = True
    level: int = 0

    @property
    def words(self) -> str:
        """The line as printed: "Records screened (n = 523)"."""
        if not self.counted:
            return self.text
        return f"{self.text} (n not reported)" if self.n is None else f"{self.text} (n = {self.n:,})"


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the diagram: its lines, and its place in rows and lanes."""

    key: str
    lines: tuple[Line, ...]
    band: str
    column: str
    row: int
    lane: int
    span: int
    style: Style


@dataclass(frozen=True, slots=True)
class Band:
    """A phase of the review, named beside the boxes of its rows."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A heading above the boxes of some lanes."""

    key: str
    text: str
    lane: int
    span: int
    style: Style


@dataclass(frozen=True, slots=True)
class Arrow:
    """The flow from one box to another, by their keys."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """A flow diagram, ready to be drawn.

    Attributes:
        prisma: "2009" or "2020".
        template: Which diagram of that edition: "2009", "new-v1", ...
        title: Printed above; may be empty.
        orientation: "portrait" or "landscape": how it fits a page.
        lanes: Relative widths of the lanes, left to right.
        note: A sentence for the foot; may be empty.
        credit: Whose layout it is.
        still_open: What is undecided, in words; empty when nothing is.
    """

    prisma: Edition
    template: str
    title: str
    orientation: str
    lanes: tuple[float, ...]
    bands: tuple[Band, ...]
    columns: tuple[Column, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    note: str
    credit: str
    still_open: str

    @property
    def draft(self) -> bool:
        """Something is still open, so the numbers will change."""
        return bool(self.still_open)

    def box(self, key: str) -> Box:
        """The box with this key."""
        return next(box for box in self.boxes if box.key == key)


def template_file(template: str, prisma: Edition = "2020") -> str:
    """The name of the file in schemas/flow that describes a diagram."""
    return "prisma2009.toml" if prisma == "2009" else f"{template}.toml"


def boxes(counts: FlowCounts, template_table: Mapping[str, Any], prisma: Edition = "2020", note: str = "") -> Diagram:
    """The diagram of the counts.

    A line whose number is not reported is left out, and so is an optional box without numbers; a box of the main path
    says that its number is not reported.

    Args:
        counts: The numbers.
        template_table: The content of `template_file(counts.template, prisma)`.
        prisma: The edition of the diagram.
        note: A sentence for the foot, such as "Reconstruction: only the totals are the paper's".

    Raises:
        UsageError: The table describes another diagram.
    """
    expected = "2009" if prisma == "2009" else counts.template
    if template_table["template"] != expected:
        raise UsageError(f"the boxes of {template_table['template']} were given for a diagram {expected}")
    source = to_2009(counts) if prisma == "2009" else counts
    drawn = tuple(_box(table, lines) for table in template_table["box"] if (lines := _lines(source, table)))
    present = {box.key for box in drawn}
    return Diagram(
        prisma=prisma,
        template=expected,
        title=counts.title,
        orientation=template_table["orientation"],
        lanes=tuple(template_table["lanes"]),
        bands=tuple(Band(**band) for band in template_table["band"]),
        columns=tuple(Column(**column) for column in template_table["column"]),
        boxes=drawn,
        arrows=tuple(Arrow(*ends) for ends in template_table["arrows"] if present.issuperset(ends)),
        note=note,
        credit=template_table["credit"],
        still_open=_open_words(counts),
    )


def wrap(words: str, width: float, measure: Callable[[str], float], hang: float = 0) -> list[str]:
    """The words in lines no wider than `width`, after the first one narrower by `hang`.

    "(n = 12)" stays whole, and a word is cut only if it must be.
    """
    lines = [""]
    for token in _TOKEN.findall(words):
        room = width - hang * (len(lines) > 1)
        longer = f"{lines[-1]} {token}" if lines[-1] else token
        if measure(longer) <= room:
            lines[-1] = longer
            continue
        *full, last = _cut(token, width - hang, measure)
        lines = [*lines, *full, last] if lines[-1] else [*full, last]
    return lines


def _cut(token: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """A word in pieces that are no wider than `width`, each of at least one character."""
    pieces = [token[:1]]
    for character in token[1:]:
        if measure(pieces[-1] + character) <= width:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _box(table: Mapping[str, Any], lines: tuple[Line, ...]) -> Box:
    return Box(
        key=table["key"],
        lines=lines,
        band=table["band"],
        column=table["column"],
        row=table["row"],
        lane=table["lane"],
        span=table.get("span", 1),
        style=table.get("style", "plain"),
    )


def _lines(source: FlowCounts | Flow2009, table: Mapping[str, Any]) -> tuple[Line, ...]:
    """The lines of a box; none when it is not drawn."""
    heading = table.get("heading", "")
    body = [line for entry in table["lines"] for line in _entry(source, entry, indent=bool(heading))]
    reported = [line.n for line in body if line.n is not None]
    if table.get("unless_zero") and not any(reported):
        return ()
    if not reported and table.get("optional"):
        return _nothing_excluded(source, table)
    if not reported:
        return (Line(heading.removesuffix(" from:") or table["lines"][0]["text"]),)
    return (*([Line(heading, counted=False)] if heading else ()), *body)


def _nothing_excluded(source: FlowCounts | Flow2009, table: Mapping[str, Any]) -> tuple[Line, ...]:
    """The box "Reports excluded (n = 0)" when a review excluded none, which an empty list of reasons means."""
    keys = [entry["each"] for entry in table["lines"] if "n" not in entry]
    nothing = bool(keys) and not source.from_print and not any(getattr(source, key) for key in keys)
    return (Line(str(table["heading"]).removesuffix(":"), 0),) if nothing else ()


def _entry(source: FlowCounts | Flow2009, entry: Mapping[str, Any], *, indent: bool) -> Iterable[Line]:
    """The line of a count, and below it those of a list of counts."""
    level = int(indent)
    n = getattr(source, entry["n"]) if "n" in entry else None
    if n is not None and (n or not entry.get("unless_zero")):
        yield Line(entry["text"], n, level=level)
    each: Numbers = getattr(source, entry["each"]) if "each" in entry else {}
    below = level + int(n is not None)
    yield from (Line(label, count, level=below) for label, count in each.items())


def _open_words(counts: FlowCounts) -> str:
    """What will still change the numbers, as in "2 undecided, 1 in conflict"."""
    still = (
        (counts.open_undecided, "undecided"),
        (counts.open_conflicts, "in conflict"),
        (counts.open_retrieval, "not yet retrieved"),
        (counts.open_unlinked, "not yet linked to a study"),
    )
    return ", ".join(f"{n:,} {words}" for n, words in still if n)

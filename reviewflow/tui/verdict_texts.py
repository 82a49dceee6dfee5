"""Words about verdicts: what was said, how far it is, the reasons with their numbers, and the conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from reviewflow.domain.screening import State, Verdict
from reviewflow.domain.words import counted
from reviewflow.tui.dialog import rows_of
from reviewflow.tui.highlights import KINDS
from reviewflow.tui.lines import padded
from reviewflow.tui.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.style import Style

    from reviewflow.domain.protocol import Protocol, Reason
    from reviewflow.tui.voting import Voting
    from reviewflow.workflow.adjudication import Conflict, Opinion
    from reviewflow.workflow.queue import FullText, OwnVote

WORDS: Final = {
    Verdict.INCLUDE: "include",
    Verdict.EXCLUDE: "exclude",
    Verdict.UNSURE: "maybe",
    Verdict.AWAITING: "awaiting classification",
    Verdict.ONGOING: "ongoing",
}
_BAR: Final = 12
_GAP: Final = 3
_NARROWEST: Final = 24
"""Cells from which a vote has a column of its own."""


def verdict_words(verdict: Verdict, reason: str, protocol: Protocol) -> str:
    """A verdict with its reason: "exclude (wrong population)"."""
    labels = {each.id: each.label for each in protocol.reasons}
    return WORDS[verdict] + (f" ({printable(labels.get(reason, reason))})" if reason else "")


def stood_words(stood: OwnVote | None, protocol: Protocol) -> str:
    """What is told where a verdict took the place of one that was given elsewhere meanwhile; "" where there is none."""
    if stood is None:
        return ""
    return f" Elsewhere you had said {verdict_words(stood.verdict, stood.reason, protocol)} meanwhile."


def said_line(said: OwnVote | None, before: OwnVote | None, note: str, protocol: Protocol) -> Content:
    """What was said on the report in this session or before, and the note that goes with the next verdict."""
    lines = []
    known = said or before
    if known is not None:
        words = f"You said: {verdict_words(known.verdict, known.reason, protocol)}."
        lines.append(Content.styled(words, "bold reverse"))
        if known.note:
            lines.append(Content(f"Your note: {printable(known.note)}"))
    if note:
        lines.append(Content.assemble(("Note, saved with your verdict: ", "bold"), printable(note)))
    return Content("\n").join(lines)


def progress_line(voting: Voting, *, includes: str) -> Content:
    """A bar and counts: done, left, included, how fast, and how long it takes at this rate."""
    done, left = voting.n_done, voting.n_left
    full = _BAR * done // max(done + left, 1)
    counts = f"{done} done, {left} left, {voting.n_included} {includes}"
    bar = (("━" * full, "$primary"), ("┄" * (_BAR - full), "$faint"))
    return Content.assemble(*bar, "  ", counts, *((f"  {words}",) if (words := _pace(voting)) else ()))


def _pace(voting: Voting) -> str:
    rate = voting.per_hour
    if rate is None:
        return ""
    return f"{rate:.0f}/h" + (f", {_duration(voting.n_left / rate)} to go" if voting.n_left else "")


def _duration(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{max(minutes, 1)} min"


def reason_pieces(reasons: Sequence[Reason]) -> list[Content]:
    """The reasons with their numbers, each whole."""
    return [
        Content.assemble((str(n), "bold $primary"), " ", printable(each.label)) for n, each in enumerate(reasons, 1)
    ]


def reasons_rows(reasons: Sequence[Reason]) -> Content:
    """The reasons with their numbers, one below the other."""
    rows = rows_of((str(n), printable(each.label)) for n, each in enumerate(reasons, 1))
    return Content("\n").join(rows) if rows else Content("none in reviewflow.toml yet")


def full_text_line(full_text: FullText | None, key: str) -> Content:
    """Whether the full text is there, and which key opens it; empty at title and abstract."""
    if full_text is None:
        return Content("")
    words = {"": "not noted yet", "not_retrieved": "not retrieved"}.get(full_text.state, full_text.state)
    line = Content.assemble(
        ("Full text: ", "bold"), words + (f" ({printable(full_text.reason)})" if full_text.reason else "")
    )
    if full_text.path is None:
        return line
    return line + Content.assemble(
        "  ", (key, "bold $primary"), f" opens {printable(full_text.name)}\n{full_text.path}"
    )


def criteria_text(protocol: Protocol, look: Mapping[str, Style | str]) -> Content:
    """The criteria, the reasons with their numbers, and what is highlighted how."""
    blocks = [Content.styled("Criteria", "bold")]
    blocks += rows_of((each.id, f"{each.kind}: {printable(each.text)}") for each in protocol.criteria)
    blocks += [] if protocol.criteria else [Content("none in reviewflow.toml yet")]
    blocks += [Content(""), Content.styled("Reasons for exclusion", "bold")]
    blocks.append(reasons_rows(protocol.reasons))
    given = [kind for kind in KINDS if protocol.highlight.get(kind)]
    if given:
        blocks += [Content(""), Content.styled("Highlighted", "bold")]
        for kind in given:
            blocks.append(Content.assemble((kind, look[kind]), ": ", printable(", ".join(protocol.highlight[kind]))))
    return Content("\n").join(blocks)


def conflicts_text(found: Sequence[Conflict], protocol: Protocol) -> Content:
    """Every disagreement: a star where it waits for the person, and what may be seen of the votes."""
    if not found:
        return Content("No conflicts.")
    lines = []
    for each in found:
        where = "at the cross-check" if each.state is State.CROSS_CHECK else "for the adjudicator"
        lines.append(
            Content.assemble(
                ("* " if each.waits_for_viewer else "  ", "bold"), (f"p{each.report}", "bold"), f"  {where}"
            )
        )
        lines.append(Content(f"  {printable(each.title) or '(no title)'}"))
        if each.waits_for_viewer:
            lines.append(
                Content(f"  You said {WORDS[Verdict(each.mine)]}: go over it again; it comes after the others.")
            )
        lines += [Content(f"  {opinion_words(opinion, protocol)}") for opinion in each.opinions]
    return Content("\n").join(lines)


def opinion_words(opinion: Opinion, protocol: Protocol) -> str:
    """A vote on one line."""
    note = f": {printable(opinion.note)}" if opinion.note else ""
    return verdict_words(opinion.verdict, opinion.reason, protocol) + note


def opinions_text(opinions: Sequence[Opinion], protocol: Protocol, width: int) -> Content:
    """The votes side by side where there is room, else one above the other."""
    half = (width - _GAP * (len(opinions) - 1)) // max(len(opinions), 1)
    stacked = half < _NARROWEST
    blocks = [_opinion(n, each, protocol).wrap(width if stacked else half) for n, each in enumerate(opinions, 1)]
    if stacked:
        return Content("\n").join([line for block in blocks for line in block])
    rows = []
    for row in range(max(map(len, blocks), default=0)):
        cells = [block[row].rstrip_end(half) if row < len(block) else Content("") for block in blocks]
        rows.append(Content(" " * _GAP).join([padded(cell, half) for cell in cells]))
    return Content("\n").join(rows)


def _opinion(n: int, opinion: Opinion, protocol: Protocol) -> Content:
    head = Content.styled(printable(opinion.who) or f"vote {n}", "bold underline")
    verdict = Content.styled(verdict_words(opinion.verdict, opinion.reason, protocol), "bold")
    return Content("\n").join([head, verdict, Content(printable(opinion.note) or "(no note)")])


def end_text(voting: Voting, words: str, keys: Mapping[str, str]) -> Content:
    """What is said where nothing waits, or nothing with the words that were searched for."""
    if words and voting.n_left:
        left = counted(voting.n_left, "record")
        return Content(f"Nothing more with {words!r}; {left} left.\n\n{keys['screen.clear']} shows them all.")
    n = len(voting.steps)
    return Content(
        f"Nothing is left: {counted(n, 'verdict')} in this session.\n\n"
        f"{keys['verdict.undo']} takes the last one back, {keys['screen.quit']} leaves. Everything is saved."
    )

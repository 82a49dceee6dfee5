"""Reads what other screening programs write of decisions into the records that they export.

Rayyan writes every person's decision into the notes, ASReview a label into a note or a column, Covidence the reason of
an exclusion into the notes; our own exports carry a mark. None of them has a format of its own for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reviewflow.domain.screening import Verdict
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.domain.record import RawRecord, Tags

_NAME = r"\"((?:[^\"\\]|\\.)*)\"\s*=>\s*"
_INCLUSION = re.compile(r"RAYYAN-INCLUSION:\s*\{([^}]*)\}")
_DECISION = re.compile(_NAME + r"\"?(\w+)\"?")
_REASONS = re.compile(r"RAYYAN-EXCLUSION-REASONS:\s*([^|]*)")
_USER_NOTES = re.compile(r"USER-NOTES:\s*\{(.*)\}", re.DOTALL)
_USER_NOTE = re.compile(_NAME + r"\[([^\]]*)\]")
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"")
_ESCAPED = re.compile(r"\\(?=[\"=>{}_|&%#$])")  # BibTeX
_ASREVIEW = re.compile(r"\bASReview_(relevant|irrelevant|not_seen)\b")
_COVIDENCE = re.compile(r"(?:\A|[;\s])Exclusion reason:\s*([^;]*)", re.IGNORECASE)
_OWN = re.compile(r"\breviewflow:([a-z_]+)(?::([\w-]+))?")
_RAYYAN_WORDS = {"included": Verdict.INCLUDE, "excluded": Verdict.EXCLUDE, "maybe": Verdict.UNSURE}
_LABELS = {"relevant": Verdict.INCLUDE, "irrelevant": Verdict.EXCLUDE}
_COLUMNS = (
    "asreview_label", "included", "label", "final_included", "label_included", "included_label", "included_final",
    "included_flag", "include",
)  # fmt: skip
_CELLS = {
    **dict.fromkeys(("1", "1.0", "true", "yes", "include", "included", "relevant"), Verdict.INCLUDE),
    **dict.fromkeys(("0", "0.0", "false", "no", "exclude", "excluded", "irrelevant"), Verdict.EXCLUDE),
    **dict.fromkeys(("maybe", "unsure"), Verdict.UNSURE),
}
_NOT_DECIDED = frozenset(["", "-1", "-1.0", "nan", "none", "null", "undecided", "not_seen"])


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says of the decisions on one record.

    Attributes:
        by_person: Name -> verdict; the name "" where the file names nobody.
        reasons: Reasons of exclusion in the other program's words, the first first.
        notes: Name -> note.
    """

    by_person: dict[str, Verdict] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)


def said_in(raw: RawRecord, format_name: str, where: str) -> Said:
    """What the tags of a record say of decisions on it, whichever program wrote them.

    Args:
        raw: The record.
        format_name: Format of its file: columns of labels are looked for in tables only.
        where: For error messages.

    Raises:
        InputError: A decision is written in a word that is not known.
    """
    told = _rayyan(raw.tags, where) or _own(raw.tags) or _asreview(raw.tags)
    if told is None and format_name == "csv":
        told = _column(raw.tags, where)
    return told or _covidence(raw.tags) or Said()


def _texts(tags: Tags) -> Iterator[str]:
    """The values in which Rayyan's words may stand; where a column bears one as its name, as in the notes."""
    for tag, value in tags:
        if "=>" in value or "RAYYAN" in value:
            yield _ESCAPED.sub("", f"{tag}: {value}" if tag.startswith("RAYYAN-") else value)


def _rayyan(tags: Tags, where: str) -> Said | None:
    for text in _texts(tags):
        found = _INCLUSION.search(text)
        if found is None:
            continue
        verdicts = {name: _rayyan_verdict(word, where) for name, word in _DECISION.findall(found.group(1))}
        reasons = _REASONS.search(text)
        notes = _USER_NOTES.search(text)
        return Said(
            verdicts,
            tuple(filter(None, map(str.strip, reasons.group(1).split(",")))) if reasons else (),
            {name: "; ".join(_QUOTED.findall(said)) for name, said in _USER_NOTE.findall(notes.group(1))}
            if notes
            else {},
        )
    return None


def _rayyan_verdict(word: str, where: str) -> Verdict:
    if word.lower() not in _RAYYAN_WORDS:
        raise InputError(f"{where}: {word!r} is no decision of Rayyan's", "Included, Excluded or Maybe")
    return _RAYYAN_WORDS[word.lower()]


def _own(tags: Tags) -> Said | None:
    for _, value in tags:
        for word, reason in _OWN.findall(_ESCAPED.sub("", value)) if "reviewflow:" in value else ():
            if word in {str(verdict) for verdict in Verdict}:
                return Said({"": Verdict(word)}, (reason,) if reason else ())
    return None


def _asreview(tags: Tags) -> Said | None:
    for _, value in tags:
        found = _ASREVIEW.search(value) if "ASReview_" in value else None
        if found:
            label = found.group(1)
            return Said({"": _LABELS[label]} if label in _LABELS else {})
    return None


def _column(tags: Tags, where: str) -> Said | None:
    """The label in a column of a table, under one of the names that ASReview knows."""
    cells = {tag.strip().lower().replace(" ", "_"): value for tag, value in tags}
    for name in _COLUMNS:
        if name in cells:
            said = cells[name].strip().lower()
            if said in _NOT_DECIDED:
                return Said()
            if said not in _CELLS:
                raise InputError(f"{where}: {cells[name]!r} in the column {name} is no label", "1, 0 or nothing")
            return Said({"": _CELLS[said]})
    return None


def _covidence(tags: Tags) -> Said | None:
    for tag, value in tags:
        found = _COVIDENCE.search(value) if tag.lower() in {"notes", "n1"} else None
        if found:
            return Said({"": Verdict.EXCLUDE}, (found.group(1).strip(),))
    return None

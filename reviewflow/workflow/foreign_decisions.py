"""Reads what other screening programs write of decisions into the records that they export.

Rayyan writes every person's decision into the notes, ASReview a label into a note or a column, Covidence the reason of
an exclusion into the notes; our own exports carry a mark. None of them has a format of its own for it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reviewflow.domain.screening import Verdict
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.domain.record import RawRecord, Tags

_STRING = r"\"(?:[^\"\\]|\\.)*\""
_HASH = rf"\{{((?:[^{{}}\"]|{_STRING})*+)\}}"
_NAME = r"\"((?:[^\"\\]|\\.)*)\"\s*=>\s*"
_INCLUSION = re.compile(rf"RAYYAN-INCLUSION:\s*{_HASH}")
_DECISION = re.compile(_NAME + r"\"?(\w+)\"?")
_REASONS = re.compile(r"RAYYAN-EXCLUSION-REASONS:\s*([^|]*)")
_USER_NOTES = re.compile(rf"USER-NOTES:\s*{_HASH}")
_USER_NOTE = re.compile(rf"{_NAME}\[((?:[^\[\]\"]|{_STRING})*+)\]")
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"")
_ESCAPED = re.compile(r"\\(?=[\"=>{}_|&%#$])")  # BibTeX
_ASREVIEW = re.compile(r"\bASReview_(relevant|irrelevant|not_seen)\b")
_COVIDENCE = re.compile(r"(?:\A|[;\s])Exclusion reason:\s*([^;]*)", re.IGNORECASE)
_OWN = re.compile(r"\breviewflow:([a-z_]+)(?::([\w-]+))?")
_OWN_BY = re.compile(rf"\breviewflow-by:({_STRING})")
_OWN_NOTE = re.compile(rf"\breviewflow-note:({_STRING})")
# Runs of spaces and other white space, and what no file of text can hold.
_FRAGILE = re.compile(r"(?<= ) +|[^\S ]+|[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]+")
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
        if "=>" in value or "RAYYAN" in value or r"=\>" in value:
            whole = f"{tag}: {value}" if tag.startswith("RAYYAN-") else value
            yield whole
            # In BibTeX signs are escaped that mean something there; a quotation mark within a note is so everywhere.
            yield _ESCAPED.sub("", whole)


def _rayyan(tags: Tags, where: str) -> Said | None:
    for text in _texts(tags):
        found = _INCLUSION.search(text)
        decisions = _DECISION.findall(found.group(1)) if found else []
        if found is None or (found.group(1).strip() and not decisions):
            continue
        verdicts = {_unquoted(name): _rayyan_verdict(word, where) for name, word in decisions}
        reasons = _REASONS.search(text)
        notes = _USER_NOTES.search(text)
        return Said(
            verdicts,
            tuple(filter(None, map(str.strip, reasons.group(1).split(",")))) if reasons else (),
            {
                _unquoted(name): "; ".join(map(_unquoted, _QUOTED.findall(said)))
                for name, said in _USER_NOTE.findall(notes.group(1))
            }
            if notes
            else {},
        )
    return None


def _unquoted(text: str) -> str:
    """What stands between quotation marks, without its escapes."""
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return re.sub(r"\\(.)", r"\1", text)


def quoted(text: str) -> str:
    """A text between quotation marks, on one line, as it is read back: whatever white space becomes on its way."""
    written = json.dumps(text, ensure_ascii=False)
    return _FRAGILE.sub(lambda found: "".join(f"\\u{ord(sign):04x}" for sign in found.group()), written)


def _rayyan_verdict(word: str, where: str) -> Verdict:
    if word.lower() not in _RAYYAN_WORDS:
        raise InputError(f"{where}: {word!r} is no decision of Rayyan's", "Included, Excluded or Maybe")
    return _RAYYAN_WORDS[word.lower()]


def _own(tags: Tags) -> Said | None:
    values = [value for _, value in tags if "reviewflow" in value]
    for value in values:
        for word, reason in _OWN.findall(_ESCAPED.sub("", value)):
            if word in {str(verdict) for verdict in Verdict}:
                who, note = _marked(_OWN_BY, values), _marked(_OWN_NOTE, values)
                return Said({who: Verdict(word)}, (reason,) if reason else (), {who: note} if note else {})
    return None


def _marked(mark: re.Pattern[str], values: list[str]) -> str:
    """What our own mark says between quotation marks, "" where there is none."""
    found = next(
        (each for value in values for text in (value, _ESCAPED.sub("", value)) if (each := mark.search(text))), None
    )
    return _unquoted(found.group(1)[1:-1]) if found else ""


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

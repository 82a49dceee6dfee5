"""Damaged search exports, small and invented, with what the program has to answer to each and why."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from docs.field_maps import table
from reviewflow.errors import InputError
from reviewflow.formats.check import check_file

_FILE = Path(__file__).parent / "reference" / "damaged-files.toml"
_BYTES = re.compile(r"\{\{((?:[0-9A-F]{2} ?)+)\}\}")


@dataclass(frozen=True, slots=True)
class Damage:
    """One kind of damage.

    Attributes:
        group: The kind of file.
        what: The damage, in words.
        content: A small file that has it.
        n_records: Records that must be read; None where the file must be refused.
        exit_code: Of `reviewflow import FILE --check`.
        says: What the answer must hold, each of them.
        fields: Canonical fields of the first record, as text.
        silent: Whether nothing at all may be reported.
        why: Why the answer is so.
    """

    group: str
    what: str
    content: bytes
    n_records: int | None
    exit_code: int
    says: tuple[str, ...]
    fields: dict[str, str]
    silent: bool
    why: str


def damages() -> list[Damage]:
    """The kinds of damage in `reference/damaged-files.toml`."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return [
        Damage(
            group=group["name"],
            what=each["what"],
            content=_content(each),
            n_records=each.get("n_records"),
            exit_code=each["exit_code"],
            says=tuple(each.get("says", ())),
            fields=each.get("fields", {}),
            silent=each["exit_code"] == 0 and not each.get("says"),
            why=each["why"],
        )
        for group in table["group"]
        for each in group["damage"]
    ]


def _content(each: dict[str, str]) -> bytes:
    """The bytes of a file; "{{FF FE}}" in its text stands for these bytes."""
    text = each["file"]
    if "encoding" in each:
        return text.encode(each["encoding"])
    pieces = _BYTES.split(text)  # text, bytes, text, ...
    return b"".join(bytes.fromhex(piece) if i % 2 else piece.encode() for i, piece in enumerate(pieces))


def damaged_files() -> str:
    """The damages by kind of file, each with the answer that the program gives to it now."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for damage in damages():
        groups.setdefault(damage.group, []).append((damage.what, code_free(answer(damage)), damage.why))
    header = ("damage", "answer", "why")
    return "\n".join(f"## {name}\n\n{table(header, rows)}" for name, rows in groups.items())


def answer(damage: Damage) -> str:
    """What the program says of a damaged file, in a line."""
    try:
        found = check_file(damage.content, "FILE")
    except InputError as error:
        return f"refused, exit {error.exit_code}: {error}"
    n = found["n_records"]
    first = f"{n} record{'' if n == 1 else 's'}"
    if found["encoding"] != "utf-8":
        first += f" ({found['encoding']})"
    parts = [first, *(f"line {each['line']}: {each['what']}" for each in found["repairs"])]
    parts += [f"line {each['line']} belongs to no record: {each['text']}" for each in found["leftovers"]]
    return "; ".join(parts) + ("; exit 1" if found["leftovers"] or found["n_rejected"] else "")


def code_free(text: str) -> str:
    """A text in which Markdown sees no HTML."""
    return text.replace("<", "&lt;")

"""What a fuzzer begins with: small exports of each dialect, damaged ones among them, and the words of the formats."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reviewflow.formats import WRITERS
from reviewflow.formats.registry import read_by
from reviewflow.resources import schema_toml
from tests.formats.laws import OTHERS, sample

if TYPE_CHECKING:
    from collections.abc import Iterable

# Of each target the formats that it reads. The first byte of an input says how: 0 has the format told from the rest.
TARGETS = {
    "tagged": read_by("tagged"),
    "csv": read_by("delimited"),
    "bibtex": read_by("bibtex"),
    "xml": read_by("elements"),
    "json": read_by("objects"),
}
_BYTES = (b"\xff", b"\xff\xfe", b"\xfe\xff", b"\xc3", b"\xed\xa0\x80", b"\x80")
_TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("seeds.toml").read_text(encoding="utf-8"))


def seeds(target: str) -> list[bytes]:
    """Inputs of a target to begin with, in UTF-8, some of them also in UTF-16, UTF-32 and Windows-1252."""
    found: list[bytes] = []
    for number, name in enumerate(TARGETS[target], 1):
        texts = [text.encode() for text in _TABLE["dialects"].get(name, ())]
        if name in WRITERS or name in OTHERS:
            texts.append(sample(name))
        first = texts[0].decode()
        texts += [first.encode(codec) for codec in ("utf-16", "utf-32", "utf-16-be")]
        texts.append(first.encode("cp1252", "replace"))
        found += [bytes([how]) + text for text in texts for how in (0, number)]
    return found


def dictionary(target: str) -> str:
    """The words of a target's formats, as libFuzzer reads a dictionary."""
    texts = (*_TABLE["words"][target], *_TABLE["words"]["everywhere"], *_tags(target))
    words = dict.fromkeys((*(text.encode() for text in texts), *_BYTES))
    return "".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in words)


def _tags(target: str) -> Iterable[str]:
    """The tags that the formats of a target give a meaning, those of a path one by one."""
    for name in TARGETS[target]:
        for tags in schema_toml("formats", f"{name}.toml")["fields"].values():
            for tag in tags:
                yield from filter(None, re.split(r"[/\[\]]", tag)) if target in {"xml", "json"} else [tag]

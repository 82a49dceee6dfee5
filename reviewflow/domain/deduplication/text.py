"""Texts made comparable: lower case, no accents, no markup, words separated by one space."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ASCII = bytes(ord(chr(c).lower()) if chr(c).isalnum() else 32 for c in range(128)) + bytes([32] * 128)
_ASCII_NO_WORD = bytes(c for c in range(128) if not chr(c).isalnum())
_COMBINING = re.compile("[\u0300-\u036f\u00ad\u200b-\u200d\ufeff]")
_NO_WORD = re.compile(r"[\W_]+")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,60}>")
# Databases write Greek letters out ("alpha"), print the letter, or bracket the name; the written name is common ground.
_GREEK = {
    chr(code): unicodedata.name(chr(code)).split()[-1].lower().replace("lamda", "lambda")
    for code in (*range(0x391, 0x3A2), *range(0x3A3, 0x3AA), *range(0x3B1, 0x3CA))
}
_LETTERS = _GREEK | {
    "\u00b5": "mu",
    "ß": "ss",
    "ø": "o",
    "Ø": "o",
    "æ": "ae",
    "Æ": "ae",
    "œ": "oe",
    "Œ": "oe",
    "ł": "l",
    "Ł": "l",
    "đ": "d",
    "Đ": "d",
    "ð": "d",
    "þ": "th",
    "\u0131": "i",
}
_TRANSLATED = str.maketrans(_LETTERS)


def without_markup(text: str) -> str:
    """The text without tags such as <sup> and with entities such as &amp; resolved."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _MARKUP.sub("", text)
    return text


def respelled(folded: str, spellings: Iterable[tuple[str, str]]) -> str:
    """Folded words in one spelling: what is written as the first of each pair is read as the second."""
    for written, read_as in spellings:
        if written in folded:
            folded = folded.replace(written, read_as)
    return folded


def fold(text: str) -> str:
    """The words of a text: lower case, without accents and punctuation, separated by one space."""
    if text.isascii():
        return b" ".join(text.encode("ascii").translate(_ASCII).split()).decode("ascii")
    plain = _COMBINING.sub("", unicodedata.normalize("NFKD", text.lower())).translate(_TRANSLATED).lower()
    if plain.isascii():
        return fold(plain)
    return _NO_WORD.sub(" ", plain).strip()


def run_together(text: str) -> str:
    """The letters and digits of the words of a text as `fold` gives them, without spaces."""
    if text.isascii():
        return text.encode("ascii").translate(_ASCII, _ASCII_NO_WORD).decode("ascii")
    return fold(text).replace(" ", "")

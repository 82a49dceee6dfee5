"""Reads a search strategy as a second librarian would, for slips that a database forgives in silence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERED = re.compile(r"\s*#?(\d{1,3})(?:[.):\t]|\s+(?=\S))\s*")
_REFERENCE = re.compile(r"#(\d{1,3})\b")
_SPAN = re.compile(r"\b(?:and|or)/(\d{1,3})-(\d{1,3})\b", re.IGNORECASE)  # Ovid's "or/1-5"
_BARE_REFERENCE = re.compile(r"(?<![\w/\"\[#-])(\d{1,3})(?=\s+(?:AND|OR|NOT)\b|\s*\)|\s*$)", re.IGNORECASE)
_OPERATOR = re.compile(r"\b(AND|OR|NOT)\b")
_SMALL = re.compile(r"(?<=[\w\])\"*])\s+(and|or|not|And|Or|Not)\s+(?=[\w(\"\[])")
_SHORT_STEM = re.compile(r"(?<![\w*])(\w{1,3})\*")
_FOREIGN = (
    (re.compile(r"\.(?:ti|ab|tw|mp|kw|kf|sh|pt)\b(?=[,.\s)]|$)"), "Ovid"),
    (re.compile(r"\bexp\s+[A-Za-z][^()]*?/"), "Ovid"),
    (re.compile(r"\badj\d*\b", re.IGNORECASE), "Ovid"),
    (re.compile(r"\b(?:NEAR|NEXT)/\d+", re.IGNORECASE), "Embase.com or the Cochrane Library"),
    (re.compile(r":(?:ti|ab|kw)\b"), "Embase.com or the Cochrane Library"),
    (re.compile(r"\b(?:TITLE-ABS-KEY|TS)\s*[(=]"), "Scopus or Web of Science"),
)


@dataclass(frozen=True, slots=True)
class Slip:
    """Something in a strategy that may not mean what it seems to.

    Attributes:
        level: "error" for what no database can read as meant, "warning" for what a person should look at.
        line: Line of the strategy, from 1.
    """

    level: str
    line: int
    words: str


def lint(strategy: str) -> tuple[Slip, ...]:
    """What is, or may be, wrong with a strategy for PubMed of one line or of numbered lines."""
    lines = [(n, line) for n, line in enumerate(strategy.split("\n"), start=1) if line.strip()]
    numbered = is_numbered(strategy)
    if not numbered:  # a strategy of one line may be broken for the eye
        lines = [(1, one_line(strategy))]
    slips: list[Slip] = []
    earlier: list[int] = []
    for n, line in lines:
        label = _NUMBERED.match(line) if numbered else None
        body = line[label.end() :] if label else line
        own = int(label.group(1)) if label else 0
        slips += (Slip(level, n, words) for level, words in _of_line(body))
        slips += (Slip("error", n, words) for words in _references(body, own, earlier, numbered=numbered))
        earlier.append(own)
    return tuple(slips)


def is_numbered(strategy: str) -> bool:
    """Whether a strategy has several lines, each with a number."""
    lines = [line for line in strategy.split("\n") if line.strip()]
    return len(lines) > 1 and all(_NUMBERED.match(line) for line in lines)


def one_line(strategy: str) -> str:
    """The strategy without the line breaks that were put in for the eye."""
    return " ".join(strategy.split())


def errors(slips: tuple[Slip, ...]) -> tuple[Slip, ...]:
    """Those that no database can read as meant."""
    return tuple(slip for slip in slips if slip.level == "error")


def _of_line(line: str) -> Iterator[tuple[str, str]]:
    if any(mark in line for mark in "\u201c\u201d\u201e\u00ab\u00bb"):
        yield "warning", 'typographic quotation marks: PubMed may not take them for quotes; write "..."'
        line = re.sub("[\u201c\u201d\u201e\u00ab\u00bb]", '"', line)
    if line.count('"') % 2:
        yield "error", f"a quotation mark is not closed: there are {line.count(chr(34))}"
        return
    plain = re.sub(r'"[^"]*"', lambda quoted: '"' + "x" * (len(quoted[0]) - 2) + '"', line)
    unbalanced = _unbalanced(plain)
    if unbalanced:
        yield "error", unbalanced
        return
    yield from _operators(plain)
    yield from _habits(plain)


def _unbalanced(plain: str) -> str:
    """What is wrong with the brackets, "" for nothing."""
    pairs, opened = {")": "(", "]": "["}, []
    for column, sign in enumerate(plain, start=1):
        if sign in pairs.values():
            opened.append((sign, column))
        elif sign in pairs:
            if not opened or opened[-1][0] != pairs[sign]:
                return f"{sign} at column {column} closes nothing"
            opened.pop()
    return f"{opened[-1][0]} at column {opened[-1][1]} is not closed" if opened else ""


def _operators(plain: str) -> Iterator[tuple[str, str]]:
    bare = re.sub(r"\[[^\[\]]*\]", lambda tag: "[" + "x" * (len(tag[0]) - 2) + "]", plain)
    if re.search(r"\(\s*\)", bare):
        yield "error", "a pair of brackets with nothing between them"
    if re.search(r"\b(AND|OR|NOT)\s+(AND|OR)\b", bare):
        yield "error", "two operators follow each other"
    if re.search(r"\b(?:AND|OR|NOT)\s*(?:\)|$)|(?:^|\()\s*(?:AND|OR)\b", bare):
        yield "error", "an operator has nothing on one of its sides"
    for word in dict.fromkeys(_SMALL.findall(bare)):
        yield "warning", f"{word!r} is read as an operator only in capitals, if one is meant: {word.upper()}"
    if _mixed(bare):
        yield "warning", "AND and OR stand side by side without brackets: PubMed reads from left to right"


def _mixed(bare: str) -> bool:
    """Whether AND and OR stand at one level of brackets."""
    levels: list[set[str]] = [set()]
    for sign in re.findall(r"[()]|\b(?:AND|OR)\b", bare):
        if sign == "(":
            levels.append(set())
        elif sign == ")":
            if len(levels.pop()) > 1:
                return True
        else:
            levels[-1].add(sign)
    return any(len(level) > 1 for level in levels)


def _habits(plain: str) -> Iterator[tuple[str, str]]:
    for stem in dict.fromkeys(_SHORT_STEM.findall(plain)):
        yield "warning", f"{stem}* is cut too short: PubMed needs four letters before *"
    for pattern, whose in _FOREIGN:
        found = pattern.search(plain)
        if found:
            yield "warning", f"{found[0].strip()!r} is the syntax of {whose}, not of PubMed"


def _references(line: str, own: int, earlier: list[int], *, numbered: bool) -> Iterator[str]:
    plain = re.sub(r'"[^"]*"', '""', line)
    found = [int(n) for n in _REFERENCE.findall(plain)]
    found += [int(n) for ends in _SPAN.findall(plain) for n in ends]
    if numbered and re.fullmatch(r"[\s()#\d]*(?:\b(?:AND|OR|NOT)\b[\s()#\d]*)+", plain, re.IGNORECASE):
        found += [int(n) for n in _BARE_REFERENCE.findall(plain)]
    for n in dict.fromkeys(found):
        if not numbered:
            yield f"it refers to line #{n}, and it has no numbered lines"
        elif n not in earlier:
            yield f"line {own} refers to line {n}, which is not above it"

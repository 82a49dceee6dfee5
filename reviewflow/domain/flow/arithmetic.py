"""Sums of counts as checks that say in words what was added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Level: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Check:
    """The answer to one question about the numbers.

    Attributes:
        id: "P1" to "P18", "Q1" to "Q6".
        ok: None when a number that it needs is not reported: neither passed nor failed.
        level: What it means when it is not ok.
        words: The sum in words, with its numbers.
    """

    id: str
    ok: bool | None
    level: Level
    words: str


@dataclass(frozen=True, slots=True)
class Term:
    """One number of a sum: its count, what it counts, and its sign."""

    n: int | None
    words: str
    sign: int = 1


def equals(name: str, terms: Sequence[Term], stated: Term, *, level: Level = "error") -> Check:
    """The check that the terms add up to the stated number."""
    missing = _missing([*terms, stated])
    if missing:
        return Check(name, None, level, missing)
    result = _result(terms)
    ok = result == stated.n
    return Check(name, ok, level, f"{_sum(terms)}, {'and' if ok else 'but'} {_said(stated)}")


def at_most(name: str, stated: Term, terms: Sequence[Term], *, level: Level = "error") -> Check:
    """The check that the stated number is not above what the terms add up to."""
    missing = _missing([*terms, stated])
    if missing:
        return Check(name, None, level, missing)
    ok = (stated.n or 0) <= _result(terms)
    verdict = f"and {_said(stated)}" if ok else f"but {_said(stated)}, which is more"
    return Check(name, ok, level, f"{_sum(terms)}, {verdict}")


def _missing(terms: Iterable[Term]) -> str:
    """Why the terms cannot be added up; empty when they can."""
    gone = list(dict.fromkeys(term.words for term in terms if term.n is None))
    return f"not checkable, because not reported: {', '.join(gone)}" if gone else ""


def _result(terms: Iterable[Term]) -> int:
    return sum(term.sign * (term.n or 0) for term in terms)


def _sum(terms: Sequence[Term]) -> str:
    """The sum in words, as in "846 identified - 323 duplicates = 523", without what is 0 after the first term."""
    shown = [terms[0], *(term for term in terms[1:] if term.n)]
    words = "".join(f" {'+' if term.sign > 0 else '-'} {term.n or 0:,} {term.words}" for term in shown)[3:]
    return words if len(shown) == 1 else f"{words} = {_result(shown):,}"


def _said(term: Term) -> str:
    return f"{term.n or 0:,} {'is' if term.n == 1 else 'are'} {term.words}"

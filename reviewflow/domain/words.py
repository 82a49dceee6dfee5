"""Numbers with their nouns, as sentences need them."""

from __future__ import annotations


def counted(n: int, noun: str, plural: str = "") -> str:
    """The number with its noun: "1 vote", "2 votes", "0 studies" with the plural given."""
    return f"{n} {noun if n == 1 else plural or f'{noun}s'}"

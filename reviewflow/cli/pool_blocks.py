"""The options that ask for further blocks of a pooled result."""

from __future__ import annotations

from typing import Annotated

import typer

TESTS = "egger, egger-mixed, begg, harbord, peters, macaskill, fail-safe, with commas."
SmallStudy = Annotated[str, typer.Option(help=TESTS)]
TrimAndFill = Annotated[
    list[str] | None, typer.Option(metavar="L0|R0", help="How the missing are counted; repeatable.")
]


def tests_of(said: str) -> tuple[str, ...]:
    """The names of tests of small-study effects that were given with commas."""
    return tuple(filter(None, (test.strip() for test in said.split(","))))

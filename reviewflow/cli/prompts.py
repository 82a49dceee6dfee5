"""Plain prompts for a verdict: a report as lines of text, and one letter for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from reviewflow.cli.session import ask

if TYPE_CHECKING:
    from reviewflow.domain.protocol import Reason
    from reviewflow.workflow.adjudication import Opinion
    from reviewflow.workflow.screening import ToScreen


def report_lines(each: ToScreen, place: int, n: int) -> list[str]:
    """A report that waits, as lines of text."""
    record = each.record
    head = f"{place} of {n}  p{each.report}  {each.source}" + (
        "  a disagreement, to reconsider" if each.reconsider else ""
    )
    where = " ".join(filter(None, (record.journal, str(record.year or ""), record.volume, record.pages)))
    people = "; ".join(record.authors[:6]) + (" and others" if len(record.authors) > 6 else "")
    return ["", head, record.title, people, where, "", record.abstract or "(no abstract)", ""]


def opinion_line(opinion: Opinion) -> str:
    """What somebody said of a report in conflict, as a line of text."""
    why = f" ({opinion.reason})" if opinion.reason else ""
    return f"    {opinion.verdict}{why}" + (f": {opinion.note}" if opinion.note else "")


def ask_verdict(reasons: tuple[Reason, ...], *, unsure: bool = True) -> tuple[str, str] | tuple[()] | None:
    """(verdict, reason) as typed; () to skip; None to stop. End of input stops."""
    keys = {"i": "include", "e": "exclude"} | ({"m": "unsure"} if unsure else {})
    letters = "/".join([*keys, "s", "q"])
    choice = ", ".join(f"{i} exclude: {reason.label}" for i, reason in enumerate(reasons, 1))
    while True:
        said = ask(f"[{letters}]{' or ' + choice if choice else ''}:")
        said = None if said is None else said.lower()
        if said in {None, "q", "quit"}:
            return None
        if said in {"s", "skip"}:
            return ()
        if said.isdecimal() and 1 <= int(said) <= len(reasons):
            return "exclude", reasons[int(said) - 1].id
        if said in keys and not (said == "e" and reasons):
            return keys[said], ""
        maybe = " m maybe," if unsure else ""
        typer.echo(f"i include, e exclude (at full text: the number of the reason),{maybe} s skip, q stop", err=True)

"""`check`, the linter of a review."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson, ReviewDir
from reviewflow.cli.session import Session


def check(
    review: ReviewDir = None,
    repair: Annotated[bool, typer.Option("--repair", help="Write stale side tables anew; facts stay.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check the review from its hashes to its arithmetic.

    Side tables, files, canonical fields, studies and syntheses are checked too; exit 1 when there is an error.
    """
    from reviewflow.workflow import check as check_

    session = Session("", review, as_json=as_json)
    found = check_.check(session.review, repair=repair)
    lines = [f"Checked: {', '.join(found.done)}."]
    for each in found.findings:
        lines.append(f"{each.level}: {each.words}  [{each.rule}]")
        lines += [f"    try: {each.remedy}"] if each.remedy else []
    n_errors = sum(each.level == "error" for each in found.findings)
    lines.append(f"{n_errors} errors, {len(found.findings) - n_errors} warnings")
    value = {"ok": not n_errors, "done": list(found.done), "findings": [asdict(each) for each in found.findings]}
    session.answer(value, lines)
    if n_errors:
        raise typer.Exit(1)

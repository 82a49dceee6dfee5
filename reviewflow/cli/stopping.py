"""`screen stop`: what the declared stopping rule says of one's own screening."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session


def stop(
    declare: Annotated[
        bool, typer.Option("--declare", help="Write the protocol's rule into the ledger, before the first vote.")
    ] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Test the protocol's stopping rule on your own votes.

    On titles and abstracts, in the order in which you voted. It ends nothing: you do.
    """
    from reviewflow.workflow import stopping

    session = Session(as_name, review, as_json=as_json)
    act = session.act(stopping.COMMAND)
    if declare:
        is_new = stopping.declare(session.review, act)
        rule = session.review.protocol.stopping
        words = f"Declared: {rule.words}." if rule is not None else ""
        session.answer({"declared": is_new}, [words if is_new else f"{words} It stood already."], "reviewflow screen")
        return
    found = stopping.test(session.review, act.reviewer)
    at = found.standing
    value = {
        "reviewer": found.reviewer,
        "rule": asdict(found.rule),
        "declared_at_utc": found.declared_at_utc,
        "declared_by": found.declared_by,
        **asdict(at),
        "warnings": at.warnings,
        "methods": found.methods,
    }
    done = f"{at.n_screened} of {at.n_records} records screened by {found.reviewer}, {at.n_relevant} included"
    bound = f"recall is at least {at.recall_at_least:.3f} at alpha {found.rule.alpha:g}"
    lines = [
        f"{done}, {at.in_a_row} irrelevant in a row.",
        f"p = {at.p:.4g} that recall {found.rule.target_recall:g} is missed; {bound}.",
        "The test allows to stop; every reviewer has to be there." if at.holds else "The test does not allow to stop.",
        *(f"warning: {each}" for each in at.warnings),
        "",
        found.methods,
    ]
    more = 'reviewflow screen remove pN... --automatic --why "stopping rule", once each reviewer may stop'
    session.answer(value, lines, more if at.holds and at.n_screened < at.n_records else "")

"""`screen adjudicate`: the conflicts one after the other, for a third person to settle."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from reviewflow.cli.options import AsJson, AsName, Plain, ReviewDir, StageName
from reviewflow.cli.prompts import ask_verdict, opinion_line, report_lines
from reviewflow.cli.session import Session, stage_of
from reviewflow.domain.words import counted
from reviewflow.errors import ReviewflowError

if TYPE_CHECKING:
    from reviewflow.domain.screening import Stage


def adjudicate(
    stage: StageName = "title_abstract",
    plain: Plain = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Settle conflicts one after the other, as adjudicator.

    The votes are shown with their reasons and notes, and without names.
    """
    from reviewflow.cli import screens
    from reviewflow.workflow import adjudication, screening

    session = Session(as_name, review, as_json=as_json)
    at = stage_of(stage)
    name = session.act("screen adjudicate").reviewer
    adjudication.check_adjudicates(session.review, name)
    if not plain and not as_json and screens.can_show():
        screens.adjudicate(session, at)
        return
    found = {each.report: each for each in adjudication.to_adjudicate(session.review, name, at)}
    if as_json:
        session.answer(
            {"stage": at, "waiting": [{**asdict(each), "report": f"p{each.report}"} for each in found.values()]}
        )
        return
    n = 0
    shown = screening.shown_to_screen(session.review, [(report, False) for report in found])
    for place, each in enumerate(shown, 1):
        for line in [*report_lines(each, place, len(found)), *map(opinion_line, found[each.report].opinions), ""]:
            typer.echo(line)
        said = ask_verdict(session.review.protocol.reasons if at == "full_text" else (), unsure=False)
        if said is None:
            break
        if said:
            n += _resolve(session, at, each.report, said)
    words = (
        f"{counted(n, 'conflict')} resolved, {len(found) - n} left."
        if found
        else f"No conflict waits for {name} at {at}."
    )
    session.answer({"n": n}, [words], "reviewflow status")


def _resolve(session: Session, stage: Stage, report: int, said: tuple[str, str]) -> int:
    from reviewflow.workflow import adjudication, screening
    from reviewflow.workflow.decision_files import verdict_of

    decision = screening.Decision(report, verdict_of(said[0]), said[1])
    try:
        adjudication.resolve(session.review, session.act(f"screen resolve p{report}"), stage, [decision])
    except ReviewflowError as error:
        typer.echo(f"reviewflow: {error.what}", err=True)
        return 0
    return 1

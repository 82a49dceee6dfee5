"""`screen`: plain prompts, and votes, conflicts and resolutions one by one or from a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli import adjudication, agreement, assignment, pilot, ranking, simulate, stopping, tags, vote_files
from reviewflow.cli.options import AsJson, AsName, Plain, ReviewDir, StageName
from reviewflow.cli.prompts import ask_verdict, opinion_line, report_lines
from reviewflow.cli.session import Session, ask, on_terminal, read_text, shortened, stage_of
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, ReviewflowError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.screening import Stage
    from reviewflow.workflow.screening import Decision, ToScreen

app = typer.Typer(invoke_without_command=True, help="Screen titles and abstracts, then full texts.")
app.command("simulate")(simulate.simulate)
app.command("stop")(stopping.stop)
app.command("rank")(ranking.rank)
app.command("adjudicate")(adjudication.adjudicate)
app.command("import")(vote_files.import_)
app.command("export")(vote_files.export)
app.command("agreement")(agreement.agreement)
app.add_typer(pilot.app, name="pilot")
app.command("assign")(assignment.assign)
app.command("assigned")(assignment.assigned)
app.command("tag")(tags.tag)
app.command("tags")(tags.list_)

Report = Annotated[str, typer.Argument(metavar="pN", help="A report (p4), or any record of it (r17).")]


@app.callback(invoke_without_command=True)
def screen(
    context: typer.Context,
    stage: StageName = "title_abstract",
    plain: Plain = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Screen one report after the other; each answer is kept at once.

    On a terminal a screen opens, and ? shows its keys. The plain prompts take i include, e exclude, m maybe, s skip, q
    stop.
    """
    if context.invoked_subcommand is not None:
        return
    from reviewflow.cli import screens
    from reviewflow.workflow.ranking import chosen, each_to_screen

    session = Session(as_name, review, as_json=as_json)
    at = stage_of(stage)
    name = session.act("screen").reviewer
    if not plain and not as_json and screens.can_show():
        screens.screen(session, at)
        return
    if at == "title_abstract" and chosen(session.review, name).model:
        typer.echo("Reading all records, to rank them ...", err=True)
    n_waiting, shown = each_to_screen(session.review, name, at, learns=not as_json)
    if as_json:
        waiting = [{"report": f"p{each.report}", "title": each.record.title} for each in shown]
        session.answer({"stage": at, "waiting": waiting})
        return
    n = 0
    for place, each in enumerate(shown, 1):
        for line in report_lines(each, place, n_waiting):
            typer.echo(line)
        said = ask_verdict(session.review.protocol.reasons if at == "full_text" else ())
        if said is None:
            break
        if said:
            n += _cast_one(session, at, each, said)
    left = n_waiting - n
    wait = f"{counted(left, 'report')} {'waits' if left == 1 else 'wait'}"
    words = f"{counted(n, 'vote')} kept, {wait}." if n_waiting else f"Nothing waits for {name} at {at}."
    go_on = f"reviewflow screen --plain --stage {at}"
    session.answer({"n": n}, [words], go_on if left else "reviewflow status")


def _cast_one(session: Session, stage: Stage, each: ToScreen, said: tuple[str, str]) -> int:
    from reviewflow.workflow import screening
    from reviewflow.workflow.decision_files import verdict_of

    decision = screening.Decision(each.report, verdict_of(said[0]), said[1])
    try:
        screening.vote(session.review, session.act(f"screen p{each.report}"), stage, [decision])
    except ReviewflowError as error:
        typer.echo(f"reviewflow: {error.what}", err=True)
        return 0
    return 1


@app.command("vote")
def vote(
    report: Report,
    verdict: Annotated[str, typer.Argument(help="include, exclude, unsure; awaiting or ongoing at full text.")],
    stage: StageName = "title_abstract",
    reason: Annotated[str, typer.Option(help="Id of the exclusion reason; needed at full text.")] = "",
    note: Annotated[str, typer.Option(help="A note that goes with the vote.")] = "",
    revise: Annotated[bool, typer.Option("--revise", help="Replace your own vote that nobody has seen yet.")] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Vote on one report."""
    from reviewflow.workflow import screening

    session = Session(as_name, review, as_json=as_json)
    decision = _decision(report, verdict, reason, note)
    at = stage_of(stage)
    act = session.act(f"screen vote {report}")
    done = screening.vote(session.review, act, at, [decision], revise=revise)
    words = f"{report}: {decision.verdict} by {act.reviewer} at {at}."
    lines = [words] if done.n_new else [f"{words} The same vote stood already: nothing new."]
    session.answer(asdict(done), lines, "reviewflow screen")


def _decision(report: str, verdict: str, reason: str, note: str) -> Decision:
    from reviewflow.workflow.decision_files import verdict_of
    from reviewflow.workflow.references import record_id
    from reviewflow.workflow.screening import Decision

    try:
        return Decision(record_id(report), verdict_of(verdict), reason, note)
    except InputError as error:  # typed, not read from a file: the command was called wrongly
        raise UsageError(error.what, error.remedy) from error


@app.command("remove")
def remove(
    reports: Annotated[list[str], typer.Argument(metavar="pN...")],
    why: Annotated[str, typer.Option(help="The reason.")],
    automatic: Annotated[
        bool, typer.Option("--automatic", help="An automation tool marked them as ineligible.")
    ] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Take reports out before screening. The flow counts them in a box of their own."""
    from reviewflow.workflow import screening
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    act = session.act(f"screen remove {' '.join(reports)}")
    n = screening.remove(session.review, act, [record_id(each) for each in reports], why, automatic=automatic)
    session.answer(
        {"n_removed": n}, [f"{counted(n, 'report')} removed before screening: {why}"], "reviewflow undo, if wrong"
    )


@app.command("conflicts")
def conflicts(
    stage: Annotated[str, typer.Option("--stage", help="Only this stage.")] = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """List disagreements. Votes are shown, without names, once both have reconsidered; exit 1 while there are any."""
    from reviewflow.workflow import adjudication

    session = Session(as_name, review, as_json=as_json)
    found = adjudication.conflicts(session.review, session.viewer, stage_of(stage) if stage else None)
    lines = []
    for each in found:
        waits = {"cross_check": "at the cross-check", "adjudication": "for the adjudicator"}[each.state]
        lines.append(f"p{each.report}  {each.stage}  {waits}  {shortened(each.title, 70)}")
        if each.waits_for_viewer:
            lines.append(f"    you said {each.mine}; go over it again: reviewflow screen --stage {each.stage}")
        lines += map(opinion_line, each.opinions)
    value = {"conflicts": [{**asdict(each), "report": f"p{each.report}"} for each in found]}
    mine = [each for each in found if each.waits_for_viewer]
    waiting = any(each.state == "adjudication" for each in found)
    own = f"reviewflow screen --stage {mine[0].stage}" if mine else ""
    next_step = own or ("reviewflow screen resolve pN VERDICT, as an adjudicator" if waiting else "")
    session.answer(value, lines or ["No conflicts."], next_step)
    if found:
        raise typer.Exit(1)


@app.command("resolve")
def resolve(
    report: Annotated[str, typer.Argument(metavar="pN", help="A report in conflict; or a CSV of resolutions.")],
    verdict: Annotated[str, typer.Argument(help="include or exclude; awaiting or ongoing at full text.")] = "",
    stage: StageName = "title_abstract",
    reason: Annotated[str, typer.Option(help="Id of the exclusion reason; needed at full text.")] = "",
    note: Annotated[str, typer.Option(help="A note that goes with it.")] = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Settle a conflict as adjudicator, or all those of a CSV file."""
    from reviewflow.workflow import adjudication, decision_files

    session = Session(as_name, review, as_json=as_json)
    at = stage_of(stage)
    decisions: Mapping[Stage, list[Decision]]
    if report.lower().endswith(".csv"):
        path = Path(report)
        decisions = decision_files.read(session.review, path.name, read_text(path), at)
    elif verdict:
        decisions = {at: [_decision(report, verdict, reason, note)]}
    elif on_terminal():
        decisions = {at: [_decision(report, ask("verdict:") or "", reason, note)]}
    else:
        raise UsageError("it is not said what to resolve it to", f"reviewflow screen resolve {report} include")
    n = 0
    for each, given in decisions.items():
        n += adjudication.resolve(session.review, session.act(f"screen resolve {report}"), each, given).n_new
    session.answer({"n_resolved": n}, [f"{counted(n, 'conflict')} resolved."], "reviewflow status")

"""`screen`: plain prompts, and votes, conflicts and resolutions one by one or from a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli import adjudication, agreement, simulate, stopping
from reviewflow.cli.options import AsJson, AsName, Plain, ReviewDir, StageName
from reviewflow.cli.prompts import ask_verdict, opinion_line, report_lines
from reviewflow.cli.session import Session, ask, on_terminal, read_bytes, read_text, shortened, stage_of, write_text
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, ReviewflowError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.screening import Stage
    from reviewflow.workflow.foreign_votes import Found
    from reviewflow.workflow.screening import Decision, ToScreen

app = typer.Typer(invoke_without_command=True, help="Screen titles and abstracts, then full texts.")
app.command("simulate")(simulate.simulate)
app.command("stop")(stopping.stop)
app.command("adjudicate")(adjudication.adjudicate)
app.command("agreement")(agreement.agreement)

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
    from reviewflow.workflow import screening

    session = Session(as_name, review, as_json=as_json)
    at = stage_of(stage)
    name = session.act("screen").reviewer
    if not plain and not as_json and screens.can_show():
        screens.screen(session, at)
        return
    queue = screening.waiting(session.review, name, at)
    shown = screening.shown_to_screen(session.review, queue)
    if as_json:
        waiting = [{"report": f"p{each.report}", "title": each.record.title} for each in shown]
        session.answer({"stage": at, "waiting": waiting})
        return
    n = 0
    for place, each in enumerate(shown, 1):
        for line in report_lines(each, place, len(queue)):
            typer.echo(line)
        said = ask_verdict(session.review.protocol.reasons if at == "full_text" else ())
        if said is None:
            break
        if said:
            n += _cast_one(session, at, each, said)
    left = len(queue) - n
    words = f"{counted(n, 'vote')} kept, {left} reports wait." if queue else f"Nothing waits for {name} at {at}."
    session.answer({"n": n}, [words], "reviewflow status")


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


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV: record (or source and accession), stage, verdict, reason, note; "
            "or an export with decisions of Rayyan, ASReview or Covidence."
        ),
    ],
    stage: Annotated[
        str, typer.Option("--stage", help="Take only the rows of this stage; of an export, the stage that it is of.")
    ] = "",
    person: Annotated[
        str, typer.Option("--person", help="Your name in an export that has the decisions of several.")
    ] = "",
    verdict: Annotated[
        str, typer.Option("--verdict", help="What an export means by a record on which it says nothing itself.")
    ] = "",
    skip_unmatched: Annotated[
        bool, typer.Option("--skip-unmatched", help="Leave out decisions on records that are not known for certain.")
    ] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Take in one reviewer's votes from a file, all of them or none. The same file twice changes nothing.

    Records of an export are known by our own ids, else by DOI, PubMed or accession number, else by title and year; when
    one is not known for certain, nothing is taken in.
    """
    from reviewflow.workflow import decision_files, foreign_votes, screening

    session = Session(as_name, review, as_json=as_json)
    content = read_bytes(file)
    value: dict[str, int] = {}
    if decision_files.is_table_of_votes(content):
        if person or verdict or skip_unmatched:
            raise UsageError(f"{file} is a table of votes on ids", "leave --person, --verdict, --skip-unmatched out")
        by_stage = decision_files.read(session.review, file.name, read_text(file), stage_of(stage) if stage else None)
    else:
        at = stage_of(stage or "title_abstract")
        otherwise = decision_files.verdict_of(verdict) if verdict else None
        who = session.act("screen import").reviewer
        found = foreign_votes.read(
            session.review, file.name, content, who, person=person, stage=at, otherwise=otherwise
        )
        _tell_unmatched(file, found, skip=skip_unmatched)
        by_stage = {at: list(found.decisions)}
        value = {"n_unmatched": len(found.unmatched), "n_undecided": found.n_undecided}
    if len(by_stage) > 1:
        raise UsageError(f"{file} has votes of two stages", "take one after the other: --stage title_abstract")
    n_new = n_same = 0
    for each, decisions in by_stage.items():
        done = screening.vote(session.review, session.act(f"screen import {file.name}"), each, decisions)
        n_new, n_same = n_new + done.n_new, n_same + done.n_same
    lines = [f"{counted(n_new, 'vote')} new, {n_same} stood already."]
    if value:
        lines.append(f"{value['n_undecided']} records without a decision, {value['n_unmatched']} left out.")
    session.answer({"n_new": n_new, "n_same": n_same, **value}, lines, "reviewflow status")


def _tell_unmatched(file: Path, found: Found, *, skip: bool) -> None:
    """List the decisions that could not be matched.

    Raises:
        InputError: There are any, and they are not to be skipped.
    """
    from reviewflow.workflow.foreign_votes import listed

    for line in listed(found.unmatched):
        typer.echo(line, err=True)
    if found.unmatched and not skip:
        n, of = len(found.unmatched), len(found.unmatched) + len(found.decisions)
        raise InputError(
            f"{n} of {of} decisions in {file.name} are on records that are not known for certain: nothing was taken in",
            "import the records first; or take in the others: --skip-unmatched",
        )


@app.command("export")
def export(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else stdout.")] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write your own votes as CSV; nobody else's."""
    from reviewflow.workflow import decision_files

    session = Session(as_name, review, as_json=as_json)
    text, n = decision_files.write(session.review, session.act("screen export").reviewer)
    if output is None:
        session.answer({"n_votes": n}, [text.rstrip()])
        return
    write_text(output, text)
    session.answer({"n_votes": n, "file": str(output)}, [f"Wrote {counted(n, 'vote')} to {output}."])


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

"""`grade`: how certain the evidence of each synthesis is, and the summary of findings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, write_bytes
from reviewflow.domain.words import counted
from reviewflow.errors import StateError, UsageError

if TYPE_CHECKING:
    from reviewflow.workflow.grade import Graded

app = typer.Typer(no_args_is_help=True, help="Certainty of the evidence (GRADE).")

Judge = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DOMAIN=STEP:REASON",
        help='A domain, e.g. "imprecision=serious: few events"; "inconsistency=0"; repeatable.',
    ),
]


@app.command("set")
def set_(
    name: Annotated[str, typer.Argument(metavar="OUTCOME", help="A planned synthesis, or the endpoint of just one.")],
    judge: Judge = None,
    start: Annotated[str | None, typer.Option(help="Where it starts, high or low; else by the designs.")] = None,
    robins_i: Annotated[
        bool | None,
        typer.Option("--robins-i/--no-robins-i", help="Not randomised, appraised with ROBINS-I: starts high."),
    ] = None,
    importance: Annotated[str | None, typer.Option(help="critical, important or less important.")] = None,
    assumed_risk: Annotated[
        float | None, typer.Option(help="Risk without the intervention, 0 to 1; else the control groups' median.")
    ] = None,
    risk_source: Annotated[str | None, typer.Option(help="Where the assumed risk comes from.")] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Judge the evidence of an outcome, domain by domain.

    Domains that rate down: risk_of_bias, inconsistency, indirectness, imprecision, publication_bias. Domains that rate
    up: large_effect, dose_response, opposing_confounding. A step needs its reason. What is not said stays as it was.
    """
    from reviewflow.workflow import grade

    session = Session(as_name, review, as_json=as_json)
    setting = grade.Setting(
        judgements=tuple(judge or ()),
        start=start,
        robins_i=robins_i,
        importance=importance,
        assumed_risk=assumed_risk,
        risk_source=risk_source,
    )
    done = grade.set_certainty(session.review, session.act(f"grade set {name}"), name, setting)
    session.answer(done.to_json(), _lines(done), "reviewflow grade table")


@app.command("show")
def show(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[OUTCOME...]", help="Only these; else all that were judged.")
    ] = None,
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the certainty of each outcome with the reasons."""
    from reviewflow.workflow import grade

    session = Session("", review, as_json=as_json)
    found = grade.graded(session.review, names or [])
    lines = [line for each in found for line in _lines(each)]
    value = {"outcomes": [each.to_json() for each in found]}
    session.answer(value, lines or ["Nothing is graded yet."], "reviewflow grade set OUTCOME --judge ...")


def _lines(each: Graded) -> list[str]:
    """An outcome in words: its level, the steps with their reasons, what is open, what is against the rules."""
    starts = f"starts {each.certainty.start}, {'' if each.certainty.randomised else 'not '}all randomised"
    lines = [f"{each.plan.name} ({each.plan.endpoint}): {each.rated.symbol} {each.rated.level}; {starts}"]
    lines += [f"    {reason}" for reason in each.reasons]
    if each.rated.open:
        lines.append(f"    not judged yet: {', '.join(each.rated.open)}")
    return lines + [f"    warning: {warning}" for warning in each.rated.warnings]


@app.command("table")
def table(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[OUTCOME...]", help="Only these; else all that were judged.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="csv, md, html or docx; else by the file's ending.")] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else stdout.")] = None,
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write the summary of findings, with absolute effects per 1000."""
    from reviewflow.workflow.findings_files import WRITERS
    from reviewflow.workflow.summary_of_findings import summary

    session = Session("", review, as_json=as_json)
    kind = format_ or (output.suffix.removeprefix(".").lower() if output else "md")
    if kind not in WRITERS:
        raise UsageError(f"{kind!r} is no format of a summary of findings", f"one of: {', '.join(WRITERS)}")
    found = summary(session.review, names or [])
    if not found.rows:
        raise StateError("no outcome is graded yet", "reviewflow grade set OUTCOME --judge ..., or name the outcomes")
    content = WRITERS[kind](found)
    value = {"rows": [row.to_json() for row in found.rows], "footnotes": dict(found.footnotes)}
    if output is None:
        if kind == "docx":
            raise UsageError("a Word document does not go to a terminal", "name the file: -o FILE.docx")
        session.answer(value, [content.decode().rstrip("\n")])
        return
    write_bytes(output, content)
    session.answer({**value, "file": str(output)}, [f"Wrote {counted(len(found.rows), 'outcome')} to {output}."])

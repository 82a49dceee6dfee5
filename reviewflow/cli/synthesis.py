"""`pool`: the syntheses that the protocol plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli import pool_file
from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, table
from reviewflow.errors import InputError, StateError

if TYPE_CHECKING:
    from reviewflow.workflow.synthesis import Synthesis

app = typer.Typer(no_args_is_help=True, help="Synthesis: pooled results.")
app.command("file")(pool_file.file)


@app.command("plan")
def plan(review: ReviewDir = None, as_json: AsJson = False) -> None:
    """List the planned syntheses, and what keeps each from being pooled."""
    from reviewflow.workflow import synthesis

    session = Session("", review, as_json=as_json)
    found = synthesis.run(session.review)
    rows = [
        [each.plan.name, each.plan.endpoint, each.plan.measure, each.plan.model, each.refusal or "ready"]
        for each in found
    ]
    value = {"syntheses": [{"name": e.plan.name, "ready": not e.refusal, "refused": e.refusal} for e in found]}
    lines = table(rows, ["name", "endpoint", "measure", "model", "state"]) if rows else ["None planned: [[synthesis]]."]
    session.answer(value, lines)


@app.command("run")
def run(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Planned syntheses; else all.")] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Pool the agreed results. What is incomplete is refused, with the unknown cells. Exit 1 when any was refused."""
    from reviewflow.workflow import synthesis

    session = Session(as_name, review, as_json=as_json)
    act = session.act(f"pool run {' '.join(names or [])}".strip())
    found = synthesis.run(session.review, act, names or [])
    lines = [line for each in found for line in words_of(each)]
    session.answer({"syntheses": [each.to_json() for each in found]}, lines or ["The protocol plans no synthesis."])
    if any(each.refusal for each in found):
        raise typer.Exit(1)


def words_of(each: Synthesis) -> list[str]:
    """A synthesis in words: the result and what must be known of it, or why it was refused."""
    name = f"{each.plan.name} ({each.plan.endpoint})"
    if each.result is None:
        return [f"{name}: not pooled; {each.refusal}"]
    return [f"{name}: {each.result.words()}", *(f"    {warning}" for warning in each.warnings)]


@app.command("forest")
def forest(
    name: Annotated[str, typer.Argument(help="A planned synthesis.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write: .svg, .pdf or .png.")] = Path(
        "forest.svg"
    ),
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Draw the forest plot of a synthesis."""
    from reviewflow.workflow import synthesis

    session = Session("", review, as_json=as_json)
    each = synthesis.run(session.review, None, [name])[0]
    if each.result is None:
        raise StateError(f"{name} is not pooled: {each.refusal}", "reviewflow pool plan")
    try:
        synthesis.draw_forest(each, output)
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror}", "choose another name: -o FILE") from error
    session.answer({"file": str(output), "synthesis": each.to_json()}, [f"Drew {output}: {each.result.words()}"])

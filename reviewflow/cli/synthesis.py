"""`pool`: the syntheses that the protocol plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli import pool_blocks as blocks
from reviewflow.cli import pool_figures as figures
from reviewflow.cli import pool_file, pool_report, r_files
from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.pool_words import block_lines, lines_of
from reviewflow.cli.session import Session, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.pooling import Pooled
    from reviewflow.workflow.pool_figures import Figure, Look
    from reviewflow.workflow.synthesis import Synthesis

app = typer.Typer(no_args_is_help=True, help="Synthesis: pooled results.")
app.command("file")(pool_file.file)
app.command("export-r")(r_files.export_r)
app.command("report")(pool_report.report)
app.command("explain")(pool_report.explain)


@app.command("plan")
def plan(review: ReviewDir = None, as_json: AsJson = False) -> None:
    """List the planned syntheses and what keeps each from a pool."""
    from reviewflow.workflow import synthesis

    session = Session("", review, as_json=as_json)
    found = synthesis.run(session.review)
    header = ["name", "endpoint", "measure", "model", "also", "state"]
    rows = [[e.plan.name, e.plan.endpoint, e.plan.measure, e.plan.model, _also(e), _state(e)] for e in found]
    if not any(row[4] for row in rows):
        header, rows = [*header[:4], header[5]], [[*row[:4], row[5]] for row in rows]
    value = {
        "syntheses": [
            {"name": e.plan.name, "ready": not e.refusal, "refused": e.refusal, "not_done": list(e.not_done)}
            for e in found
        ]
    }
    lines = table(rows, header) if rows else ["None planned: [[synthesis]]."]
    lines += [f"{e.plan.name}: {words}" for e in found for words in e.not_done]
    is_ready = any(not each.refusal for each in found)
    session.answer(value, lines, "reviewflow pool run" if is_ready else "reviewflow extract template -o outcomes.csv")


def _also(each: Synthesis) -> str:
    """What is planned beside the pool."""
    swim = ["SWiM"] if each.plan.swim else []
    bias = [f"risk of bias ({', '.join(each.plan.risk_of_bias)})"] if each.plan.risk_of_bias else []
    return ", ".join([*bias, *swim])


def _state(each: Synthesis) -> str:
    return each.refusal or ("ready in part" if each.not_done else "ready")


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
    following = "reviewflow pool report" if any(each.result for each in found) else "reviewflow pool plan"
    shown = lines or ["The protocol plans no synthesis."]
    session.answer({"syntheses": [each.to_json() for each in found]}, shown, following)
    if any(each.refusal or each.not_done for each in found):
        raise typer.Exit(1)


def words_of(each: Synthesis) -> list[str]:
    """A synthesis in words: the result and what must be known of it, or why it was refused."""
    name = f"{each.plan.name} ({each.plan.endpoint})"
    printed = [f"    In print, {fault.words}." for fault in each.faults]
    if each.result is None:
        return [f"{name}: not pooled; {each.refusal}", *printed]
    blocks = (line for line in block_lines(each.result.to_json()) if line)
    lacking = (f"{words[0].upper()}{words[1:]}." for words in each.not_done)
    below = (f"    {line}" for line in (*each.warnings, *lacking))
    return [f"{name}: {each.result.words()}", *below, *printed, *(f"    {line}" for line in blocks)]


@app.command("forest")
def forest(
    name: Annotated[str, typer.Argument(help="A planned synthesis.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write: .svg, .pdf or .png.")] = Path(
        "forest.svg"
    ),
    layout: figures.Layout = "reviewflow",
    title: figures.Title = "",
    favours: figures.Favours = None,
    decimals: figures.Decimals = 2,
    judgements: figures.Judgements = None,
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Draw the forest plot of a synthesis."""
    session = Session("", review, as_json=as_json)
    each, result = _pooled(session, name)
    look = figures.look_of(
        result, layout=layout, title=title, favours=favours, decimals=decimals, judgements=judgements
    )
    _draw(session, each, "forest", output, look)


@app.command("direction")
def direction(
    name: Annotated[str, typer.Argument(help="A planned synthesis.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write: .svg, .pdf or .png.")] = Path(
        "direction.svg"
    ),
    title: figures.Title = "",
    favours: figures.Favours = None,
    decimals: figures.Decimals = 2,
    judgements: figures.Judgements = None,
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Draw on which side of no effect each study lies."""
    from reviewflow.workflow.synthesis_blocks import with_blocks

    session = Session("", review, as_json=as_json)
    each = with_blocks(_pooled(session, name)[0], swim=True)
    look = figures.look_of(each.pooled(), title=title, favours=favours, decimals=decimals, judgements=judgements)
    _draw(session, each, "effect_direction", output, look)


@app.command("funnel")
def funnel(
    name: Annotated[str, typer.Argument(help="A planned synthesis.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write: .svg, .pdf or .png.")] = Path(
        "funnel.svg"
    ),
    title: figures.Title = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Draw the funnel plot of a synthesis."""
    session = Session("", review, as_json=as_json)
    each, result = _pooled(session, name)
    _draw(session, each, "funnel", output, figures.look_of(result, title=title))


def _pooled(session: Session, name: str) -> tuple[Synthesis, Pooled]:
    """A planned synthesis with its result.

    Raises:
        StateError: It is refused.
    """
    from reviewflow.workflow import synthesis

    each = synthesis.run(session.review, None, [name])[0]
    return each, each.pooled()


def _draw(session: Session, each: Synthesis, figure: Figure, output: Path, look: Look) -> None:
    """Draw a figure of a synthesis, and say so."""
    result = each.pooled()
    list(figures.draw_all({figure: output}, result, each.named_in(look)))
    session.answer({"file": str(output), "synthesis": each.to_json()}, [f"Drew {output}: {result.words()}"])


@app.command("bias")
def bias(
    name: Annotated[str, typer.Argument(help="A planned synthesis.")],
    small_study: blocks.SmallStudy = "egger,begg",
    trim_and_fill: blocks.TrimAndFill = None,
    funnel: figures.Funnel = None,
    radial: figures.Radial = None,
    title: figures.Title = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Test a synthesis for small-study effects."""
    from reviewflow.workflow.synthesis_blocks import with_blocks

    session = Session("", review, as_json=as_json)
    targets = figures.targets(funnel=funnel, radial=radial)
    each, _ = _pooled(session, name)
    each = with_blocks(each, small_study=blocks.tests_of(small_study), trim_and_fill=trim_and_fill or ())
    _answer(session, each, targets, title)


@app.command("sensitivity")
def sensitivity(
    name: Annotated[str, typer.Argument(help="A planned synthesis.")],
    forest_leave_one_out: figures.LeaveOneOut = None,
    baujat: figures.Baujat = None,
    labbe: figures.Labbe = None,
    title: figures.Title = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Pool a synthesis without each study in turn. Shows each one's influence too."""
    from reviewflow.workflow.synthesis_blocks import with_blocks

    session = Session("", review, as_json=as_json)
    targets = figures.targets(forest_leave_one_out=forest_leave_one_out, baujat=baujat, labbe=labbe)
    each, _ = _pooled(session, name)
    _answer(session, with_blocks(each, leave_one_out=True, influence=True), targets, title)


def _answer(session: Session, each: Synthesis, targets: Mapping[Figure, Path], title: str) -> None:
    """A synthesis with its blocks, in words or as JSON, and its figures."""
    result = each.pooled()
    look = each.named_in(figures.look_of(result, title=title))
    files: dict[str, str] = {figure: str(file) for figure, file in figures.draw_all(targets, result, look)}
    drawn = [f"Drew {file}." for file in files.values()]
    session.answer({**each.to_json(), **files}, [*lines_of(result, result.to_json()), *drawn])

"""`export data`: the agreed data in the layouts of other programs, or as a data package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli import export
from reviewflow.cli.options import AsJson, ReviewDir
from reviewflow.cli.session import Session
from reviewflow.domain.words import counted
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from reviewflow.workflow.handoff import File, HandedOn

_MOST_NAMED = 20


@export.app.command("data")
def data(
    layout: Annotated[
        str,
        typer.Option(metavar="NAME", help="metafor, meta, stata, revman5, revman-web, robvis, srdr, long or package."),
    ],
    synthesis: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this planned synthesis; repeatable. Else all that fit."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File to write; a folder where there are several. Else stdout."),
    ] = None,
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write the agreed results for another program.

    Each cell is derived from an answer that is data and on which the extractors agree. What is not known, or not
    agreed, is named on stderr and left empty.
    """
    from reviewflow.workflow import handoff

    session = Session("", review, as_json=as_json)
    id_ = output.stem.removesuffix("-data") if output else "review"
    made = handoff.hand_on(session.review, layout, synthesis or [], id_)
    value = {
        "layout": layout,
        "files": [{"name": file.name, "n_rows": file.n_rows} for file in made.files],
        "empty": [
            {"study": e.study, "arm": e.arm, "endpoint": e.endpoint, "timepoint": e.timepoint, "field": e.field}
            | {"why": e.why}
            for e in made.empty
        ],
        "notes": list(made.notes),
    }
    if output is None:
        session.answer(value, [_only(made).content.decode().rstrip("\n")])
        if not as_json:
            for line in _remarks(made):
                typer.echo(line, err=True)
        return
    written = _write(made, output)
    session.answer({**value, "file": str(output)}, [f"Wrote {written}.", *_remarks(made)])


def _only(made: HandedOn) -> File:
    """The one file, which may go to stdout."""
    if made.archive or len(made.files) > 1:
        what = "a zip" if made.archive else counted(len(made.files), "file")
        raise UsageError(f"this layout is {what}", "name where it goes: -o FILE.zip, or -o DIR for several files")
    return made.files[0]


def _write(made: HandedOn, output: Path) -> str:
    """Write the files; gives what was written, in words."""
    from reviewflow.workflow.handoff import zipped

    if made.archive:
        export.keep(output.parent, output.name, zipped(made.files))
        return f"{counted(len(made.files), 'file')} in {output}"
    if len(made.files) == 1 and not output.is_dir():
        export.keep(output.parent, output.name, made.files[0].content)
        return f"{counted(made.files[0].n_rows, 'row')} to {output}"
    for file in made.files:
        export.keep(output, file.name, file.content)
    return f"{counted(len(made.files), 'file')} to {output}"


def _remarks(made: HandedOn) -> list[str]:
    """How the files are read elsewhere, and which cells are empty."""
    named = [f"empty: {cell.words}" for cell in made.empty[:_MOST_NAMED]]
    if len(made.empty) > _MOST_NAMED:
        named.append(f"empty: {len(made.empty) - _MOST_NAMED} further cells; --json names them all")
    return [*made.notes, *named]

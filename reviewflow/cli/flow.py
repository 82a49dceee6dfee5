"""`flow`: the diagram, computed and checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, read_text, table, write_text
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from reviewflow.workflow.flow import Flow

app = typer.Typer(no_args_is_help=True, help="The PRISMA flow diagram.")

Prisma = Annotated[str, typer.Option("--prisma", help="2009 or 2020; else what the protocol says.")]
Format = Annotated[str, typer.Option("--format", help="text, svg, pdf, png, csv, json or mermaid.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="File to write; its ending gives the format.")]

_PICTURES = ("svg", "pdf", "png")
_FORMATS = ("text", *_PICTURES, "csv", "json", "mermaid")


@app.command("show")
def show(
    prisma: Prisma = "",
    format_: Format = "",
    output: Output = None,
    freeze: Annotated[str, typer.Option(help="Keep the counts under this name, as what was published.")] = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the flow of the review. Every count is computed from decisions. A draft says so."""
    from reviewflow.workflow import flow

    session = Session(as_name, review, as_json=as_json)
    edition = _edition(prisma or session.review.protocol.prisma)
    if freeze:
        found = flow.freeze(session.review, session.act(f"flow show --freeze {freeze}"), freeze)
    else:
        found = flow.compute(session.review, session.viewer)
    _render(session, found, edition, _format(format_, output, session), output)


@app.command("file")
def file(
    counts: Annotated[
        Path, typer.Argument(metavar="COUNTS.toml", readable=False, help="Counts as a publication prints them.")
    ],
    prisma: Prisma = "",
    format_: Format = "",
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Draw and check a diagram from counts alone, without a review. Exit 1 when its arithmetic is wrong."""
    from reviewflow.workflow import flow

    session = Session(as_json=as_json)
    text = read_text(counts)
    found = flow.from_file(counts.name, text)
    edition = _edition(prisma or ("2009" if 'template = "2009"' in text else "2020"))
    _render(session, found, edition, _format(format_, output, session), output)
    if found.failed:
        raise typer.Exit(1)


@app.command("compare")
def compare(
    name: Annotated[str, typer.Argument(help="Name that the counts were kept under.")],
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Compare the counts with those kept under a name. Exit 1 when they differ."""
    from reviewflow.workflow import flow

    session = Session(as_name, review, as_json=as_json)
    found = flow.compare(session.review, name, session.viewer)
    rows = [[key, str(then), str(now)] for key, (then, now) in found.items()]
    lines = table(rows, ["count", name, "now"]) if rows else [f"The same counts as {name}."]
    session.answer({"differences": {key: list(both) for key, both in found.items()}}, lines)
    if rows:
        raise typer.Exit(1)


def _edition(name: str) -> Literal["2009", "2020"]:
    if name == "2009":
        return "2009"
    if name == "2020":
        return "2020"
    raise UsageError(f"{name!r} is no edition of PRISMA", "2009 or 2020")


def _format(given: str, output: Path | None, session: Session) -> str:
    if session.as_json:
        return "json"
    ending = output.suffix.lstrip(".").lower() if output is not None else ""
    wanted = given or {"txt": "text", "mmd": "mermaid", "md": "mermaid"}.get(ending, ending) or "text"
    if wanted not in _FORMATS:
        raise UsageError(f"{wanted!r} is no format of the diagram", f"one of: {', '.join(_FORMATS)}")
    return wanted


def _render(session: Session, found: Flow, edition: Literal["2009", "2020"], format_: str, output: Path | None) -> None:
    if format_ in _PICTURES:
        _draw(session, found, edition, format_, output)
        return
    if format_ == "json" and output is None:
        session.as_json = True
        session.answer(found.to_json())
        return
    text = _text(found, edition, format_)
    if output is not None:
        write_text(output, text)
        session.answer({**found.to_json(), "file": str(output)}, [f"Wrote {output}."])
        return
    if format_ == "text":
        session.answer({}, [text.rstrip("\n"), "", *_check_lines(found)])
        return
    session.answer({}, [text.rstrip("\n")])


def _text(found: Flow, edition: Literal["2009", "2020"], format_: str) -> str:
    from reviewflow.domain.flow.exchange import to_mermaid, to_prisma2020_csv, to_text
    from reviewflow.workflow.flow import diagram

    if format_ == "csv":
        return to_prisma2020_csv(found.counts)
    if format_ == "json":
        return json.dumps(found.to_json(), ensure_ascii=False, indent=2) + "\n"
    return (to_mermaid if format_ == "mermaid" else to_text)(diagram(found, edition))


def _check_lines(found: Flow) -> list[str]:
    wrong = [check for check in found.checks if check.ok is False]
    good = sum(check.ok is True for check in found.checks)
    open_ = sum(check.ok is None for check in found.checks)
    lines = [f"Arithmetic: {good} checks passed, {len(wrong)} failed, {open_} not applicable."]
    return lines + [f"  {check.level} {check.id}: {check.words}" for check in wrong]


def _draw(session: Session, found: Flow, edition: Literal["2009", "2020"], format_: str, output: Path | None) -> None:
    from reviewflow.errors import InputError
    from reviewflow.workflow import flow

    kind: Literal["svg", "pdf", "png"] = "svg" if format_ == "svg" else "pdf" if format_ == "pdf" else "png"
    if output is None:
        if kind != "svg":
            raise UsageError(f"a {kind} does not go to the terminal", f"name a file: -o flow.{kind}")
        import io

        stream = io.BytesIO()
        flow.draw(found, stream, kind, edition)
        session.answer({}, [stream.getvalue().decode("utf-8").rstrip("\n")])
        return
    try:
        flow.draw(found, output, kind, edition)
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror}", "choose another name: -o FILE") from error
    draft = " It is a DRAFT: decisions are open." if found.counts.draft else ""
    session.answer({**found.to_json(), "file": str(output)}, [f"Drew the PRISMA {edition} diagram to {output}.{draft}"])

"""`export`: hands the review's contents on to other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, stage_of, write_text, written
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from reviewflow.domain.screening import State
    from reviewflow.workflow.export import Wanted

app = typer.Typer(no_args_is_help=True, help="Hand the review's contents on.")

Output = Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else stdout.")]


@app.command("records")
def export_records(
    format_: Annotated[
        str, typer.Option("--format", help="csv, ris, nbib, bibtex, csl_json or endnote_xml; else what suits best.")
    ] = "",
    target: Annotated[
        str, typer.Option("--for", metavar="PROGRAM", help="asreview, rayyan, covidence, zotero or srdr.")
    ] = "",
    stage: Annotated[
        str, typer.Option("--stage", help="Only reports at this stage: title_abstract or full_text.")
    ] = "",
    state: Annotated[
        str,
        typer.Option(
            "--state", help="Only those that stand so at the stage, as you may see it: pending, included, excluded, ..."
        ),
    ] = "",
    all_records: Annotated[
        bool, typer.Option("--all-records", help="Every record as it came; else one for each report, its best fields.")
    ] = False,
    votes: Annotated[
        bool, typer.Option("--votes", help="With your own votes at the stage, and nobody else's.")
    ] = False,
    verbatim: Annotated[
        bool,
        typer.Option("--verbatim", help="The original bytes, in a file for each search export; -o names a folder."),
    ] = False,
    output: Output = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write records, one for each report.

    They bear ids by which they are known when they come back. Without --format and --for it is a CSV with the ids of
    the review, the report of each record and its fields. A report of several records is written with the fields that
    dedup show gives, and the CSV says from which record each is; --all-records gives every record as it came.
    """
    from reviewflow.workflow import export

    session = Session(as_name, review, as_json=as_json)
    at = stage_of(stage or "title_abstract") if stage or state else None
    votes_of = session.act("export records").reviewer if votes else ""
    wanted = export.Wanted(format_, target, at, _state_of(state) if state else None, all_records, votes_of)
    if verbatim:
        _verbatim(session, wanted, output)
        return
    made = export.records_text(session.review, wanted, session.viewer)
    value = {"n_records": made.n_records, "format": made.format}
    notes = []
    if target == "covidence" and made.n_records > export.COVIDENCE_TAKES:
        notes = [f"note: Covidence takes at most {export.COVIDENCE_TAKES:,} records in a file"]
    _out(session, output, made.text, {**value, "notes": notes}, counted(made.n_records, "record"), notes)


def _state_of(name: str) -> State:
    from reviewflow.domain.screening import State

    wanted = name.lower().replace("-", "_")
    if wanted not in {str(state) for state in State}:
        raise UsageError(f"{name!r} is no state of a report", f"one of: {', '.join(State)}")
    return State(wanted)


def _verbatim(session: Session, wanted: Wanted, folder: Path | None) -> None:
    from reviewflow.workflow import export

    if wanted.format or wanted.target or wanted.votes_of:
        raise UsageError("--verbatim gives the original bytes: nothing can be added to them", "leave the others out")
    if folder is None:
        raise UsageError("--verbatim writes a file for each search export", "name the folder: -o DIR")
    cuttings = export.verbatim(session.review, wanted, session.viewer)
    for cutting in cuttings:
        keep(folder, cutting.name, cutting.content)
    files = [{"file": str(folder / each.name), "n_records": each.n_records} for each in cuttings]
    lines = [f"Wrote {counted(each.n_records, 'record')} to {folder / each.name}." for each in cuttings]
    value = {"n_records": sum(each.n_records for each in cuttings), "files": files}
    session.answer(value, lines or ["No records."])


def keep(folder: Path, name: str, content: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        InputError: It is there with another content, or cannot be written.
    """
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes() != content:
            raise InputError(f"{path} is there already and holds something else", "name another folder: -o DIR")
        path.write_bytes(content)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "name another folder: -o DIR") from error


@app.command("flow")
def export_flow(
    output: Output = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write the counts of the flow as CSV for the PRISMA2020 R package."""
    from reviewflow.domain.flow.exchange import to_prisma2020_csv
    from reviewflow.workflow import flow

    session = Session(as_name, review, as_json=as_json)
    found = flow.compute(session.review, session.viewer)
    _out(session, output, to_prisma2020_csv(found.counts), found.to_json(), "the counts of the flow", [])


@app.command("changes")
def export_changes(
    shared: Annotated[
        bool, typer.Option("--shared", help="Also what others did before their first vote: searches, duplicates.")
    ] = False,
    full_texts: Annotated[
        bool, typer.Option("--full-texts", help="With attached full texts; search exports always go along.")
    ] = False,
    output: Output = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write your changes for colleagues' copies.

    They take them in with reviewflow sync. Others' votes are never in the file. Yours are, as plain text: the screens
    keep them hidden until the rule opens them, a text editor does not.
    """
    from reviewflow.workflow import sync

    session = Session(as_name, review, as_json=as_json)
    reviewer = session.act("export changes").reviewer
    choice = {"shared": shared, "full_texts": full_texts}
    if output is None and not as_json:
        sync.export_changes(session.review, reviewer, lambda line: typer.echo(line, nl=False), **choice)
        return
    if output is None:
        raise UsageError("--json says what was written, and not the changes", "name the file: -o FILE")
    with written(output) as stream:
        made = sync.export_changes(session.review, reviewer, stream.write, **choice)
    value = {"n_changes": made.n_changes, "n_own": made.n_own, "n_files": made.n_files, "file": str(output)}
    files = f" and {counted(made.n_files, 'file')}" if made.n_files else ""
    session.answer(
        value,
        [f"Wrote {counted(made.n_changes, 'change')}{files} to {output}."],
        f"reviewflow sync {output.name}, in a colleague's copy",
    )


def _out(session: Session, output: Path | None, text: str, value: dict[str, Any], what: str, notes: list[str]) -> None:
    if output is None:
        session.answer(value, [text.rstrip("\n")])
        for note in notes:
            typer.echo(note, err=True)
        return
    write_text(output, text)
    session.answer({**value, "file": str(output)}, [f"Wrote {what} to {output}.", *notes])

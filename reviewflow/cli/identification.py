"""`search`, `import` and `export`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, progress_bar, read_bytes, table, write_text
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.workflow.identification import Imported

app = typer.Typer(no_args_is_help=True, help="The search log: one entry for each source searched.")
export = typer.Typer(no_args_is_help=True, help="Hand the review's contents on.")


@app.command("add")
def search_add(
    source: Annotated[str, typer.Argument(help="Database, register or other source.")],
    kind: Annotated[
        str, typer.Option(help="database, register, website, organisation, citation, contact or other.")
    ] = "database",
    platform: Annotated[str, typer.Option(help="The interface, as Ovid or Embase.com.")] = "",
    strategy: Annotated[str, typer.Option(help="The search as it was run, word for word.")] = "",
    limits: Annotated[str, typer.Option(help="Limits and filters.")] = "",
    date: Annotated[str, typer.Option(help="Day of the search, YYYY-MM-DD.")] = "",
    expect: Annotated[int | None, typer.Option(min=0, help="Records that the source showed.")] = None,
    note: Annotated[str, typer.Option(help="Anything else.")] = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Log a search."""
    from reviewflow.storage.records import Search
    from reviewflow.workflow import identification

    session = Session(as_name, review, as_json=as_json)
    new = Search(0, source, kind, platform, strategy, limits, _day(date), expect, note)
    made = identification.add_search(session.review, session.act(f"search add {source}"), new)
    session.answer(
        {"search": asdict(made)},
        [f"Logged search {made.id}: {made.source} ({made.kind})."],
        f'reviewflow import FILE --search {made.id} --source "{made.source}"',
    )


def _day(text: str) -> str:
    from datetime import date

    if text:
        try:
            date.fromisoformat(text)
        except ValueError as error:
            raise UsageError(f"{text!r} is no day", "write it as 2022-07-16") from error
    return text


@app.command("list")
def search_list(review: ReviewDir = None, as_json: AsJson = False) -> None:
    """List the searches with their numbers of records."""
    from reviewflow.workflow import identification

    session = Session("", review, as_json=as_json)
    found = identification.list_searches(session.review)
    rows = [
        [
            str(s.id),
            s.source,
            s.kind,
            s.searched_on,
            str(s.n_records),
            "" if s.n_expected is None else str(s.n_expected),
        ]
        for s in found
    ]
    lines = table(rows, ["id", "source", "kind", "date", "records", "expected"]) if rows else ["No searches yet."]
    session.answer({"searches": [asdict(s) for s in found]}, lines)


def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Search exports.")],
    source: Annotated[str, typer.Option(help="The database as PRISMA counts it; else what the file tells.")] = "",
    search: Annotated[int | None, typer.Option(help="Id of the search it belongs to.")] = None,
    expect: Annotated[int | None, typer.Option(min=0, help="Number of records that the source showed.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only read and report; needs no review.")] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Import search exports, every byte accounted for.

    The same file twice changes nothing; exit 1 when a count is not the expected one or lines belong to no record.
    """
    from reviewflow.workflow import identification

    session = Session(as_name, review, as_json=as_json)
    if check:
        _check(session, files, expect)
        return
    if expect is not None and len(files) > 1:
        raise UsageError("--expect is the number of one file", "import the files one by one")
    # Everything is read before anything is written: a file that cannot be read stops all of them.
    contents = [(path.name, read_bytes(path)) for path in files]
    identification.check_files(contents)
    done = []
    for name, content in contents:
        with progress_bar(f"Reading {name}") as progress:
            imported = identification.import_file(
                session.review,
                session.act(f"import {name}"),
                name,
                content,
                source=source,
                search=search,
                n_expected=expect,
                progress=lambda n, show=progress: show(n, 0),  # type: ignore[misc] # a default binds the loop's bar
            )
        done.append(imported)
    value = {"files": [{**asdict(each), "clean": each.is_clean} for each in done]}
    session.answer(value, [line for each in done for line in _lines(each)], "reviewflow dedup run")
    if not all(each.is_clean for each in done):
        raise typer.Exit(1)


def _lines(done: Imported) -> list[str]:
    what = f"{done.format}, {done.encoding}" + (f", written by {done.exporter}" if done.exporter else "")
    first = f"{done.file}: {done.n_records} records ({what}); {done.n_new} new, counted under {done.source}"
    return [first, *(f"  note: {note}" for note in done.notes)]


def _check(session: Session, files: Sequence[Path], expect: int | None) -> None:
    from reviewflow.workflow import identification

    found = identification.check_files([(str(path), read_bytes(path)) for path in files])
    n = sum(each["n_records"] for each in found)
    lines = []
    for each in found:
        lines.append(f"{each['file']}: {each['n_records']} records ({each['format']}, {each['encoding']})")
        lines += [f"  with {', '.join(f'{k} {v}' for k, v in each['with'].items())}"]
        lines += [f"  line {left['line']} belongs to no record: {left['text']}" for left in each["leftovers"][:5]]
        lines += [f"  line {repair['line']}: {repair['what']}" for repair in each["repairs"][:5]]
    wrong = any(each["leftovers"] or each["n_rejected"] for each in found) or (expect is not None and expect != n)
    if expect is not None and expect != n:
        lines.append(f"{expect} records were expected and {n} were read")
    session.answer({"n_records": n, "files": found}, lines)
    if wrong:
        raise typer.Exit(1)


@export.command("records")
def export_records(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else stdout.")] = None,
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write every record with its report and its fields as CSV."""
    from reviewflow.workflow import identification

    session = Session("", review, as_json=as_json)
    text, n = identification.records_csv(session.review)
    _out(session, output, text, {"n_records": n}, f"{n} records")


@export.command("flow")
def export_flow(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else stdout.")] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write the counts of the flow as CSV for the PRISMA2020 R package."""
    from reviewflow.domain.flow.exchange import to_prisma2020_csv
    from reviewflow.workflow import flow

    session = Session(as_name, review, as_json=as_json)
    found = flow.compute(session.review, session.viewer)
    _out(session, output, to_prisma2020_csv(found.counts), found.to_json(), "the counts of the flow")


def _out(session: Session, output: Path | None, text: str, value: dict[str, Any], what: str) -> None:
    if output is None:
        session.answer(value, [text.rstrip("\n")])
        return
    write_text(output, text)
    session.answer({**value, "file": str(output)}, [f"Wrote {what} to {output}."])

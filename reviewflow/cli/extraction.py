"""`extract`: answers to forms, as long tables."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, read_text, table, write_text

app = typer.Typer(no_args_is_help=True, help="Extraction of results.")


@app.command("template")
def template(
    form: Annotated[str, typer.Argument(help="Name of the form.")] = "outcomes",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else stdout.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the empty table of a form, to be filled in."""
    from reviewflow.workflow import extraction

    columns = extraction.columns(form)
    text = ",".join(columns) + "\n"
    if output is not None:
        write_text(output, text)
    Session(as_json=as_json).answer({"columns": columns}, [text.rstrip()] if output is None else [f"Wrote {output}."])


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(readable=False, help="A long CSV with the columns of `extract template`."),
    ],
    form: Annotated[str, typer.Option(help="Name of the form.")] = "outcomes",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Take in one extractor's answers. The same file twice changes nothing."""
    from reviewflow.workflow import extraction

    session = Session(as_name, review, as_json=as_json)
    act = session.act(f"extract import {file.name}")
    done = extraction.import_table(session.review, act, file.name, read_text(file), form)
    session.answer(
        {"n_new": done.n_new, "n_same": done.n_same},
        [f"{done.n_new} cells new or changed, {done.n_same} as they were."],
        "reviewflow pool plan",
    )


@app.command("table")
def table_(
    form: Annotated[str, typer.Option(help="Name of the form.")] = "outcomes",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write as CSV; else stdout.")] = None,
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the agreed answers with their status. Extractors who differ are named."""
    from reviewflow.workflow import extraction

    session = Session("", review, as_json=as_json)
    rows = extraction.table(session.review, form)
    columns = [name for name in extraction.columns(form) if name not in {"source", "note"}]
    if output is not None:
        out = io.StringIO()
        every = [*columns, "conflict", "source", "note"]
        writer = csv.DictWriter(out, every, extrasaction="ignore", lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)
        write_text(output, out.getvalue())
        session.answer({"n_rows": len(rows)}, [f"Wrote {len(rows)} rows to {output}."])
        return
    if any(row["conflict"] for row in rows):
        columns.append("conflict")
    shown = table([[row.get(name, "") for name in columns] for row in rows], columns)
    session.answer({"rows": rows}, shown if rows else ["No answers yet."])

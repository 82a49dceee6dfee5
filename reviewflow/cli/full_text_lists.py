"""`fulltext export` and `fulltext letter`: lists and letters that ask for full texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, write_bytes, write_text
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, UsageError


def export(
    format_: Annotated[
        str, typer.Option("--format", help="csv, xlsx, md, ris, nbib, bibtex, csl_json or endnote_xml.")
    ] = "",
    state: Annotated[
        str,
        typer.Option("--state", help="missing, waiting, not_asked, requested, not_retrieved, retrieved or all."),
    ] = "missing",
    resolver: Annotated[
        str, typer.Option("--resolver", metavar="URL", help="Your library's link resolver (OpenURL), for the links.")
    ] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else stdout.")] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write a list of the full texts that have not come, for a library."""
    from reviewflow.workflow import full_text_lists

    session = Session(as_name, review, as_json=as_json)
    named = output.suffix.lstrip(".").lower() if output else ""
    name = format_ or (named if named in full_text_lists.FORMATS else "csv")
    made = full_text_lists.written(session.review, session.viewer, name, state, resolver)
    if output is None and name == "xlsx":
        raise UsageError("a workbook cannot be shown", "name the file: -o FILE.xlsx")
    if output is None:
        session.answer({"n": made.n, "format": name}, [made.content.decode().rstrip("\n")])
        return
    write_bytes(output, made.content)
    session.answer(
        {"n": made.n, "format": name, "file": str(output)},
        [f"Wrote {counted(made.n, 'full text')} to {output}."],
        "reviewflow fulltext request --all, when it is sent",
    )


def letter(
    reports: Annotated[list[str], typer.Argument(metavar="pN...")],
    folder: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder for a file each; else stdout.")
    ] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write a letter that asks the authors for the full text."""
    from reviewflow.workflow import full_text_lists
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    sender = session.act("fulltext letter").reviewer
    wanted = [record_id(each) for each in reports]
    made = full_text_lists.letters(session.review, session.viewer, wanted, sender)
    value: dict[str, Any] = {"letters": [{"report": f"p{each.report}", "to": each.to} for each in made]}
    if folder is None:
        value = {"letters": [{"report": f"p{each.report}", "to": each.to, "text": each.text} for each in made]}
        session.answer(
            value, ["\n\n".join(each.text.rstrip() for each in made)], "reviewflow fulltext contact pN --to WHOM"
        )
        return
    for each in made:
        path = folder / f"p{each.report}.txt"
        if path.exists():
            raise InputError(f"{path} is there already", "name another folder: -o DIR")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}", "name another folder: -o DIR") from error
    for each in made:
        write_text(folder / f"p{each.report}.txt", each.text)
    n_without = sum(not each.to for each in made)
    lines = [f"Wrote {counted(len(made), 'letter')} to {folder}; {n_without} without an address in the records."]
    session.answer(value, lines, "reviewflow fulltext contact pN --to WHOM, when it is sent")

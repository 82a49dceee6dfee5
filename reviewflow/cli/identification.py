"""`search` and `import`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, progress_bar, read_bytes, read_text, table
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.workflow.identification import Imported

app = typer.Typer(no_args_is_help=True, help="The search log: one entry for each source searched.")


@app.command("add")
def search_add(
    source: Annotated[str, typer.Argument(help="Database, register or other source.")],
    kind: Annotated[
        str, typer.Option(help="database, register, website, organisation, citation, contact or other.")
    ] = "database",
    platform: Annotated[str, typer.Option(help="The interface, as Ovid or Embase.com.")] = "",
    strategy: Annotated[str, typer.Option(help="The search as it was run, word for word.")] = "",
    strategy_file: Annotated[
        Path | None, typer.Option("--strategy-file", metavar="FILE", help="A text file that holds it.")
    ] = None,
    limits: Annotated[str, typer.Option(help="Limits and filters.")] = "",
    date: Annotated[str, typer.Option(help="Day of the search, YYYY-MM-DD.")] = "",
    expect: Annotated[int | None, typer.Option(min=0, help="Records that the source showed.")] = None,
    note: Annotated[str, typer.Option(help="Anything else.")] = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Log a search.

    A strategy is kept as it is; what no database can read as meant is told.
    """
    from reviewflow.domain.search.strategy import errors, lint
    from reviewflow.storage.records import Search
    from reviewflow.workflow import identification

    session = Session(as_name, review, as_json=as_json)
    if strategy and strategy_file:
        raise UsageError("the strategy is given twice", "leave out --strategy or --strategy-file")
    if strategy_file:
        strategy = read_text(strategy_file).replace("\r\n", "\n").strip("\n")
    slips = [f"line {slip.line}: {slip.words}" for slip in errors(lint(strategy))] if strategy else []
    new = Search(0, source, kind, platform, strategy, limits, _day(date), expect, note)
    made = identification.add_search(session.review, session.act(f"search add {source}"), new)
    session.answer(
        {"search": asdict(made), "slips": slips},
        [f"Logged search {made.id}: {made.source} ({made.kind}).", *(f"  look at the strategy, {it}" for it in slips)],
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
    """List the searches with their rounds and records. After deduplication also the new reports."""
    from reviewflow.workflow.rounds import rounds

    session = Session("", review, as_json=as_json)
    found = rounds(session.review)
    rows = [
        [
            str(each.search.id),
            each.search.source,
            each.search.kind,
            str(each.number),
            each.search.searched_on,
            str(each.search.n_records),
            "" if each.search.n_expected is None else str(each.search.n_expected),
            str(each.n_new_reports),
        ]
        for each in found
    ]
    header = ["id", "source", "kind", "round", "date", "records", "expected", "new reports"]
    value = [{**asdict(each.search), "round": each.number, "n_new_reports": each.n_new_reports} for each in found]
    session.answer({"searches": value}, table(rows, header) if rows else ["No searches yet."])


def import_(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", readable=False, help="Search exports, or folders of them.")
    ],
    source: Annotated[str, typer.Option(help="The database as PRISMA counts it; else what the file tells.")] = "",
    search: Annotated[int | None, typer.Option(help="Id of the search it belongs to.")] = None,
    expect: Annotated[int | None, typer.Option(min=0, help="Number of records that the source showed.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only read and report; needs no review.")] = False,
    with_votes: Annotated[
        str,
        typer.Option(
            "--with-votes",
            metavar="PERSON",
            help="Take in that person's decisions on titles and abstracts, too, as your own: your name in the file.",
        ),
    ] = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Import search exports, every byte accounted for.

    Of a folder, every file that can be read, by name. The same file twice changes nothing; exit 1 when a count is not
    the expected one or lines belong to no record.
    """
    from reviewflow.workflow import foreign_votes, identification

    session = Session(as_name, review, as_json=as_json)
    paths, left_out = _files_in(files)
    if check:
        _check(session, paths, left_out, expect)
        return
    if expect is not None and len(paths) > 1:
        raise UsageError("--expect is the number of one file", "import the files one by one")
    # Everything is read before anything is written: a file that cannot be imported stops all of them.
    contents = [(path.name, read_bytes(path)) for path in paths]
    if len(contents) > 1:
        identification.refuse_unready(session.review, contents, source if search is None else f"search {search}")
    done = []
    n_votes = 0
    for name, content in contents:
        with progress_bar(f"Reading {name}") as progress:
            act = session.act(f"import {name}")
            if with_votes:
                acts = (act, session.act(f"import {name} --with-votes {with_votes}"))
                imported, cast = foreign_votes.import_with_votes(
                    session.review, acts, name, content, with_votes,
                    source=source, search=search, n_expected=expect, progress=progress,
                )  # fmt: skip
                n_votes += cast.n_new
            else:
                imported = identification.import_file(
                    session.review, act, name, content,
                    source=source, search=search, n_expected=expect, progress=progress,
                )  # fmt: skip
        done.append(imported)
    value: dict[str, Any] = {"files": [{**asdict(each), "clean": each.is_clean} for each in done], "left_out": left_out}
    lines = [line for each in done for line in _lines(each)] + _not_read(left_out)
    if with_votes:
        value["n_votes"] = n_votes
        lines.append(f"{counted(n_votes, 'vote')} of {with_votes} taken in at title_abstract.")
    session.answer(value, lines, "reviewflow dedup run")
    if not all(each.is_clean for each in done):
        raise typer.Exit(1)


def _files_in(given: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The files that are given, of folders the readable ones by name; and the names of those that are not readable.

    Raises:
        InputError: No file of a folder can be read.
    """
    from reviewflow.formats import open_export

    found: list[Path] = []
    left_out: list[str] = []
    for path in given:
        if not path.is_dir():
            found.append(path)
            continue
        readable = []
        for each in sorted(path.iterdir()):
            if each.name.startswith(".") or not each.is_file():
                continue
            try:
                open_export(read_bytes(each), each.name)
            except InputError:
                left_out.append(str(each))
            else:
                readable.append(each)
        if not readable:
            raise InputError(
                f"{path} is a folder that holds no search export", "name a folder of exports, or the files"
            )
        found += readable
    return found, left_out


def _not_read(left_out: Sequence[str]) -> list[str]:
    return [f"{name} is no search export: left out" for name in left_out]


def _lines(done: Imported) -> list[str]:
    what = f"{done.format}, {done.encoding}" + (f", written by {done.exporter}" if done.exporter else "")
    first = f"{done.file}: {counted(done.n_records, 'record')} ({what}); {done.n_new} new, counted under {done.source}"
    return [first, *(f"  note: {note}" for note in done.notes)]


def _check(session: Session, files: Sequence[Path], left_out: list[str], expect: int | None) -> None:
    from reviewflow.workflow import identification

    with progress_bar("Reading") as progress:
        found = identification.check_files([(str(path), read_bytes(path)) for path in files], progress)
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
    value = {"n_records": n, "files": found, **({"left_out": left_out} if left_out else {})}
    session.answer(value, lines + _not_read(left_out))
    if wrong:
        raise typer.Exit(1)

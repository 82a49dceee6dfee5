"""`search` and `import`."""

from __future__ import annotations

from collections import Counter
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

    from reviewflow.storage.records import Search
    from reviewflow.workflow.identification import Imported

_MOST_SHOWN = 8
_WIDEST = 100

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
    from reviewflow.storage.records import Search
    from reviewflow.workflow import identification

    session = Session(as_name, review, as_json=as_json)
    told, slips = _strategy(strategy, strategy_file)
    new = Search(0, source, kind, platform, told or "", limits, _day(date), expect, note)
    made = identification.add_search(session.review, session.act(f"search add {source}"), new)
    session.answer(
        {"search": asdict(made), "slips": slips},
        [f"Logged search {made.id}: {made.source} ({made.kind}).", *_slip_lines(slips)],
        f'reviewflow import FILE --search {made.id} --source "{made.source}"',
    )


@app.command("edit")
def search_edit(
    search: Annotated[int, typer.Argument(help="Id of the search.")],
    platform: Annotated[str | None, typer.Option(help="The interface, as Ovid or Embase.com.")] = None,
    strategy: Annotated[str | None, typer.Option(help="The search as it was run, word for word.")] = None,
    strategy_file: Annotated[
        Path | None, typer.Option("--strategy-file", metavar="FILE", help="A text file that holds it.")
    ] = None,
    limits: Annotated[str | None, typer.Option(help="Limits and filters.")] = None,
    date: Annotated[str | None, typer.Option(help="Day of the search, YYYY-MM-DD.")] = None,
    expect: Annotated[int | None, typer.Option(min=0, help="Records that the source showed.")] = None,
    note: Annotated[str | None, typer.Option(help="Anything else.")] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what else is known of a logged search.

    As of one that an import made. What is not given stays; "" empties a text. The log keeps what was said before.
    """
    from reviewflow.storage.records import SearchDetail
    from reviewflow.workflow import identification

    session = Session(as_name, review, as_json=as_json)
    strategy, slips = _strategy(strategy, strategy_file)
    detail = SearchDetail(platform, strategy, limits, None if date is None else _day(date), expect, note)
    made = identification.edit_search(session.review, session.act(f"search edit {search}"), search, detail)
    session.answer(
        {"search": asdict(made), "slips": slips},
        [f"Search {made.id} is now known so: {made.source} ({made.kind}).", *_facts(made), *_slip_lines(slips)],
        "reviewflow search report --prisma-s",
    )


def _facts(search: Search) -> list[str]:
    """What the log says of a search, each fact on a line."""
    n_lines = search.strategy.count("\n") + 1
    facts = (
        ("platform", search.platform),
        ("strategy", search.strategy if n_lines == 1 else f"{n_lines} lines"),
        ("limits", search.limits),
        ("date", search.searched_on),
        ("expected", "" if search.n_expected is None else str(search.n_expected)),
        ("note", search.note),
    )
    return [f"  {name}: {words}" for name, words in facts if words]


def _strategy(text: str | None, file: Path | None) -> tuple[str | None, list[str]]:
    """The strategy that is given, and what no database can read of it as meant."""
    from reviewflow.domain.search.strategy import errors, lint

    if text and file:
        raise UsageError("the strategy is given twice", "leave out --strategy or --strategy-file")
    if file:
        text = read_text(file).replace("\r\n", "\n").strip("\n")
    return text, [f"line {slip.line}: {slip.words}" for slip in errors(lint(text))] if text else []


def _slip_lines(slips: Sequence[str]) -> list[str]:
    return [f"  look at the strategy, {slip}" for slip in slips]


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
    session = Session(as_name, review, as_json=as_json)
    paths, left_out = _files_in(files)
    if check:
        _check(session, paths, left_out, expect)
        return
    # The database is not loaded for a check.
    from reviewflow.workflow import foreign_votes, identification

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


def _left_over(text: str) -> str:
    """What to say of a piece that belongs to no record: its first line."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    first = lines[0] if lines else ""
    shown = first if len(first) <= _WIDEST else first[: _WIDEST - 3] + "..."
    more = f" (and {counted(len(lines) - 1, 'line')} more)" if len(lines) > 1 else ""
    return f" belongs to no record: {shown}{more}"


def _shown(found: Sequence[tuple[int, str]]) -> list[str]:
    """What was found on which line: what was found again and again in one line, and no more than a few lines."""
    first: dict[str, int] = {}
    n: Counter[str] = Counter()
    for line, what in found:
        first.setdefault(what, line)
        n[what] += 1
    lines = [
        f"  line {line}{what}" + (f" (so {n[what] - 1} times more)" if n[what] > 1 else "")
        for what, line in list(first.items())[:_MOST_SHOWN]
    ]
    left_out = sum(n[what] for what in list(first)[_MOST_SHOWN:])
    return [*lines, *([f"  and {left_out} more: --json shows all"] if left_out else [])]


def _check(session: Session, files: Sequence[Path], left_out: list[str], expect: int | None) -> None:
    from reviewflow.workflow.file_check import check_files, other_than_expected

    with progress_bar("Reading") as progress:
        found = check_files([(str(path), read_bytes(path)) for path in files], progress)
    n = sum(each["n_records"] for each in found)
    lines = []
    for each in found:
        lines.append(f"{each['file']}: {counted(each['n_records'], 'record')} ({each['format']}, {each['encoding']})")
        lines += [f"  with {', '.join(f'{k} {v}' for k, v in each['with'].items())}"]
        if each["n_rejected"]:
            lines.append(f"  {counted(each['n_rejected'], 'record')} could not be read")
        lines += _shown([(left["line"], _left_over(left["text"])) for left in each["leftovers"]])
        lines += _shown([(repair["line"], f": {repair['what']}") for repair in each["repairs"]])
    wrong = any(each["leftovers"] or each["n_rejected"] for each in found) or (expect is not None and expect != n)
    if expect is not None and expect != n:
        lines.append(other_than_expected(expect, n))
    value = {"n_records": n, "files": found, **({"left_out": left_out} if left_out else {})}
    session.answer(value, lines + _not_read(left_out))
    if wrong:
        raise typer.Exit(1)

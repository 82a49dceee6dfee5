"""`search run`, `search rerun` and `search report`: PubMed searched live, and the search log as a report prints it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli.identification import app
from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, progress_bar, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.sources.entrez import Entrez
    from reviewflow.workflow.pubmed import Ran

run = typer.Typer(no_args_is_help=True, help="Run a search and import what it finds.")
app.add_typer(run, name="run")

Email = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS",
        envvar="NCBI_EMAIL",
        show_envvar=False,
        help="Whom NCBI may write to; else NCBI_EMAIL. It is not kept. A key is taken from NCBI_API_KEY only.",
    ),
]
_FEW = 20


def _entrez(email: str) -> Entrez:
    """PubMed, with the clock and the credentials of this run; the key never stands on a command line."""
    import random
    import time

    from reviewflow.sources.entrez import Entrez
    from reviewflow.sources.rate import Clock

    if not email:
        typer.echo("NCBI asks for an address to write to before it blocks anybody: --email, or NCBI_EMAIL", err=True)
    clock = Clock(time.monotonic, time.sleep, random.random)
    base, key = os.environ.get("REVIEWFLOW_ENTREZ_URL", ""), os.environ.get("NCBI_API_KEY", "")
    return Entrez(clock, base=base, email=email, api_key=key)


@contextmanager
def _goes_on_later() -> Iterator[None]:
    """Says to a person who interrupts a run what becomes of it."""
    try:
        yield
    except KeyboardInterrupt:
        words = "Nothing is imported yet; what was fetched is kept: the same command within a day goes on where it was."
        typer.echo(words, err=True)
        raise


@run.command("pubmed")
def run_pubmed(
    query: Annotated[str, typer.Argument(help="The search as PubMed's search box takes it, in one pair of quotes.")],
    date: Annotated[
        str, typer.Option(metavar="FROM:TO", help="Only records published then: 2000:2022-07-16; a side may be empty.")
    ] = "",
    note: Annotated[str, typer.Option(help="For the log: Peer review: ...; Filter: ...; Prior work: ...")] = "",
    email: Email = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Search PubMed and import every record it finds.

    Exit 1 when not every record that PubMed counted came. A run that was cut off goes on where it was.
    """
    from reviewflow.domain.search.slices import published_from
    from reviewflow.workflow import pubmed

    session = Session(as_name, review, as_json=as_json)
    published = published_from(date)
    act = session.act(f"search run pubmed {query}" + (f" --date {date}" if date else ""))
    with _goes_on_later(), progress_bar("Fetching from PubMed") as progress:
        ran = pubmed.run(session.review, act, _entrez(email), query, published, note=note, progress=progress)
    _answer(session, ran, [])


@app.command("rerun")
def rerun(
    search: Annotated[int, typer.Argument(metavar="ID", help="Id of the search, as search list shows it.")],
    email: Email = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Run a search of PubMed again and import what is new.

    It tells what is lost and what was retracted since. Exit 1 when not every new record came.
    """
    from reviewflow.workflow import pubmed_again

    session = Session(as_name, review, as_json=as_json)
    act = session.act(f"search rerun {search}")
    with _goes_on_later(), progress_bar("Fetching from PubMed") as progress:
        ran = pubmed_again.rerun(session.review, act, _entrez(email), search, progress=progress)
    compared = [
        f"  {ran.n_new} new",
        f"  {len(ran.lost)} in the review are no longer found" + _named(ran.lost),
        f"  {len(ran.retracted)} in the review were retracted since" + _named([f"r{id_}" for id_ in ran.retracted]),
    ]
    _answer(session, ran, compared)


def _answer(session: Session, ran: Ran, compared: list[str]) -> None:
    value = {**asdict(ran), "complete": ran.is_complete, "retracted": [f"r{id_}" for id_ in ran.retracted]}
    session.answer(value, [*_lines(ran), *compared], "reviewflow dedup run" if ran.n_new else "reviewflow search list")
    if not ran.is_complete:
        raise typer.Exit(1)


def _lines(ran: Ran) -> Iterator[str]:
    yield f"Search {ran.search}, {ran.source}: {ran.count} records found, {ran.n_new} imported."
    if ran.translation:
        yield f"  read by PubMed as: {ran.translation}"
    if ran.n_kept:
        yield f"  {ran.n_kept} batches were here from a run that was cut off"
    yield from (f"  warning: {words}" for words in ran.warnings)
    yield from (f"  not complete: {words}" for words in ran.wrong)
    if ran.absent:
        yield f"  not complete: {len(ran.absent)} were found and did not come" + _named(ran.absent)
    yield from (f"  note: {words}" for words in ran.notes)


def _named(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f": {', '.join(names[:_FEW])}{more}" if names else ""


@app.command("report")
def report(
    prisma_s: Annotated[
        bool, typer.Option("--prisma-s", help="The sixteen items of PRISMA-S, with what the log says of each.")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Markdown file to write; else stdout.")] = None,
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Print the search log. Every search word for word, or the PRISMA-S checklist."""
    from reviewflow.workflow import search_report

    session = Session("", review, as_json=as_json)
    if prisma_s:
        items = search_report.prisma_s(session.review)
        value: dict[str, object] = {"items": [asdict(item) for item in items]}
        lines = search_report.prisma_s_markdown(items)
    else:
        found = search_report.searches(session.review)
        value = {"searches": [{**asdict(search), "run": details or None} for search, details in found]}
        lines = search_report.markdown(found)
    if output is not None:
        write_text(output, "\n".join(lines) + "\n")
        value, lines = {**value, "file": str(output)}, [f"Wrote the search log to {output}."]
    session.answer(value, lines)

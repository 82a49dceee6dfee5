"""The tree of commands."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperGroup

from reviewflow.cli import (
    check,
    deduplication,
    demo,
    export,
    extraction,
    flow,
    grade,
    handoff,  # noqa: F401 it adds its command to those of `export`
    history,
    identification,
    protocol,
    pubmed,  # noqa: F401 it adds its commands to those of `search`
    retrieval,
    screening,
    serve,
    studies,
    sync,
    synthesis,
)

_ORDER = (
    *("init", "status", "next", "log", "undo", "protocol", "team"),
    *("search", "import", "dedup", "screen", "fulltext", "study", "extract", "pool", "grade", "flow"),
    *("check", "export", "sync", "serve", "demo"),
)


class _InOrderOfTheReview(TyperGroup):
    """Lists the commands as a review goes, not commands first and groups after."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 the signature of the base class
        """The names of the commands."""
        return list(_ORDER)


app = typer.Typer(
    cls=_InOrderOfTheReview,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="Carry a systematic review from the search exports to the PRISMA flow diagram.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from reviewflow.version import __version__

        typer.echo(f"reviewflow {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Carry a systematic review from the search exports to the PRISMA flow diagram."""


app.command("init")(protocol.init)
app.command("status")(history.status)
app.command("next")(history.next_step)
app.command("log")(history.log)
app.command("undo")(history.undo)
app.add_typer(protocol.app, name="protocol")
app.add_typer(protocol.team, name="team")
app.add_typer(identification.app, name="search")
app.command("import")(identification.import_)
app.add_typer(deduplication.app, name="dedup")
app.add_typer(screening.app, name="screen")
app.add_typer(retrieval.app, name="fulltext")
app.add_typer(studies.app, name="study")
app.add_typer(extraction.app, name="extract")
app.add_typer(synthesis.app, name="pool")
app.add_typer(grade.app, name="grade")
app.add_typer(flow.app, name="flow")
app.command("check")(check.check)
app.add_typer(export.app, name="export")
app.command("sync")(sync.sync)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)

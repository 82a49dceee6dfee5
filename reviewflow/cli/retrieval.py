"""`fulltext`: which full texts are sought, which came, which did not and why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, read_bytes, shortened, table

app = typer.Typer(no_args_is_help=True, help="Retrieval of full texts.")


@app.command("list")
def list_(as_name: AsName = "", review: ReviewDir = None, as_json: AsJson = False) -> None:
    """List the reports sought for retrieval and where each stands."""
    from reviewflow.workflow import retrieval

    session = Session(as_name, review, as_json=as_json)
    found = retrieval.sought(session.review, session.viewer)
    rows = [[f"p{each.report}", each.state or "-", each.reason, shortened(each.record.title, 70)] for each in found]
    states = Counter(each.state or "not noted" for each in found)
    lines = [*table(rows, ["report", "state", "why", "title"]), ", ".join(f"{n} {s}" for s, n in states.items())]
    value = {
        "reports": [
            {"report": f"p{e.report}", "state": e.state, "why": e.reason, "title": e.record.title, "doi": e.record.doi}
            for e in found
        ]
    }
    session.answer(value, lines if rows else ["No report is sought yet."])


@app.command("add")
def add(
    report: Annotated[str, typer.Argument(metavar="pN")],
    file: Annotated[
        Path | None, typer.Argument(readable=False, help="The full text; its bytes are kept. None: only note it.")
    ] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Note that a full text was retrieved, and keep its file."""
    from reviewflow.workflow import retrieval
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    attachment = (file.name, read_bytes(file)) if file is not None else None
    act = session.act(f"fulltext add {report}")
    n = retrieval.note_step(session.review, act, [record_id(report)], "retrieved", attachment=attachment)
    words = f"{report}: retrieved." if n else f"{report} was noted as retrieved before: nothing new."
    session.answer({"report": report, "n_new": n}, [words], "reviewflow screen --stage full_text")


@app.command("missing")
def missing(
    reports: Annotated[list[str], typer.Argument(metavar="pN...")],
    why: Annotated[str, typer.Option(help="Why it was not retrieved.")],
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Note that full texts were not retrieved, and why."""
    from reviewflow.workflow import retrieval
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    act = session.act(f"fulltext missing {' '.join(reports)}")
    n = retrieval.note_step(session.review, act, [record_id(each) for each in reports], "not_retrieved", why)
    session.answer({"n_new": n}, [f"{n} full texts not retrieved: {why}"], "reviewflow fulltext list")

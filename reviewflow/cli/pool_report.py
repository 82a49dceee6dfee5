"""`pool report` and `pool explain`: the syntheses as text, and where each number comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewflow.cli.options import AsJson, ReviewDir
from reviewflow.cli.session import Session, table, write_text

if TYPE_CHECKING:
    from reviewflow.workflow.pool_report import Explained


def report(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Planned syntheses; else all.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write, Markdown; else stdout.")] = None,
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write methods and results of the syntheses by PRISMA item."""
    from reviewflow.workflow import pool_report

    session = Session("", review, as_json=as_json)
    found = pool_report.report(session.review, names or [])
    value: dict[str, Any] = {
        "items": [{"item": i.number, "topic": i.topic, "paragraphs": i.paragraphs} for i in found.items],
        "sources": {name: [f"a{id_}" for id_ in ids] for name, ids in found.sources},
    }
    if output is None:
        session.answer(value, [found.markdown().rstrip("\n")])
        return
    write_text(output, found.markdown())
    session.answer({**value, "file": str(output)}, [f"Wrote {len(found.items)} items to {output}."])


def explain(
    name: Annotated[str, typer.Argument(help="A planned synthesis.")],
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """List the answers that the numbers of a synthesis come from."""
    from reviewflow.workflow import pool_report

    session = Session("", review, as_json=as_json)
    each, found = pool_report.explain(session.review, name)
    words = each.result.words() if each.result else f"not pooled; {each.refusal}"
    header = ("answer", "study", "arm", "endpoint", "time point", "field", "value", "status", "source")
    lines = [f"{name}: {words}", *table([_row(one) for one in found], header)]
    value = {
        "synthesis": name,
        "words": words,
        "answers": [{**dict(zip(header, _row(one), strict=True)), "note": one.answer.note} for one in found],
    }
    session.answer(value, lines)


def _row(one: Explained) -> list[str]:
    a = one.answer
    return [f"a{a.id}", one.study, one.arm, a.endpoint, a.timepoint, a.field, a.value, str(a.status), a.source]

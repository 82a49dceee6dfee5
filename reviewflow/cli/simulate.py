"""`screen simulate`: what a ranking would have saved on a labelled set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson
from reviewflow.cli.session import Session, read_text, write_text
from reviewflow.errors import UsageError


def simulate(
    labelled: Annotated[
        Path,
        typer.Argument(metavar="LABELLED.csv", readable=False, help="Columns record_id, title, abstract and a label."),
    ],
    label: Annotated[str, typer.Option("--label", metavar="COLUMN", help="The column of labels, 0 or 1.")],
    seed: Annotated[int, typer.Option("--seed", help="Chooses the priors where none are named.", min=0)] = 1,
    order: Annotated[
        Path | None, typer.Option("--order", metavar="OUT.csv", help="Write record_id, prior, label as screened.")
    ] = None,
    priors: Annotated[
        str, typer.Option("--priors", metavar="ID,ID", help="Records labelled beforehand; else one of each kind.")
    ] = "",
    model: Annotated[str, typer.Option("--model", help="rf1 unless given; elas_u4 for the order of ASReview 3.")] = "",
    target: Annotated[float, typer.Option("--target", help="Recall that the stopping rule aims at.")] = 0.95,
    alpha: Annotated[float, typer.Option("--alpha", help="Level of the stopping rule.")] = 0.05,
    as_json: AsJson = False,
) -> None:
    """Simulate screening of a labelled set; no review is needed.

    The ranking learns from each label at once, until the last relevant record is found.
    """
    from reviewflow.domain.ranking import DEFAULT, model_named
    from reviewflow.workflow import simulate as simulation

    chosen = model_named(model or DEFAULT)
    records = simulation.read(read_text(labelled), labelled.name, label)
    wanted = [id_.strip() for id_ in priors.split(",") if id_.strip()]
    if priors and not wanted:
        raise UsageError("--priors names no record", "write --priors ID,ID")
    found = simulation.simulate(records, chosen, seed, wanted, target=target, alpha=alpha)
    if order is not None:
        write_text(order, simulation.order_csv(found))
    value = simulation.to_json(found)
    Session(as_json=as_json).answer(value, simulation.lines_of(found, target, alpha))

"""`demo`, the reference review from end to end."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson
from reviewflow.cli.session import Session


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A folder that holds no review yet.")] = Path(
        "demo-review"
    ),
    inputs_only: Annotated[
        bool, typer.Option("--inputs-only", help="Only write its protocol, exports and decisions, to carry it by hand.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Carry the reference review from end to end.

    It is a reconstruction, built in a folder of its own; every step is the function that the commands call.
    """
    if inputs_only:
        _write_inputs(folder, Session(as_json=as_json))
        return
    from reviewflow.domain.ledger import Act
    from reviewflow.workflow import demo as demo_

    session = Session(as_json=as_json)
    began = time.perf_counter()

    def tell(step: str, words: str) -> None:
        if not as_json:
            typer.echo(f"{step:<15} {words}")

    def act(reviewer: str, command: str) -> Act:
        return Act(reviewer, datetime.now(UTC), str(uuid.uuid4()), command)

    done = demo_.run(folder.resolve(), act, str(uuid.uuid4()), tell)
    seconds = round(time.perf_counter() - began, 1)
    pooled = [each.to_json() for each in done.syntheses if each.result is not None]
    refused = [each.to_json() for each in done.syntheses if each.result is None]
    value = {
        "note": demo_.NOTE,
        "flow": done.flow.to_json(),
        "syntheses": pooled,
        "refused": refused,
        "figures": list(done.figures),
        "seconds": seconds,
    }
    session.answer(value, [f"{'done':<15} in {seconds} s, in {folder}"], f"cd {folder} && reviewflow status")


def _write_inputs(folder: Path, session: Session) -> None:
    from reviewflow.workflow import demo_files

    names = demo_files.write_inputs(folder)
    lines = [f"Wrote {len(names)} files to {folder}:", *(f"  {name}" for name in names)]
    session.answer({"folder": str(folder), "files": names}, lines, f"cd {folder} && reviewflow init")

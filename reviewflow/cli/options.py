"""Options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsName = Annotated[
    str,
    typer.Option(
        "--as", metavar="NAME", envvar="REVIEWFLOW_REVIEWER", help="Who acts: a person of the team.", show_envvar=False
    ),
]
ReviewDir = Annotated[
    Path | None,
    typer.Option("--review", metavar="DIR", readable=False, help="Folder of the review; else found upwards from here."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Plain = Annotated[
    bool, typer.Option("--plain", help="Plain prompts in place of the screen; so it is without a terminal.")
]
StageName = Annotated[str, typer.Option("--stage", help="title_abstract or full_text.")]

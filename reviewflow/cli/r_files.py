"""`pool export-r`, and what `pool file --export-r` writes: an R script and the table that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli.options import AsJson, ReviewDir
from reviewflow.cli.pool_blocks import TESTS, tests_of
from reviewflow.cli.session import Session
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = b"# Written by reviewflow "


def export_r(
    name: Annotated[str, typer.Argument(help="A planned synthesis.")],
    leave_one_out: Annotated[bool, typer.Option("--leave-one-out", help="Also without each study in turn.")] = False,
    influence: Annotated[bool, typer.Option("--influence", help="Also what each study does to the result.")] = False,
    small_study: Annotated[str, typer.Option(help=f"Also {TESTS}")] = "",
    trim_and_fill: Annotated[
        list[str] | None, typer.Option(metavar="L0|R0", help="Also trim and fill; repeatable.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The script to write, .R; else NAME.R.")] = None,
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write a synthesis as an R script for metafor. It prints metafor's numbers beside ours."""
    from reviewflow.workflow import export_r as export

    session = Session("", review, as_json=as_json)
    target = output or Path(f"{name}.R")
    stem = stem_of(target)
    files = export.of_synthesis(
        session.review,
        name,
        stem,
        leave_one_out=leave_one_out,
        influence=influence,
        small_study=tests_of(small_study),
        trim_and_fill=trim_and_fill or (),
    )
    written = write(files, target.parent)
    session.answer({"files": written}, [f"Wrote {' and '.join(written)}."], f"Rscript {target}")


def stem_of(target: Path) -> str:
    """The name of a script without its ending.

    Raises:
        UsageError: It does not end in .R.
    """
    if target.suffix != ".R":
        raise UsageError(f"{target.name} is no name of an R script", "let it end in .R")
    return target.stem


def write(files: Mapping[str, str], folder: Path) -> list[str]:
    """Write the files into a folder, over nothing that is there with another content; gives their paths.

    Raises:
        InputError: A file is there already and is not one that was written here before, or cannot be written.
    """
    ours = False  # a table belongs to the script beside it, which comes first
    for name, text in files.items():
        path = folder / name
        try:
            there = path.read_bytes() if path.exists() else None
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}", "choose another name for the .R") from error
        ours = ours or (there is not None and _OURS in there[:2000])
        if there not in {None, text.encode()} and not ours:
            raise InputError(f"{path} is there already and holds something else", "choose another name for the .R")
    for name, text in files.items():
        try:
            (folder / name).write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise InputError(f"{folder / name} cannot be written: {error.strerror}", "choose another name") from error
    return [str(folder / name) for name in files]

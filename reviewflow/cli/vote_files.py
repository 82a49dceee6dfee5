"""`screen import` and `screen export`: a reviewer's votes from a file and into one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, read_bytes, stage_of, write_new
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.workflow.foreign_votes import Unmatched


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV or .xlsx: record (or id, or source and accession), stage, verdict, reason, note, reviewer; "
            "or an export with decisions of Rayyan, ASReview or Covidence."
        ),
    ],
    stage: Annotated[
        str, typer.Option("--stage", help="Take only the rows of this stage; of an export, the stage that it is of.")
    ] = "",
    person: Annotated[
        str, typer.Option("--person", help="Your name in a file that has the decisions of several.")
    ] = "",
    verdict: Annotated[
        str, typer.Option("--verdict", help="What an export means by a record on which it says nothing itself.")
    ] = "",
    skip_unmatched: Annotated[
        bool, typer.Option("--skip-unmatched", help="Leave out decisions on records that are not known for certain.")
    ] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Take in one reviewer's votes from a file, all of them or none. The same file twice changes nothing.

    Records of an export are known by our own ids, else by DOI, PubMed or accession number, else by title and year; when
    one is not known for certain, nothing is taken in. A row without a verdict is passed over.
    """
    from reviewflow.workflow import decision_files, foreign_votes, screening

    session = Session(as_name, review, as_json=as_json)
    content = read_bytes(file)
    table = decision_files.table_of_votes(file.name, content)
    who = session.act("screen import").reviewer
    if table is not None:
        if verdict or (person and "reviewer" not in table.header):
            what = "--verdict" if verdict else "--person"
            raise UsageError(f"{file} is a table of votes, which {what} says nothing of", f"leave {what} out")
        found = decision_files.votes(session.review, table, stage_of(stage) if stage else None, who, person)
        by_stage, unmatched, n_undecided = dict(found.by_stage), found.unmatched, found.n_undecided
    else:
        at = stage_of(stage or "title_abstract")
        otherwise = decision_files.verdict_of(verdict) if verdict else None
        whole = decision_files.as_export(file.name, content)
        said = foreign_votes.read(session.review, file.name, whole, who, person=person, stage=at, otherwise=otherwise)
        by_stage, unmatched, n_undecided = {at: list(said.decisions)}, said.unmatched, said.n_undecided
    _tell_unmatched(file, unmatched, sum(map(len, by_stage.values())), skip=skip_unmatched)
    if len(by_stage) > 1:
        raise UsageError(
            f"{file} has votes of two stages", "first --stage title_abstract; once that is settled, --stage full_text"
        )
    n_new = n_same = 0
    for each, decisions in by_stage.items():
        act = session.act(f"screen import {file.name}")
        done = screening.vote(session.review, act, each, decisions, of_file=True)
        n_new, n_same = n_new + done.n_new, n_same + done.n_same
    lines = [f"{counted(n_new, 'vote')} new, {n_same} stood already."]
    value = {"n_new": n_new, "n_same": n_same}
    if table is None or n_undecided or unmatched:
        lines.append(f"{n_undecided} records without a decision, {len(unmatched)} left out.")
        value |= {"n_unmatched": len(unmatched), "n_undecided": n_undecided}
    session.answer(value, lines, "reviewflow status")


def _tell_unmatched(file: Path, unmatched: Sequence[Unmatched], n_matched: int, *, skip: bool) -> None:
    """List the decisions that could not be matched.

    Raises:
        InputError: There are any, and they are not to be skipped.
    """
    from reviewflow.workflow.foreign_votes import listed

    if not unmatched:
        return
    if not skip and len(unmatched) == 1 and not n_matched:
        raise InputError(f"{unmatched[0].where}: {unmatched[0].why}", "import the record first")
    for line in listed(unmatched):
        typer.echo(line, err=True)
    if not skip:
        n, of = len(unmatched), len(unmatched) + n_matched
        raise InputError(
            f"{n} of {of} decisions in {file.name} are on records that are not known for certain: nothing was taken in",
            "import the records first; or take in the others: --skip-unmatched",
        )


def export(
    format_: Annotated[
        str, typer.Option("--format", help="csv, xlsx, ris, rayyan, covidence or asreview; else by the file's name.")
    ] = "",
    stage: Annotated[
        str, typer.Option("--stage", help="Only this stage; a table has both, the other formats title_abstract.")
    ] = "",
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Also what waits for you, without a verdict: to be filled in elsewhere.")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else stdout.")] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write your own votes, and nobody else's.

    They come back by screen import as they were.
    """
    from reviewflow.workflow import vote_export

    session = Session(as_name, review, as_json=as_json)
    named = output.suffix.lstrip(".").lower() if output else ""
    name = format_ or (named if named in {"xlsx", "ris"} else "csv")
    if output is None and name == "xlsx":
        raise UsageError("a workbook cannot be shown", "name the file: -o votes.xlsx")
    at = stage_of(stage) if stage else None
    who = session.act("screen export").reviewer
    made = vote_export.written(session.review, who, name, at, waiting=waiting)
    value = {"n_votes": made.n_votes, "n_waiting": made.n_waiting, "n_unsaid": made.n_unsaid, "format": name}
    left = f"{counted(made.n_unsaid, 'vote')} left out: {name} has no word for the verdict." if made.n_unsaid else ""
    if output is None:
        session.answer(value, [made.content.decode().rstrip()])
        if left:
            typer.echo(left, err=True)
        return
    write_new(output, made.content)
    more = f", and {counted(made.n_waiting, 'report')} without one" if made.n_waiting else ""
    lines = [f"Wrote {counted(made.n_votes, 'vote')} to {output}{more}.", *([left] if left else [])]
    session.answer({**value, "file": str(output)}, lines)

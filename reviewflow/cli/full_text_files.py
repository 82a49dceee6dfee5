"""`fulltext add`: full texts that came, one for a report or many that are matched."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, progress_bar, read_bytes, shortened
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.workflow.full_texts import Outcome
    from reviewflow.workflow.retrieval import Manner

Way = Annotated[
    str,
    typer.Option("--way", help="Where from: library, author, open_access, publisher, repository or other."),
]
Day = Annotated[str, typer.Option("--on", metavar="DAY", help="When it happened, as 2026-11-23; else today.")]

_ID = re.compile(r"[rp][1-9][0-9]*", re.IGNORECASE)


def manner_of(way: str, whom: str = "", on: str = "") -> Manner:
    """In which way a full text was asked for or came, as typed."""
    from reviewflow.workflow.retrieval import Manner

    return Manner(way.strip().lower().replace("-", "_").replace(" ", "_"), whom, on)


def add(
    what: Annotated[
        list[str],
        typer.Argument(metavar="pN [FILE] | FILE... | FOLDER", help="A report and its file; or files that tell it."),
    ],
    way: Way = "",
    on: Day = "",
    any_kind: Annotated[
        bool, typer.Option("--any-kind", help="Also files that are no PDF: a web page, text, a Word document.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which file belongs to which report.")] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Note that full texts came, and keep their files.

    Files and folders without a report are matched by their names: a report's or record's id (p12.pdf), a PubMed number,
    a DOI (its slash written as _ or - or %2F), first author and year with words of the title; else by the DOI inside.
    What is not certain is listed and not kept. Your own files stay where they are.
    """
    session = Session(as_name, review, as_json=as_json)
    if not _ID.fullmatch(what[0]):
        _add_files(session, _files(what, any_kind=any_kind), manner_of(way, on=on), any_kind=any_kind, dry_run=dry_run)
        return
    if len(what) > 2:
        raise UsageError(f"{what[0]} is one report, and {len(what) - 1} files are named", "name one file for a report")
    if dry_run:
        raise UsageError("--dry-run is for files that are to be matched", "name files or a folder, and no report")
    _add_one(session, what[0], Path(what[1]) if len(what) > 1 else None, manner_of(way, on=on), any_kind=any_kind)


def _add_one(session: Session, report: str, file: Path | None, manner: Manner, *, any_kind: bool) -> None:
    from reviewflow.workflow import retrieval
    from reviewflow.workflow.references import record_id

    attachment = (file.name, read_bytes(file)) if file is not None else None
    act = session.act(f"fulltext add {report}")
    n = retrieval.note_step(
        session.review,
        act,
        [record_id(report)],
        "retrieved",
        attachment=attachment,
        manner=manner,
        any_kind=any_kind,
    )
    words = [f"{report}: retrieved." if n else f"{report} was noted as retrieved before: nothing new."]
    others = []
    if attachment:
        others = retrieval.attached_elsewhere(session.review, act.reviewer, record_id(report), attachment[1])
        words += [f"  warning: the very same file is the full text of p{other}" for other in others]
    value = {"report": report, "n_new": n, "also_of": [f"p{other}" for other in others]}
    session.answer(value, words, "reviewflow screen --stage full_text")


def _files(names: Iterable[str], *, any_kind: bool) -> list[Path]:
    """The files that are named, and those in folders, by name; in a folder PDFs only, unless any kind is wanted.

    Raises:
        InputError: One is not there, or there are none.
    """
    found: list[Path] = []
    for path in map(Path, names):
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file() and not _is_hidden(each, path))
            found += [each for each in inside if any_kind or each.suffix.lower() == ".pdf"]
        elif path.exists():
            found.append(path)
        else:
            raise InputError(f"there is no file {path}", "check the name; a report is named p4")
    if not found:
        raise InputError(f"there is no PDF in {', '.join(names)}", "name the files; other kinds with --any-kind")
    return found


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _add_files(session: Session, paths: list[Path], manner: Manner, *, any_kind: bool, dry_run: bool) -> None:
    from reviewflow.workflow import full_texts

    act = session.act(f"fulltext add {counted(len(paths), 'file')}")
    offered = [full_texts.Offered(path.name, partial(read_bytes, path)) for path in paths]
    with progress_bar("Looking at files") as progress:
        found = full_texts.attach(
            session.review, act, offered, manner, any_kind=any_kind, dry_run=dry_run, progress=progress
        )
    counts = Counter(each.state for each in found)
    doing = "would be kept" if dry_run else "kept"
    not_kept = (full_texts.OTHER, full_texts.AMBIGUOUS, full_texts.UNMATCHED, full_texts.REFUSED)
    words = ", ".join(f"{counts[state]} {state}" for state in (full_texts.SAME, *not_kept) if counts[state])
    first = f"{counted(len(found), 'file')}: {counts[full_texts.MATCHED]} {doing}{'; ' if words else '.'}{words}"
    value = {
        "n_files": len(found),
        "n_kept": 0 if dry_run else counts[full_texts.MATCHED],
        "files": [_outcome(each, path) for each, path in zip(found, paths, strict=True)],
    }
    left = [each for each in found if each.state in not_kept]
    session.answer(
        value,
        [line for each in found for line in _outcome_lines(each)] + [first],
        "reviewflow fulltext add pN FILE, for those that were not kept" if left else "reviewflow fulltext missing",
    )
    if left:
        raise typer.Exit(1)


def _outcome(each: Outcome, path: Path) -> dict[str, Any]:
    return {
        "file": str(path),
        "state": each.state.replace(" ", "_"),
        "report": f"p{each.report}" if each.report is not None else None,
        "why": each.why,
        "warning": each.warning,
        "candidates": [{"report": f"p{id_}", "title": title} for id_, title in each.candidates],
    }


def _outcome_lines(each: Outcome) -> list[str]:
    head = f"p{each.report}" if each.report is not None else each.state
    lines = [f"{each.file}: {head}" + (f" ({each.why})" if each.why else "")]
    lines += [f"    p{id_}  {shortened(title, 70)}" for id_, title in each.candidates]
    lines += [f"    warning: {each.warning}"] if each.warning else []
    return lines

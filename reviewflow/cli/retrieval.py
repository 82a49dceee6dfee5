"""`fulltext`: which full texts are sought, asked for, and come; and lists and letters that ask for them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, progress_bar, read_bytes, shortened, table, write_bytes, write_text
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewflow.storage.retrieval import Step
    from reviewflow.workflow.full_texts import Outcome
    from reviewflow.workflow.retrieval import Manner, Sought

app = typer.Typer(no_args_is_help=True, help="Retrieval of full texts.")

Way = Annotated[
    str,
    typer.Option("--way", help="Where from: library, author, open_access, publisher, repository or other."),
]
Day = Annotated[str, typer.Option("--on", metavar="DAY", help="When it happened, as 2026-11-23; else today.")]
Reports = Annotated[list[str], typer.Argument(metavar="pN...")]

_ID = re.compile(r"[rp][1-9][0-9]*", re.IGNORECASE)


@app.command("list")
def list_(
    state: Annotated[
        str, typer.Option("--state", help="waiting, not_asked, requested, not_retrieved, missing, retrieved or all.")
    ] = "all",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """List the reports sought for retrieval and where each stands."""
    from reviewflow.workflow import full_text_lists

    session = Session(as_name, review, as_json=as_json)
    found = full_text_lists.chosen(session.review, session.viewer, state)
    rows = [[f"p{each.report}", each.state or "-", each.reason, shortened(each.record.title, 70)] for each in found]
    states = Counter(each.state or "not noted" for each in found)
    lines = [*table(rows, ["report", "state", "why", "title"]), ", ".join(f"{n} {s}" for s, n in states.items())]
    none = "No report is sought yet." if state == "all" else "None."
    session.answer({"reports": [_told(each) for each in found]}, lines if rows else [none])


def _told(each: Sought) -> dict[str, Any]:
    """What --json says of a full text."""
    return {
        "report": f"p{each.report}",
        "state": each.state,
        "why": each.reason,
        "title": each.record.title,
        "doi": each.record.doi,
        "file": each.name,
        "way": each.way,
        "asked_on": each.asked_on,
        "days": each.days_waiting(datetime.now(UTC).date()),
        "letters": each.letters,
    }


@app.command("show")
def show(
    report: Annotated[str, typer.Argument(metavar="pN")],
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Show every step of a report's retrieval: who, when, which way."""
    from reviewflow.workflow import retrieval
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    each, steps = retrieval.history(session.review, session.viewer, record_id(report))
    lines = [f"p{each.report}  {shortened(each.record.title, 70)}"]
    lines += ["  " + _step_words(step) for step in steps] or ["  Nothing was noted yet."]
    value = {**_told(each), "steps": [{**asdict(step), "record": f"r{step.record}", "day": step.day} for step in steps]}
    session.answer(value, lines)


def _step_words(step: Step) -> str:
    """A step as a line: "2026-11-02  asked the authors: k.neskwood@example.org  (AB, noted 2026-11-03 09:12)"."""
    what = {"asked": "asked the authors", "answered": "the authors answered"}.get(
        step.kind, step.kind.replace("_", " ")
    )
    way = f" ({step.way.replace('_', ' ')})" if step.way and step.kind not in {"asked", "answered"} else ""
    said = "; ".join(filter(None, (step.whom, step.words, step.name)))
    noted = f"({step.noted_by}, noted {step.at_utc[:16].replace('T', ' ')})"
    return f"{step.day}  {what}{way}{': ' if said else ''}{said}  {noted}"


@app.command("request")
def request(
    reports: Annotated[list[str] | None, typer.Argument(metavar="[pN...]")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are sought and of which nothing was noted.")] = False,
    way: Way = "library",
    whom: Annotated[str, typer.Option("--from", help="Who was asked: a library, a person.")] = "",
    on: Day = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Note that full texts were asked for."""
    from reviewflow.workflow import full_text_lists, retrieval
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    if bool(reports) is every:
        raise UsageError("it is not said which full texts were asked for", "name them (p4 p7), or say --all")
    act = session.act(f"fulltext request {'--all' if every else ' '.join(reports or ())}")
    on_ = [record_id(each) for each in reports or ()]
    if every:
        on_ = [each.report for each in full_text_lists.chosen(session.review, act.reviewer, "not_asked")]
    n = retrieval.note_step(session.review, act, on_, "requested", manner=_manner(way, whom, on))
    session.answer({"n_new": n}, [f"{counted(n, 'full text')} asked for ({way})."], "reviewflow fulltext missing")


def _manner(way: str, whom: str = "", on: str = "") -> Manner:
    from reviewflow.workflow.retrieval import Manner

    return Manner(way.strip().lower().replace("-", "_").replace(" ", "_"), whom, on)


@app.command("contact")
def contact(
    report: Annotated[str, typer.Argument(metavar="pN")],
    whom: Annotated[str, typer.Option("--to", help="Who was asked, or answered: a name or an address.")] = "",
    answer: Annotated[str, typer.Option("--answer", help="What they answered; without it, that they were asked.")] = "",
    on: Day = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Note that the authors were asked, or what they answered."""
    from reviewflow.workflow import retrieval
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    act = session.act(f"fulltext contact {report}")
    is_new = retrieval.note_letter(session.review, act, record_id(report), _manner("author", whom, on), answer)
    what = f"{report}: the authors {'answered' if answer else 'were asked'}."
    nothing = "" if is_new else " That was noted before: nothing new."
    session.answer({"report": report, "new": is_new}, [what + nothing], f"reviewflow fulltext show {report}")


@app.command("add")
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
        _add_files(session, _files(what, any_kind=any_kind), _manner(way, on=on), any_kind=any_kind, dry_run=dry_run)
        return
    if len(what) > 2:
        raise UsageError(f"{what[0]} is one report, and {len(what) - 1} files are named", "name one file for a report")
    if dry_run:
        raise UsageError("--dry-run is for files that are to be matched", "name files or a folder, and no report")
    _add_one(session, what[0], Path(what[1]) if len(what) > 1 else None, _manner(way, on=on), any_kind=any_kind)


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
    words = ", ".join(f"{counts[state]} {state}" for state in (*_SAID, full_texts.REFUSED) if counts[state])
    first = f"{counted(len(found), 'file')}: {counts[full_texts.MATCHED]} {doing}{'; ' if words else '.'}{words}"
    value = {
        "n_files": len(found),
        "n_kept": 0 if dry_run else counts[full_texts.MATCHED],
        "files": [_outcome(each, path) for each, path in zip(found, paths, strict=True)],
    }
    left = [each for each in found if each.state in _LEFT]
    session.answer(
        value,
        [line for each in found for line in _outcome_lines(each)] + [first],
        "reviewflow fulltext add pN FILE, for those that were not kept" if left else "reviewflow fulltext missing",
    )
    if left:
        raise typer.Exit(1)


_SAID = ("same", "has another", "ambiguous", "unmatched")
_LEFT = ("has another", "ambiguous", "unmatched", "refused")


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


@app.command("missing")
def missing(
    reports: Annotated[
        list[str] | None, typer.Argument(metavar="[pN...]", help="Those that were given up; none lists what waits.")
    ] = None,
    why: Annotated[str, typer.Option(help="Why they were not retrieved.")] = "",
    way: Way = "",
    on: Day = "",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """List what has not come yet; or note that texts will not, and why."""
    from reviewflow.workflow import retrieval
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    if not reports:
        if why or way or on:
            raise UsageError("it is not said which full texts were not retrieved", "name them: p4 p7")
        _list_waiting(session)
        return
    act = session.act(f"fulltext missing {' '.join(reports)}")
    on_ = [record_id(each) for each in reports]
    n = retrieval.note_step(session.review, act, on_, "not_retrieved", why, manner=_manner(way, on=on))
    session.answer({"n_new": n}, [f"{n} full texts not retrieved: {why}"], "reviewflow fulltext list")


def _list_waiting(session: Session) -> None:
    from reviewflow.workflow import full_text_lists

    found = full_text_lists.chosen(session.review, session.viewer, "waiting")
    today = datetime.now(UTC).date()
    # Those that wait longest come first, those not asked for last.
    found.sort(key=lambda each: (each.asked_on == "", each.asked_on, each.report))
    rows = [[f"p{each.report}", _waits(each, today), each.way, shortened(each.record.title, 60)] for each in found]
    letters = {each.report: each.letters for each in found}
    lines = []
    for each, line in zip([None, *found], table(rows, ["report", "asked", "way", "title"]), strict=True):
        lines.append(line)
        lines += [f"    {letters[each.report]}"] if each is not None and each.letters else []
    n_asked = sum(bool(each.asked_on) for each in found)
    lines.append(f"{counted(len(found), 'full text')} to come, {n_asked} asked for.")
    session.answer(
        {"n_waiting": len(found), "n_asked": n_asked, "reports": [_told(each) for each in found]},
        lines if found else ["No full text is still to come."],
        "reviewflow fulltext export, for a library" if found else "",
    )


def _waits(each: Sought, today: date) -> str:
    days = each.days_waiting(today)
    return "-" if days is None else "today" if days <= 0 else f"{counted(days, 'day')} ago"


@app.command("export")
def export(
    format_: Annotated[
        str, typer.Option("--format", help="csv, xlsx, md, ris, nbib, bibtex, csl_json or endnote_xml.")
    ] = "",
    state: Annotated[
        str,
        typer.Option("--state", help="missing, waiting, not_asked, requested, not_retrieved, retrieved or all."),
    ] = "missing",
    resolver: Annotated[
        str, typer.Option("--resolver", metavar="URL", help="Your library's link resolver (OpenURL), for the links.")
    ] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else stdout.")] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write a list of the full texts that have not come, for a library."""
    from reviewflow.workflow import full_text_lists

    session = Session(as_name, review, as_json=as_json)
    named = output.suffix.lstrip(".").lower() if output else ""
    name = format_ or (named if named in full_text_lists.FORMATS else "csv")
    made = full_text_lists.written(session.review, session.viewer, name, state, resolver)
    if output is None and name == "xlsx":
        raise UsageError("a workbook cannot be shown", "name the file: -o FILE.xlsx")
    if output is None:
        session.answer({"n": made.n, "format": name}, [made.content.decode().rstrip("\n")])
        return
    write_bytes(output, made.content)
    session.answer(
        {"n": made.n, "format": name, "file": str(output)},
        [f"Wrote {counted(made.n, 'full text')} to {output}."],
        "reviewflow fulltext request --all, when it is sent",
    )


@app.command("letter")
def letter(
    reports: Reports,
    folder: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder for a file each; else stdout.")
    ] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Write a letter that asks the authors for the full text."""
    from reviewflow.workflow import full_text_lists
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    sender = session.act("fulltext letter").reviewer
    wanted = [record_id(each) for each in reports]
    made = full_text_lists.letters(session.review, session.viewer, wanted, sender)
    value: dict[str, Any] = {"letters": [{"report": f"p{each.report}", "to": each.to} for each in made]}
    if folder is None:
        value = {"letters": [{"report": f"p{each.report}", "to": each.to, "text": each.text} for each in made]}
        session.answer(
            value, ["\n\n".join(each.text.rstrip() for each in made)], "reviewflow fulltext contact pN --to WHOM"
        )
        return
    for each in made:
        path = folder / f"p{each.report}.txt"
        if path.exists():
            raise InputError(f"{path} is there already", "name another folder: -o DIR")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}", "name another folder: -o DIR") from error
    for each in made:
        write_text(folder / f"p{each.report}.txt", each.text)
    n_without = sum(not each.to for each in made)
    lines = [f"Wrote {counted(len(made), 'letter')} to {folder}; {n_without} without an address in the records."]
    session.answer(value, lines, "reviewflow fulltext contact pN --to WHOM, when it is sent")

"""`fulltext`: which full texts are sought and asked for, and which have not come."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewflow.cli import full_text_files, full_text_lists
from reviewflow.cli.full_text_files import Day, Way, manner_of
from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, shortened, table
from reviewflow.domain.words import counted
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from reviewflow.storage.retrieval import Step
    from reviewflow.workflow.retrieval import Sought

app = typer.Typer(no_args_is_help=True, help="Retrieval of full texts.")


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
    n = retrieval.note_step(session.review, act, on_, "requested", manner=manner_of(way, whom, on))
    session.answer({"n_new": n}, [f"{counted(n, 'full text')} asked for ({way})."], "reviewflow fulltext missing")


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
    is_new = retrieval.note_letter(session.review, act, record_id(report), manner_of("author", whom, on), answer)
    what = f"{report}: the authors {'answered' if answer else 'were asked'}."
    nothing = "" if is_new else " That was noted before: nothing new."
    session.answer({"report": report, "new": is_new}, [what + nothing], f"reviewflow fulltext show {report}")


app.command("add")(full_text_files.add)


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
    n = retrieval.note_step(session.review, act, on_, "not_retrieved", why, manner=manner_of(way, on=on))
    session.answer({"n_new": n}, [f"{counted(n, 'full text')} not retrieved: {why}"], "reviewflow fulltext list")


def _list_waiting(session: Session) -> None:
    from reviewflow.workflow import full_text_lists

    found = full_text_lists.chosen(session.review, session.viewer, "waiting")
    today = datetime.now(UTC).date()
    # Those that wait longest come first, those not asked for last.
    found.sort(key=lambda each: (each.asked_on == "", each.asked_on, each.report))
    rows = [[f"p{each.report}", _waits(each, today), each.way, shortened(each.record.title, 60)] for each in found]
    lines = []
    for each, line in zip([None, *found], table(rows, ["report", "asked", "way", "title"]), strict=True):
        lines.append(line)
        lines += [f"    {each.letters}"] if each is not None and each.letters else []
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


app.command("export")(full_text_lists.export)
app.command("letter")(full_text_lists.letter)

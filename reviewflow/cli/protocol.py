"""`init`, `protocol` and `team`."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson, ReviewDir
from reviewflow.cli.session import Session, ask, on_terminal, table
from reviewflow.domain.words import counted
from reviewflow.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="The protocol: question, criteria, reasons, rules.")
team = typer.Typer(no_args_is_help=True, help="The team: reviewers, adjudicators, leads.")


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Folder of the review; made when not there.")
    ] = Path(),
    title: Annotated[str, typer.Option(help="Title of the review.")] = "",
    reviewer: Annotated[list[str] | None, typer.Option(help="A reviewer; give it once for each.")] = None,
    adjudicator: Annotated[str, typer.Option(help="Who settles conflicts.")] = "",
    database: Annotated[str, typer.Option(help="A PostgreSQL URL; SQLite in the folder without.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a review in a folder.

    A reviewflow.toml that is there is taken as it is; otherwise one is written from a template.
    """
    from reviewflow.workflow import protocol

    there = (folder / "reviewflow.toml").exists()
    names = list(reviewer or [])
    if not there and on_terminal():
        title = title or ask("Title of the review:") or ""
        names = names or [n.strip() for n in (ask("Reviewers, by initials, as A, B:") or "").split(",")]
        adjudicator = adjudicator or ask("Who settles conflicts:") or ""
    if not there and not title:
        raise UsageError("a review needs a title", 'reviewflow init DIR --title "..." --reviewer A --reviewer B')
    made = protocol.init(
        folder.resolve(),
        protocol.Template(title, tuple(n for n in names if n), adjudicator, database),
        str(uuid.uuid4()),
    )
    Session(as_json=as_json).answer(
        {"folder": str(made.folder), "title": made.protocol.title},
        [
            f"Made the review {made.protocol.title!r} in {made.folder}",
            "Its protocol and team are text: reviewflow.toml",
        ],
        "reviewflow import FILE --source NAME, in that folder",
    )


@app.command("show")
def show(review: ReviewDir = None, as_json: AsJson = False) -> None:
    """Show the protocol."""
    session = Session("", review, as_json=as_json)
    protocol = session.review.protocol
    lines = [protocol.title, *filter(None, (protocol.question, protocol.registration, protocol.note)), ""]
    lines += table([[c.id, c.kind, c.text] for c in protocol.criteria])
    lines += ["", "Reasons for exclusion at full text, in order:"]
    lines += table([[f"{i}", r.id, r.label, r.criterion] for i, r in enumerate(protocol.reasons, 1)])
    lines += ["", "Screening:"]
    for rule in protocol.rules.values():
        check = ", disagreements are cross-checked" if rule.cross_check else ""
        at_once = ", one inclusion settles at once (liberal-accelerated)" if rule.accelerated else ""
        lines.append(f"  {rule.stage}: {counted(rule.votes, 'vote')}{at_once}{check}; unsure counts as {rule.unsure}")
    value = {
        "title": protocol.title,
        "question": protocol.question,
        "registration": protocol.registration,
        "criteria": [asdict(c) for c in protocol.criteria],
        "reasons": [asdict(r) for r in protocol.reasons],
        "rules": {str(stage): asdict(rule) for stage, rule in protocol.rules.items()},
    }
    session.answer(value, lines)


@app.command("criterion")
def criterion(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Short id, as I1 or E2.")],
    text: Annotated[str, typer.Argument(help="The rule in words.")],
    kind: Annotated[str, typer.Option(help="inclusion or exclusion.")] = "inclusion",
    reason: Annotated[str, typer.Option(help="Label of the exclusion reason that goes with it.")] = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Add a criterion and, if asked, the exclusion reason for it."""
    from reviewflow.workflow import protocol

    session = Session("", review, as_json=as_json)
    protocol.add_criterion(session.review, id_, kind, text, reason)
    session.answer({"criterion": id_}, [f"Added criterion {id_} to reviewflow.toml."], "reviewflow protocol show")


@team.command("add")
def team_add(
    name: Annotated[str, typer.Argument(help="Name or initials.")],
    role: Annotated[list[str], typer.Option(help="reviewer, adjudicator or lead; may be given again.")],
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Add a person to the team."""
    from reviewflow.workflow import protocol

    session = Session("", review, as_json=as_json)
    protocol.add_member(session.review, name, role)
    session.answer({"name": name, "roles": role}, [f"{name} is in the team: {', '.join(role)}."], "reviewflow status")


@team.command("list")
def team_list(review: ReviewDir = None, as_json: AsJson = False) -> None:
    """List the team."""
    session = Session("", review, as_json=as_json)
    people = [(member.name, sorted(member.roles)) for member in session.review.protocol.team]
    value = {"team": [{"name": name, "roles": roles} for name, roles in people]}
    session.answer(value, table([[name, ", ".join(roles)] for name, roles in people]) or ["Nobody yet."])


@team.command("remove")
def team_remove(
    name: Annotated[str, typer.Argument(help="Name or initials.")], review: ReviewDir = None, as_json: AsJson = False
) -> None:
    """Take a person out of the team. What he or she has done stands and counts."""
    from reviewflow.workflow import protocol

    session = Session("", review, as_json=as_json)
    is_gone = protocol.remove_member(session.review, name)
    words, then = f"{name} is no longer in the team.", "reviewflow team list"
    if not is_gone:
        words = f"{name} is former now: what {name} has done stands and counts, and nothing waits for {name} any more."
        then = f"reviewflow screen assign --from {name}, where reports were assigned"
    session.answer({"name": name, "is_former": not is_gone}, [words], then)

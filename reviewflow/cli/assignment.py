"""`screen assign` and `screen assigned`: who screens what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir, StageName
from reviewflow.cli.session import Session, stage_of, table
from reviewflow.domain.words import counted
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from reviewflow.workflow.assignment import Assigned


def assign(
    to: Annotated[str, typer.Option("--to", metavar="A,B", help="Among these reviewers; else among all.")] = "",
    capacity: Annotated[
        str, typer.Option("--capacity", metavar="A=300,B=100", help="At most so many reports each; others get none.")
    ] = "",
    overlap: Annotated[
        float, typer.Option("--overlap", metavar="PCT", help="Per cent that two screen, where the rule asks for one.")
    ] = 0,
    from_: Annotated[
        str, typer.Option("--from", metavar="NAME", help="Hand over what waits for this person to the others.")
    ] = "",
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another draw.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be assigned, and write nothing.")] = False,
    stage: StageName = "title_abstract",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Share out among the reviewers what is assigned to nobody yet.

    Each report goes to as many reviewers as the rule asks for, by chance and evenly. From then on it waits for these
    only. Without an assignment everybody may vote on everything.
    """
    from reviewflow.workflow import assignment

    session = Session(as_name, review, as_json=as_json)
    at = stage_of(stage)
    names = tuple(name.strip() for name in to.split(",") if name.strip())
    wanted = assignment.Wanted(names, _capacities(capacity), overlap, seed)
    if from_ and overlap:
        raise UsageError("what is handed over keeps its number of reviewers", "leave --overlap out")
    act = session.act(f"screen assign --from {from_}" if from_ else "screen assign")
    if from_:
        done = assignment.hand_over(session.review, act, at, from_, wanted, dry_run=dry_run)
    else:
        done = assignment.assign(session.review, act, at, wanted, dry_run=dry_run)
    value = {"stage": at, "dry_run": dry_run, **_as_json(done), "n_left": done.n_left}
    verb = "would be assigned" if dry_run else "assigned"
    lines = [f"{counted(len(done.reviewers), 'report')} {verb} at {at.words}."]
    lines += table([[name, str(n)] for name, n in done.loads.items()])
    lines += _left(done, from_)
    session.answer(value, lines, "reviewflow screen assign, without --dry-run" if dry_run else "reviewflow screen")


def _left(done: Assigned, from_: str) -> list[str]:
    """What is not assigned and why, in words."""
    if done.n_left and from_:
        return [f"{counted(done.n_left, 'report')} left with {from_}: nobody else can take more."]
    if done.n_left:
        return [f"{counted(done.n_left, 'report')} left: nobody has room for them."]
    if done.reviewers:
        return []
    return [f"Nothing that waits for {from_} is assigned." if from_ else "Nothing there is without an assignment."]


def _as_json(done: Assigned) -> dict[str, object]:
    return {"assigned": {f"p{report}": list(of) for report, of in done.reviewers.items()}, "loads": done.loads}


def _capacities(text: str) -> dict[str, int]:
    """Reviewer -> capacity, of "A=300,B=100".

    Raises:
        UsageError: It is not written so.
    """
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = (each.strip() for each in part.partition("="))
        if not name or not number.isdecimal() or name in found:
            raise UsageError(f"{part!r} says no capacity", "--capacity CB=300,DE=100")
        found[name] = int(number)
    return found


def assigned(
    stage: StageName = "title_abstract",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Show who screens how many reports. How far anybody is, is not told."""
    from reviewflow.workflow import assignment

    session = Session("", review, as_json=as_json)
    at = stage_of(stage)
    reviewers = assignment.assigned(session.review, at)
    done = assignment.Assigned(at, reviewers, reviewers, 0)
    teams: dict[str, int] = {}
    for of in reviewers.values():
        teams[", ".join(of)] = teams.get(", ".join(of), 0) + 1
    lines = [f"{counted(len(done.reviewers), 'report')} assigned at {at.words}."]
    lines += table([[names, str(n)] for names, n in sorted(teams.items())])
    session.answer({"stage": at, **_as_json(done)}, lines, "" if done.reviewers else "reviewflow screen assign")

"""`screen pilot`: a calibration round that everybody screens, and how well they agree."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewflow.cli.agreement import pairs
from reviewflow.cli.agreement import stage_as_json as agreement_as_json
from reviewflow.cli.options import AsJson, AsName, ReviewDir, StageName
from reviewflow.cli.session import Session, shortened, stage_of, table
from reviewflow.domain.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.domain.agreement import PairAgreement
    from reviewflow.workflow.agreement import OfPair, OfStage
    from reviewflow.workflow.pilot import Differing, Shown

app = typer.Typer(no_args_is_help=True, help="A pilot round: everybody screens one random sample.")

Name = Annotated[str, typer.Argument(metavar="[NAME]", help="Which round; else the one that goes on, or the last.")]


@app.command("start")
def start(
    n: Annotated[int, typer.Option("--n", help="Reports in the sample.")] = 50,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another sample.")] = 0,
    name: Annotated[str, typer.Option("--name", help="What the round is called; else calibration-1, -2, ...")] = "",
    gate: Annotated[float, typer.Option("--gate", help="Share of agreement that every pair has to reach.")] = 0.75,
    stage: StageName = "title_abstract",
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Draw a random sample that all reviewers screen first.

    The main round waits until the pilot round is closed. Votes in it count for no number of the review.
    """
    from reviewflow.workflow import pilot

    session = Session(as_name, review, as_json=as_json)
    act = session.act("screen pilot start")
    made = pilot.start(session.review, act, stage_of(stage), n, seed=seed, name=name, gate=gate)
    found = pilot.shown(session.review, made.name)
    words = f"Pilot round {made.name}: {counted(found.progress.n, 'report')} for {', '.join(found.progress.missing)}."
    lines = [words] if found.progress.n >= n else [words, f"{n} were asked for; there are no more to draw from."]
    session.answer(_value(found), lines, "reviewflow screen")


@app.command("show")
def show(name: Name = "", review: ReviewDir = None, as_json: AsJson = False) -> None:
    """Show who is done and, when all are, how well they agree.

    Exit 1 when a pair is below the gate.
    """
    from reviewflow.workflow import pilot

    session = Session("", review, as_json=as_json)
    found = pilot.shown(session.review, name)
    session.answer(_value(found), list(_lines(found)), _next(found))
    if found.passed is False:
        raise typer.Exit(1)


@app.command("close")
def close(
    name: Name = "",
    early: Annotated[bool, typer.Option("--early", help="Even if somebody is not done; no more votes then.")] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """End the round. Its reports are screened again in the main round, like all others."""
    from reviewflow.workflow import pilot

    session = Session(as_name, review, as_json=as_json)
    found = pilot.close(session.review, session.act("screen pilot close"), name, early=early)
    words = f"Pilot round {found.pilot.name} is over; its reports are screened again in the main round."
    session.answer(_value(found), [words], "reviewflow screen; to keep what was settled: reviewflow screen pilot adopt")


@app.command("adopt")
def adopt(name: Name = "", as_name: AsName = "", review: ReviewDir = None, as_json: AsJson = False) -> None:
    """Take your own votes of a closed round over into the main round.

    Only on reports that the round settled; the others are screened again.
    """
    from reviewflow.workflow import pilot

    session = Session(as_name, review, as_json=as_json)
    act = session.act(f"screen pilot adopt {name}".strip())
    cast = pilot.adopt(session.review, act, name)
    session.answer(
        {"n_votes": cast.n_new}, [f"{counted(cast.n_new, 'vote')} of {act.reviewer} adopted."], "reviewflow screen"
    )


def _value(found: Shown) -> dict[str, Any]:
    about = asdict(found.pilot)
    about.pop("id")
    return {
        **about,
        "n_reports": found.progress.n,
        "done": list(found.progress.done),
        "missing": list(found.progress.missing),
        "lowest_agreement": found.lowest,
        "passed": found.passed,
        "differing": [{**asdict(each), "report": f"p{each.report}"} for each in found.differing],
        "agreement": agreement_as_json(found.agreement) if found.agreement is not None else None,
    }


def _lines(found: Shown) -> Iterator[str]:
    so_far, pilot = found.progress, found.pilot
    state = "goes on" if pilot.is_open else "is over"
    yield f"Pilot round {pilot.name} at {pilot.stage.words}, {counted(so_far.n, 'report')}, seed {pilot.seed}: {state}"
    yield f"done: {', '.join(so_far.done) or 'nobody'}"
    if so_far.missing:
        yield f"not done: {', '.join(so_far.missing)}"
    if found.agreement is None:
        yield "How you agree is shown when everybody is done."
        return
    yield from _agreement(found.agreement)
    if found.differing:
        yield from ("", "Not all say the same on:")
        yield from (line for each in found.differing for line in _differing(each))
    yield ""
    if found.lowest is None or found.passed is None:
        yield "No report was screened by two."
        return
    said = "reached" if found.passed else "not reached: go through where you differ, sharpen the criteria, try again"
    whose = "Agreement" if len(found.agreement.pairs) == 1 else "Agreement of the pair that agrees least"
    yield f"{whose}: {100 * found.lowest:.1f} %; the gate of {100 * pilot.gate:g} % is {said}."


def _agreement(found: OfStage) -> Iterator[str]:
    """Of two reviewers all there is; of more, a line for each pair."""
    if len(found.pairs) == 1:
        yield from pairs(replace(found, pairs=tuple(replace(pair, disagreements=()) for pair in found.pairs)))
        return
    rows = [_pair(pair, foremost.agreement) for pair in found.pairs for foremost in pair.comparisons[:1]]
    yield ""
    yield from table(rows, ("reviewers", "agreed on", "per cent", "kappa", "PABAK", "AC1"))
    yield from pairs(replace(found, pairs=()))


def _pair(pair: OfPair, found: PairAgreement) -> list[str]:
    from reviewflow.domain.pooling.wording import rounded

    share = found.observed.value
    percent = "-" if share is None else rounded(100 * share, 1)
    coefficients = (rounded(each.value) for each in (found.kappa, found.pabak, found.ac1))
    return [" and ".join(pair.reviewers), f"{found.table.n_agreed} of {found.table.n}", percent, *coefficients]


def _differing(each: Differing) -> Iterator[str]:
    yield f"  p{each.report}  {shortened(each.title, 70)}"
    for said in each.votes:
        why = ": ".join(filter(None, (said.reason, said.note)))
        yield f"    {said.who} {said.verdict}{f' ({why})' if why else ''}"


def _next(found: Shown) -> str:
    if not found.pilot.is_open:
        return "reviewflow screen"
    return "reviewflow screen pilot close" if found.progress.is_complete else "reviewflow screen"

"""`screen rank`: in which order a reviewer screens titles and abstracts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session
from reviewflow.errors import UsageError


def rank(
    on: Annotated[bool, typer.Option("--on", help="Rank, with rf1 unless another model is named.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Rank no longer.")] = False,
    model: Annotated[str, typer.Option("--model", help="Rank with this model: rf1 or elas_u4.")] = "",
    order: Annotated[str, typer.Option("--order", help="The order without a model: record, random or year.")] = "",
    seed: Annotated[int | None, typer.Option("--seed", help="Of the random order and of the model.", min=0)] = None,
    show: Annotated[bool, typer.Option("--show", help="Say what is on, as without any option.")] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Choose in which order you screen titles and abstracts.

    A ranking learns from your own verdicts, and puts first what looks relevant; nobody else's votes enter it. Until you
    have included one record and excluded one, the order is that without a model.
    """
    from reviewflow.domain.ranking import DEFAULT
    from reviewflow.workflow import ranking

    if off and (on or model):
        raise UsageError("--off goes with neither --on nor --model", "say which of them is meant")
    alters = on or off or bool(model) or bool(order) or seed is not None
    if show and alters:
        raise UsageError("--show alters nothing", "leave the other options out, or --show")
    session = Session(as_name, review, as_json=as_json)
    act = session.act("screen rank")
    before = ranking.chosen(session.review, session.review.protocol.member(act.reviewer).name)
    now, is_new = before, False
    if alters:
        wanted = "" if off else model or (before.model or DEFAULT if on else None)
        now, is_new = ranking.choose(session.review, act, model=wanted, otherwise=order or None, seed=seed)
    lines = [f"{now.reviewer} screens titles and abstracts {ranking.words_of(now)}."]
    lines += ["It stood already."] if alters and not is_new else []
    methods = ranking.methods(now)
    lines += ["", methods] if methods and not alters else []
    value = {**asdict(now), "is_new": is_new, "words": ranking.words_of(now), "methods": methods}
    session.answer(value, lines, "reviewflow screen" if now.model else "reviewflow screen rank --on")

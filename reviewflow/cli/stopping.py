"""`screen stop`: what the declared stopping rule says of one's own screening, and what people make of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session
from reviewflow.domain.words import counted
from reviewflow.errors import StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reviewflow.workflow.stopping import Tested

_CARRY_ON: Final = "reviewflow screen"


def stop(
    declare: Annotated[
        bool, typer.Option("--declare", help="Write the protocol's rule into the ledger, before the first vote.")
    ] = False,
    decide: Annotated[
        bool, typer.Option("--decide", help="Say that you stop, where the rule allows it on your votes.")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Leave out what nobody has begun, once every reviewer has decided.")
    ] = False,
    methods: Annotated[bool, typer.Option("--methods", help="Only the paragraph for the methods section.")] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Test the protocol's stopping rule on your own votes.

    On titles and abstracts, in the order in which you voted. It ends nothing: you do, all reviewers together, by
    --decide and then --apply.
    """
    wanted = {"declare": declare, "decide": decide, "apply": apply, "methods": methods}
    given = [name for name, is_given in wanted.items() if is_given]
    if len(given) > 1:
        raise UsageError(f"--{given[0]} and --{given[1]} are two things", "one after the other")
    session = Session(as_name, review, as_json=as_json)
    steps: Mapping[str, Callable[[Session], None]] = {"declare": _declare, "decide": _decide, "apply": _apply}
    if given and given[0] in steps:
        steps[given[0]](session)
    else:
        _test(session, only_methods=methods)


def _declare(session: Session) -> None:
    from reviewflow.workflow import stopping

    is_new = stopping.declare(session.review, session.act(stopping.COMMAND))
    rule = session.review.protocol.stopping
    words = f"Declared: {rule.words}." if rule is not None else ""
    session.answer({"declared": is_new}, [words if is_new else f"{words} It stood already."], _CARRY_ON)


def _decide(session: Session) -> None:
    from reviewflow.workflow import stopping

    act = session.act(stopping.DECIDE)
    is_new = stopping.decide(session.review, act)
    wanting = stopping.undecided(session.review)
    words = f"{act.reviewer} stops." if is_new else f"{act.reviewer} had decided to stop already."
    more = f"Not decided yet: {', '.join(wanting)}." if wanting else "Every reviewer has decided to stop."
    next_step = _CARRY_ON if wanting else f"{_CARRY_ON}, for what one has begun; then reviewflow screen stop --apply"
    session.answer({"decided": is_new, "not_decided": wanting}, [words, more], next_step)


def _apply(session: Session) -> None:
    from reviewflow.workflow import stopping

    act = session.act(stopping.APPLY)
    n = stopping.apply(session.review, act)
    left = f"{counted(n, 'report')} left unscreened: in the flow, marked as ineligible by automation tools."
    lines = [left if n else "Nothing to leave out: there is no report that nobody has begun. Nothing was written."]
    paragraphs = []
    names = stopping.reviewers(session.review)
    # A reviewer may not see of another how many were included among the reports that he has not voted on himself.
    for name in (act.reviewer,) if act.reviewer in names else names:
        paragraphs += ["", _methods(session, name)]
    value = {"n_left_out": n, "methods": [each for each in paragraphs if each]}
    session.answer(value, lines + paragraphs, f"reviewflow flow show{'; reviewflow undo, if wrong' if n else ''}")


def _test(session: Session, *, only_methods: bool) -> None:
    from reviewflow.workflow import stopping

    found = stopping.test(session.review, session.act("screen stop").reviewer)
    at = found.standing
    wanting = stopping.undecided(session.review)
    n_to_finish = stopping.n_to_finish(session.review, found.reviewer)
    words = _with_order(session, found.reviewer, found.methods)
    value = {
        "reviewer": found.reviewer,
        "rule": asdict(found.rule),
        "declared_at_utc": found.declared_at_utc,
        "declared_by": found.declared_by,
        **asdict(at),
        "n_left_out": found.n_left_out,
        "not_decided": wanting,
        "n_to_finish": n_to_finish,
        "warnings": at.warnings,
        "methods": words,
    }
    done = f"{at.n_screened} of {at.n_records} records screened by {found.reviewer}, {at.n_relevant} relevant"
    bound = f"recall is at least {at.recall_at_least:.3f} at alpha {found.rule.alpha:g}"
    lines = [
        f"{done}, {at.in_a_row} irrelevant in a row.",
        f"p = {at.p:.4g} that recall {found.rule.target_recall:g} is missed; {bound}.",
        _so_far(found, wanting, n_to_finish),
        *(f"warning: {each}" for each in at.warnings),
        "",
        words,
    ]
    session.answer(value, [words] if only_methods else lines, _next(found, wanting, n_to_finish))


def _so_far(found: Tested, wanting: tuple[str, ...], n_to_finish: int | None) -> str:
    """Whether the test allows to stop, and how far the reviewers are with it."""
    name = found.reviewer
    if found.n_left_out:
        return f"{counted(found.n_left_out, 'report')} left unscreened under the rule."
    if not _n_left(found):
        return "Every record is screened: there is nothing to stop."
    if n_to_finish:
        begun = f"{counted(n_to_finish, 'report')} that another has begun {'waits' if n_to_finish == 1 else 'wait'}"
        return f"Every reviewer has decided to stop. {begun} for {name}; after these, no more."
    if not found.standing.holds:
        return "The test does not allow to stop."
    return "The test allows to stop; " + _decided(name, wanting)


def _decided(name: str, wanting: tuple[str, ...]) -> str:
    """Who has still to decide, where the test allows a reviewer to stop and nothing waits for him or her."""
    if not wanting:
        return f"every reviewer has decided to, and nothing that another has begun waits for {name}."
    if name not in wanting:
        return f"{name} has decided to. Not decided yet: {', '.join(wanting)}."
    return "every reviewer has to be there."


def _next(found: Tested, wanting: tuple[str, ...], n_to_finish: int | None) -> str:
    """The step that follows; "" where it is all the same."""
    if not _n_left(found):
        return ""
    if n_to_finish or not found.standing.holds:
        return _CARRY_ON
    if n_to_finish == 0:
        return "reviewflow screen stop --apply"
    return "reviewflow screen stop --decide" if found.reviewer in wanting else ""


def _n_left(found: Tested) -> int:
    """The records that are neither screened by the reviewer nor left out."""
    at = found.standing
    return at.n_records - at.n_screened - found.n_left_out


def _methods(session: Session, name: str) -> str:
    """The paragraph on a reviewer's stopping with the order; "" for who did not screen by the rule."""
    from reviewflow.workflow import stopping

    try:
        paragraph = stopping.test(session.review, name).methods
    except StateError:  # who did not screen by the rule has nothing to say of it
        return ""
    return _with_order(session, name, paragraph)


def _with_order(session: Session, name: str, paragraph: str) -> str:
    """The sentence on the order in which a reviewer screened, and the paragraph on his or her stopping."""
    from reviewflow.workflow import ranking

    return " ".join(each for each in (ranking.methods(ranking.chosen(session.review, name)), paragraph) if each)

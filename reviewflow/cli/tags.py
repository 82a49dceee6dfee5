"""`screen tag` and `screen tags`: a person's own words on reports, put on, taken off and listed."""

from __future__ import annotations

from typing import Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, shortened
from reviewflow.domain.words import counted


def tag(
    word: Annotated[str, typer.Argument(metavar="TAG", help="One word; capitals do not count.")],
    reports: Annotated[list[str], typer.Argument(metavar="pN...", help="Reports (p4), or any records of them (r17).")],
    off: Annotated[bool, typer.Option("--off", help="Take the tag off.")] = False,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Put a tag of your own on reports, or take it off. Votes stay as they are.

    Nobody else is told of your tags.
    """
    from reviewflow.workflow import tags
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    on = [record_id(each) for each in reports]
    act = session.act(f"screen tag {word} {' '.join(reports)}{' --off' if off else ''}")
    n = tags.tag(session.review, act, on, off=[word]) if off else tags.tag(session.review, act, on, [word])
    kept = tags.tag_of(word)
    done = f"{kept} {'taken off' if off else 'put on'} {counted(n, 'report')}."
    session.answer({"tag": kept, "n_changed": n}, [done], f"reviewflow screen tags {kept}")


def list_(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[TAG...]", help="Only reports with all of these; rand* any ending.")
    ] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """List the reports on which you have tags. Nobody else's are shown."""
    from reviewflow.workflow import tags

    session = Session(as_name, review, as_json=as_json)
    name = session.act("screen tags").reviewer
    found = tags.tagged(session.review, name, words or ())
    counts = tags.counts(session.review, name)
    lines = [f"p{each.report}  {' '.join(each.tags)}  {shortened(each.title, 60)}" for each in found]
    lines.append(", ".join(f"{n} {each}" for each, n in counts.items()) or "You have no tags in this review.")
    reports = [{"report": f"p{each.report}", "title": each.title, "tags": each.tags} for each in found]
    session.answer({"reports": reports, "counts": counts}, lines, "reviewflow screen")

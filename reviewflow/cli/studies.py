"""`study`: reports are linked to studies."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, ReviewDir
from reviewflow.cli.session import Session, shortened, table
from reviewflow.domain.study import Arm, Study
from reviewflow.domain.words import counted
from reviewflow.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Studies, their arms and their reports.")


@app.command("list")
def list_(review: ReviewDir = None, as_json: AsJson = False) -> None:
    """List the studies with their arms and reports."""
    from reviewflow.workflow import studies

    session = Session("", review, as_json=as_json)
    found = studies.list_studies(session.review)
    rows = [
        [
            f"s{each.study.id}",
            each.study.label,
            each.study.design,
            ", ".join(f"{arm.label} {arm.n if arm.n is not None else 'NR'}" for arm in each.study.arms),
            ", ".join(f"p{report}" for report in each.reports),
        ]
        for each in found
    ]
    value = {
        "studies": [
            {
                "study": f"s{each.study.id}",
                "label": each.study.label,
                "design": each.study.design,
                "arms": [{"label": arm.label, "role": arm.role, "n": arm.n} for arm in each.study.arms],
                "reports": {f"p{report}": role for report, (role, _) in each.reports.items()},
            }
            for each in found
        ]
    }
    session.answer(value, table(rows, ["id", "study", "design", "arms", "reports"]) if rows else ["No studies yet."])


@app.command("show")
def show(label: Annotated[str, typer.Argument()], review: ReviewDir = None, as_json: AsJson = False) -> None:
    """Show one study."""
    from reviewflow.workflow import studies

    session = Session("", review, as_json=as_json)
    every = studies.list_studies(session.review)
    wanted = studies.find([each.study for each in every], label)
    each = next(one for one in every if one.study.id == wanted.id)
    lines = [f"{wanted.label}  {wanted.design}  {wanted.country}".rstrip()]
    lines += table([["  arm", arm.label, arm.role, "NR" if arm.n is None else str(arm.n)] for arm in wanted.arms])
    lines += [f"  p{report} {role}: {shortened(record.title, 80)}" for report, (role, record) in each.reports.items()]
    session.answer({"study": f"s{wanted.id}", "label": wanted.label, "reports": [f"p{r}" for r in each.reports]}, lines)


@app.command("link")
def link(
    label: Annotated[str, typer.Argument(help="Label of the study; made when it is new.")],
    reports: Annotated[list[str], typer.Argument(metavar="pN...")],
    role: Annotated[str, typer.Option(help="primary, companion or registration.")] = "primary",
    design: Annotated[str, typer.Option(help="Design of a new study, as RCT.")] = "",
    country: Annotated[str, typer.Option(help="Country of a new study.")] = "",
    arm: Annotated[list[str] | None, typer.Option(help="An arm of a new study: LABEL:experimental:54")] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Link reports to a study, made with its arms when it is new."""
    from reviewflow.workflow import relations, studies
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    records = [record_id(each) for each in reports]
    known = {each.study.label for each in studies.list_studies(session.review)}
    act = session.act(f"study link {label}")
    if label in known:
        n = studies.link(session.review, act, label, records, role)
        lines = [f"{counted(n, 'report')} linked to {label}."]
    else:
        new = Study(0, label, design, country, "", tuple(_arm(text) for text in arm or ()))
        studies.add(session.review, act, new, [(record, role) for record in records])
        lines = [f"New study {label} with {counted(len(new.arms), 'arm')} and {counted(len(records), 'report')}."]
    linked = next(each for each in studies.list_studies(session.review) if each.study.label == label)
    offers = relations.belonging(session.review, linked.reports)
    lines += [f"p{each.report} is {each.kind} p{each.of}: {shortened(each.title, 60)}" for each in offers]
    if offers:
        lines.append("They belong to no study yet; what is a report of this one is linked with --role companion.")
    session.answer({"study": label, "related": [asdict(each) for each in offers]}, lines, "reviewflow study list")


def _arm(text: str) -> Arm:
    label, _, rest = text.partition(":")
    role, _, n = rest.partition(":")
    if role not in {"experimental", "control"} or not (n.isdecimal() or not n):
        raise UsageError(f"{text!r} is no arm", "write LABEL:experimental:54 or LABEL:control:54")
    return Arm(0, 0, label, role, int(n) if n else None)


@app.command("split")
def split(
    label: Annotated[str, typer.Argument(help="Label of the study.")],
    reports: Annotated[list[str], typer.Argument(metavar="pN...")],
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Take reports away from a study."""
    from reviewflow.workflow import studies
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    act = session.act(f"study split {label}")
    n = studies.split(session.review, act, label, [record_id(each) for each in reports])
    session.answer(
        {"study": label, "n": n}, [f"{counted(n, 'report')} taken away from {label}."], "reviewflow study list"
    )

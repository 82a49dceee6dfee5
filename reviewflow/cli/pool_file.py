"""`pool file`: one analysis of a table, without a review."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from reviewflow.cli import pool_blocks as blocks
from reviewflow.cli import pool_figures as figures
from reviewflow.cli import r_files
from reviewflow.cli.options import AsJson
from reviewflow.cli.pool_words import lines_of
from reviewflow.cli.session import Session, read_text
from reviewflow.errors import UsageError


def file(
    data: Annotated[
        Path, typer.Argument(metavar="DATA.csv", readable=False, help="One line for each study; columns as in escalc.")
    ],
    measure: Annotated[
        str,
        typer.Option(help="OR, RR, RD, PETO, HR, PR, PLO, PFT, PAS, MD, SMD, ROM, IRR, IR, IRLN, ZCOR, COR or GEN."),
    ],
    study: Annotated[str | None, typer.Option(metavar="COL", help="Column that names the studies.")] = None,
    scale: Annotated[str | None, typer.Option(help="ratio: a GEN whose yi is the log of a ratio.")] = None,
    model: Annotated[str | None, typer.Option(help="common (inverse variance), random, mh, peto or glmm.")] = None,
    tau2: Annotated[str | None, typer.Option(help="DL, PM, REML, ML, EB, SJ, HE or HS.")] = None,
    ci: Annotated[str | None, typer.Option(help="z, hk or hk-adhoc.")] = None,
    correct: Annotated[str | None, typer.Option(help="Continuity correction of: only0, all, if0all, none.")] = None,
    add: Annotated[float | None, typer.Option(help="The continuity correction: 0.5 unless given.")] = None,
    double_zero: Annotated[str | None, typer.Option(help="Studies with no event in either arm: keep or drop.")] = None,
    pi: Annotated[str | None, typer.Option(help="Prediction interval: hts, t or z.")] = None,
    glmm: Annotated[str | None, typer.Option(help="UM.FS, the one form of a GLMM of two arms.")] = None,
    moderator: Annotated[
        list[str] | None, typer.Option(metavar="NAME[:categorical]", help="A column to regress on; repeatable.")
    ] = None,
    reference: Annotated[
        list[str] | None, typer.Option(metavar="NAME=LEVEL", help="Level that the others are compared with.")
    ] = None,
    subgroup: Annotated[str | None, typer.Option(metavar="COL", help="Pool each level of a column as well.")] = None,
    subgroup_tau2: Annotated[
        str | None, typer.Option(help="separate or common: whether subgroups share one tau2.")
    ] = None,
    leave_one_out: Annotated[bool, typer.Option("--leave-one-out", help="Pool without each study in turn.")] = False,
    cumulative: Annotated[str | None, typer.Option(metavar="COL", help="Add the studies in this order.")] = None,
    influence: Annotated[bool, typer.Option("--influence", help="What each study does to the result.")] = False,
    small_study: blocks.SmallStudy = "",
    trim_and_fill: blocks.TrimAndFill = None,
    risk_of_bias: Annotated[
        str | None, typer.Option(metavar="COL", help="Column of judgements: pool without high, and low alone.")
    ] = None,
    swim: Annotated[bool, typer.Option("--swim", help="Directions, sign test and combined p values.")] = False,
    icc: Annotated[float | None, typer.Option(help="Intracluster correlation of rows with a cluster_size.")] = None,
    correlation: Annotated[float | None, typer.Option(help="Within people, of rows whose design is crossover.")] = None,
    multi_arm: Annotated[
        str | None, typer.Option(help="split or combine the comparisons that share a control group.")
    ] = None,
    like: Annotated[str | None, typer.Option(help="Defaults of revman, revman5, metafor or stata.")] = None,
    forest: figures.Forest = None,
    funnel: figures.Funnel = None,
    forest_leave_one_out: figures.LeaveOneOut = None,
    forest_cumulative: figures.Cumulative = None,
    baujat: figures.Baujat = None,
    labbe: figures.Labbe = None,
    bubble: figures.Bubble = None,
    radial: figures.Radial = None,
    effect_direction: figures.EffectDirection = None,
    layout: figures.Layout = "reviewflow",
    title: figures.Title = "",
    arms: figures.Arms = None,
    favours: figures.Favours = None,
    decimals: figures.Decimals = 2,
    judgements: figures.Judgements = None,
    export_r: Annotated[
        Path | None, typer.Option(help="Write an R script for metafor, .R, that prints its numbers beside ours.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Pool a table of studies without a review. What is not said takes a default, and is named in the answer."""
    from reviewflow.workflow import pool_figures, pool_file

    asked = pool_file.Analysis(
        measure=measure.upper(),
        study=study,
        ratio=_is_ratio(scale),
        model=model,
        tau2=tau2,
        ci=ci,
        correct=correct,
        add=add,
        double_zero=double_zero,
        pi=pi,
        like=like,
        moderators=tuple(moderator or ()),
        reference=dict(_reference(each) for each in reference or ()),
        subgroup=subgroup,
        subgroup_tau2=subgroup_tau2,
        leave_one_out=leave_one_out,
        cumulative=cumulative,
        influence=influence,
        small_study=blocks.tests_of(small_study),
        trim_and_fill=tuple(trim_and_fill or ()),
        icc=icc,
        correlation=correlation,
        multi_arm=multi_arm,
        risk_of_bias=risk_of_bias,
        swim=swim,
    )
    _check_glmm(glmm, model)
    targets = figures.targets(
        forest=forest,
        funnel=funnel,
        forest_leave_one_out=forest_leave_one_out,
        forest_cumulative=forest_cumulative,
        baujat=baujat,
        labbe=labbe,
        bubble=bubble,
        radial=radial,
        effect_direction=effect_direction,
    )
    asked = pool_figures.with_needed(asked, targets)
    rows = pool_file.read_rows(read_text(data), data.name)
    found = pool_file.pool_rows(rows, data.name, asked)
    value: dict[str, Any] = dict(found.to_json())
    lines = list(lines_of(found, value))
    if targets:
        look = figures.look_of(
            found, layout=layout, title=title, arms=arms, favours=favours, decimals=decimals, judgements=judgements
        )
        for figure, target in figures.draw_all(targets, found, look, rows, asked.moderators):
            value[figure] = str(target)
            lines.append(f"Drew {target}.")
    if export_r is not None:
        from reviewflow.workflow.export_r import of_table

        files = of_table(found, rows, asked, r_files.stem_of(export_r))
        value["export_r"] = r_files.write(files, export_r.parent)
        lines.append(f"Wrote {' and '.join(value['export_r'])}.")
    Session(as_json=as_json).answer(value, lines)


def _is_ratio(scale: str | None) -> bool:
    if scale not in {None, "ratio"}:
        raise UsageError(f"{scale!r} is no scale", "leave --scale out, or: --scale ratio")
    return scale == "ratio"


def _reference(text: str) -> tuple[str, str]:
    name, sign, level = text.partition("=")
    if not sign:
        raise UsageError(f"{text!r} names no level", "write --reference NAME=LEVEL")
    return name.removesuffix(":categorical"), level


def _check_glmm(glmm: str | None, model: str | None) -> None:
    if glmm is None:
        return
    if glmm != "UM.FS":
        raise UsageError(f"{glmm!r} is no form of a GLMM that can be fitted", "--glmm UM.FS")
    if model != "glmm":
        raise UsageError("--glmm says how a GLMM is fitted, and the model is another", "add --model glmm")

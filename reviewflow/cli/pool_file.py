"""`pool file`: one analysis of a table, without a review."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewflow.cli.options import AsJson
from reviewflow.cli.session import Session, read_text, table
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.domain.pooling import Pooled


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
    leave_one_out: Annotated[bool, typer.Option("--leave-one-out", help="Pool without each study in turn.")] = False,
    cumulative: Annotated[str | None, typer.Option(metavar="COL", help="Add the studies in this order.")] = None,
    influence: Annotated[bool, typer.Option("--influence", help="What each study does to the result.")] = False,
    small_study: Annotated[str, typer.Option(help="egger,begg,harbord,peters: those wanted, with commas.")] = "",
    trim_and_fill: Annotated[
        list[str] | None, typer.Option(metavar="L0|R0", help="How the missing are counted; repeatable.")
    ] = None,
    like: Annotated[str | None, typer.Option(help="Defaults of revman, revman5, metafor or stata.")] = None,
    forest: Annotated[Path | None, typer.Option(help="Draw the forest plot: .svg, .pdf or .png.")] = None,
    funnel: Annotated[Path | None, typer.Option(help="Draw the funnel plot: .svg, .pdf or .png.")] = None,
    as_json: AsJson = False,
) -> None:
    """Pool a table of studies without a review. What is not said takes a default, and is named in the answer."""
    from reviewflow.workflow import pool_file

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
        leave_one_out=leave_one_out,
        cumulative=cumulative,
        influence=influence,
        small_study=tuple(filter(None, (test.strip() for test in small_study.split(",")))),
        trim_and_fill=tuple(trim_and_fill or ()),
    )
    _check_glmm(glmm, model)
    found = pool_file.pool_file(read_text(data), data.name, asked)
    value: dict[str, Any] = dict(found.to_json())
    lines = list(lines_of(found, value))
    for figure, target in (("forest", forest), ("funnel", funnel)):
        if target is not None:
            _draw(found, target, figure)
            value[figure] = str(target)
            lines.append(f"Drew {target}.")
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


def _draw(found: Pooled, target: Path, figure: str) -> None:
    from reviewflow.workflow import pool_file

    try:
        pool_file.draw(found, target, "forest" if figure == "forest" else "funnel")
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}", f"choose another name: --{figure}") from error


def lines_of(found: Pooled, value: Mapping[str, Any]) -> Iterator[str]:
    """The answer in words: the studies, the result, what was chosen, what must be known, and each block asked for."""
    from reviewflow.figures.forest_text import forest_text

    if found.studies and not found.coefficients:
        yield from forest_text(found).rstrip("\n").split("\n")
        yield ""
    if found.coefficients:
        yield from _regression(found)
    else:
        yield found.words()
    for study, reason in found.excluded:
        yield f"not in the analysis: {study}, {reason}"
    if value["defaults"]:
        chosen = value["choices"]
        yield "by default: " + ", ".join(f"{name} {chosen[name]}" for name in value["defaults"])
    yield from (f"warning: {each}" for each in found.warnings)
    for block in _BLOCKS:
        rows = value.get(block.key)
        if rows:
            yield from ("", block.title, *table([block.row(each) for each in rows], block.header))
    if "small_study" in value:
        yield from ("", "small-study tests", *table([_test(*each) for each in value["small_study"].items()]))
    if "trim_and_fill" in value:
        yield from ("", "trim and fill", *table([_filled(*each) for each in value["trim_and_fill"].items()]))


def _regression(found: Pooled) -> Iterator[str]:
    from reviewflow.domain.pooling.wording import p_text, rounded

    rows = [
        [c.name, rounded(c.estimate, 4), f"[{rounded(c.ci_lower, 4)}, {rounded(c.ci_upper, 4)}]", p_text(c.p_value)]
        for c in found.coefficients
    ]
    yield from table(rows, ["coefficient", "estimate", "95 % CI", "p"])
    name = "F" if found.qm_df is not None and found.qm_df[1] is not None else "QM"
    left = f"tau2 {rounded(found.tau2, 4)}, I2 {rounded(found.i2, 1)} % left, k = {found.k}"
    yield f"moderators: {name} {rounded(found.qm)}, p {p_text(found.qm_p)}, R2 {rounded(found.r2, 1)} %; {left}"


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of the answer that has one line for each study or step."""

    key: str
    title: str
    name: str
    header: tuple[str, ...]
    columns: tuple[str, ...] = ()

    def row(self, each: Mapping[str, Any]) -> list[str]:
        """One line of it."""
        from reviewflow.domain.pooling.wording import rounded

        numbers = [rounded(each.get(column), 3) for column in self.columns]
        return [str(each[self.name]), *([] if numbers else [_effect(each)]), *numbers]


_INFLUENCE = ("rstudent", "dffits", "cook_d", "cov_r", "tau2_without", "hat")
_BLOCKS = (
    _Block("leave_one_out", "leave one out", "without", ("without", "pooled")),
    _Block("cumulative", "cumulative", "with", ("adding", "pooled")),
    _Block("influence", "influence", "study", ("study", *_INFLUENCE), _INFLUENCE),
)


def _effect(each: Mapping[str, Any]) -> str:
    """A result in short, on the scale people read: "0.49 [0.34, 0.70]"."""
    from reviewflow.domain.pooling.wording import interval_text, rounded

    if each.get("estimate") is None:
        return "not estimable"
    shown = each["display"]
    return f"{rounded(shown['estimate'])} {interval_text(shown['ci_lower'], shown['ci_upper'])}"


def _test(name: str, found: Mapping[str, Any]) -> list[str]:
    from reviewflow.domain.pooling.wording import p_text, rounded

    if "rosenthal" in found:
        return [name, f"Rosenthal {found['rosenthal']}, Rosenberg {found['rosenberg']}", ""]
    if found.get("p_value") is None:
        return [name, found.get("reason", "not estimable"), ""]
    number = f"tau {rounded(found['tau'])}" if "tau" in found else f"t({found['df']}) {rounded(found['statistic'])}"
    return [name, number, f"p {p_text(found['p_value'])}"]


def _filled(name: str, found: Mapping[str, Any]) -> Sequence[str]:
    if found.get("k0") is None:
        return [name, str(found.get("reason", "")), ""]
    n = found["k0"]
    what = f"{n} {'study' if n == 1 else 'studies'} filled in on the {found['side']}" if n else "nothing to fill in"
    return [name, what, _effect(found)]

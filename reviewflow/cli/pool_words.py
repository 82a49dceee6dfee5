"""The answer of a pooled analysis in words: tables and sentences for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from reviewflow.cli.session import table
from reviewflow.domain.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.domain.pooling import Pooled


def lines_of(found: Pooled, value: Mapping[str, Any]) -> Iterator[str]:
    """The answer in words: the studies, the result, what was chosen, what must be known, and each block asked for."""
    from reviewflow.figures.forest_text import forest_text

    if found.studies and not found.coefficients:
        width = get_terminal_size((100, 24)).columns
        yield from forest_text(found, width=width).rstrip("\n").split("\n")
        yield ""
    if found.coefficients:
        yield from _regression(found)
    else:
        yield found.words()
    for study, reason in found.excluded:
        yield f"not in the analysis: {study}, {reason}"
    for each in found.adjustments:
        yield f"adjusted: {each.study}, {each.words}"
    if value["defaults"]:
        chosen = value["choices"]
        yield "by default: " + ", ".join(f"{name} {chosen[name]}" for name in value["defaults"])
    yield from (f"warning: {each}" for each in found.warnings)
    yield from block_lines(value)


def block_lines(value: Mapping[str, Any]) -> Iterator[str]:
    """The blocks that were asked for."""
    for block in _BLOCKS:
        rows = value.get(block.key)
        if rows:
            yield from ("", block.title, *table([block.row(each) for each in rows], block.header))
    if "risk_of_bias" in value:
        header = ("studies", "k", "pooled", "left out")
        yield from ("", "by risk of bias", *table([_by_bias(each) for each in value["risk_of_bias"]], header))
    if "small_study" in value:
        yield from ("", "small-study tests", *table([_test(*each) for each in value["small_study"].items()]))
    if "trim_and_fill" in value:
        yield from ("", "trim and fill", *table([_filled(*each) for each in value["trim_and_fill"].items()]))
    if "swim" in value:
        yield from ("", "synthesis without meta-analysis", *_swim(value["swim"]))


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


def _by_bias(found: Mapping[str, Any]) -> list[str]:
    return [found["studies"], str(found["k"]), _effect(found), ", ".join(found["left_out"])]


def _test(name: str, found: Mapping[str, Any]) -> list[str]:
    from reviewflow.domain.pooling.wording import p_text, rounded

    if "rosenthal" in found:
        return [name, ", ".join(f"{who.capitalize()} {n}" for who, n in found.items()), ""]
    if found.get("p_value") is None:
        return [name, found.get("reason", "not estimable"), ""]
    statistic = "z" if found.get("df") is None else f"t({found['df']})"
    number = f"tau {rounded(found['tau'])}" if "tau" in found else f"{statistic} {rounded(found['statistic'])}"
    return [name, number, f"p {p_text(found['p_value'])}"]


def _filled(name: str, found: Mapping[str, Any]) -> Sequence[str]:
    if found.get("k0") is None:
        return [name, str(found.get("reason", "")), ""]
    n = found["k0"]
    what = f"{counted(n, 'study', 'studies')} filled in on the {found['side']}" if n else "nothing to fill in"
    return [name, what, _effect(found)]


def _swim(found: Mapping[str, Any]) -> Iterator[str]:
    """The directions study by study, then the tests in short."""
    from reviewflow.domain.pooling.wording import interval_text, p_text, rounded

    if not found["k"]:
        yield "no study has an effect"
        return
    arrows = {"below": "v", "above": "^", "none": "-"}
    yield from table(
        [[e["study"], f"{arrows[e['direction']]} {e['direction']}", p_text(e["p_value"])] for e in found["directions"]],
        ("study", "effect lies", "p"),
    )
    sign, spread, fisher, stouffer = (
        found["sign_test"],
        found["effects"],
        found["fisher"],
        found["stouffer"]["weighted"],
    )
    share = f"{rounded(sign['share_below'])} {interval_text(sign['ci_lower'], sign['ci_upper'])}"
    n, p = sign["below"] + sign["above"], {side: p_text(each["p_value"]) for side, each in fisher.items()}
    yield f"below no effect: {sign['below']} of {n}, share {share}, sign test p {p_text(sign['p_value'])}"
    yield f"Fisher: an effect below in some study p {p['below']}, above p {p['above']}"
    yield f"Stouffer, weighted: z {rounded(stouffer['z'])}, p {p_text(stouffer['p_value'])}"
    ends = [", ".join(rounded(each) for each in spread[name]) for name in ("quartiles", "range")]
    yield f"effects without weights: median {rounded(spread['median'])}, quartiles {ends[0]}, range {ends[1]}"

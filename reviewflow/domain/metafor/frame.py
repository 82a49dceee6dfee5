"""The table that the script reads, and how R makes effect sizes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.effect.columns import form_of, label
from reviewflow.domain.metafor.language import r_number, r_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling import Pooled

_UNCORRECTED = ("PAS", "PFT", "PETO")
_SIZES = ("n1i", "n2i", "ni")
_MEANS = ("MD", "SMD", "ROM", "COR", "ZCOR")
_INTO = {"ratio": "log({})", "difference": "{}", "generic": "{}"}
# Studies that R drops by itself, as we did, when it is told to.
_DROPPED = ("no event in either arm", "only events in both arms")


@dataclass(frozen=True, slots=True)
class Frame:
    """The table of an analysis.

    Attributes:
        header: Names of the columns, "study" first.
        rows: As texts, numbers to full precision.
        cells: The columns that effect sizes are made of.
        made: Lines of R that make yi and vi.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cells: tuple[str, ...]
    made: tuple[str, ...]


def frame(pooled: Pooled, rows: Sequence[Row], study: str | None, further: Sequence[str]) -> Frame:
    """The table of the studies of an analysis, with the further columns that it needs."""
    form = form_of("PETO" if pooled.model == "peto" else pooled.measure, rows)
    designed = any(each.method != "continuity" for each in pooled.adjustments)
    by_design = designed and not _has_effective_sizes(pooled, form)
    as_given = _given(form, pooled)
    if by_design or as_given is None:
        return _of_effects(pooled, rows, further)
    if designed:
        chosen: list[tuple[str, int, Row]] = [(each.study, each.row, each.counts) for each in pooled.studies]
    else:
        chosen = [(label(rows[i], i, study), i, rows[i]) for i in _places(pooled, rows, study)]
    table = tuple(
        (name, *(_cell(source.get(cell)) for cell in form), *(_cell(rows[i].get(more)) for more in further))
        for name, i, source in chosen
    )
    return Frame(("study", *form, *further), table, form, as_given)


def _has_effective_sizes(pooled: Pooled, form: Sequence[str]) -> bool:
    """Whether the counts of the result are those that its effect sizes were made of."""
    paired = any(each.method == "paired" for each in pooled.adjustments)
    return not paired and all(set(form) <= set(each.counts) for each in pooled.studies)


def _of_effects(pooled: Pooled, rows: Sequence[Row], further: Sequence[str]) -> Frame:
    """The effect sizes themselves, where R cannot make them of the columns of the table."""
    # Macaskill's test asks for the sizes of the studies as well.
    sizes = tuple(name for name in _SIZES if pooled.studies and all(name in each.counts for each in pooled.studies))
    table = tuple(
        (
            s.study,
            _cell(s.yi),
            _cell(s.vi),
            *(_cell(s.counts[size]) for size in sizes),
            *(_cell(rows[s.row].get(more)) for more in further),
        )
        for s in pooled.studies
    )
    return Frame(("study", "yi", "vi", *sizes, *further), table, ("yi", "vi"), ())


def _places(pooled: Pooled, rows: Sequence[Row], study: str | None) -> list[int]:
    """Places of the rows that count, those included that R itself is told to drop."""
    dropped = {name for name, reason in pooled.excluded if reason in _DROPPED}
    kept = {each.row for each in pooled.studies}
    return [i for i in range(len(rows)) if i in kept or label(rows[i], i, study) in dropped]


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else r_number(value).replace("NA", "")


def _given(form: Sequence[str], pooled: Pooled) -> tuple[str, ...] | None:
    """The lines that make yi and vi of a form's columns; None where R has no word for it."""
    if form == ("yi", "vi"):
        return ()
    if form == ("yi", "sei"):
        return ("dat$vi <- dat$sei^2",)
    if form[0] == "o_minus_e":
        return ("dat$yi <- dat$o_minus_e / dat$v", "dat$vi <- 1 / dat$v")
    if form[0] == "estimate":
        into = _INTO.get(pooled.scale.name)
        if into is None:
            return None
        low, high = into.format("dat$ci_lower"), into.format("dat$ci_upper")
        return (f"dat$yi <- {into.format('dat$estimate')}", f"dat$vi <- (({high} - {low}) / (2 * qnorm(.975)))^2")
    return _escalc(form, pooled)


def _escalc(form: Sequence[str], pooled: Pooled) -> tuple[str, ...]:
    """The call of escalc."""
    choices = pooled.choices
    measure = "PETO" if pooled.model == "peto" else choices.measure
    options = [f"measure = {r_text(measure)}", *(f"{cell} = {cell}" for cell in form), "data = dat"]
    if measure in _UNCORRECTED:
        options.append("add = 0")
    elif measure not in _MEANS:
        options += [f"add = {r_number(choices.add)}", f"to = {r_text(choices.correct)}"]
        options += ["drop00 = TRUE"] if choices.table in {"drop", "blank"} else []
    if measure == "SMD":
        options.append('vtype = "LS"')
    call = f"dat <- escalc({', '.join(options)})"
    if measure != "ROM":
        return (call,)
    # From version 5 on metafor corrects log ratios of means for bias when it is not told otherwise.
    corrected = call.removesuffix(")") + ", correct = FALSE)"
    return (f'if (packageVersion("metafor") >= "5.0.0") {corrected} else {call}',)

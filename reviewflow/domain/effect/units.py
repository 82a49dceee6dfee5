"""Units of analysis: trials that randomised clusters, gave everybody both treatments, or share a control group."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from math import isnan
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from reviewflow.domain.effect.columns import number
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reviewflow.domain.effect.columns import FloatArray, Row, Table

MULTI_ARM = ("split", "combine")
Method: TypeAlias = Literal["continuity", "design effect", "paired", "split", "combined"]

_CONTROLS = (("ci", "n2i"), ("ci", "di"), ("m2i", "sd2i", "n2i"), ("x2i", "t2i"))
_UNSCALED = {
    "m1i",
    "m2i",
    "sd1i",
    "sd2i",
    "ri",
    "yi",
    "vi",
    "sei",
    "estimate",
    "ci_lower",
    "ci_upper",
    "o_minus_e",
    "v",
}
_TREATED = ("ai", "bi", "n1i", "x1i", "t1i")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What was done to the numbers of a study before they were pooled.

    Attributes:
        study: What it is called.
        method: A continuity correction, a design effect, a paired variance, a control group split between its
            comparisons, or treated groups combined.
        words: The method with its numbers.
    """

    study: str
    method: Method
    words: str


@dataclass(frozen=True, slots=True)
class Designs:
    """How trials that are not two groups of single people are analysed.

    Attributes:
        icc: Intracluster correlation where a row has none of its own in a column `icc`.
        correlation: Of a person's two values in a crossover trial, where a row has none in a column `correlation`.
        multi_arm: split or combine: what becomes of comparisons that share a control group; None only warns.
    """

    icc: float | None = None
    correlation: float | None = None
    multi_arm: str | None = None

    def __post_init__(self) -> None:
        if self.icc is not None and not 0 <= self.icc <= 1:
            raise UsageError(f"an intracluster correlation of {self.icc:g}", "it lies between 0 and 1")
        if self.correlation is not None and not -1 <= self.correlation < 1:
            raise UsageError(f"a correlation of {self.correlation:g} within people", "it lies between -1 and 1")
        if self.multi_arm is not None and self.multi_arm not in MULTI_ARM:
            raise UsageError(f"multi-arm {self.multi_arm!r} is not known", f"choose one of {', '.join(MULTI_ARM)}")


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A table after its designs were taken into account.

    Attributes:
        table: The rows, with effective sizes.
        inflation: What variances that the rows bring with them are multiplied by, shape (k,).
        correlation: Of a person's two values, NaN for parallel groups, shape (k,).
        adjustments: What was done.
        warnings: What was not done and should be.
    """

    table: Table
    inflation: FloatArray
    correlation: FloatArray
    adjustments: tuple[Adjustment, ...] = ()
    warnings: tuple[str, ...] = field(default=())


def adjusted(table: Table, rows: Sequence[Row], measure: str, designs: Designs) -> Adjusted:
    """The table with cluster and crossover trials corrected where they can be, and shared control groups dealt with.

    Reads the columns design (cluster, crossover), cluster_size, icc, correlation, trial and denominator where there
    are any.

    Raises:
        InputError: A cluster size, an icc or a correlation lies outside its range; names the row.

    Source:
        Cochrane Handbook 6.5, sections 23.1.4 (effective sample size), 23.2 (crossover), 23.3.4 (multi-arm).
    """
    own = [rows[int(i)] for i in table.rows]
    k = len(own)
    found = Adjusted(table, np.ones(k), np.full(k, np.nan), (), _denominators(own))
    found = _shared_controls(found, own, designs.multi_arm)
    own = [rows[int(i)] for i in found.table.rows]
    found = replace(found, warnings=(*found.warnings, *_repeated(found, own)))
    return _crossovers(_clusters(found, own, designs.icc), own, measure, designs.correlation)


def paired_variance(table: Table, correlation: FloatArray) -> FloatArray:
    """The variance of a mean difference between two values of the same people, shape (k,); Handbook 23.2.

    Args:
        table: With sd1i, sd2i and n1i: everybody has both values.
        correlation: Between the two values.
    """
    c = table.columns
    paired: FloatArray = (c["sd1i"] ** 2 + c["sd2i"] ** 2 - 2 * correlation * c["sd1i"] * c["sd2i"]) / c["n1i"]
    return paired


def _denominators(rows: Sequence[Row]) -> tuple[str, ...]:
    kinds = sorted({str(row.get("denominator") or "").strip() for row in rows} - {""})
    return (f"The pool mixes denominators: {', '.join(kinds)}.",) if len(kinds) > 1 else ()


def _named(row: Row, column: str, place: str) -> float | None:
    found = number(row.get(column), column, place)
    return None if isnan(found) else found


def _is_design(row: Row, *words: str) -> bool:
    design = str(row.get("design") or "").casefold()
    return any(word in design for word in words)


def _clusters(found: Adjusted, rows: Sequence[Row], icc: float | None) -> Adjusted:
    """Groups divided by their design effect 1 + (m - 1) ICC, given variances multiplied by it."""
    table = found.table
    effects, done, warned = np.ones(len(rows)), [], []
    for i, row in enumerate(rows):
        size = _named(row, "cluster_size", table.places[i])
        if size is None and not _is_design(row, "cluster"):
            continue
        own = _named(row, "icc", table.places[i])
        if size is not None and size < 1:
            raise InputError(f"{table.places[i]}: clusters of {size:g} people", "give their mean size in cluster_size")
        if own is not None and not 0 <= own <= 1:
            raise InputError(f"{table.places[i]}: icc is {own:g}", "an intracluster correlation lies between 0 and 1")
        used = icc if own is None else own
        if size is None or used is None:
            lacking = "cluster_size" if size is None else "icc"
            warned.append(
                f"{table.studies[i]} randomised clusters and is analysed as if it had randomised people: its interval"
                f" is too narrow. Give its {lacking}."
            )
            continue
        effects[i] = 1 + (size - 1) * used
        words = f"sizes divided by a design effect of {effects[i]:.4g} (clusters of {size:g}, ICC {used:g})"
        done.append(Adjustment(table.studies[i], "design effect", words))
    given = _UNSCALED.issuperset(table.columns)
    scaled = {name: x if name in _UNSCALED else x / effects for name, x in table.columns.items()}
    return replace(
        found,
        table=replace(table, columns=scaled),
        inflation=found.inflation * effects if given else found.inflation,
        adjustments=(*found.adjustments, *done),
        warnings=(*found.warnings, *warned),
    )


def _crossovers(found: Adjusted, rows: Sequence[Row], measure: str, correlation: float | None) -> Adjusted:
    """The correlation of paired values where a mean difference can use it, a warning where it cannot."""
    table = found.table
    used, done, warned = found.correlation.copy(), [], []
    for i, row in enumerate(rows):
        if not _is_design(row, "crossover", "cross-over") or _UNSCALED.issuperset(table.columns):
            continue
        own = _named(row, "correlation", table.places[i])
        if own is not None and not -1 <= own < 1:
            raise InputError(f"{table.places[i]}: correlation is {own:g}", "it lies between -1 and 1")
        r = correlation if own is None else own
        if measure != "MD" or r is None:
            way = "Give the correlation within people." if measure == "MD" else "Give its paired effect as yi and sei."
            warned.append(
                f"{table.studies[i]} is a crossover trial analysed as if its periods were two groups: its interval is"
                f" too wide. {way}"
            )
            continue
        if table.columns["n1i"][i] != table.columns["n2i"][i]:
            raise InputError(
                f"{table.places[i]}: a crossover trial with {table.columns['n1i'][i]:g} and"
                f" {table.columns['n2i'][i]:g} people",
                "give those who had both treatments, in n1i and n2i alike",
            )
        used[i] = r
        done.append(
            Adjustment(table.studies[i], "paired", f"paired variance with a correlation of {r:g} within people")
        )
    return replace(
        found,
        correlation=used,
        adjustments=(*found.adjustments, *done),
        warnings=(*found.warnings, *warned),
    )


def _shared_controls(found: Adjusted, rows: Sequence[Row], method: str | None) -> Adjusted:
    """Each control group counted once: split between its comparisons, or compared with all treated groups together."""
    table = found.table
    control = next((names for names in _CONTROLS if set(names) <= table.columns.keys()), None)
    groups = [] if control is None else list(_sharing(table, rows, control))
    if not groups:
        return found
    if method is None:
        words = (
            f"{_trial(table, rows, group[0])} enters with {len(group)} comparisons that share a control group: its"
            " people are counted more than once. Split it, or combine the treated groups (multi-arm split, combine)."
            for group in groups
        )
        return replace(found, warnings=(*found.warnings, *words))
    columns = {name: column.copy() for name, column in table.columns.items()}
    dropped: set[int] = set()
    done = []
    for group in groups:
        n = len(group)
        if method == "combine":
            _combine(columns, group)
            dropped |= set(group[1:])
            names = ", ".join(dict.fromkeys(table.studies[i] for i in group))
            done.append(
                Adjustment(table.studies[group[0]], "combined", f"treated groups of {n} rows combined: {names}")
            )
            continue
        for name in set(control or ()) - _UNSCALED:
            columns[name][group] /= n
        done += [
            Adjustment(table.studies[i], "split", f"shared control group divided by {n}") for i in dict.fromkeys(group)
        ]
    kept = np.array([i for i in range(len(rows)) if i not in dropped], dtype=np.intp)
    return Adjusted(_rows_of(replace(table, columns=columns), kept), found.inflation[kept], found.correlation[kept],
                    (*found.adjustments, *done), found.warnings)  # fmt: skip


def _repeated(found: Adjusted, rows: Sequence[Row]) -> Iterator[str]:
    """A warning for each trial of the column `trial` whose rows may share people and that nothing accounts for."""
    split = {each.study for each in found.adjustments if each.method == "split"}
    left = [
        str(row.get("trial") or "").strip()
        for row, study in zip(rows, found.table.studies, strict=True)
        if study not in split
    ]
    for trial, n in Counter(left).items():
        if trial and n > 1 and not any(words.startswith(f"{trial} enters ") for words in found.warnings):
            yield f"{trial} contributes {n} rows: its people are counted {n} times, and the interval is too narrow."


def _rows_of(table: Table, kept: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Table:
    return replace(
        table,
        columns={name: column[kept] for name, column in table.columns.items()},
        rows=table.rows[kept],
        studies=tuple(table.studies[i] for i in kept),
        places=tuple(table.places[i] for i in kept),
    )


def _trial(table: Table, rows: Sequence[Row], i: int) -> str:
    """What says that rows are of one trial: its column `trial`, else what the study is called."""
    return str(rows[i].get("trial") or "").strip() or table.studies[i]


def _sharing(table: Table, rows: Sequence[Row], control: Sequence[str]) -> Iterator[list[int]]:
    """The places of the rows of one trial that have the same control group, where they are more than one."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for i in range(len(rows)):
        key = (_trial(table, rows, i), *(float(table.columns[name][i]) for name in control))
        groups.setdefault(key, []).append(i)
    treated = [name for name in table.columns if name in _TREATED or name in {"m1i", "sd1i"}]
    for group in groups.values():
        # The same row twice is the same comparison twice, not two treated groups.
        different = {tuple(float(table.columns[name][i]) for name in treated) for i in group}
        if len(different) > 1:
            yield group


def _combine(columns: dict[str, FloatArray], group: Sequence[int]) -> None:
    """Put all treated groups into the first row; means by Handbook table 6.5.a."""
    first, n = group[0], columns.get("n1i")
    if "m1i" in columns and n is not None:
        sizes, means, spreads = n[list(group)], columns["m1i"][list(group)], columns["sd1i"][list(group)]
        total = sizes.sum()
        mean = (sizes * means).sum() / total
        squares = ((sizes - 1) * spreads**2).sum() + (sizes * (means - mean) ** 2).sum()
        columns["m1i"][first], columns["sd1i"][first] = mean, (squares / (total - 1)) ** 0.5
    for name in _TREATED:
        if name in columns:
            columns[name][first] = columns[name][list(group)].sum()

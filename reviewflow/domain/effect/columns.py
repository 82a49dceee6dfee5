"""Which columns a measure is computed from, and the reading of their values with the row named in every error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isinf, isnan
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
Row: TypeAlias = Mapping[str, object]
Form: TypeAlias = tuple[str, ...]

TWO_ARMS = ("OR", "RR", "RD", "PETO")
PROPORTIONS = ("PR", "PLO", "PFT", "PAS")
MEANS = ("MD", "SMD", "ROM")
RATES = ("IR", "IRLN")
CORRELATIONS = ("COR", "ZCOR")
MEASURES = (*TWO_ARMS, "HR", *PROPORTIONS, *MEANS, "IRR", *RATES, *CORRELATIONS, "GEN")

_YIELDED: tuple[Form, ...] = (("yi", "vi"), ("yi", "sei"), ("estimate", "ci_lower", "ci_upper"))
_LOG_RANK: Form = ("o_minus_e", "v")
_CELLS: tuple[Form, ...] = (("ai", "bi", "ci", "di"), ("ai", "n1i", "ci", "n2i"))
MISSING = frozenset({"", "na", "n/a", "nan", "nr", ".", "-", "null", "none"})
STUDY_COLUMNS = ("study", "study_label", "label", "author", "trial", "id")


def forms(measure: str) -> tuple[Form, ...]:
    """The sets of columns that `measure` can be computed from, the first complete one counts."""
    if measure in TWO_ARMS:
        log_rank = () if measure in {"RR", "RD"} else (_LOG_RANK,)
        return (*_CELLS, *_YIELDED, *log_rank)
    raw: tuple[Form, ...] = ()
    if measure in PROPORTIONS:
        raw = (("xi", "ni"),)
    elif measure in MEANS:
        raw = (("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),)
    elif measure == "IRR":
        raw = (("x1i", "t1i", "x2i", "t2i"),)
    elif measure in RATES:
        raw = (("xi", "ti"),)
    elif measure in CORRELATIONS:
        raw = (("ri", "ni"),)
    return (*raw, *_YIELDED, *((_LOG_RANK,) if measure in {"HR", "GEN"} else ()))


def form_of(measure: str, rows: Sequence[Row]) -> Form:
    """The columns that `measure` is computed from in these rows.

    Raises:
        InputError: The measure is not known, or no set of its columns is complete.
    """
    if measure not in MEASURES:
        raise InputError(f"{measure!r} is no effect measure", f"choose one of {', '.join(MEASURES)}")
    present: set[str] = set().union(*(row.keys() for row in rows)) if rows else set()
    for form in forms(measure):
        if present.issuperset(form):
            return form
    wanted = ", or ".join(",".join(form) for form in forms(measure))
    found = ", ".join(sorted(present)) or "none"
    if {"xi", "ni"} <= present and measure in TWO_ARMS:
        raise InputError(
            f"{measure} compares two arms, and the columns found are of one: {found}",
            f"pool a proportion (PLO), or give the columns {wanted}",
        )
    raise InputError(f"{measure} cannot be computed from the columns found: {found}", f"give the columns {wanted}")


def number(value: object, column: str, where: str) -> float:
    """The value as a number; NaN where it is missing.

    Raises:
        InputError: It is no number, or infinite; names the row and the column.
    """
    if value is None:
        return float("nan")
    if isinstance(value, str):
        text = value.strip()
        if text.casefold() in MISSING:
            return float("nan")
        value = _parsed(text, column, where)
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
        raise InputError(f"{where}: {column} is {value!r}, which is no number", "give a number, or leave it empty")
    found = float(value)
    if isinf(found):
        raise InputError(f"{where}: {column} is infinite", "give a finite number, or leave it empty")
    return found


def _parsed(text: str, column: str, where: str) -> float:
    """The number that a text says."""
    try:
        return float(text)
    except ValueError:
        remedy = "write decimals with a point" if "," in text else "give a number, or leave it empty"
        raise InputError(f"{where}: {column} is {text!r}, which is no number", remedy) from None


def label(row: Row, index: int, column: str | None = None) -> str:
    """What a row is called: its study column, or its place."""
    for name in (column,) if column else STUDY_COLUMNS:
        value = _text(row.get(name))
        if value:
            # Two papers of one author in a table with a column of years are two studies.
            year = _text(row.get("year")) if name == "author" and not column else ""
            return f"{value} {year}".rstrip()
    return f"row {index + 1}"


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def where(row: Row, index: int, column: str | None = None) -> str:
    """How an error names a row: "row 3 (Locatelli 2021)"."""
    name, place = label(row, index, column), f"row {index + 1}"
    return place if name == place else f"{place} ({name})"


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a form as numbers, without the rows that lack a value.

    Attributes:
        columns: Each of shape (k,).
        rows: Place of each row in the input, from 0, shape (k,).
        studies: What each row is called.
        places: How an error names each row.
        missing: (study, reason) of the rows that lack a value.
    """

    columns: dict[str, FloatArray]
    rows: NDArray[np.intp]
    studies: tuple[str, ...]
    places: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]


def table(rows: Sequence[Row], form: Form, study: str | None = None) -> Table:
    """The numbers of `form` in `rows`; a row that lacks one is set apart with the reason.

    Raises:
        InputError: A value is no number; names the row and the column.
    """
    kept: list[tuple[int, list[float]]] = []
    missing: list[tuple[str, str]] = []
    for index, row in enumerate(rows):
        values = [number(row.get(column), column, where(row, index, study)) for column in form]
        lacking = [column for column, value in zip(form, values, strict=True) if isnan(value)]
        if lacking:
            missing.append((label(row, index, study), f"no value for {', '.join(lacking)}"))
        else:
            kept.append((index, values))
    block = np.array([values for _, values in kept], dtype=np.float64).reshape(len(kept), len(form))
    return Table(
        columns={column: block[:, j] for j, column in enumerate(form)},
        rows=np.array([index for index, _ in kept], dtype=np.intp),
        studies=tuple(label(rows[index], index, study) for index, _ in kept),
        places=tuple(where(rows[index], index, study) for index, _ in kept),
        missing=tuple(missing),
    )


def require(holds: BoolArray, places: Sequence[str], words: Iterable[str], remedy: str) -> None:
    """Raise an InputError that names the first row for which the claim does not hold."""
    for place, true, what in zip(places, holds, words, strict=True):
        if not true:
            raise InputError(f"{place}: {what}", remedy)

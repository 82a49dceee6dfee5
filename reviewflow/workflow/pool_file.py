"""Pooling of a table without a review: rows from a CSV and one analysis."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from reviewflow.domain.pooling import pool
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.pooling import Pooled

Rows = list[dict[str, str]]

_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What is asked of a table; None takes the preset's choice, or else the default. See `domain.pooling.pool`."""

    measure: str
    study: str | None = None
    ratio: bool = False
    model: str | None = None
    tau2: str | None = None
    ci: str | None = None
    correct: str | None = None
    add: float | None = None
    double_zero: str | None = None
    pi: str | None = None
    like: str | None = None
    moderators: tuple[str, ...] = ()
    reference: Mapping[str, str] = field(default_factory=dict)
    subgroup: str | None = None
    subgroup_tau2: str | None = None
    leave_one_out: bool = False
    cumulative: str | None = None
    influence: bool = False
    small_study: tuple[str, ...] = ()
    trim_and_fill: tuple[str, ...] = ()
    icc: float | None = None
    correlation: float | None = None
    multi_arm: str | None = None
    risk_of_bias: str | None = None
    swim: bool = False


def pool_rows(rows: Rows, name: str, asked: Analysis) -> Pooled:
    """Pool the rows of a table.

    Args:
        rows: Of `read_rows`, columns as in metafor's `escalc`.
        name: Of the file, for error messages.
        asked: The analysis.

    Raises:
        InputError: The rows cannot be pooled; names the row.
        UsageError: A choice is not known, or two do not go together.
    """
    if asked.study is not None and asked.study not in rows[0]:
        raise InputError(f"{name} has no column {asked.study!r}", f"its columns: {', '.join(rows[0])}")
    if asked.ratio and asked.measure != "GEN":
        raise UsageError(f"the scale of {asked.measure} is given by the measure", "leave --scale out, or take GEN")
    options = {each.name: getattr(asked, each.name) for each in fields(asked)}
    try:
        return pool(options.pop("measure"), rows, **options)
    except InputError as error:
        raise InputError(f"{name}: {error.what}", error.remedy) from error


def read_rows(text: str, name: str) -> Rows:
    """The rows of a table by the names in its header line; lines without a value are left out.

    Args:
        text: A CSV with a header line; separated by comma, semicolon or tab.
        name: Of the file, for error messages.

    Raises:
        InputError: There is no row, a column is named twice, a row is longer than the header, or a quotation mark does
            not close; names the line.
    """
    header_line = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header_line.count)
    # strict: a quotation mark that never closes must not swallow the rows after it.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: Rows = []
    header: list[str] = []
    try:
        for cells in reader:
            values = [cell.strip() for cell in cells]
            if not any(values):
                continue
            if not header:
                header = _header(values, name)
                continue
            if any(values[len(header) :]):
                raise InputError(
                    f"{name}, line {reader.line_num}: {len(values)} values under {len(header)} columns",
                    "put texts that hold the separator in quotation marks",
                )
            rows.append(dict(zip(header, values + [""] * (len(header) - len(values)), strict=False)))
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num}: {error}", "save it as CSV again") from error
    if not rows:
        what = "is empty" if not header else "holds a header line and no study"
        raise InputError(f"{name} {what}", "give one line for each study below a line of column names")
    return rows


def _header(values: list[str], name: str) -> list[str]:
    twice = [value for value in dict.fromkeys(values) if value and values.count(value) > 1]
    if twice:
        raise InputError(f"{name} has two columns {twice[0]!r}", "rename one of them")
    return values

"""Extraction: answers to a form come in as a long table, one row for what the form asks about: an arm, a study."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reviewflow.domain.form import Agreed, Answer, Cell, agree
from reviewflow.errors import InputError, UsageError
from reviewflow.resources import schema, schema_toml
from reviewflow.storage import answers, studies
from reviewflow.workflow.studies import find as find_study

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.study import Study
    from reviewflow.storage.review import Review


@dataclass(frozen=True, slots=True)
class Extracted:
    """What an import of answers did: cells that are new or changed, and those that stood already."""

    n_new: int
    n_same: int


def form_names() -> list[str]:
    """The forms that there are."""
    return sorted(path.name.removesuffix(".toml") for path in schema("forms").iterdir() if path.name.endswith(".toml"))


def _form(name: str) -> Mapping[str, Any]:
    if name not in form_names():
        raise UsageError(f"there is no form {name!r}", f"one of: {', '.join(form_names())}")
    return schema_toml("forms", f"{name}.toml")


def columns(name: str) -> list[str]:
    """The columns of the table of a form.

    Raises:
        UsageError: There is no such form.
    """
    form = _form(name)
    return [column["name"] for part in ("key", "field", "about") for column in form[part]]


def import_table(review: Review, act: Act, file_name: str, text: str, form_name: str = "outcomes") -> Extracted:
    """Take in one extractor's answers from a long CSV, all rows or none.

    Args:
        review: The review.
        act: The extractor.
        file_name: For error messages.
        text: The CSV.
        form_name: Name of the form.

    Raises:
        InputError: A column is missing or unknown, a study or arm is not in the review, or a value is none of its kind;
            names the row.
    """
    form = _form(form_name)
    with review.change(act) as entry:
        known = studies.studies(entry.connection)
        rows = _rows(text, file_name, form)
        given = [answer for row in rows for answer in _answers(row, form, known, act.reviewer)]
        if not given:
            raise InputError(
                f"{file_name} holds no {'answer' if rows else 'row'}", f"reviewflow extract template {form_name}"
            )
        _refuse_twice(given, file_name, form)
        latest = {(a.cell, a.reviewer): a for a in answers.answers(entry.connection)}
        new = [answer for answer in given if not _stands(answer, latest.get((answer.cell, answer.reviewer)))]
        if new:
            content = schema("forms", f"{form_name}.toml").read_text(encoding="utf-8")
            answers.add_answers(entry, answers.form_id(entry, form_name, content), new)
        entry.note = f"{file_name}: {len(new)} cells"
        return Extracted(len(new), len(given) - len(new))


def _refuse_twice(given: Sequence[Answer], file_name: str, form: Mapping[str, Any]) -> None:
    seen: set[Cell] = set()
    keys = [column["name"] for column in form["key"]]
    for answer in given:
        if answer.cell in seen:
            of = "one arm" if "arm" in keys else "one study"
            what = f"{answer.endpoint or 'no endpoint'}, {answer.timepoint or 'no time point'}"
            listed = f"{', '.join(keys[:-1])} and {keys[-1]}"
            raise InputError(f"{file_name} has two rows for {what} of {of}", f"one row for each {listed}")
        seen.add(answer.cell)


def _stands(answer: Answer, old: Answer | None) -> bool:
    return old is not None and replace(old, id=0) == answer


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    values: dict[str, str]


def _rows(text: str, file_name: str, form: Mapping[str, Any]) -> list[_Row]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        return _rows_of(reader, file_name, form)
    except csv.Error as error:
        raise InputError(
            f"{file_name}, line {reader.line_num + 1}: {error}", "look for a quotation mark that is not closed"
        ) from error


def _rows_of(reader: csv.DictReader[str], file_name: str, form: Mapping[str, Any]) -> list[_Row]:
    header = reader.fieldnames or []
    needed = [column["name"] for column in form["key"] if column["required"]]
    known = [column["name"] for part in ("key", "field", "about") for column in form[part]]
    missing = [name for name in needed if name not in header]
    unknown = [name for name in header if name not in known]
    if missing or unknown:
        wrong = f"lacks the column {missing[0]!r}" if missing else f"has the unknown column {unknown[0]!r}"
        raise InputError(f"{file_name} {wrong}", f"the form has the columns {', '.join(known)}")
    return [
        _Row(f"{file_name}, line {reader.line_num}", {key: (value or "").strip() for key, value in row.items() if key})
        for row in reader
    ]


def _answers(row: _Row, form: Mapping[str, Any], known: Sequence[Study], reviewer: str) -> list[Answer]:
    """The cells of one row."""
    about: dict[str, Any] = {column["name"]: _about(row, column) for column in form["about"]}
    try:
        study = find_study(known, row.values["study"])
    except InputError as error:
        raise InputError(f"{row.where}: {error.what}", error.remedy) from error
    arm = _arm(row, study) if any(column["name"] == "arm" for column in form["key"]) else None
    found = []
    for field in form["field"]:
        value = _value(row.values.get(field["name"], ""), field, row)
        # Nobody judges with an empty cell, and two empty cells are no agreement.
        if value or field["type"] != "choice":
            place = (row.values.get("endpoint", ""), row.values.get("timepoint", ""), field["name"])
            found.append(Answer(study.id, arm, *place, value, **about, reviewer=reviewer))
    _check_events(row)
    return found


def _arm(row: _Row, study: Study) -> int:
    arm = next((arm for arm in study.arms if arm.label == row.values["arm"]), None)
    if arm is None:
        labels = ", ".join(arm.label for arm in study.arms) or "none"
        raise InputError(
            f"{row.where}: {study.label} has no arm {row.values['arm']!r} (its arms: {labels})",
            "name the arm as the study does: reviewflow study show",
        )
    return arm.id


def _about(row: _Row, column: Mapping[str, Any]) -> str:
    value = row.values.get(column["name"], "") or column.get("default", "")
    if "values" in column and value not in column["values"]:
        raise InputError(f"{row.where}: {column['name']} is {value!r}", f"one of: {', '.join(column['values'])}")
    return str(value)


def _value(value: str, field: Mapping[str, Any], row: _Row) -> str:
    """The value as it is kept; "" is always allowed: not known.

    Raises:
        InputError: It is none of its kind.
    """
    if value and field["type"] == "choice":
        return _choice(value, field, row)
    if value:
        _check_number(value, field["type"], row)
    return value


def _choice(value: str, field: Mapping[str, Any], row: _Row) -> str:
    """The choice in the words of the form, however it is written."""
    known = {str(each).casefold(): str(each) for each in field["values"]}
    found = known.get(" ".join(value.replace("_", " ").casefold().split()))
    if found is None:
        raise InputError(f"{row.where}: {field['name']} is {value!r}", f"one of: {', '.join(field['values'])}")
    return found


def _check_number(value: str, kind: str, row: _Row) -> None:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{row.where}: {value!r} is no number", "leave the cell empty when it is not known")
    if kind == "count" and (number < 0 or number != int(number)):
        raise InputError(f"{row.where}: {value} is no count of participants", "write a whole number")
    if kind == "percent" and not 0 <= number <= 100:
        raise InputError(f"{row.where}: {value} is no percentage", "write a number from 0 to 100")


def _check_events(row: _Row) -> None:
    events, total = row.values.get("events", ""), row.values.get("total", "")
    if events and total and float(events) > float(total):
        raise InputError(
            f"{row.where}: {events} participants with the event among {total}", "events cannot exceed the total"
        )


def agreed_answers(review: Review) -> dict[Cell, Agreed]:
    """Every cell with what the extractors agree on."""
    with review.reading() as connection:
        return agree(answers.answers(connection))


def table(review: Review, form_name: str = "outcomes") -> list[dict[str, str]]:
    """The agreed answers to a form as the rows of a long table; "conflict" names the extractors who differ.

    Raises:
        UsageError: There is no such form.
    """
    _form(form_name)
    with review.reading() as connection:
        known = {study.id: study for study in studies.studies(connection)}
        agreed = agree(answers.answers(connection))
        forms = answers.form_names(connection)
    rows: dict[tuple[Any, ...], dict[str, str]] = {}
    for cell, each in agreed.items():
        study = known.get(cell[0])
        if study is None or forms.get(each.answer.id) != form_name:
            continue
        arm = next((arm.label for arm in study.arms if arm.id == cell[1]), "")
        row = rows.setdefault(
            cell[:4],
            {"study": study.label, "arm": arm, "endpoint": cell[2], "timepoint": cell[3], "conflict": ""},
        )
        answer = each.answer
        row[cell[4]] = answer.value
        row |= {
            "denominator": answer.denominator,
            "status": answer.status,
            "source": answer.source,
            "note": answer.note,
        }
        if each.differ:
            row["conflict"] = ", ".join(each.differ)
    return list(rows.values())

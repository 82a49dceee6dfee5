"""Hands the agreed data on in the layouts of other programs; nothing is retyped, and no empty cell is filled."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reviewflow.domain.csv_text import csv_text
from reviewflow.domain.layout import EmptyCell, judgement, kind_of, lay_out, shared_controls
from reviewflow.errors import StateError, UsageError
from reviewflow.resources import schema, schema_toml
from reviewflow.workflow.data_package import package_files
from reviewflow.workflow.review_contents import Contents, contents, named_rows, number
from reviewflow.workflow.revman import revman5_rows, revman_web_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reviewflow.domain.form import Agreed
    from reviewflow.storage.review import Review

PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand on; its name may hold folders."""

    name: str
    content: bytes
    n_rows: int


@dataclass(frozen=True, slots=True)
class HandedOn:
    """Data as they are handed on.

    Attributes:
        files: What is written.
        empty: The cells that are left empty, each with its reason.
        notes: What the person must know, one line each.
        archive: Whether the files go into one zip.
    """

    files: tuple[File, ...]
    empty: tuple[EmptyCell, ...]
    notes: tuple[str, ...]
    archive: bool = False


def layout_names() -> list[str]:
    """The layouts that there are."""
    found = (path.name.removesuffix(".toml") for path in schema("layouts").iterdir() if path.name.endswith(".toml"))
    return sorted([*found, PACKAGE])


def hand_on(review: Review, layout: str, names: Sequence[str] = (), id_: str = "review") -> HandedOn:
    """The agreed data of a review in a layout.

    Args:
        review: The review.
        layout: One of `layout_names`.
        names: Names of planned syntheses; empty for all.
        id_: What the files of RevMan Web begin with.

    Raises:
        UsageError: There is no such layout or synthesis, or the layout has no place for a named synthesis.
        StateError: There is nothing to lay out.
    """
    if layout not in layout_names():
        raise UsageError(f"there is no layout {layout!r}", f"one of: {', '.join(layout_names())}")
    whole = contents(review, names)
    if layout == PACKAGE:
        return HandedOn(tuple(File(name, text, n) for name, text, n in package_files(review, whole)), (), ())
    table = schema_toml("layouts", f"{layout}.toml")
    if table["per"] == "synthesis":
        return _by_synthesis(whole, table, named=bool(names))
    laid: Callable[[Contents, Mapping[str, Any], str], HandedOn] = _WHOLE[layout]
    return laid(whole, table, id_)


def _by_synthesis(whole: Contents, layout: Mapping[str, Any], *, named: bool) -> HandedOn:
    """One file for each synthesis that the layout has columns for."""
    files, notes, answered = [], [], whole.answered()
    for each in whole.syntheses:
        plan, kind = each.plan, kind_of(layout, each.plan.measure)
        if kind is None:
            measures = ", ".join(measure for one in layout["kind"] for measure in one["measures"])
            if named:
                raise UsageError(f"{plan.name} is a {plan.measure}: {layout['title']} lays out {measures}")
            notes.append(f"{plan.name} is left out: {layout['title']} has no columns for {plan.measure}")
            continue
        laid = lay_out(kind, plan, whole.studies, answered)
        file = f"{plan.name}.csv"
        files.append(File(file, csv_text([laid.header, *laid.rows]).encode(), len(laid.rows)))
        sm = kind.get("sm", {}).get(plan.measure, plan.measure)
        notes.append(f"{plan.name}: {kind['call'].format(measure=plan.measure, sm=sm, file=file)}")
        if shared := shared_controls(plan, whole.studies):
            notes.append(f"{plan.name} counts one control group in several rows: {', '.join(shared)}")
        if each.gathered.repeated:
            notes.append(f"{plan.name} has the same patients twice: {', '.join(each.gathered.repeated)}")
    if not files:
        raise StateError(f"the protocol plans no synthesis that {layout['title']} can lay out", "reviewflow pool plan")
    return HandedOn(tuple(files), tuple(dict.fromkeys(answered.empty)), tuple(notes))


def _long(whole: Contents, layout: Mapping[str, Any], _: str) -> HandedOn:
    rows = [_long_row(whole, each) for each in _chosen(whole)]
    return _one_file("long.csv", layout["columns"], rows, _open_cells(whole))


def _chosen(whole: Contents) -> list[Agreed]:
    """The answers on included studies; where syntheses were named, those that they need."""
    included = {study.id for study in whole.studies}
    chosen = [each for each in whole.agreed.values() if each.answer.study in included]
    if len(whole.syntheses) == len(whole.protocol.syntheses):
        return chosen
    wanted = {id_ for synthesis in whole.syntheses for id_ in synthesis.gathered.answers}
    return [each for each in chosen if each.answer.id in wanted]


def _long_row(whole: Contents, each: Agreed) -> dict[str, str]:
    """One answered cell. A value on which the extractors differ is nobody's value."""
    answer = each.answer
    study = next(study for study in whole.studies if study.id == answer.study)
    arm = next((arm for arm in study.arms if arm.id == answer.arm), None)
    return {
        "answer": f"a{answer.id}",
        "study_id": f"s{study.id}",
        "study": study.label,
        "design": study.design,
        "report": f"p{whole.primary[study.id]}" if study.id in whole.primary else "",
        "arm": arm.label if arm else "",
        "role": arm.role if arm else "",
        "endpoint": answer.endpoint,
        "timepoint": answer.timepoint,
        "field": answer.field,
        "value": "" if each.differ else answer.value,
        "denominator": answer.denominator,
        "status": "" if each.differ else answer.status,
        "source": answer.source,
        "note": answer.note,
        "differ": "; ".join(each.differ),
    }


def _open_cells(whole: Contents) -> list[EmptyCell]:
    """The answered cells without a value."""
    found = []
    for each in _chosen(whole):
        if each.differ or not each.answer.value:
            row = _long_row(whole, each)
            why = f"open, the extractors differ: {', '.join(each.differ)}" if each.differ else each.answer.status
            place = (row["study"], row["arm"], row["endpoint"], row["timepoint"], row["field"])
            found.append(EmptyCell(*place, why.replace("_", " ")))
    return found


def _one_file(
    name: str, header: Sequence[str], rows: Sequence[Mapping[str, str]], empty: Sequence[EmptyCell]
) -> HandedOn:
    if not rows:
        raise StateError("no included study has an answer yet", "reviewflow extract import FILE --as NAME")
    return HandedOn((File(name, named_rows(header, rows).encode(), len(rows)),), tuple(empty), ())


def _srdr(whole: Contents, layout: Mapping[str, Any], _: str) -> HandedOn:
    rows = []
    for each in _chosen(whole):
        long = _long_row(whole, each)
        study = next(study for study in whole.studies if study.id == each.answer.study)
        record = whole.record_of(study)
        cited = (
            {
                "Citation Name": record.title,
                "PMID": record.pmid,
                "Authors": "; ".join(record.authors),
                "Publication Date": "" if record.year is None else str(record.year),
            }
            if record
            else {}
        )
        rows.append(
            cited
            | {
                "Extraction ID": long["study_id"],
                "Consolidated": "No" if each.differ else "Yes",
                "Citation ID": long["report"],
                "Key Questions": whole.protocol.question,
                "Outcome": long["endpoint"],
                "Outcome Type": "Categorical" if long["field"] in {"events", "total"} else "",
                "Timepoint": long["timepoint"],
                "Arm": long["arm"],
                "Measure": long["field"],
                "Value": long["value"],
            }
        )
    return _one_file("srdr.csv", layout["columns"], rows, _open_cells(whole))


def _revman5(whole: Contents, layout: Mapping[str, Any], _: str) -> HandedOn:
    rows, empty, notes = revman5_rows(whole, layout)
    content = named_rows(layout["columns"], rows).encode()
    return HandedOn((File("revman5.csv", content, len(rows)),), empty, notes)


def _revman_web(whole: Contents, layout: Mapping[str, Any], id_: str) -> HandedOn:
    files, empty, notes = revman_web_files(whole, layout, id_)
    made = tuple(File(name, text.encode(), max(text.count("\n") - 1, 0)) for name, text in files)
    return HandedOn(made, empty, notes, archive=True)


def _robvis(whole: Contents, layout: Mapping[str, Any], _: str) -> HandedOn:
    """One file for each tool that was answered; weights of the one synthesis that was named and pooled."""
    files, empty = [], []
    for tool in layout["tool"]:
        rows, missing = _judged(whole, tool)
        if rows:
            header = tool["columns"]
            weights = _weights(whole, rows)
            if weights:
                header = [*header, "Weight"]
                rows = [row | {"Weight": weights[row["Study"]]} for row in rows if row["Study"] in weights]
            files.append(File(f"{tool['name']}.csv", named_rows(header, rows).encode(), len(rows)))
            empty += missing
    if not files:
        tools = ", ".join(form for tool in layout["tool"] for form in tool["forms"])
        raise StateError("the review holds no risk-of-bias answers", f"robvis lays out answers to the forms {tools}")
    notes = [f'rob_traffic_light(read.csv("{f.name}"), tool = "{f.name.removesuffix(".csv")}")' for f in files]
    return HandedOn(tuple(files), tuple(empty), tuple(notes))


def _judged(whole: Contents, tool: Mapping[str, Any]) -> tuple[list[dict[str, str]], list[EmptyCell]]:
    """The rows of a tool, one for each study or result, and the judgements that are missing."""
    fields = {column.casefold(): column for column in tool["columns"][1:]}
    rows: dict[tuple[int, str, str], dict[str, str]] = {}
    labels = {study.id: study.label for study in whole.studies}
    for cell, each in whole.agreed.items():
        if whole.forms.get(each.answer.id) not in tool["forms"] or cell[0] not in labels:
            continue
        about = ", ".join(filter(None, (labels[cell[0]], cell[2], cell[3])))
        row = rows.setdefault((cell[0], cell[2], cell[3]), {"Study": about})
        column = fields.get(cell[4].casefold())
        if column and not each.differ and each.answer.value:
            row[column] = judgement(tool, each.answer.value, f"{column} of {about}")
    missing = [
        EmptyCell(row["Study"], "all arms", tool["name"], "", column, "not judged or not agreed")
        for row in rows.values()
        for column in fields.values()
        if column not in row
    ]
    return list(rows.values()), missing


def _weights(whole: Contents, rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Study -> its weight, where one synthesis was asked for and all its studies are judged; else empty."""
    results = [each.result for each in whole.syntheses if each.result is not None]
    if len(whole.syntheses) != 1 or not results:
        return {}
    weights = {each.study: number(each.weight) for each in results[0].studies if each.weight is not None}
    return weights if set(weights) <= {row["Study"] for row in rows} else {}


_WHOLE = {"long": _long, "srdr": _srdr, "revman5": _revman5, "revman-web": _revman_web, "robvis": _robvis}


def zipped(files: Sequence[File]) -> bytes:
    """The files in one zip, the same bytes for the same files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name)  # of 1980: the clock must not change the bytes
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.content)
    return stream.getvalue()

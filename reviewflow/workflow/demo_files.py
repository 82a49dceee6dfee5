"""The shipped files of the reference review: as the demo reads them, and laid out for a person to carry it by hand."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from reviewflow.domain.csv_text import csv_text
from reviewflow.domain.deduplication import Answer, Candidate, find_duplicates
from reviewflow.errors import StateError
from reviewflow.formats import canonical, open_export
from reviewflow.resources import data
from reviewflow.storage import project
from reviewflow.workflow.deduplication import rule_tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DECISIONS = (
    "screen_CB.csv",
    "screen_CKX.csv",
    "crosscheck_CB.csv",
    "crosscheck_CKX.csv",
    "adjudicate_XDQ.csv",
)


def text(*parts: str) -> str:
    """The content of a file of text."""
    return data("reference_review", *parts).read_text(encoding="utf-8")


def rows(*parts: str) -> list[dict[str, str]]:
    """The rows of a table."""
    return list(csv.DictReader(io.StringIO(text(*parts), newline="")))


def works() -> dict[tuple[str, str], str]:
    """(source, accession) -> the work that the record is of: what a person would find out by reading."""
    return {(row["source"], row["accession"]): row["work_id"] for row in rows("provenance.csv")}


def outcomes_csv() -> str:
    """The outcomes with the studies named as the review names them."""
    labels = {row["study"]: row["label"] for row in rows("studies.csv")}
    found = rows("outcomes.csv")
    return csv_text([list(found[0]), *(list({**row, "study": labels[row["study"]]}.values()) for row in found)])


def write_inputs(folder: Path) -> tuple[str, ...]:
    """Write into a folder all that a person needs to carry the reference review by hand; gives the names.

    The answers on duplicates and the links of studies are on record ids, as they come out when the exports are imported
    in the order of the protocol.

    Raises:
        StateError: The folder holds one of the files already; nothing is written.
    """
    contents = dict(_inputs())
    there = [name for name in contents if (folder / name).exists()]
    if there:
        raise StateError(f"{folder / there[0]} exists already", "choose a folder without it: reviewflow demo DIR")
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tuple(contents)


def _inputs() -> Iterator[tuple[str, bytes]]:
    protocol = text("protocol.toml")
    exports = {source.name: source.export for source in project.parse(protocol).sources}
    yield project.FILE_NAME, protocol.encode()
    for name in exports.values():
        yield name, data("reference_review", *name.split("/")).read_bytes()
    for name in DECISIONS:
        yield f"decisions/{name}", text("decisions", name).encode()
    candidates = _candidates(exports)
    yield "answers.csv", _answers_csv(candidates).encode()
    yield "link_studies.sh", "".join(f"{line}\n" for line in _link_commands(candidates)).encode()
    yield "outcomes.csv", outcomes_csv().encode()


def _candidates(exports: dict[str, str]) -> list[Candidate]:
    """The records with the ids that they get when the exports are imported in this order."""
    found: list[Candidate] = []
    for source, name in exports.items():
        export = open_export(data("reference_review", *name.split("/")).read_bytes(), name)
        for raw in export.records():
            found.append(Candidate(len(found) + 1, canonical(raw, export.format), source))
    return found


def _answers_csv(candidates: list[Candidate]) -> str:
    """What a person answers to every pair that the rules leave open, until none is left."""
    truth = works()
    work = {each.id: truth[each.source, each.record.accession] for each in candidates}
    answers: list[Answer] = []
    while open_pairs := find_duplicates(candidates, answers, rule_tables()).review:
        pairs = [(link.record_a, link.record_b) for link in open_pairs]
        answers += [Answer(a, b, work[a] == work[b]) for a, b in pairs]
    lines = [[f"r{each.record_a}", f"r{each.record_b}", "yes" if each.same else "no"] for each in answers]
    return csv_text([["record_a", "record_b", "same"], *lines])


def _link_commands(candidates: list[Candidate]) -> Iterator[str]:
    """One command for each report of a study, its primary report first; the first of a study names its arms."""
    ids = {(each.source, each.record.accession): each.id for each in candidates}
    truth = works()
    reports: dict[str, dict[str, tuple[str, int]]] = {}
    for row in rows("study_reports.csv"):
        record = row["source"], row["accession"]
        known = reports.setdefault(row["study"], {})
        role, lowest = known.get(truth[record], (row["role"], ids[record]))
        known[truth[record]] = role, min(lowest, ids[record])
    arms: dict[str, list[dict[str, str]]] = {}
    for row in rows("studies.csv"):
        arms.setdefault(row["study"], []).append(row)
    for study, of_study in arms.items():
        made = f' --design {of_study[0]["design"]} --country "{of_study[0]["country"]}"'
        made += "".join(f' --arm "{row["arm"]}:{row["role"]}{_size(row["n"])}"' for row in of_study)
        for role, id_ in sorted(reports[study].values(), key=lambda pair: (pair[0] != "primary", pair)):
            yield f'reviewflow study link "{of_study[0]["label"]}" r{id_} --role {role}{made}'
            made = ""


def _size(n: str) -> str:
    return f":{n}" if n.isdecimal() else ""

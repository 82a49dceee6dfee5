"""The demo: the reference review, reconstructed and carried from end to end through the functions of the commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from reviewflow.domain.screening import Stage
from reviewflow.domain.study import Arm, Study
from reviewflow.resources import data
from reviewflow.storage import records
from reviewflow.workflow import (
    adjudication,
    deduplication,
    demo_files,
    extraction,
    flow,
    identification,
    protocol,
    retrieval,
    screening,
    studies,
    synthesis,
)
from reviewflow.workflow.decision_files import read as read_decisions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reviewflow.domain.ledger import Act
    from reviewflow.storage.review import Review
    from reviewflow.workflow.flow import Flow
    from reviewflow.workflow.synthesis import Synthesis

    Acts: TypeAlias = Callable[[str, str], Act]
    """(reviewer, command) -> a fresh act."""

FIRST, SECOND, THIRD = "CB", "CKX", "XDQ"
NOTE = (
    "A reconstruction: only the totals 135 + 485 + 199 + 27 = 846, 523, 262 and 12, the included studies and real "
    "citation facts are the paper's; overlaps, fillers, votes and reasons are invented."
)


@dataclass(frozen=True, slots=True)
class Demo:
    """The reference review after it was carried through.

    Attributes:
        figures: Names of the files that were drawn, in the folder of the review.
    """

    flow: Flow
    syntheses: tuple[Synthesis, ...]
    figures: tuple[str, ...]


def run(folder: Path, acts: Acts, copy_id: str, tell: Callable[[str, str], None]) -> Demo:
    """Build the reconstruction of the reference review in a folder and run every step.

    Args:
        folder: A folder that holds no review.
        acts: Makes the act for a reviewer and a command.
        copy_id: A fresh uuid.
        tell: Called with (step, what happened) as it happens.

    Raises:
        StateError: The folder holds a review already.
    """
    review = protocol.create(folder, demo_files.text("protocol.toml"), copy_id)
    tell("note", NOTE)
    _identify(review, acts, tell)
    _deduplicate(review, acts, tell)
    for stage in Stage:
        _screen(review, acts, stage, tell)
        if stage is Stage.TITLE_ABSTRACT:
            _retrieve(review, acts, tell)
    _extract(review, acts, tell)
    done = _pool(review, acts, tell)
    drawn, found = _draw(review, done, tell)
    return Demo(found, tuple(done), tuple(drawn))


def _identify(review: Review, acts: Acts, tell: Callable[[str, str], None]) -> None:
    counts = []
    for source in review.protocol.sources:
        content = data("reference_review", *source.export.split("/")).read_bytes()
        name = source.export.rpartition("/")[2]
        act = acts(FIRST, f'import {name} --source "{source.name}"')
        done = identification.import_file(review, act, name, content, source=source.name, n_expected=source.n_expected)
        counts.append((done.n_new, source.name))
    total = sum(n for n, _ in counts)
    tell("identified", f"{total} records: " + " + ".join(f"{n} {name}" for n, name in counts))


def _deduplicate(review: Review, acts: Acts, tell: Callable[[str, str], None]) -> None:
    done = deduplication.run(review, acts(FIRST, "dedup run"))
    work = demo_files.works()
    with review.reading() as connection:
        truth = {id_: work[pair] for pair, id_ in records.by_accession(connection).items() if pair in work}
    n_answers = 0
    while queue := deduplication.review_queue(review):
        said = [(pair.a.id, pair.b.id, truth[pair.a.id] == truth[pair.b.id]) for pair in queue]
        n_answers += deduplication.answer(review, acts(FIRST, "dedup review"), said)
        done = deduplication.run(review, acts(FIRST, "dedup run"))
    found = deduplication.report(review)
    tell(
        "deduplicated",
        f"{found.n_reports} reports: {found.n_records - found.n_reports} duplicates by {len(found.by_rule)} rules "
        f"and {n_answers} answers of a person; {done.n_review} questions left",
    )


def _screen(review: Review, acts: Acts, stage: Stage, tell: Callable[[str, str], None]) -> None:
    def cast(reviewer: str, name: str) -> int:
        decisions = read_decisions(review, name, demo_files.text("decisions", name), stage)[stage]
        act = acts(reviewer, f"screen import {name} --stage {stage}")
        return screening.vote(review, act, stage, decisions).n_new

    n_votes = cast(FIRST, f"screen_{FIRST}.csv") + cast(SECOND, f"screen_{SECOND}.csv")
    n_conflicts = len(adjudication.conflicts(review, FIRST, stage))
    cast(FIRST, f"crosscheck_{FIRST}.csv")
    cast(SECOND, f"crosscheck_{SECOND}.csv")
    name = f"adjudicate_{THIRD}.csv"
    decisions = read_decisions(review, name, demo_files.text("decisions", name), stage)[stage]
    act = acts(THIRD, f"screen resolve {name} --stage {stage}")
    n_resolved = adjudication.resolve(review, act, stage, decisions).n_new
    counts = flow.compute(review).counts
    if stage is Stage.TITLE_ABSTRACT:
        result = f"{counts.records_excluded} excluded, {counts.dbr_sought_reports} sought in full text"
    else:
        result = f"{counts.exclusions('dbr')} excluded, each with its primary reason, {counts.new_reports} included"
    tell(
        stage.replace("_", " "),
        f"{n_votes} blind votes, {n_conflicts} disagreements, {n_resolved} of them left to the adjudicator: {result}",
    )


def _retrieve(review: Review, acts: Acts, tell: Callable[[str, str], None]) -> None:
    wanted = [each.report for each in retrieval.sought(review, "")]
    n = retrieval.note_step(review, acts(FIRST, "fulltext add"), wanted, "retrieved")
    tell("retrieval", f"{n} full texts, none missing")


def _extract(review: Review, acts: Acts, tell: Callable[[str, str], None]) -> None:
    labels: dict[str, str] = {}
    by_study: dict[str, list[dict[str, str]]] = {}
    for row in demo_files.rows("studies.csv"):
        labels[row["study"]] = row["label"]
        by_study.setdefault(row["study"], []).append(row)
    with review.reading() as connection:
        known = records.by_accession(connection)
    links: dict[str, list[tuple[int, str]]] = {}
    for row in demo_files.rows("study_reports.csv"):
        links.setdefault(row["study"], []).append((known[row["source"], row["accession"]], row["role"]))
    for key, arms in by_study.items():
        named = tuple(
            Arm(0, 0, row["arm"], row["role"], int(row["n"]) if row["n"].isdecimal() else None) for row in arms
        )
        study = Study(0, labels[key], arms[0]["design"], arms[0]["country"], "", named)
        studies.add(review, acts(FIRST, f'study link "{labels[key]}"'), study, links[key])
    text = demo_files.outcomes_csv()
    for reviewer in (FIRST, SECOND):
        done = extraction.import_table(review, acts(reviewer, "extract import outcomes.csv"), "outcomes.csv", text)
    n_known = sum(row["status"] != "unknown" for row in demo_files.rows("outcomes.csv"))
    tell(
        "extraction",
        f"{len(by_study)} studies, {sum(map(len, by_study.values()))} arms; {done.n_new} cells by each of two "
        f"extractors, {n_known} results known from print",
    )


def _pool(review: Review, acts: Acts, tell: Callable[[str, str], None]) -> list[Synthesis]:
    done = synthesis.run(review, acts(FIRST, "pool run"))
    for each in done:
        if each.result is not None:
            same = "as printed" if each.agrees else "NOT as printed"
            tell("pooled", f"{each.plan.endpoint}: {each.result.words()}; {same}")
            for warning in each.warnings:
                tell("warning", warning)
    refused = [each for each in done if each.result is None]
    tell(
        "not pooled", f"{len(refused)} syntheses are refused: {'; '.join(f'{e.plan.name}, {_why(e)}' for e in refused)}"
    )
    return done


def _why(each: Synthesis) -> str:
    if each.gathered.repeated:
        return "the same patients twice"
    return f"{len(each.gathered.unknown)} unknown cells"


def _draw(review: Review, done: list[Synthesis], tell: Callable[[str, str], None]) -> tuple[list[str], Flow]:
    found = flow.compute(review)
    drawn = []
    flow.draw(found, review.folder / "flow.svg", "svg", "2009")
    flow.draw(found, review.folder / "flow-2020.svg", "svg", "2020")
    drawn += ["flow.svg", "flow-2020.svg"]
    for each in done:
        if each.result is not None:
            name = f"forest-{each.plan.name}.svg"
            synthesis.draw(each, "forest", review.folder / name)
            drawn.append(name)
    counts = found.counts
    tell(
        "flow",
        f"{counts.identified} -> {counts.records_screened} -> {counts.dbr_sought_reports} -> {counts.new_studies}"
        + ("" if not found.failed and not counts.draft else "  (DRAFT)"),
    )
    tell("figures", ", ".join(drawn))
    return drawn, found

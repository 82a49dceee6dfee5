"""Checking: the linter of a review. Hashes, side tables, files, the arithmetic of the flow, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.checks.finding import Finding
from reviewflow.domain.form import agree
from reviewflow.formats import canonical
from reviewflow.storage import answers, derived, ledger, records, studies, views
from reviewflow.storage.regrouped import regrouped
from reviewflow.workflow import flow, synthesis
from reviewflow.workflow.model_rule import rule_gaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review
    from reviewflow.workflow.synthesis import Synthesis


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked and what was found.

    Attributes:
        done: What was checked, in words.
        findings: What is not as it should be; empty when all is well.
    """

    done: tuple[str, ...]
    findings: tuple[Finding, ...]


def check(review: Review, *, repair: bool = False) -> Checked:
    """Check a review from the hashes up.

    Args:
        review: The review.
        repair: Whether side tables that are not what the facts give are written anew. Facts are never touched.
    """
    findings: list[Finding] = []
    with review.reading() as connection:
        findings += _chain(connection)
        findings += _blobs(review, connection)
        findings += _canonical(connection)
    findings += _side_tables(review, repair=repair)
    if repair:
        _repair_records(review)
    findings += _flow(review)
    with review.reading() as connection:
        findings += _contents(connection)
        findings += _regrouped(review, connection)
    findings += _syntheses(review)
    done = (
        "every change, hash by hash",
        "side tables against the facts",
        "files against their SHA-256",
        "canonical fields against the tags",
        "the arithmetic of the flow",
        "studies, answers and syntheses",
    )
    return Checked(done, tuple(findings))


def _chain(connection: Connection) -> Iterator[Finding]:
    for change, wrong in ledger.broken_chain(connection):
        yield Finding(
            "hash-chain",
            "error",
            f"change {change.code} of {change.reviewer} ({change.command}, {change.at_utc}) {wrong}",
            "somebody wrote to the database past reviewflow: compare with a backup",
        )


def _blobs(review: Review, connection: Connection) -> Iterator[Finding]:
    names = {file.sha256: file.name for file in records.files(connection)}
    for sha256, wrong in review.blobs.damaged(iter(names)):
        yield Finding(
            "file",
            "error",
            f"the stored copy of {names[sha256]} (SHA-256 {sha256[:12]}...) {wrong}",
            "put the original file back into blobs/",
        )


def _canonical(connection: Connection) -> Iterator[Finding]:
    """Whether the reader of today gives the canonical fields that are stored."""
    n_other = 0
    for id_, format_, raw, stored in records.raw_records(connection):
        n_other += records.record_row(id_, canonical(raw, format_)) != stored
    if n_other:
        yield Finding(
            "canonical-fields",
            "warning",
            f"{n_other} records read otherwise than when they were imported: the reader is newer, or a row was altered",
            "reviewflow check --repair takes the fields from the tags anew",
        )


def _regrouped(review: Review, connection: Connection) -> Iterator[Finding]:
    """Reports that were merged or taken apart after everybody voted on them."""
    for one in regrouped(connection, views.viewer(review.protocol, "")):
        a, b = (f"r{record}" for record in one.records)
        words = (
            f"at {one.stage.words} the votes on p{one.report} were cast on {a} and on {b}, which are one report by now"
            if one.is_merged
            else f"at {one.stage.words} p{one.report} was voted on while {a} was one report with {b}; it no longer is"
        )
        yield Finding("regrouped", "warning", words, f"look at it: reviewflow dedup show p{one.report}")


def _repair_records(review: Review) -> None:
    with review.writing() as connection:
        for id_, format_, raw, stored in list(records.raw_records(connection)):
            record = canonical(raw, format_)
            if records.record_row(id_, record) != stored:
                records.replace_record(connection, id_, record)


def _side_tables(review: Review, *, repair: bool) -> list[Finding]:
    with review.writing() as connection:
        rebuilt = connection.begin_nested()
        stale = derived.stale(connection)
        rebuilt.commit() if repair else rebuilt.rollback()
    return [
        Finding(
            "side-table",
            "error",
            f"{n} rows of the side table {name} are not what the facts give",
            "they were rebuilt" if repair else "reviewflow check --repair rebuilds them",
        )
        for name, n in stale.items()
    ]


def _flow(review: Review) -> Iterator[Finding]:
    for each in flow.compute(review).checks:
        if each.ok is False:
            yield Finding(f"flow-{each.id}", each.level, each.words, "reviewflow flow show")


def _contents(connection: Connection) -> Iterator[Finding]:
    for search in records.searches(connection):
        if search.n_expected is not None and search.n_expected != search.n_records:
            yield Finding(
                "search-count",
                "warning",
                f"{search.source} showed {search.n_expected} records and {search.n_records} were imported",
                "export again, or correct the search log",
            )
    known = {study.id: study.label for study in studies.studies(connection)}
    forms = answers.form_names(connection)
    for cell, agreed in agree(answers.answers(connection)).items():
        if agreed.differ:
            of = f" of {cell[2]}" if cell[2] else ""
            form = forms.get(agreed.answer.id, "outcomes")
            yield Finding(
                "extraction-conflict",
                "warning",
                f"{' and '.join(agreed.differ)} differ on {cell[4]}{of} ({known.get(cell[0], '?')})",
                f"reviewflow extract table{'' if form == 'outcomes' else f' --form {form}'} shows the cell",
            )


def _syntheses(review: Review) -> Iterator[Finding]:
    """What the planned syntheses run into, once there are studies, and results that are not what is printed."""
    with review.reading() as connection:
        if not studies.studies(connection):
            return
    planned = synthesis.run(review)
    for words in rule_gaps(review.protocol) if planned else ():
        yield Finding("model-rule", "warning", words, "say it under [model_rule] in reviewflow.toml")
    for each in planned:
        yield from _synthesis(each)


def _synthesis(each: Synthesis) -> Iterator[Finding]:
    name, plan = each.plan.name, "reviewflow pool plan"
    if each.refusal:
        yield Finding("synthesis", "warning", f"{name} is not pooled: {each.refusal}", plan)
    for words in each.not_done:
        yield Finding("synthesis", "warning", f"{name}: {words}", plan)
    if each.by_rule is not None and each.departs:
        words = f"{name} departs from the review's own model rule, which asks for {each.by_rule.chosen.model_words}"
        yield Finding("model-rule", "warning", words, f"reviewflow pool run {name} shows both results")
    for compared in each.compared:
        if not compared.agrees:
            words = "; ".join(compared.differences)
            yield Finding("printed-result", "warning", f"{name} is not as printed: {words}", "")
    for fault in each.faults:
        yield Finding(fault.rule, "warning", f"{name}: {fault.words}", "")

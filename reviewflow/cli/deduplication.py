"""`dedup`: run the rules, answer what they leave open, explain, merge, split, report."""

from __future__ import annotations

import csv
import io
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewflow.cli.options import AsJson, AsName, Plain, ReviewDir
from reviewflow.cli.session import Session, ask, progress_bar, read_bytes, shortened, table, write_text
from reviewflow.domain.csv_text import csv_text
from reviewflow.domain.words import counted
from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.deduplication import Candidate, Findings
    from reviewflow.storage.regrouped import Regrouped
    from reviewflow.workflow.deduplication import Pair

app = typer.Typer(no_args_is_help=True, help="Which records are records of one report.")


@app.command("run")
def run(as_name: AsName = "", review: ReviewDir = None, as_json: AsJson = False) -> None:
    """Link duplicates by the rules. Answers that people gave bind; a second run changes nothing."""
    from reviewflow.workflow import deduplication

    session = Session(as_name, review, as_json=as_json)
    with progress_bar("Comparing records") as progress:
        done = deduplication.run(session.review, session.act("dedup run"), progress)
    lines = [
        f"{done.n_records} records are {counted(done.n_reports, 'report')}: {counted(done.n_duplicates, 'duplicate')}.",
        f"{counted(done.n_new, 'link')} added, {done.n_withdrawn} withdrawn; {done.n_review} pairs wait for a person.",
    ]
    next_step = "reviewflow dedup review" if done.n_review else "reviewflow screen"
    session.answer({**asdict(done), "n_duplicates": done.n_duplicates}, lines, next_step)


@app.command("review")
def review_(
    plain: Plain = False,
    answers: Annotated[
        Path | None, typer.Option(readable=False, help="CSV of answers: record_a, record_b, same (yes or no).")
    ] = None,
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Answer the pairs that the rules leave to a person. Keys: y the same report, n not, s skip, q stop."""
    from reviewflow.cli import screens
    from reviewflow.workflow import deduplication

    session = Session(as_name, review, as_json=as_json)
    if answers is not None:
        given = _answers_of(answers)
        n = deduplication.answer(session.review, session.act(f"dedup review --answers {answers.name}"), given)
        session.answer({"n_new": n}, [f"{n} new answers; they bind every later run."], "reviewflow status")
        return
    if not plain and not as_json and screens.can_show():
        screens.judge_pairs(session)
        return
    queue = deduplication.review_queue(session.review)
    if as_json:
        session.answer({"pairs": [_pair_json(pair) for pair in queue]}, [])
        return
    n = 0
    for place, pair in enumerate(queue, 1):
        for line in _shown(pair, place, len(queue)):
            typer.echo(line)
        answered = ask("same report? [y/n/s/q]")
        said = "q" if answered is None else answered.lower()[:1]
        if said == "q":
            break
        if said in {"y", "n"}:
            act = session.act(f"dedup review r{pair.a.id} r{pair.b.id}")
            n += deduplication.answer(session.review, act, [(pair.a.id, pair.b.id, said == "y")])
    session.answer({}, [f"{counted(n, 'answer')} given, {counted(len(queue) - n, 'pair')} left."], "reviewflow screen")


def _answers_of(path: Path) -> list[tuple[int, int, bool]]:
    from reviewflow.cli.session import read_text
    from reviewflow.errors import InputError
    from reviewflow.workflow.references import record_id

    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    if not {"record_a", "record_b", "same"} <= set(reader.fieldnames or ()):
        raise InputError(f"{path} lacks one of the columns record_a, record_b, same", "name them in its first line")
    words = {"yes": True, "y": True, "1": True, "true": True, "no": False, "n": False, "0": False, "false": False}
    found = []
    try:
        for row in reader:
            said = words.get((row["same"] or "").strip().lower())
            if said is None:
                raise InputError(f"{path}, line {reader.line_num}: same is {row['same']!r}", "write yes or no")
            found.append((record_id(row["record_a"] or ""), record_id(row["record_b"] or ""), said))
    except UsageError as error:
        raise InputError(f"{path}, line {reader.line_num}: {error.what}", error.remedy) from error
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}", "save it as CSV again") from error
    return found


def _pair_json(pair: Pair) -> dict[str, object]:
    link = pair.link
    ids = {"record_a": f"r{link.record_a}", "record_b": f"r{link.record_b}"}
    return {**ids, "score": link.score, "rule": link.rule, "why": link.why}


def _shown(pair: Pair, place: int, n: int) -> list[str]:
    """Two records line by line, those that differ marked."""
    lines = ["", f"pair {place} of {n}: {pair.link.why}"]
    left, right = _fields(pair.a), _fields(pair.b)
    for name, value in left.items():
        mark = " " if value == right[name] else "*"
        lines += [f"{mark} {name:<9}{value or '-'}"] + ([f"{'':<11}{right[name] or '-'}"] if mark == "*" else [])
    return lines


def _fields(candidate: Candidate) -> dict[str, str]:
    record = candidate.record
    return {
        "record": f"r{candidate.id} ({candidate.source})",
        "title": record.title,
        "authors": "; ".join(record.authors[:6]),
        "journal": record.journal,
        "place": f"{record.year or ''};{record.volume}({record.issue}):{record.pages}",
        "doi": record.doi,
        "pmid": record.pmid,
        "kind": ", ".join(record.publication_types) or record.kind,
        "abstract": record.abstract[:300],
    }


@app.command("explain")
def explain(
    first: Annotated[str, typer.Argument(metavar="rA")],
    second: Annotated[str, typer.Argument(metavar="rB")],
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Say in words why two records are, or are not, one report."""
    from reviewflow.workflow import deduplication
    from reviewflow.workflow.references import record_id

    session = Session("", review, as_json=as_json)
    found, person, together = deduplication.explain_pair(session.review, record_id(first), record_id(second))
    now = "They are one report now." if together else "They are two reports now."
    lines = [f"{first} and {second}: {found.why}", now]
    if person is not None:
        lines.append(f"A person said: {'the same report' if person.same else 'not the same report'}. That binds.")
    lines.append(f"By the rules: {found.decision}" + (f", rule {found.rule}" if found.rule else ""))
    lines += [f"  veto: {veto}" for veto in found.vetoes]
    lines += table(
        [[f"  {name}", f"{v:.3g}" if isinstance(v, float) else str(v)] for name, v in found.evidence.items()]
    )
    value = {**asdict(found), "one_report": together, "person": None if person is None else person.same}
    session.answer(value, lines)


@app.command("show")
def show(
    report_: Annotated[str, typer.Argument(metavar="pN", help="A report (p4), or any record of it (r17).")],
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a report: its records, its fields, and what made it one."""
    from reviewflow.cli import report_shown
    from reviewflow.workflow import report_fields
    from reviewflow.workflow.references import record_id

    session = Session("", review, as_json=as_json)
    found = report_fields.show(session.review, record_id(report_))
    several = len(found.candidates) > 1
    session.answer(
        report_shown.to_json(found),
        report_shown.lines(found),
        "reviewflow dedup split rN, where one is not of this report" if several else "",
    )


@app.command("merge")
def merge(
    first: Annotated[str, typer.Argument(metavar="rA")],
    second: Annotated[str, typer.Argument(metavar="rB")],
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Say that two records are of one report. It binds, and can be undone at any time."""
    from reviewflow.workflow import deduplication
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    act = session.act(f"dedup merge {first} {second}")
    report_ = deduplication.merge(session.review, act, record_id(first), record_id(second))
    altered = deduplication.altered(session.review, session.viewer, [record_id(first), record_id(second)])
    session.answer(
        {"report": f"p{report_}", "altered": [f"p{one.report}" for one in altered]},
        [f"{first} and {second} are p{report_} now.", *_altered_lines(altered)],
        "reviewflow undo, if wrong",
    )


def _altered_lines(altered: Sequence[Regrouped]) -> list[str]:
    """What a merge or a split did to votes that were cast before."""
    lines = []
    for one in altered:
        a, b = (f"r{record}" for record in one.records)
        lines.append(
            f"p{one.report} was voted on at {one.stage.words} by {a} and by {b}: their votes count together now."
            if one.is_merged
            else f"p{one.report} was voted on at {one.stage.words} while {a} was one report with {b}: look at it again."
        )
    return lines


@app.command("split")
def split(
    records: Annotated[list[str], typer.Argument(metavar="rA...", help="Records to take out of their report.")],
    as_name: AsName = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """Take records out of their report, as a report of their own. It binds."""
    from reviewflow.workflow import deduplication
    from reviewflow.workflow.references import record_id

    session = Session(as_name, review, as_json=as_json)
    act = session.act(f"dedup split {' '.join(records)}")
    stays, new = deduplication.split(session.review, act, [record_id(each) for each in records])
    altered = deduplication.altered(session.review, session.viewer, [stays, new])
    session.answer(
        {"report": f"p{stays}", "new_report": f"p{new}", "altered": [f"p{one.report}" for one in altered]},
        [
            f"{', '.join(records)} {'is' if len(records) == 1 else 'are'} p{new} now; the others stay p{stays}.",
            *_altered_lines(altered),
        ],
        "reviewflow undo, if wrong",
    )


@app.command("report")
def report(review: ReviewDir = None, as_json: AsJson = False) -> None:
    """Count duplicates by source and by rule. The last lines are for PRISMA-S item 16."""
    from reviewflow.version import __version__
    from reviewflow.workflow import deduplication

    session = Session("", review, as_json=as_json)
    found = deduplication.report(session.review)
    rows = [[s.source, str(s.n_records), str(s.n_duplicates)] for s in found.sources]
    n = found.n_records - found.n_reports
    text = (
        f"Duplicates were identified with reviewflow {__version__} by named rules with vetoes; pairs that the rules "
        f"left open were judged by a person ({found.n_by_person_same} the same report, "
        f"{found.n_by_person_different} not). Of {counted(found.n_records, 'record')}, {n} were duplicates "
        f"({found.n_by_rules} by the rules, {found.n_by_hand} by hand), leaving {counted(found.n_reports, 'report')}."
    )
    lines = [
        *table(rows, ["source", "records", "duplicates of an earlier record"]),
        "",
        *table([[rule, str(count)] for rule, count in found.by_rule], ["rule", "links"]),
        "",
        *_related_lines(found.relations),
        text,
    ]
    session.answer({**asdict(found), "n_duplicates": n, "text": text}, lines)


def _related_lines(relations: Sequence[tuple[str, int]]) -> list[str]:
    if not relations:
        return []
    rows = [[kind, str(n)] for kind, n in relations]
    return [*table(rows, ["kept apart, since one is", "pairs"]), "reviewflow dedup related lists them.", ""]


@app.command("related")
def related(
    kind: Annotated[str, typer.Option(help='One kind, as "erratum of".')] = "",
    review: ReviewDir = None,
    as_json: AsJson = False,
) -> None:
    """List reports that are no duplicates and belong together."""
    from reviewflow.workflow import relations

    session = Session("", review, as_json=as_json)
    found = relations.related(session.review, kind)
    rows = [[f"p{each.report}", each.kind, f"p{each.of}", shortened(each.title, 70)] for each in found]
    lines = table(rows, ["report", "is", "report", "title"]) if rows else ["None were found."]
    session.answer({"related": [asdict(each) for each in found]}, lines, "reviewflow study link" if rows else "")


@app.command("file")
def file(
    records: Annotated[
        Path, typer.Argument(readable=False, help="Any export that can be read, or a CSV with record_id, title, ...")
    ],
    clusters: Annotated[Path | None, typer.Option(help="Write record_id,cluster_id of every record here.")] = None,
    review_pairs: Annotated[Path | None, typer.Option("--review", help="Write the pairs to judge here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Deduplicate a file without a review."""
    from reviewflow.workflow import deduplication

    began = time.perf_counter()
    if clusters is not None and clusters == review_pairs:
        raise UsageError("--clusters and --review name the same file", "name two files")
    with progress_bar("Comparing records") as progress:
        names, found = deduplication.find_in_file(read_bytes(records), records.name, progress)
    if clusters is not None:
        write_text(clusters, _clusters_csv(names, found))
    if review_pairs is not None:
        write_text(review_pairs, _review_csv(names, found))
    sizes = Counter(found.clusters.values())
    value = {
        "n_records": len(names),
        "n_duplicates": len(names) - len(sizes),
        "n_review": len(found.review),
        "seconds": round(time.perf_counter() - began, 3),
    }
    sums = (counted(len(names), "record"), counted(len(names) - len(sizes), "duplicate"))
    words = f"{', '.join(sums)}, {counted(len(found.review), 'pair')} for a person to judge."
    Session(as_json=as_json).answer(value, [words])


def _clusters_csv(names: list[str], found: Findings) -> str:
    rows = ([name, names[found.clusters.get(place, place)]] for place, name in enumerate(names))
    return csv_text([["record_id", "cluster_id"], *rows])


def _review_csv(names: list[str], found: Findings) -> str:
    rows = (
        [names[link.record_a], names[link.record_b], f"{link.score:.4f}", link.rule, link.why] for link in found.review
    )
    return csv_text([["record_a", "record_b", "score", "rule", "why"], *rows])

"""Hands records on to other programs, each under an id by which it is known when it comes back."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reviewflow.domain.flow.computed import report_outcome
from reviewflow.domain.screening import Stage, State, Verdict
from reviewflow.errors import UsageError
from reviewflow.formats import WRITERS, writer
from reviewflow.formats.verbatim import Cutter
from reviewflow.storage import origins, records, reports, views
from reviewflow.workflow import report_fields
from reviewflow.workflow.foreign_decisions import quoted
from reviewflow.workflow.identification import records_csv, reports_csv
from reviewflow.workflow.references import travelling_id
from reviewflow.workflow.screening import own_votes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reviewflow.domain.record import Record, Tags
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.origins import Origin
    from reviewflow.storage.review import Review
    from reviewflow.storage.votes import Vote

TARGETS = {
    "asreview": ("ris", "csv"),
    "rayyan": ("ris", "csv", "nbib"),
    "covidence": ("ris", "endnote_xml"),
    "zotero": ("ris", "csl_json", "bibtex"),
    "srdr": ("csv", "ris"),
}
"""Programs that records are handed to, each with the formats that it takes, the best first."""

COVIDENCE_TAKES = 15_000
"""The records that Covidence takes in one file."""

_WRITER_OF = {("rayyan", "csv"): "rayyan_csv", ("srdr", "csv"): "srdr_csv"}
RAYYAN_WORDS = {Verdict.INCLUDE: "Included", Verdict.EXCLUDE: "Excluded", Verdict.UNSURE: "Maybe"}
"""What Rayyan calls the verdicts that it has."""

_LABELS = {Verdict.INCLUDE: ("relevant", "1"), Verdict.EXCLUDE: ("irrelevant", "0")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are handed on, and as what.

    Attributes:
        format: Name of a format; "" for the best that the target takes, or CSV.
        target: One of `TARGETS`, or "" for any program.
        stage: Only reports that are at this stage; None for all.
        state: Only those that stand so there, in the viewer's eyes; None for all.
        all_records: Every record; else one for each report, with its surviving fields, as the record that names it.
        votes_of: Whose own votes go along, "" for no votes.
        vote_stage: At which stage these votes are; None for `stage`, or else titles and abstracts.
        only: Only these reports; None for all.
    """

    format: str = ""
    target: str = ""
    stage: Stage | None = None
    state: State | None = None
    all_records: bool = False
    votes_of: str = ""
    vote_stage: Stage | None = None
    only: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """Records as they are handed on: the text, its format, and how many they are."""

    text: str
    format: str
    n_records: int


@dataclass(frozen=True, slots=True)
class Cutting:
    """Part of a search export, byte for byte."""

    name: str
    content: bytes
    n_records: int


def records_text(review: Review, wanted: Wanted, viewer_name: str = "") -> Handed:
    """The wanted records as text in a format.

    Args:
        review: The review.
        wanted: Which records, and as what.
        viewer_name: In whose eyes reports stand at a stage; "" for nobody in particular.

    Raises:
        UsageError: There is no such format or target, or the target does not take the format.
    """
    name = _format_of(wanted)
    with review.reading() as connection:
        chosen = _chosen(review, connection, wanted, viewer_name)
    if name == "csv" and not wanted.target:
        if wanted.votes_of:
            raise UsageError("this CSV has no column for votes", "reviewflow screen export, or say --for asreview")
        text, n = records_csv(review, chosen) if wanted.all_records else reports_csv(review, chosen)
        return Handed(text, name, n)
    cast = _votes(review, wanted)
    with review.reading() as connection:
        home = reports.reports_of(connection, chosen)
        ids = {origin.record: travelling_id(origin.key) for origin in origins.origins(connection, chosen)}
        found = [(record, ids[id_], cast.get(home[id_])) for id_, record in _handed_on(connection, chosen, wanted)]
    stream = io.StringIO()
    labels = {reason.id: reason.label for reason in review.protocol.reasons}
    bearer = _Bearer(name, wanted.target, wanted.votes_of, labels)
    further = [bearer.tags(record, id_, vote) for record, id_, vote in found]
    n = writer(_writer_name(wanted.target, name))((bearer.fitted(record) for record, _, _ in found), stream, further)
    return Handed(stream.getvalue(), name, n)


def _handed_on(connection: Connection, chosen: list[int], wanted: Wanted) -> Iterator[tuple[int, Record]]:
    """(id, fields) of every record that is chosen: its own, or where it stands for a report those of the report."""
    if wanted.all_records:
        yield from ((id_, record) for id_, _, record in records.records(connection, chosen))
    else:
        yield from ((id_, shown.record) for id_, shown in report_fields.each_shown(connection, chosen))


def verbatim(review: Review, wanted: Wanted, viewer_name: str = "") -> list[Cutting]:
    """The wanted records with their original bytes: of each search export that holds some, those that are wanted."""
    with review.reading() as connection:
        chosen = set(_chosen(review, connection, wanted, viewer_name))
        by_file: dict[int, list[Origin]] = {}
        for origin in origins.origins(connection):
            by_file.setdefault(origin.file, []).append(origin)
    names = [entries[0].name for entries in by_file.values()]
    cuttings = []
    for file, entries in by_file.items():
        places = [place for place, origin in enumerate(entries) if origin.record in chosen]
        if not places:
            continue
        first = entries[0]
        spans = [(origin.start, origin.end) for origin in entries]
        cutter = Cutter(review.blobs.read(first.sha256), first.format, first.encoding, spans, first.line)
        unique = first.name if names.count(first.name) == 1 else f"{file}-{first.name}"
        cuttings.append(Cutting(unique, cutter.only(places), len(places)))
    return cuttings


def _format_of(wanted: Wanted) -> str:
    """The format to write, checked against the target."""
    if wanted.target and wanted.target not in TARGETS:
        raise UsageError(f"{wanted.target!r} is no program that is known here", f"one of: {', '.join(TARGETS)}")
    if not wanted.target:
        if wanted.format and wanted.format not in WRITERS:
            raise UsageError(f"{wanted.format!r} is no format that can be written", f"one of: {', '.join(WRITERS)}")
        return wanted.format or "csv"
    takes = TARGETS[wanted.target]
    if wanted.format and wanted.format not in takes:
        raise UsageError(f"{wanted.target} does not take {wanted.format}", f"one of: {', '.join(takes)}")
    return wanted.format or takes[0]


def _writer_name(target: str, name: str) -> str:
    return _WRITER_OF.get((target, name), "plain_ris" if target and name == "ris" else name)


def _chosen(review: Review, connection: Connection, wanted: Wanted, viewer_name: str) -> list[int]:
    """The records that are wanted, by id."""
    of_reports = None if wanted.stage is None else _reports_at(review, connection, wanted, viewer_name)
    if wanted.only is not None:
        of_reports = sorted(wanted.only if of_reports is None else wanted.only.intersection(of_reports))
    whole = reports.members(connection, of_reports)
    return sorted(record for same in whole.values() for record in (same if wanted.all_records else same[:1]))


def _reports_at(review: Review, connection: Connection, wanted: Wanted, viewer_name: str) -> list[int]:
    """The reports that are at the stage and stand as wanted, as the viewer may see them."""
    who = views.viewer(review.protocol, viewer_name)
    stage = wanted.stage or Stage.TITLE_ABSTRACT
    found = []
    for view in views.report_views(connection, who, stage):
        first, second = report_outcome(view.title_abstract, view.full_text, review.protocol.rules)
        outcome = first if stage is Stage.TITLE_ABSTRACT else second
        unavailable = stage is Stage.FULL_TEXT and view.retrieval == "not_retrieved"
        if outcome is None or view.removed or unavailable:
            continue
        if wanted.state is None or outcome.state is wanted.state:
            found.append(view.id)
    return found


def _votes(review: Review, wanted: Wanted) -> dict[int, Vote]:
    """Report -> the vote that goes along."""
    stage = wanted.vote_stage or wanted.stage or Stage.TITLE_ABSTRACT
    return dict(own_votes(review, wanted.votes_of, stage)) if wanted.votes_of else {}


@dataclass(frozen=True, slots=True)
class _Bearer:
    """Puts a record's id and vote where the program that it goes to keeps them."""

    format: str
    target: str
    votes_of: str
    labels: Mapping[str, str]

    @property
    def with_votes(self) -> bool:
        """Whether votes go along."""
        return bool(self.votes_of)

    def fitted(self, record: Record) -> Record:
        """The record as the target takes it. Covidence keeps one number of a record: it has to be our id."""
        return replace(record, accession="") if (self.target, self.format) == ("covidence", "ris") else record

    def tags(self, record: Record, id_: str, vote: Vote | None) -> Tags:
        """The tags that go along with a record."""
        marks = self._mark(vote)
        if self.format == "ris":
            return tuple(self._ris(record, id_, vote))
        if self.format == "csv":
            return self._cells(id_, vote)
        if self.format in {"csl_json", "bibtex"}:
            return (("note", "; ".join((id_, *marks))),)
        of_id, of_marks = ("label", "notes") if self.format == "endnote_xml" else ("GN", "GN")
        return ((of_id, id_), *((of_marks, mark) for mark in marks))

    def _cells(self, id_: str, vote: Vote | None) -> Tags:
        """The cells of the CSV that the target takes."""
        if self.target == "srdr":
            return (("RefID", id_),)
        if self.target == "rayyan":
            return (("key", id_), ("notes", "; ".join((id_, *self._mark(vote)))))
        label = _LABELS[vote.verdict][1] if vote and vote.verdict in _LABELS else ""
        return (("reviewflow_id", id_), *((("included", label),) if self.with_votes else ()))

    def _ris(self, record: Record, id_: str, vote: Vote | None) -> Iterable[tuple[str, str]]:
        if self.target == "zotero":  # it takes keywords for tags, and writes them out again with every export
            yield "KW", id_
            yield from (("KW", mark) for mark in self._mark(vote))
            yield from (("J2", record.journal_abbreviation), ("DB", record.database))
            return
        if self.target == "covidence":
            yield "AN", id_
            yield "JO", record.journal
            yield "N1", f"Accession Number: {record.accession}" if record.accession else ""
        else:
            yield "N1", id_
        if self.target == "asreview" and self.with_votes:
            yield "N1", f"ASReview_{_LABELS[vote.verdict][0] if vote and vote.verdict in _LABELS else 'not_seen'}"
            return
        yield from (("N1", mark) for mark in self._mark(vote))

    def _mark(self, vote: Vote | None) -> tuple[str, ...]:
        """A vote as a note that `screen import` reads: in Rayyan's words for Rayyan, else in our own."""
        if vote is None or (self.target == "rayyan" and vote.verdict not in RAYYAN_WORDS):
            return ()
        if self.target == "rayyan":
            return (self._rayyan(vote),)
        marks = [f"reviewflow:{vote.verdict}" + (f":{vote.reason}" if vote.reason else "")]
        marks += [f"reviewflow-by:{quoted(self.votes_of)}"]
        return (*marks, f"reviewflow-note:{quoted(vote.note)}") if vote.note else tuple(marks)

    def _rayyan(self, vote: Vote) -> str:
        """A vote as Rayyan writes it into its exports."""
        who = quoted(self.votes_of)
        parts = [f'RAYYAN-INCLUSION: {{{who}=>"{RAYYAN_WORDS[vote.verdict]}"}}']
        if vote.reason:
            label = self.labels.get(vote.reason, "")
            # A label with a comma would be taken for two.
            parts.append(f"RAYYAN-EXCLUSION-REASONS: {label if label and not set(',|') & set(label) else vote.reason}")
        if vote.note:
            parts.append(f"USER-NOTES: {{{who}=>[{quoted(vote.note)}]}}")
        return " | ".join(parts)

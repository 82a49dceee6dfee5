"""The tables of a review: the journal and its lines (facts), and the side tables that are computed from them.

Facts are inserted and never altered; a trigger refuses anything else. `line` numbers the rows that one change wrote
into one table, so that (uuid of the change, line) names a fact in every copy of the review, whatever its local id.
Side tables hold only what can be computed from standing facts; `reviewflow check` rebuilds and compares them.
"""

from __future__ import annotations

from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

VOTERS_APART = "\n"
"""Stands between names in one cell: no name of a team holds a line break."""


class _Fact(SQLModel):
    """What every line of a change has."""

    id: int = Field(primary_key=True)
    change: int = Field(foreign_key="change.id", index=True)
    line: int


class MetaRow(SQLModel, table=True):
    """The version of the tables and the id of this copy of the review."""

    __tablename__: ClassVar[str] = "meta"
    key: str = Field(primary_key=True)
    value: str


class ChangeRow(SQLModel, table=True):
    """A journal entry. Its hash covers its own columns, its lines and the hash of the reviewer's previous change."""

    __tablename__: ClassVar[str] = "change"
    __table_args__: ClassVar[tuple[object, ...]] = (sa.UniqueConstraint("copy_id", "reviewer", "sequence"),)
    id: int = Field(primary_key=True)
    uuid: str = Field(unique=True)
    at_utc: str
    reviewer: str
    copy_id: str
    sequence: int
    command: str
    note: str
    undoes: int | None = Field(default=None, foreign_key="change.id", index=True)
    previous_sha256: str
    sha256: str


class SearchRow(_Fact, table=True):
    """One execution of one strategy on one source at one date."""

    __tablename__: ClassVar[str] = "search"
    source: str
    kind: str
    platform: str
    strategy: str
    limits: str
    searched_on: str
    n_expected: int | None
    note: str


class SearchRunRow(_Fact, table=True):
    """How a search was run by the program: what was sent, what the source said of it, and what came, as JSON."""

    __tablename__: ClassVar[str] = "search_run"
    search: int = Field(foreign_key="search.id", index=True)
    rerun_of: int | None = Field(default=None, foreign_key="search.id", index=True)
    details: str


class SearchDetailRow(_Fact, table=True):
    """What became known of a search after it was logged: a column that is NULL leaves what was said before."""

    __tablename__: ClassVar[str] = "search_detail"
    search: int = Field(foreign_key="search.id", index=True)
    platform: str | None
    strategy: str | None
    limits: str | None
    searched_on: str | None
    n_expected: int | None
    note: str | None


class SearchFileRow(_Fact, table=True):
    """A search export as it was imported; its bytes lie under their sha256."""

    __tablename__: ClassVar[str] = "search_file"
    search: int = Field(foreign_key="search.id", index=True)
    sha256: str = Field(index=True)
    name: str
    size_bytes: int
    format: str
    exporter: str
    encoding: str
    n_records: int
    n_expected: int | None
    repairs: str
    leftovers: str


class RawRecordRow(_Fact, table=True):
    """One entry of a search export with its tags, verbatim."""

    __tablename__: ClassVar[str] = "raw_record"
    search: int = Field(foreign_key="search.id", index=True)
    search_file: int = Field(foreign_key="search_file.id", index=True)
    ordinal: int
    file_line: int
    start_byte: int
    end_byte: int
    tags: str


class SameReportRow(_Fact, table=True):
    """That two records refer to the same report, or that they do not; by a rule or by a person."""

    __tablename__: ClassVar[str] = "same_report"
    record_a: int = Field(foreign_key="raw_record.id", index=True)
    record_b: int = Field(foreign_key="raw_record.id", index=True)
    same: bool
    by_person: bool
    rule: str
    score: float
    evidence: str


class RemovalRow(_Fact, table=True):
    """A record taken out before screening, by an automation tool or for another reason."""

    __tablename__: ClassVar[str] = "removal"
    record: int = Field(foreign_key="raw_record.id", index=True)
    kind: str
    reason: str


class VoteRow(_Fact, table=True):
    """One reviewer's verdict on the record that was shown, at one stage."""

    __tablename__: ClassVar[str] = "vote"
    record: int = Field(foreign_key="raw_record.id", index=True)
    stage: str
    reviewer: str
    role: str
    phase: str
    verdict: str
    reason: str
    note: str


class SeenRow(_Fact, table=True):
    """That a reviewer has seen, or could see, the others' votes on a report: an undo does not take it back."""

    __tablename__: ClassVar[str] = "seen"
    record: int = Field(foreign_key="raw_record.id", index=True)
    stage: str
    reviewer: str


class AssignmentRow(_Fact, table=True):
    """That a reviewer is to screen a record at a stage; all rows of one change on one record replace those before.

    `place` tells who votes first where the rule is liberal-accelerated.
    """

    __tablename__: ClassVar[str] = "assignment"
    record: int = Field(foreign_key="raw_record.id", index=True)
    stage: str
    reviewer: str
    place: int


class PilotRow(_Fact, table=True):
    """A pilot round: everybody who screens votes on the same random sample, apart from the main round."""

    __tablename__: ClassVar[str] = "pilot"
    name: str
    stage: str
    seed: int
    gate: float


class PilotRecordRow(_Fact, table=True):
    """A record in the sample of a pilot round."""

    __tablename__: ClassVar[str] = "pilot_record"
    pilot: int = Field(foreign_key="pilot.id", index=True)
    record: int = Field(foreign_key="raw_record.id", index=True)


class PilotVoteRow(_Fact, table=True):
    """One reviewer's verdict in a pilot round, which no count of the review ever reads."""

    __tablename__: ClassVar[str] = "pilot_vote"
    pilot: int = Field(foreign_key="pilot.id", index=True)
    record: int = Field(foreign_key="raw_record.id", index=True)
    reviewer: str
    verdict: str
    reason: str
    note: str


class PilotEndRow(_Fact, table=True):
    """That a pilot round is over, and the main round goes on."""

    __tablename__: ClassVar[str] = "pilot_end"
    pilot: int = Field(foreign_key="pilot.id", index=True)
    note: str


class TagRow(_Fact, table=True):
    """That a person has put a tag of his or her own on a record, or taken it off; nobody else is ever told."""

    __tablename__: ClassVar[str] = "tag"
    record: int = Field(foreign_key="raw_record.id", index=True)
    reviewer: str
    tag: str
    put: bool


class RankingRow(_Fact, table=True):
    """In which order a reviewer has titles and abstracts shown, from that change on.

    `model` is "" where nothing is ranked, and then so are its version and `library`, what it was computed with;
    `otherwise` is the order without a model: "record", "random" or "year".
    """

    __tablename__: ClassVar[str] = "ranking"
    reviewer: str
    model: str
    version: int
    library: str
    otherwise: str
    seed: int


class RetrievalRow(_Fact, table=True):
    """What became of the search for a full text."""

    __tablename__: ClassVar[str] = "retrieval"
    record: int = Field(foreign_key="raw_record.id", index=True)
    state: str
    reason: str
    sha256: str
    name: str


class RetrievalDetailRow(_Fact, table=True):
    """What goes with a step of a retrieval (way, day), or that its authors were asked, or what they answered."""

    __tablename__: ClassVar[str] = "retrieval_detail"
    record: int = Field(foreign_key="raw_record.id", index=True)
    kind: str
    way: str
    whom: str
    happened_on: str
    words: str


class StudyRow(_Fact, table=True):
    """An investigation, with one report or several."""

    __tablename__: ClassVar[str] = "study"
    label: str
    design: str
    country: str
    note: str


class ArmRow(_Fact, table=True):
    """A group of participants in a study."""

    __tablename__: ClassVar[str] = "arm"
    study: int = Field(foreign_key="study.id", index=True)
    label: str
    role: str
    n: int | None


class OfStudyRow(_Fact, table=True):
    """That a report gives facts on a study, or no longer does."""

    __tablename__: ClassVar[str] = "of_study"
    record: int = Field(foreign_key="raw_record.id", index=True)
    study: int = Field(foreign_key="study.id", index=True)
    role: str
    linked: bool


class FormRow(_Fact, table=True):
    """An extraction form as it stood when answers were given to it."""

    __tablename__: ClassVar[str] = "form"
    name: str
    content: str


class AnswerRow(_Fact, table=True):
    """One extractor's value for one cell."""

    __tablename__: ClassVar[str] = "answer"
    form: int = Field(foreign_key="form.id", index=True)
    study: int = Field(foreign_key="study.id", index=True)
    arm: int | None = Field(default=None, foreign_key="arm.id", index=True)
    reviewer: str
    endpoint: str
    timepoint: str
    field: str
    value: str
    denominator: str
    status: str
    source: str
    note: str


class AnalysisRow(_Fact, table=True):
    """A synthesis that was run: which rule chose the model, which branch fired, and on which answers."""

    __tablename__: ClassVar[str] = "analysis"
    name: str
    plan: str
    choice: str
    inputs: str


class CertaintyRow(_Fact, table=True):
    """How sure one can be of the evidence of a synthesis: GRADE's judgements with their reasons, as JSON."""

    __tablename__: ClassVar[str] = "certainty"
    synthesis: str
    judgements: str
    start: str
    robins_i: bool
    randomised: bool
    importance: str
    assumed_risk: float | None
    risk_source: str


class FreezeRow(_Fact, table=True):
    """What was published: the counts of the flow under a name."""

    __tablename__: ClassVar[str] = "freeze"
    name: str
    counts: str


class StandingRow(SQLModel, table=True):
    """Side table: the changes that stand, that is, that no standing change undoes."""

    __tablename__: ClassVar[str] = "standing"
    change: int = Field(primary_key=True, foreign_key="change.id")


class RecordRow(SQLModel, table=True):
    """Side table: the canonical fields of each record, derived from its tags by the reader of its format."""

    __tablename__: ClassVar[str] = "record"
    id: int = Field(primary_key=True, foreign_key="raw_record.id")
    title: str
    year: int | None
    doi: str
    pmid: str
    accession: str = Field(index=True)
    fields: str


class PlacementRow(SQLModel, table=True):
    """Side table: the report that each standing record belongs to; a report is named by its lowest record.

    `route` is "database" (databases and registers) or "other"; a report's route is "database" if any record's is.
    """

    __tablename__: ClassVar[str] = "placement"
    __table_args__: ClassVar[tuple[object, ...]] = (sa.Index("ix_placement_count", "search", "route"),)
    record: int = Field(primary_key=True, foreign_key="raw_record.id")
    report: int = Field(index=True)
    search: int
    route: str


class ReportRow(SQLModel, table=True):
    """Side table: one row for each report, with the tallies of its ballots.

    A tally is written as `Tally.code`: include/exclude/unsure/awaiting/ongoing, then reasons and adjudication; beside
    it stand the names of its voters, and of those whom it is assigned to. One index over all that the flow depends on
    makes counting a review a single scan, and the names tell a reviewer's own part of it without a look at the ballots.
    """

    __tablename__: ClassVar[str] = "report"
    __table_args__: ClassVar[tuple[object, ...]] = (
        sa.Index(
            "ix_report_count",
            "route",
            "removed",
            "retrieval",
            "title_abstract",
            "full_text",
            "ta_voters",
            "ft_voters",
            "ta_assigned",
            "ft_assigned",
        ),
    )
    id: int = Field(primary_key=True)
    route: str
    removed: str
    retrieval: str
    title_abstract: str
    ta_voters: str
    ta_assigned: str
    full_text: str
    ft_voters: str
    ft_assigned: str


class BallotRow(SQLModel, table=True):
    """Side table: the latest standing vote of each reviewer on each report, role by role.

    `contradicts_itself` when records that were merged carry different verdicts of the same reviewer: the report is then
    open again for that reviewer.
    """

    __tablename__: ClassVar[str] = "ballot"
    # Of a million ballots a few contradict themselves: an index of these alone finds them at once.
    __table_args__: ClassVar[tuple[object, ...]] = (
        sa.Index(
            "ix_ballot_contradicting",
            "report",
            sqlite_where=sa.text("contradicts_itself"),
            postgresql_where=sa.text("contradicts_itself"),
        ),
    )
    report: int = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    reviewer: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    verdict: str
    reason: str
    phase: str
    contradicts_itself: bool
    vote: int


class BlockKeyRow(SQLModel, table=True):
    """What deduplication remembers: a key of a record, as a number; records that share one are compared."""

    __tablename__: ClassVar[str] = "block_key"
    __table_args__: ClassVar[dict[str, object]] = {"sqlite_with_rowid": False}
    key: int = Field(primary_key=True, sa_type=sa.BigInteger)
    record: int = Field(primary_key=True, index=True, foreign_key="raw_record.id")


class UncomparedRow(SQLModel, table=True):
    """What deduplication remembers: a record that it has yet to compare with the others."""

    __tablename__: ClassVar[str] = "uncompared"
    record: int = Field(primary_key=True, foreign_key="raw_record.id")


class DoubtRow(SQLModel, table=True):
    """What deduplication remembers: a pair that no rule decides, or (`refused`) whose merging a constraint stops."""

    __tablename__: ClassVar[str] = "doubt"
    record_a: int = Field(primary_key=True, foreign_key="raw_record.id")
    record_b: int = Field(primary_key=True, foreign_key="raw_record.id", index=True)
    refused: bool = Field(primary_key=True)
    rule: str
    score: float
    evidence: str


class RelatedRow(SQLModel, table=True):
    """What deduplication remembers: two records of different reports that belong together."""

    __tablename__: ClassVar[str] = "related"
    record: int = Field(primary_key=True, foreign_key="raw_record.id")
    of: int = Field(primary_key=True, foreign_key="raw_record.id", index=True)
    kind: str = Field(primary_key=True)
    score: float
    why: str


FACTS = (
    "search",
    "search_run",
    "search_detail",
    "search_file",
    "raw_record",
    "same_report",
    "removal",
    "vote",
    "seen",
    "assignment",
    "pilot",
    "pilot_record",
    "pilot_vote",
    "pilot_end",
    "tag",
    "ranking",
    "retrieval",
    "retrieval_detail",
    "study",
    "arm",
    "of_study",
    "form",
    "answer",
    "analysis",
    "certainty",
    "freeze",
)
SIDE = ("standing", "placement", "report", "ballot")
MEMORY = ("block_key", "uncompared", "doubt", "related")
"""What deduplication keeps between runs: neither facts nor computed from facts alone, since the rules are in it."""


for _name in FACTS:
    # A change's own line is written last, when the hash of the others is known: the reference is checked at commit.
    for _key in SQLModel.metadata.tables[_name].columns["change"].foreign_keys:
        if _key.constraint is not None:
            _key.constraint.deferrable, _key.constraint.initially = True, "DEFERRED"


def table(name: str) -> sa.Table:
    """The Core table of that name: rows move through Core, which is ten times as fast as the row classes."""
    return SQLModel.metadata.tables[name]

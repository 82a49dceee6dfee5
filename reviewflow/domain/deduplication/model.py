"""What deduplication is given and what it answers: records with their ids, a person's answers, links, findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewflow.domain.record import Record


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may be a duplicate of another.

    Attributes:
        id: The record's number in the review.
        record: Its canonical fields.
        source: Name of the database it came from.
    """

    id: int
    record: Record
    source: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's standing answer on two records; it binds.

    Attributes:
        record_a: One record.
        record_b: The other.
        same: True where both are records of the same report.
    """

    record_a: int
    record_b: int
    same: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Two records that are, or may be, of the same report.

    Attributes:
        record_a: The lower id.
        record_b: The higher id.
        rule: Name of the rule that speaks for it.
        score: How much the two look like one report, 0 to 1.
        evidence: What was compared and what came out; vetoes stand under "vetoes", separated by "; ".
        why: The reason in one sentence.
    """

    record_a: int
    record_b: int
    rule: str
    score: float
    evidence: dict[str, float | str]
    why: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Two records of different reports that belong together.

    Attributes:
        record: The dependent one: the erratum, the abstract, the registry entry.
        of: The one it belongs to.
        kind: "erratum of", "abstract of", and the other kinds of the table of relations.
        score: How much the two look like one report, 0 to 1.
        why: The reason in one sentence.
    """

    record: int
    of: int
    kind: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What deduplication thinks of any two records.

    Attributes:
        record_a: The lower id.
        record_b: The higher id.
        decision: "automatic", "review" or "no".
        rule: Name of the rule that decided; "" where none applied.
        vetoes: Names of the vetoes that were hit.
        score: How much the two look like one report, 0 to 1.
        evidence: Every feature that could be compared.
        why: The reason in one sentence.
        relation: How the two belong together where they are not the same report; "" where they do not.
        shared_keys: The keys that bring the two records together at all; none where they would not have been compared.
    """

    record_a: int
    record_b: int
    decision: str
    rule: str
    vetoes: tuple[str, ...]
    score: float
    evidence: dict[str, float | str]
    why: str
    relation: str
    shared_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run of deduplication found.

    Attributes:
        links: Automatic merges, accepted under the constraints, best first.
        refused: Automatic links that the constraints stop: an answer, or a contradiction within the cluster.
        doubts: Pairs that a rule leaves to a person, by their records, settled or not.
        review: Pairs that wait for a person, of `refused` and `doubts`, the most doubtful first.
        relations: Records of different reports that belong together.
        clusters: Record id to the lowest id of its cluster.
    """

    links: tuple[Link, ...]
    refused: tuple[Link, ...]
    doubts: tuple[Link, ...]
    review: tuple[Link, ...]
    relations: tuple[Relation, ...]
    clusters: dict[int, int]

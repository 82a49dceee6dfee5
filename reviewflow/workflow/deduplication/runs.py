"""A run of deduplication on a review: what is new is compared, and what it touches is decided upon anew."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from reviewflow.domain.deduplication import Link, compare_records, decide, keys, sketches_of
from reviewflow.domain.deduplication.pause import collection_paused
from reviewflow.domain.words import counted
from reviewflow.storage import comparison, reports
from reviewflow.storage.reports import StoredLink
from reviewflow.workflow.deduplication.answers import n_waiting
from reviewflow.workflow.deduplication.given import candidates, digest_of, rule_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from reviewflow.domain.deduplication import Candidate, Findings
    from reviewflow.domain.deduplication.normalise import Sketch
    from reviewflow.domain.ledger import Act
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review

    Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of deduplication did.

    Attributes:
        n_records: Records compared.
        n_reports: Reports they belong to now.
        n_new: Links that it added.
        n_withdrawn: Links of an earlier run that no longer hold.
        n_review: Pairs left for a person.
    """

    n_records: int
    n_reports: int
    n_new: int
    n_withdrawn: int
    n_review: int

    @property
    def n_duplicates(self) -> int:
        """Records that are duplicates of another."""
        return self.n_records - self.n_reports


def run(review: Review, act: Act, progress: Progress | None = None) -> Run:
    """Link the records that the rules find to be of one report; a second run changes nothing.

    New records are compared with those that share a key with one of them; the outcome is that of comparing all.

    Args:
        review: The review.
        act: Who acts.
        progress: Called with (pairs compared, pairs in all).
    """
    rules = rule_tables(review.protocol.deduplication)
    digest = digest_of(rules)
    with review.change(act) as entry:
        connection = entry.connection
        is_new = not was_run(connection)
        work = comparison.begin(connection, digest)
        n_new = n_gone = 0
        if work.new or work.spoken_of:
            n_new, n_gone = _compare(entry, work, rules, progress)
        comparison.end(connection, digest)
        entry.is_worth_keeping = is_new
        entry.note = f"{counted(work.n_standing, 'record')}; {counted(n_new, 'link')} added, {n_gone} withdrawn"
    with review.reading() as connection:
        return Run(work.n_standing, reports.n_reports(connection), n_new, n_gone, n_waiting(connection))


@collection_paused()
def _compare(
    entry: Entry, work: comparison.Work, rules: Mapping[str, Any], progress: Progress | None
) -> tuple[int, int]:
    """Compare what is new, and decide anew on all that it touches; gives the links added and withdrawn."""
    connection = entry.connection
    met, sketches = _meeting(connection, work, rules)
    compared = compare_records(met, rules, new_ids=work.new, sketches=sketches, progress=progress)
    old = [one for one in comparison.doubts(connection, refused_only=True) if not _touches(one, work.new)]
    among = None if len(met) == work.n_standing else _reached(connection, work, compared.linked, old)
    inside = {candidate.id for candidate in met} if among is None else among
    stored = {
        (a, b): link for (a, b, person), link in reports.links(connection, inside).items() if not person and link.same
    }
    earlier = [link for link in map(_found, stored.values()) if not _touches(link, work.new)]
    earlier += [link for link in old if link.record_a in inside and link.record_b in inside]
    others = candidates(connection, inside - {candidate.id for candidate in met})
    findings = decide(compared, reports.answers(connection), among=among, others=others, earlier=earlier)
    _remember(connection, work.new, inside, findings)
    found = {(link.record_a, link.record_b): link for link in findings.links}
    gone = [_withdrawn(link) for pair, link in stored.items() if pair not in found]
    # Written one after the other: their evidence would be held twice.
    added = (_stored(link) for pair, link in found.items() if pair not in stored)
    return reports.add_links(entry, chain(added, gone)) - len(gone), len(gone)


def _meeting(
    connection: Connection, work: comparison.Work, rules: Mapping[str, Any]
) -> tuple[list[Candidate], Mapping[int, Sketch]]:
    """The new records with those that share a key with one of them, and what the keys of the new are made of.

    Where so many are new that others are few, these are all records.
    """
    is_most = 3 * len(work.new) > work.n_standing
    read = list(candidates(connection, None if is_most else work.new))
    sketches = sketches_of((candidate for candidate in read if candidate.id in work.new), rules)
    numbers = {record: {comparison.key_number(key) for key in keys(own)} for record, own in sketches.items()}
    comparison.add_keys(connection, numbers.items())
    if not is_most:
        near = comparison.sharing(connection, set(chain.from_iterable(numbers.values())))
        read += candidates(connection, near - work.new)
    return read, sketches


def _reached(
    connection: Connection, work: comparison.Work, linked: AbstractSet[int], refused: Sequence[Link]
) -> set[int]:
    """The records that are decided upon: those of which there is news, with all that hangs together with them."""
    other_ends: dict[int, set[int]] = {}
    for link in refused:
        other_ends.setdefault(link.record_a, set()).add(link.record_b)
        other_ends.setdefault(link.record_b, set()).add(link.record_a)
    return comparison.reach(connection, work.new | work.spoken_of | linked, other_ends)


def _remember(connection: Connection, new: AbstractSet[int], inside: AbstractSet[int], findings: Findings) -> None:
    """Store what later runs and people need of the findings beside the links."""
    comparison.forget_doubts(connection, new, inside)
    comparison.add_doubts(connection, findings.doubts, refused=False)
    comparison.add_doubts(connection, findings.refused, refused=True)
    comparison.replace_relations(connection, new, findings.relations)


def _touches(link: Link, records_: AbstractSet[int]) -> bool:
    return link.record_a in records_ or link.record_b in records_


def was_run(connection: Connection) -> bool:
    """Whether every standing record has been compared by a run of deduplication."""
    return comparison.n_uncompared(connection) == 0


def _found(link: StoredLink) -> Link:
    evidence = dict(link.evidence)
    why = str(evidence.pop("why", ""))
    return Link(link.record_a, link.record_b, link.rule, link.score, evidence, why)


def _stored(link: Link) -> StoredLink:
    return StoredLink(
        link.record_a,
        link.record_b,
        True,
        False,
        link.rule,
        link.score,
        {**link.evidence, "why": link.why},
    )


def _withdrawn(link: StoredLink) -> StoredLink:
    why = {"why": f"the rules no longer link them; {link.rule} did"}
    return StoredLink(link.record_a, link.record_b, False, False, "withdrawn", 0.0, why)

"""What a report shows: the surviving fields of its records, which record each is from, and what made it one report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from reviewflow.domain.deduplication import Candidate
from reviewflow.domain.deduplication.survivor import (
    SURVIVOR_TABLES,
    Signs,
    Surviving,
    as_text,
    read_signs,
    surviving,
)
from reviewflow.resources import schema_toml
from reviewflow.storage import records, reports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reviewflow.domain.record import Record, Tags
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.reports import StoredLink
    from reviewflow.storage.review import Review

_BATCH: Final = 1000
PROVENANCE: Final = ("title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "abstract")
"""The fields of which a table of reports says from which record they are."""


@cache
def _signs() -> Signs:
    return read_signs({name: schema_toml("deduplication", f"{name}.toml") for name in SURVIVOR_TABLES})


def shown(connection: Connection, of: Iterable[int]) -> dict[int, Surviving]:
    """Report -> what it shows, of some reports; reads the records of these and of no others."""
    return dict(each_shown(connection, of))


def each_shown(connection: Connection, of: Iterable[int]) -> Iterator[tuple[int, Surviving]]:
    """(report, what it shows), by report; the records are read in batches, so that any number of reports may be asked.

    Depends on the records and on what makes them one report, and on nobody's votes.
    """
    wanted = sorted(set(of))
    for start in range(0, len(wanted), _BATCH):
        whole = reports.members(connection, wanted[start : start + _BATCH])
        every = [record for same in whole.values() for record in same]
        by_id = {id_: Candidate(id_, record, source) for id_, source, record in records.records(connection, every)}
        for report, same in whole.items():
            yield report, surviving([by_id[id_] for id_ in same], _signs())


def shown_records(connection: Connection, of: Iterable[int]) -> dict[int, Record]:
    """Report -> the fields that it shows."""
    return {report: each.record for report, each in each_shown(connection, of)}


def provenance(each: Surviving) -> Tags:
    """The cells of a table that say which records a report has and from which the fields are."""
    of_field = ((name, each.chosen.get(name)) for name in PROVENANCE)
    return (
        ("record_ids", "; ".join(f"r{id_}" for id_ in each.record_ids)),
        ("source_ids", "; ".join(f"{source} {number} (r{id_})" for source, number, id_ in each.source_ids)),
        *((f"{name}_from", f"r{chosen.record_id}" if chosen else "") for name, chosen in of_field),
    )


@dataclass(frozen=True, slots=True)
class ReportShown:
    """A report with all that made it.

    Attributes:
        report: Its number.
        candidates: Its records, side by side.
        surviving: What it shows.
        links: The standing statements that join its records, those of people last.
    """

    report: int
    candidates: tuple[Candidate, ...]
    surviving: Surviving
    links: tuple[StoredLink, ...]

    def sides(self) -> Mapping[str, tuple[str, ...]]:
        """Field -> its value in each record, as text; fields that no record gives are left out."""
        rows = {
            name: tuple(as_text(getattr(candidate.record, name)) for candidate in self.candidates)
            for name in self.surviving.chosen
        }
        return {name: row for name, row in rows.items() if any(row)}


def show(review: Review, record: int) -> ReportShown:
    """The report that a record belongs to, with its records, its fields and its links.

    Raises:
        InputError: There is no such record.
    """
    with review.reading() as connection:
        report = reports.report_of(connection, record)
        same = reports.members(connection, [report])[report]
        found = tuple(Candidate(id_, each, source) for id_, source, each in records.records(connection, same))
        stored = reports.links(connection, same)
    joining = sorted(
        (link for link in stored.values() if link.same), key=lambda link: (link.by_person, link.record_a, link.record_b)
    )
    return ReportShown(report, found, surviving(found, _signs()), tuple(joining))

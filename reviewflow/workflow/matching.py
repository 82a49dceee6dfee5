"""Tells which record of the review a record from elsewhere is, and tells it only where nothing speaks against it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reviewflow.domain.record import Record

_SHORTEST_TITLE = 20  # letters and digits: "Editorial" and "Reply to the authors" are titles of many


@dataclass(frozen=True, slots=True)
class Match:
    """What a record from elsewhere is.

    Attributes:
        record: The record of the review that it is, or that shares what names it; None where that is not certain.
        report: Its report.
        why: Why it is not certain, in words.
    """

    record: int | None
    report: int = 0
    why: str = ""


class Matcher:
    """Finds records by what names them.

    Args:
        known: (id, report, record) of the review's records, by id.
    """

    def __init__(self, known: Iterable[tuple[int, int, Record]]) -> None:
        self._by_identifier: dict[str, dict[int, int]] = defaultdict(dict)
        self._by_title: dict[str, list[tuple[int, int, Record]]] = defaultdict(list)
        self._titles: dict[int, set[str]] = defaultdict(set)
        for id_, report, record in known:
            for identifier in _identifiers(record):
                self._by_identifier[identifier].setdefault(report, id_)
            title = _plain(record.title)
            self._titles[report].add(title)
            if len(title) >= _SHORTEST_TITLE:
                self._by_title[title].append((id_, report, record))

    def matches(self, others: Sequence[Record]) -> list[Match]:
        """What each of some records from one file is.

        Several may be given one DOI, as abstracts of a supplement are: then only those whose titles agree are known.
        """
        found = [self._match(other) for other in others]
        titles: dict[int, set[str]] = defaultdict(set)
        for match, other in zip(found, others, strict=True):
            titles[match.report].add(_plain(other.title))
        return [
            match
            if match.record is None or len(titles[match.report]) == 1 or self._has_title(match.report, other)
            else Match(None, why=f"others in the file lead to p{match.report} too, and its title is another")
            for match, other in zip(found, others, strict=True)
        ]

    def _has_title(self, report: int, other: Record) -> bool:
        return _plain(other.title) in self._titles[report]

    def _match(self, other: Record) -> Match:
        """What a record is by its identifiers, or else by its title."""
        found = [self._by_identifier[each] for each in _identifiers(other) if each in self._by_identifier]
        if not found:
            return self._by_its_title(other)
        common = set.intersection(*map(set, found))
        if len(common) > 1:
            common = {report for report in common if self._has_title(report, other)} or common
        if len(common) == 1:
            report = common.pop()
            return Match(min(each[report] for each in found), report)
        every = ", ".join(f"p{report}" for report in sorted(set().union(*found)))
        return Match(None, why=f"its identifiers lead to {every}")

    def _by_its_title(self, other: Record) -> Match:
        alike = self._by_title.get(_plain(other.title), [])
        fitting = [(report, id_) for id_, report, record in alike if not _contradict(other, record)]
        reports = sorted({report for report, _ in fitting})
        if len(reports) == 1:
            return Match(min(id_ for _, id_ in fitting), reports[0])
        if reports:
            return Match(None, why=f"its title is that of {', '.join(f'p{report}' for report in reports)}")
        return Match(None, why="no record of the review has its identifiers, or its title and year")


def _identifiers(record: Record) -> Iterator[str]:
    if record.doi:
        yield f"doi {record.doi}"
    if record.pmid:
        yield f"pmid {record.pmid}"
    # A bare number is another record's in another database.
    if not record.accession.isdecimal() and record.accession:
        yield f"accession {record.accession}"


def _contradict(a: Record, b: Record) -> bool:
    """Whether two records of one title cannot be the same: another year, DOI or PubMed number."""
    pairs = ((a.year, b.year), (a.doi, b.doi), (a.pmid, b.pmid))
    return any(one and other and one != other for one, other in pairs)


def _plain(title: str) -> str:
    """A title's letters and digits alone, in lower case and without accents."""
    return "".join(letter for letter in normalize("NFKD", title).casefold() if letter.isalnum())

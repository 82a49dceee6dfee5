"""The ways in which databases write one report, with the mistakes that they make."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

    from reviewflow.domain.record import Record

DATABASES: Final = ("PubMed", "Embase", "Web of Science", "Scopus", "CENTRAL")
_COPYRIGHT: Final = (" Copyright (C) Elsevier B.V. All rights reserved.", " © The Author(s).", " (C) Wiley-Blackwell.")
# Share of the reports with a DOI whose DOI a database gives.
_GIVES_DOI: Final = {"PubMed": 0.9, "Embase": 0.8, "Web of Science": 0.85, "Scopus": 0.92, "CENTRAL": 0.55}
# Databases that write "Family, A. B." and those that abbreviate the journal.
_INITIALS: Final = frozenset({"Embase", "Web of Science", "Scopus"})
_ABBREVIATE: Final = frozenset({"PubMed", "CENTRAL"})


def as_written(rng: Random, report: Record, source: str) -> Record:
    """The record that this database holds of a report."""
    written = replace(
        report,
        # Each record owns its text, as one read from a file does.
        abstract=_abstract(rng, report.abstract, source),
        title=_title(rng, report.title),
        authors=_authors(rng, report.authors, source),
        journal=_journal(rng, report, source),
        journal_abbreviation="",
        doi=report.doi if rng.random() < _GIVES_DOI[source] else "",
        pmid=report.pmid if source == "PubMed" or (source == "Embase" and rng.random() < 0.3) else "",
    )
    return _mistaken(rng, _place(rng, written))


def _title(rng: Random, title: str) -> str:
    chance = rng.random()
    if chance < 0.06:
        return title.upper()
    if chance < 0.20:
        return title.title()
    if chance < 0.50:
        return f"{title}."
    if chance < 0.515:
        at = rng.randrange(len(title))
        return title[:at] + rng.choice("aeinorst") + title[at + 1 :]
    if chance < 0.52 and len(title) > 60:
        return title[: rng.randint(50, len(title))]
    return f"{title} " if chance < 0.53 else title + ""


def _authors(rng: Random, authors: tuple[str, ...], source: str) -> tuple[str, ...]:
    if source == "CENTRAL" and rng.random() < 0.05:
        return ()
    names = authors
    if source in _INITIALS or (source == "CENTRAL" and rng.random() < 0.7):
        names = tuple(_with_initials(name) for name in names)
    if rng.random() < 0.5:
        names = tuple(_plain(name) for name in names)
    return names[:3] if len(names) > 3 and rng.random() < 0.03 else names


def _with_initials(name: str) -> str:
    family, _, given = name.partition(", ")
    return f"{family}, {' '.join(word[0] + '.' for word in given.split())}"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


def _journal(rng: Random, report: Record, source: str) -> str:
    if source in _ABBREVIATE and report.journal_abbreviation:
        return report.journal_abbreviation
    return report.journal.upper() if source == "Web of Science" and rng.random() < 0.8 else report.journal


def _abstract(rng: Random, abstract: str, source: str) -> str:
    chance = rng.random()
    if not abstract or chance < 0.06:
        return ""
    if chance < 0.12:
        return abstract[: int(len(abstract) * rng.uniform(0.3, 0.9))]
    if chance < 0.16 and abstract.startswith("BACKGROUND: "):
        return abstract.removeprefix("BACKGROUND: ")
    return abstract + rng.choice(_COPYRIGHT) if source != "PubMed" and chance < 0.6 else f"{abstract} "


def _place(rng: Random, record: Record) -> Record:
    """The record with its year, volume, issue and pages as they are given, some of them left out."""
    chance, year = rng.random(), record.year or 0
    if chance < 0.02:
        return replace(record, volume="", issue="", pages="", year=year - rng.randint(0, 1))
    if chance < 0.05:
        year += rng.choice((-1, 1))
    issue = "" if rng.random() < 0.08 else record.issue
    return replace(record, year=year, issue=issue, pages=_pages(rng, record.pages))


def _pages(rng: Random, pages: str) -> str:
    first, dash, last = pages.partition("-")
    how = rng.random()
    if how < 0.05:
        return first
    if how < 0.20 and dash and len(first) == len(last):
        return f"{first}-{_shortened(first, last)}"
    if how < 0.22:
        return ""
    return pages[1:] if how < 0.5 and pages.startswith("e") else pages


def _shortened(first: str, last: str) -> str:
    """The last page without the digits that it shares with the first ("843-54")."""
    n = next((n for n, (a, b) in enumerate(zip(first, last, strict=True)) if a != b), len(first) - 1)
    return last[n:]


def _mistaken(rng: Random, record: Record) -> Record:
    """The record with a rare mistake in one of its numbers."""
    if rng.random() > 0.01:
        return record
    if rng.random() < 0.5:
        return replace(record, volume="")
    return replace(record, volume=record.issue, issue=record.volume)

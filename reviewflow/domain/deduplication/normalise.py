"""A record read once for comparison: first what the keys need, and the rest only where it is compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reviewflow.domain.deduplication.names import Authors, lead_author, read_authors
from reviewflow.domain.deduplication.places import Place, first_page, journal_names, read_place, volume_number
from reviewflow.domain.deduplication.text import fold, run_together, without_markup
from reviewflow.domain.deduplication.titles import (
    BareTitle,
    Title,
    bare_title,
    compact_title,
    may_name_kind,
    read_title,
    without_kind,
)

if TYPE_CHECKING:
    from reviewflow.domain.deduplication.model import Candidate
    from reviewflow.domain.deduplication.vocabulary import Vocabulary
    from reviewflow.domain.record import Record

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_TRIAL = re.compile(
    r"\b(NCT\d{8}|ISRCTN\d{8}|20\d\d-\d{6}-\d\d|CTRI/\d{4}/\d\d/\d{6}|ACTRN\d{14}|ChiCTR[A-Z-]*\d{8,10}|DRKS\d{8})\b",
    re.IGNORECASE,
)
# Every number of a trial holds so many digits; few texts do.
_MANY_DIGITS = re.compile(r"[0-9]{6}")
_ISSN = re.compile(r"\b(\d{4})-?(\d{3}[\dXx])\b")
# Abstracts are compared on their first part: databases cut the end and add copyright lines to it.
_ABSTRACT_READ: Final = 1800
_ABSTRACT_COMPARED: Final = 1200


@dataclass(frozen=True, slots=True)
class Sketch:
    """What the keys of a record are made of.

    Attributes:
        bare: The title as its authors wrote it.
        title: Its letters and digits in common spelling.
        other: The same of the title's form in another language, "" where the record gives only one.
        subject: The title without the words that name a kind of notice ("Erratum:").
        year: Year, None when not given.
        lead: Key of the first author.
        volume: Leading number of the volume.
        page: Digits of the first page.
        doi: DOI, normalised.
        pmid: PubMed id.
        trials: Registry ids the source gives as such.
        opening: First letters of the abstract.
    """

    bare: BareTitle
    title: str
    other: str
    subject: str
    year: int | None
    lead: str
    volume: str
    page: str
    doi: str
    pmid: str
    trials: tuple[str, ...]
    opening: str


@dataclass(frozen=True, slots=True)
class Detail:
    """What else of a record is compared.

    Attributes:
        title: What the title says.
        kind: Kind of notice by title or publication type, "" for a plain report.
        authors: The authors.
        place: Volume, issue and page.
        journals: Names of the journal.
        issns: ISSNs, digits only.
        abstract: First part of the abstract, folded, without headings.
        trials: Registry ids given as such or named in title or abstract.
        is_conference: True for a contribution to a conference.
        is_registry: True for an entry of a register of trials.
        is_preprint: True for a preprint.
        part: Kind of document that is published inside another or alone ("book", "chapter", "thesis"), else "".
    """

    title: Title
    kind: str
    authors: Authors
    place: Place
    journals: tuple[tuple[str, ...], ...]
    issns: frozenset[str]
    abstract: str
    trials: frozenset[str]
    is_conference: bool
    is_registry: bool
    is_preprint: bool
    part: str


def normalise_doi(doi: str) -> str:
    """The DOI from "10." on, lower case; "" where the text holds none."""
    found = _DOI.search(doi) if doi else None
    return found[0].lower().rstrip(".,;)]") if found else ""


def sketch(record: Record, vocabulary: Vocabulary) -> Sketch:
    """What the keys of the record are made of."""
    bare = bare_title(record.title, vocabulary)
    folded = fold(bare.text)
    title = compact_title(folded, vocabulary)
    subject = without_kind(bare.text, vocabulary) if may_name_kind(bare.text, folded, vocabulary) else bare.text
    return Sketch(
        bare=bare,
        title=title,
        other=compact_title(fold(bare.other), vocabulary) if bare.other else "",
        subject=title if subject == bare.text else compact_title(fold(subject), vocabulary),
        year=record.year,
        lead=lead_author(record.authors, vocabulary),
        volume=volume_number(record.volume),
        page=first_page(record.pages)[1],
        doi=normalise_doi(record.doi),
        pmid=record.pmid.strip(),
        trials=tuple(sorted({trial.upper() for trial in record.registry_ids})),
        opening=run_together(record.abstract[:200])[:80],
    )


def detail(record: Record, known: Sketch, vocabulary: Vocabulary) -> Detail:
    """What else of the record is compared."""
    title = read_title(known.bare.text, vocabulary)
    types = [fold(kind) for kind in record.publication_types]
    is_registry = record.kind == "registry" or bool(vocabulary.registers.search(record.journal))
    return Detail(
        title=title,
        kind=title.kind or next((vocabulary.kind_types[t] for t in types if t in vocabulary.kind_types), ""),
        authors=read_authors(record.authors, vocabulary),
        place=read_place(record.volume, record.issue, record.pages),
        journals=journal_names(record.journal, vocabulary) + journal_names(record.journal_abbreviation, vocabulary),
        issns=frozenset(a + b.upper() for issn in record.issn for a, b in _ISSN.findall(issn)),
        abstract=_read_abstract(record.abstract, vocabulary),
        trials=frozenset(known.trials).union(_named_trials(record.title), _named_trials(record.abstract)),
        is_conference=not is_registry and _is_conference(record, types, vocabulary),
        is_registry=is_registry,
        is_preprint=record.kind == "preprint" or bool(vocabulary.preprints.search(f"{record.journal} {known.doi}")),
        part=record.kind if record.kind in {"book", "chapter", "thesis"} else "",
    )


def _named_trials(text: str) -> set[str]:
    return {trial.upper() for trial in _TRIAL.findall(text)} if _MANY_DIGITS.search(text) else set()


def _is_conference(record: Record, types: list[str], vocabulary: Vocabulary) -> bool:
    return (
        record.kind == "conference"
        or not vocabulary.conference_types.isdisjoint(types)
        or bool(vocabulary.conference.search(record.journal))
    )


def _read_abstract(abstract: str, vocabulary: Vocabulary) -> str:
    text = without_markup(abstract[:_ABSTRACT_READ]).lower()
    return run_together(vocabulary.sections.sub(" ", text))[:_ABSTRACT_COMPARED]


def fingerprint(candidate: Candidate) -> tuple[object, ...]:
    """What two records share when one is a copy of the other, whatever database it came through."""
    r = candidate.record
    return (
        r.kind,
        r.title,
        r.authors,
        r.year,
        r.journal,
        r.volume,
        r.issue,
        r.pages,
        r.doi,
        r.pmid,
        r.abstract,
        r.publication_types,
        r.registry_ids,
    )

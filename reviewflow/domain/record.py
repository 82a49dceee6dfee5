"""A record: one database's entry for a report, verbatim (`RawRecord`) and as everyone reads it (`Record`)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, make_dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Tags: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """Something in a search export that was read although it was not as it should be.

    Attributes:
        line: Line of the file, from 1.
        what: What was found and how it was read.
    """

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class RawRecord:
    r"""One entry of a search export with its tags as they stood there.

    Attributes:
        ordinal: Place in the file, from 1.
        line: Line on which the entry begins, from 1.
        start: First byte of the entry in the file.
        end: One past its last byte.
        tags: (tag, value) in the order of the file; values keep their inner text, wrapped lines joined by "\n".
        repairs: What had to be repaired to read it.
    """

    ordinal: int
    line: int
    start: int
    end: int
    tags: Tags
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A record in canonical fields, derived from its tags. An empty text or tuple means: not given.

    Attributes:
        kind: "journal", "conference", "registry", "book", "chapter", "thesis", "preprint", "report", or "other".
        title: As printed, without markup, annotations kept.
        authors: "Family, Given" or the name of a group, in order.
        year: Year of the publication, None when not given.
        journal: Journal, proceedings, series or register.
        journal_abbreviation: As the source abbreviates it.
        pages: "843-854", "e28922", "S12": expanded where the source shortens ("843-54").
        doi: Lower case, no resolver in front.
        pmid: Digits only.
        pmcid: "PMC" and digits.
        abstract: Cleaned of markup; the raw text stays in the tags.
        accession: The source's own number for the record ("L2003456789", "WOS:000...", "CN-0123").
        registry_ids: Trial numbers (NCT..., EUCTR..., ISRCTN...) given as such or in the accession or title.
        publication_types: As the source names them ("Conference Abstract", "Published Erratum").
        database: Source database detected from the record itself ("Embase", "PubMed"), not what the user says.
    """

    kind: str = "journal"
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    journal: str = ""
    journal_abbreviation: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    abstract: str = ""
    accession: str = ""
    issn: tuple[str, ...] = ()
    isbn: str = ""
    language: str = ""
    keywords: tuple[str, ...] = ()
    registry_ids: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    url: str = ""
    database: str = ""


def _quick(frozen: type) -> Callable[..., Any]:
    """A quicker constructor of a frozen class, by place.

    Its own sets every field through `object.__setattr__`, a fourth of the time in which a short record is read. Here a
    twin with the same slots takes the values and is then declared to be what it looks like.
    """
    twin = make_dataclass(
        f"_{frozen.__name__}", [(each.name, Any, field(default=each.default)) for each in fields(frozen)], slots=True
    )

    def made(*values: object) -> Any:  # noqa: ANN401 - the class that is made
        new = twin(*values)
        new.__class__ = frozen
        return new

    return made


if TYPE_CHECKING:
    quick_record, quick_raw_record = Record, RawRecord
else:
    quick_record, quick_raw_record = _quick(Record), _quick(RawRecord)

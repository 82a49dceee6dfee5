"""The surviving fields of a report: each field from the record of the report that has it best, and from which and why.

No record is altered or dropped. What a report shows is computed from its records each time, so a merge or a split needs
no repair. It does not depend on the order of the records.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from reviewflow.domain.deduplication.survivor_choice import (
    Chosen,
    Criterion,
    Offer,
    Other,
    as_text,
    choose,
    from_record,
    majority,
    not_chosen,
)
from reviewflow.domain.deduplication.survivor_place import PLACE, choose_place
from reviewflow.domain.deduplication.survivor_signs import Signs, read_signs
from reviewflow.domain.deduplication.survivor_text import choose_abstract, choose_authors, choose_title
from reviewflow.domain.normalise import normalise_doi
from reviewflow.domain.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reviewflow.domain.deduplication.model import Candidate

__all__ = ["FIELDS", "SURVIVOR_TABLES", "Chosen", "Other", "Signs", "Surviving", "as_text", "read_signs", "surviving"]

SURVIVOR_TABLES: Final = ("survivor", "words")
"""The tables that `read_signs` is handed: the names of the files in schemas/deduplication."""

FIELDS: Final = tuple(field.name for field in fields(Record))
"""The fields of a record, in order."""

_UNIONS: Final = ("issn", "keywords", "registry_ids", "publication_types")
_TEXTS: Final[dict[str, Callable[..., tuple[Any, Chosen]]]] = {
    "title": choose_title,
    "authors": choose_authors,
    "abstract": choose_abstract,
}
_SOURCE: Final = ("accession", "database")
_ONLY: Final = "the only record"
_VAGUE_KIND: Final = "other"


@dataclass(frozen=True, slots=True)
class Surviving:
    """What a report shows.

    Attributes:
        record_ids: Its records, the lowest first: the one that names the report.
        sources: The databases that they came from, each once, in that order.
        record: Every field as it was chosen.
        chosen: Where each field that holds something is from.
        source_ids: (source, accession, record) of every record that has a number of its source.
    """

    record_ids: tuple[int, ...]
    sources: tuple[str, ...]
    record: Record
    chosen: Mapping[str, Chosen]
    source_ids: tuple[tuple[str, str, int], ...]


def surviving(candidates: Sequence[Candidate], signs: Signs) -> Surviving:
    """The surviving fields of a report. A report of one record shows that record as it is.

    Args:
        candidates: The records of the report, at least one, in any order.
        signs: What tells a good value from a bad one.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.id)
    record, chosen = _alone(ordered[0]) if len(ordered) == 1 else _chosen(ordered, signs)
    return Surviving(
        tuple(each.id for each in ordered),
        tuple(dict.fromkeys(each.source for each in ordered)),
        record,
        {name: chosen[name] for name in FIELDS if name in chosen},
        tuple((each.source, each.record.accession, each.id) for each in ordered if each.record.accession),
    )


def _alone(candidate: Candidate) -> tuple[Record, dict[str, Chosen]]:
    given = (name for name in FIELDS if _is_given(getattr(candidate.record, name)))
    return candidate.record, {name: Chosen(candidate.id, _ONLY) for name in given}


def _chosen(ordered: Sequence[Candidate], signs: Signs) -> tuple[Record, dict[str, Chosen]]:
    n = len(ordered)
    printed, chosen, place = choose_place(ordered, signs)
    values: dict[str, Any] = {name: getattr(printed, name) for name in PLACE}
    values["accession"], values["database"] = _source(ordered, chosen)
    for name in FIELDS:
        offers = _offers(ordered, name)
        if name in PLACE or name in _SOURCE or not offers:
            continue
        if name in _UNIONS:
            values[name] = _union(offers)
            chosen[name] = Chosen(offers[0].record_id, f"all that {len(offers)} of {n} records give, each once")
        elif name in _TEXTS:
            values[name], chosen[name] = _TEXTS[name](offers, n, place, signs)
        else:
            best, why = choose(offers, n, _criteria(name, offers, n, place, signs))
            values[name] = best.value
            chosen[name] = Chosen(best.record_id, why, not_chosen(offers, best.value))
    return Record(**values), chosen


def _is_given(value: object) -> bool:
    return value not in {"", None, ()}


def _offers(ordered: Sequence[Candidate], name: str) -> list[Offer[Any]]:
    offers = (Offer(each.id, getattr(each.record, name)) for each in ordered)
    return [offer for offer in offers if _is_given(offer.value)]


def _criteria(name: str, offers: list[Offer[Any]], n: int, place: int, signs: Signs) -> list[Criterion[Any]]:
    """What decides on a field that one record gives whole."""
    most = majority(offers, n)
    by_record: Criterion[Any] = from_record(place)
    as_read = majority(offers, n, lambda value: unquote(value).casefold()) if name in {"doi", "language"} else most
    first: dict[str, list[Criterion[Any]]] = {
        "doi": [
            Criterion("leads to the report", lambda o: _leads_there(o.value, signs)),
            as_read,
            Criterion("not encoded for a link", lambda o: "%" not in o.value),
        ],
        "pmid": [Criterion("a PubMed number", lambda o: o.value.isdecimal())],
        "kind": [Criterion("says what it is", lambda o: o.value != _VAGUE_KIND)],
        "language": [as_read, Criterion("written out", lambda o: len(o.value))],
    }
    return [*first.get(name, ()), most, by_record]


def _leads_there(doi: str, signs: Signs) -> bool:
    """True of a DOI of the report itself."""
    return normalise_doi(doi) == doi.casefold() and not signs.doi_elsewhere.search(doi)


def _union(offers: Sequence[Offer[tuple[str, ...]]]) -> tuple[str, ...]:
    """All values in order, each once whatever its case."""
    found: dict[str, str] = {}
    for offer in offers:
        for text in offer.value:
            found.setdefault(text.casefold(), text)
    return tuple(found.values())


def _source(ordered: Sequence[Candidate], chosen: dict[str, Chosen]) -> tuple[str, str]:
    """Accession number and database of one record: a number is never put beside the name of another database."""
    offers = [Offer(each.id, each.record) for each in ordered if each.record.accession or each.record.database]
    if not offers:
        return "", ""
    criteria: list[Criterion[Record]] = [
        Criterion("has a number", lambda offer: bool(offer.value.accession)),
        Criterion("names the database of the number", lambda offer: bool(offer.value.database)),
    ]
    best, why = choose(offers, len(ordered), criteria)
    for name in _SOURCE:
        value = getattr(best.value, name)
        if value:
            chosen[name] = Chosen(best.record_id, why, not_chosen(_offers(ordered, name), value))
    return best.value.accession, best.value.database

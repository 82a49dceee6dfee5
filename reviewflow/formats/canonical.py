"""Derives the canonical record from the tags of a raw one; the same tags give the same record at any time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from reviewflow.domain import normalise
from reviewflow.domain.record import RawRecord, quick_record
from reviewflow.formats.fieldmap import field_map, header_key, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reviewflow.domain.record import Record
    from reviewflow.formats.fieldmap import FieldMap, Fields, Values

_TYPES_END = re.compile(r"\n|;(?=\s)")
_BRACKETED = re.compile(r"(?<=\S)\s+\[[^\[\]]*\]")
_MOST_ABSTRACTS = 100  # more are lines that only look like abstracts, too many to compare each with each
_NOTHING: dict[str, str] = {}
_URL = re.compile(r"(?:https?|ftp)://[^\s\"<>]+")


def canonical(raw: RawRecord, format: str) -> Record:  # noqa: A002 - the word of `import --check`
    """The record that the tags of a raw one mean in a format, which is named as in `import --check`."""
    mapping = field_map(format)
    values: Values = {}
    tags = raw.tags if not mapping.header_names else [(header_key(name), value) for name, value in raw.tags if value]
    asked = mapping.asked
    for tag, value in tags:
        if value and tag in asked:
            if "\0" in value:
                value = value.replace("\0", "")  # noqa: PLW2901 - the tag of the raw record keeps it
            if tag in values:
                values[tag].append(value)
            else:
                values[tag] = [value]
    if mapping.latex:
        _print_latex(values, mapping)
    database, fields = mapping.source_of(values)
    return _record(values, mapping, fields, database)


def load_tables_of(format: str) -> None:  # noqa: A002 - as above
    """Load the tables that the records of a format need."""
    canonical(RawRecord(1, 1, 0, 0, ()), format)
    if field_map(format).latex:
        from reviewflow.formats import latex  # noqa: PLC0415 - only BibTeX needs it

        latex.table()


def _print_latex(values: Values, mapping: FieldMap) -> None:
    """Put the text that LaTeX prints in the place of values written in it; authors are split first."""
    from reviewflow.formats import latex  # noqa: PLC0415 - only BibTeX needs it

    for tag, texts in values.items():
        if tag in mapping.default.authors:
            values[tag] = ["\n".join(latex.names(text)) for text in texts]
        else:
            printed = latex.plain_link if tag in mapping.links else latex.plain
            texts[:] = map(printed, texts)


def _record(values: Values, mapping: FieldMap, fields: Fields, database: str) -> Record:
    title = _line(values, fields.title)
    types = _types(values, fields)
    issns, isbn = _numbers(values, fields) if fields.issn or fields.isbn else ((), "")
    cited = _citation(values, mapping, fields) if fields.citation else _NOTHING
    journal = _line(values, fields.journal) or cited.get("journal", "")
    accession = _accession(values, fields)
    # By place and not by name: the names of so many fields cost as much time as all their values.
    return quick_record(
        fields.of_kind or kind_of(_first(values, fields.kind), types) or ("journal" if journal else "other"),
        title,
        _authors(values, mapping, fields),
        _year(values, fields) or (normalise.year_from_text(cited["year"]) if "year" in cited else None),
        journal,
        _abbreviation(values, fields, journal),
        _line(values, fields.volume) or cited.get("volume", ""),
        _line(values, fields.issue) or cited.get("issue", ""),
        _pages(values, fields) or (normalise.expand_pages(cited["pages"]) if "pages" in cited else ""),
        _doi(values, fields),
        _pmid(values, fields),
        _pmcid(values, fields),
        _abstract(values, mapping, fields),
        accession,
        issns,
        isbn,
        _line(values, fields.language).removesuffix("."),
        _keywords(values, mapping, fields),
        normalise.registry_ids(accession, title, *_all(values, fields.registry)),
        types,
        _url(values, fields),
        database,
    )


def _numbers(values: Values, fields: Fields) -> tuple[tuple[str, ...], str]:
    return _serial_numbers(" ".join(_all(values, fields.issn)), " ".join(_all(values, fields.isbn)))


@lru_cache(maxsize=4096)
def _serial_numbers(serial: str, book: str) -> tuple[tuple[str, ...], str]:
    """The ISSNs in the fields for them, and the ISBN, which RIS and others write into the same field."""
    text = f"{serial} {book}"
    return normalise.issns(serial) if serial else (), normalise.isbn(text) if len(text) > 10 else ""


def _all(values: Values, tags: Sequence[str]) -> list[str]:
    """All values of the tags; a list that others hold, too."""
    if len(tags) == 1:
        return values.get(tags[0], [])
    return [value for tag in tags if tag in values for value in values[tag]]


def _first(values: Values, tags: Iterable[str]) -> str:
    for tag in tags:
        if tag in values:
            return values[tag][0]
    return ""


def _line(values: Values, tags: Iterable[str]) -> str:
    for tag in tags:
        for value in values.get(tag, ()):
            line = normalise.clean_line(value)
            if line:
                return line
    return ""


def _types(values: Values, fields: Fields) -> tuple[str, ...]:
    tags = fields.publication_types
    texts = _all(values, tags) if tags else []
    if not texts:
        return ()
    found = [value.strip() for text in texts for value in (_TYPES_END.split(text) if _has_end(text) else (text,))]
    # M3 holds the DOI in some exports of publishers.
    return tuple(dict.fromkeys(value for value in found if value and "10." not in value))


def _has_end(text: str) -> bool:
    return "\n" in text or ";" in text


def _authors(values: Values, mapping: FieldMap, fields: Fields) -> tuple[str, ...]:
    tags = fields.authors
    if mapping.latex:
        return tuple(filter(None, next((values[tag][0] for tag in tags if tag in values), "").split("\n")))
    if mapping.header_names:
        cells = _all(values, tags)
        return next(filter(None, map(_authors_in_one, cells)), ())
    if mapping.prefer_longer:
        full, short = mapping.prefer_longer
        if len(values.get(short, ())) > len(values.get(full, ())):
            tags = (short, *tags)
    chosen = next(([tag] for tag in tags if tag in values), [])
    names = _unwrapped(values, mapping, chosen)
    if fields.groups:
        names += _groups(_unwrapped(values, mapping, fields.groups))
    found: list[str] = []
    for name in names:
        if "[" in name or ";" in name or "\n" in name:
            # BIOSIS writes within brackets what would end a name: "Rossi, A. [Author; E-mail: a@b.org]".
            found.extend(map(_author, _parts(_BRACKETED.sub("", name) if "[" in name else name, ";")))
        else:
            found.append(_author(name))
    return tuple(found) if all(found) else tuple(filter(None, found))


def _groups(names: Iterable[str]) -> list[str]:
    """Names of groups with the comma at the end that tells them from "Given Family"."""
    parts = [part.strip() for text in names for part in _parts(text, ";")]
    return [part if not part or "," in part else f"{part}," for part in parts]


def _unwrapped(values: Values, mapping: FieldMap, tags: Iterable[str]) -> list[str]:
    """The values of the tags, each on one line where a line end is only a wrap and not the end of a value."""
    return [
        value.replace("\n", " ") if mapping.wrapped and "\n" in value and tag not in mapping.listed else value
        for tag in tags
        if tag in values
        for value in values[tag]
    ]


def _authors_in_one(text: str) -> tuple[str, ...]:
    return normalise.split_authors(normalise.without_markup(text))


@lru_cache(maxsize=16384)
def _author(name: str) -> str:
    return normalise.author_name(normalise.clean_line(name))


def _parts(text: str, separator: str) -> list[str]:
    if "\n" in text:
        return [part for line in text.split("\n") for part in _parts(line, separator)]
    for mark in separator:
        if mark in text:
            return (normalise.without_markup(text) if "&" in text else text).split(mark)
    return [text]


def _year(values: Values, fields: Fields) -> int | None:
    for tag in fields.year:
        for value in values.get(tag, ()):
            year = int(value) if len(value) == 4 and value.isdecimal() else normalise.year_from_text(value)
            if year:
                return year
    return None


def _citation(values: Values, mapping: FieldMap, fields: Fields) -> dict[str, str]:
    """What a citation in one line says, by canonical field; the first pattern that fits."""
    line = _line(values, fields.citation)
    found = next((found for search in mapping.citations if (found := search(line))), None) if line else None
    return {field: text.strip() for field, text in found.groupdict("").items()} if found else {}


def _abbreviation(values: Values, fields: Fields, journal: str) -> str:
    for tag in fields.journal_abbreviation:
        for value in values.get(tag, ()):
            line = normalise.clean_line(value)
            if line and line != journal:
                return line
    return ""


def _pages(values: Values, fields: Fields) -> str:
    whole = _first(values, fields.pages)
    if whole:
        return normalise.expand_pages(whole)
    first, last = _first(values, fields.first_page), _first(values, fields.last_page)
    if first or last:
        pages = normalise.join_pages(first, last)
        if pages:
            return pages
    return _first(values, fields.article_number)


def _doi(values: Values, fields: Fields) -> str:
    for tag in fields.doi:
        # PubMed marks its kinds of identifiers: "[pii]" may hold something that looks like a DOI.
        for value in values.get(tag, ()):
            doi = "" if "[pii]" in value else normalise.normalise_doi(value)
            if doi:
                return doi
    for tag in fields.doi_anywhere:
        for value in values.get(tag, ()):
            doi = normalise.doi_in_text(value)
            if doi:
                return doi
    return ""


def _pmid(values: Values, fields: Fields) -> str:
    for tag in fields.pmid:
        for value in values.get(tag, ()):
            if fields.pmid_like is None:
                pmid = normalise.normalise_pmid(value)
            else:
                found = fields.pmid_like.search(value)
                pmid = found.group(1) if found else ""
            if pmid:
                return pmid
    # A note may name other records, too: only a number that stands alone is the record's own.
    told: set[str] = set()
    for tag in fields.pmid_anywhere:
        for value in values.get(tag, ()):
            told.update(normalise.pmids_in_text(value))
    return told.pop() if len(told) == 1 else ""


def _pmcid(values: Values, fields: Fields) -> str:
    for tag in fields.pmcid:
        for value in values.get(tag, ()):
            pmcid = normalise.normalise_pmcid(value)
            if pmcid:
                return pmcid
    return ""


def _abstract(values: Values, mapping: FieldMap, fields: Fields) -> str:
    clean = normalise.clean_line if mapping.wrapped else normalise.clean_abstract
    told = _all(values, fields.abstract) if fields.abstract else ()
    if len(told) < 2:
        return clean(told[0]) if told else ""
    texts = [text for text in dict.fromkeys(map(clean, told)) if text]
    if 1 < len(texts) <= _MOST_ABSTRACTS:
        texts = [text for text in texts if not any(text in other for other in texts if other is not text)]
    return "\n\n".join(texts)


def _accession(values: Values, fields: Fields) -> str:
    for tag in fields.accession:
        for value in values.get(tag, ()):
            if fields.accession_like is None:
                return " ".join(value.split()).removesuffix(".")
            found = fields.accession_like.search(value)
            if found:
                return found.group(1)
    return ""


def _keywords(values: Values, mapping: FieldMap, fields: Fields) -> tuple[str, ...]:
    found: list[str] = []
    for tag in fields.keywords:
        for value in values.get(tag, ()):
            if mapping.header_names and value.startswith("[") and value.endswith("]"):
                found.extend(normalise.split_list(value))
                continue
            text = value.replace("\n", " ") if mapping.wrapped else value
            if "\n" in text or mapping.separator:
                found.extend(_parts(text, mapping.separator))
            else:
                found.append(text)
    if not found:
        return ()
    return tuple(dict.fromkeys([_keyword(word) for word in found if word and not word.isspace()]))


@lru_cache(maxsize=16384)
def _keyword(word: str) -> str:
    return normalise.clean_line(word)


def _url(values: Values, fields: Fields) -> str:
    for tag in fields.url:
        for value in values.get(tag, ()):
            found = _URL.search(value) if "://" in value else None
            if found:
                return found.group()
    return ""

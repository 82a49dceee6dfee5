"""The field map of a format: which tag gives which canonical field, by source, as `schemas/formats/*.toml` says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Callable

    Search = Callable[[str], re.Match[str] | None]

_WORDS = re.compile(r"[^a-z0-9]+")

Values = dict[str, list[str]]
Tags = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """Where one source puts its fields: of each, the tags, the best first.

    Attributes:
        database: The source's name; "" where the record's own value names it, or nothing does.
        accession_like: What an accession number of this source looks like; None where any value is one.
        pmid_like: What a PubMed number looks like where its tag holds others too.
        of_kind: The kind of all records of this source; "" where they differ.
    """

    database: str = ""
    accession_like: re.Pattern[str] | None = None
    pmid_like: re.Pattern[str] | None = None
    of_kind: str = ""
    kind: Tags = ()
    title: Tags = ()
    authors: Tags = ()
    groups: Tags = ()
    year: Tags = ()
    journal: Tags = ()
    journal_abbreviation: Tags = ()
    volume: Tags = ()
    issue: Tags = ()
    pages: Tags = ()
    first_page: Tags = ()
    last_page: Tags = ()
    article_number: Tags = ()
    doi: Tags = ()
    doi_anywhere: Tags = ()
    pmid: Tags = ()
    pmcid: Tags = ()
    abstract: Tags = ()
    accession: Tags = ()
    issn: Tags = ()
    isbn: Tags = ()
    language: Tags = ()
    keywords: Tags = ()
    publication_types: Tags = ()
    url: Tags = ()
    registry: Tags = ()
    citation: Tags = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of a source: a value of the tag that `search` finds.

    Attributes:
        tag: The tag that holds the value.
        search: Finds the sign in it.
        names_itself: Whether group 1 of what is found is the source's name.
        fields: Where that source puts its fields.
    """

    tag: str
    search: Search
    names_itself: bool
    fields: Fields


@dataclass(frozen=True, slots=True)
class FieldMap:
    """The field map of one format.

    Attributes:
        default: The fields of a record whose source shows no sign.
        signs: Signs of sources, the first that holds counts.
        wrapped: Whether a line end within a value is only a wrap.
        listed: Tags whose lines are values of their own.
        separator: What separates several values in one, the first that is there; "" for nothing.
        header_names: Whether the tags are the names of columns, to be compared by `header_key`.
        citations: Patterns that take a citation in one line apart, by the names of their groups.
        latex: Whether values are written in LaTeX.
        links: Tags that hold links and identifiers, whose characters LaTeX must not change.
        prefer_longer: Two tags for the same names: the second counts where it has more.
    """

    default: Fields
    signs: tuple[Sign, ...]
    wrapped: bool
    listed: frozenset[str]
    separator: str
    header_names: bool
    latex: bool
    links: frozenset[str]
    prefer_longer: tuple[str, str] | None
    citations: tuple[Search, ...]

    def source_of(self, values: Values) -> tuple[str, Fields]:
        """The database that a record shows itself to come from, and where that source puts its fields."""
        for sign in self.signs:
            if sign.tag in values:
                for value in values[sign.tag]:
                    if found := sign.search(value):
                        return found.group(1) if sign.names_itself else sign.fields.database, sign.fields
        return "", self.default


@cache
def field_map(name: str) -> FieldMap:
    """The field map in `schemas/formats/NAME.toml`."""
    table = schema_toml("formats", f"{name}.toml")
    base = replace(Fields(), **_tags_of(table["fields"]))
    how = table.get("values", {})
    longer = how.get("prefer_longer")
    return FieldMap(
        default=base,
        signs=tuple(sign for rule in table.get("source", ()) for sign in _signs(rule, base)),
        wrapped=how.get("wrapped", False),
        listed=frozenset(how.get("listed", ())),
        header_names=how.get("header_names", False),
        separator=how.get("separator", ""),
        citations=tuple(re.compile(entry["pattern"]).search for entry in table.get("citation", ())),
        latex=how.get("latex", False),
        links=frozenset(how.get("links", ())),
        prefer_longer=(longer[0], longer[1]) if longer else None,
    )


def _tags_of(fields: dict[str, list[str]]) -> dict[str, Any]:
    return {field: tuple(tags) for field, tags in fields.items()}


def _signs(rule: dict[str, Any], base: Fields) -> list[Sign]:
    fields = replace(
        base,
        database=rule.get("database", ""),
        accession_like=re.compile(rule["accession"]) if "accession" in rule else None,
        pmid_like=re.compile(rule["pmid"]) if "pmid" in rule else None,
        of_kind=rule.get("kind", ""),
        **_tags_of(rule.get("fields", {})),
    )
    search = re.compile(rule["pattern"]).search
    return [Sign(tag, search, rule.get("value", False), fields) for tag in rule["tags"]]


@lru_cache(maxsize=4096)
def header_key(name: str) -> str:
    """A column's name as the tables know it: lower case, every run of other characters one blank."""
    return _WORDS.sub(" ", name.lower()).strip()


@lru_cache(maxsize=4096)
def kind_of(code: str, publication_types: tuple[str, ...]) -> str:
    """The kind that publication types or else a code tell: "" where these are unknown, "journal" without any."""
    codes, words = _kinds()
    for text in (*publication_types, code):
        for search, kind in words:
            if search(text):
                return kind
    return codes.get(code.lower().replace(" ", ""), "" if code else "journal")


@cache
def _kinds() -> tuple[dict[str, str], tuple[tuple[Search, str], ...]]:
    table = schema_toml("formats", "kinds.toml")
    words = tuple((re.compile(entry["pattern"], re.IGNORECASE).search, entry["kind"]) for entry in table["words"])
    return table["codes"], words

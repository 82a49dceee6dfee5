"""The field map of a format: which tag gives which canonical field, by source, as `schemas/formats/*.toml` says."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Callable

    Search = Callable[[str], re.Match[str] | None]

_WORDS = re.compile(r"[^a-z0-9]+")
_PART = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]|[()|]|[^\\\[()|]+", re.DOTALL)
_PLAIN = re.compile(r"(?:[\w/=:; -]|\\\.)+")

Values = dict[str, list[str]]
Tags = tuple[str, ...]


# One source is one object, so its identity is its key: what is worked out for it is kept (see `_among`).
@dataclass(frozen=True, slots=True, eq=False)
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
    pmid_anywhere: Tags = ()
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
    """A sign of a source: what a value of the tag may hold.

    Attributes:
        tag: The tag that holds the value.
        shows: Whether a value of it holds the sign.
        name: Finds the sign where group 1 of it is the source's name; None where `fields` has the name.
        fields: Where that source puts its fields.
    """

    tag: str
    shows: Callable[[str], bool]
    name: Search | None
    fields: Fields


@dataclass(frozen=True, slots=True, eq=False)
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
        asked: All tags that a field or a sign is looked for in.
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
    asked: frozenset[str]

    def source_of(self, values: Values) -> tuple[str, Fields]:
        """The database that a record shows itself to come from, and which of its tags hold which field there."""
        names = tuple(values)
        # Most records of a long file have one of a few sets of tags; for one met once, sorting them out does not pay.
        met = _met(names)
        again = met[0]
        met[0] = True
        for sign in _signs_among(self, names) if again else self.signs:
            for value in values.get(sign.tag, ()):
                if sign.name is None:
                    if sign.shows(value):
                        return sign.fields.database, _among(sign.fields, names) if again else sign.fields
                elif found := sign.name(value):
                    return found.group(1), _among(sign.fields, names) if again else sign.fields
        return "", _among(self.default, names) if again else self.default


_OF_SOURCE = ("database", "accession_like", "pmid_like", "of_kind")
_source_of = attrgetter(*_OF_SOURCE)
_tags_in = attrgetter(*(field.name for field in fields(Fields) if field.name not in _OF_SOURCE))


@lru_cache(maxsize=1024)
def _met(names: Tags) -> list[bool]:  # noqa: ARG001 - the cache's key
    """Whether a set of tags was met before: a cell for the caller to mark."""
    return [False]


@lru_cache(maxsize=256)
def _signs_among(mapping: FieldMap, names: Tags) -> tuple[Sign, ...]:
    held = frozenset(names)
    return tuple([sign for sign in mapping.signs if sign.tag in held])


@lru_cache(maxsize=256)
def _among(fields: Fields, names: Tags) -> Fields:
    """The fields with only those tags that a record has."""
    held = frozenset(names)
    tags = [() if held.isdisjoint(tags) else tuple([tag for tag in tags if tag in held]) for tags in _tags_in(fields)]
    return Fields(*_source_of(fields), *tags)


@cache
def field_map(name: str) -> FieldMap:
    """The field map in `schemas/formats/NAME.toml`."""
    table = schema_toml("formats", f"{name}.toml")
    base = replace(Fields(), **_tags_of(table["fields"]))
    how = table.get("values", {})
    longer = how.get("prefer_longer")
    signs = tuple(sign for rule in table.get("source", ()) for sign in _signs(rule, base))
    return FieldMap(
        default=base,
        signs=signs,
        wrapped=how.get("wrapped", False),
        listed=frozenset(how.get("listed", ())),
        header_names=how.get("header_names", False),
        separator=how.get("separator", ""),
        citations=tuple(re.compile(entry["pattern"]).search for entry in table.get("citation", ())),
        latex=how.get("latex", False),
        links=frozenset(how.get("links", ())),
        prefer_longer=(longer[0], longer[1]) if longer else None,
        asked=frozenset(
            [sign.tag for sign in signs]
            + [tag for one in (base, *(sign.fields for sign in signs)) for tags in _tags_in(one) for tag in tags]
        ),
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
    shows = _shows(rule["pattern"])
    name = re.compile(rule["pattern"]).search if rule.get("value", False) else None
    return [Sign(tag, shows, name, fields) for tag in rule["tags"]]


def _shows(pattern: str) -> Callable[[str], bool]:
    """Whether a pattern is found in a value, as `re.search` tells it.

    That tries every alternative at every place, also one that must stand at the start; notes and links are long.
    """
    branches = _branches(pattern)
    words = tuple(branch.replace("\\", "") for branch in branches if _PLAIN.fullmatch(branch))
    at_start = [branch for branch in branches if branch.startswith("^")]
    anywhere = [branch for branch in branches if not branch.startswith("^") and not _PLAIN.fullmatch(branch)]
    match = re.compile("|".join(at_start)).match if at_start else None
    search = re.compile("|".join(anywhere)).search if anywhere else None

    def shows(value: str) -> bool:
        if match and match(value):
            return True
        for word in words:
            if word in value:
                return True
        return bool(search and search(value))

    return shows


def _branches(pattern: str) -> list[str]:
    """The alternatives of a pattern."""
    branches, depth = [""], 0
    for part in _PART.findall(pattern):
        depth += (part == "(") - (part == ")")
        if part == "|" and not depth:
            branches.append("")
        else:
            branches[-1] += part
    return branches


@lru_cache(maxsize=4096)
def header_key(name: str) -> str:
    """A column's name as the tables know it: lower case, every run of other characters one blank."""
    return _WORDS.sub(" ", name.lower()).strip()


@lru_cache(maxsize=4096)
def kind_of(code: str, publication_types: tuple[str, ...]) -> str:
    """The kind that publication types or else a code tell: "" where these are unknown, "journal" without any."""
    codes, words = _kinds()
    for texts in (publication_types, (code,)):
        # A paper of a conference is an article, too: the order of the table counts, not that of the types.
        for search, kind in words:
            if any(map(search, texts)):
                return kind
    return codes.get(code.lower().replace(" ", ""), "" if code else "journal")


@cache
def _kinds() -> tuple[dict[str, str], tuple[tuple[Search, str], ...]]:
    table = schema_toml("formats", "kinds.toml")
    words = tuple((re.compile(entry["pattern"], re.IGNORECASE).search, entry["kind"]) for entry in table["words"])
    return table["codes"], words

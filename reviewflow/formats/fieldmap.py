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


# One source is one object, so its identity is its key: what is worked out for it is kept (see `_narrowed`).
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
        pattern: The sign.
        name: Finds the sign where group 1 of it is the source's name; None where `fields` has the name.
        fields: Where that source puts its fields.
    """

    tag: str
    pattern: str
    name: Search | None
    fields: Fields


@dataclass(frozen=True, slots=True, eq=False)
class FieldMap:
    """The field map of one format.

    Attributes:
        default: The fields of a record whose source shows no sign.
        signs: Signs of sources, the first that holds counts.
        first_sign: Of each tag that may hold signs, what gives the place of the first that a value holds.
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
    first_sign: dict[str, Callable[[str], int]]
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
        first, told = len(self.signs), ""
        for tag in names:
            if tag in self.first_sign:
                first_sign = self.first_sign[tag]
                for value in values[tag]:
                    place = first_sign(value)
                    if place < first:
                        first, told = place, value
        if first == len(self.signs):
            return "", _narrowed(self.default, names)
        sign = self.signs[first]
        named = sign.name(told) if sign.name else None
        return named.group(1) if named else sign.fields.database, _narrowed(sign.fields, names)


_OF_SOURCE = ("database", "accession_like", "pmid_like", "of_kind")
_source_of = attrgetter(*_OF_SOURCE)
_tags_in = attrgetter(*(field.name for field in fields(Fields) if field.name not in _OF_SOURCE))


@lru_cache(maxsize=1024)
def _met(fields: Fields, names: Tags) -> list[Fields]:  # noqa: ARG001 - the cache's key
    """What `_narrowed` keeps of a set of tags."""
    return []


def _narrowed(fields: Fields, names: Tags) -> Fields:
    """The fields, with only the tags that a record has where such a record was met before.

    Most records of a long file have one of a few sets of tags; for one met once, sorting them out does not pay.
    """
    kept = _met(fields, names)
    if len(kept) < 2:
        kept.append(_among(fields, names) if kept else fields)
    return kept[-1]


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
        first_sign={tag: _first_sign(signs, tag) for tag in dict.fromkeys(sign.tag for sign in signs)},
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
            + (longer or [])
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
    name = re.compile(rule["pattern"]).search if rule.get("value", False) else None
    return [Sign(tag, rule["pattern"], name, fields) for tag in rule["tags"]]


def _first_sign(signs: tuple[Sign, ...], tag: str) -> Callable[[str], int]:
    """Gives the place of the first sign that a value of a tag holds; their number where it holds none.

    A search for each sign would try every alternative at every place, also one that must stand at the start: notes and
    links are long.
    """
    branches = [
        (place, branch) for place, sign in enumerate(signs) if sign.tag == tag for branch in _branches(sign.pattern)
    ]
    words = [(branch.replace("\\", ""), place) for place, branch in branches if _PLAIN.fullmatch(branch)]
    others = [(place, branch) for place, branch in branches if not _PLAIN.fullmatch(branch)]
    at_start = [f"(?P<at_{place}_{n}>{branch})" for n, (place, branch) in enumerate(others) if branch[:1] == "^"]
    match = re.compile("|".join(at_start)).match if at_start else None
    anywhere = [(re.compile(branch).search, place) for place, branch in others if branch[:1] != "^"]

    def first_sign(value: str) -> int:
        found = match(value) if match else None
        first = int((found.lastgroup or "").split("_")[1]) if found else len(signs)
        for word, place in words:
            if place >= first:
                break
            if word in value:
                first = place
        for search, place in anywhere:
            if place < first and search(value):
                first = place
        return first

    return first_sign


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

"""Reads the answers of NCBI's E-utilities, and says what is wrong with those that cannot be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, fromstring

_PMID = re.compile(rb"^PMID\s?- *(\d+)", re.MULTILINE)
_END = re.compile(rb"^(?:SO|BTI) *- ", re.MULTILINE)
_PASSING = "Search Backend failed"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        count: Records found, however many ids are given.
        ids: PMIDs, in the order of PubMed.
        translation: The query as PubMed understood it.
        translations: (what was typed, what it became) of each part.
        warnings: (kind, words): PhraseNotFound, QuotedPhraseNotFound, PhraseIgnored, OutputMessage and the like.
    """

    count: int
    ids: tuple[str, ...]
    translation: str
    translations: tuple[tuple[str, str], ...]
    warnings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Build:
    """Which state of the database was searched."""

    build: str
    updated: str


def wrong_with_xml(content: bytes) -> str:
    """Why an answer in XML cannot be read, "" when it can."""
    if b"<!ENTITY" in content:
        return "the answer declares entities, which no answer of PubMed does"
    try:
        root = fromstring(content)  # noqa: S314 without an entity of its own, XML is harmless
    except ParseError as error:
        return f"the answer is broken XML ({error})"
    said = refusal(content) if root.tag == "eSearchResult" else ""
    return said if _PASSING in said else ""


def wrong_with_nbib(content: bytes) -> str:
    """Why a batch of records cannot be taken, "" when it can."""
    starts = list(_PMID.finditer(content))
    if not starts:
        return "the answer holds no record"
    # A record ends with its source; books, which have a title of their own, may not.
    if not content.endswith(b"\n") or not _END.search(content, starts[-1].end()):
        return "the answer breaks off within a record"
    return ""


def nothing_wrong(_: bytes) -> str:
    """For answers that may be empty."""
    return ""


def pmids(content: bytes) -> list[str]:
    """The PMIDs of a batch of records, in order."""
    return [found.decode() for found in _PMID.findall(content)]


def refusal(content: bytes) -> str:
    """What PubMed says when it does not run a search, "" when it ran it."""
    return " ".join(_text(_root(content), "ERROR").split())


def found(content: bytes) -> Found:
    """What an answer to a search says."""
    root = _root(content)
    return Found(
        int(_text(root, "Count") or 0),
        tuple(id_.text or "" for id_ in root.iterfind("IdList/Id")),
        _text(root, "QueryTranslation"),
        tuple((_text(each, "From"), _text(each, "To")) for each in root.iterfind("TranslationSet/Translation")),
        tuple(
            (each.tag, (each.text or "").strip())
            for name in ("ErrorList", "WarningList")
            for each in root.iterfind(f"{name}/*")
        ),
    )


def build(content: bytes) -> Build:
    """Which state of the database an answer describes."""
    root = _root(content)
    return Build(_text(root, "DbInfo/DbBuild"), _text(root, "DbInfo/LastUpdate"))


def _root(content: bytes) -> Element:
    return fromstring(content)  # noqa: S314 judged by wrong_with_xml before


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()

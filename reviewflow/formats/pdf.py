"""Reads from a PDF which DOI it gives as its own, and which ones stand on its first page."""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from html import unescape
from typing import TYPE_CHECKING, Final

from reviewflow.domain.normalise import normalise_doi

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD_PAGES: Final = 2  # the first may be a cover that a repository put in front
_MOST_BYTES: Final = 60_000_000
"""Of a larger file, mostly a scan, only the metadata that stand in plain bytes are read."""

# XMP: <prism:doi>10...</prism:doi> and prism:doi="10...", in the publishers' various vocabularies.
_XMP: Final = re.compile(
    rb"(?:prism:doi|pdfx:doi|crossmark:DOI|pdfx:WPS-ARTICLEDOI|jav:DOI|dc:identifier)\W{1,40}?"
    rb"(?:<[^<>]{1,60}>\s{0,20}){0,3}(?:(?:https?://(?:dx\.)?doi\.org/|doi:)\s{0,3})?(10\.\d{4,9}/[^\s<>\"']{1,200})",
    re.IGNORECASE,
)
# The document's own dictionary: /doi (10...), or "doi:10..." as its title or subject.
_DICTIONARY: Final = re.compile(
    rb"/(?:doi|WPS-ARTICLEDOI|Title|Subject|Keywords)\s{0,5}\((?:[^()\\]|\\.){0,400}?(10\.\d{4,9}/(?:[^\s\\()]|\\.){1,200})",
    re.IGNORECASE,
)
_PRINTED: Final = re.compile(r"10\.\d{4,9}(?:\.\d{1,9}){0,6}/[^\s\"<>]{1,200}")
_SPLIT: Final = re.compile(r"(?<=doi\.org/)\s+(?=10\.)|(?<=doi:)\s+(?=10\.)|(?<=10\.\d{4}/)\s+", re.IGNORECASE)
_TELLING: Final = frozenset({"/doi", "/wps-articledoi", "/title", "/subject", "/keywords"})
# What a damaged file can make the library stumble over, besides its own errors.
_STUMBLES: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, OSError, RecursionError, TypeError,
    ValueError, NotImplementedError, struct.error, zlib.error,
)  # fmt: skip


def own_dois(content: bytes) -> tuple[str, ...]:
    """The DOIs that the metadata of a PDF give as its own, as far as they stand there in plain bytes; each once."""
    found = [match.group(1) for match in _XMP.finditer(content)]
    found += [re.sub(rb"\\(.)", rb"\1", match.group(1)) for match in _DICTIONARY.finditer(content)]
    return _each_once(normalise_doi(unescape(text.decode("utf-8", "replace"))) for text in found)


def dois_inside(content: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The DOIs that a PDF gives as its own, compressed metadata too; and those on its first page that has any.

    Each once, in order. None where the file is damaged, locked, or too large to be looked into.
    """
    own = own_dois(content)
    if len(content) > _MOST_BYTES:
        return own, ()
    metadata, pages = _read(content)
    told = _each_once([*own, *(doi for text in metadata for doi in _dois(text))])
    return told, next((found for text in pages if (found := _dois(text))), ())


def _dois(text: str) -> tuple[str, ...]:
    return _each_once(normalise_doi(each.group()) for each in _PRINTED.finditer(_SPLIT.sub("", text)))


def _read(content: bytes) -> tuple[list[str], list[str]]:
    """The metadata of a PDF that may hold its DOI, and the text of its first pages."""
    from pypdf import PdfReader  # noqa: PLC0415 - only a file that its name does not tell needs it
    from pypdf.errors import DependencyError, DeprecationError, PyPdfError  # noqa: PLC0415 - likewise

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it remarks on every oddity of a file
    metadata: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(content))
        metadata = [str(value) for key, value in (reader.metadata or {}).items() if key.lower() in _TELLING]
        return metadata, [page.extract_text() for page in reader.pages[:_HEAD_PAGES]]
    except (PyPdfError, DependencyError, DeprecationError, *_STUMBLES):
        return metadata, []


def _each_once(dois: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(doi for doi in dois if doi))

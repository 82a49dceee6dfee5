"""The readers that are compared: reviewflow's, and for each format what else Python has for it.

A peer is handed the text as a careful person opens the file: UTF-8, a byte order mark taken off, line ends as `open()`
gives them. reviewflow is handed the bytes and finds the encoding out itself. Each is called as its documentation shows,
with its own defaults, and holds all records of the file when it is done.
"""

from __future__ import annotations

import csv
import io
import json
import logging
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NoReturn

import bibtexparser
import pandas as pd
import rispy
from Bio import Entrez, Medline
from Bio.Entrez import Parser

from reviewflow.formats import canonical, open_export
from reviewflow.formats.pieces import HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bibtexparser.library import Library

    from reviewflow.domain.record import RawRecord, Record
    from reviewflow.formats import Export

    Pair = tuple[RawRecord, Record]

FIELDS = ("title", "doi", "pmid", "abstract")


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader made of a file.

    Attributes:
        n_records: Records it gives.
        n_fields: Values of tags that are not empty.
        n_rejected: Entries that it says it saw and could not read; None where it cannot say so.
        n_with: Records that have each of `FIELDS`; empty for a reader that has no such fields.
    """

    n_records: int
    n_fields: int
    n_rejected: int | None = None
    n_with: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of files.

    Attributes:
        read: What is timed.
        found: Counts what was read; not timed.
    """

    name: str
    read: Callable[[bytes], Any]
    found: Callable[[Any], Found]


def _raw(content: bytes) -> tuple[Export, list[RawRecord]]:
    export = open_export(content, "export")
    return export, list(export.records())


def _whole(content: bytes) -> tuple[Export, list[Pair]]:
    export = open_export(content, "export")
    return export, [(raw, canonical(raw, export.format)) for raw in export.records()]


def _n_tags(raws: Iterable[RawRecord]) -> int:
    return sum(tag != HEADER and bool(value) for raw in raws for tag, value in raw.tags)


def _found_raw(done: tuple[Export, list[RawRecord]]) -> Found:
    export, raws = done
    return Found(len(raws), _n_tags(raws), export.n_rejected)


def _found_whole(done: tuple[Export, list[Pair]]) -> Found:
    export, pairs = done
    n_with = tuple(sum(bool(getattr(record, field)) for _, record in pairs) for field in FIELDS)
    return Found(len(pairs), _n_tags(raw for raw, _ in pairs), export.n_rejected, n_with)


RAW = Reader("reviewflow, tags", _raw, _found_raw)
WHOLE = Reader("reviewflow", _whole, _found_whole)


def _text(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig")


def _n_values(value: object) -> int:
    """How many texts that are not empty there are in nested lists and tables."""
    if isinstance(value, dict):
        return sum(map(_n_values, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_n_values, value))
    return int(value not in (None, ""))


def _found_tables(records: list[Mapping[str, object]]) -> Found:
    return Found(len(records), _n_values(records))


def _found_library(library: Library) -> Found:
    # Of an entry, its kind and its key are values too: reviewflow counts them as such.
    n_fields = sum(2 + sum(bool(field.value) for field in entry.fields) for entry in library.entries)
    return Found(len(library.entries), n_fields, len(library.failed_blocks))


def _found_articles(root: Mapping[str, list[object]]) -> Found:
    records = [*root["PubmedArticle"], *root["PubmedBookArticle"]]
    return Found(len(records), _n_values(records))


def _found_frame(frame: pd.DataFrame) -> Found:
    return Found(len(frame), int((frame != "").sum().sum()))


def _read_frame(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


def _read_rows(content: bytes) -> list[dict[str | Any, str | Any]]:
    return list(csv.DictReader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")))


def _read_medline(content: bytes) -> list[Mapping[str, object]]:
    return list(Medline.parse(_text(content)))  # type: ignore[no-untyped-call]  # Biopython ships no types


def _read_entrez(content: bytes) -> Mapping[str, list[object]]:
    root: Mapping[str, list[object]] = Entrez.read(io.BytesIO(content))  # type: ignore[no-untyped-call]  # as above
    return root


def _refused(*_: object) -> NoReturn:
    raise OSError("Biopython does not hold what declares this document, and would fetch it from the network")


def peers() -> dict[str, tuple[Reader, ...]]:
    """The peers of reviewflow by format."""
    vars(Parser)["urlopen"] = _refused  # a benchmark asks no network for a DTD
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

    def named(package: str, what: str = "") -> str:
        return f"{what or package} {version(package)}"

    biopython = version("biopython")
    return {
        "ris": (Reader(named("rispy"), lambda content: rispy.loads(_text(content).read()), _found_tables),),
        "wos_tagged": (
            Reader(
                named("rispy", "rispy.WokParser"),
                lambda content: rispy.loads(_text(content).read(), implementation=rispy.WokParser),
                _found_tables,
            ),
        ),
        "nbib": (Reader(f"Bio.Medline {biopython}", _read_medline, _found_tables),),
        "bibtex": (
            Reader(
                named("bibtexparser"),
                lambda content: bibtexparser.parse_string(_text(content).read()),
                _found_library,
            ),
        ),
        "pubmed_xml": (Reader(f"Bio.Entrez {biopython}", _read_entrez, _found_articles),),
        "csv": (
            Reader(named("pandas"), _read_frame, _found_frame),
            Reader("csv.DictReader", _read_rows, _found_tables),
        ),
        "csl_json": (Reader("json", json.loads, _found_tables),),
    }

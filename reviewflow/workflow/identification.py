"""Identification: searches are logged, their exports imported with every byte accounted for."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reviewflow.domain.words import counted
from reviewflow.errors import InputError, UsageError
from reviewflow.formats import canonical, check_file, open_export
from reviewflow.storage import origins, records, reports
from reviewflow.storage.blobs import sha256_of
from reviewflow.storage.records import Search
from reviewflow.workflow.references import travelling_id, travelling_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.record import RawRecord, Record
    from reviewflow.formats import Export
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review

KINDS = ("database", "register", "website", "organisation", "citation", "contact", "other")


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A search export that was read, and not yet written to the review."""

    name: str
    content: bytes
    export: Export
    pairs: list[tuple[RawRecord, Record]]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file.

    Attributes:
        n_records: Records in the file.
        n_new: Records that it added to the review: 0 when the same file was imported before.
        n_expected: The number that the source showed, None when not given.
        notes: Whatever a person should know: repairs, leftovers, another source than stated.
    """

    file: str
    source: str
    search: int
    format: str
    exporter: str
    encoding: str
    n_records: int
    n_new: int
    n_expected: int | None
    n_rejected: int
    n_leftovers: int
    n_repairs: int
    notes: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether every byte is accounted for and the number is the expected one."""
        as_expected = self.n_expected is None or self.n_expected == self.n_records
        return as_expected and not self.n_leftovers and not self.n_rejected


def add_search(review: Review, act: Act, search: Search) -> Search:
    """Log a search; gives it with its id.

    Raises:
        UsageError: The kind of source is not one of `KINDS`.
    """
    if search.kind not in KINDS:
        raise UsageError(f"{search.kind!r} is no kind of source", f"one of: {', '.join(KINDS)}")
    with review.change(act) as entry:
        entry.note = f"{search.source}, {search.kind}"
        return _with_id(search, records.add_search(entry, search))


def _with_id(search: Search, id_: int) -> Search:
    return Search(
        id_,
        search.source,
        search.kind,
        search.platform,
        search.strategy,
        search.limits,
        search.searched_on,
        search.n_expected,
        search.note,
    )


def list_searches(review: Review) -> list[Search]:
    """All searches with their numbers of records."""
    with review.reading() as connection:
        return records.searches(connection)


def check_files(files: Sequence[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """What `import --check` prints of each file; needs no review.

    Args:
        files: (name, content) of each.
    """
    return [check_file(content, name) for name, content in files]


def import_file(
    review: Review,
    act: Act,
    name: str,
    content: bytes,
    *,
    source: str = "",
    search: int | None = None,
    n_expected: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Import one search export. A record of this review that comes back in it is known by its id, and is none anew.

    Args:
        review: The review.
        act: Who acts.
        name: Name of the file.
        content: Its bytes; kept untouched under their SHA-256.
        source: Source as PRISMA counts it; "" takes what the file says of itself.
        search: Id of the search it belongs to; None for the latest of that source, made when there is none.
        n_expected: Number of records that the source showed.
        progress: Called with the number of bytes read so far, and of all.

    Raises:
        InputError: The file cannot be read, or holds no record. Nothing is imported.
        UsageError: No source is given and the file does not tell.
    """
    file = read_file(name, content, progress)
    with review.change(act) as entry:
        before = [f for f in records.files(entry.connection) if f.sha256 == sha256_of(content)]
        if before:
            return _already(entry, file.export, before[0], name, len(file.pairs), n_expected)
        new = _without_own(entry, file)
        if not new.pairs:
            return _all_own(file, n_expected)
        stated = source or _source_of(new.export, new.pairs, name, search)
        run = _search_for(review, entry, stated, search)
        entry.note = f"{name}: {counted(len(new.pairs), 'record')} from {run.source}"
        done = write_file(review, entry, run, new, n_expected if n_expected is not None else run.n_expected)
        n_own = len(file.pairs) - len(new.pairs)
        return replace(done, notes=(*done.notes, _own_words(n_own))) if n_own else done


def _without_own(entry: Entry, file: ReadFile) -> ReadFile:
    """The file without the records that this review handed out and that have come back in it."""
    keys = [travelling_key(raw.tags) for raw, _ in file.pairs]
    if not any(keys):
        return file
    known = origins.by_key(entry.connection)
    return replace(file, pairs=[pair for key, pair in zip(keys, file.pairs, strict=True) if key not in known])


def _all_own(file: ReadFile, n_expected: int | None) -> Imported:
    """The answer for a file that brings nothing but what this review handed out."""
    nowhere = Search(0, "this review", "other", "", "", "", "", None, "")
    n = len(file.pairs)
    return _imported(file.export, nowhere, file.name, n, n_new=0, n_expected=n_expected, notes=(_own_words(n),))


def _own_words(n: int) -> str:
    return f"{n} records are this review's own, known by their ids: they are not counted again"


def read_file(name: str, content: bytes, progress: Callable[[int, int], None] | None = None) -> ReadFile:
    """Read a search export; `progress` is called with the number of bytes read so far, and of all.

    Raises:
        InputError: It cannot be read, or holds no record.
    """
    export = open_export(content, name)
    pairs = _read(export, progress, len(content))
    if not pairs:
        raise InputError(f"{name} holds no records", "export the search again, then: reviewflow import FILE --check")
    return ReadFile(name, content, export, pairs)


def write_file(review: Review, entry: Entry, run: Search, file: ReadFile, n_expected: int | None) -> Imported:
    """Write a search export to the review, as the result of a search that is logged."""
    sha256 = review.blobs.keep(file.content)
    row = _file_row(file.export, run, sha256, file.name, file.content, n_expected)
    records.add_file(entry, row, file.pairs)
    notes = _notes(file.export, run, file.pairs, n_expected)
    n = len(file.pairs)
    return _imported(file.export, run, file.name, n, n_new=n, n_expected=n_expected, notes=notes)


def _read(
    export: Export, progress: Callable[[int, int], None] | None, size_bytes: int
) -> list[tuple[RawRecord, Record]]:
    pairs = []
    for raw in export.records():
        pairs.append((raw, canonical(raw, export.format)))
        if progress is not None and not len(pairs) % 500:
            progress(raw.end, size_bytes)
    return pairs


def _source_of(export: Export, pairs: list[tuple[RawRecord, Record]], name: str, search: int | None) -> str:
    """The source that the file itself tells."""
    if search is not None:
        return ""
    told = {record.database for _, record in pairs if record.database}
    if len(told) == 1:
        return told.pop()
    if export.exporter:
        return export.exporter
    raise UsageError(f"{name} does not tell which database it comes from", "say it: --source NAME")


def _search_for(review: Review, entry: Entry, source: str, search: int | None) -> Search:
    """The search that a file belongs to; logged now, as the protocol plans it, when there is none yet."""
    known = records.searches(entry.connection)
    if search is not None:
        for run in known:
            if run.id == search:
                return run
        raise UsageError(f"there is no search {search}", "reviewflow search list shows them")
    for run in reversed(known):
        if run.source.casefold() == source.casefold():
            return run
    planned = next((p for p in review.protocol.sources if p.name.casefold() == source.casefold()), None)
    new = (
        Search(
            0,
            planned.name,
            planned.kind,
            planned.platform,
            planned.strategy,
            planned.limits,
            planned.date,
            planned.n_expected,
            planned.note,
        )
        if planned
        else Search(0, source, "database", "", "", "", "", None, "")
    )
    return _with_id(new, records.add_search(entry, new))


def _file_row(
    export: Export, run: Search, sha256: str, name: str, content: bytes, expected: int | None
) -> dict[str, Any]:
    return {
        "search": run.id,
        "sha256": sha256,
        "name": name,
        "size_bytes": len(content),
        "format": export.format,
        "exporter": export.exporter,
        "encoding": export.encoding,
        "n_expected": expected,
        "repairs": json.dumps([[repair.line, repair.what] for repair in export.repairs]),
        "leftovers": json.dumps([[leftover.line, leftover.text] for leftover in export.leftovers]),
    }


def _already(
    entry: Entry, export: Export, before: records.SearchFile, name: str, n: int, expected: int | None
) -> Imported:
    """The answer for a file whose very bytes are in the review already."""
    home = next(run for run in records.searches(entry.connection) if run.id == before.search)
    notes = [f"the same file was imported before as {before.name}: nothing new"]
    if expected is not None and expected != n:
        notes.append(f"{expected} records were expected and {n} were read: compare with what {home.source} showed")
    return _imported(export, home, name, n, n_new=0, n_expected=expected, notes=tuple(notes))


def _imported(
    export: Export, run: Search, name: str, n: int, *, n_new: int, n_expected: int | None, notes: tuple[str, ...]
) -> Imported:
    return Imported(
        name,
        run.source,
        run.id,
        export.format,
        export.exporter,
        export.encoding,
        n,
        n_new,
        n_expected,
        export.n_rejected,
        len(export.leftovers),
        len(export.repairs),
        notes,
    )


def _notes(export: Export, run: Search, pairs: list[tuple[RawRecord, Record]], expected: int | None) -> tuple[str, ...]:
    notes = []
    if expected is not None and expected != len(pairs):
        notes.append(
            f"{expected} records were expected and {len(pairs)} were read: compare with what {run.source} showed"
        )
    if export.leftovers:
        first = export.leftovers[0]
        notes.append(f"{len(export.leftovers)} lines belong to no record, the first on line {first.line}")
    if export.n_rejected:
        notes.append(f"{counted(export.n_rejected, 'record')} could not be read")
    if export.repairs:
        first_repair = export.repairs[0]
        notes.append(
            f"{counted(len(export.repairs), 'repair')}, the first on line {first_repair.line}: {first_repair.what}"
        )
    told = {record.database for _, record in pairs if record.database}
    if told and not any(_alike(name, run.source) for name in told):
        notes.append(f"the records say that they come from {', '.join(sorted(told))}; they count under {run.source}")
    return tuple(notes)


def _alike(a: str, b: str) -> bool:
    """Whether two names of a source mean the same: "Embase" and "Embase.com", "MEDLINE" and "PubMed"."""
    one, other = (name.casefold().replace("medline", "pubmed") for name in (a, b))
    return one in other or other in one


_FIELDS = ("year", "journal", "volume", "issue", "pages", "doi", "pmid", "accession", "kind", "abstract")


def records_csv(review: Review, chosen: Collection[int] | None = None) -> tuple[str, int]:
    """Records as lines of CSV, with the ids that votes and links are given on; and how many there are.

    Args:
        review: The review.
        chosen: Ids of records; None for all.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["record_id", "report_id", "source_db", "title", "author", *_FIELDS, "reviewflow_id"])
    n = 0
    with review.reading() as connection:
        home = {record: report for report, same in reports.members(connection).items() for record in same}
        ids = {origin.record: travelling_id(origin.key) for origin in origins.origins(connection, chosen)}
        for id_, source, record in records.records(connection, chosen):
            n += 1
            authors = "; ".join(record.authors)
            fields = (getattr(record, name) for name in _FIELDS)
            row = [f"r{id_}", f"p{home[id_]}", source, record.title, authors, *("" if f is None else f for f in fields)]
            writer.writerow([*row, ids[id_]])
    return out.getvalue(), n

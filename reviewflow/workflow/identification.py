"""Identification: searches are logged, their exports imported with every byte accounted for."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reviewflow.domain.csv_text import csv_text
from reviewflow.domain.words import counted
from reviewflow.errors import UsageError
from reviewflow.storage import origins, records, reports, runs
from reviewflow.storage.blobs import sha256_of
from reviewflow.storage.records import Search, SearchDetail
from reviewflow.workflow import report_fields
from reviewflow.workflow.file_check import other_than_expected
from reviewflow.workflow.read_file import ReadFile, read_file
from reviewflow.workflow.references import travelling_id
from reviewflow.workflow.told_source import alike, conflict, doubts, kind_of, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.record import Record
    from reviewflow.formats import Export
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review

_AS_RUN = frozenset(["platform", "strategy", "limits", "searched_on", "n_expected"])
"""What is known for certain of a search that the program ran itself."""
_OPTIONS = {
    "platform": "platform", "strategy": "strategy", "limits": "limits", "searched_on": "date", "n_expected": "expect",
    "note": "note",
}  # fmt: skip
"""What the command line calls each field of a search."""

KINDS = ("database", "register", "website", "organisation", "citation", "contact", "other")


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
        return replace(search, id=records.add_search(entry, search))


def edit_search(review: Review, act: Act, search: int, detail: SearchDetail) -> Search:
    """Tell what became known of a search after it was logged; gives it as it is known now.

    What was said before stays in the log, and an undo brings it back.

    Raises:
        UsageError: There is no such search, nothing is told, or the program ran the search itself.
    """
    with review.change(act) as entry:
        before = _search_of(entry.connection, search)
        told = {name: value for name, value in detail.told.items() if value != getattr(before, name)}
        if not detail.told:
            raise UsageError(f"nothing is told of search {search}", "give what to change, as --strategy-file FILE")
        fixed = [_OPTIONS[name] for name in told if name in _AS_RUN]
        if fixed and any(run.search == search for run in runs.runs(entry.connection)):
            raise UsageError(
                f"search {search} was run by this program: {', '.join(fixed)} stand as they were sent",
                f"reviewflow search rerun {search} runs it again; a note can be changed",
            )
        if told:
            records.add_detail(entry, search, SearchDetail(**told))
            entry.note = f"search {search}, {before.source}: {', '.join(_OPTIONS[name] for name in told)}"
        return replace(before, **told)


def _search_of(connection: Connection, id_: int) -> Search:
    """A standing search."""
    for known in records.searches(connection):
        if known.id == id_:
            return known
    raise UsageError(f"there is no search {id_}", "reviewflow search list shows them")


def list_searches(review: Review) -> list[Search]:
    """All searches with their numbers of records."""
    with review.reading() as connection:
        return records.searches(connection)


def refuse_unready(review: Review, files: Sequence[tuple[str, bytes]], source: str = "") -> None:
    """Refuse files of which one cannot be imported, before any of them is.

    Args:
        review: The review.
        files: (name, content) of each.
        source: The source of all of them; "" takes what each says of itself.

    Raises:
        InputError: A file cannot be read, or holds no record.
        UsageError: No source is given and a file does not tell.
    """
    with review.reading() as connection:
        here = {file.sha256 for file in records.files(connection)}
        known = origins.by_key(connection)
    for name, content in files:
        file = read_file(name, content).without(known)
        if file.n_records and not source and sha256_of(content) not in here:
            source_of(file)


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
    sha256 = sha256_of(content)
    with review.change(act) as entry:
        before = [f for f in records.files(entry.connection) if f.sha256 == sha256]
        if before:
            return _already(entry, file, before[0], source, n_expected)
        new = file.without(origins.by_key(entry.connection))
        if not new.n_records:
            return _all_own(file, n_expected)
        stated = source or (source_of(new) if search is None else "")
        run = _search_for(review, entry, stated, search, new.told)
        entry.note = f"{name}: {counted(new.n_records, 'record')} from {run.source}"
        done = write_file(review, entry, run, new, n_expected if n_expected is not None else run.n_expected)
        n_own = file.n_records - new.n_records
        notes = [*done.notes, *doubts(new, "" if source else stated)]
        return replace(done, notes=(*notes, _own_words(n_own)) if n_own else tuple(notes))


def _all_own(file: ReadFile, n_expected: int | None) -> Imported:
    """The answer for a file that brings nothing but what this review handed out."""
    nowhere = Search(0, "this review", "other", "", "", "", "", None, "")
    n = file.n_records
    return _imported(file.export, nowhere, file.name, n, n_new=0, n_expected=n_expected, notes=(_own_words(n),))


def _own_words(n: int) -> str:
    if n == 1:
        return "1 record is this review's own, known by its id: it is not counted again"
    return f"{n} records are this review's own, known by their ids: they are not counted again"


def _differs(expected: int, n: int, source: str) -> str:
    return f"{other_than_expected(expected, n)}: compare with what {source} showed"


def write_file(review: Review, entry: Entry, run: Search, file: ReadFile, n_expected: int | None) -> Imported:
    """Write a search export to the review, as the result of a search that is logged."""
    sha256 = review.blobs.keep(file.content)
    row = _file_row(file, run, sha256, n_expected)
    n = records.add_file(entry, row, file.pairs())
    notes = _notes(file, run, n_expected)
    return _imported(file.export, run, file.name, n, n_new=n, n_expected=n_expected, notes=notes)


def _search_for(review: Review, entry: Entry, source: str, search: int | None, told: Mapping[str, int]) -> Search:
    """The search that a file belongs to; logged now, as the protocol plans it, when there is none yet."""
    if search is not None:
        run = _search_of(entry.connection, search)
        if source and not alike(source, run.source):
            raise UsageError(f"search {search} is of {run.source}, not of {source}", "leave one of them out")
        return run
    for run in reversed(records.searches(entry.connection)):
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
        else Search(0, source, kind_of(source, told), "", "", "", "", None, "")
    )
    return replace(new, id=records.add_search(entry, new))


def _file_row(file: ReadFile, run: Search, sha256: str, expected: int | None) -> dict[str, Any]:
    export = file.export
    return {
        "search": run.id,
        "sha256": sha256,
        "name": file.name,
        "size_bytes": len(file.content),
        "format": export.format,
        "exporter": export.exporter,
        "encoding": export.encoding,
        "n_records": file.n_records,
        "n_expected": expected,
        "repairs": json.dumps([[repair.line, repair.what] for repair in export.repairs]),
        "leftovers": json.dumps([[leftover.line, leftover.text] for leftover in export.leftovers]),
    }


def _already(entry: Entry, file: ReadFile, before: records.SearchFile, source: str, expected: int | None) -> Imported:
    """The answer for a file whose very bytes are in the review already."""
    n = file.n_records
    home = _search_of(entry.connection, before.search)
    notes = [f"the same file was imported before as {before.name}: nothing new"]
    if expected is not None and expected != n:
        notes.append(_differs(expected, n, home.source))
    if source and not alike(source, home.source):
        notes.append(f"its records count under {home.source}: --source {source} changes nothing")
    return _imported(file.export, home, file.name, n, n_new=0, n_expected=expected, notes=tuple(notes))


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


def _notes(file: ReadFile, run: Search, expected: int | None) -> tuple[str, ...]:
    notes, export, n = [], file.export, file.n_records
    if expected is not None and expected != n:
        notes.append(_differs(expected, n, run.source))
    if export.leftovers:
        first = export.leftovers[0]
        n_left = counted(len(export.leftovers), "piece")
        notes.append(f"{n_left} of the file in no record, the first on line {first.line}")
    if export.n_rejected:
        notes.append(f"{counted(export.n_rejected, 'record')} could not be read")
    if export.repairs:
        first_repair = export.repairs[0]
        notes.append(
            f"{counted(len(export.repairs), 'repair')}, the first on line {first_repair.line}: {first_repair.what}"
        )
    if run.kind in {"database", "register"}:  # what is found elsewhere, as by citations, comes by way of a database
        notes += conflict(file.told, run.source)
    if file.n_retracted:
        notes.append(f"{counted(file.n_retracted, 'record')} marked as retracted or withdrawn")
    return tuple(notes)


_FIELDS = ("year", "journal", "volume", "issue", "pages", "doi", "pmid", "accession", "kind", "abstract")
_HEADER = ("record_id", "report_id", "source_db", "title", "author", *_FIELDS, "reviewflow_id")


def records_csv(review: Review, chosen: Collection[int] | None = None) -> tuple[str, int]:
    """Records as lines of CSV, with the ids that votes and links are given on; and how many there are.

    Args:
        review: The review.
        chosen: Ids of records; None for all.
    """
    with review.reading() as connection:
        home = {record: report for report, same in reports.members(connection).items() for record in same}
        ids = {origin.record: travelling_id(origin.key) for origin in origins.origins(connection, chosen)}
        every = records.records(connection, chosen)
        rows = [[*_cells(id_, home[id_], source, record), ids[id_]] for id_, source, record in every]
    return csv_text([_HEADER, *rows]), len(rows)


def reports_csv(review: Review, of: Collection[int]) -> tuple[str, int]:
    """Reports as lines of CSV with their surviving fields, and from which record each is; and how many there are.

    Args:
        review: The review.
        of: Reports.
    """
    rows, more = [], ["record_ids", "source_ids", *(f"{name}_from" for name in report_fields.PROVENANCE)]
    with review.reading() as connection:
        ids = {origin.record: travelling_id(origin.key) for origin in origins.origins(connection, of)}
        for id_, shown in report_fields.each_shown(connection, of):
            of_field = [text for _, text in report_fields.provenance(shown)]
            rows.append([*_cells(id_, id_, "; ".join(shown.sources), shown.record), ids[id_], *of_field])
    return csv_text([[*_HEADER, *more], *rows]), len(rows)


def _cells(id_: int, report: int, source: str, record: Record) -> list[object]:
    fields = (getattr(record, name) for name in _FIELDS)
    authors = "; ".join(record.authors)
    return [f"r{id_}", f"p{report}", source, record.title, authors, *("" if f is None else f for f in fields)]

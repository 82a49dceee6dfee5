"""PubMed searched live: every id accounted for, every batch kept as it came, the whole imported as any export."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from reviewflow.domain.search.accounting import Accounting, account, batches, ids_sha256
from reviewflow.domain.search.slices import Published
from reviewflow.domain.search.strategy import errors, is_numbered, lint, one_line
from reviewflow.errors import StateError, UsageError
from reviewflow.sources.answers import pmids
from reviewflow.storage import records, runs
from reviewflow.storage.blobs import sha256_of
from reviewflow.storage.records import Search
from reviewflow.storage.run_folder import RunFolder, folders
from reviewflow.workflow import identification
from reviewflow.workflow.pubmed_ids import find
from reviewflow.workflow.read_file import read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.sources.entrez import Entrez
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review
    from reviewflow.workflow.identification import Imported
    from reviewflow.workflow.pubmed_ids import Hits

    Progress = Callable[[int, int], None]

PLATFORM = "PubMed by NCBI's E-utilities"
_GOES_ON_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a run.

    Attributes:
        search: Id of the search that was logged.
        count: Records that PubMed counted.
        n_new: Records that were imported.
        n_kept: Batches that an earlier, interrupted run had fetched.
        warnings: What PubMed said of the query, and what a second look at it would say.
        absent: PMIDs that were found and did not come.
        wrong: Why the run is not complete; nothing when it is.
        lost: For a re-run: PMIDs in the review that the search finds no longer.
        retracted: For a re-run: records in the review that were retracted since, by id.
    """

    search: int
    source: str
    query: str
    translation: str
    count: int
    n_new: int
    n_kept: int
    warnings: tuple[str, ...]
    absent: tuple[str, ...]
    wrong: tuple[str, ...]
    notes: tuple[str, ...]
    lost: tuple[str, ...] = ()
    retracted: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every record that PubMed counted came."""
        return not self.wrong and not self.absent


def run(
    review: Review,
    act: Act,
    entrez: Entrez,
    query: str,
    published: Published | None = None,
    *,
    note: str = "",
    progress: Progress | None = None,
) -> Ran:
    """Search PubMed, fetch every record and import them as the result of a search that is logged.

    A run that was cut off goes on where it was, when the same query is given again within a day.

    Raises:
        UsageError: The query has a slip that no database can read as meant.
        StateError: The review has this very search already.
        ServiceError: PubMed does not answer as it should; what was fetched is kept.
    """
    review.protocol.member(act.reviewer)
    limits = (published or Published()).words
    wanted = {"query": query, "limits": limits, "rerun_of": None, "note": note}
    refuse_slips(query)
    _refuse_second(review, query, limits)
    folder = unfinished(review, act, wanted)
    if folder is None:
        term = (published or Published()).narrowed(one_line(query))
        folder = write_plan(review, act, entrez, {**wanted, "source": _name_of(review)}, find(entrez, term))
    return finish(review, act, entrez, folder, progress)


def refuse_slips(query: str) -> None:
    """Refuse a query that PubMed would run, but not as it is meant.

    Raises:
        UsageError: It has numbered lines, or a slip that no database can read as meant.
    """
    if is_numbered(query):
        raise UsageError("the query has numbered lines, and PubMed is asked in one", "write the lines out as one query")
    for slip in errors(lint(query)):
        raise UsageError(
            f"the query cannot be read as meant: {slip.words}", "mend it; the whole of it in quotes: '...'"
        )


def _refuse_second(review: Review, query: str, limits: str) -> None:
    with review.reading() as connection:
        done = {each.search for each in runs.runs(connection)}
        known = [each for each in records.searches(connection) if each.id in done]
    for search in known:
        if (search.strategy, search.limits) == (query, limits):
            raise StateError(
                f"search {search.id} ran this very query on {search.searched_on}",
                f"reviewflow search rerun {search.id} fetches what is new since",
            )


def _name_of(review: Review) -> str:
    """PubMed's name in the protocol, so that the flow counts both as one source."""
    planned = (source.name for source in review.protocol.sources if "pubmed" in source.name.casefold())
    return next(planned, "PubMed")


def unfinished(review: Review, act: Act, wanted: Mapping[str, Any]) -> RunFolder | None:
    """The run that asked for the same within a day and was cut off."""
    with review.reading() as connection:
        finished = {each.details.get("folder") for each in runs.runs(connection, undone=True)}
    for folder in folders(review.folder):
        if folder.uuid in finished:
            continue
        plan = folder.plan()
        age = act.at_utc - datetime.fromisoformat(plan["begun_at_utc"])
        if all(plan.get(key) == wanted[key] for key in wanted if key != "note") and age < _GOES_ON_FOR:
            return folder
    return None


def write_plan(
    review: Review,
    act: Act,
    entrez: Entrez,
    wanted: Mapping[str, Any],
    hits: Hits,
    ids: Sequence[str] | None = None,
) -> RunFolder:
    """Write down what is to be fetched, with all that is known of the run so far."""
    state = entrez.build()
    folder = RunFolder(review.folder, act.uuid)
    plan = {
        **wanted,
        "folder": act.uuid,
        "begun_at_utc": act.at_utc.isoformat(timespec="seconds"),
        "term": hits.term,
        "translation": hits.whole.translation,
        "translations": hits.whole.translations,
        "warnings": hits.whole.warnings,
        "slips": [slip.words for slip in lint(wanted["query"])],
        "count": hits.whole.count,
        "slices": hits.slices,
        "wrong": hits.wrong,
        "database": "pubmed",
        "database_build": state.build,
        "database_updated": state.updated,
        "tool": entrez.tool,
        "email_given": entrez.has_email,
        "ids_sha256": ids_sha256(hits.ids),
        "ids": list(hits.ids if ids is None else ids),
    }
    folder.keep_plan(plan)
    return folder


def finish(review: Review, act: Act, entrez: Entrez, folder: RunFolder, progress: Progress | None) -> Ran:
    """Fetch what a plan asks for and is not there yet, and write the run to the review as one change."""
    plan = folder.plan()
    contents, n_kept = _fetch(entrez, folder, plan["ids"], progress)
    accounting = account(plan["ids"], [pmid for content in contents for pmid in pmids(content)])
    details = {key: value for key, value in plan.items() if key not in {"ids", "query", "limits", "note", "rerun_of"}}
    details |= {
        "n_fetched": accounting.n_received,
        "absent": accounting.absent,
        "unasked": accounting.unasked,
        "twice": accounting.twice,
        "batches": [sha256_of(content) for content in contents],
    }
    with review.change(act) as entry:
        search, imported = _write(review, entry, plan, details, contents)
        entry.note = f"{plan['source']}: {accounting.n_received} of {len(plan['ids'])} records"
    return _ran(search, plan, accounting, n_kept, imported)


def _fetch(entrez: Entrez, folder: RunFolder, ids: Sequence[str], progress: Progress | None) -> tuple[list[bytes], int]:
    """Every batch, and how many of them were there before. What did not come is asked for once more."""
    contents, n_kept = _batches(folder, "batch", list(batches(ids)), entrez.fetch, progress)
    absent = account(ids, [pmid for content in contents for pmid in pmids(content)]).absent
    late, n_late = _batches(folder, "again", list(batches(absent)), entrez.fetch_absent, None)
    return contents + [content for content in late if pmids(content)], n_kept + n_late


def _batches(
    folder: RunFolder,
    name: str,
    wanted: Sequence[Sequence[str]],
    fetch: Callable[[Sequence[str]], bytes],
    progress: Progress | None,
) -> tuple[list[bytes], int]:
    contents, n_kept = [], 0
    for n, ids in enumerate(wanted, start=1):
        file = f"{name}-{n:04d}.nbib"
        content = folder.batch(file)
        n_kept += content is not None
        if content is None:
            content = fetch(ids)
            folder.keep_batch(file, content)
        contents.append(content)
        if progress is not None:
            progress(n, len(wanted))
    return contents, n_kept


def _write(
    review: Review, entry: Entry, plan: Mapping[str, Any], details: Mapping[str, Any], contents: Iterable[bytes]
) -> tuple[Search, Imported | None]:
    """Log the search with its run, and import what came."""
    day = plan["begun_at_utc"][:10]
    n_expected = plan["count"] if plan["rerun_of"] is None else len(plan["ids"])
    new = Search(0, plan["source"], "database", PLATFORM, plan["query"], plan["limits"], day, n_expected, plan["note"])
    search = replace(new, id=records.add_search(entry, new))
    runs.add_run(entry, runs.Run(search.id, plan["rerun_of"], details))
    content = b"\n".join(contents)
    if not content:
        return search, None
    file = read_file(f"pubmed-{day}-{plan['folder'][:8]}.nbib", content)
    return search, identification.write_file(review, entry, search, file, n_expected)


def _ran(
    search: Search, plan: Mapping[str, Any], accounting: Accounting, n_kept: int, imported: Imported | None
) -> Ran:
    compared = plan.get("compared", {})
    notes = [plan["note"]] if plan["rerun_of"] and plan["note"] else []
    notes += [f"{len(ids)} came {words}" for ids, words in _odd(accounting) if ids]
    return Ran(
        search.id,
        search.source,
        search.strategy,
        plan["translation"],
        plan["count"],
        imported.n_new if imported else 0,
        n_kept,
        (*(f"{kind}: {words}" for kind, words in plan["warnings"]), *plan["slips"]),
        accounting.absent,
        (plan["wrong"],) if plan["wrong"] else (),
        (*notes, *(imported.notes if imported else ())),
        tuple(compared.get("lost", ())),
        tuple(compared.get("retracted_records", ())),
    )


def _odd(accounting: Accounting) -> tuple[tuple[tuple[str, ...], str], ...]:
    return (accounting.unasked, "although nobody asked for them"), (accounting.twice, "more than once")

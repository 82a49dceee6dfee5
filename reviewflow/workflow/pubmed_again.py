"""A search of PubMed run again: what is new, what is no longer found, and what was retracted since."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.search.accounting import compare
from reviewflow.domain.search.strategy import one_line
from reviewflow.errors import UsageError
from reviewflow.storage import records, runs
from reviewflow.workflow import pubmed
from reviewflow.workflow.pubmed_ids import find

if TYPE_CHECKING:
    from reviewflow.domain.ledger import Act
    from reviewflow.sources.entrez import Entrez
    from reviewflow.storage.records import Search
    from reviewflow.storage.review import Review
    from reviewflow.storage.run_folder import RunFolder
    from reviewflow.workflow.pubmed import Progress, Ran

RETRACTED = "Retracted Publication"
_ALIKE = ("pubmed", "medline")


def rerun(review: Review, act: Act, entrez: Entrez, search: int, *, progress: Progress | None = None) -> Ran:
    """Run a search of PubMed again and import what is new.

    All ids are compared, not only those entered since: a record may be found today because it was indexed late.

    Args:
        review: The review.
        act: Who acts.
        entrez: PubMed.
        search: Id of the search, or of a re-run of it.
        progress: Called with the batches fetched and all batches.

    Raises:
        UsageError: There is no such search, or it is none that PubMed can run.
        ServiceError: PubMed does not answer as it should; what was fetched is kept.
    """
    review.protocol.member(act.reviewer)
    again = _search(review, search)
    chain = _chain(review, again.id)
    wanted = {"query": again.strategy, "limits": again.limits, "rerun_of": again.id, "note": ""}
    if not chain.term and again.limits:
        # Somebody else ran it: what the limits say in words cannot be sent.
        wanted |= {"limits": "", "note": f"run without the limits of search {again.id}: {again.limits}"}
    folder = pubmed.unfinished(review, act, wanted) or _plan(review, act, entrez, again, chain, wanted)
    return pubmed.finish(review, act, entrez, folder, progress)


def _search(review: Review, id_: int) -> Search:
    """The first run of a search of PubMed."""
    with review.reading() as connection:
        known = {each.id: each for each in records.searches(connection)}
        first = {each.search: each.rerun_of for each in runs.runs(connection)}
    while first.get(id_) is not None:
        id_ = first[id_] or 0
    if id_ not in known:
        raise UsageError(f"there is no search {id_}", "reviewflow search list shows them")
    search = known[id_]
    if not any(name in search.source.casefold() for name in _ALIKE):
        raise UsageError(f"search {id_} is of {search.source}; only PubMed is searched from here", "search it there")
    if not search.strategy:
        raise UsageError(f"the log has no strategy for search {id_}", "reviewflow search run pubmed QUERY")
    pubmed.refuse_slips(search.strategy)
    return search


@dataclass(frozen=True, slots=True)
class _Chain:
    """What the review has from a search and its re-runs.

    Attributes:
        term: The query as it was sent, "" when it was not sent from here.
        known: PMID -> record.
        retracted: The PMIDs that are known as retracted.
    """

    term: str
    known: dict[str, int]
    retracted: set[str]


def _chain(review: Review, first: int) -> _Chain:
    with review.reading() as connection:
        chain = [each for each in runs.runs(connection) if first in {each.search, each.rerun_of}]
        came = list(runs.records_of(connection, {first, *(each.search for each in chain)}))
    retracted = {record.pmid for _, record in came if RETRACTED in record.publication_types}
    told = {pmid for each in chain for pmid in each.details.get("compared", {}).get("retracted", ())}
    term = next((each.details["term"] for each in chain if each.search == first), "")
    return _Chain(term, {record.pmid: id_ for id_, record in came if record.pmid}, retracted | told)


def _plan(
    review: Review, act: Act, entrez: Entrez, search: Search, chain: _Chain, wanted: dict[str, object]
) -> RunFolder:
    term = chain.term or one_line(search.strategy)
    hits = find(entrez, term)
    marked = find(entrez, f'({term}) AND "{RETRACTED}"[Publication Type]')
    compared = compare(hits.ids, chain.known, marked.ids, chain.retracted)
    told = {
        **asdict(compared),
        "new": len(compared.new),
        "retracted_records": [chain.known[pmid] for pmid in compared.retracted],
    }
    plan = {**wanted, "source": search.source, "compared": told}
    return pubmed.write_plan(review, act, entrez, plan, hits, compared.new)
